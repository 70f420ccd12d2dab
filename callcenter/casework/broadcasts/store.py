"""All SQL of broadcasts and the organisations they go to. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.casework.broadcasts.rules import (
    BroadcastEventKind,
    BroadcastFilter,
    BroadcastKind,
    OrganisationKind,
    Standing,
)
from callcenter.casework.broadcasts.states import TargetState
from callcenter.casework.broadcasts.tables import BroadcastEvent, BroadcastRow, BroadcastTarget
from callcenter.casework.contacts.rules import ContactPerson, Organisation
from callcenter.casework.contacts.store import IS_THERE, list_contacts
from callcenter.casework.contacts.tables import ContactRow
from callcenter.casework.units.tables import UnitRow
from callcenter.errors import NotFoundError

_IS_LEFT = BroadcastTarget.state.in_([TargetState.WAITING.value, TargetState.RINGING.value])


async def list_spoken_texts(session: AsyncSession) -> Sequence[str]:
    """Of the broadcasts that have not ended."""
    statement = select(BroadcastRow.spoken_text).where(BroadcastRow.ended_at.is_(None))
    return [text for text in await session.scalars(statement) if text is not None]


async def list_reached(
    session: AsyncSession, wanted: BroadcastFilter, only: Organisation | None = None
) -> dict[Organisation, tuple[str, list[ContactPerson]]]:
    """Whom a broadcast reaches now: the name of each organisation and its contacts; of one organisation, if it is said.

    A closed unit is not reached.
    """
    conditions = [IS_THERE, or_(ContactRow.unit_id.is_(None), UnitRow.closed_at.is_(None)), *_conditions(wanted)]
    if only is not None:
        column = ContactRow.merchant_id if only.unit_id is None else ContactRow.unit_id
        conditions.append(column == (only.unit_id or only.merchant_id))
    found: dict[Organisation, tuple[str, list[ContactPerson]]] = {}
    for contact, name in await list_contacts(session, *conditions):
        found.setdefault(contact.organisation, (name, []))[1].append(contact)
    return found


def _conditions(wanted: BroadcastFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.organisations is not None:
        is_unit = wanted.organisations is OrganisationKind.UNIT
        conditions.append((ContactRow.unit_id if is_unit else ContactRow.merchant_id).is_not(None))
    if wanted.unit_ids or wanted.merchant_ids:
        conditions.append(or_(ContactRow.unit_id.in_(wanted.unit_ids), ContactRow.merchant_id.in_(wanted.merchant_ids)))
    if wanted.roles:
        conditions.append(ContactRow.role.in_([role.value for role in wanted.roles]))
    if wanted.regions:
        conditions.append(ContactRow.region.in_(wanted.regions))
    if wanted.goods:
        conditions.append(ContactRow.goods.overlap(list(wanted.goods)))
    if wanted.brands:
        conditions.append(ContactRow.brands.overlap(list(wanted.brands)))
    return conditions


async def find_last_drill(session: AsyncSession) -> datetime | None:
    """When the newest drill began."""
    is_drill = BroadcastRow.kind == BroadcastKind.DRILL.value
    return (await session.scalars(select(func.max(BroadcastRow.started_at)).where(is_drill))).one()


async def has_contacts(session: AsyncSession) -> bool:
    """Whether there is anybody to be reached."""
    return (await session.scalars(select(exists().where(IS_THERE)))).one()


async def find_by_key(session: AsyncSession, user_id: int, key: str) -> BroadcastRow | None:
    """The broadcast that the user started with this Idempotency-Key."""
    statement = select(BroadcastRow).where(BroadcastRow.started_by == user_id, BroadcastRow.idempotency_key == key)
    return (await session.scalars(statement)).one_or_none()


async def add_broadcast(session: AsyncSession, values: Mapping[str, Any]) -> int | None:
    """The id of the new broadcast; None where the user has started one with this key."""
    statement = insert_or(BroadcastRow).values(**values).on_conflict_do_nothing().returning(BroadcastRow.id)
    return (await session.scalars(statement)).one_or_none()


async def add_target(
    session: AsyncSession, broadcast_id: int, organisation: Organisation, name: str, at: datetime
) -> None:
    """To be rung from now on."""
    await session.execute(
        insert(BroadcastTarget).values(
            broadcast_id=broadcast_id,
            unit_id=organisation.unit_id,
            merchant_id=organisation.merchant_id,
            organisation=name,
            state=TargetState.WAITING.value,
            attempts=0,
            next_at=at,
        )
    )


async def get_broadcast(session: AsyncSession, broadcast_id: int, *, is_locked: bool = False) -> BroadcastRow:
    """Raises NotFoundError."""
    statement = select(BroadcastRow).where(BroadcastRow.id == broadcast_id)
    if is_locked:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such broadcast.")
    return found


async def list_broadcasts(
    session: AsyncSession, *conditions: ColumnElement[bool], limit: int
) -> Sequence[tuple[BroadcastRow, str]]:
    """Newest first, each with the login name of who started it."""
    statement = (
        select(BroadcastRow, User.name)
        .join(User, User.id == BroadcastRow.started_by)
        .where(*conditions)
        .order_by(BroadcastRow.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def count_standing(session: AsyncSession, ids: Collection[int]) -> dict[int, Standing]:
    """How the organisations of each of these broadcasts stand."""
    statement = (
        select(BroadcastTarget.broadcast_id, BroadcastTarget.state, func.count())
        .where(BroadcastTarget.broadcast_id.in_(ids))
        .group_by(BroadcastTarget.broadcast_id, BroadcastTarget.state)
    )
    counts: dict[int, dict[str, int]] = {broadcast_id: {} for broadcast_id in ids}
    for broadcast_id, state, number in await session.execute(statement):
        counts[broadcast_id][state] = number
    return {broadcast_id: Standing(**of_one) for broadcast_id, of_one in counts.items()}


async def lock_target(session: AsyncSession, broadcast_id: int, target_id: int) -> BroadcastTarget:
    """Raises NotFoundError."""
    statement = select(BroadcastTarget).where(
        BroadcastTarget.id == target_id, BroadcastTarget.broadcast_id == broadcast_id
    )
    locked = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.scalars(locked)).one_or_none()
    if found is None:
        raise NotFoundError("The broadcast has no such target.")
    return found


async def list_targets(
    session: AsyncSession, *conditions: ColumnElement[bool], limit: int | None = None
) -> Sequence[BroadcastTarget]:
    """In the order of their ids."""
    statement = select(BroadcastTarget).where(*conditions).order_by(BroadcastTarget.id).limit(limit)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def lock_waiting(session: AsyncSession, broadcast_id: int) -> Sequence[BroadcastTarget]:
    """Those of a broadcast that are to be rung, in the order of their ids."""
    waiting = BroadcastTarget.state == TargetState.WAITING.value
    statement = select(BroadcastTarget).where(BroadcastTarget.broadcast_id == broadcast_id, waiting)
    locked = statement.order_by(BroadcastTarget.id).with_for_update()
    return (await session.scalars(locked.execution_options(populate_existing=True))).all()


async def change_target(
    session: AsyncSession, target: BroadcastTarget, state: TargetState, values: Mapping[str, Any] | None = None
) -> None:
    """The target, which is locked, stands so from now on."""
    statement = update(BroadcastTarget).where(BroadcastTarget.id == target.id)
    await session.execute(statement.values(state=state.value, **(values or {})))


async def stop(session: AsyncSession, broadcast_id: int, at: datetime) -> None:
    """Nobody more is rung."""
    await session.execute(update(BroadcastRow).where(BroadcastRow.id == broadcast_id).values(stopped_at=at))


async def end_finished(session: AsyncSession, at: datetime) -> Sequence[int]:
    """Broadcasts of which nobody is left to be rung have ended: which have now."""
    left = select(BroadcastTarget.id).where(BroadcastTarget.broadcast_id == BroadcastRow.id, _IS_LEFT)
    statement = update(BroadcastRow).where(BroadcastRow.ended_at.is_(None), ~left.exists())
    return (await session.scalars(statement.values(ended_at=at).returning(BroadcastRow.id))).all()


async def add_event(
    session: AsyncSession,
    broadcast_id: int,
    what: BroadcastEventKind,
    *,
    target_id: int | None = None,
    at: datetime,
    by: int | None = None,
    body: Mapping[str, Any] | None = None,
) -> None:
    """`by` is None for the system."""
    values = {"broadcast_id": broadcast_id, "target_id": target_id, "what": what.value, "at": at, "by": by}
    await session.execute(insert(BroadcastEvent).values(**values, body=dict(body or {})))
