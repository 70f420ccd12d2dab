"""The SQL of phones in pages. Every function works in its caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts import store as accounts
from callcenter.accounts.tables import User
from callcenter.agents.rules import Seat
from callcenter.agents.store import notify
from callcenter.agents.tables import SignOn
from callcenter.browser_phones.rules import LEASE, PhoneLease
from callcenter.browser_phones.tables import PhoneLeaseRow, PhoneTurn

_SITS_THERE = exists().where(
    SignOn.pbx == PhoneLeaseRow.pbx,
    SignOn.interface == PhoneLeaseRow.interface,
    SignOn.user_id == PhoneLeaseRow.user_id,
    SignOn.signed_off_at.is_(None),
)


_IS_OF_OLD_PASSWORD = User.password_changed_at > PhoneLeaseRow.expires_at - LEASE
"""The login was made before the password was changed."""


async def take_turn(session: AsyncSession, seat: Seat, *, lasts: timedelta) -> datetime | None:
    """Until when the turn is ours if we do not end it before; None while it is another's."""
    now = func.clock_timestamp()
    statement = insert(PhoneTurn).values(pbx=seat.pbx, interface=seat.interface, until=now + lasts)
    taken = statement.on_conflict_do_update(
        index_elements=[PhoneTurn.pbx, PhoneTurn.interface], set_={"until": now + lasts}, where=PhoneTurn.until <= now
    )
    return (await session.execute(taken.returning(PhoneTurn.until))).scalar_one_or_none()


async def end_turn(session: AsyncSession, seat: Seat, until: datetime) -> None:
    """Let the next have it; one that ran out and is another's by now stays."""
    is_ours = (PhoneTurn.pbx == seat.pbx) & (PhoneTurn.interface == seat.interface) & (PhoneTurn.until == until)
    await session.execute(delete(PhoneTurn).where(is_ours))


async def find_lease(session: AsyncSession, seat: Seat) -> PhoneLease | None:
    """Who has the phone, or had it last and whose login the PBX still knows."""
    return next(iter(await _list_leases(session, _is_at(seat))), None)


async def list_leases(session: AsyncSession) -> list[PhoneLease]:
    """Of every PBX, those that are over included."""
    return await _list_leases(session)


async def list_over(session: AsyncSession, now: datetime, *conditions: ColumnElement[bool]) -> list[PhoneLease]:
    """Those whose user sits there no longer or has another password, whose session, token or time is over."""
    leases = await _list_leases(session, *conditions)
    holders = {lease.holder for lease in leases}
    signed_in = await accounts.list_signed_in(session, holders, now) if holders else set()
    valid = await _list_leases(session, _SITS_THERE, _IS_OF_OLD_PASSWORD.isnot(True), *conditions)
    return [lease for lease in leases if lease not in valid or lease.holder not in signed_in or lease.expires_at <= now]


async def is_over(session: AsyncSession, seat: Seat, now: datetime) -> bool:
    """Whether the phone of this seat is somebody's no longer."""
    return bool(await list_over(session, now, _is_at(seat)))


async def save_lease(session: AsyncSession, lease: PhoneLease) -> None:
    """It takes the place of another's of this seat."""
    row = {
        "user_id": lease.user_id,
        "holder": lease.holder,
        "began_at": lease.began_at,
        "expires_at": lease.expires_at,
    }
    statement = insert(PhoneLeaseRow).values(pbx=lease.seat.pbx, interface=lease.seat.interface, **row)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[PhoneLeaseRow.pbx, PhoneLeaseRow.interface], set_=row)
    )
    await notify(session)


async def end_lease(session: AsyncSession, user_id: int, now: datetime) -> None:
    """The phone is not this user's any more; the worker ends it on the PBX."""
    is_theirs = (PhoneLeaseRow.user_id == user_id) & (PhoneLeaseRow.expires_at > now)
    await session.execute(update(PhoneLeaseRow).where(is_theirs).values(expires_at=now))
    await notify(session)


async def remove_lease(session: AsyncSession, seat: Seat) -> None:
    """The PBX lets nobody register there any more."""
    await session.execute(delete(PhoneLeaseRow).where(_is_at(seat)))
    await notify(session)


def _is_at(seat: Seat) -> ColumnElement[bool]:
    return (PhoneLeaseRow.pbx == seat.pbx) & (PhoneLeaseRow.interface == seat.interface)


async def _list_leases(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[PhoneLease]:
    columns = (
        PhoneLeaseRow.pbx,
        PhoneLeaseRow.interface,
        PhoneLeaseRow.user_id,
        User.name,
        PhoneLeaseRow.holder,
        PhoneLeaseRow.began_at,
        PhoneLeaseRow.expires_at,
    )
    statement = select(*columns).join(User, User.id == PhoneLeaseRow.user_id).where(*conditions)
    rows = await session.execute(statement.order_by(PhoneLeaseRow.pbx, PhoneLeaseRow.interface))
    return [
        PhoneLease(
            seat=Seat(pbx=row.pbx, interface=row.interface),
            user_id=row.user_id,
            user=row.name,
            holder=row.holder,
            began_at=row.began_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]
