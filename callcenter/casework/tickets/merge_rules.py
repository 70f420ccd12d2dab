"""When a ticket may be merged into another, and how its clocks go on while it is. Pure.

A merge is a pointer and moves nothing. The clocks of the source that ran go on from where they began: each is stopped
as soon as the target's clock of the same limit is over and runs no more, at that moment, or at the merge where it was
over before. What the target begins is the target's own and begins nothing at the source; days of the target's tests
are not counted at the source either, from the day of the merge on. Flags keep their own clocks. All this is derived
from both logs, and holds while the ticket is merged: taken apart, its clocks are those of its own log again, as if it
had never been merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from callcenter.casework.tickets.occurrences import Run
from callcenter.casework.tickets.rules import CLOSED_STATES, Ticket, TicketState
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError


def check_merge(source: Ticket, target: Ticket) -> None:
    """Raises ConflictError.

    Nothing is merged into what is merged itself, nor is merged what others are merged into: there is no chain, and so
    no circle.
    """
    if source.number == target.number:
        raise ConflictError("A ticket cannot be merged into itself.", code=ErrorCode.MERGE_INTO_ITSELF)
    if source.merged_into is not None:
        raise ConflictError(
            f"This ticket is merged into {source.merged_into} already.",
            code=ErrorCode.MERGED_ALREADY,
            params={"ticket": source.merged_into},
        )
    if target.merged_into is not None:
        raise ConflictError(
            f"That ticket is merged itself: merge into {target.merged_into}.",
            code=ErrorCode.TARGET_IS_MERGED,
            params={"ticket": target.merged_into},
        )
    if source.has_merged:
        raise ConflictError(
            "Others are merged into this ticket: take them apart first.", code=ErrorCode.OTHERS_MERGED_HERE
        )
    if source.state in CLOSED_STATES:
        raise ConflictError("A ticket that is closed is not merged.", code=ErrorCode.TICKET_CLOSED)
    if target.state in CLOSED_STATES or target.state is TicketState.DRAFT:
        raise ConflictError(
            f"That ticket is {target.state}: others are merged into one that is registered and open.",
            code=ErrorCode.TARGET_NOT_OPEN,
            params={"state": target.state},
        )
    if source.kind is not target.kind:
        raise ConflictError(
            f"A {source.kind} is not merged into a {target.kind}.",
            code=ErrorCode.KINDS_DIFFER,
            params={"source": source.kind, "target": target.kind},
        )
    if source.is_in_test:
        raise ConflictError("A test lasts: enter its end before the merge.", code=ErrorCode.TEST_LASTS)


def check_not_merged(ticket: Ticket) -> None:
    """Raises ConflictError: a ticket that is merged takes no step and no change."""
    if ticket.merged_into is not None:
        raise ConflictError(
            f"The ticket is merged into {ticket.merged_into}: work on that one.",
            code=ErrorCode.TICKET_MERGED,
            params={"ticket": ticket.merged_into},
        )


def end_with_target(runs: Sequence[Run], of_target: Sequence[Run], merged_at: datetime) -> list[Run]:
    """The source's runs of a clock, of which the open one ends with those of the target; both oldest first."""
    for last, following in pairwise([*of_target, None]):
        if last is None or last.ended_at is None:
            break
        ended_at = max(last.ended_at, merged_at)
        if following is None or following.begins_at > ended_at:
            return [_end(run, ended_at, last) if run.ended_at is None else run for run in runs]
    return list(runs)


def _end(run: Run, at: datetime, like: Run) -> Run:
    """Stopped or cancelled, as that one was."""
    return replace(run, stopped_at=at) if like.cancelled_at is None else replace(run, cancelled_at=at)
