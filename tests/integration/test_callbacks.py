"""Episodes in the database follow the calls, whoever writes them, in whatever order and however often."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from callcenter.callbacks.rules import EpisodeState
from callcenter.callbacks.service import refresh
from callcenter.calls.records import CallRecord, Outcome
from callcenter.postgres.database import Database
from tests.integration.callback_examples import (
    LI,
    MEI,
    SETTINGS,
    answered,
    as_ami,
    at,
    lost,
    outbound,
    still_up,
    store,
    store_confirmed,
)

CHANGE_ALL = text(
    "INSERT INTO outbox (consumer, kind, pbx, key, subject, changed_at)"
    " SELECT 'callbacks', 'call', pbx, call_id, customer_key, now() FROM calls"
)
EPISODES = """
SELECT e.id, e.caller_number AS number, e.state, array_agg(c.call_id ORDER BY c.call_id) AS calls,
       e.closed_by_call_id AS closed_by, e.reopens
FROM episodes e LEFT JOIN episode_calls c ON c.episode_id = e.id
GROUP BY e.id ORDER BY e.subject, e.opened_at
"""


async def stored(database: Database, query: str = EPISODES) -> list[dict[str, Any]]:
    async with database.engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(text(query))).mappings()]


async def outline(database: Database) -> list[tuple[list[str], str]]:
    """Calls and state of each episode."""
    return [([call[5:-2] for call in episode["calls"]], episode["state"]) for episode in await stored(database)]


async def test_a_lost_call_is_stored_with_all_that_sorts_and_dates_it(database: Database) -> None:
    await store(database, [lost(1, 0)])
    assert await refresh(database, SETTINGS) == 1
    (episode,) = await stored(database, "SELECT * FROM episodes")
    assert episode == {
        "id": episode["id"],
        "subject": "+8613812345678",
        "caller_number": "+8613812345678",
        "state": "open",
        "opened_at": at(0),
        "last_lost_at": at(30),
        "due_at": datetime(2026, 11, 23, 3, tzinfo=UTC),
        "closed_at": None,
        "closed_by_pbx": None,
        "closed_by_call_id": None,
        "decision_id": None,
        "attempts": 0,
        "attempts_counted": 0,
        "first_attempt_at": None,
        "has_message": False,
        "is_emergency": False,
        "tries_within_window": 1,
        "longest_wait": lost(1, 0).wait,
        "priority": [0, -1, -30000, 1795395600000],
        "reopens": None,
        "next_try_at": None,
    }


async def test_a_caller_who_gets_through_at_the_third_try_closes_the_episode(database: Database) -> None:
    await store(database, [lost(1, 0), lost(2, 60)])
    await refresh(database, SETTINGS)
    (before,) = await stored(database)
    await store(database, [answered(3, 120)])
    await refresh(database, SETTINGS)
    (episode,) = await stored(database)
    assert before["state"] == "open"
    assert episode == before | {"state": "self_recovered", "closed_by": "pbx1-3.0"}


async def test_an_agent_who_rings_back_closes_the_episode_and_a_new_loss_opens_another(database: Database) -> None:
    await store(database, [lost(1, 0), outbound(2, 100, dialled="0" + MEI, is_answered=True), lost(3, 300)])
    await refresh(database, SETTINGS)
    first, second = await stored(database)
    assert (first["state"], first["closed_by"], first["reopens"]) == ("reached", "pbx1-2.0", None)
    assert (second["state"], second["calls"], second["reopens"]) == ("open", ["pbx1-3.0"], first["id"])


async def test_callers_without_a_usable_number_are_an_episode_for_each_call(database: Database) -> None:
    await store(database, [lost(1, 0, caller=None), lost(2, 60, caller="anonymous"), lost(3, 90, caller="12345")])
    await refresh(database, SETTINGS)
    assert [(episode["number"], episode["calls"]) for episode in await stored(database)] == [
        (None, ["pbx1-1.0"]),
        (None, ["pbx1-2.0"]),
        (None, ["pbx1-3.0"]),
    ]


async def test_a_call_that_turns_out_answered_leaves_the_list(database: Database) -> None:
    call = answered(1, 0)
    await store(database, [as_ami(replace(call, outcome=Outcome.NO_ANSWER, answered_at=None, talks=()))])
    await refresh(database, SETTINGS)
    assert await outline(database) == [(["1"], "open")]
    await store(database, [call])
    await refresh(database, SETTINGS)
    assert await outline(database) == []


async def test_a_call_whose_number_comes_to_be_known_moves_to_its_caller(database: Database) -> None:
    await store(database, [lost(1, 0), as_ami(lost(2, 60, caller=None))])
    await refresh(database, SETTINGS)
    assert [episode["number"] for episode in await stored(database)] == ["+8613812345678", None]
    (mei, _) = await stored(database)
    await store(database, [lost(2, 60)])
    await refresh(database, SETTINGS)
    assert await stored(database) == [mei | {"calls": ["pbx1-1.0", "pbx1-2.0"]}]


async def test_a_talk_that_comes_to_be_known_late_parts_an_episode_and_the_older_part_keeps_the_id(
    database: Database,
) -> None:
    await store(database, [lost(1, 0), lost(2, 300)])
    await refresh(database, SETTINGS)
    (before,) = await stored(database)
    await store(database, [answered(3, 100)])
    await refresh(database, SETTINGS)
    first, second = await stored(database)
    assert (first["id"], first["calls"], first["state"]) == (before["id"], ["pbx1-1.0"], "self_recovered")
    assert (second["calls"], second["state"], second["reopens"]) == (["pbx1-2.0"], "open", before["id"])


async def test_calls_that_are_still_up_are_not_on_the_list(database: Database) -> None:
    await store(database, [still_up(lost(1, 0))])
    assert await refresh(database, SETTINGS) == 0
    await store(database, [lost(1, 0)])
    assert await refresh(database, SETTINGS) == 1
    assert await outline(database) == [(["1"], "open")]


async def test_refreshing_again_changes_nothing(database: Database) -> None:
    await store(database, [lost(1, 0), answered(2, 60), lost(3, 200)])
    await refresh(database, SETTINGS)
    before = await stored(database)
    assert await refresh(database, SETTINGS) == 0
    async with database.engine.begin() as connection:
        await connection.execute(CHANGE_ALL)
    assert await refresh(database, SETTINGS) == 3
    assert await stored(database) == before


async def test_a_refresh_that_is_undone_has_changed_nothing_and_the_next_does_it(database: Database) -> None:
    from callcenter.callbacks.service import refresh_some

    await store(database, [lost(1, 0)])
    async with database.sessions() as session:
        assert await refresh_some(session, SETTINGS) == 1
        await session.rollback()
    assert await outline(database) == []
    await refresh(database, SETTINGS)
    assert await outline(database) == [(["1"], "open")]


async def test_the_order_in_which_calls_arrive_changes_nothing(database: Database) -> None:
    calls = [lost(1, 0), answered(2, 100), lost(3, 300), outbound(4, 400, is_answered=True)]
    for order in permutations(calls):
        for call in order:
            await store(database, [call])
            await refresh(database, SETTINGS)
        assert await outline(database) == [(["1"], "self_recovered"), (["3"], "reached")]
        async with database.engine.begin() as connection:
            await connection.execute(text("TRUNCATE calls, episodes, episode_calls, outbox"))


@st.composite
def histories(draw: st.DrawFn) -> list[CallRecord]:
    calls: list[CallRecord] = []
    for number in range(draw(st.integers(1, 7))):
        begin = draw(st.integers(0, 20)) * 50
        caller = draw(st.sampled_from([MEI, LI, None]))
        made = draw(st.sampled_from(["lost", "answered", "outbound"]))
        if made == "lost":
            calls.append(lost(number, begin, caller=caller))
        elif made == "answered":
            calls.append(answered(number, begin, caller=caller))
        else:
            calls.append(outbound(number, begin, dialled=caller or LI, is_answered=draw(st.booleans())))
    return calls


@given(histories(), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_episodes_built_piece_by_piece_are_those_built_at_once(
    database: Database, history: list[CallRecord], data: st.DataObject
) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("TRUNCATE calls, episodes, episode_calls, outbox"))
    for call in data.draw(st.permutations(history)):
        await store(database, [call])
        if data.draw(st.booleans()):
            await refresh(database, SETTINGS)
    await refresh(database, SETTINGS)
    piecewise = await outline(database)
    missed = [call.call_id for call in history if call.outcome is not Outcome.ANSWERED and call.direction == "inbound"]
    held = [row["call_id"] for row in await stored(database, "SELECT call_id FROM episode_calls")]
    assert sorted(held) == sorted(missed)
    async with database.engine.begin() as connection:
        await connection.execute(text("TRUNCATE episodes, episode_calls"))
        await connection.execute(CHANGE_ALL)
    await refresh(database, SETTINGS)
    assert await outline(database) == piecewise


async def test_many_processes_refreshing_at_once_build_each_episode_once(database: Database) -> None:
    callers = [f"138{number:08}" for number in range(40)]
    calls = [lost(2 * n, n, caller=caller) for n, caller in enumerate(callers)]
    calls += [answered(2 * n + 1, 1000 + n, caller=caller) for n, caller in enumerate(callers[::2])]

    async def write() -> None:
        for call in calls:
            await store(database, [call])

    async def follow() -> None:
        while not writing.done():
            await refresh(database, SETTINGS)

    writing = asyncio.create_task(write())
    await asyncio.gather(writing, *(follow() for _ in range(3)))
    await refresh(database, SETTINGS)
    states = [state for _, state in await outline(database)]
    assert sorted(states) == ["open"] * 20 + [EpisodeState.SELF_RECOVERED.value] * 20


async def test_a_call_can_be_in_one_episode_only(database: Database) -> None:
    await store_confirmed(database, [lost(1, 0), lost(2, 60, caller=LI)])
    await refresh(database, SETTINGS)
    with pytest.raises(Exception, match="pk_episode_calls"):
        async with database.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO episode_calls SELECT c.pbx, c.call_id, e.id, c.business_date"
                    " FROM episode_calls c JOIN episodes e ON e.id <> c.episode_id"
                )
            )
