"""Files go by a rule and with a certificate, held ones stay, and a crash anywhere leaves what is true."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.audio import retention, retention_store
from callcenter.audio.folders import message_folder
from callcenter.audio.retention import keep
from callcenter.audio.rules import Space
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.audio_examples import leave_open
from tests.integration.audio_house import ids, settings_with_folders, take_in_calls, take_in_message
from tests.integration.callback_examples import answered, at
from tests.integration.conftest import Clock

Headers = dict[Role, dict[str, str]]
DAY = 86400.0
OLD, YOUNG = 0.0, 100 * DAY
"""Starts of two calls, in seconds from the example morning."""


def empty(_folder: Path) -> Space:
    return Space(total=10**12, free=10**12)


def free_percent(percent: float) -> Callable[[Path], Space]:
    return lambda _folder: Space(total=1_000_000, free=int(10_000 * percent))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_with_folders(tmp_path, audio_retention_days=200, audio_minimum_retention_days=90)


@pytest.fixture
def app(database: Database, settings: Settings, clock: Clock) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


@pytest.fixture
async def house(database: Database, settings: Settings) -> Database:
    """An old call and a younger one, both recorded."""
    await take_in_calls(database, settings, [answered(1, OLD), answered(2, YOUNG)])
    return database


def calls_on_disk(settings: Settings) -> list[str]:
    assert settings.pbxs[0].recordings_dir is not None
    return sorted(folder.name for folder in settings.pbxs[0].recordings_dir.iterdir())


async def certificates(client: httpx.AsyncClient, as_role: Headers) -> Any:
    return (await client.get("/api/v1/recordings/deletions", headers=as_role[Role.SUPERVISOR])).json()


def day(number: float) -> datetime:
    return at(number * DAY)


async def test_what_was_kept_long_enough_goes_once_with_a_certificate(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    await keep(house, settings, now=day(199), measure=empty)
    assert (await certificates(client, as_role))["items"] == []
    for _ in range(2):
        await keep(house, settings, now=day(201), measure=empty)
    assert calls_on_disk(settings) == ["pbx1-2.0"]
    told = await certificates(client, as_role)
    (certificate,) = told["items"]
    assert (certificate["rule"], certificate["not_removed"], certificate["previous_sha256"]) == ("retention", [], None)
    assert {file["call_id"] for file in certificate["files"]} == {"pbx1-1.0"}
    assert {file["kind"]: file["id"] for file in certificate["files"]} == await ids(house, "pbx1-1.0")
    assert told["breaks"] == []
    await keep(house, settings, now=day(301), measure=empty)
    told = await certificates(client, as_role)
    assert [entry["previous_sha256"] for entry in told["items"]] == [certificate["sha256"], None]
    assert calls_on_disk(settings) == []


async def test_what_is_deleted_is_not_heard_and_says_so(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    await keep(house, settings, now=day(201), measure=empty)
    headers = as_role[Role.SUPERVISOR]
    file_id = (await ids(house, "pbx1-1.0"))["mixed"]
    answer = await client.get(f"/api/v1/recordings/{file_id}/audio", headers=headers | {"X-Reason": "complaint"})
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "The file was deleted; see deletion certificate 1.",
    )
    told = (await client.get("/api/v1/calls/pbx1/pbx1-1.0/recordings", headers=headers)).json()
    assert {item["certificate_id"] for item in told["items"]} == {1}


async def test_a_legal_hold_keeps_everything_of_the_call_until_it_is_released(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    headers = as_role[Role.SUPERVISOR]
    file_ids = await ids(house, "pbx1-1.0")
    hold = f"/api/v1/recordings/{file_ids['mixed']}/legal-hold"
    other = f"/api/v1/recordings/{file_ids['caller']}/legal-hold"
    placed = await client.put(hold, json={"reason": "court 12"}, headers=headers)
    assert (placed.status_code, placed.json()["is_held"]) == (200, True)
    assert (await client.put(other, json={"reason": "court 12"}, headers=headers)).status_code == 409
    await keep(house, settings, now=day(201), measure=lambda _: Space(total=10**7, free=0))
    assert calls_on_disk(settings) == ["pbx1-1.0"], "only the younger one could make room"
    released = await client.delete(f"{other}", headers=headers | {"X-Reason": "verdict"})
    assert (released.status_code, released.json()["is_held"]) == (200, False)
    assert (await client.delete(f"{hold}", headers=headers | {"X-Reason": "verdict"})).status_code == 404
    await keep(house, settings, now=day(202), measure=empty)
    assert calls_on_disk(settings) == []
    async with house.sessions.begin() as session:
        rows = await session.execute(text("SELECT reason, release_reason, placed_by = released_by FROM legal_holds"))
        assert [tuple(row) for row in rows] == [("court 12", "verdict", True)]


async def test_what_agents_wrote_down_about_a_call_goes_with_its_sound_and_a_hold_keeps_both(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    write = "INSERT INTO call_notes SELECT 'pbx1', :call, id, :at, :at, 'sick' FROM users WHERE name = 'mei-agent'"

    async def noted() -> list[str]:
        async with house.sessions.begin() as session:
            return list(await session.scalars(text("SELECT call_id FROM call_notes ORDER BY call_id")))

    async with house.sessions.begin() as session:
        for call in ("pbx1-1.0", "pbx1-2.0"):
            await session.execute(text(write), {"call": call, "at": day(198)})
    file_id = (await ids(house, "pbx1-1.0"))["mixed"]
    hold, headers = f"/api/v1/recordings/{file_id}/legal-hold", as_role[Role.SUPERVISOR]
    await keep(house, settings, now=day(199), measure=empty)
    await client.put(hold, json={"reason": "court"}, headers=headers)
    await keep(house, settings, now=day(201), measure=empty)
    assert await noted() == ["pbx1-1.0", "pbx1-2.0"], "the time is that of the call, and one is held"
    await client.request("DELETE", hold, headers=headers | {"X-Reason": "over"})
    await keep(house, settings, now=day(202), measure=empty)
    assert await noted() == ["pbx1-2.0"]
    await keep(house, settings, now=day(301), measure=empty)
    assert await noted() == []


async def test_a_hold_needs_a_reason(house: Database, client: httpx.AsyncClient, as_role: Headers) -> None:
    hold = f"/api/v1/recordings/{(await ids(house, 'pbx1-1.0'))['mixed']}/legal-hold"
    for body in ({}, {"reason": ""}, {"reason": "a\nb"}, {"reason": "court", "until": "never"}):
        assert (await client.put(hold, json=body, headers=as_role[Role.SUPERVISOR])).status_code == 422


async def test_a_crash_between_certificate_and_removal_is_told_and_made_good(
    house: Database,
    settings: Settings,
    client: httpx.AsyncClient,
    as_role: Headers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class PowerCut(Exception):
        pass

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(retention, "remove_inside", fail)
        with pytest.raises(PowerCut):
            await keep(house, settings, now=day(201), measure=empty)
    file_ids = await ids(house, "pbx1-1.0")
    assert calls_on_disk(settings) == ["pbx1-1.0", "pbx1-2.0"]
    assert (await certificates(client, as_role))["items"][0]["not_removed"] == sorted(file_ids.values())
    address = f"/api/v1/recordings/{file_ids['mixed']}/audio"
    assert (await client.get(address, headers=as_role[Role.SUPERVISOR] | {"X-Reason": "complaint"})).status_code == 404
    await keep(house, settings, now=day(201), measure=empty)
    assert calls_on_disk(settings) == ["pbx1-2.0"]
    told = await certificates(client, as_role)
    assert [entry["not_removed"] for entry in told["items"]] == [[]]


async def test_a_crash_before_the_certificate_is_committed_leaves_everything(
    house: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, client: httpx.AsyncClient, as_role: Headers
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(retention_store, "certify", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await keep(house, settings, now=day(201), measure=empty)
    assert calls_on_disk(settings) == ["pbx1-1.0", "pbx1-2.0"]
    assert (await certificates(client, as_role))["items"] == []
    await keep(house, settings, now=day(201), measure=empty)
    assert calls_on_disk(settings) == ["pbx1-2.0"]


async def test_a_folder_that_is_away_counts_nothing_as_removed(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    assert settings.pbxs[0].recordings_dir is not None
    away = settings.pbxs[0].recordings_dir.with_name("away")
    settings.pbxs[0].recordings_dir.rename(away)
    await keep(house, settings, now=day(201), measure=empty)
    assert len((await certificates(client, as_role))["items"][0]["not_removed"]) == 3
    away.rename(settings.pbxs[0].recordings_dir)
    await keep(house, settings, now=day(201), measure=empty)
    assert calls_on_disk(settings) == ["pbx1-2.0"]


async def test_nobody_says_of_another_pbx_that_its_files_are_gone(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    elsewhere = settings.model_copy(update={"pbxs": (settings.pbxs[0].model_copy(update={"name": "north"}),)})
    await keep(house, elsewhere, now=day(201), measure=free_percent(0))
    assert calls_on_disk(settings) == ["pbx1-1.0", "pbx1-2.0"]
    assert [len(entry["not_removed"]) for entry in (await certificates(client, as_role))["items"]] == [3]
    await keep(house, settings, now=day(201), measure=empty)
    assert calls_on_disk(settings) == ["pbx1-2.0"]
    assert [entry["not_removed"] for entry in (await certificates(client, as_role))["items"]] == [[]]


async def test_the_disk_alarm_comes_long_before_anything_is_deleted(
    house: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def is_alarm() -> float | None:
        return REGISTRY.get_sample_value("callcenter_audio_disk_alarm", {"purpose": "recording", "pbx": "pbx1"})

    await keep(house, settings, now=day(195), measure=free_percent(20))
    assert (is_alarm(), caplog.messages) == (0.0, [])
    await keep(house, settings, now=day(195), measure=free_percent(14))
    assert is_alarm() == 1.0
    assert caplog.messages == ["disk_space_low"]
    assert (vars(caplog.records[0])["purpose"], vars(caplog.records[0])["free_percent"]) == ("recording", 14.0)
    assert calls_on_disk(settings) == ["pbx1-1.0", "pbx1-2.0"]


async def test_at_the_floor_the_oldest_go_first_and_only_as_many_as_needed(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(house, settings, now=day(195), measure=free_percent(4.5))
    assert calls_on_disk(settings) == ["pbx1-1.0", "pbx1-2.0"]
    (certificate,) = (await certificates(client, as_role))["items"]
    assert (certificate["rule"], len(certificate["files"])) == ("disk_nearly_full", 1)
    await keep(house, settings, now=day(195), measure=free_percent(0))
    assert calls_on_disk(settings) == ["pbx1-2.0"]
    deletions = [vars(record) for record in caplog.records if record.message == "disk_full_oldest_deleted"]
    assert [(entry["purpose"], entry["deleted"]) for entry in deletions] == [("recording", 1), ("recording", 2)]
    assert (await certificates(client, as_role))["breaks"] == []


async def test_what_is_younger_than_the_shortest_time_stays_on_a_full_disk_and_that_is_said(
    house: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    await keep(house, settings, now=day(89), measure=free_percent(0))
    assert calls_on_disk(settings) == ["pbx1-1.0", "pbx1-2.0"]
    assert [(record.message, vars(record)["purpose"]) for record in caplog.records] == [
        ("disk_full_nothing_deletable", "recording")
    ]


async def test_a_certificate_that_somebody_changes_shows(
    house: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    await keep(house, settings, now=day(201), measure=empty)
    async with house.sessions.begin() as session:
        await session.execute(
            text("UPDATE deletion_certificates SET certificate = jsonb_set(certificate, '{files}', '[]')")
        )
    assert (await certificates(client, as_role))["breaks"] == ["Deletion certificate 1 was changed."]


async def test_a_message_leaves_the_pbx_once_it_is_ours_and_goes_with_a_certificate(
    database: Database, settings: Settings, client: httpx.AsyncClient, as_role: Headers
) -> None:
    await take_in_message(database, settings, 1)
    assert settings.pbxs[0].voicemail_dir is not None
    inbox = settings.pbxs[0].voicemail_dir / "default/2000/INBOX"
    assert sorted(file.name for file in inbox.iterdir()) == ["msg0001.txt", "msg0001.wav"]
    for _ in range(2):
        await keep(database, settings, now=day(1), measure=empty)
    assert list(inbox.iterdir()) == []
    assert len(list(message_folder(settings).iterdir())) == 1
    await keep(database, settings, now=day(201), measure=empty)
    assert list(message_folder(settings).iterdir()) == []
    (certificate,) = (await certificates(client, as_role))["items"]
    assert [(file["kind"], file["call_id"]) for file in certificate["files"]] == [("message", "pbx1-1.0")]


async def test_a_message_that_was_mended_in_our_copy_leaves_the_pbx_too(database: Database, settings: Settings) -> None:
    await take_in_message(database, settings, 1)
    assert settings.pbxs[0].voicemail_dir is not None
    inbox = settings.pbxs[0].voicemail_dir / "default/2000/INBOX"
    leave_open(inbox / "msg0001.wav")
    await keep(database, settings, now=day(1), measure=empty)
    assert list(inbox.iterdir()) == []


async def test_another_message_under_the_same_number_stays_with_the_pbx(database: Database, settings: Settings) -> None:
    await take_in_message(database, settings, 1)
    assert settings.pbxs[0].voicemail_dir is not None
    inbox = settings.pbxs[0].voicemail_dir / "default/2000/INBOX"
    content = (inbox / "msg0001.wav").read_bytes()
    (inbox / "msg0001.wav").write_bytes(content[:-2])
    await keep(database, settings, now=day(1), measure=empty)
    assert sorted(file.name for file in inbox.iterdir()) == ["msg0001.txt", "msg0001.wav"]
