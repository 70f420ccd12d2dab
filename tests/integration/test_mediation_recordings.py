"""Recordings of mediations: taken in once, heard by whom they concern, kept and deleted like all sound files."""

from __future__ import annotations

import errno
import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from callcenter.accounts.rights import Role as UserRole
from callcenter.accounts.rights import SignedIn
from callcenter.app import create_app
from callcenter.audio.retention import keep
from callcenter.audio.rules import Space
from callcenter.audio.tables import AudioFile
from callcenter.languages import Language
from callcenter.mediation import recording_intake, store
from callcenter.mediation.dossier import get_account
from callcenter.mediation.printed_record import describe_account
from callcenter.mediation.recording_intake import take_in_recordings
from callcenter.mediation.rules import HostWord, MediationState
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.audio_examples import leave_open, write_wav
from tests.integration.audio_house import settings_with_folders
from tests.integration.conftest import NOW, Clock
from tests.integration.test_mediation import Headers, leg_ids, open_mediation, user_id

FILES = ("pbx1-1.0consumer.wav", "pbx1-1.0host.wav", "pbx1-1.0merchant.wav", "room.wav")


REASON = {"X-Reason": "appeal"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_with_folders(tmp_path, mediation_recordings=tmp_path / "mediations", audio_retention_days=200)


@pytest.fixture
def app(database: Database, settings: Settings, clock: Clock) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


async def end(database: Database, mediation_id: int, at: datetime = NOW) -> None:
    async with database.sessions.begin() as session:
        await store.change_mediation(session, mediation_id, state=MediationState.ENDED, ended_at=at)


async def note(database: Database, mediation_id: int, what: HostWord, leg_id: int | None, **event: Any) -> None:
    async with database.sessions.begin() as session:
        values: dict[str, Any] = {"at": NOW + timedelta(seconds=20), "actor": "mei-agent"} | event
        await store.add_event(session, mediation_id, what=what, leg_id=leg_id, **values)


def folder_of(settings: Settings, mediation_id: int) -> Path:
    assert settings.pbxs[0].mediation_recordings is not None
    return settings.pbxs[0].mediation_recordings / str(mediation_id)


async def take_in(database: Database, settings: Settings, minutes: float = 1) -> None:
    assert settings.pbxs[0].mediation_recordings is not None
    await take_in_recordings(database, settings.pbxs[0].mediation_recordings, "pbx1", NOW + timedelta(minutes=minutes))


@pytest.fixture
async def recorded(database: Database, settings: Settings, as_role: Headers) -> int:
    """A mediation of mei-agent that is over, with four files; the merchant refused, and the PBX stopped both."""
    mediation_id = await open_mediation(database)
    for number, name in enumerate(FILES):
        write_wav(folder_of(settings, mediation_id) / name, hertz=500 + 100 * number)
    merchant = (await leg_ids(database, mediation_id))["merchant"]
    await note(database, mediation_id, HostWord.CONSENT, merchant, detail="yes,no")
    for of in (None, merchant):
        await note(database, mediation_id, HostWord.RECORDING_STOPPED, of, actor=store.PBX_ACTOR)
    await end(database, mediation_id)
    await take_in(database, settings)
    return mediation_id


async def files(database: Database) -> list[AudioFile]:
    async with database.sessions.begin() as session:
        return list((await session.scalars(select(AudioFile).order_by(AudioFile.path))).all())


async def ids(database: Database) -> dict[str, int]:
    return {file.path.rpartition("/")[2]: file.id for file in await files(database)}


async def test_files_are_taken_in_once_with_whose_they_are_and_whom_they_hold_who_refused(
    database: Database, settings: Settings, recorded: int
) -> None:
    (folder_of(settings, recorded) / "room.wav").write_bytes(b"changed later")
    await take_in(database, settings, minutes=2)
    found = await files(database)
    refused_at = NOW + timedelta(seconds=20)
    assert [(file.path, file.kind, file.call_id, file.duration, file.refused_at, file.is_silent) for file in found] == [
        (f"{recorded}/{name}", kind, "pbx1-1.0", timedelta(seconds=2), refused, False)
        for name, kind, refused in zip(
            FILES, ("leg", "leg", "leg", "room"), (None, None, refused_at, refused_at), strict=True
        )
    ]


async def test_a_file_that_is_still_written_is_waited_for_and_one_of_a_dead_writer_is_mended(
    database: Database, settings: Settings, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    room = folder_of(settings, mediation_id) / "room.wav"
    whole = write_wav(room)
    leave_open(room)
    (room.parent / "torn.wav").write_bytes(b"no sound at all, and longer than the header of a file of sound")
    (room.parent / "pbx1-1.0host.wav").write_bytes(write_wav(room.parent / "empty.wav", seconds=0))
    touched = room.stat().st_mtime - NOW.timestamp()
    await end(database, mediation_id, NOW + timedelta(seconds=touched))
    await take_in(database, settings, minutes=(touched + 5) / 60)
    assert await files(database) == [], "the PBX may still write"

    await take_in(database, settings, minutes=(touched + 11) / 60)
    [file] = await files(database)
    assert (file.path, file.is_mended, file.sha256) == (
        f"{mediation_id}/room.wav",
        True,
        hashlib.sha256(whole).hexdigest(),
    )
    assert sorted(path.name for path in room.parent.iterdir()) == ["room.wav", "torn.wav"]
    async with database.sessions.begin() as session:
        events = await store.list_events(session, mediation_id)
    assert [event.what for event in events] == ["files_unreadable"]


async def test_files_that_come_late_or_cannot_be_read_at_first_are_taken_in_all_the_same(
    database: Database, settings: Settings, as_role: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    mediation_id = await open_mediation(database)
    folder_of(settings, mediation_id).parent.mkdir(parents=True)
    await end(database, mediation_id)
    await take_in(database, settings, minutes=5 / 60)
    write_wav(folder_of(settings, mediation_id) / "room.wav")

    def is_away(*_asked: object) -> list[str]:
        raise OSError(errno.ESTALE, "Stale file handle")

    with monkeypatch.context() as away:
        away.setattr(recording_intake, "list_inside", is_away)
        await take_in(database, settings, minutes=10)
    assert await files(database) == []
    await take_in(database, settings, minutes=11)
    assert [file.path for file in await files(database)] == [f"{mediation_id}/room.wav"]


async def test_a_host_hears_own_mediations_unless_somebody_refused_and_supervisors_hear_all(
    client: httpx.AsyncClient, database: Database, as_role: Headers, recorded: int
) -> None:
    known = await ids(database)
    heard = {
        (role, name): (
            await client.get(
                f"/api/v1/mediation-recordings/{known[name]}/audio", headers=as_role[role] | {"X-Reason": "appeal"}
            )
        ).status_code
        for role in (UserRole.AGENT, UserRole.SUPERVISOR)
        for name in FILES
    }
    assert heard == {
        (UserRole.AGENT, "pbx1-1.0consumer.wav"): 200,
        (UserRole.AGENT, "pbx1-1.0host.wav"): 200,
        (UserRole.AGENT, "pbx1-1.0merchant.wav"): 404,
        (UserRole.AGENT, "room.wav"): 404,
        **{(UserRole.SUPERVISOR, name): 200 for name in FILES},
    }
    listed = {
        role: len((await client.get("/api/v1/mediation-recordings", headers=as_role[role])).json()["items"])
        for role in (UserRole.AGENT, UserRole.SUPERVISOR)
    }
    assert listed == {UserRole.AGENT: 2, UserRole.SUPERVISOR: 4}


async def test_another_agents_mediation_is_not_heard(
    client: httpx.AsyncClient, database: Database, settings: Settings, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database, host=UserRole.SUPERVISOR)
    write_wav(folder_of(settings, mediation_id) / "room.wav")
    await end(database, mediation_id)
    await take_in(database, settings)
    [file] = await files(database)
    path = f"/api/v1/mediation-recordings/{file.id}/audio"
    assert (await client.get(path, headers=as_role[UserRole.AGENT] | {"X-Reason": "appeal"})).status_code == 404
    assert (await client.get("/api/v1/mediation-recordings", headers=as_role[UserRole.AGENT])).json()["items"] == []


async def test_a_range_is_given_and_every_listening_is_written_down_and_downloading_is_for_supervisors(
    client: httpx.AsyncClient, database: Database, settings: Settings, as_role: Headers, recorded: int
) -> None:
    file_id = (await ids(database))["pbx1-1.0consumer.wav"]
    content = (folder_of(settings, recorded) / "pbx1-1.0consumer.wav").read_bytes()
    base = f"/api/v1/mediation-recordings/{file_id}"
    agent, supervisor = as_role[UserRole.AGENT], as_role[UserRole.SUPERVISOR]
    assert (await client.get(f"{base}/audio", headers=agent)).status_code == 400
    part = await client.get(f"{base}/audio", headers=agent | {"Range": "bytes=16044-"} | {"X-Reason": "appeal"})
    assert (part.status_code, part.content) == (206, content[16044:])
    assert (await client.get(f"{base}/download", headers=agent | {"X-Reason": "court"})).status_code == 403
    whole = await client.get(f"{base}/download", headers=supervisor | {"X-Reason": "court"})
    assert whole.content == content
    told = (await client.get("/api/v1/recordings/listenings", headers=as_role[UserRole.ADMIN])).json()["items"]
    assert [
        tuple(entry[name] for name in ("user", "kind", "reason", "is_download", "from_seconds", "seconds"))
        for entry in told
    ] == [
        ("mei-supervisor", "leg", "court", True, 0.0, 2.0),
        ("mei-agent", "leg", "appeal", False, 1.001, 0.999),
    ]


async def test_the_account_tells_of_each_file_until_when_it_holds_whom(
    client: httpx.AsyncClient, database: Database, as_role: Headers, recorded: int
) -> None:
    told = (await client.get(f"/api/v1/mediations/{recorded}", headers=as_role[UserRole.AGENT])).json()
    legs = {leg["id"]: leg["role"] for leg in told["legs"]}
    refused = "2026-11-23T08:00:20.000Z"
    assert [
        (legs.get(file["leg_id"]), file["seconds"], file["size_bytes"], file["refused_at"], file["stopped_at"])
        for file in told["recordings"]
    ] == [
        ("consumer", 2.0, 32044, None, None),
        ("host", 2.0, 32044, None, None),
        ("merchant", 2.0, 32044, refused, refused),
        (None, 2.0, 32044, refused, refused),
    ]
    assert [file["id"] for file in told["recordings"]] == list((await ids(database)).values())


@pytest.mark.parametrize(
    ("stopped_after", "words"),
    [
        (0, ("录至拒绝录音时：2026-11-23 16:00:20", "recorded until the refusal at 2026-11-23 16:00:20")),
        (
            40,
            (
                "2026-11-23 16:00:20 拒绝录音，2026-11-23 16:01:00 停止录音",
                "refused at 2026-11-23 16:00:20, stopped at 2026-11-23 16:01:00",
            ),
        ),
        (
            None,
            (
                "2026-11-23 16:00:20 拒绝录音，未确认录音已停止",
                "refused at 2026-11-23 16:00:20, and not known to have stopped",
            ),
        ),
    ],
)
async def test_the_printed_record_says_in_both_languages_what_became_of_a_refusal(
    database: Database,
    settings: Settings,
    as_role: Headers,
    stopped_after: float | None,
    words: tuple[str, str],
) -> None:
    mediation_id = await open_mediation(database)
    write_wav(folder_of(settings, mediation_id) / "room.wav")
    consumer = (await leg_ids(database, mediation_id))["consumer"]
    await note(database, mediation_id, HostWord.CONSENT, consumer, detail="yes,no")
    if stopped_after is None:
        await note(database, mediation_id, HostWord.RECORDING_GOES_ON, None, actor="backend", detail="no_answer")
    else:
        at = NOW + timedelta(seconds=20 + stopped_after)
        await note(database, mediation_id, HostWord.RECORDING_STOPPED, None, actor=store.PBX_ACTOR, at=at)
    await end(database, mediation_id)
    await take_in(database, settings)
    async with database.sessions.begin() as session:
        host = SignedIn(user_id=await user_id(session, UserRole.AGENT), name="mei-agent", role=UserRole.AGENT)
        account = await get_account(session, mediation_id, host)
    printed = []
    for language in Language:
        told = describe_account(account, language=language, timezone=ZoneInfo("Asia/Shanghai"), area_code="0519")
        [(_, _, file)] = told["parts"][-1]["rows"]
        printed.append(file.splitlines()[-1])
    assert tuple(printed) == words


async def test_what_was_kept_long_enough_goes_with_a_certificate_unless_it_is_held(
    client: httpx.AsyncClient, database: Database, settings: Settings, as_role: Headers, recorded: int
) -> None:
    def empty(_folder: Path) -> Space:
        return Space(total=10**12, free=10**12)

    file_id = (await ids(database))["room.wav"]
    base = f"/api/v1/mediation-recordings/{file_id}"
    supervisor = as_role[UserRole.SUPERVISOR]
    held = await client.put(f"{base}/legal-hold", json={"reason": "court"}, headers=supervisor)
    assert (held.status_code, held.json()["is_held"], held.json()["mediation_id"]) == (200, True, recorded)
    await keep(database, settings, now=NOW + timedelta(days=201), measure=empty)
    assert folder_of(settings, recorded).is_dir()
    assert (await client.delete(f"{base}/legal-hold", headers=supervisor | {"X-Reason": "over"})).status_code == 200

    await keep(database, settings, now=NOW + timedelta(days=202), measure=empty)
    assert not folder_of(settings, recorded).exists()
    [certificate] = (await client.get("/api/v1/recordings/deletions", headers=supervisor)).json()["items"]
    assert (certificate["rule"], certificate["not_removed"]) == ("retention", [])
    assert sorted(file["path"] for file in certificate["files"]) == [f"{recorded}/{name}" for name in FILES]
    gone = await client.get(f"{base}/audio", headers=supervisor | {"X-Reason": "appeal"})
    assert gone.status_code == 404
    told = (await client.get(f"/api/v1/mediations/{recorded}", headers=supervisor)).json()
    assert [file["certificate_id"] for file in told["recordings"]] == [certificate["id"]] * 4


async def test_a_disk_that_is_nearly_full_loses_the_oldest_mediation(
    database: Database, settings: Settings, recorded: int
) -> None:
    def full(folder: Path) -> Space:
        is_theirs = folder == settings.pbxs[0].mediation_recordings
        return Space(total=1_000_000, free=20_000 if is_theirs else 900_000)

    await keep(database, settings, now=NOW + timedelta(days=100), measure=full)
    assert {file.certificate_id is not None for file in await files(database)} == {True, False}
    left = {path.name for path in folder_of(settings, recorded).iterdir()}
    assert left == {file.path.rpartition("/")[2] for file in await files(database) if file.certificate_id is None}
