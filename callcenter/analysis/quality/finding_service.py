"""What is done with findings: proposed from frozen rows and surveys, found by people, judged, mended, lapsed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.analysis.periods import DAY, Period, PeriodKind, whole_months
from callcenter.analysis.quality import store
from callcenter.analysis.quality.proposals import Proposal, propose
from callcenter.analysis.quality.rules import QualityCode, QualityRule, rule_on
from callcenter.analysis.quality.states import (
    Acting,
    FindingEvent,
    FindingState,
    check_finding_event,
    check_quality,
    last_day_to_appeal,
    last_day_to_rectify,
    step_finding,
)
from callcenter.analysis.quality.tables import FindingRow
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.analysis.surveys.figures import DISSATISFIED
from callcenter.analysis.surveys.store import Interview
from callcenter.casework.units.store import find_unit_of, get_unit
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.hours.service import load_is_workday
from callcenter.http.versions import check_version

SURVEY, FINDING = "survey", "finding"
"""Kinds of subjects beside those of proposals: somebody's answers, and a finding that was not rectified."""
WITH_TEXT = frozenset(
    {FindingEvent.DROP, FindingEvent.APPEAL, FindingEvent.GRANT, FindingEvent.UPHOLD, FindingEvent.RECTIFY}
)
"""What needs a reason, or what was done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFinding:
    """An error that a person found, with what shows it."""

    code: QualityCode
    unit_id: int
    subject_kind: str
    subject: str
    occurred_on: date
    evidence: tuple[str, ...]


async def propose_month(
    session: AsyncSession,
    rows: Sequence[FrozenTicket],
    interviews: Iterable[Interview],
    period: Period,
    *,
    timezone: ZoneInfo,
    now: datetime,
) -> int:
    """How many new findings the month's frozen rows, and the answers that were given in it, propose."""
    proposals = [*propose(rows, period, timezone), *_of_survey(interviews, timezone)]
    rules = await store.list_rules(session)
    values = [
        _values(one.code, one.unit_id, one.subject_kind, one.subject, one.occurred_on, one.evidence, rule)
        | {"found_at": now}
        for one in proposals
        if (rule := rule_on(rules, one.code, one.occurred_on)) is not None
    ]
    return len(await store.add_findings(session, values))


async def add_finding(
    session: AsyncSession, new: NewFinding, *, user: SignedIn, now: datetime, timezone: ZoneInfo
) -> int:
    """The id of a finding that a quality officer proposes.

    Raises RefusedError, InputError, NotFoundError, ConflictError.
    """
    check_quality(user)
    if new.occurred_on > now.astimezone(timezone).date():
        raise InputError("What has not happened is no error.", code=ErrorCode.IN_THE_FUTURE)
    await get_unit(session, new.unit_id)
    rule = rule_on(await store.list_rules(session), new.code, new.occurred_on)
    if rule is None:
        raise InputError("No rule of that code held that day.", code=ErrorCode.OUT_OF_RANGE)
    values = _values(new.code, new.unit_id, new.subject_kind, new.subject, new.occurred_on, new.evidence, rule) | {
        "found_at": now,
        "found_by": user.user_id,
    }
    added = await store.add_findings(session, [values])
    if not added:
        raise ConflictError("This error was found in that month already.", code=ErrorCode.FINDING_EXISTS)
    return added[0]


