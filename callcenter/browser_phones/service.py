"""What a user does with the phone in the page: takes it, gives it back, has a call brought back to it.

The PBX is asked in a turn of the seat's: a lease stands only where the PBX has taken its login, and neither another
browser nor the worker that ends leases comes in between.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.accounts.store import log_access
from callcenter.agents import store as agents
from callcenter.agents.rules import DeviceKind, PhonesInPages, Seat, kind_of
from callcenter.browser_phones import store
from callcenter.browser_phones.rules import LEASE, PhoneLease, SipLogin, can_have_phones, is_in_call, make_login
from callcenter.browser_phones.turns import phone_turn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.pbx import actions
from callcenter.pbx.answers import text_of
from callcenter.pbx.channel_names import device_of_interface
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database


async def take_phone(
    database: Database,
    pbxs: PbxRegistry,
    *,
    user: SignedIn,
    holder: bytes,
    phones_in_pages: PhonesInPages,
    takes_over: bool,
    now: datetime,
) -> tuple[PhoneLease, SipLogin]:
    """Have the phone of the own seat in this browser, with a new login, for LEASE from now; the old one ends.

    Raises ConflictError where there is no such phone, where another browser of the user has it and it is not to be
    taken over, or a call is up there; NoCommandLoginError; PbxError where the PBX did not take the login. Then nothing
    is changed.
    """
    async with database.sessions.begin() as session:
        seat = await get_seat(session, user, phones_in_pages)
    commands = pbxs.get(seat.pbx)
    await _check_version(commands)
    async with phone_turn(database, seat):
        async with database.sessions.begin() as session:
            before = await store.find_lease(session, seat)
            if before is not None and await store.is_over(session, seat, now):
                before = None
        if before is not None and before.holder != holder:
            await _check_free(commands, before, takes_over=takes_over)
            before = None
        login = make_login()
        exten = device_of_interface(seat.interface)
        await commands.ask(actions.write_phone_login(exten, login=login.login, ha1=login.ha1))
        lease = PhoneLease(
            seat=seat,
            user_id=user.user_id,
            user=user.name,
            holder=holder,
            began_at=now if before is None else before.began_at,
            expires_at=now + LEASE,
        )
        async with database.sessions.begin() as session:
            await store.save_lease(session, lease)
            if before is None:
                await log_access(session, user, "phone", seat.interface, now)
    return lease, login


async def get_seat(session: AsyncSession, user: SignedIn, phones_in_pages: PhonesInPages) -> Seat:
    """Where the user sits, if the page is the phone there. Raises ConflictError."""
    seat = await agents.find_seat(session, user.user_id)
    if seat is None or kind_of(seat, phones_in_pages) is not DeviceKind.BROWSER:
        raise ConflictError("Sign on at a seat whose phone is the page.", code=ErrorCode.NO_BROWSER_PHONE)
    return seat


async def _check_free(commands: AmiCommands, before: PhoneLease, *, takes_over: bool) -> None:
    if not takes_over:
        raise ConflictError(
            "The phone is in another browser; it can be taken over.",
            code=ErrorCode.DEVICE_TAKEN,
            params={"device": before.seat.interface, "by": before.user, "since": before.began_at},
        )
    state = text_of((await commands.ask(actions.get_device_state(before.seat.interface))).response, "Value")
    if is_in_call(state):
        raise ConflictError("A call is up at the phone in the other browser.", code=ErrorCode.DEVICE_IN_CALL)


async def _check_version(commands: AmiCommands) -> None:
    version = text_of((await commands.ask(actions.core_settings())).response, "AsteriskVersion")
    if not can_have_phones(version):
        raise ConflictError(
            f"The PBX is Asterisk {version}; phones in pages need a newer one.", code=ErrorCode.NO_BROWSER_PHONE
        )
