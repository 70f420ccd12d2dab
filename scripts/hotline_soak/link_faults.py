"""The AMI link is cut, held, slowed down and torn."""

from __future__ import annotations

import asyncio
from random import Random

from hotline_soak.centre import Centre

TEAR_SECONDS = 15.0


async def cut_link(centre: Centre, _random: Random) -> None:
    """The link breaks."""
    centre.wire.cut()


async def hold_link(centre: Centre, _random: Random) -> None:
    """Bytes vanish without a FIN, for longer than the backend needs to notice."""
    centre.wire.is_held = True
    try:
        await asyncio.sleep(25)
    finally:
        centre.wire.is_held = False
        centre.wire.cut()


async def throttle_link(centre: Centre, _random: Random) -> None:
    """The link is throttled."""
    centre.wire.pace = 4000
    try:
        await asyncio.sleep(8)
    finally:
        centre.wire.pace = None


async def slow_link(centre: Centre, random: Random) -> None:
    """Every byte is delayed by two seconds, both ways."""
    centre.wire.delay = 2.0
    try:
        await asyncio.sleep(random.uniform(6, 12))
    finally:
        centre.wire.delay = 0.0


async def tear_message(centre: Centre, _random: Random) -> None:
    """The PBX closes the link in the middle of a message."""
    centre.wire.is_tearing = True
    try:
        async with asyncio.timeout(TEAR_SECONDS):
            while centre.wire.is_tearing:
                await asyncio.sleep(0.05)
    except TimeoutError:
        centre.wire.cut()
    finally:
        centre.wire.is_tearing = False


async def refuse_link(centre: Centre, random: Random) -> None:
    """The link breaks, and new connections are refused for a while."""
    centre.wire.is_refusing = True
    try:
        centre.wire.cut()
        await asyncio.sleep(random.uniform(3, 6))
    finally:
        centre.wire.is_refusing = False
