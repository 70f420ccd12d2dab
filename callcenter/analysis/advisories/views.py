"""What advisories look like to whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.advisories import store
from callcenter.analysis.advisories.effect import windows_of
from callcenter.analysis.advisories.numbers import number_of
from callcenter.analysis.advisories.schemas import (
    AdvisoryCorrectionView,
    AdvisoryEntry,
    AdvisorySummary,
    AdvisoryView,
    FactBody,
    ObjectionView,
)
from callcenter.analysis.advisories.states import AdvisoryKind, AdvisoryState, list_possible
from callcenter.analysis.advisories.tables import AdvisoryEventRow, AdvisoryRow
from callcenter.analysis.advisories.texts import scan
from callcenter.casework.tickets.store import names_of_merchants
from callcenter.casework.tickets.views import Viewpoint, mask_body

_OF_SUMMARY = (
    *("id", "version", "kind", "state", "merchant_id", "created_at", "approved_at", "sent_on", "reply_due_on"),
)
_PLAIN = (
    *("addressee", "axis", "code", "signal_ids", "tickets", "law", "may_name", "channels", "replied_at", "effect"),
)
_UNSIGNED = (AdvisoryState.DRAFT, AdvisoryState.SUBMITTED)
_MEASURABLE = (AdvisoryState.PUBLISHED, AdvisoryState.ISSUED, AdvisoryState.REPLIED, AdvisoryState.OVERDUE)


async def summarise(session: AsyncSession, rows: Sequence[AdvisoryRow], viewpoint: Viewpoint) -> list[AdvisorySummary]:
    """In the same order."""
    return [AdvisorySummary(**values) for values in await _summaries(session, rows, viewpoint)]


async def view_advisory(session: AsyncSession, row: AdvisoryRow, viewpoint: Viewpoint) -> AdvisoryView:
    """The text as it was written: what is against it is shown at its place."""
    (summary,) = await _summaries(session, [row], viewpoint)
    proposed = row.correction
    ids = {*row.authors, *([] if proposed is None else [proposed["by"]])}
    names = await store.names_of(session, ids if row.approved_by is None else ids | {row.approved_by})
    return AdvisoryView(
        **summary | {"title": row.title},
        **{name: getattr(row, name) for name in _PLAIN},
        body=row.body,
        verified_facts=[FactBody.model_validate(fact) for fact in store.to_facts(row)],
        authors=[names[author] for author in row.authors],
        approved_by=names.get(row.approved_by or 0),
        reply=viewpoint.mask(row.reply),
        correction=None if proposed is None else AdvisoryCorrectionView(**proposed | {"by": names[proposed["by"]]}),
        objections=[ObjectionView.model_validate(one) for one in await scan(session, row)]
        if row.state in _UNSIGNED
        else [],
        events=list_possible(store.to_advisory(row), viewpoint.user),
    )


def view_entry(row: AdvisoryEventRow, by: str | None, viewpoint: Viewpoint) -> AdvisoryEntry:
    """A line of the log, free text masked."""
    return AdvisoryEntry(
        **{name: getattr(row, name) for name in ("id", "what", "from_state", "to_state", "at")},
        by=by,
        title=viewpoint.mask(row.body.get("title")),
        body=viewpoint.mask(row.body.get("body")),
        reason=viewpoint.mask(row.body.get("reason")),
        reply=viewpoint.mask(row.body.get("reply")),
        sendings=mask_body(row.body.get("sendings", []), viewpoint),
    )


def printed_number(row: AdvisoryRow) -> str | None:
    """As it is printed; None before it was signed."""
    if row.year is None or row.number is None:
        return None
    return number_of(AdvisoryKind(row.kind), row.year, row.number)


async def _summaries(session: AsyncSession, rows: Sequence[AdvisoryRow], viewpoint: Viewpoint) -> list[dict[str, Any]]:
    merchants = await names_of_merchants(session, {row.merchant_id for row in rows if row.merchant_id is not None})
    return [
        {name: getattr(row, name) for name in _OF_SUMMARY}
        | {
            "number": printed_number(row),
            "title": viewpoint.mask(row.title),
            "merchant": merchants.get(row.merchant_id or 0),
            "effect_due_on": windows_of(row.sent_on).measurable_from
            if row.sent_on is not None and row.state in _MEASURABLE
            else None,
        }
        for row in rows
    ]
