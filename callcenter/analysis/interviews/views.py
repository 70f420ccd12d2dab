"""What interviews look like to whoever asks: names beside ids, free text masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.advisories.store import names_of
from callcenter.analysis.interviews import store
from callcenter.analysis.interviews.schemas import (
    CommitmentView,
    InterviewEntry,
    InterviewSummary,
    InterviewView,
)
from callcenter.analysis.interviews.states import list_possible
from callcenter.analysis.interviews.tables import CommitmentRow, InterviewEventRow, InterviewRow
from callcenter.casework.tickets.store import names_of_merchants
from callcenter.casework.tickets.views import Viewpoint

_OF_SUMMARY = (
    *("id", "version", "state", "reason", "merchant_id", "advisory_id", "is_food", "proposed_at", "meets_at"),
    "held_at",
)
_PLAIN = ("signal_ids", "tickets", "basis", "approved_at", "notice", "attendees", "escalated_to", "effect")


async def summarise(session: AsyncSession, rows: Sequence[InterviewRow]) -> list[InterviewSummary]:
    """In the same order."""
    return [InterviewSummary(**values) for values in await _summaries(session, rows)]


async def view_interview(session: AsyncSession, row: InterviewRow, viewpoint: Viewpoint) -> InterviewView:
    """With its commitments."""
    (summary,) = await _summaries(session, [row])
    commitments = await store.list_commitments(session, [row.id])
    people = [row.proposed_by, row.approved_by, *row.hosts]
    people += [user for one in commitments for user in (one.done_by, one.verified_by)]
    names = await names_of(session, {user for user in people if user is not None})
    return InterviewView(
        **summary,
        **{name: getattr(row, name) for name in _PLAIN},
        remark=viewpoint.mask(row.remark),
        problems=viewpoint.mask(row.problems),
        minutes=viewpoint.mask(row.minutes),
        proposed_by=names.get(row.proposed_by or 0),
        approved_by=names.get(row.approved_by or 0),
        hosts=[names[host] for host in row.hosts],
        commitments=[_view_commitment(one, names, viewpoint) for one in commitments],
        events=list_possible(store.to_interview(row, commitments), viewpoint.user),
    )


def view_entry(row: InterviewEventRow, by: str | None, viewpoint: Viewpoint) -> InterviewEntry:
    """A line of the log."""
    return InterviewEntry(
        **{name: getattr(row, name) for name in ("id", "what", "to_state", "at")},
        by=by,
        commitment=row.body.get("commitment"),
        reason=viewpoint.mask(row.body.get("reason")),
        proof=viewpoint.mask(row.body.get("proof")),
        evidence=viewpoint.mask(row.body.get("evidence")),
    )


def _view_commitment(row: CommitmentRow, names: dict[int, str], viewpoint: Viewpoint) -> CommitmentView:
    return CommitmentView(
        **{name: getattr(row, name) for name in ("id", "owner", "due_on", "done_at", "verified_at")},
        text=viewpoint.mask(row.text) or "",
        evidence=viewpoint.mask(row.evidence),
        done_by=names.get(row.done_by or 0),
        verified_by=names.get(row.verified_by or 0),
    )


async def _summaries(session: AsyncSession, rows: Sequence[InterviewRow]) -> list[dict[str, Any]]:
    merchants = await names_of_merchants(session, {row.merchant_id for row in rows})
    return [
        {name: getattr(row, name) for name in _OF_SUMMARY} | {"merchant": merchants[row.merchant_id]} for row in rows
    ]
