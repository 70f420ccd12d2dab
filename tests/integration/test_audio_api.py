"""Who hears what, how much of it, and what is written down about that."""

from __future__ import annotations

import asyncio
import os
from collections.abc import MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.audio.byte_ranges import Span
from callcenter.audio.playback import AudioAnswer
from callcenter.callbacks.service import refresh
from callcenter.calls.records import Outcome
from callcenter.json_values import moment_to_json
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.audio_house import ids, settings_with_folders, sit, take_in_calls, take_in_message
from tests.integration.callback_examples import answered, at, lost, outbound, still_up, store, store_confirmed
from tests.integration.conftest import Clock

CALL = "pbx1-1.0"
Headers = dict[Role, dict[str, str]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_with_folders(tmp_path)


@pytest.fixture
def app(database: Database, settings: Settings, clock: Clock) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


@pytest.fixture
async def recorded(database: Database, settings: Settings) -> dict[str, int]:
    """Ids of the files of one call, in which agent 1001 talked."""
    await take_in_calls(database, settings, [answered(1, 0)])
    return await ids(database, CALL)


REASON = {"X-Reason": "complaint%2017"}


async def hear(client: httpx.AsyncClient, file_id: int, headers: dict[str, str]) -> httpx.Response:
    return await client.get(f"/api/v1/recordings/{file_id}/audio", headers=REASON | headers)


async def listenings(client: httpx.AsyncClient, as_role: Headers) -> list[dict[str, Any]]:
    told = (await client.get("/api/v1/recordings/listenings", headers=as_role[Role.ADMIN])).json()
    return [{key: entry[key] for key in entry if key not in ("id", "at")} for entry in told["items"]]


async def test_records_name_the_files_that_are_kept_of_their_calls_with_one_question_for_a_whole_page(
    client: httpx.AsyncClient, as_role: Headers, database: Database, settings: Settings
) -> None:
    await take_in_calls(database, settings, [answered(1, 0), answered(2, 100), answered(4, 200)])
    await store_confirmed(database, [lost(3, 150)])
    async with database.engine.begin() as connection:
        certificate = "INSERT INTO deletion_certificates (certificate, sha256) VALUES ('{}', 'x') RETURNING id"
        number = (await connection.execute(text(certificate))).scalar_one()
        deleted = "UPDATE audio_files SET certificate_id = :number WHERE call_id = 'pbx1-4.0' AND kind <> 'mixed'"
        await connection.execute(text(deleted), {"number": number})
    asked: list[str] = []
    event.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda *statement: asked.append(str(statement[2]))
    )
    headers = as_role[Role.AGENT]

    page = (await client.get("/api/v1/calls", headers=headers)).json()
    detail = (await client.get(f"/api/v1/calls/pbx1/{CALL}", headers=headers)).json()

    of_call = [f"{CALL}/{CALL}-notice1795395605{end}.wav" for end in ("-callee", "-caller", "")]
    assert {item["call_id"]: len(item["recordings"]) for item in page["items"]} == {
        "pbx1-4.0": 1,
        "pbx1-3.0": 0,
        "pbx1-2.0": 3,
        "pbx1-1.0": 3,
    }
    assert sorted(page["items"][-1]["recordings"]) == sorted(detail["call"]["recordings"]) == sorted(of_call)
    assert (detail["told_by_ami"]["recordings"], detail["told_by_ledger"]["recordings"]) == ([], [])
    assert len([statement for statement in asked if "audio_files" in statement]) == 2, (
        "one for the page, one for a call"
    )


