"""The business calendar over HTTP and in the database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from callcenter.accounts.rights import Role
from callcenter.callbacks.service import refresh
from callcenter.callbacks.tables import EpisodeRow
from callcenter.hours import service, store
from callcenter.hours.rules import CalendarEntry, DayKind, Source
from callcenter.hours.tables import CalendarDay
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.callback_examples import lost, store_confirmed
from tests.integration.conftest import NOW, Clock, command
from tests.integration.test_astdb_sync import Pbx

SETTINGS = Settings(data_dir=Path("/nowhere"))
TODAY = date(2026, 11, 23)
USUAL = [{"opens": "08:30", "closes": "17:30"}]


@pytest.fixture
async def published(database: Database) -> None:
    async with database.sessions.begin() as session:
        await service.take_in_published(session, TODAY, NOW)


@pytest.fixture
def supervisor(as_role: dict[Role, dict[str, str]]) -> dict[str, str]:
    return as_role[Role.SUPERVISOR]


async def push_all(database: Database, at: datetime) -> None:
    async with database.sessions.begin() as session:
        wanted = await service.list_wanted(session, TODAY)
        await store.save_pushed(session, "pbx1", wanted, at)


async def get_day(client: httpx.AsyncClient, headers: dict[str, str], day: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/hours?from_day={day}&to_day={day}", headers=headers)
    (found,) = answer.json()["items"]
    return dict(found)


@pytest.mark.usefixtures("published")
async def test_a_day_is_as_published_until_a_supervisor_decides_and_again_after_that_is_taken_back(
    client: httpx.AsyncClient, supervisor: dict[str, str], clock: Clock
) -> None:
    clock.now = datetime(2026, 2, 13, 16, tzinfo=UTC)
    path = "/api/v1/hours/days/2026-02-14"
    body = {"kind": "day_off", "note": "power cut"}
    assert (await client.put(path, json=body, headers=supervisor)).status_code == 200
    assert await get_day(client, supervisor, "2026-02-14") == {
        "day": "2026-02-14",
        "kind": "day_off",
        "spans": [],
        "source": "local",
        "note": "power cut",
        "pushed_at": None,
        "is_pushed": False,
    }
    assert (await client.delete(path, headers=supervisor)).status_code == 204
    assert (await client.delete(path, headers=supervisor)).status_code == 404
    day = await get_day(client, supervisor, "2026-02-14")
    assert (day["kind"], day["spans"], day["source"], day["note"]) == ("workday", USUAL, "published", "调休上班")


@pytest.mark.usefixtures("published")
async def test_the_hours_of_a_past_day_stay_as_they_were_from_midnight_of_the_office_on(
    client: httpx.AsyncClient, supervisor: dict[str, str], clock: Clock
) -> None:
    path = "/api/v1/hours/days/2026-11-24"
    clock.now = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    assert (await client.put(path, json={"kind": "day_off"}, headers=supervisor)).status_code == 200
    clock.now = datetime(2026, 11, 24, 16, tzinfo=UTC)
    changed = await client.put(path, json={"kind": "workday"}, headers=supervisor)
    taken_back = await client.delete(path, headers=supervisor)
    assert {(answer.status_code, answer.json()["detail"]) for answer in (changed, taken_back)} == {
        (409, "The hours of a past day stay as they were.")
    }
    assert (await get_day(client, supervisor, "2026-11-24"))["kind"] == "day_off"


@pytest.mark.usefixtures("published")
async def test_hours_of_a_weekday_hold_for_workdays_and_those_of_a_date_go_before_them(
    client: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    morning = [{"opens": "09:00", "closes": "12:00"}]
    answer = await client.put("/api/v1/hours/weekdays/1", json={"spans": morning}, headers=supervisor)
    assert answer.json() == {"weekday": 1, "spans": morning}
    late = [{"opens": "20:00", "closes": "24:00"}]
    body = {"kind": "workday", "spans": late}
    await client.put("/api/v1/hours/days/2026-12-01", json=body, headers=supervisor)
    days = (await client.get("/api/v1/hours?from_day=2026-11-23&to_day=2026-12-01", headers=supervisor)).json()["items"]
    assert [day["spans"] for day in days] == [USUAL, morning, USUAL, USUAL, USUAL, [], [], USUAL, late]
    weekdays = (await client.get("/api/v1/hours/weekdays", headers=supervisor)).json()["items"]
    assert [day["spans"] for day in weekdays] == [USUAL, morning, *[USUAL] * 5]


@pytest.mark.parametrize(
    "spans",
    [
        [{"opens": "12:00", "closes": "09:00"}],
        [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}],
    ],
)
async def test_spans_that_make_no_day_are_refused(
    client: httpx.AsyncClient, supervisor: dict[str, str], spans: list[dict[str, str]]
) -> None:
    body = {"kind": "workday", "spans": spans}
    assert (await client.put("/api/v1/hours/days/2026-12-01", json=body, headers=supervisor)).status_code == 400


@pytest.mark.usefixtures("published")
async def test_now_says_whether_it_is_open_and_when_it_opens_next(
    client: httpx.AsyncClient, supervisor: dict[str, str], clock: Clock, database: Database, app: FastAPI
) -> None:
    await push_all(database, NOW)
    assert (await client.get("/api/v1/hours/now", headers=supervisor)).json() == {
        "is_open": True,
        "by_hand": None,
        "pbxs": [{"pbx": "pbx1", "is_open": True, "by_hand": None}],
        "next_opening_at": "2026-11-24T00:30:00.000Z",
        "pushed_at": "2026-11-23T08:00:00.000Z",
    }
    pbx = Pbx()
    pbx.told = {"hours/12315": "closed"}
    command(app, pbx)
    now = (await client.get("/api/v1/hours/now", headers=supervisor)).json()
    assert (now["is_open"], now["by_hand"], now["next_opening_at"]) == (False, False, "2026-11-24T00:30:00.000Z")
    pbx.told = {}
    clock.now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    now = (await client.get("/api/v1/hours/now", headers=supervisor)).json()
    assert (now["is_open"], now["next_opening_at"]) == (False, "2026-11-30T00:30:00.000Z")


async def warning_kinds(client: httpx.AsyncClient, headers: dict[str, str]) -> list[str]:
    items = (await client.get("/api/v1/alarms", headers=headers)).json()["items"]
    return sorted(item["kind"] for item in items)


@pytest.mark.usefixtures("published")
async def test_a_calendar_that_is_missing_in_december_and_a_push_older_than_a_day_are_warned_of(
    client: httpx.AsyncClient, supervisor: dict[str, str], clock: Clock, database: Database
) -> None:
    assert await warning_kinds(client, supervisor) == ["push_late"]
    await push_all(database, NOW)
    assert await warning_kinds(client, supervisor) == []
    clock.now = NOW + timedelta(days=1, seconds=1)
    assert await warning_kinds(client, supervisor) == ["push_late"]
    clock.now = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert await warning_kinds(client, supervisor) == ["push_late"]
    clock.now = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert await warning_kinds(client, supervisor) == ["calendar_missing", "push_late"]


@pytest.mark.usefixtures("published")
async def test_a_change_shows_as_not_pushed_until_the_pbx_has_it(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database
) -> None:
    await push_all(database, NOW)
    assert (await get_day(client, supervisor, "2026-11-24"))["is_pushed"] is True
    await client.put("/api/v1/hours/days/2026-11-24", json={"kind": "day_off"}, headers=supervisor)
    assert (await get_day(client, supervisor, "2026-11-24"))["is_pushed"] is False
    await push_all(database, NOW)
    assert (await get_day(client, supervisor, "2026-11-24"))["is_pushed"] is True


async def test_published_days_are_taken_in_once_and_corrected_by_a_newer_release(database: Database) -> None:
    for at in (NOW, NOW + timedelta(days=1)):
        async with database.sessions.begin() as session:
            await service.take_in_published(session, TODAY, at)
    async with database.sessions.begin() as session:
        day = await session.get_one(CalendarDay, (date(2026, 2, 14), "published"))
        assert (day.kind, day.changed_at) == ("workday", NOW)
        day.kind = "day_off"
    async with database.sessions.begin() as session:
        await service.take_in_published(session, TODAY, NOW + timedelta(days=2))
    async with database.sessions.begin() as session:
        day = await session.get_one(CalendarDay, (date(2026, 2, 14), "published"))
        assert (day.kind, day.changed_at) == ("workday", NOW + timedelta(days=2))


async def test_a_local_closure_moves_the_deadline_of_a_callback(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database
) -> None:
    await client.put("/api/v1/hours/days/2026-11-24", json={"kind": "day_off"}, headers=supervisor)
    after_hours = 12 * 3600
    await store_confirmed(database, [lost(1, after_hours)])
    await refresh(database, SETTINGS)
    async with database.sessions.begin() as session:
        episode = (await session.scalars(select(EpisodeRow))).one()
    assert episode.due_at == datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


async def test_agents_read_and_may_not_write(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> None:
    headers = as_role[Role.AGENT] | {"Content-Type": "application/json"}
    body = json.dumps({"kind": "day_off"})
    assert (await client.put("/api/v1/hours/days/2026-11-24", content=body, headers=headers)).status_code == 403
    assert (await client.get("/api/v1/hours/now", headers=headers)).status_code == 200


async def test_deadlines_and_the_pbx_go_by_one_calendar_whatever_the_package_says_later(database: Database) -> None:
    """As after a correction that was taken in by another process with a newer package."""
    thursday = date(2026, 11, 26)
    async with database.sessions.begin() as session:
        before = (await service.load_is_workday(session))(thursday)
        await service.take_in_published(session, date(2026, 11, 23), NOW)
        off = CalendarEntry(business_date=thursday, kind=DayKind.DAY_OFF, source=Source.PUBLISHED, note="corrected")
        await store.save_entries(session, [off], by=None, at=NOW)
        after = (await service.load_is_workday(session))(thursday)
        (day,) = await service.list_days(session, thursday, thursday, pbxs=["pbx1"])
    assert (before, after, day.kind, day.spans) == (True, False, DayKind.DAY_OFF, ())
