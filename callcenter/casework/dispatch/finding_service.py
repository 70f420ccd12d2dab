"""Adding what was found on the way of an instruction, which is then never changed, and stands in its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.casework.dispatch import finding_store, store
from callcenter.casework.dispatch.rules import Batch, Finding, GoodsTest, InstructionEventKind, InstructionState
from callcenter.casework.dispatch.states import check_takes
from callcenter.casework.dispatch.tables import InstructionRow
from callcenter.casework.tickets.attachment_store import get_attachment
from callcenter.http.versions import check_version

_KINDS = {Finding.BATCH: InstructionEventKind.BATCH_ADDED, Finding.TEST: InstructionEventKind.TEST_ADDED}


async def add_batch(
    session: AsyncSession, instruction_id: int, batch: Batch, *, version: int, user: SignedIn, now: datetime
) -> None:
    """Goods that were found, if the instruction is still as the user saw it.

    Raises RefusedError, NotFoundError, also for a file that is not of the ticket, StaleVersionError, ConflictError.
    """
    row = await _open(session, instruction_id, Finding.BATCH, version=version, user=user)
    await check_files(session, row.ticket_id, [batch])
    await finding_store.add_batches(session, row.id, [batch], by=user.user_id, at=now)
    said = {"name": batch.name, "quantity": f"{batch.quantity:f}", "measured_in": batch.measured_in}
    await _log(session, row, Finding.BATCH, said | {"measure": batch.measure.value}, user=user, now=now)


async def add_test(
    session: AsyncSession, instruction_id: int, test: GoodsTest, *, version: int, user: SignedIn, now: datetime
) -> None:
    """What was tested, if the instruction is still as the user saw it.

    Raises RefusedError, NotFoundError, StaleVersionError, ConflictError.
    """
    row = await _open(session, instruction_id, Finding.TEST, version=version, user=user)
    await finding_store.add_test(session, row.id, test, by=user.user_id, at=now)
    await _log(session, row, Finding.TEST, asdict(test), user=user, now=now)


async def check_files(session: AsyncSession, ticket_id: int, batches: Iterable[Batch]) -> None:
    """Raises NotFoundError for a file that is not of the ticket."""
    for batch in batches:
        if batch.attachment_id is not None:
            await get_attachment(session, ticket_id, batch.attachment_id)


async def _open(
    session: AsyncSession, instruction_id: int, finding: Finding, *, version: int, user: SignedIn
) -> InstructionRow:
    user.check(Right.HANDLE_TICKETS)
    seen = await store.may_see(session, user)
    row = await store.get_instruction(session, instruction_id, seen, is_locked=True)
    check_version(version, row.version)
    check_takes(InstructionState(row.state), finding)
    return row


async def _log(
    session: AsyncSession,
    row: InstructionRow,
    finding: Finding,
    body: Mapping[str, Any],
    *,
    user: SignedIn,
    now: datetime,
) -> None:
    """A new version too, so that of the same finding sent twice the second is stale."""
    await store.change_instruction(session, row, {})
    state = InstructionState(row.state)
    await store.add_event(
        session, row.id, _KINDS[finding], state=state, at=now, recorded_at=now, by=user.user_id, body=body
    )