async def test_a_call_tells_its_files(client: httpx.AsyncClient, as_role: Headers, recorded: dict[str, int]) -> None:
    headers = as_role[Role.SUPERVISOR]
    told = (await client.get(f"/api/v1/calls/pbx1/{CALL}/recordings", headers=headers)).json()
    listed = (await client.get("/api/v1/recordings?day=2026-11-23&kind=caller", headers=headers)).json()
    assert told["missing"] is None
    assert {item["kind"]: item["id"] for item in told["items"]} == recorded
    (caller,) = listed["items"]
    assert caller | {"sha256": "", "taken_in_at": ""} == {
        "id": recorded["caller"],
        "pbx": "pbx1",
        "call_id": CALL,
        "kind": "caller",
        "started_at": "2026-11-23T01:00:10.000Z",
        "notice_at": "2026-11-23T01:00:05.000Z",
        "seconds": 2.0,
        "bytes": 32044,
        "sha256": "",
        "is_silent": False,
        "is_mended": False,
        "taken_in_at": "",
        "is_held": False,
        "certificate_id": None,
    }
    for elsewhere in ("day=2026-11-24", "pbx=north", "call_id=pbx1-2.0"):
        assert (await client.get(f"/api/v1/recordings?{elsewhere}", headers=headers)).json()["items"] == []


async def test_pages_follow_each_other(
    client: httpx.AsyncClient, as_role: Headers, database: Database, settings: Settings
) -> None:
    await take_in_calls(database, settings, [answered(number, 100.0 * number) for number in range(1, 4)])
    seen: list[int] = []
    before = ""
    while True:
        address = f"/api/v1/recordings?limit=4{before}"
        page = (await client.get(address, headers=as_role[Role.SUPERVISOR])).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        before = f"&cursor={page['next']}"
    assert len(seen) == 9
    assert seen == sorted(set(seen), reverse=True)


async def test_a_call_without_files_tells_why(client: httpx.AsyncClient, as_role: Headers, database: Database) -> None:
    await store_confirmed(database, [lost(1, 0), answered(2, 100), outbound(3, 200)])
    await store(database, [still_up(answered(4, 300))])
    told = {}
    for number in range(1, 5):
        address = f"/api/v1/calls/pbx1/pbx1-{number}.0/recordings"
        told[number] = (await client.get(address, headers=as_role[Role.AGENT])).json()["missing"]
    assert told == {1: "never_answered", 2: "not_looked_yet", 3: "never_answered", 4: "still_up"}
    nowhere = await client.get("/api/v1/calls/pbx1/nowhere/recordings", headers=as_role[Role.AGENT])
    assert nowhere.status_code == 404


async def test_a_supervisor_hears_it_and_that_is_written_down(
    client: httpx.AsyncClient, as_role: Headers, recorded: dict[str, int], settings: Settings
) -> None:
    answer = await hear(client, recorded["caller"], as_role[Role.SUPERVISOR])
    assert settings.pbxs[0].recordings_dir is not None
    (file,) = settings.pbxs[0].recordings_dir.glob("*/*-caller.wav")
    assert (answer.status_code, answer.content) == (200, file.read_bytes())
    told = {name: answer.headers[name] for name in ("content-type", "content-length", "accept-ranges", "cache-control")}
    assert told == {
        "content-type": "audio/wav",
        "content-length": "32044",
        "accept-ranges": "bytes",
        "cache-control": "no-store",
    }
    assert answer.headers["content-disposition"] == f'inline; filename="{CALL}-caller.wav"'
    assert await listenings(client, as_role) == [
        {
            "file_id": recorded["caller"],
            "pbx": "pbx1",
            "call_id": CALL,
            "kind": "caller",
            "user": "mei-supervisor",
            "reason": "complaint 17",
            "is_download": False,
            "from_seconds": 0.0,
            "seconds": 2.0,
        }
    ]


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "part", "heard"),
    [
        ({"Range": "bytes=0-1"}, 206, "bytes 0-1/32044", slice(0, 2), (0.0, 0.0)),
        ({"Range": "bytes=16044-"}, 206, "bytes 16044-32043/32044", slice(16044, None), (1.001, 0.999)),
        ({"Range": "bytes=-8000"}, 206, "bytes 24044-32043/32044", slice(-8000, None), (1.501, 0.499)),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200, None, slice(None), (0.0, 2.0)),
        ({"Range": "bytes=0-1,4-5"}, 200, None, slice(None), (0.0, 2.0)),
    ],
)
async def test_a_range_is_given_and_written_down(
    client: httpx.AsyncClient,
    as_role: Headers,
    recorded: dict[str, int],
    asked: dict[str, str],
    status: int,
    content_range: str | None,
    part: slice,
    heard: tuple[float, float],
) -> None:
    whole = await hear(client, recorded["mixed"], as_role[Role.SUPERVISOR])
    answer = await hear(client, recorded["mixed"], as_role[Role.SUPERVISOR] | asked)
    assert (answer.status_code, answer.headers.get("content-range")) == (status, content_range)
    assert answer.content == whole.content[part]
    entry = (await listenings(client, as_role))[0]
    assert (entry["from_seconds"], entry["seconds"]) == heard
    same = asked | {"If-Range": whole.headers["etag"]}
    if status == 206:
        assert (await hear(client, recorded["mixed"], as_role[Role.SUPERVISOR] | same)).status_code == 206


