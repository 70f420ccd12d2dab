"""A part that fails is started again; the others, and the calls, do not notice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from callcenter import supervision
from callcenter.accounts.rights import Role
from callcenter.calls.records import Witness
from callcenter.pbx.wire import LINK_STARTED
from callcenter.postgres.database import Database
from callcenter.supervision import PartBeyondRepair, PartState, Supervisor, pause_after
from tests.integration.backend import LIMIT, Backend, Saboteur, serving
from tests.integration.fake_ami import FakeAmi
from tests.scenarios.captures import FOLDER, ami_bytes, cel_facts, cel_rows, messages, records_of, renumbered

SCENARIO = "answered_by_an_agent"
BACK_WITHIN = 10.0


@pytest_asyncio.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi.serving() as fake:
        yield fake


def live(number: int) -> list[bytes]:
    """The events of one call, as the PBX would say them if it was its `number`th."""
    data = renumbered(ami_bytes(SCENARIO), 1000 * number)
    parts = (part for part in messages(data) if part != LINK_STARTED)
    return [part + b"\r\n\r\n" for part in parts if not part.startswith(b"Response: ")]


def rows(number: int) -> list[bytes]:
    return renumbered((FOLDER / SCENARIO / "cel.csv").read_bytes(), 1000 * number).splitlines(keepends=True)


async def is_back(backend: Backend, part: str) -> dict[str, Any]:
    """Wait until health shows that the part was started again; what it shows."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + BACK_WITHIN
    while loop.time() < deadline:
        try:
            health = (await backend.client.get("/health/ready")).json()
        except httpx.HTTPError:
            health = {}  # it is the part that answers
        for shown in health.get("parts", []):
            if shown["part"] == part and shown["state"] == "recovering":
                return dict(health)
        await asyncio.sleep(0.05)
    raise AssertionError(f"{part} is not back")


