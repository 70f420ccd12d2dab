"""Every answered call of a day has a recording, a reason why not, or is found as one that has neither."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.audio.intake import take_in_due
from callcenter.audio.rules import Purpose
from callcenter.audio.tables import AudioMissing
from callcenter.calls.records import Direction
from callcenter.outbox.tables import PendingChange
from callcenter.postgres.database import Database
from callcenter.recordings.intake import look
from callcenter.settings import Settings
from tests.audio_examples import record
from tests.integration.audio_house import settings_with_folders, take_in_calls
from tests.integration.callback_examples import answered, lost, outbound, still_up, store, store_confirmed
from tests.integration.conftest import Clock

DAY = "2026-11-23"
Headers = dict[Role, dict[str, str]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_with_folders(tmp_path)


@pytest.fixture
def app(database: Database, settings: Settings, clock: Clock) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


@pytest.fixture
async def day(database: Database, settings: Settings) -> None:
    """Recorded are calls 1 and 2; 3 and 4 left no file, 5 no sound; over 6 nobody has looked, 7 was forgotten."""
    assert settings.pbxs[0].recordings_dir is not None
    await take_in_calls(database, settings, [answered(1, 0), outbound(2, 100, is_answered=True)])
    record(settings.pbxs[0].recordings_dir, "pbx1-5.0", seconds=0)
    unrecorded = [answered(3, 200), outbound(4, 300, is_answered=True), answered(5, 400), answered(7, 600)]
    nothing_to_record = [lost(8, 700), outbound(9, 800), replace(answered(10, 900), direction=Direction.INTERNAL)]
    tomorrow = answered(11, 86400)
    await store_confirmed(database, [*unrecorded, *nothing_to_record, tomorrow])
    await take_in_due(database, Purpose.RECORDING, "pbx1", partial(look, settings.pbxs[0].recordings_dir))
    await store_confirmed(database, [answered(6, 500)])
    await store(database, [still_up(answered(12, 1000))])
    async with database.sessions.begin() as session:
        await session.execute(delete(AudioMissing).where(AudioMissing.call_id == "pbx1-7.0"))
        await session.execute(delete(PendingChange).where(PendingChange.key == "pbx1-7.0"))


async def ask(client: httpx.AsyncClient, as_role: Headers, more: str = "") -> dict[str, Any]:
    answer = await client.get(f"/api/v1/recordings/missing?day={DAY}{more}", headers=as_role[Role.SUPERVISOR])
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.usefixtures("day")
async def test_the_account_of_a_day_is_whole_and_names_what_nobody_can_explain(
    client: httpx.AsyncClient, as_role: Headers
) -> None:
    told = await ask(client, as_role)
    assert {key: told[key] for key in told if key != "items"} == {
        "day": DAY,
        "answered": 7,
        "recorded": 2,
        "by_reason": {"no_file": 2, "no_sound": 1, "not_looked_yet": 1},
        "unexplained": 1,
        "next": None,
    }
    assert [(item["call_id"], item["direction"], item["reason"]) for item in told["items"]] == [
        ("pbx1-7.0", "inbound", None),
        ("pbx1-6.0", "inbound", "not_looked_yet"),
        ("pbx1-5.0", "inbound", "no_sound"),
        ("pbx1-4.0", "outbound", "no_file"),
        ("pbx1-3.0", "inbound", "no_file"),
    ]
    assert [item["noted_at"] is not None for item in told["items"]] == [False, False, True, True, True]
    assert (told["items"][-1]["started_at"], told["items"][-1]["answered_at"]) == (
        "2026-11-23T01:03:20.000Z",
        "2026-11-23T01:03:30.000Z",
    )


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("&reason=no_file", ["pbx1-4.0", "pbx1-3.0"]),
        ("&reason=not_looked_yet", ["pbx1-6.0"]),
        ("&reason=joined", []),
        ("&unexplained=true", ["pbx1-7.0"]),
        ("&unexplained=true&reason=no_file", []),
    ],
)
async def test_calls_are_found_by_reason_and_those_without_one_too(
    client: httpx.AsyncClient, as_role: Headers, asked: str, found: list[str]
) -> None:
    told = await ask(client, as_role, asked)
    assert [item["call_id"] for item in told["items"]] == found
    assert (told["answered"], told["unexplained"]) == (7, 1)


@pytest.mark.usefixtures("day")
async def test_pages_follow_each_other_while_calls_are_added(
    client: httpx.AsyncClient, as_role: Headers, database: Database
) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = await ask(client, as_role, f"&limit=2{cursor}")
        seen += [item["call_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        await store_confirmed(database, [answered(20 + len(seen), 2000.0 + len(seen))])
    assert seen == ["pbx1-7.0", "pbx1-6.0", "pbx1-5.0", "pbx1-4.0", "pbx1-3.0"]


@pytest.mark.usefixtures("day")
async def test_a_day_must_be_named(client: httpx.AsyncClient, as_role: Headers) -> None:
    answer = await client.get("/api/v1/recordings/missing", headers=as_role[Role.SUPERVISOR])
    assert answer.status_code == 422