async def test_a_range_behind_the_end_is_refused_and_nobody_has_listened(
    client: httpx.AsyncClient, as_role: Headers, recorded: dict[str, int]
) -> None:
    asked = as_role[Role.SUPERVISOR] | {"Range": "bytes=40000-"}
    answer = await hear(client, recorded["mixed"], asked)
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */32044")
    assert answer.headers["content-type"] == "application/problem+json"
    assert await listenings(client, as_role) == []


@pytest.mark.parametrize("reason", [None, "", "a", "%20%20%20", "a%00b"])
async def test_nobody_hears_a_recording_without_saying_why(
    client: httpx.AsyncClient, as_role: Headers, recorded: dict[str, int], reason: str | None
) -> None:
    headers = as_role[Role.ADMIN] | ({} if reason is None else {"X-Reason": reason})
    answer = await client.get(f"/api/v1/recordings/{recorded['mixed']}/audio", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("interface", "since", "until", "may_hear"),
    [
        ("PJSIP/1001", -3600, None, True),
        ("PJSIP/1001", -3600, 40, True),
        ("PJSIP/1001", 40, 3600, True),
        ("PJSIP/1001", -3600, 5, False),
        ("PJSIP/1001", 100, None, False),
        ("Local/1001@agent-phone/n", -3600, None, True),
        ("PJSIP/1002", -3600, None, False),
        ("PJSIP/100", -3600, None, False),
    ],
    ids=[
        "all day",
        "until in the talk",
        "from in the talk",
        "before",
        "afterwards",
        "at home",
        "elsewhere",
        "a longer number",
    ],
)
async def test_an_agent_hears_the_calls_in_which_they_talked_and_no_others(
    client: httpx.AsyncClient,
    as_role: Headers,
    database: Database,
    recorded: dict[str, int],
    interface: str,
    since: float,
    until: float | None,
    may_hear: bool,
) -> None:
    headers = as_role[Role.AGENT]
    left = None if until is None else at(until)
    await sit(database, "mei-agent", interface=interface, since=at(since), until=left)
    heard = await hear(client, recorded["mixed"], headers)
    listed = (await client.get("/api/v1/recordings", headers=headers)).json()["items"]
    of_call = (await client.get(f"/api/v1/calls/pbx1/{CALL}/recordings", headers=headers)).json()
    assert heard.status_code == (200 if may_hear else 404)
    assert len(listed) == len(of_call["items"]) == (3 if may_hear else 0)
    assert of_call["missing"] is None
    assert len(await listenings(client, as_role)) == may_hear


async def test_whose_call_it_was_is_asked_of_the_pbx_it_was_on(
    client: httpx.AsyncClient, as_role: Headers, database: Database, recorded: dict[str, int]
) -> None:
    await sit(database, "mei-agent", since=at(-60))
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE agent_sign_ons SET pbx = 'north'"))
    assert (await hear(client, recorded["mixed"], as_role[Role.AGENT])).status_code == 404


