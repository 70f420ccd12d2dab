"""The quality of work over HTTP: rules, findings, bulletins, the year. Units see what is theirs and was confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import ColumnElement, false
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Duty, Right, Role, SignedIn
from callcenter.analysis.periods import PeriodKind, whole_months
from callcenter.analysis.quality import bulletin_service, finding_service, store
from callcenter.analysis.quality.rules import QualityRule, check_new
from callcenter.analysis.quality.schemas import (
    BulletinEventBody,
    BulletinPage,
    BulletinView,
    BulletinWithContent,
    FindingEntry,
    FindingEventBody,
    FindingsQuery,
    NewBulletin,
    NewFindingBody,
    NewQualityRule,
    QualityFinding,
    QualityFindingPage,
    QualityFindingWithLog,
    QualityRulePage,
    QualityRuleView,
    QualityYear,
    YearUnit,
)
from callcenter.analysis.quality.states import (
    BulletinEvent,
    BulletinState,
    FindingEvent,
    FindingState,
    last_day_to_appeal,
    last_day_to_rectify,
)
from callcenter.analysis.quality.tables import BulletinRow, FindingRow
from callcenter.casework.deadlines.rules import Certainty
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.views import Viewpoint
from callcenter.casework.units.store import find_unit_of
from callcenter.hours.rules import CalendarMissing
from callcenter.hours.service import load_is_workday
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import Now, RowId, Snapshot, Timezone, Transaction
from callcenter.http.pages import PageQuery, cut_page, cut_whole
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["quality"])

_RULES = pair_cursors("quality-rules", str, date)
_FINDINGS = value_cursors("findings", int)
_BULLETINS = value_cursors("bulletins", int)
_HIDDEN = (FindingState.PROPOSED, FindingState.DROPPED)
"""From units: nobody has said that these are errors."""


@router.get("/quality/rules", dependencies=[require(Right.SEE_DEADLINES)])
async def list_quality_rules(query: Annotated[PageQuery, Query()], session: Snapshot) -> QualityRulePage:
    """Points off by kind of error, with who says so; those of before too."""
    known = await store.list_rules(session)
    page, following = cut_whole(known, query, _RULES, lambda one: (one.code.value, one.valid_from))
    return QualityRulePage(items=[_rule_view(one) for one in page], next=following)


@router.post("/quality/rules", status_code=201, dependencies=[require(Right.DECIDE_RULES)])
async def add_quality_rule(
    new: NewQualityRule, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> QualityRuleView:
    """What the office has decided. What happened before that day is judged as it was."""
    decided = QualityRule(
        code=new.code,
        points=new.points,
        cap=new.cap,
        valid_from=new.valid_from,
        certainty=Certainty.OFFICE,
        source=new.source,
    )
    check_new(decided, now.astimezone(timezone).date())
    await store.add_rule(session, decided, by=user.user_id, at=now)
    return _rule_view(decided)


@router.get("/quality/findings", dependencies=[require(Right.SEE_TICKETS)])
async def list_findings(
    query: Annotated[FindingsQuery, Query()], user: SignedInUser, session: Snapshot
) -> QualityFindingPage:
    """Newest first; units see what was confirmed against them."""
    conditions = [*await _may_see(session, user)]
    if query.month is not None:
        conditions.append(FindingRow.month == whole_months(PeriodKind.MONTH, query.month).first)
    if query.unit_id is not None:
        conditions.append(FindingRow.unit_id == query.unit_id)
    if query.state is not None:
        conditions.append(FindingRow.state == query.state.value)
    found = await store.list_findings(session, *conditions, before=query.after(_FINDINGS), limit=query.limit + 1)
    page, following = cut_page(found, query, _FINDINGS, lambda row: row.id)
    return QualityFindingPage(items=[QualityFinding.model_validate(row) for row in page], next=following)


@router.post("/quality/findings", status_code=201, dependencies=[require(Right.SEE_TICKETS)])
async def add_finding(new: NewFindingBody, session: Transaction, viewpoint: AskedFrom) -> QualityFindingWithLog:
    """Propose an error that no rule finds by itself: a quality officer, with evidence."""
    found = finding_service.NewFinding(**new.model_dump() | {"evidence": tuple(new.evidence)})
    finding_id = await finding_service.add_finding(
        session, found, user=viewpoint.user, now=viewpoint.now, timezone=viewpoint.place.timezone
    )
    return await _view(session, await store.get_finding(session, finding_id), viewpoint)


@router.get("/quality/findings/{finding_id}", dependencies=[require(Right.SEE_TICKETS)])
async def get_finding(finding_id: RowId, session: Snapshot, viewpoint: AskedFrom) -> QualityFindingWithLog:
    """One finding with all that happened to it."""
    row = await store.get_finding(session, finding_id, *await _may_see(session, viewpoint.user))
    return await _view(session, row, viewpoint)


@router.post("/quality/findings/{finding_id}/events/{event}", dependencies=[require(Right.SEE_TICKETS)])
async def act_on_finding(
    finding_id: RowId,
    event: Annotated[FindingEvent, Path()],
    body: FindingEventBody,
    version: AskedVersion,
    session: Transaction,
    viewpoint: AskedFrom,
) -> QualityFindingWithLog:
    """Confirm or drop, appeal, grant or uphold, rectify, verify: each by whom it is for."""
    await store.get_finding(session, finding_id, *await _may_see(session, viewpoint.user))
    row = await bulletin_service.act_on_finding(
        session,
        finding_id,
        event,
        text=body.text,
        version=version,
        user=viewpoint.user,
        timezone=viewpoint.place.timezone,
        now=viewpoint.now,
    )
    return await _view(session, row, viewpoint)


@router.get("/quality/bulletins", dependencies=[require(Right.SEE_TICKETS)])
async def list_bulletins(query: Annotated[PageQuery, Query()], user: SignedInUser, session: Snapshot) -> BulletinPage:
    """Newest first; what is not published yet is for those who make it."""
    found = await store.list_bulletins(session, *_may_read(user), before=query.after(_BULLETINS), limit=query.limit + 1)
    page, following = cut_page(found, query, _BULLETINS, lambda row: row.id)
    return BulletinPage(items=[BulletinView.model_validate(row) for row in page], next=following)


@router.post("/quality/bulletins", status_code=201, dependencies=[require(Right.SEE_TICKETS)])
async def draft_bulletin(
    new: NewBulletin, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> BulletinWithContent:
    """Draft the bulletin of a snapshot's month, and propose what its rows show. Again, only what is new is proposed."""
    bulletin_id = await bulletin_service.draft(session, new.snapshot_id, user=user, timezone=timezone, now=now)
    return await _with_content(session, await store.get_bulletin(session, bulletin_id))


