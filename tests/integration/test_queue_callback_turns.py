"""Callers who pressed 1 in a queue, and whose turn the store says it is."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from callcenter.accounts.rights import Role
from callcenter.accounts.tables import User
from callcenter.agents.tables import AgentState, SignOn
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.service import refresh
from callcenter.callbacks.tables import EpisodePromise, QueueTurn
from callcenter.calls.records import CallRecord, Outcome, QueueExit, QueueVisit, Witness
from callcenter.calls.tables import WitnessHeartbeat
from callcenter.dialling.tables import Dial
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.queue_callback.worker import Steps, give_turns, take_turns
from callcenter.settings import Settings
from tests.integration.callback_examples import LI, MEI, SETTINGS, answered, at, lost, still_up, store
from tests.integration.fake_ami import until

NOW = at(600)


def visit(joined: float, left: float | None, exit_: QueueExit | None, connected: float | None = None) -> QueueVisit:
    return QueueVisit(
        queue="hotline",
        joined_at=at(joined),
        left_at=None if left is None else at(left),
        exit=exit_,
        position=None,
        agent=None if connected is None else "1001",
        connected_at=None if connected is None else at(connected),
        rings=(),
    )


def asked(number: int, joined: float, *, caller: str | None = MEI) -> CallRecord:
    """A caller who pressed 1 after ten seconds."""
    call = lost(number, joined, caller=caller, seconds=15, outcome=Outcome.QUEUE_EXIT_KEY)
    return replace(call, queue_visits=(visit(joined, joined + 10, QueueExit.CALLBACK_REQUESTED),))


def waiting(number: int, joined: float, *, caller: str = LI) -> CallRecord:
    return replace(still_up(lost(number, joined, caller=caller)), queue_visits=(visit(joined, None, None),))


def connected(number: int, joined: float, at_second: float, *, caller: str = LI) -> CallRecord:
    call = answered(number, joined, caller=caller)
    return replace(call, queue_visits=(visit(joined, at_second, QueueExit.CONNECTED, connected=at_second),))


async def seat(database: Database, name: str, *, state: str = "available", since: float = 0) -> int:
    """An agent signed on at a phone of their own, whom the hotline can ring."""
    async with database.sessions.begin() as session:
        heartbeat = WitnessHeartbeat(pbx="pbx1", witness=Witness.AMI, at=NOW)
        await session.merge(heartbeat)
        person = {"name": name, "role": Role.AGENT, "password_hash": "x", "created_at": at(0)}
        user_id = (await session.execute(insert(User).values(person).returning(User.id))).scalar_one()
        interface = f"PJSIP/{1000 + user_id}"
        sits = {"user_id": user_id, "pbx": "pbx1", "interface": interface}
        await session.execute(insert(SignOn).values(**sits, signed_on_at=at(0)))
        told = {"member_name": name, "queues": ["hotline"], "state": state, "began_at": at(since), "from_at": at(since)}
        await session.execute(insert(AgentState).values(**sits, **told))
    return user_id


async def take(database: Database, now: datetime = NOW) -> list[tuple[str, str]]:
    """Whose calls came up, and which agents were to be rung for them."""
    await refresh(database, SETTINGS)
    steps = await take_turns(database, SETTINGS, "pbx1", now)
    return [(turn.place.asked_in.call_id, turn.agent.user.name) for turn in steps.ring]


async def steps(database: Database, now: datetime) -> tuple[list[str], list[str], list[str]]:
    """Who is kept, whose phone rings, who is let go."""
    await refresh(database, SETTINGS)
    found = await take_turns(database, SETTINGS, "pbx1", now)
    return found.keep, [turn.agent.interface for turn in found.ring], found.let_go


async def now_in(database: Database, user_id: int, state: str, since: datetime) -> str:
    """The seat's state is another now; its interface."""
    async with database.sessions.begin() as session:
        present = AgentState.interface == f"PJSIP/{1000 + user_id}"
        await session.execute(update(AgentState).where(present).values(state=state, from_at=since))
    return f"PJSIP/{1000 + user_id}"


async def test_the_oldest_place_gets_the_agent_who_is_idle_longest_and_comes_up_once(database: Database) -> None:
    await store(database, [asked(1, 100), asked(2, 50, caller=LI)])
    await seat(database, "busy", state="talking")
    await seat(database, "fresh", since=500)
    mei = await seat(database, "mei", since=100)

    assert await take(database) == [("pbx1-2.0", "mei")]
    async with database.sessions.begin() as session:
        written = (await session.execute(select(QueueTurn.call_id, QueueTurn.number, QueueTurn.user_id))).all()
        promised = (await session.scalars(select(EpisodePromise.promised_at))).all()
    assert written == [("pbx1-2.0", 1, mei)]
    assert promised == [NOW]


