"""A call brought back to the page that was loaded anew in it: the other side is sent to the seat again.

A page that is loaded anew says no goodbye, so on the PBX both legs are still there. Where the old one is gone already
the dialplan brings the call back by itself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.agents.rules import PhonesInPages
from callcenter.browser_phones import store
from callcenter.browser_phones.service import get_seat
from callcenter.calls.records import Direction, TalkKind
from callcenter.calls.store import get_call
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.pbx import actions
from callcenter.pbx.actions import Extension
from callcenter.pbx.answers import ListedChannel, listed_channels
from callcenter.pbx.channel_names import device_of_interface, interface_of
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database

CONTEXT = "back-to-seat"
"""Of `asterisk_conf/extensions.conf`; the exten is the seat."""


async def reattach(
    database: Database,
    pbxs: PbxRegistry,
    call: str,
    *,
    user: SignedIn,
    holder: bytes,
    phones_in_pages: PhonesInPages,
    now: datetime,
) -> None:
    """Have the call ring at the user's seat, where the page is registered by now.

    Raises ConflictError where the page does not have the phone, the call is over, or it was another's last; PbxError.
    """
    async with database.sessions.begin() as session:
        seat = await get_seat(session, user, phones_in_pages)
        commands = pbxs.get(seat.pbx)
        lease = await store.find_lease(session, seat)
        if lease is None or lease.holder != holder or lease.expires_at <= now:
            raise ConflictError("This page does not have the phone; take it first.", code=ErrorCode.NO_BROWSER_PHONE)
        device = device_of_interface(seat.interface)
        await _check_own(session, seat.pbx, device, call)
    channels = listed_channels(await commands.ask(actions.core_show_channels()))
    partner = find_partner(channels, seat.interface, linkedid=call.partition("/")[2])
    if partner is not None:
        await commands.ask(actions.redirect(partner.name, to=Extension(context=CONTEXT, exten=device)))


async def _check_own(session: AsyncSession, pbx: str, device: str, call: str) -> None:
    named, _, call_id = call.partition("/")
    foreign = ConflictError("This is not your call.", code=ErrorCode.NOT_YOUR_CALL)
    try:
        record = (await get_call(session, named, call_id)).record
    except NotFoundError:
        raise foreign from None
    is_maker = record["direction"] != Direction.INBOUND and record["caller_number"] == device
    talks = [talk for talk in record["talks"] if is_maker or talk["kind"] == TalkKind.AGENT]
    if named != pbx or not talks or not (is_maker or talks[-1]["with"] == device):
        raise foreign
    if record["outcome"] is not None:
        raise ConflictError("The call is over.", code=ErrorCode.CALL_OVER)


def find_partner(channels: list[ListedChannel], interface: str, *, linkedid: str) -> ListedChannel | None:
    """The one other channel in a bridge with the device; None where the device is in none.

    Raises ConflictError where there are several: in a room somebody else is host, or it is no call of two.
    """
    own = [channel for channel in channels if channel.bridge_id and interface_of(channel.name) == interface]
    named = [channel for channel in own if channel.linkedid == linkedid] or own
    if not named:
        return None
    others = [
        channel for channel in channels if channel.bridge_id == named[0].bridge_id and channel.name != named[0].name
    ]
    if len(named) > 1 or len(others) != 1:
        raise ConflictError("The device is in more than one call.", code=ErrorCode.AGENT_IN_SEVERAL_CALLS)
    return others[0]
