"""What instructions look like to whoever asks: names beside ids, free text masked, and what may be done now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right
from callcenter.casework.dispatch import deadline_store, finding_store, ring_store, store
from callcenter.casework.dispatch.finding_views import view_batch, view_test
from callcenter.casework.dispatch.rules import Finding, InstructionState
from callcenter.casework.dispatch.schemas import (
    BoardItem,
    InstructionClock,
    InstructionEventView,
    InstructionRingView,
    InstructionStepView,
    InstructionView,
)
from callcenter.casework.dispatch.states import TAKES, list_possible
from callcenter.casework.dispatch.tables import InstructionEvent, InstructionRing, InstructionRow
from callcenter.casework.key_calls.rules import RingState
from callcenter.casework.masks import mask_phone
from callcenter.casework.thresholds.rules import Thresholds
from callcenter.casework.tickets.store import names_of_units
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.views import Viewpoint, mask_body

_PLAIN = (
    *("id", "version", "number", "unit_id", "priority", "state", "instructed_at", "acknowledged_at", "departed_at"),
    *(
        "acknowledged_via",
        "unanswered_at",
        "arrived_at",
        "off_shelf_at",
        "off_shelf_outcome",
        "patrolled_at",
        "feedback_at",
        "ended_at",
        "next_due_at",
    ),
)


async def view_instructions(
    session: AsyncSession, found: Sequence[tuple[InstructionRow, TicketRow]], viewpoint: Viewpoint
) -> list[InstructionView]:
    """In the same order."""
    ids = [row.id for row, _ in found]
    units = await names_of_units(session, {row.unit_id for row, _ in found})
    clocks = await deadline_store.list_deadlines(session, ids)
    batches = await finding_store.list_batches(session, ids)
    tests = await finding_store.list_tests(session, ids)
    rings = await ring_store.list_of(session, ids)
    added_by = {batch.added_by for batch in batches} | {test.added_by for test in tests}
    users = await store.names_of(session, {row.instructed_by for row, _ in found} | added_by)
    return [
        InstructionView(
            **{name: getattr(row, name) for name in _PLAIN},
            acknowledged_by=viewpoint.mask(row.acknowledged_by),
            acknowledged_how=viewpoint.mask(row.acknowledged_how),
            feedback=viewpoint.mask(row.feedback),
            end_reason=viewpoint.mask(row.end_reason),
            ticket=ticket.number,
            unit=units[row.unit_id],
            text=viewpoint.mask(row.text) or "",
            instructed_by=users[row.instructed_by],
            clocks=[
                InstructionClock(**{name: getattr(clock, name) for name in InstructionClock.model_fields})
                for clock in clocks
                if clock.instruction_id == row.id
            ],
            batches=[view_batch(batch, users, viewpoint) for batch in batches if batch.instruction_id == row.id],
            tests=[view_test(test, users, viewpoint) for test in tests if test.instruction_id == row.id],
            rings=[_view_ring(ring, viewpoint) for ring in rings if ring.instruction_id == row.id],
            steps=_list_steps(row, viewpoint),
            findings=_list_findings(row, viewpoint),
        )
        for row, ticket in found
    ]


async def view_instruction(session: AsyncSession, instruction_id: int, viewpoint: Viewpoint) -> InstructionView:
    """Raises NotFoundError, also for one that the user does not see."""
    conditions = [InstructionRow.id == instruction_id, await store.may_see(session, viewpoint.user)]
    await store.get_instruction(session, instruction_id, *conditions)
    found = await store.list_instructions(session, *conditions, order=[InstructionRow.id.asc()])
    (view,) = await view_instructions(session, found, viewpoint)
    return view


def view_on_board(view: InstructionView, viewpoint: Viewpoint) -> BoardItem:
    """With what is left of the clock that is due next."""
    due = view.next_due_at
    running = [clock.code for clock in view.clocks if clock.stopped_at is None and clock.target_due_at == due]
    return BoardItem(
        seconds_left=None if due is None else int((due - viewpoint.now).total_seconds()),
        next_code=running[0] if due is not None and running else None,
        instruction=view,
    )


def view_event(
    event: InstructionEvent, name: str | None, viewpoint: Viewpoint, thresholds: Thresholds
) -> InstructionEventView:
    """As it was written down, judged by what was in force then."""
    return InstructionEventView(
        what=event.what,  # type: ignore[arg-type]
        state=event.state,  # type: ignore[arg-type]
        at=event.at,
        recorded_at=event.recorded_at,
        is_late_entry=event.recorded_at - event.at > thresholds.late_entry,
        by=name,
        body=mask_body(event.body, viewpoint),
    )


def _view_ring(ring: InstructionRing, viewpoint: Viewpoint) -> InstructionRingView:
    return InstructionRingView(
        round=ring.round,
        position=ring.position,
        person=viewpoint.mask(ring.person) or "",
        number=mask_phone(ring.number, area_code=viewpoint.place.area_code),
        pbx=ring.pbx,
        call_id=ring.call_id,
        requested_at=ring.requested_at,
        state=RingState(ring.state),
        ended_at=ring.ended_at,
    )


def _list_steps(row: InstructionRow, viewpoint: Viewpoint) -> list[InstructionStepView]:
    return [
        InstructionStepView(
            step=possible.rule.step,
            needs=list(possible.needs),
            takes=[field for field in possible.rule.takes if field not in possible.needs],
            lacks=list(possible.lacks),
        )
        for possible in list_possible(store.to_instruction(row, []))
        if viewpoint.user.may(possible.rule.right)
    ]


def _list_findings(row: InstructionRow, viewpoint: Viewpoint) -> list[Finding]:
    if not viewpoint.user.may(Right.HANDLE_TICKETS):
        return []
    return [finding for finding, states in TAKES.items() if InstructionState(row.state) in states]