@router.get("/quality/bulletins/{bulletin_id}", dependencies=[require(Right.SEE_TICKETS)])
async def get_bulletin(bulletin_id: RowId, user: SignedInUser, session: Snapshot) -> BulletinWithContent:
    """What it says: of a draft as it is now."""
    return await _with_content(session, await store.get_bulletin(session, bulletin_id, *_may_read(user)))


@router.post("/quality/bulletins/{bulletin_id}/events/{event}", dependencies=[require(Right.SEE_TICKETS)])
async def act_on_bulletin(
    bulletin_id: RowId,
    event: Annotated[BulletinEvent, Path()],
    body: BulletinEventBody,
    user: SignedInUser,
    session: Transaction,
    now: Now,
) -> BulletinWithContent:
    """Review it (quality officer), then sign, publish, send back or correct it (director, and never the reviewer)."""
    changed = await bulletin_service.act(session, bulletin_id, event, reason=body.reason, user=user, now=now)
    return await _with_content(session, await store.get_bulletin(session, changed))


@router.get("/quality/years/{year}", dependencies=[require(Right.SEE_TICKETS)])
async def get_quality_year(
    year: Annotated[int, Path(ge=2000, le=2999)], user: SignedInUser, session: Snapshot
) -> QualityYear:
    """The mean of the months that were published, and what was not rectified of what the user may see."""
    units = await bulletin_service.roll_up_year(session, year)
    unrectified = await store.list_findings(
        session,
        *(await _may_see(session, user) if _sees_findings(user) else (false(),)),
        FindingRow.state == FindingState.UNRECTIFIED.value,
        FindingRow.month.between(date(year, 1, 1), date(year, 12, 31)),
    )
    return QualityYear(
        year=year,
        units=[
            YearUnit(
                unit_id=one.unit_id,
                months=one.months,
                total=float(one.total),
                blocks={block: float(mean) for block, mean in one.blocks.items()},
            )
            for one in units
        ],
        unrectified=[QualityFinding.model_validate(row) for row in unrectified],
    )


