"""The loop of every worker: do the work when a notification comes or an interval is over, and wait out outages.

A notification is only a hint. What is to be done stands in tables, so the work reads those, and the interval bounds how
late it is where no notification arrives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

from callcenter.postgres.database import Database
from callcenter.postgres.notifications import listening
from callcenter.postgres.outages import Outage

PACE_SECONDS = 0.2
"""The least time between two rounds: where calls change many times a second, one round looks at many of them."""

OUTAGE_PAUSE_SECONDS = 0.5
"""Between two attempts to reach a database that is away."""


async def follow(
    database: Database,
    work: Callable[[], Awaitable[None]],
    *,
    task: str,
    every: float,
    channels: Collection[str] = (),
    wake: asyncio.Event | None = None,
) -> None:
    """Do the work at the start, `every` so many seconds after the last round, and sooner when it is asked for.

    It is asked for by a notification on one of the channels, in whichever process it was sent, and by `wake`. Name the
    channel of every table that the work reads: a notification can come before another part has written what it derives
    from the same change. Runs until cancelled; outages of the database are waited out, other errors are raised.
    """
    wake = wake or asyncio.Event()
    outage = Outage(task)
    while True:
        with outage.waited_out():
            async with listening(database, channels, wake) as connection:
                while connection is None or not connection.is_closed():
                    wake.clear()
                    await work()
                    outage.end()
                    await _rest(wake, every)
        await asyncio.sleep(OUTAGE_PAUSE_SECONDS)


async def _rest(wake: asyncio.Event, seconds: float) -> None:
    pace = min(PACE_SECONDS, seconds)
    await asyncio.sleep(pace)
    try:
        async with asyncio.timeout(seconds - pace):
            await wake.wait()
    except TimeoutError:
        pass
