"""The phone in the page over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from callcenter.accounts.api import SignedInUser, require, secret_of
from callcenter.accounts.passwords import hash_token
from callcenter.accounts.rights import Right
from callcenter.browser_phones import service, store
from callcenter.browser_phones.reattach import reattach
from callcenter.browser_phones.schemas import LostCall, NewPhone, PhoneLogin
from callcenter.http.commands import COMMAND, Pbxs, accepted
from callcenter.http.dependencies import Now, OpenDatabase, Transaction
from callcenter.settings import Settings

router = APIRouter(tags=["agents"])


@router.post("/phone", status_code=201, dependencies=[require(Right.TAKE_CALLS)])
async def take_phone(
    wish: NewPhone, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now, request: Request
) -> PhoneLogin:
    """Have the phone of your seat in this browser; what it registers with is shown once.

    Ask again after half of its time, between two calls: the new login takes the place of the old one. It ends when you
    sign off or out.
    """
    settings: Settings = request.app.state.settings
    lease, login = await service.take_phone(
        database,
        pbxs,
        user=user,
        holder=hash_token(secret_of(request)),
        phones_in_pages=settings.phones_in_pages,
        takes_over=wish.take_over,
        now=now,
    )
    return PhoneLogin.of(lease, login, websocket=settings.phone_websockets[lease.seat.pbx])


@router.delete("/phone", status_code=204, dependencies=[require(Right.TAKE_CALLS)])
async def give_phone_back(user: SignedInUser, session: Transaction, now: Now) -> None:
    """No page of yours is the phone any more: its login ends at once, a call that is up goes on."""
    await store.end_lease(session, user.user_id, now)


@router.post("/phone/reattach", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def reattach_call(
    lost: LostCall, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now, request: Request
) -> Response:
    """Have the call that is up ring once more at the phone: for a page that was loaded anew and is registered."""
    settings: Settings = request.app.state.settings
    await reattach(
        database,
        pbxs,
        lost.call,
        user=user,
        holder=hash_token(secret_of(request)),
        phones_in_pages=settings.phones_in_pages,
        now=now,
    )
    return accepted(f"/calls/{lost.call}")
