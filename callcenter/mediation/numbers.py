"""Whom a mediation may ring: by the rules of click-to-call, so that no room is a way around them."""

from __future__ import annotations

from datetime import datetime

from callcenter.accounts.rules import SignedIn
from callcenter.calls.unmasking import note_search
from callcenter.database import Database
from callcenter.dialling.directory import is_do_not_call
from callcenter.dialling.rules import RefusalReason
from callcenter.dialling.service import DialRefused, note_refusal
from callcenter.mediation import store
from callcenter.mediation.rules import number_to_dial
from callcenter.settings import Settings


async def check_number(database: Database, settings: Settings, user: SignedIn, typed: str, now: datetime) -> None:
    """Whether it may be rung: it rang us, was rung by us, stands in the directory, or has a prefix that may be typed.

    A refusal is written down where those of click-to-call are. Since the answer says whether a number ever rang us, it
    counts as a search by number. Raises InputError, RefusedError, TooManyRequestsError.
    """
    number = number_to_dial(typed, area_code=settings.area_code)
    async with database.sessions.begin() as session:
        await note_search(session, user, number, now, area_code=settings.area_code)
        is_forbidden = await is_do_not_call(session, number)
        is_known = await store.is_known_number(session, number)
    if is_forbidden:
        refused = DialRefused(RefusalReason.DO_NOT_CALL, number)
    elif not is_known and not number.startswith(settings.dial_prefixes):
        refused = DialRefused(RefusalReason.TYPED_NOT_ALLOWED, number)
    else:
        return
    await note_refusal(database, refused, user=user, target="mediation", episode_id=None, settings=settings, now=now)
    raise refused.to_error()
