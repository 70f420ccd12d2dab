"""Sound files are taken in once, finished and whole, whatever interrupts that; without them stands a reason."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from callcenter.accounts.rights import Role, SignedIn
from callcenter.audio import intake
from callcenter.audio import store as audio_store
from callcenter.audio.intake import Found, NotYet, take_in_due
from callcenter.audio.intake_store import DueCall, is_due_for
from callcenter.audio.rules import MissingReason, Purpose
from callcenter.audio.tables import AudioFile, AudioMissing
from callcenter.calls.records import CallRecord, Direction, Outcome, Talk, TalkKind, Voicemail
from callcenter.outbox.tables import PendingChange
from callcenter.postgres.database import Database
from callcenter.recordings import service as recordings_service
from callcenter.recordings.intake import look as look_for_recordings
from callcenter.voicemail.intake import look as look_for_messages
from tests.audio_examples import leave_message, leave_open, record, write_wav
from tests.integration.callback_examples import answered, lost, outbound, store, store_confirmed

PBX = "pbx1"
CALL = "pbx1-1.0"


@pytest.fixture
def monitor(tmp_path: Path) -> Path:
    folder = tmp_path / "monitor"
    folder.mkdir()
    return folder


@pytest.fixture
def voicemail(tmp_path: Path) -> Path:
    folder = tmp_path / "voicemail"
    folder.mkdir()
    return folder


async def take_in(database: Database, folder: Path | None) -> None:
    while await take_in_due(database, Purpose.RECORDING, PBX, partial(look_for_recordings, folder)):
        pass


async def take_over(database: Database, folder: Path | None, kept: Path) -> None:
    while await take_in_due(database, Purpose.MESSAGE, PBX, partial(look_for_messages, folder, kept)):
        pass


async def files(database: Database) -> list[AudioFile]:
    async with database.sessions.begin() as session:
        return list((await session.scalars(select(AudioFile).order_by(AudioFile.path))).all())


async def reasons(database: Database) -> dict[str, str]:
    async with database.sessions.begin() as session:
        return {row.call_id: row.reason for row in await session.scalars(select(AudioMissing))}


async def due(database: Database) -> list[tuple[str, str]]:
    async with database.sessions.begin() as session:
        keys = select(PendingChange.key).distinct().order_by(PendingChange.key)
        return [
            (purpose.value, call_id)
            for purpose in (Purpose.MESSAGE, Purpose.RECORDING)
            for call_id in await session.scalars(keys.where(is_due_for(purpose)))
        ]


async def hurry(database: Database) -> None:
    """What was put off is due at once."""
    async with database.sessions.begin() as session:
        await session.execute(update(PendingChange).values(due_at=text("now()")))


def over_just_now(record: CallRecord) -> CallRecord:
    return replace(record, ended_at=datetime.now(UTC))


async def test_the_files_of_an_answered_call_are_taken_in_once(database: Database, monitor: Path) -> None:
    record(monitor, CALL, notice=1795395605)
    call = answered(1, 0)
    await store_confirmed(database, [call])
    await take_in(database, monitor)
    found = await files(database)
    before = [(file.id, file.taken_in_at) for file in found]
    await store_confirmed(database, [replace(call, hangup_cause=17)])
    assert await due(database) == [("recording", CALL)]
    await take_in(database, monitor)

    assert [(file.id, file.taken_in_at) for file in await files(database)] == before
    assert [(file.kind, file.path) for file in found] == [
        ("callee", f"{CALL}/{CALL}-notice1795395605-callee.wav"),
        ("caller", f"{CALL}/{CALL}-notice1795395605-caller.wav"),
        ("mixed", f"{CALL}/{CALL}-notice1795395605.wav"),
    ]
    for file in found:
        content = (monitor / file.path).read_bytes()
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))
        assert (file.duration, file.started_at) == (timedelta(seconds=2), call.answered_at)
        assert file.notice_at == datetime.fromtimestamp(1795395605, UTC)
        assert not file.is_silent
    assert await reasons(database) == {}
    assert await due(database) == []


async def test_a_notice_that_was_given_on_the_answer_was_over_when_the_talk_began(
    database: Database, monitor: Path
) -> None:
    record(monitor, CALL, notice="d")
    call = answered(1, 0)
    await store(database, [call])
    await take_in(database, monitor)
    assert call.answered_at is not None
    assert [(file.kind, file.notice_at) for file in await files(database)] == [
        (kind, call.answered_at) for kind in ("callee", "caller", "mixed")
    ]


async def test_processes_that_look_at_once_take_each_file_in_once(database: Database, monitor: Path) -> None:
    calls = [answered(number, 100.0 * number) for number in range(8)]
    for call in calls:
        record(monitor, call.call_id, seconds=0.6)
    await store(database, calls)
    await asyncio.gather(*(take_in(database, monitor) for _ in range(4)))
    assert len(await files(database)) == 24
    assert await due(database) == []


@pytest.mark.parametrize("reads_before", range(5))
@pytest.mark.parametrize("has_sound", [True, False])
async def test_who_asks_while_a_call_is_taken_in_gets_its_files_or_the_reason(
    database: Database, monitor: Path, monkeypatch: pytest.MonkeyPatch, reads_before: int, has_sound: bool
) -> None:
    if has_sound:
        record(monitor, CALL, notice=1795395605)
    await store_confirmed(database, [answered(1, 0)])
    reads = 0

    def interrupted(read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def read_then_take_in(*args: Any) -> Any:
            nonlocal reads
            if reads == reads_before:
                await take_in(database, monitor)
            reads += 1
            return await read(*args)

        return read_then_take_in

    for name in ("is_due", "find_missing", "has_files", "list_files"):
        monkeypatch.setattr(audio_store, name, interrupted(getattr(audio_store, name)))
    user = SignedIn(user_id=1, name="boss", role=Role.ADMIN)
    async with database.sessions.begin() as session:
        found, missing = await recordings_service.list_of_call(session, PBX, CALL, user)

    if found:
        assert (has_sound, len(found), missing) == (True, 3, None)
    else:
        assert missing in ((MissingReason.NOT_LOOKED_YET, *([] if has_sound else [MissingReason.NO_FILE])))


async def test_a_file_that_is_being_written_is_waited_for(database: Database, monitor: Path) -> None:
    record(monitor, CALL)
    open_file = monitor / CALL / f"{CALL}-caller.wav"
    whole = open_file.read_bytes()
    leave_open(open_file)
    await store(database, [over_just_now(answered(1, 0))])
    await take_in(database, monitor)
    assert (await files(database), await due(database)) == ([], [("recording", CALL)])
    open_file.write_bytes(whole)
    await hurry(database)
    await take_in(database, monitor)
    assert [file.is_mended for file in await files(database)] == [False, False, False]


async def test_a_file_whose_writer_died_is_mended(database: Database, monitor: Path) -> None:
    record(monitor, CALL)
    whole = (monitor / CALL / f"{CALL}.wav").read_bytes()
    leave_open(monitor / CALL / f"{CALL}.wav", age_seconds=60)
    (monitor / CALL / f"{CALL}-caller.wav").write_bytes(b"")
    await store(database, [answered(1, 0)])
    await take_in(database, monitor)
    assert [(file.kind, file.is_mended) for file in await files(database)] == [("callee", False), ("mixed", True)]
    assert (monitor / CALL / f"{CALL}.wav").read_bytes() == whole


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (answered(1, 0), MissingReason.NO_FILE),
        (outbound(1, 0, is_answered=True), MissingReason.NO_FILE),
        (lost(1, 0), None),
        (outbound(1, 0), None),
        (replace(answered(1, 0), direction=Direction.INTERNAL), None),
    ],
)
async def test_a_call_without_files_has_its_reason(
    database: Database, monitor: Path, call: CallRecord, reason: MissingReason | None
) -> None:
    await store(database, [call])
    await take_in(database, monitor)
    assert await reasons(database) == ({} if reason is None else {CALL: reason})
    assert await due(database) == []


async def test_a_call_that_was_joined_from_its_first_word_is_heard_in_the_recording_of_the_older_one(
    database: Database, monitor: Path
) -> None:
    """A merchant who is brought into a room, as against a customer who was put through to an agent's lasting call."""
    room, lasting = answered(0, 0), replace(answered(9, 0), direction=Direction.INTERNAL, talks=())
    assert room.answered_at is not None
    first_word = room.answered_at + timedelta(seconds=5)
    merchant = replace(outbound(1, 0, is_answered=True), joined=room.call_id, answered_at=first_word)
    of_merchant = Talk(with_="13900000001", kind=TalkKind.EXTERNAL, from_=first_word, to=None)
    room = replace(room, talks=(*room.talks, of_merchant))
    own_talk_first = replace(outbound(2, 0, is_answered=True), joined=room.call_id)
    in_pool = replace(answered(3, 0), joined=lasting.call_id)
    record(monitor, room.call_id)
    await store(database, [room, lasting, merchant, own_talk_first, in_pool])
    await take_in(database, monitor)
    assert await reasons(database) == {
        merchant.call_id: MissingReason.JOINED,
        own_talk_first.call_id: MissingReason.NO_FILE,
        in_pool.call_id: MissingReason.NO_FILE,
    }


