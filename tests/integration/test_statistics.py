"""Statistics over HTTP, from the same store as the wallboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.agents.rules import SeatState
from callcenter.app import create_app
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import CallRecord, Outcome, QueueVisit, Ring, RingResult, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import store_reports
from callcenter.calls.tables import WitnessHeartbeat
from callcenter.calls.witness_store import add_gap, open_gap
from callcenter.kpis.definitions import DEFINITIONS, VERSION
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.call_examples import ABANDONED, ANSWERED, OPEN, after, from_ami, with_visit
from tests.integration.audio_house import sit
from tests.integration.callback_examples import store, store_confirmed
from tests.integration.conftest import NOW
from tests.scenarios.captures import cel_facts, records_of

BERLIN = ZoneInfo("Europe/Berlin")
CAPTURES = Path(__file__).parents[1] / "unit" / "captures"

DAY = timedelta(days=1)
RING = ANSWERED.queue_visits[0].rings[0]


def on_day(record: CallRecord, number: int, days: int) -> CallRecord:
    """The same call some days later."""

    def later(moment: Any) -> Any:
        return None if moment is None else moment + days * DAY

    def visit_later(visit: QueueVisit) -> QueueVisit:
        rings = tuple(replace(ring, at=later(ring.at)) for ring in visit.rings)
        moments = {name: later(getattr(visit, name)) for name in ("joined_at", "left_at", "connected_at")}
        return replace(visit, rings=rings, **moments)

    return replace(
        record,
        call_id=f"pbx1-{number}.0",
        started_at=later(record.started_at),
        answered_at=later(record.answered_at),
        ended_at=later(record.ended_at),
        queue_visits=tuple(map(visit_later, record.queue_visits)),
        talks=tuple(replace(talk, from_=later(talk.from_), to=later(talk.to)) for talk in record.talks),
    )


@pytest.fixture
async def calls(database: Database) -> None:
    """Sunday 22: one lost; Monday 23: two answered, one lost unconfirmed, one still up."""
    await store_confirmed(
        database, [on_day(ABANDONED, 1, -1), on_day(ANSWERED, 2, 0), on_day(replace(ANSWERED, short=False), 3, 0)]
    )
    await store(database, [from_ami(on_day(ABANDONED, 4, 0)), from_ami(on_day(OPEN, 5, 0))])


async def ask(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], path: str) -> Any:
    answer = await client.get(f"/api/v1/statistics/{path}", headers=as_role[Role.SUPERVISOR])
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.usefixtures("calls")
async def test_figures_by_day_with_all_that_is_not_known(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    async with database.sessions.begin() as session:
        for begin, end in ((10, 70), (60, 100)):
            await add_gap(
                session, "pbx1", Witness.AMI, from_at=after(begin), to_at=after(end), reason=GapReason.OVERFLOW
            )
        await open_gap(session, "pbx1", Witness.LEDGER, from_at=NOW - timedelta(seconds=5), reason=GapReason.LINK_DOWN)
    found = await ask(client, as_role, "calls?from_day=2026-11-22&to_day=2026-11-23&interval=day")
    days = found["intervals"]
    assert [(day["from"], day["figures"]["offered"], day["figures"]["answered"]) for day in days] == [
        ("2026-11-21T16:00:00.000Z", 1, 0),
        ("2026-11-22T16:00:00.000Z", 3, 2),
    ]
    assert days[1]["completeness"]["unconfirmed"] == 1
    assert days[1]["completeness"]["still_up"] == 1
    assert days[1]["completeness"]["blind_seconds"] == {"pbx1/ami": 90.0, "pbx1/ledger": 5.0}
    assert days[0]["figures"]["ratios"]["connect_rate"] == {"numerator": 0, "denominator": 1, "value": 0}
    assert days[0]["figures"]["ratios"]["asa_seconds"] == {"numerator": 0, "denominator": 0, "value": None}
    assert found["total"]["figures"]["offered"] == 4
    assert found["total"]["figures"]["longest_wait_seconds"] == 28
    assert found["metrics_version"] == VERSION


@pytest.mark.usefixtures("calls")
async def test_figures_of_a_queue_of_an_agent_and_of_an_hour_without_calls(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    days = "from_day=2026-11-23&to_day=2026-11-23"
    assert (await ask(client, as_role, f"calls?{days}&queue=hotline"))["total"]["figures"]["offered"] == 3
    assert (await ask(client, as_role, f"calls?{days}&queue=other"))["total"]["figures"]["offered"] == 0
    assert (await ask(client, as_role, f"calls?{days}&agent=1001"))["total"]["figures"]["offered"] == 2
    hours = (await ask(client, as_role, f"calls?{days}&interval=hour"))["intervals"]
    assert [hour["figures"]["offered"] for hour in hours] == [0] * 9 + [3] + [0] * 14
    assert {ratio["value"] for ratio in hours[0]["figures"]["ratios"].values()} == {None}


@pytest.mark.usefixtures("calls")
async def test_the_statistics_of_today_are_those_of_the_wallboard(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    board = (await client.get("/api/v1/wallboard", headers=as_role[Role.AGENT])).json()["document"]
    found = await ask(client, as_role, "calls?from_day=2026-11-23&to_day=2026-11-23")
    assert found["total"]["figures"] == board["today"]["total"]
    assert found["total"]["completeness"]["unconfirmed"] == board["today"]["unconfirmed"]
    queue = await ask(client, as_role, "calls?from_day=2026-11-23&to_day=2026-11-23&queue=hotline")
    assert queue["total"]["figures"] == board["today"]["queues"]["hotline"]


@pytest.mark.usefixtures("calls")
async def test_the_heat_map_has_every_hour_with_the_number_of_its_days(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    cells = (await ask(client, as_role, "heat-map?from_day=2026-11-15&to_day=2026-11-25"))["cells"]
    assert len(cells) == 7 * 24
    by_place = {(cell["weekday"], cell["hour"]): (cell["offered"], cell["missed"]) for cell in cells}
    assert by_place[1, 9] == (
        {"numerator": 3, "denominator": 2, "value": 1.5},
        {"numerator": 1, "denominator": 2, "value": 0.5},
    )
    assert by_place[7, 9][0] == {"numerator": 1, "denominator": 2, "value": 0.5}
    assert by_place[2, 9][0] == {"numerator": 0, "denominator": 1, "value": 0}, "the 24th has not begun"
    assert sum(offered["numerator"] for offered, _ in by_place.values()) == 4


async def test_agents_have_their_states_within_the_range_and_their_calls(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    unanswered = Ring(agent="1002", at=after(3), duration=timedelta(seconds=2), result=RingResult.NO_ANSWER)
    visit = replace(ANSWERED.queue_visits[0], rings=(unanswered, *ANSWERED.queue_visits[0].rings))
    await store_confirmed(database, [replace(ANSWERED, queue_visits=(visit,))])
    states = [
        (SeatState.AVAILABLE, None, -10 * 3600, 0),  # since 23:00 of the day before
        (SeatState.TALKING, None, 0, 60),
        (SeatState.WRAP_UP, None, 60, 90),
        (SeatState.PAUSED, "lunch", 90, 3690),
        (SeatState.AVAILABLE, None, 3690, None),
    ]
    heard_until = NOW - timedelta(seconds=10)
    async with database.sessions.begin() as session:
        await session.merge(WitnessHeartbeat(pbx="pbx1", witness=Witness.AMI, at=heard_until))
        user_id = (await session.execute(text("SELECT id FROM users WHERE name = 'mei-agent'"))).scalar_one()
        for state, reason, begin, end in states:
            await session.execute(
                text(
                    "INSERT INTO agent_states"
                    " (pbx, interface, user_id, member_name, queues, state, reason, began_at, from_at, to_at)"
                    " VALUES ('pbx1', 'PJSIP/1001', :user, 'Mei', '{hotline}', :state, :reason, :begin, :begin, :end)"
                ),
                {"user": user_id, "state": state, "reason": reason, "begin": after(begin)}
                | {"end": None if end is None else after(end)},
            )
    mei, other = (await ask(client, as_role, "agents?from_day=2026-11-23&to_day=2026-11-23"))["seats"]
    available = 9 * 3600 + (heard_until - after(3690)).total_seconds()
    assert mei == {
        "device": "1001",
        "pbx": "pbx1",
        "interface": "PJSIP/1001",
        "users": ["mei-agent"],
        "state_seconds": {"available": available, "paused": 3600, "talking": 60, "wrap_up": 30},
        "pause_seconds": {"lunch": 3600},
        "calls": 1,
        "talked_seconds": 60,
        "rings": 1,
        "rings_unanswered": 0,
        "ratios": {
            "occupancy": {"numerator": 90, "denominator": 90 + available, "value": 90 / (90 + available)},
            "aht_seconds": {"numerator": 90, "denominator": 1, "value": 90},
            "ring_no_answer_rate": {"numerator": 0, "denominator": 1, "value": 0},
        },
    }
    assert (other["device"], other["interface"], other["ratios"]["occupancy"]) == ("1002", None, None)
    assert other["ratios"]["ring_no_answer_rate"]["value"] == 1


async def test_a_seat_that_is_a_telephone_number_is_masked(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    ring = Ring(agent="02588880001", at=after(3), duration=timedelta(seconds=2), result=RingResult.NO_ANSWER)
    visit = replace(ANSWERED.queue_visits[0], rings=(ring,))
    await store_confirmed(database, [replace(ANSWERED, queue_visits=(visit,))])
    async with database.sessions.begin() as session:
        insert = (
            "INSERT INTO agent_states (pbx, interface, member_name, queues, state, began_at, from_at, to_at) VALUES"
            " ('pbx1', 'Local/13905190001@from-queue/n', 'Mei', '{hotline}', 'available', :begin, :begin, :end)"
        )
        await session.execute(text(insert), {"begin": after(0), "end": after(60)})
    seats = (await ask(client, as_role, "agents?from_day=2026-11-23&to_day=2026-11-23"))["seats"]
    assert [(seat["device"], seat["interface"]) for seat in seats] == [
        ("025-****0001", None),
        ("1001", None),
        ("139****0001", "Local/139****0001@from-queue/n"),
    ]


async def test_staffing_is_advised_from_what_was_measured(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    calls = [on_day(ANSWERED, number, 0) for number in range(20)] + [on_day(ABANDONED, 20 + n, 0) for n in range(4)]
    await store_confirmed(database, calls)
    found = await ask(client, as_role, "staffing?from_day=2026-11-23&to_day=2026-11-23")
    assert (found["busy_hour"], found["days"], found["offered_in_busy_hour"]) == (9, 1, 24)
    assert (found["measured_talk_seconds"], found["measured_wrap_up_seconds"]) == (60, None)
    assert found["measured_patience_seconds"] == (20 * 8 + 4 * 28) / 4
    assert found["load"] == {"calls_an_hour": 24, "aht_seconds": 120, "patience_seconds": 68, "erlang": 0.8}
    assert (found["seats"], found["people"]) == (3, 5)
    asked = "staffing?from_day=2026-11-23&to_day=2026-11-23&target=0.5&shrinkage=0"
    assert (await ask(client, as_role, asked))["people"] == 2


async def test_where_nobody_was_answered_nothing_is_advised(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    await store_confirmed(database, [replace(ABANDONED, outcome=Outcome.QUEUE_FULL)])
    found = await ask(client, as_role, "staffing?from_day=2026-11-23&to_day=2026-11-23")
    assert (found["load"], found["seats"], found["forecasts"]) == (None, None, [])


async def test_staffing_is_advised_for_a_load_of_ones_own(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    own = (
        "staffing?from_day=2026-11-23&to_day=2026-11-23&calls_an_hour=200&aht_seconds=180&within_seconds=20&target=0.94"
    )
    found = await ask(client, as_role, own + "&patience_seconds=60&shrinkage=0")
    assert found["load"] == {"calls_an_hour": 200, "aht_seconds": 180, "patience_seconds": 60, "erlang": 10}
    assert (found["seats"], found["people"], found["measured_talk_seconds"]) == (15, 15, None)
    (at_fifteen,) = [one for one in found["forecasts"] if one["seats"] == 15]
    assert round(at_fifteen["service_level"], 7) == 0.9414528
    assert round(at_fifteen["asa_seconds"], 4) == 3.6735
    await store_confirmed(database, [on_day(ANSWERED, number, 0) for number in range(20)])
    half = await ask(client, as_role, "staffing?from_day=2026-11-23&to_day=2026-11-23&calls_an_hour=60")
    assert half["load"] == {"calls_an_hour": 60, "aht_seconds": 120, "patience_seconds": 90, "erlang": 2}
    wrong = await client.get(
        "/api/v1/statistics/staffing?from_day=2026-11-23&to_day=2026-11-23&calls_an_hour=99999&aht_seconds=36000",
        headers=as_role[Role.SUPERVISOR],
    )
    assert wrong.status_code == 400


async def test_every_definition_is_told_with_the_version(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    told = (await client.get("/api/v1/metric-definitions", headers=as_role[Role.AGENT])).json()
    assert told["version"] == VERSION
    assert [one["name"] for one in told["items"]] == [definition.name for definition in DEFINITIONS]


@pytest.fixture
async def berlin(database: Database, as_role: dict[Role, dict[str, str]]) -> AsyncIterator[httpx.AsyncClient]:
    """A house where clocks are changed, and the Sunday on which they were put back."""
    settings = Settings(timezone=BERLIN)
    rows = read_cel_rows(CAPTURES / "clocks_put_back.csv")
    locality = Locality(area_code="0519", timezone=BERLIN)
    async with database.sessions.begin() as session:
        await store_reports(session, records_of(cel_facts(rows), Witness.LEDGER), locality=locality, now=NOW)
    app = create_app(database=database, settings=settings, now=lambda: NOW)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", headers=as_role[Role.SUPERVISOR]
    ) as client:
        yield client


async def test_the_hour_that_comes_twice_in_autumn_is_two_hours_in_every_figure(
    berlin: httpx.AsyncClient, database: Database
) -> None:
    day = "from_day=2026-10-25&to_day=2026-10-25"
    night, noon = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
    async with database.sessions.begin() as session:
        await add_gap(session, "pbx1", Witness.AMI, from_at=night, to_at=noon, reason=GapReason.LINK_DOWN)

    cells = (await berlin.get(f"/api/v1/statistics/heat-map?{day}")).json()["cells"]
    staffing = (await berlin.get(f"/api/v1/statistics/staffing?{day}")).json()
    hours = (await berlin.get(f"/api/v1/statistics/calls?{day}&interval=hour")).json()

    assert {cell["hour"]: cell["offered"] for cell in cells if cell["offered"]["numerator"]} == {
        2: {"numerator": 4, "denominator": 2, "value": 2.0},
        10: {"numerator": 3, "denominator": 1, "value": 3.0},
    }
    assert (staffing["busy_hour"], staffing["offered_in_busy_hour"], staffing["days"]) == (10, 3, 1)
    assert [
        (item["from"], item["figures"]["offered"]) for item in hours["intervals"] if item["figures"]["offered"]
    ] == [
        ("2026-10-25T00:00:00.000Z", 2),
        ("2026-10-25T01:00:00.000Z", 2),
        ("2026-10-25T09:00:00.000Z", 3),
    ]
    assert len(hours["intervals"]) == 25
    assert hours["total"]["completeness"]["blind_seconds"] == {"pbx1/ami": 25 * 3600.0}


async def test_the_hour_that_is_left_out_in_spring_has_no_mean(berlin: httpx.AsyncClient) -> None:
    cells = (await berlin.get("/api/v1/statistics/heat-map?from_day=2026-03-29&to_day=2026-03-29")).json()["cells"]

    sunday = {cell["hour"]: cell["offered"] for cell in cells if cell["weekday"] == 7}
    assert sunday[2] == {"numerator": 0, "denominator": 0, "value": None}
    assert sunday[3] == {"numerator": 0, "denominator": 1, "value": 0.0}


@pytest.mark.usefixtures("calls")
async def test_agents_see_of_their_own_day_what_they_did_while_they_sat_there_and_nothing_of_others(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    unanswered = replace(
        on_day(with_visit(ABANDONED, rings=(replace(RING, result=RingResult.NO_ANSWER),)), 6, 0), started_at=after(3)
    )
    await store_confirmed(database, [unanswered, on_day(ANSWERED, 7, -1)])
    await sit(database, "mei-agent", since=after(-60), until=after(60))
    await sit(database, "mei-supervisor", since=after(60))
    own = {}
    for role in (Role.AGENT, Role.SUPERVISOR):
        answer = await client.get("/api/v1/statistics/me", headers=as_role[role])
        own[role] = answer.json()
    assert own[Role.AGENT] == {
        "metrics_version": VERSION,
        "day": "2026-11-23",
        "calls": 2,
        "talked_seconds": 120.0,
        "answered": {"numerator": 2, "denominator": 3, "value": pytest.approx(2 / 3)},
    }
    nothing = {"calls": 0, "talked_seconds": 0.0, "answered": {"numerator": 0, "denominator": 0, "value": None}}
    assert own[Role.SUPERVISOR] == own[Role.AGENT] | nothing
