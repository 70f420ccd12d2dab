"""Alarms of the processes: whose they are, when they end, who has taken them in hand, and how long they stay."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.postgres.database import Database
from callcenter.process_alarms import store, worker
from callcenter.supervision import Incident, Supervisor
from tests.integration.conftest import NOW


def incident(name: str, *, back_at: datetime | None = None) -> Incident:
    return Incident(incident_id=name, part=name, failed_at=NOW, failures=1, reason="a defect", back_at=back_at)


async def fail_in(database: Database, process: str, name: str, *, back_at: datetime | None = None) -> None:
    host = process.partition(":")[0]
    async with database.sessions.begin() as session:
        await store.save_incidents(session, [incident(name, back_at=back_at)], host=host, process=process)


async def seen(database: Database, process: str, *, seconds_ago: int) -> None:
    async with database.sessions.begin() as session:
        await store.give_sign(session, process)
        statement = "UPDATE processes SET seen_at = now() - :ago * interval '1 second' WHERE name = :name"
        await session.execute(text(statement), {"ago": seconds_ago, "name": process})


async def down(database: Database) -> list[str]:
    async with database.sessions.begin() as session:
        return sorted(alarm.part for alarm, _ in await store.list_alarms(session, is_down=True))


async def test_a_fresh_process_ends_its_own_alarms_and_those_of_the_gone_and_leaves_its_neighbours_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "host")
    monkeypatch.setattr("os.getpid", lambda: 7)
    for process, name in (
        ("host:7", "own"),
        ("host:8", "neighbour"),
        ("old-name-of-the-host:3", "renamed"),
        ("never-seen:1", "of an older version"),
    ):
        await fail_in(database, process, name)
    await seen(database, "host:8", seconds_ago=40)
    await seen(database, "old-name-of-the-host:3", seconds_ago=70)

    task = asyncio.create_task(worker.save_alarms(database, Supervisor(), lambda: datetime.now(UTC)))
    async with asyncio.timeout(20):
        while await down(database) != ["neighbour"]:
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait({task})
    assert await down(database) == ["neighbour"]


async def test_alarms_that_ended_long_ago_are_removed_and_no_others(database: Database) -> None:
    await fail_in(database, "host:7", "old", back_at=NOW - timedelta(days=91))
    await fail_in(database, "host:7", "new", back_at=NOW - timedelta(days=89))
    await fail_in(database, "host:7", "down")
    async with database.sessions.begin() as session:
        await store.remove_old(session, now=NOW)
        left = {alarm.part for alarm, _ in await store.list_alarms(session)}
    assert left == {"new", "down"}


async def test_a_supervisor_takes_an_alarm_in_hand_once(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    await fail_in(database, "host:7", "wallboard")
    supervisor = as_role[Role.SUPERVISOR]

    async def listed(query: str) -> list[str]:
        items = (await client.get(f"/api/v1/alarms?kind=part_failed&{query}", headers=supervisor)).json()["items"]
        return [item["id"] for item in items]

    (alarm_id,) = await listed("open=true")
    path = f"/api/v1/alarms/{alarm_id}/acknowledgement"
    taken = await client.post(path, headers=supervisor)
    again = await client.post(path, headers=as_role[Role.ADMIN])
    others = [
        (await client.post(f"/api/v1/alarms/{name}/acknowledgement", headers=supervisor)).status_code
        for name in ("part_failed-999", "part_failed-x", "part_failed-99999999999999999999", "fire-1", "push_late-pbx1")
    ]
    (push_late,) = (await client.get("/api/v1/alarms", headers=as_role[Role.AGENT])).json()["items"]
    assert taken.json() == {
        "id": alarm_id,
        "kind": "part_failed",
        "since": "2026-11-23T08:00:00.000Z",
        "ended_at": None,
        "is_open": False,
        "episode_id": None,
        "dial_id": None,
        "call": None,
        "part": {"host": "host", "part": "wallboard", "failures": 1, "reason": "a defect"},
        "message": None,
        "acknowledged_by": "mei-supervisor",
        "acknowledged_at": "2026-11-23T08:00:00.000Z",
    }
    assert (again.status_code, others) == (409, [404, 404, 404, 404, 409])
    assert (push_late["kind"], push_late["since"]) == ("push_late", None), "an agent sees no faults of the system"
    assert (await listed("open=true"), await listed("open=false")) == ([], [alarm_id])
