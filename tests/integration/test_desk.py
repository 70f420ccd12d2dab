"""A user's own stream: what they piece together is what a fresh read shows, whatever happened, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.accounts.rights import Role
from callcenter.agents.rules import Seat, SeatState
from callcenter.agents.store import add_sign_on, end_sign_on
from callcenter.alarms.service import count_open
from callcenter.app import create_app
from callcenter.callbacks.service import refresh
from callcenter.calls.records import Direction, Ring, Witness
from callcenter.calls.witness_store import save_heartbeat
from callcenter.desk import live_desks
from callcenter.desk.inputs import DeskViewer
from callcenter.desk.live_desks import LiveDesks, read_desk
from callcenter.desk.schemas import DeskView
from callcenter.errors import ConflictError
from callcenter.mediation.rules import MediationState
from callcenter.mediation.store import add_mediation
from callcenter.postgres import follow_loop
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.wallboard.json_patch import Document
from tests.call_examples import ABANDONED, ANSWERED, MORNING, OPEN, after, from_ami, records, with_visit
from tests.integration.callback_examples import store
from tests.integration.feed_page import FeedPage
from tests.integration.sockets import knock

SETTINGS = Settings(data_dir=Path("/nowhere"), cookie_secure=False)
SEAT = Seat(pbx="pbx1", interface="PJSIP/1001")
RINGING = with_visit(OPEN, rings=(Ring(agent="1001", at=after(5), duration=None, result=None),))
LIMIT = 30.0

STATE = """
INSERT INTO agent_states (pbx, interface, user_id, member_name, queues, state, began_at, from_at)
VALUES ('pbx1', 'PJSIP/1001', :user_id, 'Mei', '{hotline}', :state, :at, :at)
"""
CLAIM = """
INSERT INTO episode_claims (episode_id, user_id, slot, claimed_at, expires_at)
SELECT id, :user_id, 1, :at, CAST(:at AS timestamptz) + interval '30 minutes' FROM episodes WHERE closed_at IS NULL
ON CONFLICT DO NOTHING
"""
DIAL = """
INSERT INTO dials (id, user_id, idempotency_key, request_sha256, subject, pbx, call_id, interface, requested_at, state,
                   is_mailbox_suspected)
