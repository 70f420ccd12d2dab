"""The wallboard over a real store: what a client pieces together is what a fresh read shows, whatever happened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.accounts.rights import Right, Role, list_roles
from callcenter.agents.rules import SeatState
from callcenter.agents.store import save_moved_up
from callcenter.audit import store as audit_store
from callcenter.callbacks.service import refresh
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import CallRecord, Direction, Outcome, Witness
from callcenter.calls.witness_store import close_gap, open_gap, save_heartbeat
from callcenter.dialling.tables import CallerPriority
from callcenter.postgres import follow_loop
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.wallboard import live_board
from callcenter.wallboard.json_patch import Document
from callcenter.wallboard.live_board import LiveBoard, read_document
from callcenter.wallboard.schemas import BoardSnapshot, BoardView
from tests.call_examples import ABANDONED, ANSWERED, MORNING, OPEN, after, from_ami, records, with_visit
from tests.integration.callback_examples import store
from tests.integration.conftest import PASSWORD
from tests.integration.feed_page import FeedPage
from tests.integration.sockets import knock

SETTINGS = Settings(data_dir=Path("/nowhere"))
LIMIT = 30.0

SEAT = """
INSERT INTO agent_states (pbx, interface, member_name, queues, state, began_at, from_at)
VALUES ('pbx1', :interface, 'Mei', '{hotline,overflow}', :state, :at, :at)
"""
SEAT_ENDS = "UPDATE agent_states SET to_at = :at WHERE interface = :interface AND to_at IS NULL"


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_board, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(live_board, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(follow_loop, "OUTAGE_PAUSE_SECONDS", 0.01)


@dataclass
class Clock:
    now: datetime = MORNING + timedelta(hours=1)


@dataclass
class Centre:
    database: Database
    clock: Clock
    screen: FeedPage

    async def fresh(self) -> Document:
        return as_told(await read_document(self.database, SETTINGS, self.clock.now))

    async def is_shown(self) -> None:
        """Sooner or later the screen shows what is stored."""
        fresh: Document | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout(LIMIT):
                while fresh != as_told(self.screen.document):
                    await asyncio.sleep(0.005)
                    fresh = await self.fresh()
        assert as_told(self.screen.document) == fresh
        BoardView.model_validate(self.screen.document)

    async def execute(self, statement: str, **values: Any) -> None:
        async with self.database.sessions.begin() as session:
            await session.execute(text(statement), values)


def as_told(document: Document) -> Document:
    """Without the audit, which is made when it is made."""
    told: Document = json.loads(json.dumps(document))
    told.pop("audit", None)
    return told


@asynccontextmanager
async def showing(database: Database) -> AsyncIterator[Centre]:
    """A board that is kept up, and a screen on it."""
    clock = Clock()
    live = LiveBoard(database=database, settings=SETTINGS, clock=lambda: clock.now)
    running = asyncio.gather(live.run(), live.run_audits())
    try:
        async with asyncio.timeout(LIMIT):
            while live.feed.document is None:
                await asyncio.sleep(0.005)
        with live.feed.connect(None) as client:
            screen = FeedPage(client)
            reading = asyncio.create_task(screen.read())
            yield Centre(database, clock, screen)
            live.feed.close()
            await reading
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def clear(database: Database) -> None:
    tables = "calls, episodes, episode_calls, outbox, agent_states, witness_gaps, witness_heartbeats"
    async with database.sessions.begin() as session:
        await session.execute(text(f"TRUNCATE {tables}"))


async def break_connections(centre: Centre) -> None:
    """Every connection to this database but the one that asks for it, the listening one included."""
    await centre.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


numbers = st.integers(0, 3)
witnesses = st.sampled_from(Witness)
steps = st.one_of(
    st.tuples(
        st.just("told"),
        st.tuples(numbers, witnesses).flatmap(lambda told: records(call_id=f"c{told[0]}", witness=told[1])),
    ),
    st.tuples(st.just("told"), numbers.map(lambda number: from_ami(replace(OPEN, call_id=f"c{number}")))),
    st.tuples(st.just("seat"), st.tuples(numbers, st.sampled_from(SeatState))),
    st.tuples(st.just("refresh"), st.none()),
    st.tuples(st.just("blind"), witnesses),
    st.tuples(st.just("heard"), witnesses),
    st.tuples(st.just("passes"), st.sampled_from([timedelta(seconds=7), timedelta(hours=5), timedelta(hours=16)])),
    st.tuples(st.just("breaks"), st.none()),
)


async def do(centre: Centre, step: tuple[str, Any]) -> None:
    kind, about = step
    now = centre.clock.now
    match kind:
        case "told":
            await store(centre.database, [about])
        case "seat":
            number, state = about
            interface = f"PJSIP/100{number}"
            await centre.execute(SEAT_ENDS, interface=interface, at=now)
            await centre.execute(SEAT, interface=interface, state=state, at=now)
            await centre.execute("NOTIFY agents")
        case "refresh":
            await refresh(centre.database, SETTINGS)
        case "blind":
            async with centre.database.sessions.begin() as session:
                await open_gap(session, "pbx1", about, from_at=now, reason=GapReason.LINK_DOWN)
        case "heard":
            async with centre.database.sessions.begin() as session:
                await close_gap(session, "pbx1", about, to_at=now)
                await save_heartbeat(session, "pbx1", about, now)
        case "passes":
            centre.clock.now += about
        case "breaks":
            await break_connections(centre)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # making a failure smaller would wait for every time-out
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(steps, min_size=1, max_size=4), min_size=1, max_size=5))
async def test_snapshot_and_changes_show_what_a_fresh_read_shows(
    database: Database, history: list[list[tuple[str, Any]]]
) -> None:
    await clear(database)
    async with showing(database) as centre:
        for part in history:
            for step in part:
                await do(centre, step)
            await centre.is_shown()


async def test_an_outage_of_the_database_is_shown_and_what_was_stored_meanwhile_afterwards(
    database: Database, server_url: str
) -> None:
    async with showing(database) as centre:
        await store(database, [ABANDONED])
        await centre.is_shown()
        name = database.engine.url.database
        async with connect_elsewhere(server_url) as elsewhere:
            await elsewhere.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
            await elsewhere.execute(
                text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            )
            async with asyncio.timeout(LIMIT):
                while centre.screen.document["is_reading"]:
                    await asyncio.sleep(0.005)
            assert centre.screen.document["today"]["total"]["offered"] == 1
            await elsewhere.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
        await store(database, [replace(ANSWERED, call_id="pbx1-2.0")])
        await centre.is_shown()
        assert centre.screen.document["is_reading"]
        assert centre.screen.document["today"]["total"]["offered"] == 2
        assert centre.screen.snapshots == 1, "an outage costs a client nothing but the changes"


@asynccontextmanager
async def connect_elsewhere(server_url: str) -> AsyncIterator[Any]:
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def test_a_waiting_caller_an_answer_and_a_correction(database: Database) -> None:
    clock = Clock()
    async with database.sessions.begin() as session:
        await save_heartbeat(session, "pbx1", Witness.AMI, clock.now)
    second = replace(OPEN, call_id="pbx1-2.0", started_at=after(1), queue_visits=OPEN.queue_visits)
    await store(database, [from_ami(OPEN), from_ami(second)])
    calls = (await read_document(database, SETTINGS, clock.now))["calls"]
    assert calls["waiting"] == {
        f"pbx1/{call.call_id}": {
            "queue": "hotline",
            "caller_number": "138****5678",
            "waiting_since": "2026-11-23T01:00:02.000Z",
            "position": position,
        }
        for position, call in enumerate((OPEN, second), 1)
    }
    assert (calls["is_blind"], calls["as_of"]) == (False, "2026-11-23T02:00:00.000Z")

    await store(database, [from_ami(replace(ABANDONED, complete=True)), from_ami(replace(second, complete=False))])
    today = (await read_document(database, SETTINGS, clock.now))["today"]
    assert (today["total"]["missed_by_kind"], today["unconfirmed"]) == ({"abandoned_queue": 1}, 1)
    assert today["queues"]["hotline"]["ratios"]["service_level_15"] == {
        "numerator": 0, "denominator": 1, "value": 0.0,
    }  # fmt: skip
    await store(database, [ANSWERED])
    today = (await read_document(database, SETTINGS, clock.now))["today"]
    assert (today["total"]["answered"], today["total"]["missed_by_kind"]) == (1, {})
    assert today["total"]["ratios"]["service_level_15"]["value"] == 1
    assert today["total"]["longest_wait_seconds"] == 8


async def test_who_was_moved_up_is_first_at_once_and_whoever_was_moved_first_stays_in_front(database: Database) -> None:
    async def turns() -> list[str]:
        waiting = (await read_document(database, SETTINGS, after(60)))["calls"]["waiting"]
        return sorted(waiting, key=lambda key: int(waiting[key]["position"]))

    calls = [replace(OPEN, call_id=f"pbx1-{number}.0") for number in (1, 2, 3)]
    await store(database, [from_ami(call) for call in calls])
    assert await turns() == ["pbx1/pbx1-1.0", "pbx1/pbx1-2.0", "pbx1/pbx1-3.0"]
    async with database.sessions.begin() as session:
        await save_moved_up(session, "pbx1", "pbx1-3.0", after(20))
    assert await turns() == ["pbx1/pbx1-3.0", "pbx1/pbx1-1.0", "pbx1/pbx1-2.0"]
    async with database.sessions.begin() as session:
        await save_moved_up(session, "pbx1", "pbx1-2.0", after(30))
        await save_moved_up(session, "pbx1", "pbx1-3.0", after(40))
        await save_moved_up(session, "pbx1", "pbx1-1.0", after(-600))
    assert await turns() == ["pbx1/pbx1-3.0", "pbx1/pbx1-2.0", "pbx1/pbx1-1.0"], "the first was moved in another queue"


async def test_who_was_sent_back_to_the_queue_or_rang_us_while_rung_by_us_is_shown_in_front(database: Database) -> None:
    def joined(number: int, place: int, *, pbx: str = "pbx1") -> CallRecord:
        moment = after(10 * number)
        call = with_visit(OPEN, joined_at=moment, position=place)
        return from_ami(call, call_id=f"{pbx}-{number}.0", pbx=pbx, started_at=moment)

    async def turns() -> list[str]:
        waiting = (await read_document(database, SETTINGS, after(90)))["calls"]["waiting"]
        assert waiting.pop("pbx2/pbx2-9.0")["position"] == 1, "another PBX, another line"
        return [key.removeprefix("pbx1/pbx1-") for key in sorted(waiting, key=lambda key: waiting[key]["position"])]

    await store(database, [joined(1, 1), joined(2, 2), joined(3, 1), joined(4, 4), joined(9, 1, pbx="pbx2")])
    assert await turns() == ["3.0", "1.0", "2.0", "4.0"], "the third was sent back to the queue"
    async with database.sessions.begin() as session:
        for number in (2, 4):
            raised = {"pbx": "pbx1", "call_id": f"pbx1-{number}.0", "noticed_at": after(50), "raised_at": after(50)}
            await session.execute(insert(CallerPriority).values(**raised))
    assert await turns() == ["3.0", "2.0", "4.0", "1.0"]
    async with database.sessions.begin() as session:
        await save_moved_up(session, "pbx1", "pbx1-1.0", after(60))
    assert await turns() == ["1.0", "3.0", "2.0", "4.0"]


DIAL = """
INSERT INTO dials (id, user_id, idempotency_key, request_sha256, subject, pbx, call_id, interface, requested_at, state,
                   is_mailbox_suspected)