async def test_downloading_is_a_right_of_its_own(
    client: httpx.AsyncClient, as_role: Headers, database: Database, recorded: dict[str, int]
) -> None:
    await sit(database, "mei-agent", since=at(-60))
    address = f"/api/v1/recordings/{recorded['mixed']}/download"
    assert (await client.get(address, headers=as_role[Role.AGENT] | REASON)).status_code == 403
    answer = await client.get(address, headers=as_role[Role.SUPERVISOR] | REASON)
    assert answer.headers["content-disposition"] == f'attachment; filename="{CALL}-mixed.wav"'
    (entry,) = await listenings(client, as_role)
    assert (entry["user"], entry["is_download"], entry["reason"]) == ("mei-supervisor", True, "complaint 17")


async def test_a_file_that_is_not_what_was_taken_in_is_not_given(
    client: httpx.AsyncClient, as_role: Headers, recorded: dict[str, int], settings: Settings, tmp_path: Path
) -> None:
    assert settings.pbxs[0].recordings_dir is not None
    (longer,) = settings.pbxs[0].recordings_dir.glob("*/*-caller.wav")
    longer.write_bytes(longer.read_bytes() + b"more")
    (linked,) = settings.pbxs[0].recordings_dir.glob("*/*-callee.wav")
    linked.rename(tmp_path / "moved.wav")
    linked.symlink_to(tmp_path / "moved.wav")
    for kind in ("caller", "callee"):
        answer = await hear(client, recorded[kind], as_role[Role.SUPERVISOR])
        assert answer.status_code == 404
    assert await listenings(client, as_role) == []


async def test_a_download_is_what_was_taken_in_to_the_byte(
    client: httpx.AsyncClient, as_role: Headers, recorded: dict[str, int], settings: Settings
) -> None:
    assert settings.pbxs[0].recordings_dir is not None
    (changed,) = settings.pbxs[0].recordings_dir.glob("*/*-caller.wav")
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    address = f"/api/v1/recordings/{recorded['caller']}/download"
    assert (await client.get(address, headers=as_role[Role.SUPERVISOR] | REASON)).status_code == 404
    assert await listenings(client, as_role) == []


async def test_a_message_is_no_recording_and_a_recording_no_message(
    client: httpx.AsyncClient,
    as_role: Headers,
    database: Database,
    settings: Settings,
    recorded: dict[str, int],
) -> None:
    await take_in_message(database, settings, 2, 100)
    message = (await ids(database, "pbx1-2.0"))["message"]
    headers = as_role[Role.ADMIN]
    assert (await hear(client, message, headers)).status_code == 404
    assert (await client.get(f"/api/v1/messages/{recorded['mixed']}/audio", headers=headers)).status_code == 404
    assert (await client.get("/api/v1/calls/pbx1/pbx1-2.0/recordings", headers=headers)).json()["items"] == []


async def test_a_message_says_who_heard_it_first_and_whose_call_back_it_belongs_to(
    client: httpx.AsyncClient, as_role: Headers, database: Database, settings: Settings, clock: Clock
) -> None:
    await take_in_message(database, settings, 2, 100)
    await take_in_message(database, settings, 3, 200)
    await refresh(database, settings)
    agent, supervisor = as_role[Role.AGENT], as_role[Role.SUPERVISOR]

    async def listed(query: str = "") -> list[tuple[str, str | None, str | None]]:
        items = (await client.get(f"/api/v1/messages{query}", headers=agent)).json()["items"]
        return [(item["call_id"], item["heard_by"], item["heard_at"]) for item in items]

    (last, first) = (await client.get("/api/v1/messages", headers=agent)).json()["items"]
    (episode,) = (await client.get("/api/v1/callbacks", headers=agent)).json()["items"]
    assert [last["episode_id"], first["episode_id"]] == [episode["id"]] * 2
    path = f"/api/v1/messages/{first['id']}/audio"
    await client.get(path, headers={**agent, "Range": "bytes=0-99"})
    assert await listed("?heard=true") == [], "a glance at its header is no hearing"
    began_at = moment_to_json(clock.now)
    for part in (f"0-{first['bytes'] // 3}", f"{first['bytes'] // 3}-{first['bytes'] - 1}"):
        await client.get(path, headers={**supervisor, "Range": f"bytes={part}"})
        clock.now += timedelta(seconds=5)
    await client.get(path, headers=as_role[Role.ADMIN])
    assert await listed("?heard=true") == [("pbx1-2.0", "mei-supervisor", began_at)]
    assert await listed("?heard=false") == [("pbx1-3.0", None, None)]
    assert len(await listed()) == 2


