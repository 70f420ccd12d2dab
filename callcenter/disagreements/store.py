"""All SQL of unconfirmed calls and their settlements. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, cast, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from callcenter.accounts.tables import User
from callcenter.calls.rows import Key
from callcenter.calls.tables import Call
from callcenter.disagreements.rules import told_sha256
from callcenter.disagreements.tables import Settlement

Column = InstrumentedAttribute[str]


async def list_calls_with_reports(session: AsyncSession, keys: Sequence[Key]) -> list[Call]:
    """These calls with what each witness reported, in the order asked for."""
    calls = await session.scalars(
        select(Call).where(_is_among(Call.pbx, Call.call_id, keys)).execution_options(populate_existing=True)
    )
    found = {(call.pbx, call.call_id): call for call in calls}
    return [found[key] for key in keys if key in found]


async def list_settlements(session: AsyncSession, keys: Collection[Key]) -> dict[Key, list[tuple[Settlement, str]]]:
    """The settlements of these calls, latest first, each with the name of the user."""
    statement = (
        select(Settlement, User.name).join(User, User.id == Settlement.settled_by).order_by(Settlement.id.desc())
    )
    statement = statement.where(_is_among(Settlement.pbx, Settlement.call_id, keys))
    found: dict[Key, list[tuple[Settlement, str]]] = {}
    for settlement, name in await session.execute(statement):
        found.setdefault((settlement.pbx, settlement.call_id), []).append((settlement, name))
    return found


async def add_settlement(session: AsyncSession, call: Call, *, reason: str, user_id: int, at: datetime) -> None:
    """For the reports of the witnesses by now."""
    sha256 = told_sha256(call.told_by_ami, call.told_by_ledger)
    values = {"pbx": call.pbx, "call_id": call.call_id, "reason": reason, "told_sha256": sha256}
    await session.execute(insert(Settlement).values(**values, settled_by=user_id, settled_at=at))


async def find_settled(session: AsyncSession, first: date, last: date | None = None) -> set[Key]:
    """The unconfirmed calls of a business day, or of all from `first` to `last`, that are settled as they stand."""
    statement = (
        select(Call.pbx, Call.call_id, Call.told_by_ami, Call.told_by_ledger, Settlement.told_sha256)
        .join(Settlement, (Settlement.pbx == Call.pbx) & (Settlement.call_id == Call.call_id))
        .where(
            Call.business_date.between(first, last or first), Call.is_confirmed.is_(False), Call.outcome.is_not(None)
        )
    )
    return {
        (pbx, call_id)
        for pbx, call_id, ami, ledger, sha256 in await session.execute(statement)
        if sha256 == told_sha256(ami, ledger)
    }


def _is_among(pbx: Column, call_id: Column, keys: Collection[Key]) -> ColumnElement[bool]:
    pbxs = cast([key[0] for key in keys], ARRAY(Text))
    call_ids = cast([key[1] for key in keys], ARRAY(Text))
    wanted = func.unnest(pbxs, call_ids).table_valued("pbx", "call_id").render_derived(name="wanted")
    return tuple_(pbx, call_id).in_(select(wanted.c.pbx, wanted.c.call_id))
