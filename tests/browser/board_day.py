"""A day on the wallboard, written into the store as the recorder would write it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text

from callcenter.agents.rules import SeatState
from callcenter.calls.records import CallRecord, Outcome, Talk, TalkKind
from callcenter.clock import utc_now
from callcenter.postgres.database import Database
from tests.call_examples import ABANDONED, ANSWERED, OPEN, from_ami, with_visit
from tests.integration.backend import LIMIT
from tests.integration.callback_examples import store, store_confirmed
from tests.integration.test_board_hours import moved

CALLER = "138****5678"
"""How the caller of all of them is shown."""

SEAT = """
INSERT INTO agent_states (pbx, interface, user_id, member_name, queues, state, reason, began_at, from_at)
VALUES ('pbx1', :interface, (SELECT id FROM users WHERE name = :name), :name, '{hotline,overflow}', :state, :reason,
        :at, :at)
"""
SIGN_ON = """
INSERT INTO agent_sign_ons (user_id, pbx, interface, signed_on_at)
SELECT id, 'pbx1', :interface, now() FROM users WHERE name = :name
"""


def at_moment(call: CallRecord, number: int, begin: datetime) -> CallRecord:
    """The example at another time, under an id of its own."""
    return moved(call, number, begin - call.started_at)


def waiting(number: int, *, seconds: float = 0.0, queue: str = "hotline") -> CallRecord:
    """A caller who has waited for so long."""
    return from_ami(at_moment(with_visit(OPEN, queue=queue), number, utc_now() - timedelta(seconds=seconds)))


def talking(number: int, device: str) -> CallRecord:
    """A caller who talks with the device since a minute ago."""
    now = utc_now()
    talk = Talk(with_=device, kind=TalkKind.AGENT, from_=now - timedelta(seconds=60), to=None)
    begun = at_moment(ANSWERED, number, now - timedelta(seconds=70))
    return from_ami(replace(begun, ended_at=None, outcome=None, complete=False, talks=(talk,)))


async def write_calls(database: Database, calls: Iterable[CallRecord]) -> None:
    """As told so far, once `is_followed`."""
    await store(database, calls)


async def is_followed(database: Database) -> None:
    """Wait until the recorder hears its PBX: then it ends what it finds open in the store and the PBX does not know."""
    begin = utc_now()
    heard = "SELECT coalesce(max(at) > :begin, false) FROM witness_heartbeats WHERE witness = 'ami'"
    async with asyncio.timeout(LIMIT):
        while True:
            async with database.sessions.begin() as session:
                if await session.scalar(text(heard), {"begin": begin}):
                    return
            await asyncio.sleep(0.02)


async def write_day(database: Database) -> None:
    """Of today 5 calls answered and 3 missed, in the minutes before now, and the same four times on this day of weeks
    before."""
    now = utc_now()
    missed = (Outcome.ABANDONED_QUEUE, Outcome.ABANDONED_QUEUE, Outcome.QUEUE_TIMEOUT)
    examples = [*(ANSWERED for _ in range(5)), *(replace(ABANDONED, outcome=outcome) for outcome in missed)]
    calls = [
        at_moment(example, 100 * weeks + number, now - timedelta(weeks=weeks, seconds=100 + number))
        for weeks in range(5)
        for number, example in enumerate(examples)
    ]
    await store_confirmed(database, calls)


async def seat(
    database: Database, name: str, interface: str, state: SeatState, *, reason: str | None = None, seconds: float = 65
) -> None:
    """A user of that name, or else a queue member, in a state for so long."""
    async with database.sessions.begin() as session:
        values = {"name": name, "interface": interface}
        at = utc_now() - timedelta(seconds=seconds)
        await session.execute(text(SEAT), values | {"state": state, "reason": reason, "at": at})
        await session.execute(text(SIGN_ON), values)
        await session.execute(text("NOTIFY agents"))