async def test_without_a_folder_recordings_are_not_looked_for_and_that_is_the_reason(database: Database) -> None:
    await store(database, [answered(1, 0), lost(2, 0)])
    await take_in(database, None)
    assert await reasons(database) == {CALL: "not_looked_for"}


async def test_files_without_any_sound_are_removed_and_named_as_the_reason(database: Database, monitor: Path) -> None:
    for call_id in (CALL, "pbx1-2.0"):
        record(monitor, call_id, seconds=0)
    await store(database, [answered(1, 0), lost(2, 100)])
    await take_in(database, monitor)
    assert await reasons(database) == {CALL: "no_sound"}
    assert await files(database) == []
    assert list(monitor.iterdir()) == []


async def test_what_is_no_recording_is_left_where_it_is(database: Database, monitor: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    write_wav(secret)
    (monitor / CALL).mkdir()
    (monitor / CALL / f"{CALL}.wav").symlink_to(secret)
    (monitor / CALL / f"{CALL}-caller.wav").write_text("x" * 100)
    (monitor / CALL / "notes.txt").write_text("x")
    (monitor / "pbx1-2.0").symlink_to(tmp_path)
    await store(database, [answered(1, 0), answered(2, 100)])
    await take_in(database, monitor)
    assert await files(database) == []
    assert await reasons(database) == {CALL: "unreadable", "pbx1-2.0": "unreadable"}
    assert secret.exists()


async def test_a_folder_that_is_away_is_no_reason_and_is_tried_again(database: Database, tmp_path: Path) -> None:
    monitor = tmp_path / "unmounted"
    await store(database, [answered(1, 0)])
    await take_in(database, monitor)
    assert (await reasons(database), await due(database)) == ({}, [("recording", CALL)])
    monitor.mkdir()
    record(monitor, CALL)
    await hurry(database)
    await take_in(database, monitor)
    assert len(await files(database)) == 3


async def test_the_first_file_may_be_seen_a_moment_after_the_end(database: Database, monitor: Path) -> None:
    await store(database, [over_just_now(answered(1, 0))])
    await take_in(database, monitor)
    assert (await reasons(database), await due(database)) == ({}, [("recording", CALL)])


async def test_a_reason_goes_when_a_file_is_found_after_all(database: Database, monitor: Path) -> None:
    await store(database, [answered(1, 0)])
    await take_in(database, monitor)
    assert await reasons(database) == {CALL: "no_file"}
    record(monitor, CALL)
    await store_confirmed(database, [answered(1, 0)])
    await take_in(database, monitor)
    assert (await reasons(database), len(await files(database))) == ({}, 3)


async def test_looking_that_is_interrupted_anywhere_is_done_again(database: Database, monitor: Path) -> None:
    record(monitor, CALL)
    await store(database, [answered(1, 0)])

    async def die(*_: Any) -> Found | NotYet:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await take_in_due(database, Purpose.RECORDING, PBX, die)
    assert await due(database) == [("recording", CALL)]
    await take_in(database, monitor)
    assert len(await files(database)) == 3


async def test_a_call_that_changes_while_it_is_looked_at_is_looked_at_again(database: Database) -> None:
    await store(database, [answered(1, 0)])

    async def slow(call: DueCall, known: set[str], now: datetime) -> Found | NotYet:
        await store_confirmed(database, [replace(answered(1, 0), hangup_cause=17)])
        return Found(missing=MissingReason.NO_FILE)

    await take_in_due(database, Purpose.RECORDING, PBX, slow)
    assert await due(database) == [("recording", CALL)]


async def test_calls_of_another_pbx_are_left_to_whoever_reaches_its_files(database: Database, monitor: Path) -> None:
    await store(database, [replace(answered(1, 0), pbx="north", call_id="north-1.0")])
    await take_in(database, monitor)
    assert await due(database) == [("recording", "north-1.0")]


async def test_the_database_may_go_away_and_taking_in_goes_on(
    database: Database, monitor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "POLL_SECONDS", 0.01)
    record(monitor, CALL)
    failures = iter([ConnectionRefusedError(), TimeoutError()])

    async def look(call: DueCall, known: set[str], now: datetime) -> Found | NotYet:
        return await look_for_recordings(monitor, call, known, now)

    real = take_in_due

    async def outage(*arguments: Any) -> bool:
        for failure in failures:
            raise failure
        return await real(*arguments)

    monkeypatch.setattr(intake, "take_in_due", outage)
    task = asyncio.create_task(intake.follow(database, Purpose.RECORDING, PBX, look))
    await store(database, [answered(1, 0)])
    async with asyncio.timeout(10):
        while len(await files(database)) < 3:
            await asyncio.sleep(0.01)
    task.cancel()


def with_message(number: int, file: str | None, *, begin: float = 0) -> CallRecord:
    call = lost(number, begin, outcome=Outcome.VOICEMAIL)
    return replace(call, voicemail=Voicemail(mailbox="2000@default", file=file, duration=timedelta(seconds=4)))


def origtime(call: CallRecord) -> int:
    return int(call.started_at.timestamp()) + 10


@pytest.mark.parametrize(("height", "is_silent"), [(6000, False), (20, True)])
async def test_a_message_is_copied_under_its_hash(
    database: Database, voicemail: Path, tmp_path: Path, height: int, is_silent: bool
) -> None:
    kept = tmp_path / "data" / "messages"
    call = with_message(1, None)
    told = leave_message(voicemail, 0, origtime=origtime(call), height=height)
    content = (voicemail / "default/2000/INBOX/msg0000.wav").read_bytes()
    await store_confirmed(database, [with_message(1, told)])
    for _ in range(2):
        await take_over(database, voicemail, kept)
        await store(database, [replace(with_message(1, told), hangup_cause=17)])
    (message,) = await files(database)
    digest = hashlib.sha256(content).hexdigest()
    assert (message.kind, message.path, message.sha256) == ("message", f"{digest}_{CALL}.wav", digest)
    assert (message.mailbox, message.duration, message.is_silent) == ("2000@default", timedelta(seconds=4), is_silent)
    assert (message.original, message.size) == ("default/2000/INBOX/msg0000", len(content))
    assert [(file.name, file.read_bytes()) for file in kept.iterdir()] == [(message.path, content)]
    assert kept.stat().st_mode & 0o777 == 0o700


async def test_a_write_that_takes_a_part_only_loses_nothing_of_a_message(
    database: Database, voicemail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, content, place: whole(descriptor, content[:1000], place))
    told = leave_message(voicemail, 0, origtime=origtime(with_message(1, None)))
    content = (voicemail / "default/2000/INBOX/msg0000.wav").read_bytes()
    await store_confirmed(database, [with_message(1, told)])
    await take_over(database, voicemail, tmp_path / "messages")
    (message,) = await files(database)
    assert (message.size, message.is_mended) == (len(content), False)
    assert (tmp_path / "messages" / message.path).read_bytes() == content


@pytest.mark.parametrize("room", [0, 20_000])
async def test_a_message_for_which_there_is_no_room_stays_at_the_pbx_and_is_taken_over_later(
    database: Database, voicemail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    whole = os.pwrite

    def write_into_little_room(descriptor: int, content: bytes, place: int) -> int:
        return whole(descriptor, content[: max(0, room - place)], place)

    told = leave_message(voicemail, 0, origtime=origtime(with_message(1, None)))
    await store_confirmed(database, [with_message(1, told)])
    with monkeypatch.context() as nearly_full:
        nearly_full.setattr(os, "pwrite", write_into_little_room)
        await take_over(database, voicemail, tmp_path / "messages")
    assert await files(database) == []
    assert list((tmp_path / "messages").iterdir()) == []
    assert (voicemail / "default/2000/INBOX/msg0000.wav").exists()
    await hurry(database)
    await take_over(database, voicemail, tmp_path / "messages")
    (message,) = await files(database)
    assert message.original == "default/2000/INBOX/msg0000"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (None, "no_file"),
        ("/lab/spool/voicemail/default/2000/INBOX/msg0009", "no_file"),
        ("/lab/spool/voicemail/default/2000/INBOX/msg0000", "no_file"),
        ("/lab/spool/voicemail/../../INBOX/msg0000", "unreadable"),
        ("/etc/passwd", "no_file"),
    ],
    ids=["not told", "gone", "of another call", "outside", "no message"],
)
async def test_a_message_that_cannot_be_had_has_its_reason(
    database: Database, voicemail: Path, tmp_path: Path, file: str | None, reason: str
) -> None:
    leave_message(voicemail, 0, origtime=1)
    await store(database, [with_message(1, file)])
    await take_over(database, voicemail, tmp_path / "messages")
    assert await reasons(database) == {CALL: reason}
    assert await files(database) == []


async def test_messages_are_left_alone_where_no_folder_is_set(database: Database, tmp_path: Path) -> None:
    await store(database, [with_message(1, "default/2000/INBOX/msg0000")])
    await take_over(database, None, tmp_path / "messages")
    assert await reasons(database) == {CALL: "not_looked_for"}