SELECT 7, min(id), 'k', 's', '+8613812345678', 'pbx1', 'pbx1-9.0', 'PJSIP/1001', :at, 'dialling', false FROM users
"""


async def test_a_dial_shows_step_by_step_whose_phone_rings_and_an_alarm_is_there_at_once(
    database: Database, as_role: dict[Role, dict[str, str]]
) -> None:
    rung = replace(OPEN, call_id="pbx1-9.0", direction=Direction.INTERNAL, queue_visits=())
    dialled = replace(rung, direction=Direction.OUTBOUND)
    talk = replace(ANSWERED.talks[0], to=None)
    talked = replace(dialled, answered_at=talk.from_, talks=(talk,))
    async with showing(database) as centre:

        async def step() -> str:
            await centre.is_shown()
            shown: str = centre.screen.document["dials"]["in_flight"]["7"]["step"]
            return shown

        await centre.execute(DIAL, at=centre.clock.now)
        await centre.execute("INSERT INTO duty_alarms (pbx, call_id, raised_at) VALUES ('pbx1', 'x', :at)", at=MORNING)
        steps = [await step()]
        for call in (rung, dialled, talked):
            await store(database, [from_ami(call)])
            steps.append(await step())
        alarms = dict(centre.screen.document["alarms"])
        await centre.execute("UPDATE dials SET state = 'unknown'")
        await centre.is_shown()
        assert centre.screen.document["dials"]["in_flight"] == {}
        assert centre.screen.document["alarms"]["dials_unknown"] == 1
    assert steps == ["asked", "agent_ringing", "customer_ringing", "talking"]
    kinds = ("duty", "first_attempts_overdue", "contacts_overdue", "promises_due", "dials_unknown")
    assert [alarms[kind] for kind in kinds] == [1, 0, 0, 0, 0]
    assert alarms["disks_short"] == []


async def test_who_is_put_off_behind_the_deadline_and_a_part_that_is_down_are_alarms_on_the_board(
    database: Database, as_role: dict[Role, dict[str, str]]
) -> None:
    await store(database, [ABANDONED])
    await refresh(database, SETTINGS)
    async with showing(database) as centre:
        await centre.execute(
            "INSERT INTO episode_promises (episode_id, promised_at, set_by, set_at, named_by, opens_hours)"
            " SELECT episodes.id, due_at + interval '1 day', users.id, now(), 'supervisor', true"
            " FROM episodes, users WHERE users.name = 'mei-supervisor'"
        )
        await centre.execute(
            "INSERT INTO process_alarms (incident_id, host, process, part, failed_at, failures, reason)"
            " VALUES ('1', 'here', 'here:1', 'jobs', now(), 2, 'A defect.')"
        )
        await centre.is_shown()
        shown = dict(centre.screen.document["alarms"])
        await centre.execute("UPDATE process_alarms SET back_at = now()")
        await centre.is_shown()
        assert centre.screen.document["alarms"]["parts_down"] == 0
    assert (shown["promises_late"], shown["parts_down"]) == (1, 1)


async def test_nothing_heard_is_blind_and_seats_are_unknown_then(database: Database) -> None:
    async with database.sessions.begin() as session:
        await session.execute(text(SEAT), {"interface": "PJSIP/1001", "state": SeatState.AVAILABLE, "at": MORNING})
        await save_heartbeat(session, "pbx1", Witness.AMI, after(0))
        await save_heartbeat(session, "pbx1", Witness.LEDGER, after(9))
    heard = await read_document(database, SETTINGS, after(5))
    assert heard["agents"]["by_queue"] == {"hotline": {"available": 1}, "overflow": {"available": 1}}
    silent = await read_document(database, SETTINGS, after(5.001))
    assert (silent["calls"]["is_blind"], silent["today"]["is_blind"]) == (True, False)
    assert silent["today"]["as_of"] == "2026-11-23T01:00:09.000Z"
    assert silent["agents"]["seats"]["pbx1/PJSIP/1001"] == {
        "user": None,
        "display_name": None,
        "member_name": "Mei",
        "queues": ["hotline", "overflow"],
        "state": "unknown",
        "reason": None,
        "state_since": None,
    }
    assert silent["witnesses"]["pbx1/ami"] == {
        "heard_until": "2026-11-23T01:00:00.000Z", "is_blind": True, "gaps": {},
    }  # fmt: skip
    nobody = await read_document(database, SETTINGS, after(60))
    assert nobody["today"]["is_blind"]


async def test_the_audit_of_today_is_shown_with_its_age(database: Database) -> None:
    await store(database, [ABANDONED])
    async with showing(database) as centre, asyncio.timeout(LIMIT):
        while centre.screen.document.get("audit", {}).get("as_of") is None:
            await asyncio.sleep(0.005)
        assert centre.screen.document["audit"] == {
            "as_of": "2026-11-23T02:00:00.000Z", "is_blind": False, "unexplained": 0, "unconfirmed": 1,
            "blind_minutes": 600, "undisposed": 0, "answer": "not_accounted_for",
        }  # fmt: skip


async def test_a_defect_ends_the_board_loudly(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise KeyError("defect")

    monkeypatch.setattr(audit_store, "list_audited_calls", fail)
    with pytest.raises(KeyError):
        async with asyncio.timeout(LIMIT):
            await LiveBoard(database=database, settings=SETTINGS).run_audits()


async def test_one_question_is_answered_with_a_snapshot(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    await store(database, [from_ami(OPEN), replace(ABANDONED, call_id="pbx1-2.0", outcome=Outcome.QUEUE_FULL)])
    viewers = list_roles(Right.SEE_BOARD)
    answers = [(await client.get("/api/v1/wallboard", headers=as_role[role])).json() for role in viewers]
    assert all(answer == answers[0] for answer in answers), "whoever asks sees numbers masked"
    snapshot = BoardSnapshot.model_validate(answers[0])
    assert (snapshot.board, len(snapshot.document.calls.up)) == (None, 1)
    assert "13812345678" not in json.dumps(answers)


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://callcenter.test", 503), ("http://evil.test", 403), ("null", 403), ("", 403), (None, 403)],
)
async def test_a_socket_with_a_cookie_is_opened_by_our_own_pages_only(
    app: FastAPI, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], origin: str | None, status: int
) -> None:
    signed_in = await client.post(
        "/api/v1/session",
        json={"name": "mei-agent", "password": PASSWORD},
        headers={"Origin": "http://callcenter.test"},
    )
    cookie = f"callcenter_session={signed_in.cookies['callcenter_session']}"
    headers = {"Cookie": cookie} | ({} if origin is None else {"Origin": origin})
    assert await knock(app, "/api/v1/wallboard/live", headers) == status


async def test_a_stream_is_refused_to_pages_of_other_sites(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    for origin, status in (("http://evil.test", 403), ("http://callcenter.test", 503)):
        headers = as_role[Role.AGENT] | {"Origin": origin}
        assert (await client.get("/api/v1/wallboard/events", headers=headers)).status_code == status
