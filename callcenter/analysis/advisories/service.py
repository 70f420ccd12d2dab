"""What is done with advisories: drafted, written, signed, sent, answered, corrected, measured. One transaction each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.analysis.advisories import store
from callcenter.analysis.advisories.candidates import Candidate, Flagged, find_candidates
from callcenter.analysis.advisories.complaints import (
    MEASURED_AXES,
    ComplaintSubject,
    count_in,
    list_merchant_names,
    measure_effect,
    of_subject,
)
from callcenter.analysis.advisories.drafts import DraftFigures, MonthCount, write_draft
from callcenter.analysis.advisories.effect import Window, windows_of
from callcenter.analysis.advisories.replies import last_day_of_reply
from callcenter.analysis.advisories.states import (
    AdvisoryEvent,
    AdvisoryKind,
    AdvisoryState,
    Correction,
    Given,
    check_may,
    step,
)
from callcenter.analysis.advisories.tables import AdvisoryRow
from callcenter.analysis.advisories.text_objections import check_clean, check_naming
from callcenter.analysis.advisories.texts import scan
from callcenter.analysis.periods import PeriodKind, whole_months
from callcenter.casework.classification.rules import Axis
from callcenter.casework.classification.store import check_codes
from callcenter.casework.merchants.store import find_last_targets, get_merchant
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, NotFoundError
from callcenter.hours.deadlines import IsWorkday
from callcenter.hours.rules import DAY, CalendarMissing
from callcenter.hours.service import load_is_workday
from callcenter.http.versions import check_version

DRAFT_MONTHS = 3
"""Whole months that a first text counts: as many as make a merchant persistent."""
_S, _E = AdvisoryState, AdvisoryEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAdvisory:
    """An advisory to draft; without a title or a text the template's. `hash` is of the whole request."""

    kind: AdvisoryKind
    fields: Mapping[str, Any]
    key: str
    hash: str


async def draft(session: AsyncSession, new: NewAdvisory, *, user: SignedIn, timezone: ZoneInfo, now: datetime) -> int:
    """The id of a new draft; the same again for the same key.

    Raises RefusedError, InputError, NotFoundError, ConflictError where the key was used for another request.
    """
    user.check(Right.WRITE_ADVISORIES)
    known = await store.find_by_key(session, user.user_id, new.key)
    if known is not None:
        return _same(known, new.hash)
    fields = dict(new.fields)
    today = now.astimezone(timezone).date()
    await _check_fields(session, fields, today)
    if fields.get("title") is None or fields.get("body") is None:
        title, body = write_draft(new.kind, await _read_figures(session, fields, today, timezone))
        fields |= {"title": fields.get("title") or title, "body": fields.get("body") or body}
    values = fields | {
        "version": 1,
        "kind": new.kind.value,
        "state": _S.DRAFT.value,
        "authors": [user.user_id],
        "created_by": user.user_id,
        "created_at": now,
        "idempotency_key": new.key,
        "request_hash": new.hash,
        "channels": [],
    }
    row = await store.add_advisory(session, values)
    if row is None:
        known = await store.find_by_key(session, user.user_id, new.key)
        assert known is not None  # noqa: S101 - nothing else stands in its way
        return _same(known, new.hash)
    await store.add_event(session, row.id, "draft", (None, _S.DRAFT), by=user.user_id, at=now, body=_texts(row))
    return row.id