async def test_a_place_comes_up_as_soon_as_the_list_has_it_however_long_that_takes_after_the_call(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue gives an agent who has become free to the next caller after two seconds."""
    monkeypatch.setattr("callcenter.queue_callback.worker.POLL_SECONDS", 60.0)
    taken: list[Steps] = []

    async def take_and_note(database: Database, settings: Settings, pbx: str, now: datetime) -> Steps:
        taken.append(await take_turns(database, settings, pbx, now))
        return taken[-1]

    monkeypatch.setattr("callcenter.queue_callback.worker.take_turns", take_and_note)
    await seat(database, "mei")
    nobody = AmiCommands(host="127.0.0.1", port=1, username="nobody", secret="")
    turns = asyncio.create_task(give_turns(database, PbxRegistry({"pbx1": nobody}), SETTINGS, "pbx1", lambda: NOW))
    await until(lambda: len(taken) == 1)
    await store(database, [asked(1, 100)])
    await until(lambda: len(taken) == 2)
    await refresh(database, SETTINGS)
    await until(lambda: len(taken) > 2 and taken[2].ring != [])
    turns.cancel()
    with suppress(asyncio.CancelledError):
        await turns


async def test_a_place_waits_for_those_who_joined_before_it_and_goes_before_those_who_joined_after_it(
    database: Database,
) -> None:
    await seat(database, "mei")
    await store(database, [asked(1, 100), waiting(2, 90)])
    assert await take(database) == []

    await store(database, [connected(2, 90, 400), waiting(3, 110)])
    assert await take(database) == [("pbx1-1.0", "mei")]


async def test_while_somebody_waits_the_next_place_comes_up_only_after_one_of_them_was_connected(
    database: Database,
) -> None:
    await seat(database, "mei")
    await seat(database, "li")
    await store(database, [asked(1, 100), asked(2, 101, caller="13700000002"), waiting(3, 200)])
    assert await take(database) == [("pbx1-1.0", "mei")]
    assert await take(database, at(601)) == []

    await store(database, [connected(3, 200, 602), waiting(4, 210, caller="13700000004")])
    assert await take(database, at(603)) == [("pbx1-2.0", "li")]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(at(700), id="the PBX is not heard: who is free is not known"),
        pytest.param(at(100) + timedelta(hours=1, seconds=1), id="the place has lapsed"),
    ],
)
async def test_no_place_comes_up_when(database: Database, now: datetime) -> None:
    await seat(database, "mei")
    await store(database, [asked(1, 100)])

    assert await take(database, now) == []


async def test_who_rang_again_or_was_rung_since_or_shows_no_number_keeps_no_place(database: Database) -> None:
    await seat(database, "mei")
    await store(
        database,
        [
            *(asked(1, 100, caller=None), asked(2, 100, caller="13700000002"), asked(3, 100, caller="13700000003")),
            *(lost(4, 200, caller="13700000002"), waiting(5, 590, caller="13700000003")),
        ],
    )

    assert await take(database) == []


async def test_an_agent_who_left_their_own_phone_ringing_does_not_cost_the_caller_the_place(
    database: Database,
) -> None:
    first, second = await seat(database, "mei"), await seat(database, "li")
    await store(database, [asked(1, 100)])
    assert await take(database) == [("pbx1-1.0", "mei")]
    await _dialled(database, first, number=1, outcome="agent_no_answer")

    assert await take(database, at(601)) == [("pbx1-1.0", "li")]
    await _dialled(database, second, number=2, outcome="no_answer")
    assert await take(database, at(602)) == []


async def test_many_processes_at_once_give_a_turn_once(database: Database) -> None:
    for name in ("mei", "li", "wang", "zhao"):
        await seat(database, name)
    await store(database, [asked(1, 100)])
    await refresh(database, SETTINGS)

    taken = await asyncio.gather(*(take_turns(database, SETTINGS, "pbx1", NOW) for _ in range(8)))

    assert [turn.place.asked_in for some in taken for turn in some.ring] == [CallKey("pbx1", "pbx1-1.0")]


async def test_where_all_are_busy_one_agent_is_kept_for_the_place_and_rung_once_their_call_is_over(
    database: Database,
) -> None:
    user_id = await seat(database, "mei", state="talking")
    await store(database, [asked(1, 100), waiting(2, 200)])
    mei = f"PJSIP/{1000 + user_id}"

    assert await steps(database, at(600)) == ([mei], [], [])
    assert await steps(database, at(601)) == ([], [], [])
    await now_in(database, user_id, "wrap_up", at(602))
    assert await steps(database, at(602)) == ([], [mei], [mei])
    assert await steps(database, at(603)) == ([], [], [])


async def test_who_is_kept_is_let_go_when_another_agent_is_free_first(database: Database) -> None:
    busy = await seat(database, "mei", state="talking")
    other = await seat(database, "li", state="paused")
    await store(database, [asked(1, 100)])
    mei = f"PJSIP/{1000 + busy}"
    assert await steps(database, at(600)) == ([mei], [], [])

    li = await now_in(database, other, "available", at(601))
    assert await steps(database, at(601)) == ([], [li], [mei])


@pytest.mark.parametrize("state", ["paused", "unreachable"])
async def test_who_was_kept_and_is_not_there_any_more_is_let_go(database: Database, state: str) -> None:
    user_id = await seat(database, "mei", state="talking")
    await store(database, [asked(1, 100)])
    mei = f"PJSIP/{1000 + user_id}"
    assert await steps(database, at(600)) == ([mei], [], [])

    await now_in(database, user_id, state, at(601))
    assert await steps(database, at(602)) == ([], [], [mei])


async def test_who_is_kept_is_let_go_when_the_caller_rings_again(database: Database) -> None:
    user_id = await seat(database, "mei", state="talking")
    await store(database, [asked(1, 100)])
    mei = f"PJSIP/{1000 + user_id}"
    assert await steps(database, at(600)) == ([mei], [], [])

    await store(database, [waiting(2, 600, caller=MEI)])
    assert await steps(database, at(601)) == ([], [], [mei])


async def _dialled(database: Database, user_id: int, *, number: int, outcome: str) -> None:
    async with database.sessions.begin() as session:
        await session.execute(
            insert(Dial).values(
                id=number,
                user_id=user_id,
                idempotency_key=str(number),
                request_sha256="",
                subject="+8613812345678",
                pbx="pbx1",
                call_id=f"pbx1-1.d{number}",
                interface=f"PJSIP/{1000 + user_id}",
                requested_at=at(600.1),
                state="ended",
                outcome=outcome,
                is_mailbox_suspected=False,
            )
        )