async def test_an_unexpected_error_in_each_part_in_turn_costs_no_call(
    database: Database,
    pbx: FakeAmi,
    tmp_path: Path,
    as_role: dict[Role, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.2)
    supervisor = Saboteur()
    async with serving(database, pbx, tmp_path, supervisor=supervisor) as backend:
        names = [part.name for part in supervisor.list_parts()]
        for number, name in enumerate(names):
            events, written = live(number), rows(number)
            backend.say(*events[: len(events) // 2])
            backend.write(b"".join(written[: len(written) // 2]))
            supervisor.blow_up(name)
            await asyncio.sleep(0)
            backend.say(*events[len(events) // 2 :])
            backend.write(b"".join(written[len(written) // 2 :]))
            health = await is_back(backend, name)
            assert health["status"] == "degraded"
            await backend.is_heard()
        assert {part.restarts for part in supervisor.list_parts() if not part.name.startswith("recorder: ")} == {1}
        figures = (await backend.client.get("/metrics")).text
        query = text("SELECT count(*) FILTER (WHERE told_by_ledger IS NOT NULL AND outcome = 'answered') FROM calls")
        async with asyncio.timeout(LIMIT):
            while True:
                async with database.engine.connect() as connection:
                    if (await connection.execute(query)).scalar_one() == len(names):
                        break
                await asyncio.sleep(0.05)
        async with asyncio.timeout(LIMIT):
            while True:  # an alarm and its end are written down a moment after the part is back
                answer = await backend.client.get(
                    "/api/v1/alarms?kind=part_failed&limit=200", headers=as_role[Role.SUPERVISOR]
                )
                alarms = answer.json()
                if len(alarms["items"]) >= len(names) and all(alarm["ended_at"] for alarm in alarms["items"]):
                    break
                await asyncio.sleep(0.05)
        gaps = (await backend.client.get("/api/v1/gaps", headers=as_role[Role.SUPERVISOR])).json()["items"]
    assert {"recorder", "recorder: AMI of pbx1", "recorder: ledger of pbx1", "http", "wallboard"} <= set(names)
    for name in names:
        assert f'callcenter_part_restarts_total{{part="{name}"}}' in figures
        assert f'callcenter_part_up{{part="{name}"}} 1.0' in figures
    assert {alarm["part"]["part"] for alarm in alarms["items"]} == set(names)
    assert {alarm["part"]["reason"] for alarm in alarms["items"]} == {
        f"RuntimeError: a defect in {name}" for name in names
    }
    assert {(gap["witness"], gap["reason"]) for gap in gaps} == {("ami", "recorder_down")}, "half a recorder is a gap"
    (expected,) = [record.outcome for record in records_of(cel_facts(cel_rows(SCENARIO)), Witness.LEDGER)]
    assert expected == "answered"


class Faulty:
    """Fails so many times, then runs."""

    def __init__(self, failures: int, error: str = "a defect") -> None:
        self.starts = 0
        self._failures = failures
        self._error = error

    async def run(self) -> None:
        self.starts += 1
        if self.starts <= self._failures:
            raise ValueError(self._error)
        await asyncio.Event().wait()


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


def test_the_pause_grows_with_each_failure_in_a_row() -> None:
    assert [pause_after(number) for number in (1, 2, 3, 4, 5, 6, 7, 8, 1000)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


async def test_the_same_error_is_logged_with_its_traceback_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)
    supervisor, faulty = Supervisor(), Faulty(3, "the line of 13812345678\nis odd")
    with caplog.at_level(logging.ERROR):
        task = asyncio.create_task(supervisor.keep("part", faulty.run))
        async with asyncio.timeout(LIMIT):
            while faulty.starts < 4:
                await asyncio.sleep(0.001)
    (status,) = supervisor.list_parts()
    (*_, last) = supervisor.take_incidents()
    await end(task)
    assert [record.exc_info is not None for record in caplog.records] == [True, False, False]
    assert (status.state, status.restarts) == (PartState.RECOVERING, 3)
    assert (last.failures, last.reason) == (3, "ValueError: the line of 138****5678")
    assert last.back_at is not None
    assert supervisor.list_parts() == []


async def test_a_part_that_ran_well_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(supervision, "RAN_WELL_SECONDS", 0.0)
    supervisor, faulty = Supervisor(), Faulty(7)
    task = asyncio.create_task(supervisor.keep("part", faulty.run, give_up=lambda: supervisor.is_failing("part")))
    async with asyncio.timeout(LIMIT):
        while faulty.starts < 8:
            await asyncio.sleep(0.001)
    (status,) = supervisor.list_parts()
    incidents = {incident.incident_id: incident.failures for incident in supervisor.take_incidents()}
    await end(task)
    assert (status.state, status.restarts) == (PartState.UP, 7)
    assert list(incidents.values()) == [1] * 7


async def test_a_part_that_cannot_be_started_is_given_up_where_that_is_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)
    ended = []
    supervisor, faulty = Supervisor(at_the_end=lambda: ended.append("end")), Faulty(100)
    with pytest.raises(PartBeyondRepair, match=r"^The part part failed 5 times in a row; a fresh process is needed\.$"):
        await supervisor.keep("part", faulty.run, give_up=lambda: supervisor.is_failing("part"))
    assert (faulty.starts, ended) == (5, ["end"])


async def test_a_part_in_which_something_was_cancelled_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)
    starts = []

    async def run() -> None:
        starts.append(1)
        if len(starts) == 1:
            raise asyncio.CancelledError
        await asyncio.Event().wait()

    supervisor = Supervisor()
    task = asyncio.create_task(supervisor.keep("part", run))
    async with asyncio.timeout(LIMIT):
        while len(starts) < 2:
            await asyncio.sleep(0.001)
    await end(task)


async def test_calls_are_recorded_as_long_as_one_witness_is_heard() -> None:
    supervisor, bomb = Saboteur(), asyncio.Event()
    tasks = []
    for name, within in (("recorder", ""), ("AMI", "recorder"), ("ledger", "recorder")):
        tasks.append(asyncio.create_task(supervisor.keep(name, bomb.wait, is_recording=True, within=within)))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    seen = [supervisor.is_recording_down]
    for name in ("AMI", "ledger"):
        supervisor.blow_up(name)
        await asyncio.sleep(0.01)
        seen.append(supervisor.is_recording_down)
    for task in tasks:
        await end(task)
    assert seen == [False, False, True]