VALUES (7, :user_id, 'k', 's', '+8613812345678', 'pbx1', 'c0', 'PJSIP/1001', :at, 'dialling', false)
ON CONFLICT DO NOTHING
"""


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_desks, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(live_desks, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(follow_loop, "OUTAGE_PAUSE_SECONDS", 0.01)


@dataclass
class Clock:
    now: datetime = MORNING + timedelta(seconds=8)


@dataclass
class Floor:
    database: Database
    clock: Clock
    user_ids: dict[Role, int]
    pages: dict[Role, FeedPage] = field(default_factory=dict)

    @property
    def agent(self) -> int:
        return self.user_ids[Role.AGENT]

    async def is_shown(self) -> None:
        """Sooner or later each page shows what is stored."""
        fresh: dict[Role, Document] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(LIMIT):
                while fresh != self.shown():
                    await asyncio.sleep(0.005)
                    fresh = {role: await self.fresh(role) for role in self.pages}
        assert self.shown() == fresh
        for page in self.pages.values():
            DeskView.model_validate(page.document)

    async def fresh(self, role: Role) -> Document:
        return as_told(await read_desk(self.database, SETTINGS, viewer(self.user_ids[role]), self.clock.now))

    def shown(self) -> dict[Role, Document]:
        return {role: as_told(page.document) for role, page in self.pages.items()}

    async def execute(self, statement: str, **values: Any) -> None:
        async with self.database.sessions.begin() as session:
            await session.execute(text(statement), values)


def viewer(user_id: int) -> DeskViewer:
    return DeskViewer(user_id=user_id, holder=b"this browser")


def as_told(document: Document) -> Document:
    """Without the numbers of lists, which say what was heard."""
    told: Document = json.loads(json.dumps(document))
    told.pop("lists", None)
    return told


@pytest.fixture
async def user_ids(database: Database, as_role: dict[Role, dict[str, str]]) -> dict[Role, int]:
    async with database.sessions.begin() as session:
        rows = await session.execute(text("SELECT role, id FROM users"))
        return {Role(role): user_id for role, user_id in rows}


@asynccontextmanager
async def kept_up(database: Database, clock: Clock) -> AsyncIterator[LiveDesks]:
    live = LiveDesks(database=database, settings=SETTINGS, clock=lambda: clock.now)
    running = asyncio.create_task(live.run())
    try:
        async with asyncio.timeout(LIMIT):
            while not live.is_following:
                await asyncio.sleep(0.005)
        yield live
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def looked_at(database: Database, user_ids: dict[Role, int]) -> AsyncIterator[Floor]:
    """Desks that are kept up, and the pages of an agent and of a supervisor."""
    floor = Floor(database, Clock(), user_ids)
    async with kept_up(database, floor.clock) as live:
        feeds = {role: await live.open(viewer(user_ids[role])) for role in (Role.AGENT, Role.SUPERVISOR)}
        with feeds[Role.AGENT].connect(None) as first, feeds[Role.SUPERVISOR].connect(None) as second:
            floor.pages = {Role.AGENT: FeedPage(first), Role.SUPERVISOR: FeedPage(second)}
            reading = [asyncio.create_task(page.read()) for page in floor.pages.values()]
            yield floor
            for feed in feeds.values():
                feed.close()
            await asyncio.gather(*reading)


async def clear(database: Database) -> None:
    of_calls, of_seats = "calls, episodes, episode_calls, outbox", "agent_states, agent_sign_ons, witness_heartbeats"
    async with database.sessions.begin() as session:
        await session.execute(text(f"TRUNCATE {of_calls}, episode_claims, dials, {of_seats} CASCADE"))


numbers = st.integers(0, 2)
steps = st.one_of(
    st.tuples(
        st.just("told"),
        st.tuples(numbers, st.sampled_from(Witness)).flatmap(
            lambda told: records(call_id=f"c{told[0]}", witness=told[1])
        ),
    ),
    st.tuples(
        st.just("told"),
        st.tuples(numbers, st.sampled_from([OPEN, RINGING, ABANDONED, ANSWERED])).map(
            lambda told: from_ami(replace(told[1], call_id=f"c{told[0]}"))
        ),
    ),
    st.tuples(st.just("seat"), st.sampled_from(SeatState)),
    st.tuples(st.sampled_from(["on", "off", "refresh", "claim", "dial", "dialled", "heard", "breaks"]), st.none()),
    st.tuples(st.just("passes"), st.sampled_from([timedelta(seconds=7), timedelta(seconds=70), timedelta(hours=1)])),
)


async def do(floor: Floor, step: tuple[str, Any]) -> None:
    kind, about = step
    now = floor.clock.now
    match kind:
        case "told":
            await store(floor.database, [about])
        case "seat":
            await floor.execute("UPDATE agent_states SET to_at = :at WHERE to_at IS NULL", at=now)
            await floor.execute(STATE, user_id=floor.agent, state=about, at=now)
            await floor.execute("NOTIFY agents")
        case "on" | "off":
            with suppress(ConflictError):
                async with floor.database.sessions.begin() as session:
                    if kind == "on":
                        await add_sign_on(session, floor.agent, SEAT, now)
                    else:
                        await end_sign_on(session, floor.agent, at=now, ended_by="agent")
        case "refresh":
            await refresh(floor.database, SETTINGS)
        case "claim":
            await floor.execute(CLAIM, user_id=floor.agent, at=now)
        case "dial":
            await floor.execute(DIAL, user_id=floor.agent, at=now)
        case "dialled":
            await floor.execute("UPDATE dials SET state = 'ended'")
        case "heard":
            async with floor.database.sessions.begin() as session:
                await save_heartbeat(session, "pbx1", Witness.AMI, now)
        case "passes":
            floor.clock.now += about
        case "breaks":
            await floor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # making a failure smaller would wait for every time-out
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(steps, min_size=1, max_size=4), min_size=1, max_size=5))
async def test_snapshot_and_changes_show_what_a_fresh_read_shows(
    database: Database, user_ids: dict[Role, int], history: list[list[tuple[str, Any]]]
) -> None:
    await clear(database)
    async with looked_at(database, user_ids) as floor:
        for part in [[("on", None), ("heard", None)], *history]:
            for step in part:
                await do(floor, step)
            await floor.is_shown()


async def test_a_call_is_shown_from_its_ring_to_a_minute_after_its_end_and_to_its_agent_alone(
    database: Database, user_ids: dict[Role, int]
) -> None:
    async with looked_at(database, user_ids) as floor:
        for step in ("on", "heard"):
            await do(floor, (step, None))
        await do(floor, ("seat", SeatState.RINGING))
        await store(
            database, [replace(ABANDONED, call_id="pbx1-before.0", started_at=after(-600), ended_at=after(-570))]
        )
        await refresh(database, SETTINGS)
        await store(database, [from_ami(replace(RINGING, caller_name="张伟"))])
        await floor.is_shown()
        async with database.sessions.begin() as session:
            (episode_id,) = await session.scalars(text("SELECT id FROM episodes"))
        agents = floor.pages[Role.AGENT].document
        key = f"pbx1/{RINGING.call_id}"
        assert agents["calls"] == {
            key: {
                "direction": "inbound",
                "number": "138****5678",
                "origin": {"chinese": None, "english": None, "carrier": "mobile"},
                "name": "张*",
                "queue": "hotline",
                "state": "ringing",
                "since": "2026-11-23T01:00:05.000Z",
                "started_at": "2026-11-23T01:00:00.000Z",
                "episode_id": episode_id,
                "joined": None,
            }
        }
        assert agents["seat"] == {
            "pbx": "pbx1",
            "interface": "PJSIP/1001",
            "queues": ["hotline"],
            "state": "ringing",
            "reason": None,
            "next_reason": None,
            "since": "2026-11-23T01:00:08.000Z",
            "wrap_up_ends_at": None,
        }
        assert (agents["is_blind"], agents["alarms"], agents["phone"]) == (False, None, None)
        supervisors = floor.pages[Role.SUPERVISOR].document
        assert (supervisors["calls"], supervisors["seat"]) == ({}, None)

        talking = replace(ANSWERED, ended_at=None, outcome=None, talks=(replace(ANSWERED.talks[0], to=None),))
        seen = []
        for told in (talking, ANSWERED):
            await store(database, [from_ami(told)])
            floor.clock.now = after(75)
            await floor.is_shown()
            seen.append((agents["calls"][key]["state"], agents["calls"][key]["since"]))
        assert seen == [("talking", "2026-11-23T01:00:10.000Z"), ("ended", "2026-11-23T01:01:10.000Z")]
        floor.clock.now = after(130)
        await floor.is_shown()
        assert agents["calls"] == {}


async def test_claims_and_the_dial_in_flight_step_by_step_are_the_users_own(
    database: Database, user_ids: dict[Role, int]
) -> None:
    rung = replace(OPEN, call_id="c0", direction=Direction.INTERNAL, caller_number="1001", queue_visits=())
    async with looked_at(database, user_ids) as floor:
        await store(database, [ABANDONED])
        for step in ("on", "refresh", "claim", "dial"):
            await do(floor, (step, None))
        await floor.is_shown()
        agents = floor.pages[Role.AGENT].document
        assert list(agents["claims"].values()) == [{"expires_at": "2026-11-23T01:30:08.000Z", "promised_at": None}]
        assert agents["dial"] == {
            "id": 7,
            "call": "pbx1/c0",
            "episode_id": None,
            "number": "138****5678",
            "requested_at": "2026-11-23T01:00:08.000Z",
            "step": "asked",
        }
        steps_seen = []
        for call in (rung, replace(rung, direction=Direction.OUTBOUND)):
            await store(database, [from_ami(call)])
            await floor.is_shown()
            steps_seen.append(agents["dial"]["step"])
        assert steps_seen == ["agent_ringing", "customer_ringing"]
        supervisors = floor.pages[Role.SUPERVISOR].document
        assert (supervisors["claims"], supervisors["dial"]) == ({}, None)
        floor.clock.now += timedelta(minutes=30)
        await floor.is_shown()
        assert agents["claims"] == {}, "the claim has run out"


async def test_a_mediation_is_on_the_desk_of_its_host_until_it_is_over(
    database: Database, user_ids: dict[Role, int]
) -> None:
    async with looked_at(database, user_ids) as floor:
        agents, supervisors = (floor.pages[role] for role in (Role.AGENT, Role.SUPERVISOR))
        async with database.sessions.begin() as session:
            mediation_id = await add_mediation(
                session,
                pbx="pbx1",
                call_id="c0",
                host_user_id=floor.agent,
                state=MediationState.CALLING,
                created_at=floor.clock.now,
            )
        await floor.is_shown()
        seen = [copy(agents.document["mediation"])]
        for state in (MediationState.OPEN, MediationState.ENDED):
            await floor.execute("UPDATE mediations SET state = :state", state=state)
            await floor.is_shown()
            seen.append(copy(agents.document["mediation"]))
        shown = {"id": mediation_id, "call": "pbx1/c0"}
        assert seen == [shown | {"state": "calling"}, shown | {"state": "open"}, None]
        assert supervisors.document["mediation"] is None


async def test_supervisors_see_how_many_alarms_of_each_kind_are_open(
    database: Database, user_ids: dict[Role, int]
) -> None:
    async with looked_at(database, user_ids) as floor:
        await store(database, [ABANDONED])
        await refresh(database, SETTINGS)
        floor.clock.now += timedelta(days=3)
        await floor.is_shown()
        alarms = floor.pages[Role.SUPERVISOR].document["alarms"]
    assert (alarms["first_attempt_overdue"], alarms["contact_overdue"]) == (1, 1)


async def test_the_counts_of_alarms_are_those_of_the_list(
    client: httpx.AsyncClient, database: Database, as_role: dict[Role, dict[str, str]]
) -> None:
    await store(database, [ABANDONED])
    await refresh(database, SETTINGS)
    listed = (await client.get("/api/v1/alarms", params={"open": True}, headers=as_role[Role.SUPERVISOR])).json()
    async with database.sessions.begin() as session:
        counted = await count_open(session, SETTINGS, datetime.fromisoformat("2026-11-23T08:00:00Z"))
    assert counted == Counter(item["kind"] for item in listed["items"])
    assert counted


async def test_numbers_of_lists_grow_with_a_change_of_that_list_and_no_other(
    database: Database, user_ids: dict[Role, int]
) -> None:
    async with looked_at(database, user_ids) as floor:
        shown = floor.pages[Role.AGENT]

        await floor.is_shown()
        for name in ("callbacks", "messages", "instructions"):
            before = dict(shown.document["lists"])
            async with database.sessions.begin() as session:
                await session.execute(text(f"NOTIFY {name}"))
            async with asyncio.timeout(LIMIT):
                while shown.document["lists"][name] <= before[name]:
                    await asyncio.sleep(0.005)
            now = shown.document["lists"]
            assert {other for other in now if now[other] != before[other]} == {name}


async def test_an_outage_of_the_database_is_shown_and_what_was_stored_meanwhile_afterwards(
    database: Database, user_ids: dict[Role, int], server_url: str
) -> None:
    name = database.engine.url.database
    elsewhere = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with looked_at(database, user_ids) as floor, elsewhere.connect() as connection:
        await do(floor, ("on", None))
        await floor.is_shown()
        page = floor.pages[Role.AGENT]
        await connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
        await connection.execute(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        )
        async with asyncio.timeout(LIMIT):
            while page.document["is_reading"]:
                await asyncio.sleep(0.005)
        assert page.document["seat"]["interface"] == "PJSIP/1001"
        numbers = dict(page.document["lists"])
        await connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
        await store(database, [from_ami(RINGING)])
        await floor.is_shown()
        assert page.document["is_reading"]
        assert len(page.document["calls"]) == 1
        assert all(page.document["lists"][kind] > before for kind, before in numbers.items()), "nobody heard meanwhile"
    await elsewhere.dispose()


async def test_a_desk_is_kept_for_whoever_comes_back_soon_and_no_longer(
    database: Database, user_ids: dict[Role, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_up(database, Clock()) as live:
        feed = await live.open(viewer(user_ids[Role.AGENT]))
        assert await live.open(viewer(user_ids[Role.AGENT])) is feed
        monkeypatch.setattr(live_desks, "KEPT_SECONDS", 0.0)
        async with asyncio.timeout(LIMIT):
            while await live.open(viewer(user_ids[Role.AGENT])) is feed:
                await asyncio.sleep(0.05)


async def test_of_the_desks_that_a_user_left_in_one_browser_after_the_other_the_oldest_are_forgotten(
    database: Database, user_ids: dict[Role, int]
) -> None:
    browsers = [
        DeskViewer(user_id=user_ids[Role.AGENT], holder=bytes([number]))
        for number in range(live_desks.LEFT_PER_USER + 1)
    ]
    async with kept_up(database, Clock()) as live:
        others = await live.open(viewer(user_ids[Role.SUPERVISOR]))
        looked_at, left = [await live.open(browser) for browser in browsers[:2]]
        with looked_at.connect(None):
            later = [await live.open(browser) for browser in browsers[2:]]
            assert await live.open(browsers[1]) is left, "there is still room for it"
            await live.open(DeskViewer(user_id=user_ids[Role.AGENT], holder=b"one more"))
            assert await live.open(browsers[0]) is looked_at, "somebody looks at it"
            assert await live.open(browsers[2]) is not later[0], "it was left first"
        assert await live.open(viewer(user_ids[Role.SUPERVISOR])) is others


async def test_one_question_is_answered_with_a_snapshot_and_a_socket_needs_desks_that_are_kept_up(
    app: FastAPI,
    client: httpx.AsyncClient,
    database: Database,
    user_ids: dict[Role, int],
    as_role: dict[Role, dict[str, str]],
) -> None:
    answer = await client.get("/api/v1/me", headers=as_role[Role.AGENT])
    told = answer.json()
    assert (told["type"], told["board"], told["sequence"], told["document"]["user"]) == (
        "snapshot",
        None,
        None,
        "mei-agent",
    )
    assert await knock(app, "/api/v1/me/live", as_role[Role.AGENT]) == 503
    async with kept_up(database, Clock()) as live:
        served = create_app(database=database, settings=SETTINGS, live_desks=live)
        assert await knock(served, "/api/v1/me/live", as_role[Role.AGENT]) == 101
        assert await knock(served, "/api/v1/me/live", as_role[Role.SCREEN]) == 403
