"""One at a time asks the PBX about the phone of a seat, in whichever process, and keeps no transaction open for it.

Two logins that are written at once would leave it to chance which of them the PBX has, whoever the lease names.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from callcenter.agents.rules import Seat
from callcenter.browser_phones import store
from callcenter.errors import PbxError
from callcenter.postgres.database import Database

TURN = timedelta(seconds=25)
"""Two commands are answered or given up before; for a process that ends in its turn nobody waits longer."""

PATIENCE = timedelta(seconds=30)
"""Whoever has not had a turn by then is told that the PBX does not answer."""

_LOOK_SECONDS = 0.05


@asynccontextmanager
async def phone_turn(database: Database, seat: Seat) -> AsyncIterator[None]:
    """Inside the block nobody else asks about this phone. Raises PbxError where the turn does not come."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            until = None
            while until is None:
                async with database.sessions.begin() as session:
                    until = await store.take_turn(session, seat, lasts=TURN)
                if until is None:
                    await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise PbxError("The PBX has not answered those who asked about this phone before.") from None
    try:
        yield
    finally:
        async with database.sessions.begin() as session:
            await store.end_turn(session, seat, until)
