"""What is done with interviews: proposed, signed, notified, held, followed up, measured. One transaction each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.store import get_user
from callcenter.analysis.advisories.complaints import ComplaintSubject, measure_effect
from callcenter.analysis.advisories.effect import windows_of
from callcenter.analysis.advisories.service import subject_of
from callcenter.analysis.advisories.store import get_advisory, list_known_tickets
from callcenter.analysis.interviews import store
from callcenter.analysis.interviews.states import (
    Given,
    InterviewEvent,
    InterviewReason,
    InterviewState,
    check_checker,
    check_may,
    step,
)
from callcenter.analysis.interviews.tables import InterviewRow
from callcenter.casework.merchants.store import get_merchant
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, NotFoundError
from callcenter.hours.service import load_is_workday
from callcenter.http.versions import check_version

CONSUMER_LAW = "《中华人民共和国消费者权益保护法》第三十三条"
FOOD_LAW = "《中华人民共和国食品安全法》第一百一十四条"
_S, _E = InterviewState, InterviewEvent
_FOLLOWED_UP = (_S.RECTIFYING, _S.OVERDUE)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewInterview:
    """An interview to propose. `hash` is of the whole request."""

    reason: InterviewReason
    merchant_id: int
    fields: Mapping[str, Any]
    key: str
    hash: str


async def propose(session: AsyncSession, new: NewInterview, *, user: SignedIn, now: datetime) -> int:
    """The id of a new proposal; the same again for the same key.

    Raises RefusedError, InputError, NotFoundError, ConflictError where the key was used for another request, or the
    letter has led to one.
    """
    user.check(Right.WRITE_ADVISORIES)
    known = await store.find_by_key(session, user.user_id, new.key)
    if known is not None:
        return _same(known, new.hash)
    await get_merchant(session, new.merchant_id)
    await _check_evidence(session, new)
    values = _proposed(new.reason, new.merchant_id, is_food=bool(new.fields.get("is_food")), now=now)
    values |= {name: value for name, value in new.fields.items() if value is not None}
    values |= {"proposed_by": user.user_id, "idempotency_key": new.key, "request_hash": new.hash}
    row = await store.add_interview(session, values)
    if row is None:
        known = await store.find_by_key(session, user.user_id, new.key)
        if known is not None:
            return _same(known, new.hash)
        raise ConflictError("There is an interview about this letter already.", code=ErrorCode.INTERVIEW_EXISTS)
    await store.add_event(session, row.id, "propose", _S.PROPOSED, by=user.user_id, at=now, body={})
    return row.id


async def take_step(
    session: AsyncSession,
    interview_id: int,
    event: InterviewEvent,
    given: Given,
    *,
    version: int,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """Do it, and write it down. Raises RefusedError, ConflictError, InputError, NotFoundError, CalendarMissing."""
    row = await store.get_interview(session, interview_id, is_locked=True)
    interview = store.to_interview(row, await store.list_commitments(session, [row.id]))
    check_may(interview, event, user)
    check_version(version, row.version)
    local = _localise(given, timezone)
    meets_at = None if interview.meets_at is None else interview.meets_at.astimezone(timezone)
    state = step(
        replace(interview, meets_at=meets_at),
        event,
        local,
        is_workday=await load_is_workday(session),
        now=now.astimezone(timezone),
    )
    values = await _effect_of(session, row, event, given, user=user, timezone=timezone, now=now)
    await store.change_interview(session, row, values | {"state": state.value})
    if event is _E.HOLD:
        await store.add_commitments(session, row.id, given.commitments)
    await store.add_event(session, row.id, event.value, state, by=user.user_id, at=now, body=_said(given))


async def note_done(
    session: AsyncSession, interview_id: int, commitment_id: int, evidence: str, *, user: SignedIn, now: datetime
) -> None:
    """A commitment was kept, by this evidence; what was checked already stays. Raises ConflictError, NotFoundError."""
    user.check(Right.WRITE_ADVISORIES)
    row = await _followed_up(session, interview_id)
    commitment = await store.get_commitment(session, row.id, commitment_id)
    if commitment.verified_at is not None:
        raise ConflictError("It was checked already.", code=ErrorCode.STEP_NOT_ALLOWED)
    values = {"evidence": evidence, "done_at": now, "done_by": user.user_id}
    await store.change_commitment(session, commitment.id, values)
    await _log_commitment(session, row, "done", commitment.id, user, now, {"evidence": evidence})


async def check_commitment(
    session: AsyncSession, interview_id: int, commitment_id: int, *, user: SignedIn, now: datetime
) -> None:
    """Another person has seen that it was kept. Raises RefusedError, ConflictError, NotFoundError."""
    user.check(Right.WRITE_ADVISORIES)
    row = await _followed_up(session, interview_id)
    commitment = await store.get_commitment(session, row.id, commitment_id)
    check_checker(done_by=commitment.done_by, user_id=user.user_id)
    if commitment.verified_at is not None:
        return
    await store.change_commitment(session, commitment.id, {"verified_at": now, "verified_by": user.user_id})
    await _log_commitment(session, row, "check", commitment.id, user, now, {})


async def work_nightly(session: AsyncSession, today: date, now: datetime) -> tuple[int, int]:
    """Interviews are overdue with a commitment that was not kept by its day, and proposed for unanswered letters.

    How many of each.
    """
    late = await store.lock_late(session, today)
    for row in late:
        await store.change_interview(session, row, {"state": _S.OVERDUE.value})
        await store.add_event(session, row.id, _E.LAPSE.value, _S.OVERDUE, by=None, at=now, body={})
    proposed = 0
    for letter in await store.list_unanswered_letters(session):
        assert letter.merchant_id is not None  # noqa: S101 - the query asks for it
        values = _proposed(InterviewReason.OVERDUE_LETTER, letter.merchant_id, is_food=False, now=now)
        values |= {"advisory_id": letter.id, "signal_ids": letter.signal_ids, "tickets": letter.tickets}
        made = await store.add_interview(session, values)
        if made is not None:
            proposed += 1
            await store.add_event(session, made.id, "propose", _S.PROPOSED, by=None, at=now, body={})
    return len(late), proposed


async def _effect_of(
    session: AsyncSession,
    row: InterviewRow,
    event: InterviewEvent,
    given: Given,
    *,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> dict[str, Any]:
    """The columns that change, beside the state."""
    match event:
        case _E.APPROVE:
            return {"approved_by": user.user_id, "approved_at": now}
        case _E.NOTIFY if given.notice is not None:
            notice = asdict(given.notice) | {
                "at": given.notice.at.isoformat(),
                "meets_at": given.notice.meets_at.isoformat(),
            }
            return {"notice": notice, "meets_at": given.notice.meets_at}
        case _E.HOLD:
            return {
                "held_at": given.held_at,
                "hosts": [(await get_user(session, name)).id for name in dict.fromkeys(given.hosts)],
                "attendees": [asdict(one) for one in given.attendees],
                "problems": given.problems,
                "minutes": given.minutes,
            }
        case _E.ESCALATE:
            return {"escalated_to": given.escalates_to}
        case _E.MEASURE:
            return {"effect": await _measure(session, row, timezone, now)}
        case _:
            return {}


async def _measure(session: AsyncSession, row: InterviewRow, timezone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """From the day it was held, or from the last day on which it should have been."""
    held_at = row.held_at or row.meets_at or now
    windows = windows_of(held_at.astimezone(timezone).date())
    if now.astimezone(timezone).date() < windows.measurable_from:
        raise ConflictError(
            f"The days that are counted are over on {windows.measurable_from}.",
            code=ErrorCode.EFFECT_TOO_EARLY,
            params={"day": windows.measurable_from.isoformat()},
        )
    subject = ComplaintSubject(merchant_id=row.merchant_id, axis=None, code=None)
    if row.advisory_id is not None:
        subject = replace(subject_of(await get_advisory(session, row.advisory_id)), merchant_id=row.merchant_id)
    return asdict(await measure_effect(session, subject, windows, timezone))


async def _check_evidence(session: AsyncSession, new: NewInterview) -> None:
    advisory_id = new.fields.get("advisory_id")
    if (advisory_id is not None) != (new.reason is InterviewReason.OVERDUE_LETTER):
        raise InputError("An interview about a letter names it, and no other does.")
    if advisory_id is not None and (await get_advisory(session, advisory_id)).merchant_id != new.merchant_id:
        raise InputError("The letter is about another merchant.")
    numbers = new.fields.get("tickets") or []
    unknown = sorted(set(numbers) - await list_known_tickets(session, numbers))
    if unknown:
        raise NotFoundError(f"There is no ticket {', '.join(unknown)}.")


async def _followed_up(session: AsyncSession, interview_id: int) -> InterviewRow:
    row = await store.get_interview(session, interview_id, is_locked=True)
    if row.state not in _FOLLOWED_UP:
        raise ConflictError(
            f"An interview that is {row.state} has no open commitments.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={"step": "done", "state": row.state},
        )
    return row


async def _log_commitment(
    session: AsyncSession,
    row: InterviewRow,
    what: str,
    commitment_id: int,
    user: SignedIn,
    now: datetime,
    body: Mapping[str, Any],
) -> None:
    await store.change_interview(session, row, {})
    said = {"commitment": commitment_id, **body}
    await store.add_event(session, row.id, what, _S(row.state), by=user.user_id, at=now, body=said)


def _proposed(reason: InterviewReason, merchant_id: int, *, is_food: bool, now: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "state": _S.PROPOSED.value,
        "reason": reason.value,
        "merchant_id": merchant_id,
        "signal_ids": [],
        "tickets": [],
        "basis": FOOD_LAW if is_food else CONSUMER_LAW,
        "is_food": is_food,
        "proposed_at": now,
        "hosts": [],
        "attendees": [],
    }


def _same(known: InterviewRow, request_hash: str) -> int:
    if known.request_hash != request_hash:
        raise ConflictError("The Idempotency-Key was used for another request.", code=ErrorCode.KEY_REUSED)
    return known.id


def _localise(given: Given, timezone: ZoneInfo) -> Given:
    """With moments of the office, whose days count."""
    notice = given.notice
    if notice is not None:
        notice = replace(notice, at=notice.at.astimezone(timezone), meets_at=notice.meets_at.astimezone(timezone))
    return replace(given, notice=notice, held_at=None if given.held_at is None else given.held_at.astimezone(timezone))


def _said(given: Given) -> dict[str, Any]:
    said = {
        "reason": given.reason,
        "proof": given.proof,
        "minutes": given.minutes,
        "escalates_to": given.escalates_to,
        "notice": None if given.notice is None else f"{given.notice.how} {given.notice.proof}",
    }
    return {name: value for name, value in said.items() if value is not None}
