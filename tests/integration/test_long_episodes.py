"""A number that floods: what one more of its calls costs, and that its episode is what all of its calls say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.callbacks import changes_store, long_episodes, service
from callcenter.callbacks.service import refresh, refresh_some
from callcenter.calls.records import CallRecord, Outcome
from callcenter.postgres.database import Database
from tests.integration.callback_examples import LI, MEI, SETTINGS, answered, at, lost, outbound, store
from tests.integration.conftest import Clock
from tests.integration.dial_examples import desk_of

READ = """
SELECT relname, seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
 WHERE relname IN ('calls', 'episodes', 'episode_calls', 'outbox')
"""


async def flood(database: Database, count: int) -> None:
    """So many lost calls of one number, ten seconds apart, held by its one open episode."""
    await store(database, [lost(1, -10.0)])
    await refresh(database, SETTINGS)
    async with database.engine.begin() as connection:
        columns = "array_agg(column_name::text) FILTER (WHERE column_name NOT IN ('call_id', 'started_at', 'ended_at'))"
        query = f"SELECT {columns} FROM information_schema.columns WHERE table_name = 'calls'"
        names = ", ".join((await connection.execute(text(query))).scalar_one())
        moved = "- :count * interval '10 s' + number * interval '10 s'"
        await connection.execute(
            text(
                f"INSERT INTO calls (call_id, started_at, ended_at, {names})"
                f" SELECT 'pbx1-9' || number || '.0', started_at {moved}, ended_at {moved}, {names}"
                " FROM calls, generate_series(0, CAST(:count AS int) - 2) AS number"
            ),
            {"count": count},
        )
        await connection.execute(
            text(
                "INSERT INTO episode_calls (pbx, call_id, episode_id, business_date, started_at, lost_at, wait,"
                " outcome, has_message) SELECT calls.pbx, calls.call_id, id, calls.business_date, started_at,"
                " ended_at, wait, outcome, false FROM calls, episodes ON CONFLICT DO NOTHING"
            )
        )
        await connection.execute(
            text("UPDATE episodes SET opened_at = (SELECT min(started_at) FROM calls), tries_within_window = 61")
        )
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("calls", "episode_calls", "episodes"):
            await connection.execute(text(f"VACUUM ANALYZE {table}"))


async def rows_read(database: Database) -> int:
    """By one pass over what has changed, and how many rows of the four tables that took."""
    async with database.sessions.begin() as session:
        before = sum(int(row[1]) for row in await session.execute(text(READ)))
        await refresh_some(session, SETTINGS)
        return sum(int(row[1]) for row in await session.execute(text(READ))) - before


async def test_one_more_call_of_a_number_costs_the_same_however_many_it_has_made(database: Database) -> None:
    cost = {}
    for count in (10, 1_000, 100_000):
        async with database.engine.begin() as connection:
            await connection.execute(text("TRUNCATE calls, episodes, episode_calls, outbox"))
        await flood(database, count)
        costs = []
        for number in range(5):
            told = lost(2 + number, 100.0 * number)
            await store(database, [told])
            costs.append(await rows_read(database))
            await store(database, [replace(told, ended_at=told.started_at + timedelta(seconds=29.997))])
            costs.append(await rows_read(database))
        cost[count] = max(costs)
        async with database.sessions.begin() as session:
            held = (await session.execute(text("SELECT count(*), count(DISTINCT episode_id) FROM episode_calls"))).one()
        assert tuple(held) == (count + 5, 1)
    # the long ones look at the calls within 10 minutes, and at 200 to see that they are long
    assert max(cost[1_000], cost[100_000]) < 700, cost
    assert cost[100_000] < 1.2 * cost[1_000], cost


async def test_so_it_does_when_it_is_answered_now_and_then(database: Database) -> None:
    cost = {}
    for count in (1_000, 100_000):
        async with database.engine.begin() as connection:
            await connection.execute(text("TRUNCATE calls, episodes, episode_calls, outbox"))
        await flood(database, count)
        costs = []
        for number in range(3):
            told = answered(10 + number, 1000.0 * number)
            again = replace(told, ended_at=at(1000.0 * number + 70.003))
            lost_again = [lost(100 * number + one, 1000.0 * number + 100 + one) for one in range(20, 24)]
            for call in (told, again, *lost_again, replace(lost_again[0], ended_at=at(1000.0 * number + 150.002))):
                await store(database, [call])
                costs.append(await rows_read(database))
        # the talk begins before the last of the flood is lost: its sums are taken anew, in one query and once
        cost[count] = costs[1:]
        assert costs[0] < 2.1 * count + 700
        async with database.sessions.begin() as session:
            states = (await session.scalars(text("SELECT state FROM episodes ORDER BY opened_at"))).all()
        assert states == ["self_recovered"] * 3 + ["open"]
    assert max(cost[100_000]) < 1.2 * max(cost[1_000]), cost
    assert max(cost[100_000]) < 900, cost


async def test_all_changes_of_one_number_are_looked_at_in_one_pass(database: Database) -> None:
    await store(database, [lost(number, number) for number in range(450)] + [lost(999, 5000, caller=LI)])
    async with database.sessions.begin() as session:
        assert await refresh_some(session, SETTINGS) == 450
    async with database.sessions.begin() as session:
        assert await refresh_some(session, SETTINGS) == 1


HISTORIES: dict[str, Sequence[CallRecord]] = {
    "lost again": [lost(1, 0), lost(2, 60), lost(3, 90, seconds=80), lost(4, 4000)],
    "in another order": [lost(3, 120), lost(1, 0), lost(2, 60), lost(4, 130)],
    "with messages": [lost(1, 0), lost(2, 60), lost(3, 90, outcome=Outcome.VOICEMAIL), lost(4, 130)],
    "an emergency": [lost(1, 0), lost(2, 60), lost(3, 7000, outcome=Outcome.EMERGENCY_UNANSWERED), lost(4, 9000)],
    "of which little is known": [
        lost(1, 0, outcome=Outcome.UNKNOWN),
        lost(2, 60, outcome=Outcome.UNKNOWN),
        lost(3, 90),
    ],
    "tried in vain": [lost(1, 0), lost(2, 60), outbound(3, 200), lost(4, 400), outbound(5, 500), outbound(6, 20000)],
    "a wrong number": [lost(1, 0), lost(2, 60), replace(outbound(3, 200), hangup_cause=1)],
    "corrected": [lost(1, 0), lost(2, 60, seconds=50), lost(3, 90), lost(2, 60, seconds=20), lost(3, 90, seconds=31)],
    "got through": [lost(1, 0), lost(2, 60), answered(3, 100), lost(4, 300), lost(5, 400)],
    "reached": [lost(1, 0), lost(2, 60), outbound(3, 200, is_answered=True), lost(4, 400)],
    "answered now and then": [
        *(lost(1, 0), lost(2, 60), answered(3, 100), lost(4, 300), lost(5, 400), answered(6, 500), lost(7, 700)),
        *(outbound(8, 900), lost(9, 1000), outbound(10, 20000, is_answered=True), lost(11, 30000), lost(12, 30100)),
    ],
    "told again behind a talk": [
        *(lost(1, 0), lost(2, 60), answered(3, 100), lost(2, 60, seconds=31), answered(3, 100.4), lost(4, 300)),
        *(lost(1, 0, outcome=Outcome.VOICEMAIL), lost(5, 400), answered(3, 100, seconds=70)),
    ],
    "a talk that was none": [lost(1, 0), lost(2, 60), answered(3, 100), lost(4, 300), answered(3, 100, seconds=1)],
    "a talk told late": [lost(1, 0), lost(2, 60), lost(4, 300), lost(5, 400), answered(3, 100), lost(6, 500)],
    "a loss told late": [lost(2, 60), answered(3, 100), lost(4, 300), answered(5, 400), lost(6, 130), lost(1, 0)],
    "lost while another talks": [
        lost(1, 0),
        answered(2, 50, seconds=500),
        lost(3, 100),
        lost(4, 590),
        answered(5, 700),
    ],
    "many lost while another talks": [
        *(lost(1, 0), lost(2, 20, seconds=900, outcome=Outcome.VOICEMAIL), lost(3, 100), lost(4, 130), lost(5, 240)),
        *(answered(6, 150, seconds=700), lost(7, 1300), replace(answered(6, 150.002, seconds=700)), lost(8, 1400)),
    ],
    "a talk that began earlier": [
        *(lost(1, 0), lost(2, 60), lost(3, 300), answered(4, 400), lost(5, 800), answered(4, 200, seconds=260)),
    ],
    "a talk that began later": [
        *(lost(1, 0), lost(2, 60), answered(3, 100), lost(4, 120), lost(5, 800), answered(3, 300)),
    ],
    "lost by a transfer": [
        lost(1, 0),
        replace(answered(2, 60), lost_after_transfer=True),
        lost(3, 300),
        answered(4, 400),
    ],
    "no longer lost": [lost(1, 0), lost(2, 60), lost(3, 90), answered(2, 60), lost(4, 300)],
    "somebody else's": [lost(1, 0), lost(2, 60), lost(3, 90), lost(2, 60, caller=LI), answered(4, 200), lost(5, 300)],
}


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_long_episode_is_what_all_of_its_calls_say(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def follow(long: int) -> list[dict[str, Any]]:
        monkeypatch.setattr(service, "extend_long", lambda *args: long_episodes.extend_long(*args, long=long))
        monkeypatch.setattr(service, "find_cuts", lambda *args: long_episodes.find_cuts(*args, long=long))
        async with database.engine.begin() as connection:
            await connection.execute(text("TRUNCATE calls, episodes, episode_calls, outbox"))
        for call in HISTORIES[name]:
            await store(database, [call])
            await refresh(database, SETTINGS)
        query = (
            "SELECT to_jsonb(e) - '{id,reopens}'::text[] AS episode,"
            " (SELECT opened_at FROM episodes WHERE id = e.reopens) AS reopens,"
            " (SELECT jsonb_agg(to_jsonb(c) - 'episode_id' ORDER BY call_id) FROM episode_calls c"
            "   WHERE episode_id = e.id) AS calls FROM episodes e ORDER BY opened_at"
        )
        async with database.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]

    assert await follow(long=0) == await follow(long=10**6)


async def test_a_request_looks_at_its_own_caller_and_leaves_the_flood_of_another_to_the_follower(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock
) -> None:
    async with desk_of(database, as_role, clock) as desk:
        await desk.given(lost(1, 0, caller=LI))
        await store(database, [lost(2 + number, number) for number in range(3000)])
        dialled = await desk.dial({"episode_id": await desk.episode_of("+8613900000001")})
        assert dialled.status_code == 202, dialled.text
        assert await desk.rows("SELECT count(*) FROM outbox WHERE consumer = 'callbacks'") == [(3000,)]
        assert await desk.rows("SELECT count(*) FROM episodes WHERE subject = :key", key=f"+86{MEI}") == [(0,)]


async def test_a_request_does_not_wait_for_a_list_that_is_being_built_unless_it_is_about_that_caller(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOCK_WAIT_SECONDS", 0.2)
    async with desk_of(database, as_role, clock) as desk:
        await desk.given(lost(1, 0, caller=LI), lost(2, 0))
        await store(database, [lost(3, 600)])
        async with database.sessions.begin() as session:
            await changes_store.lock_episodes(session)
            async with asyncio.timeout(10):
                # In tasks of their own, as in a server: a task with a transaction open may not ask a PBX.
                mei, li = [await desk.episode_of(f"+86{number}") for number in (MEI, LI)]
                busy = await asyncio.create_task(desk.dial({"episode_id": mei}))
                other = await asyncio.create_task(desk.dial({"episode_id": li}))
        again = await desk.dial({"episode_id": await desk.episode_of(f"+86{MEI}")}, role=Role.SUPERVISOR)

    assert (busy.status_code, busy.json()["detail"]) == (
        409,
        "The callback list is being brought up to date; try again in a moment.",
    )
    assert (other.status_code, again.status_code) == (202, 202)
