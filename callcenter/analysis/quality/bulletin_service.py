"""What is done with bulletins: drafted, reviewed, signed, published, and corrected by another version."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.analysis.periods import DAY, PeriodKind
from callcenter.analysis.quality import finding_service, store
from callcenter.analysis.quality.content import count_tickets, hash_content, list_changes, read_scores, write
from callcenter.analysis.quality.scores import UnitScore, YearScore, roll_up, score
from callcenter.analysis.quality.states import (
    BulletinEvent,
    BulletinState,
    FindingEvent,
    check_bulletin_event,
    check_quality,
    step_bulletin,
)
from callcenter.analysis.quality.tables import BulletinRow, FindingRow
from callcenter.analysis.snapshots.store import get_snapshot, read_rows
from callcenter.analysis.surveys.store import list_interviews
from callcenter.analysis.surveys.tables import SurveyAnswer
from callcenter.casework.units.store import list_units
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError

WITH_REASON = frozenset({BulletinEvent.SEND_BACK, BulletinEvent.CORRECT})


async def draft(
    session: AsyncSession, snapshot_id: int, *, user: SignedIn | None, timezone: ZoneInfo, now: datetime
) -> int:
    """The id of the month's bulletin, with all findings that can be proposed; again, only what is new is proposed.

    `user` is None for the job. Raises RefusedError, NotFoundError, InputError for a period that is no month.
    """
    if user is not None:
        check_quality(user)
    snapshot = await get_snapshot(session, snapshot_id)
    if snapshot.period.kind is not PeriodKind.MONTH:
        raise InputError("A bulletin is of a month.")
    rows = await read_rows(session, snapshot_id)
    since, until = (
        datetime.combine(day, time(), timezone) for day in (snapshot.period.first, snapshot.period.last + DAY)
    )
    interviews = await list_interviews(session, SurveyAnswer.at >= since, SurveyAnswer.at < until)
    await finding_service.propose_month(session, rows, interviews, snapshot.period, timezone=timezone, now=now)
    month = snapshot.period.first
    values = {"month": month, "version": 1, "snapshot_id": snapshot_id, "state": BulletinState.DRAFT.value}
    made = await store.add_bulletin(session, values | {"changes": [], "made_at": now})
    if made is not None:
        return made
    (latest,) = await store.list_bulletins(session, BulletinRow.month == month, limit=1)
    return latest.id


async def act(
    session: AsyncSession,
    bulletin_id: int,
    event: BulletinEvent,
    *,
    reason: str | None,
    user: SignedIn,
    now: datetime,
) -> int:
    """Review, sign, publish or correct; the id of the bulletin, or of its next version.

    Raises NotFoundError, InputError, RefusedError, ConflictError, also where findings have changed since the review.
    """
    row = await store.get_bulletin(session, bulletin_id, is_locked=True)
    check_bulletin_event(event, user, reviewed_by=row.reviewed_by)
    state = step_bulletin(BulletinState(row.state), event)
    if (reason is None) == (event in WITH_REASON):
        raise InputError("A reason is needed." if reason is None else "No reason is written with this.")
    if event is BulletinEvent.CORRECT:
        return await make_next_version(session, row, reason or "", now=now)
    values: dict[str, Any] = {"state": state.value}
    match event:
        case BulletinEvent.REVIEW:
            values |= await _review(session, row)
            values |= {"reviewed_by": user.user_id, "reviewed_at": now}
        case BulletinEvent.SEND_BACK:
            values |= dict.fromkeys(("scores", "sha256", "reviewed_by", "reviewed_at", "approved_by", "approved_at"))
            values["sent_back"] = reason
        case BulletinEvent.APPROVE | BulletinEvent.PUBLISH:
            if hash_content(await compute(session, row)) != row.sha256:
                raise ConflictError("Findings have changed since the review.", code=ErrorCode.BULLETIN_CHANGED)
            word = "approved" if event is BulletinEvent.APPROVE else "published"
            values |= {f"{word}_by": user.user_id, f"{word}_at": now}
    await store.change_bulletin(session, row.id, values)
    return row.id


async def make_next_version(session: AsyncSession, row: BulletinRow, reason: str, *, now: datetime) -> int:
    """A draft after a version that was published; the one that there is, where somebody made it already."""
    values = {
        "month": row.month,
        "version": row.version + 1,
        "snapshot_id": row.snapshot_id,
        "state": BulletinState.DRAFT.value,
        "reason": reason,
        "changes": [],
        "made_at": now,
    }
    made = await store.add_bulletin(session, values)
    if made is not None:
        return made
    (latest,) = await store.list_bulletins(session, BulletinRow.month == row.month, limit=1)
    return latest.id


async def correct_after_appeal(session: AsyncSession, month: date, reason: str, *, now: datetime) -> None:
    """An appeal was granted after the month was published: its bulletin gets another version."""
    published = await store.find_published(session, month)
    if published is not None:
        await make_next_version(session, published, reason, now=now)


async def act_on_finding(
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
    """The same as `finding_service.act`; an appeal that is granted after publication makes another version."""
    row = await finding_service.act(
        session, finding_id, event, text=text, version=version, user=user, timezone=timezone, now=now
    )
    if event is FindingEvent.GRANT:
        await correct_after_appeal(session, row.month, text or "", now=now)
    return row


async def compute(session: AsyncSession, row: BulletinRow) -> dict[str, Any]:
    """What the bulletin says now: from findings and the snapshot alone."""
    rows = await read_rows(session, row.snapshot_id)
    units = [unit.id for unit in await list_units(session, is_active=True)]
    scores = score(await store.list_deductions(session, row.month), count_tickets(rows, units))
    return write(scores, rows)


async def roll_up_year(session: AsyncSession, year: int) -> list[YearScore]:
    """Of every unit, from the months that were published, each as it was published last."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    published = await store.list_published(session, [BulletinRow.month.between(first, last)])
    months: dict[int, list[UnitScore]] = {}
    for bulletin in published:
        for one in read_scores(bulletin.scores or {"units": []}):
            months.setdefault(one.unit_id, []).append(one)
    return [roll_up(of_unit) for _, of_unit in sorted(months.items())]


async def _review(session: AsyncSession, row: BulletinRow) -> dict[str, Any]:
    proposed = await store.count_proposed(session, row.month)
    if proposed:
        raise ConflictError(
            f"{proposed} findings are still proposed.", code=ErrorCode.FINDINGS_PROPOSED, params={"count": proposed}
        )
    content = await compute(session, row)
    published = await store.find_published(session, row.month)
    changes = [] if published is None else list_changes(published.scores or {"units": []}, content)
    return {"scores": content, "sha256": hash_content(content), "changes": changes}