async def act(
    session: AsyncSession,
    finding_id: int,
    event: FindingEvent,
    *,
    text: str | None,
    version: int,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> FindingRow:
    """Confirm, drop, appeal and so on; the row after it.

    Raises NotFoundError, InputError, RefusedError, ConflictError, StaleVersionError.
    """
    row = await store.get_finding(session, finding_id, is_locked=True)
    published_at = (await store.first_published(session, [row.month])).get(row.month)
    published_on = None if published_at is None else published_at.astimezone(timezone).date()
    unit = await find_unit_of(session, user.user_id)
    acting = Acting(
        user=user,
        unit_id=None if unit is None else unit.id,
        confirmed_by=row.confirmed_by,
        published_on=published_on,
    )
    check_finding_event(event, acting, unit_id=row.unit_id)
    check_version(version, row.version)
    state = step_finding(FindingState(row.state), event)
    if (text is None) == (event in WITH_TEXT):
        raise InputError("A reason, or what was done, is needed." if text is None else "Nothing is written with this.")
    if event is FindingEvent.APPEAL and published_on is not None:
        last_day = last_day_to_appeal(published_on, await load_is_workday(session))
        if now.astimezone(timezone).date() > last_day:
            raise ConflictError(
                "The time to appeal is over.", code=ErrorCode.APPEAL_TOO_LATE, params={"day": last_day.isoformat()}
            )
    await store.change_finding(session, row, event, state, by=user.user_id, at=now, text=text)
    return await store.get_finding(session, finding_id)


async def lapse_due(session: AsyncSession, *, timezone: ZoneInfo, now: datetime) -> int:
    """How many findings were not rectified in time now: each has its points taken off once more, in this month.

    The time runs from the publication, or from when an appeal was turned down after it.
    """
    today = now.astimezone(timezone).date()
    waiting = await store.list_unmended(session)
    published = await store.first_published(session, {row.month for row in waiting})
    is_workday = await load_is_workday(session)
    lapsed = 0
    for row in waiting:
        if row.month not in published:
            continue
        published_on = published[row.month].astimezone(timezone).date()
        last_day = last_day_to_rectify(rectified_since(row, published_on, timezone), is_workday)
        if today <= last_day:
            continue
        await store.change_finding(
            session, row, FindingEvent.LAPSE, FindingState.UNRECTIFIED, by=None, at=now, text=None
        )
        await store.add_findings(session, [_repeat(row, last_day + DAY, now)])
        lapsed += 1
    return lapsed


def rectified_since(row: FindingRow, published_on: date, timezone: ZoneInfo) -> date:
    """The day after which the time to rectify is counted."""
    if row.state == FindingState.UPHELD and row.decided_at is not None:
        return max(published_on, row.decided_at.astimezone(timezone).date())
    return published_on


def _of_survey(interviews: Iterable[Interview], timezone: ZoneInfo) -> Iterable[Proposal]:
    """What somebody was not content with is verified first: a proposal, and no points yet."""
    for one in interviews:
        if one.stratum.unit_id is None:
            continue
        marks = [mark for mark in (one.answers.attitude, one.answers.result) if mark is not None]
        found = {
            QualityCode.DISSATISFIED: any(mark <= DISSATISFIED for mark in marks),
            QualityCode.AGREEMENT_NOT_KEPT: one.answers.is_kept is False,
        }
        for code in (code for code, holds in found.items() if holds):
            yield Proposal(
                code=code,
                unit_id=one.stratum.unit_id,
                subject_kind=SURVEY,
                subject=one.number,
                occurred_on=one.at.astimezone(timezone).date(),
                evidence=(one.number, f"{one.pbx}/{one.call_id}"),
            )


def _repeat(row: FindingRow, day: date, now: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "code": row.code,
        "unit_id": row.unit_id,
        "subject_kind": FINDING,
        "subject": f"{FINDING}:{row.id}",
        "month": whole_months(PeriodKind.MONTH, day).first,
        "occurred_on": day,
        "points": row.points,
        "cap": row.cap,
        "evidence": [row.subject],
        "state": FindingState.CONFIRMED.value,
        "repeats": row.id,
        "found_at": now,
    }


def _values(
    code: QualityCode,
    unit_id: int,
    subject_kind: str,
    subject: str,
    occurred_on: date,
    evidence: tuple[str, ...],
    rule: QualityRule,
) -> dict[str, Any]:
    return {
        "version": 1,
        "code": code.value,
        "unit_id": unit_id,
        "subject_kind": subject_kind,
        "subject": subject,
        "month": whole_months(PeriodKind.MONTH, occurred_on).first,
        "occurred_on": occurred_on,
        "points": rule.points,
        "cap": rule.cap,
        "evidence": list(evidence),
        "state": FindingState.PROPOSED.value,
    }
