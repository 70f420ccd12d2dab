"""What may go and when, the chain of certificates, and what names of files and folders say."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.audio.rules import (
    AudioKind,
    Certificate,
    DeletableFile,
    DeletionRule,
    DiskState,
    MissingReason,
    Space,
    choose_to_make_room,
    disk_state,
    find_breaks,
    hash_certificate,
    make_certificate,
)
from callcenter.calls.records import Direction, Outcome
from callcenter.recordings.rules import RecordingName, folder_of, parse_name, reason_without_note
from callcenter.voicemail.rules import is_of_call, path_in_folder

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def file(number: int, size: int = 100) -> DeletableFile:
    return DeletableFile(
        file_id=number,
        kind=AudioKind.MIXED,
        pbx="pbx1",
        call_id=f"pbx1-{number}.0",
        path=f"pbx1-{number}.0/pbx1-{number}.0.wav",
        sha256="0" * 64,
        size=size,
        started_at=NOW + timedelta(seconds=number),
    )


@pytest.mark.parametrize(
    ("free", "state"),
    [(100, DiskState.GOOD), (15, DiskState.GOOD), (14, DiskState.ALARM), (5, DiskState.ALARM), (4, DiskState.FULL)],
)
def test_the_alarm_comes_before_the_floor(free: int, state: DiskState) -> None:
    assert disk_state(Space(total=100, free=free), alarm_percent=15, floor_percent=5) is state


@given(st.lists(st.integers(1, 1000), max_size=20), st.integers(1, 100_000), st.floats(0, 1))
def test_room_is_made_by_the_oldest_and_no_more_of_them_than_needed(sizes: list[int], total: int, part: float) -> None:
    files = [file(number, size) for number, size in enumerate(sizes)]
    space = Space(total=total, free=int(total * part))
    chosen = choose_to_make_room(files, space, floor_percent=5)
    needed = total * 5 / 100 - space.free
    assert chosen == files[: len(chosen)]
    if chosen:
        assert sum(one.size for one in chosen[:-1]) < needed
    if len(chosen) < len(files):
        assert sum(one.size for one in chosen) >= needed


Link = tuple[int, Certificate, str | None, str]


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for number in range(1, length + 1):
        previous = links[-1][3] if links else None
        told = make_certificate([file(number)], rule=DeletionRule.RETENTION, issued_at=NOW)
        links.append((number, told, previous, hash_certificate(told, previous)))
    return links


def test_a_certificate_tells_ids_and_hashes_and_can_be_hashed_again_by_anybody() -> None:
    told = make_certificate([file(7)], rule=DeletionRule.DISK_NEARLY_FULL, issued_at=NOW)
    assert told == {
        "issued_at": "2026-11-23T08:00:00.000Z",
        "rule": "disk_nearly_full",
        "files": [
            {
                "id": 7,
                "kind": "mixed",
                "pbx": "pbx1",
                "call_id": "pbx1-7.0",
                "path": "pbx1-7.0/pbx1-7.0.wav",
                "sha256": "0" * 64,
                "bytes": 100,
                "started_at": "2026-11-23T08:00:07.000Z",
            }
        ],
    }
    canonical = '{"certificate":{"a":"张","b":1},"previous_sha256":null}'
    assert hash_certificate({"b": 1, "a": "张"}, None) == hashlib.sha256(canonical.encode()).hexdigest()


@given(st.integers(1, 6))
def test_a_chain_that_nobody_touched_has_no_breaks(length: int) -> None:
    assert find_breaks(chain(length)) == []


@given(st.integers(2, 6), st.data())
def test_a_certificate_that_was_changed_or_removed_shows(length: int, data: st.DataObject) -> None:
    links = chain(length)
    place = data.draw(st.integers(0, length - 2))
    number, told, previous, sha256 = links[place]
    forged = told | {"files": []}
    anew = hash_certificate(forged, previous)
    assert find_breaks([*links[:place], *links[place + 1 :]]) == [
        f"The certificate before deletion certificate {number + 1} was changed or removed."
    ]
    assert find_breaks([*links[:place], (number, forged, previous, sha256), *links[place + 1 :]]) == [
        f"Deletion certificate {number} was changed."
    ]
    assert find_breaks([*links[:place], (number, forged, previous, anew), *links[place + 1 :]]) == [
        f"The certificate before deletion certificate {number + 1} was changed or removed."
    ]


def named(kind: AudioKind, *, notice_at: datetime | None = None, is_told_on_answer: bool = False) -> RecordingName:
    return RecordingName(kind=kind, notice_at=notice_at, is_told_on_answer=is_told_on_answer)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pbx1-1795567540.0.wav", named(AudioKind.MIXED)),
        ("pbx1-1795567540.0-caller.wav", named(AudioKind.CALLER)),
        (
            "north-1-1795567540.12-notice1795567543-callee.wav",
            named(AudioKind.CALLEE, notice_at=datetime(2026, 11, 25, 0, 45, 43, tzinfo=UTC)),
        ),
        ("pbx1-1795567540.0-noticed.wav", named(AudioKind.MIXED, is_told_on_answer=True)),
        ("pbx1-1795567540.0-noticed-supervisor1795567550.wav", named(AudioKind.SUPERVISOR, is_told_on_answer=True)),
        ("pbx1-1795567540.0-supervisor.wav", named(AudioKind.SUPERVISOR)),
        ("pbx1-1795567540.0-caller1.wav", named(AudioKind.MIXED)),
        ("pbx1-1795567540.0-noticed-caller.wav", named(AudioKind.CALLER, is_told_on_answer=True)),
        ("pbx1-1795567540.0-notice.wav", named(AudioKind.MIXED)),
        ("room.wav", named(AudioKind.MIXED)),
        ("pbx1-1795567540.0.wav.part", None),
        ("../x.wav", None),
        (".wav", None),
        ("", None),
    ],
)
def test_the_name_says_who_is_heard_and_when_the_notice_was_given(name: str, told: RecordingName | None) -> None:
    assert parse_name(name) == told


@given(st.text(max_size=40))
def test_no_name_leads_out_of_the_folder(text: str) -> None:
    assert folder_of(text) is None or "/" not in text
    assert folder_of(text) not in ("", ".", "..")
    parse_name(text)


@pytest.mark.parametrize(
    ("direction", "outcome", "is_due", "reason"),
    [
        (Direction.INBOUND, None, False, MissingReason.STILL_UP),
        (Direction.INTERNAL, Outcome.ANSWERED, False, MissingReason.INTERNAL),
        (Direction.INBOUND, Outcome.QUEUE_FULL, True, MissingReason.NEVER_ANSWERED),
        (Direction.OUTBOUND, Outcome.BUSY, False, MissingReason.NEVER_ANSWERED),
        (Direction.INBOUND, Outcome.ANSWERED, True, MissingReason.NOT_LOOKED_YET),
        (Direction.OUTBOUND, Outcome.ANSWERED, False, MissingReason.NOT_LOOKED_FOR),
    ],
)
def test_a_call_of_which_nothing_was_noted_has_a_reason(
    direction: Direction, outcome: Outcome | None, is_due: bool, reason: MissingReason
) -> None:
    assert reason_without_note(direction=direction, outcome=outcome, is_due=is_due) is reason


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("/lab/spool/voicemail/default/2000/INBOX/msg0000", "default/2000/INBOX/msg0000"),
        ("default/2000/INBOX/msg0012", "default/2000/INBOX/msg0012"),
        ("/var/spool/asterisk/voicemail/../../INBOX/msg0000", "../../INBOX/msg0000"),
        ("/etc/passwd", None),
        ("/a/b/c/msg0000.txt", None),
        ("/a/2000/INBOX/msg0000\n", None),
        (None, None),
    ],
)
def test_a_message_is_looked_for_below_our_own_folder(file: str | None, path: str | None) -> None:
    assert path_in_folder(file) == path


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("[message]\norigtime=1795420830\nduration=5\n", True),
        ("[message]\norigtime=1795420700\n", False),
        ("[message]\norigtime=1795430000\n", False),
        ("[message]\nduration=5\n", False),
        ("[message]\ncallerid=origtime=1795420830\n", False),
        ("", False),
    ],
)
def test_a_message_belongs_to_the_call_in_which_it_was_left(text: str, is_ours: bool) -> None:
    began = datetime.fromtimestamp(1795420800, UTC)
    assert is_of_call(text, started_at=began, ended_at=began + timedelta(seconds=60)) is is_ours