async def _may_see(session: AsyncSession, user: SignedIn) -> Sequence[ColumnElement[bool]]:
    """Officers what was confirmed against their unit; all others need a duty for it, or to see statistics."""
    if Duty.QUALITY in user.duties:
        return ()
    if user.role is not Role.OFFICER:
        user.check(Right.SEE_STATISTICS)
        return ()
    unit = await find_unit_of(session, user.user_id)
    own = false() if unit is None else FindingRow.unit_id == unit.id
    return (own, FindingRow.state.not_in([state.value for state in _HIDDEN]))


def _sees_findings(user: SignedIn) -> bool:
    return user.role is Role.OFFICER or Duty.QUALITY in user.duties or user.may(Right.SEE_STATISTICS)


def _may_read(user: SignedIn) -> Sequence[ColumnElement[bool]]:
    is_maker = Duty.QUALITY in user.duties or user.may(Right.SEE_STATISTICS)
    return () if is_maker else (BulletinRow.state == BulletinState.PUBLISHED.value,)


async def _view(session: AsyncSession, row: FindingRow, viewpoint: Viewpoint) -> QualityFindingWithLog:
    published_at = (await store.first_published(session, [row.month])).get(row.month)
    appeal_until, rectify_until = await _last_days(session, row, published_at, viewpoint)
    log = [
        FindingEntry(
            event=FindingEvent(entry.event),
            state=FindingState(entry.state),
            at=entry.at,
            user=name,
            text=viewpoint.mask(entry.text),
        )
        for entry, name in await store.list_events(session, row.id)
    ]
    view = QualityFinding.model_validate(row)
    return QualityFindingWithLog(**view.model_dump(), log=log, appeal_until=appeal_until, rectify_until=rectify_until)


async def _last_days(
    session: AsyncSession, row: FindingRow, published_at: datetime | None, viewpoint: Viewpoint
) -> tuple[date | None, date | None]:
    if published_at is None:
        return None, None
    is_workday = await load_is_workday(session)
    published_on = published_at.astimezone(viewpoint.place.timezone).date()
    since = finding_service.rectified_since(row, published_on, viewpoint.place.timezone)
    try:
        return last_day_to_appeal(published_on, is_workday), last_day_to_rectify(since, is_workday)
    except CalendarMissing:
        return None, None


async def _with_content(session: AsyncSession, row: BulletinRow) -> BulletinWithContent:
    content = row.scores or await bulletin_service.compute(session, row)
    view = BulletinView.model_validate(row)
    return BulletinWithContent.model_validate(view.model_dump() | {"content": content, "changes": row.changes})


def _rule_view(rule: QualityRule) -> QualityRuleView:
    return QualityRuleView(
        code=rule.code,
        block=rule.block,
        points=float(rule.points),
        cap=None if rule.cap is None else float(rule.cap),
        valid_from=rule.valid_from,
        certainty=rule.certainty,
        source=rule.source,
    )
