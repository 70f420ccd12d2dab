"""Ringing back those who kept their place in a queue, when their turn comes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from callcenter.accounts.rules import SignedIn
from callcenter.callbacks import turn_store, work_store
from callcenter.callbacks.dial import DialTarget, dial
from callcenter.callbacks.turns import Place, find_turn
from callcenter.calls.following import follow_calls
from callcenter.database import Database
from callcenter.errors import CallcenterError
from callcenter.pbx.commands import AmiCommands
from callcenter.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Somebody's turn, and the free agent whose phone is to ring for it."""

    place: Place
    agent: SignedIn


async def give_turns(database: Database, commands: AmiCommands, settings: Settings) -> None:
    """Until cancelled, in any number of processes. Outages of the database are waited out."""

    async def work() -> None:
        for turn in await take_turns(database, settings, datetime.now(UTC)):
            await ring(database, commands, settings, turn, datetime.now(UTC))

    await follow_calls(database, work, name="callers who kept their place")


async def take_turns(database: Database, settings: Settings, now: datetime) -> list[Turn]:
    """Whose turn it is in each queue now, each written down as taken; none while another process looks."""
    taken = []
    async with database.sessions.begin() as session:
        places = await turn_store.list_places(session, now)
        if not places or not await turn_store.lock_turns(session):
            return []
        # What another process took just before we had the lock is seen only now.
        for queue, kept in sorted((await turn_store.list_places(session, now)).items()):
            state = await turn_store.read_queue(session, settings.pbx, queue, now)
            place = find_turn(kept, state.line, now=now)
            if place is None:
                continue
            agent = state.free_agents[0]
            if await turn_store.add_turn(session, place, queue=queue, user_id=agent.user_id, at=now):
                # It was promised for when the turn comes, whatever hour that is.
                await work_store.put_promise(session, place.episode_id, promised_at=now, set_by=agent.user_id, at=now)
                taken.append(Turn(place=place, agent=agent))
    return taken


async def ring(database: Database, commands: AmiCommands, settings: Settings, turn: Turn, now: datetime) -> None:
    """Ring the agent, then the caller, as if the agent had asked for it. What is refused stays on the list."""
    place = turn.place
    key = f"turn {place.turns + 1} of {'/'.join(place.asked_in)}"
    try:
        await dial(
            database,
            commands,
            settings,
            user=turn.agent,
            target=DialTarget(episode_id=place.episode_id),
            key=key,
            request_sha256=sha256(key.encode()).hexdigest(),
            now=now,
        )
    except CallcenterError as error:
        log.warning("The turn of episode %s came to nothing: %s", place.episode_id, error)
