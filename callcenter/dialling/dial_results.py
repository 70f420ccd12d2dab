"""What became of each dial, by the records of calls, and the two things that are done while one is in flight."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from callcenter.calls.records import CallRecord
from callcenter.calls.store import CHANNEL as CALLS_CHANNEL
from callcenter.clock import Clock, utc_now
from callcenter.dialling import store
from callcenter.dialling.rules import DialOutcome, DialState, is_mailbox_suspected, outcome_of_dial
from callcenter.dialling.service import hang_up
from callcenter.dialling.tables import Dial
from callcenter.errors import PbxError
from callcenter.pbx import actions
from callcenter.pbx.answers import queue_entries
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 2.0
BATCH = 100

MADE_WITHIN = timedelta(seconds=10)
"""An order that the PBX took has a channel, and we a record of it, or never will."""
UNKNOWN_AFTER = timedelta(seconds=60)
"""An order without an answer and without a record, where the PBX was heard all the time."""
LEASE_ENDS_AFTER = timedelta(seconds=180)
"""The same where it was not heard."""

LEASE_RULE = (
    "A dial holds its person and its seat until the record of its call is over. Where there is no record, until 10 "
    "seconds after the request if the PBX took the order and was heard all the time; without its answer until 60 "
    "seconds after; where it was not heard, until 180 seconds after. Nothing is ever sent again."
)


async def watch_dials(database: Database, pbxs: PbxRegistry, clock: Clock = utc_now) -> None:
    """Until cancelled, in any number of processes. Outages of the database are waited out."""

    async def work() -> None:
        await settle(database, clock())
        await give_way(database, pbxs, clock())
        for name in pbxs.names:
            commands = pbxs.find(name)
            if commands is not None:
                await raise_priorities(database, name, commands, clock())

    await follow(database, work, task="dials", every=POLL_SECONDS, channels=(CALLS_CHANNEL,))


async def settle(database: Database, now: datetime) -> None:
    """Note what became of dials: by their records, and by LEASE_RULE where there is none."""
    count = BATCH
    while count == BATCH:
        async with database.sessions.begin() as session:
            over = await store.list_over(session, now, BATCH)
            for dial, record, changed_at in over:
                _end(dial, record, changed_at)
            count = len(over)
    async with database.sessions.begin() as session:
        for dial in await store.list_without_call(session, before=now - MADE_WITHIN):
            state = None
            if dial.answered_at is not None:
                to_at = dial.answered_at + MADE_WITHIN
                if await store.was_heard(session, dial.pbx, from_at=dial.requested_at, to_at=to_at):
                    state = DialState.REFUSED_BY_PBX
            elif now - dial.requested_at >= UNKNOWN_AFTER:
                to_at = dial.requested_at + UNKNOWN_AFTER
                if await store.was_heard(session, dial.pbx, from_at=dial.requested_at, to_at=to_at):
                    state = DialState.UNKNOWN
            if state is None and now - dial.requested_at >= LEASE_ENDS_AFTER:
                state = DialState.UNKNOWN
            if state is not None:
                dial.state, dial.ended_at = state, now
                log.warning("dial_without_call", dial_id=dial.id, state=state.value)


def _end(dial: Dial, record: CallRecord, changed_at: datetime) -> None:
    outcome = outcome_of_dial(record)
    if dial.withdrawn_at is not None and outcome is not DialOutcome.TALKED:
        outcome = DialOutcome.CANCELLED
    dial.state, dial.outcome, dial.hangup_cause = DialState.ENDED, outcome, record.hangup_cause
    dial.talk = record.talk_time
    dial.is_mailbox_suspected = is_mailbox_suspected(record)
    dial.ended_at, dial.settled_at = record.ended_at or changed_at, changed_at


async def give_way(database: Database, pbxs: PbxRegistry, now: datetime) -> None:
    """Stop ringing whoever rings us meanwhile. The database decides who does it; a process that dies then leaves the
    number ringing to its end, which is better than hanging up twice."""
    async with database.sessions.begin() as session:
        commanded = [name for name in pbxs.names if pbxs.find(name) is not None]
        crossed = await store.withdraw_crossed(session, commanded, now)
    for dial in crossed:
        log.info("dial_withdrawn_caller_is_here", dial_id=dial.id)
        await hang_up(pbxs.get(dial.pbx), dial)


async def raise_priorities(database: Database, pbx: str, commands: AmiCommands, now: datetime) -> None:
    """Put callers whom we were ringing before the others, as soon as they stand in a queue."""
    async with database.sessions.begin() as session:
        waiting = set(await store.list_waiting_priorities(session, pbx))
    if not waiting:
        return
    try:
        for entry in queue_entries(await commands.ask(actions.queue_status())):
            if entry.uniqueid not in waiting:
                continue
            async with database.sessions.begin() as session:
                is_ours = await store.claim_priority(session, pbx, entry.uniqueid, now)
            if is_ours:
                await commands.ask(actions.move_to_front(entry.queue, channel_name=entry.channel_name))
    except PbxError as error:
        log.warning("caller_not_put_first", pbx=pbx, reason=str(error))
