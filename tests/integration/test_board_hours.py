"""The hours of the wallboard: today's calls beside what is usual on this day of the week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from callcenter.accounts.rights import Role
from callcenter.calls.records import CallRecord
from callcenter.postgres.database import Database
from callcenter.wallboard import hours
from tests.call_examples import ABANDONED, ANSWERED, MORNING, OPEN, from_ami
from tests.integration.callback_examples import store
from tests.integration.conftest import Clock

PATH = "/api/v1/wallboard/hours"
WEEK = timedelta(weeks=1)


@pytest.fixture
def screen(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SCREEN])
    return client


def moved(call: CallRecord, number: int, by: timedelta) -> CallRecord:
    """The call at another time, under another id."""
    visits = tuple(
        replace(
            visit,
            joined_at=visit.joined_at and visit.joined_at + by,
            left_at=visit.left_at and visit.left_at + by,
            connected_at=visit.connected_at and visit.connected_at + by,
            rings=(),
        )
        for visit in call.queue_visits
    )
    return replace(
        call,
        call_id=f"pbx1-{number}.0",
        started_at=call.started_at + by,
        answered_at=call.answered_at and call.answered_at + by,
        ended_at=call.ended_at and call.ended_at + by,
        queue_visits=visits,
        talks=tuple(replace(talk, from_=talk.from_ + by, to=talk.to and talk.to + by) for talk in call.talks),
    )


async def given(database: Database, *calls: tuple[CallRecord, timedelta]) -> None:
    await store(database, [moved(call, number, by) for number, (call, by) in enumerate(calls)])


async def ask(client: httpx.AsyncClient, queue: str | None = None) -> dict[str, Any]:
    answer = await client.get(PATH, params={} if queue is None else {"queue": queue})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def shown(told: dict[str, Any], of: Iterable[int]) -> list[tuple[int | None, int | None, float | None]]:
    by_hour = {row["hour"]: (row["offered"], row["missed"], row["usual_offered"]) for row in told["hours"]}
    return [by_hour[hour] for hour in of]


async def test_each_hour_of_today_stands_beside_the_mean_of_this_day_of_the_week(
    screen: httpx.AsyncClient, database: Database
) -> None:
    other_queue = replace(ABANDONED, queue_visits=(replace(ABANDONED.queue_visits[0], queue="overflow"),))
    await given(
        database,
        (ANSWERED, timedelta()),
        (ABANDONED, timedelta()),
        (other_queue, timedelta(hours=1)),
        (OPEN, timedelta(hours=2)),
        *((ANSWERED, -weeks * WEEK) for weeks in (1, 1, 1, 2)),
        (other_queue, -WEEK),
        (ANSWERED, -WEEK + timedelta(days=1)),
    )
    told = await ask(screen)
    assert {name: told[name] for name in ("day", "queue", "as_of", "usual_days")} == {
        "day": "2026-11-23",
        "queue": None,
        "as_of": "2026-11-23T08:00:00.000Z",
        "usual_days": 2,
    }
    assert [row["hour"] for row in told["hours"]] == list(range(24))
    assert shown(told, (8, 9, 10, 11, 16, 17)) == [
        (0, 0, 0.0),
        (2, 1, 2.5),
        (1, 1, 0.0),
        (0, 0, 0.0),
        (0, 0, 0.0),
        (None, None, 0.0),
    ]
    assert shown(await ask(screen, "overflow"), (9, 10)) == [(0, 0, 0.5), (1, 1, 0.0)]
    assert shown(await ask(screen, "nowhere"), (9, 17)) == [(0, 0, 0.0), (None, None, 0.0)]


async def test_nothing_is_usual_before_a_week_has_passed_and_older_weeks_count_no_more(
    screen: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    assert shown(await ask(screen), (9,)) == [(0, 0, None)]
    await given(database, (ANSWERED, timedelta()))
    clock.now += 8 * WEEK
    assert shown(await ask(screen), (9,)) == [(0, 0, 0.125)]
    clock.now += WEEK
    told = await ask(screen)
    assert (told["usual_days"], shown(told, (9,))) == (8, [(0, 0, 0.0)])


async def test_what_was_just_counted_is_not_counted_anew_for_the_next_who_asks(
    screen: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    await ask(screen)
    await given(database, (ANSWERED, timedelta()))
    clock.now += hours.TODAY_HOLDS - timedelta(seconds=1)
    assert shown(await ask(screen), (9,)) == [(0, 0, None)]
    clock.now += timedelta(seconds=1)
    assert shown(await ask(screen), (9,)) == [(1, 0, None)]
    clock.now = MORNING + timedelta(days=1)
    assert (await ask(screen))["day"] == "2026-11-24"


async def test_an_hour_counts_by_the_definitions_of_all_figures(screen: httpx.AsyncClient, database: Database) -> None:
    await store(database, [from_ami(ANSWERED), replace(ABANDONED, call_id="pbx1-2.0")])
    board = (await screen.get("/api/v1/wallboard")).json()["document"]["today"]["total"]
    told = await ask(screen)
    counted = [row for row in told["hours"] if row["offered"]]
    assert [(row["offered"], row["missed"]) for row in counted] == [(board["offered"], board["missed"])]