async def test_messages_are_listed_with_numbers_for_supervisors_who_say_why_and_played_by_all(
    client: httpx.AsyncClient, as_role: Headers, database: Database, settings: Settings
) -> None:
    await take_in_message(database, settings, 2, 100)
    assert lost(2, 100, outcome=Outcome.VOICEMAIL).caller_number == "+8613812345678"
    numbers = {}
    for role in (Role.AGENT, Role.SUPERVISOR):
        asked = "/api/v1/messages?day=2026-11-23&silent=false"
        (masked,) = (await client.get(asked, headers=as_role[role])).json()["items"]
        assert masked["caller_number"] == "138****5678"
        unmasked = await client.get(asked, headers=as_role[role] | REASON)
        (item,) = unmasked.json()["items"] if unmasked.status_code == 200 else (masked,)
        numbers[role] = item["caller_number"]
        played = await client.get(f"/api/v1/messages/{item['id']}/audio", headers=as_role[role])
        assert (played.status_code, len(played.content)) == (200, item["bytes"])
    assert numbers == {Role.AGENT: "138****5678", Role.SUPERVISOR: "+8613812345678"}
    assert (await client.get("/api/v1/messages?silent=true", headers=as_role[Role.AGENT])).json()["items"] == []
    assert (await client.get("/api/v1/messages?mailbox=2001", headers=as_role[Role.AGENT])).json()["items"] == []
    assert [(entry["user"], entry["kind"]) for entry in await listenings(client, as_role)] == [
        ("mei-supervisor", "message"),
        ("mei-agent", "message"),
    ]
    log = (await client.get("/api/v1/access-log", headers=as_role[Role.ADMIN])).json()["items"]
    assert [(entry["user"], entry["what"]) for entry in log] == [("mei-supervisor", "caller_number (complaint 17)")]


async def test_who_goes_away_was_sent_no_more_than_that(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    file.write_bytes(bytes(10_000_000))
    told: list[int] = []
    is_gone = asyncio.Event()
    sent = 0

    async def note(count: int) -> None:
        told.append(count)

    async def receive() -> MutableMapping[str, Any]:
        await is_gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal sent
        sent += len(message.get("body", b""))
        if sent >= 200_000:
            is_gone.set()
        await asyncio.sleep(0)

    descriptor = os.open(file, os.O_RDONLY)
    answer = AudioAnswer(descriptor, Span(first=0, last=9_999_999), note, status_code=200, headers={})
    await answer({"type": "http"}, receive, send)
    assert told == [sent]
    assert 200_000 <= sent < 1_000_000
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


async def test_an_answer_that_is_broken_off_closes_its_file_and_tells_what_was_sent(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    file.write_bytes(bytes(1_000_000))
    told: list[int] = []

    async def note(count: int) -> None:
        told.append(count)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        if len(message.get("body", b"")) > 0:
            raise ConnectionResetError

    descriptor = os.open(file, os.O_RDONLY)
    answer = AudioAnswer(descriptor, Span(first=0, last=999_999), note, status_code=200, headers={})
    with pytest.raises(ConnectionResetError):
        await answer({"type": "http"}, receive, send)
    assert told == [0]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


async def test_the_storage_tells_how_full_it_is(
    client: httpx.AsyncClient, as_role: Headers, recorded: dict[str, int], clock: Clock
) -> None:
    clock.now = at(0) + timedelta(days=1)
    told = (await client.get("/api/v1/recordings/storage", headers=as_role[Role.SUPERVISOR])).json()
    assert [disk["purpose"] for disk in told["disks"]] == ["recording"]
    assert 0 < told["disks"][0]["free_bytes"] <= told["disks"][0]["total_bytes"]
    assert (told["oldest_deletable_at"], told["due_calls"]) == ("2026-11-23T01:00:10.000Z", 0)