async def write(
    session: AsyncSession,
    advisory_id: int,
    changes: Mapping[str, Any],
    *,
    version: int,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """Other fields of a draft; whoever writes is an author. Raises RefusedError, ConflictError, StaleVersionError."""
    user.check(Right.WRITE_ADVISORIES)
    row = await store.get_advisory(session, advisory_id, is_locked=True)
    check_version(version, row.version)
    if row.state != _S.DRAFT:
        raise ConflictError(
            "Only a draft is written.", code=ErrorCode.STEP_NOT_ALLOWED, params={"step": "write", "state": row.state}
        )
    after = {name: changes.get(name, getattr(row, name)) for name in ("merchant_id", "axis", "code", "tickets")}
    await _check_fields(session, after, now.astimezone(timezone).date())
    await store.change_advisory(session, row, {**changes, "authors": sorted({*row.authors, user.user_id})})
    written = await store.get_advisory(session, advisory_id)
    await store.add_event(session, row.id, "write", (_S.DRAFT, _S.DRAFT), by=user.user_id, at=now, body=_texts(written))


async def take_step(
    session: AsyncSession,
    advisory_id: int,
    event: AdvisoryEvent,
    given: Given,
    *,
    version: int,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """Do it, and write it down. Raises RefusedError, ConflictError, InputError, NotFoundError, StaleVersionError."""
    row = await store.get_advisory(session, advisory_id, is_locked=True)
    advisory = store.to_advisory(row)
    check_may(advisory, event, user)
    check_version(version, row.version)
    state = step(advisory, event, given)
    values = await _effect_of(session, row, event, given, user=user, timezone=timezone, now=now)
    body = _said(given) | _logged(row, event, values)
    await store.change_advisory(session, row, values | {"state": state.value})
    await store.add_event(session, row.id, event.value, (advisory.state, state), by=user.user_id, at=now, body=body)


async def lapse_letters(session: AsyncSession, today: date, now: datetime) -> tuple[int, int]:
    """Letters whose last day for a reply is over are overdue. How many, and how many wait for a calendar."""
    is_workday = await load_is_workday(session)
    lapsed = waiting = 0
    for row in await store.lock_waiting_letters(session, today):
        due_on = row.reply_due_on or _find_due(row.sent_on, is_workday)
        if due_on is None:
            waiting += 1
        elif due_on < today:
            await store.change_advisory(session, row, {"state": _S.OVERDUE.value, "reply_due_on": due_on})
            body = {"reply_due_on": due_on.isoformat()}
            await store.add_event(session, row.id, _E.LAPSE.value, (_S.ISSUED, _S.OVERDUE), by=None, at=now, body=body)
            lapsed += 1
        elif row.reply_due_on is None:
            await store.change_advisory(session, row, {"reply_due_on": due_on})
    return lapsed, waiting


async def list_candidates(session: AsyncSession, flagged: Sequence[Flagged], today: date) -> list[Candidate]:
    """Who is to get a letter, who is to be invited, and which trade to report, by these confirmed signals.

    A merchant who was merged counts as the one who stands for them.
    """
    targets = await find_last_targets(session, {one.merchant_id for one in flagged})
    current = [replace(one, merchant_id=targets.get(one.merchant_id, one.merchant_id)) for one in flagged]
    letters = await store.list_past_letters(session, {one.merchant_id for one in current})
    return find_candidates(current, letters, today)


def subject_of(row: AdvisoryRow) -> ComplaintSubject:
    """Whose complaints say whether it helped."""
    return ComplaintSubject(
        merchant_id=row.merchant_id, axis=None if row.axis is None else Axis(row.axis), code=row.code
    )


async def _effect_of(
    session: AsyncSession,
    row: AdvisoryRow,
    event: AdvisoryEvent,
    given: Given,
    *,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> dict[str, Any]:
    """The columns that change, beside the state."""
    today = now.astimezone(timezone).date()
    match event:
        case _E.SUBMIT:
            check_clean(await scan(session, row))
            return {"authors": sorted({*row.authors, user.user_id})}
        case _E.APPROVE:
            check_clean(await scan(session, row))
            check_naming(may_name=row.may_name, facts=store.to_facts(row), law=row.law)
            number = await store.take_number(session, AdvisoryKind(row.kind), today.year)
            return {"year": today.year, "number": number, "approved_by": user.user_id, "approved_at": now}
        case _E.PUBLISH | _E.ISSUE:
            return _sent(row, event, given, timezone, await load_is_workday(session), now)
        case _E.REPLY:
            return {"reply": given.reply, "replied_at": now}
        case _E.PROPOSE_CORRECTION:
            title, body, reason = given.title or "", given.body or "", given.reason or ""
            check_clean(await scan(session, row, title=title, body=body))
            return {"correction": asdict(Correction(title=title, body=body, reason=reason, by=user.user_id))}
        case _E.CORRECT:
            proposed = row.correction or {}
            check_clean(await scan(session, row, title=proposed["title"], body=proposed["body"]))
            return {"title": proposed["title"], "body": proposed["body"], "correction": None}
        case _E.MEASURE:
            return {"effect": await _measure(session, row, today, timezone)}
        case _:
            return {}


def _sent(
    row: AdvisoryRow, event: AdvisoryEvent, given: Given, timezone: ZoneInfo, is_workday: IsWorkday, now: datetime
) -> dict[str, Any]:
    moments = [sending.at for sending in given.sendings]
    if max(moments) > now or (row.approved_at is not None and min(moments) < row.approved_at):
        raise InputError("It leaves after it was signed, and not in the time to come.", code=ErrorCode.IN_THE_FUTURE)
    sent_on = min(moments).astimezone(timezone).date()
    values: dict[str, Any] = {
        "channels": sorted({sending.channel for sending in given.sendings}),
        "sent_on": sent_on,
    }
    if event is _E.ISSUE and row.kind == AdvisoryKind.LETTER:
        values["reply_due_on"] = _find_due(sent_on, is_workday)
    return values


def _find_due(sent_on: date | None, is_workday: IsWorkday) -> date | None:
    """None where the calendar of the year has not been published: nothing is guessed."""
    if sent_on is None:
        return None
    try:
        return last_day_of_reply(sent_on, is_workday)
    except CalendarMissing:
        return None


async def _measure(session: AsyncSession, row: AdvisoryRow, today: date, timezone: ZoneInfo) -> dict[str, Any] | None:
    windows = windows_of(row.sent_on or today)
    if today < windows.measurable_from:
        raise ConflictError(
            f"The days that are counted are over on {windows.measurable_from}.",
            code=ErrorCode.EFFECT_TOO_EARLY,
            params={"day": windows.measurable_from.isoformat()},
        )
    subject = subject_of(row)
    return asdict(await measure_effect(session, subject, windows, timezone)) if subject.is_known else None


async def _check_fields(session: AsyncSession, fields: Mapping[str, Any], today: date) -> None:
    axis, code = fields.get("axis"), fields.get("code")
    if (axis is None) != (code is None):
        raise InputError("A category is an axis and a code.")
    if axis is not None and code is not None:
        if Axis(axis) not in MEASURED_AXES:
            raise InputError("A category is one of goods or of services.")
        await check_codes(session, {Axis(axis): code}, today)
    if fields.get("merchant_id") is not None:
        await get_merchant(session, fields["merchant_id"])
    numbers: Sequence[str] = fields.get("tickets") or []
    unknown = sorted(set(numbers) - await store.list_known_tickets(session, numbers))
    if unknown:
        raise NotFoundError(f"There is no ticket {', '.join(unknown)}.")


async def _read_figures(
    session: AsyncSession, fields: Mapping[str, Any], today: date, timezone: ZoneInfo
) -> DraftFigures:
    axis = fields.get("axis")
    subject = ComplaintSubject(
        merchant_id=fields.get("merchant_id"), axis=None if axis is None else Axis(axis), code=fields.get("code")
    )
    if not subject.is_known:
        return DraftFigures(subject=None, months=())
    months, last = [], today.replace(day=1) - DAY
    for _ in range(DRAFT_MONTHS):
        first = whole_months(PeriodKind.MONTH, last).first
        complaints = await count_in(session, of_subject(subject), Window(first=first, last=last), timezone)
        months.append(MonthCount(year=first.year, month=first.month, complaints=complaints))
        last = first - DAY
    names = [] if subject.merchant_id is None else await list_merchant_names(session, [subject.merchant_id])
    return DraftFigures(subject=names[0] if names else subject.code, months=months[::-1])


def _same(known: AdvisoryRow, request_hash: str) -> int:
    if known.request_hash != request_hash:
        raise ConflictError("The Idempotency-Key was used for another request.", code=ErrorCode.KEY_REUSED)
    return known.id


def _texts(row: AdvisoryRow) -> dict[str, Any]:
    return {"title": row.title, "body": row.body}


def _said(given: Given) -> dict[str, Any]:
    sendings = [asdict(sending) | {"at": sending.at.isoformat()} for sending in given.sendings]
    said = {"reason": given.reason, "reply": given.reply, "title": given.title, "body": given.body}
    return {name: value for name, value in said.items() if value is not None} | (
        {"sendings": sendings} if sendings else {}
    )


def _logged(row: AdvisoryRow, event: AdvisoryEvent, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was signed stays readable, and what stood there before a correction."""
    match event:
        case _E.SUBMIT | _E.APPROVE:
            return _texts(row)
        case _E.CORRECT:
            return {"title": values["title"], "body": values["body"], "before": _texts(row)}
        case _E.MEASURE:
            return {"effect": values["effect"]}
        case _:
            return {}
