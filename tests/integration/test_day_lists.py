"""The callback list: live, by day, frozen every night, and signed off by supervisors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.service import add_user
from callcenter.callbacks import day_list_store, day_lists
from callcenter.callbacks.day_list_store import list_sheets
from callcenter.callbacks.day_lists import freeze_due_days, run_nightly
from callcenter.callbacks.day_sheet import find_breaks
from callcenter.callbacks.list_store import EpisodeKind, ListFilter, Place, count_open, place_of
from callcenter.callbacks.metrics import OPEN, OVERDUE
from callcenter.callbacks.rules import PRIORITY_RULE, EpisodeState
from callcenter.callbacks.service import CallbackPage, decide_unreachable, list_callbacks, refresh
from callcenter.callbacks.terminal import run_callbacks
from callcenter.callbacks.worker import follow
from callcenter.calls.records import CallRecord, Outcome, Witness
from callcenter.calls.witness_store import save_heartbeat
from callcenter.errors import ConflictError, NotFoundError, RefusedError
from callcenter.postgres.database import Database, connect, create_engine, make_database
from callcenter.settings import Settings
from callcenter.table_files import Shape
from tests.integration.callback_examples import LI, MEI, SETTINGS, answered, at, lost, outbound, still_up, store

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
NOW = at(3600)
AFTER_MIDNIGHT = datetime(2026, 11, 23, 16, 10, tzinfo=UTC)
"""00:10 on Tuesday in Shanghai."""
EVERYTHING = ListFilter()


async def show(
    database: Database, wanted: ListFilter = EVERYTHING, *, now: datetime = NOW, **options: Any
) -> CallbackPage:
    await refresh(database, SETTINGS)
    async with database.sessions.begin() as session:
        return await list_callbacks(session, wanted, now=now, **options)


async def list_tries(database: Database, wanted: ListFilter = EVERYTHING, **options: Any) -> list[list[str]]:
    """Numbers of the calls in each row."""
    page = await show(database, wanted, **options)
    return [[call["call_id"][5:-2] for call in row["calls"]] for row in page.rows]


@pytest.fixture
async def supervisor(database: Database) -> SignedIn:
    await add_user(database, name="wang", role=Role.SUPERVISOR, password="long enough to be one", at=NOW)
    async with database.engine.connect() as connection:
        user_id = (await connection.execute(text("SELECT id FROM users"))).scalar_one()
    return SignedIn(user_id=user_id, name="wang", role=Role.SUPERVISOR)


async def test_a_row_tells_everything_about_the_caller(database: Database) -> None:
    await store(database, [lost(1, 0, name="张伟"), lost(2, 120, seconds=4), outbound(3, 600)])
    (row,) = (await show(database)).rows
    call = {
        "pbx": "pbx1",
        "call_id": "pbx1-1.0",
        "business_date": "2026-11-23",
        "started_at": "2026-11-23T01:00:00.000Z",
        "ended_at": "2026-11-23T01:00:30.000Z",
        "outcome": "abandoned_queue",
        "short": False,
        "wait_seconds": 30.0,
        "caller_number": "+8613812345678",
        "caller_name": "张伟",
        "kept_place": None,
    }
    again = {
        "call_id": "pbx1-2.0",
        "started_at": "2026-11-23T01:02:00.000Z",
        "ended_at": "2026-11-23T01:02:04.000Z",
        "wait_seconds": 4.0,
        "caller_name": None,
    }
    assert row == {
        "episode_id": row["episode_id"],
        "kind": "caller",
        "state": "open",
        "caller_number": "+8613812345678",
        "opened_at": "2026-11-23T01:00:00.000Z",
        "last_lost_at": "2026-11-23T01:02:04.000Z",
        "due_at": "2026-11-23T03:00:00.000Z",
        "is_calendar_missing": False,
        "is_overdue": False,
        "promised_at": None,
        "is_put_off": False,
        "kept_place": None,
        "has_message": False,
        "tries": 2,
        "tries_within_10_minutes": 2,
        "longest_wait_seconds": 30.0,
        "attempts": 1,
        "attempts_counted": 1,
        "is_emergency": False,
        "first_attempt_at": "2026-11-23T01:10:00.000Z",
        "closed_at": None,
        "closed_by": None,
        "decision": None,
        "reopens": None,
        "priority": [0, -2, -30000, 1795395600000],
        "calls": [call, call | again],
    }


async def test_the_live_list_holds_who_waits_now_the_most_urgent_first(database: Database) -> None:
    calls = [
        lost(1, 0, caller="13800000001"),
        lost(2, 10, caller="13800000002", seconds=90),
        lost(3, 20, caller="13800000003", outcome=Outcome.VOICEMAIL),
        lost(4, 30, caller="13800000004"),
        lost(5, 40, caller="13800000004"),
        lost(6, 50, caller=None),
        lost(7, 60, caller=LI),
        answered(8, 200, caller=LI),
    ]
    await store(database, calls)
    assert await list_tries(database) == [["3"], ["4", "5"], ["2"], ["1"], ["6"]]


async def test_a_deadline_that_passed_without_an_attempt_is_overdue(database: Database) -> None:
    await store(database, [lost(1, 0), lost(2, 0, caller=LI), outbound(3, 900, dialled=LI)])
    due = at(2 * 3600)
    assert await list_tries(database, ListFilter(is_overdue=True), now=due) == []
    assert await list_tries(database, ListFilter(is_overdue=True), now=due + timedelta(seconds=1)) == [["1"]]


async def test_a_deadline_in_an_unpublished_calendar_is_said_to_be_missing(database: Database) -> None:
    begin = datetime(2099, 1, 5, 2, tzinfo=UTC)
    await store(database, [replace(lost(1, 0), started_at=begin, ended_at=begin)])
    (row,) = (await show(database)).rows
    assert (row["due_at"], row["is_calendar_missing"], row["is_overdue"]) == (None, True, False)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ListFilter(states=(EpisodeState.OPEN,)), [["3"], ["1"]]),
        (ListFilter(states=(EpisodeState.SELF_RECOVERED, EpisodeState.UNKNOWN)), [["4"], ["2"]]),
        (ListFilter(kind=EpisodeKind.NO_NUMBER), [["3"]]),
        (ListFilter(kind=EpisodeKind.CALLER), [["4"], ["1"], ["2"]]),
        (ListFilter(caller_number="+8613812345678"), [["1"]]),
        (ListFilter(has_message=True), [["3"]]),
        (ListFilter(is_overdue=True), [["3"], ["4"], ["1"]]),
    ],
)
async def test_a_filter_finds_the_same_in_the_days_list_live_and_frozen(
    database: Database, wanted: ListFilter, found: list[list[str]]
) -> None:
    calls = [
        lost(1, 0),
        lost(2, 0, caller=LI, seconds=20),
        answered(9, 100, caller=LI),
        lost(3, 0, caller=None, outcome=Outcome.VOICEMAIL),
        lost(4, 0, caller="13700000000", outcome=Outcome.UNKNOWN, seconds=40),
    ]
    await store(database, calls)
    assert await list_tries(database, wanted, day=MONDAY, now=AFTER_MIDNIGHT) == found
    await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT)
    assert await list_tries(database, wanted, day=MONDAY) == found
    page = await show(database, wanted, day=MONDAY, limit=1)
    rest = await show(database, wanted, day=MONDAY, after=place_of(page.rows[0]))
    assert len(page.rows) + len(rest.rows) == len(found)


@pytest.mark.parametrize("is_frozen", [False, True])
async def test_pages_follow_each_other_without_a_gap_or_a_repetition(database: Database, is_frozen: bool) -> None:
    calls = [lost(number, number % 3, caller=f"138{number:08}") for number in range(25)]
    await store(database, calls)
    if is_frozen:
        await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT)
    after: Place | None = None
    seen = []
    for _ in range(4):
        page = await show(database, day=MONDAY if is_frozen else None, after=after, limit=7)
        seen += [row["episode_id"] for row in page.rows]
        after = place_of(page.rows[-1])
    everything = await show(database, day=MONDAY if is_frozen else None)
    assert seen == [row["episode_id"] for row in everything.rows]
    assert len(seen) == 25


def across_midnight(number: int, caller: str) -> CallRecord:
    """23:59:50 to 00:00:20 in Shanghai."""
    return lost(number, 15 * 3600 - 10, caller=caller)


async def test_the_night_freezes_the_day_with_its_figures_once(database: Database) -> None:
    calls = [
        lost(1, 0),
        lost(2, 60, outcome=Outcome.QUEUE_FULL),
        answered(3, 120),
        lost(4, 0, caller=LI, outcome=Outcome.ABANDONED_GREETING),
        replace(lost(5, 0, caller=None, seconds=2), short=True),
        lost(6, 0, caller="13700000000", outcome=Outcome.UNKNOWN),
        lost(7, 0, caller="13600000000"),
        outbound(8, 100, dialled="13600000000", is_answered=True),
        answered(9, 300, caller="13500000000"),
        replace(answered(10, 400, caller="13400000000"), lost_after_transfer=True, ended_at=at(500)),
        still_up(lost(11, 500, caller="13300000000")),
        across_midnight(12, "13200000000"),
        lost(13, 15 * 3600 + 1, caller="13100000000"),
    ]
    await store(database, calls)
    assert await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT - timedelta(seconds=1)) == []
    assert await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT) == [MONDAY]
    assert await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT) == []
    page = await show(database, day=MONDAY)
    frozen = sorted(call["call_id"][5:-2] for row in page.rows for call in row["calls"])
    assert frozen == ["1", "10", "12", "2", "4", "5", "6", "7"]
    async with database.sessions.begin() as session:
        (stored,) = await list_sheets(session)
    assert stored.sheet == {
        "business_date": "2026-11-23",
        "frozen_at": "2026-11-23T16:10:00.000Z",
        "inbound": {
            "total": 11,
            "abandoned_greeting": 1,
            "abandoned_queue": 4,
            "answered": 2,
            "lost_after_transfer": 1,
            "queue_full": 1,
            "still_open": 1,
            "unknown": 1,
        },
        "callers": {
            "lost": 7,
            "open": 4,
            "unknown": 1,
            "wrong_number": 0,
            "self_recovered": 1,
            "reached": 1,
            "unreachable": 0,
        },
        "calls": {
            "lost": 8,
            "open": 4,
            "unknown": 1,
            "wrong_number": 0,
            "self_recovered": 2,
            "reached": 1,
            "unreachable": 0,
        },
        "short_calls": 1,
        "callers_without_number": 1,
        "unknown_times": [
            {
                "pbx": "pbx1",
                "from": "2026-11-22T16:00:00.000Z",
                "to": "2026-11-23T16:00:00.000Z",
                "reason": "both_blind",
            }
        ],
        "list_sha256": page.sha256,
    }
    assert find_breaks([(stored.business_date, stored.sheet, stored.previous_sha256, stored.sha256)]) == []


async def test_a_day_is_not_frozen_while_the_databases_clock_says_that_it_is_not_over(database: Database) -> None:
    now = datetime.now(UTC)
    await store(database, [replace(lost(1, 0), started_at=now, ended_at=now)])
    today = now.astimezone(SETTINGS.timezone).date()

    frozen_days = await freeze_due_days(database, SETTINGS, now + timedelta(hours=25))

    assert today not in frozen_days
    async with database.sessions.begin() as session:
        assert [row for row in await list_sheets(session) if row.business_date >= today] == []


async def test_a_witness_is_heard_no_later_than_the_databases_clock(database: Database) -> None:
    await hear(database, Witness.LEDGER, datetime.now(UTC) + timedelta(hours=25))
    async with database.sessions.begin() as session:
        heard_until = await day_list_store.find_heard_until(session)
    assert heard_until is not None
    assert heard_until <= datetime.now(UTC)


def test_a_day_is_waited_for_as_long_as_the_pbx_is_heard_and_its_clock_says_that_it_is_not_over() -> None:
    patience, end = day_lists.Patience(), datetime(2026, 11, 23, 16, tzinfo=UTC)
    looks = [(5, 0.0), (4, 3000.0), (3, 6000.0), (3, 9000.0), (3, 9700.0)]

    answers = [patience.is_over(end - timedelta(hours=behind), until=end, now=now) for behind, now in looks]

    assert answers == [False, False, False, False, True]
    assert patience.is_over(end, until=end, now=0.0)
    assert patience.is_over(None, until=end, now=0.0)


async def test_a_live_witness_that_is_behind_holds_the_night_up_and_one_given_up_long_ago_does_not(
    database: Database,
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    await hear(database, Witness.AMI, now - timedelta(days=30))
    await hear(database, Witness.LEDGER, now)
    async with database.sessions.begin() as session:
        assert await day_list_store.find_heard_until(session) == now
    await hear(database, Witness.AMI, now - timedelta(hours=2))
    async with database.sessions.begin() as session:
        assert await day_list_store.find_heard_until(session) == now - timedelta(hours=2)


async def test_a_frozen_list_stays_while_the_episodes_go_on(database: Database) -> None:
    await store(database, [lost(1, 0)])
    before = await show(database, day=MONDAY)
    await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT)
    await store(database, [outbound(2, 90000, is_answered=True)])
    frozen = await show(database, day=MONDAY)
    assert (frozen.frozen_at, frozen.rows[0]["state"]) == (AFTER_MIDNIGHT, "open")
    assert frozen.rows[0] | {"is_overdue": False} == before.rows[0]
    current = await show(database, day=MONDAY, is_current=True)
    assert (current.frozen_at, current.rows[0]["state"]) == (None, "reached")


async def test_a_caller_lost_on_two_days_is_on_the_lists_of_both(database: Database) -> None:
    await store(database, [lost(1, 0), lost(2, 86400)])
    assert await list_tries(database, day=MONDAY) == [["1", "2"]]
    assert await list_tries(database, day=TUESDAY) == [["1", "2"]]
    await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT + timedelta(days=1))
    async with database.sessions.begin() as session:
        sheets = await list_sheets(session)
    assert [sheet.sheet["calls"]["lost"] for sheet in sheets] == [1, 1]


async def test_days_out_of_service_are_frozen_in_order_and_chained(database: Database) -> None:
    await store(database, [lost(day, day * 86400, caller=f"138{day:08}") for day in range(4)])
    days = [MONDAY + timedelta(days=number) for number in range(4)]
    assert await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT + timedelta(days=3)) == days
    async with database.sessions.begin() as session:
        chain = [(row.business_date, row.sheet, row.previous_sha256, row.sha256) for row in await list_sheets(session)]
    assert [day for day, *_ in chain] == days
    assert [previous for _, _, previous, _ in chain] == [None, *(sha256 for *_, sha256 in chain[:-1])]
    assert find_breaks(chain) == []


async def test_processes_that_freeze_at_once_freeze_each_day_once(database: Database, database_url: str) -> None:
    await store(database, [lost(day, day * 86400, caller=f"138{day:08}") for day in range(6)])

    async def one_process() -> list[date]:
        async with connect(database_url) as own:
            return [
                day
                for _ in range(4)
                for day in await freeze_due_days(own, SETTINGS, AFTER_MIDNIGHT + timedelta(days=5))
            ]

    frozen = await asyncio.gather(*(one_process() for _ in range(3)))
    assert sorted(day for days in frozen for day in days) == [MONDAY + timedelta(days=number) for number in range(6)]


async def test_nothing_is_frozen_before_the_first_call(database: Database) -> None:
    assert await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT) == []


async def test_the_first_run_does_not_freeze_what_is_older_than_a_year(database: Database) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    await store(database, [replace(lost(1, 0), started_at=long_ago, ended_at=long_ago), lost(2, 0)])
    days = await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT)
    assert (days[0], days[-1], len(days)) == (date(2025, 11, 22), MONDAY, 367)
    assert await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT) == []


async def hear(database: Database, witness: Witness, until: datetime) -> None:
    async with database.sessions.begin() as session:
        await save_heartbeat(session, "pbx1", witness, until)


async def count_sheets(database: Database) -> int:
    async with database.sessions.begin() as session:
        return len(await list_sheets(session))


@pytest.fixture
async def nights(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[], None]]:
    """Starts the nightly task, which looks every second, on a database whose only call is three days old."""
    begin = datetime.now(UTC) - timedelta(days=3)
    await store(database, [replace(lost(1, 0), started_at=begin, ended_at=begin + timedelta(seconds=30))])
    monkeypatch.setattr(day_lists, "LOOK_AGAIN", timedelta(seconds=1))
    tasks = []
    yield lambda: tasks.append(asyncio.create_task(run_nightly(database, SETTINGS)))
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(ended, asyncio.CancelledError)


async def wait_for_sheets(database: Database) -> None:
    async with asyncio.timeout(20):
        while await count_sheets(database) < 2:
            await asyncio.sleep(0.05)


async def test_the_night_waits_until_the_ledger_has_told_the_day_to_its_end(
    database: Database, nights: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    find_heard_until = day_list_store.find_heard_until

    async def look(session: AsyncSession) -> datetime | None:
        looks.append(await find_heard_until(session))
        return looks[-1]

    monkeypatch.setattr(day_list_store, "find_heard_until", look)
    yesterday = datetime.now(UTC) - timedelta(days=2)
    await hear(database, Witness.LEDGER, yesterday)
    await hear(database, Witness.AMI, datetime.now(UTC))
    nights()
    async with asyncio.timeout(20):
        while len(looks) < 2:
            await asyncio.sleep(0.05)
    assert await count_sheets(database) == 0
    assert looks[0] == yesterday
    await hear(database, Witness.LEDGER, datetime.now(UTC))
    await wait_for_sheets(database)


async def test_the_night_does_not_wait_for_ever_for_a_witness_who_is_gone(
    database: Database, nights: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear(database, Witness.LEDGER, datetime.now(UTC) - timedelta(days=2))
    monkeypatch.setattr(day_lists, "PATIENCE", timedelta())
    nights()
    await wait_for_sheets(database)


async def test_where_nobody_is_listened_to_the_night_waits_for_nobody(
    database: Database, nights: Callable[[], None]
) -> None:
    nights()
    await wait_for_sheets(database)


async def test_episodes_follow_moments_after_a_call_has_ended(database: Database) -> None:
    task = asyncio.create_task(follow(database, SETTINGS))
    try:
        for number in range(1, 4):
            await store(database, [lost(number, number, caller=f"138{number:08}")])
            async with asyncio.timeout(10):
                while await count_episodes(database) < number:
                    await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_callers_who_wait_and_those_overdue_are_measured(database: Database) -> None:
    await store(database, [lost(1, 1), lost(2, 2, caller=LI), answered(3, 600)])
    task = asyncio.create_task(follow(database, SETTINGS))
    try:
        async with asyncio.timeout(10):
            while await count_episodes(database) < 2 or OPEN._value.get() != 1:
                await asyncio.sleep(0.01)
        async with database.sessions.begin() as session:
            found = [await count_open(session, now=now) for now in (at(700), at(700) + timedelta(days=7))]
        assert found == [(1, 0, 0), (1, 1, 0)]
        assert f"callcenter_callbacks_overdue {OVERDUE._value.get()}" in generate_latest().decode()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_following_goes_on_after_its_connections_were_cut(database: Database) -> None:
    task = asyncio.create_task(follow(database, SETTINGS))
    try:
        for number in range(1, 3):
            await store(database, [lost(number, number, caller=f"138{number:08}")])
            async with asyncio.timeout(20):
                while await count_episodes(database) < number:
                    await asyncio.sleep(0.01)
            async with database.engine.begin() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("part", [follow, run_nightly])
async def test_a_server_that_cannot_be_reached_is_waited_for(
    part: Callable[[Database, Settings], Coroutine[None, None, None]], caplog: pytest.LogCaptureFixture
) -> None:
    database = make_database(create_engine("postgresql+asyncpg://u:x@127.0.0.1:1/x"))
    task = asyncio.create_task(part(database, SETTINGS))
    try:
        async with asyncio.timeout(20):
            while "database_unavailable" not in caplog.text and not task.done():
                await asyncio.sleep(0.01)
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def count_episodes(database: Database) -> int:
    async with database.engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM episodes"))).scalar_one())


async def test_the_command_shows_the_live_list_and_that_of_a_day_in_every_shape(
    database: Database, database_url: str
) -> None:
    settings = Settings(database_url=SecretStr(database_url))
    await store(database, [lost(1, 0, name="张伟"), lost(2, 0, caller=LI), answered(3, 60, caller=LI)])
    live = json.loads(await run_callbacks(settings, None, Shape.JSON))
    assert (live["business_date"], live["frozen_at"], live["priority_rule"]) == (None, None, PRIORITY_RULE)
    assert [item["caller_number"] for item in live["items"]] == ["+8613812345678"]
    assert live["items"] == (await show(database, now=datetime.now(UTC))).rows
    await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT)
    frozen = json.loads(await run_callbacks(settings, MONDAY, Shape.JSON))
    assert (frozen["frozen_at"], len(frozen["items"])) == ("2026-11-23T16:10:00.000Z", 2)
    table, file, sheet = [await run_callbacks(settings, MONDAY, shape) for shape in (None, Shape.CSV, Shape.XLSX)]
    assert "Callers lost on 2026-11-23" in str(table)
    assert isinstance(file, bytes)
    assert "'+8613812345678,张伟,,open" in file.decode()
    assert sheet[:2] == b"PK"


async def test_a_supervisor_signs_only_after_three_attempts_and_a_new_loss_reopens(
    database: Database, supervisor: SignedIn
) -> None:
    async def sign() -> dict[str, Any]:
        async with database.sessions.begin() as session:
            row = await decide_unreachable(
                session, episode_id, user=supervisor, reason="空号", now=at(10 * 3600), settings=SETTINGS
            )
        return dict(row)

    morning, afternoon, evening = 600, 6 * 3600, 9 * 3600
    await store(database, [lost(1, 0), outbound(2, morning), outbound(3, afternoon), outbound(6, afternoon + 9)])
    episode_id = (await show(database)).rows[0]["episode_id"]
    with pytest.raises(RefusedError, match="called in 2 different parts"):
        await sign()
    await store(database, [outbound(4, evening)])
    signed = await sign()
    assert (signed["state"], signed["closed_at"]) == ("unreachable", "2026-11-23T11:00:00.000Z")
    assert signed["decision"] == {"at": "2026-11-23T11:00:00.000Z", "by": "wang", "reason": "空号"}
    assert (await show(database)).rows == []
    with pytest.raises(ConflictError, match="closed"):
        await sign()
    await store(database, [lost(5, 11 * 3600)])
    (again,) = (await show(database)).rows
    assert (again["state"], again["tries"], again["reopens"]) == ("open", 1, episode_id)


async def test_a_caller_without_a_number_is_signed_off_without_attempts(
    database: Database, supervisor: SignedIn
) -> None:
    await store(database, [lost(1, 0, caller=None)])
    (row,) = (await show(database)).rows
    async with database.sessions.begin() as session:
        signed = await decide_unreachable(
            session, row["episode_id"], user=supervisor, reason="no number", now=NOW, settings=SETTINGS
        )
    assert signed["state"] == "unreachable"


async def test_a_talk_that_was_not_looked_at_yet_wins_over_a_signature(
    database: Database, supervisor: SignedIn
) -> None:
    await store(database, [lost(1, 0), *(outbound(number, 600 * number) for number in (2, 3, 4))])
    (row,) = (await show(database)).rows
    await store(database, [answered(5, 3000, caller=MEI)])
    async with database.sessions() as session:
        with pytest.raises(ConflictError):
            await decide_unreachable(
                session, row["episode_id"], user=supervisor, reason="gone", now=at(10 * 3600), settings=SETTINGS
            )


async def test_an_episode_that_does_not_exist_cannot_be_signed(database: Database, supervisor: SignedIn) -> None:
    async with database.sessions() as session:
        with pytest.raises(NotFoundError):
            await decide_unreachable(session, 4711, user=supervisor, reason="gone", now=NOW, settings=SETTINGS)
