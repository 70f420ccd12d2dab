"""A change of the calendar moves the deadlines of callers who wait, and hides none that was missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from callcenter.accounts.rights import Role
from callcenter.callbacks.service import refresh
from callcenter.callbacks.tables import EpisodeClaim, EpisodeRow
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.callback_examples import LI, MEI, lost, outbound, store_confirmed
from tests.integration.conftest import Clock

SETTINGS = Settings(data_dir=Path("/nowhere"))
EVENING = 12 * 3600
"""Seconds from 09:00 to 21:00, when the deadline is 10:00 of the next working day."""


def local(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SETTINGS.timezone).astimezone(UTC)


class House:
    """Callers, and a supervisor who decides about days."""

    def __init__(self, database: Database, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> None:
        self.database, self.client = database, client
        self.supervisor, self.agent = as_role[Role.SUPERVISOR], as_role[Role.AGENT]

    async def decide(self, day: int, kind: str | None) -> None:
        path = f"/api/v1/hours/days/2026-11-{day}"
        if kind is None:
            answer = await self.client.delete(path, headers=self.supervisor)
        else:
            answer = await self.client.put(path, json={"kind": kind}, headers=self.supervisor)
        assert answer.status_code < 300, answer.text

    async def follow(self) -> None:
        await refresh(self.database, SETTINGS)

    async def due(self) -> list[datetime | None]:
        """Of each episode, the oldest first."""
        async with self.database.sessions.begin() as session:
            return list((await session.scalars(select(EpisodeRow.due_at).order_by(EpisodeRow.opened_at))).all())

    async def episode_id(self) -> int:
        async with self.database.sessions.begin() as session:
            return (await session.scalars(select(EpisodeRow.id))).one()

    async def notes(self) -> list[tuple[str, str]]:
        path = f"/api/v1/callbacks/{await self.episode_id()}/history"
        history: dict[str, Any] = (await self.client.get(path, headers=self.agent)).json()
        return [(note["user"], note["note"]) for note in history["notes"]]


@pytest.fixture
def house(database: Database, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], clock: Clock) -> House:
    """On Monday the 23rd, at 22:00."""
    clock.now = local(23, 22)
    return House(database, client, as_role)


async def test_a_closure_moves_the_deadline_and_taking_it_back_moves_it_back(house: House) -> None:
    await store_confirmed(house.database, [lost(1, EVENING)])
    await house.follow()
    assert await house.due() == [local(24, 10)]
    await house.decide(24, "day_off")
    await house.follow()
    assert await house.due() == [local(25, 10)]
    await house.decide(24, None)
    await house.follow()
    assert await house.due() == [local(24, 10)]
    moved = "The calendar of 2026-11-24 was changed: the first call back is due {}, no longer {}."
    assert await house.notes() == [
        ("mei-supervisor", moved.format("2026-11-25 10:00", "2026-11-24 10:00")),
        ("mei-supervisor", moved.format("2026-11-24 10:00", "2026-11-25 10:00")),
    ]


async def test_a_closure_declared_after_the_deadline_hides_no_breach_whatever_happens_then(
    house: House, clock: Clock
) -> None:
    await store_confirmed(house.database, [lost(1, EVENING)])
    await house.follow()
    clock.now = local(24, 10, 1)
    await house.decide(24, "day_off")
    clock.now = local(24, 12)
    await house.follow()
    await store_confirmed(house.database, [lost(2, 27 * 3600)])
    await house.follow()
    assert await house.due() == [local(24, 10)]
    stays = "The calendar of 2026-11-24 was changed afterwards: the first call back stays due 2026-11-24 10:00."
    assert await house.notes() == [("mei-supervisor", stays)]
    (row,) = (await house.client.get("/api/v1/callbacks", headers=house.agent)).json()["items"]
    assert row["is_overdue"] is True


async def test_a_day_off_made_a_workday_brings_the_deadline_forward_unless_that_has_passed(
    house: House, clock: Clock
) -> None:
    friday_evening = 4 * 24 * 3600 + EVENING
    await store_confirmed(house.database, [lost(1, friday_evening)])
    await house.follow()
    assert await house.due() == [local(30, 10)]
    clock.now = local(28, 12)
    await house.decide(28, "workday")
    await house.follow()
    assert await house.due() == [local(30, 10)], "nobody could have called by 10:00 any more"
    await house.decide(29, "workday")
    await house.follow()
    assert await house.due() == [local(30, 10)], "by the rule Saturday stands in front of Sunday, and has passed"
    await house.decide(28, None)
    await house.follow()
    assert await house.due() == [local(29, 10)]


async def test_only_deadlines_that_a_day_touches_and_that_nobody_has_met_are_moved(house: House) -> None:
    await store_confirmed(house.database, [lost(1, 0), outbound(2, 600), lost(3, EVENING, caller=LI)])
    await house.follow()
    assert await house.due() == [local(23, 11), local(24, 10)]
    await house.decide(23, "day_off")
    await house.decide(26, "day_off")
    await house.follow()
    assert await house.due() == [local(23, 11), local(24, 10)]


async def test_a_caller_is_claimed_and_their_deadline_moved_at_the_same_time(house: House, clock: Clock) -> None:
    callers = [f"1380000{number:04}" for number in range(20)]
    await store_confirmed(
        house.database, [lost(number, EVENING + number, caller=caller) for number, caller in enumerate(callers)]
    )
    await house.follow()
    await house.decide(24, "day_off")
    clock.now = local(23, 19, 59)

    claims = [house.client.post("/api/v1/callbacks/claim", headers=house.supervisor) for _ in range(len(callers))]
    *answers, _, _ = await asyncio.gather(*claims, house.follow(), house.follow())

    given = {answer.json()["episode_id"] for answer in answers if answer is not None and answer.status_code == 200}
    async with house.database.sessions.begin() as session:
        claimed = (await session.scalars(select(EpisodeClaim.episode_id).where(EpisodeClaim.ended_at.is_(None)))).all()
    assert given == set(claimed)
    assert len(claimed) == 1
    assert await house.due() == [local(25, 10)] * len(callers)


async def test_a_change_that_is_taken_back_before_anybody_followed_it_moves_nothing(house: House) -> None:
    await store_confirmed(house.database, [lost(1, EVENING, caller=MEI)])
    await house.follow()
    await house.decide(24, "day_off")
    await house.decide(24, None)
    await asyncio.gather(*(house.follow() for _ in range(4)))
    assert await house.due() == [local(24, 10)]
    assert await house.notes() == []
