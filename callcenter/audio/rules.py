"""What is kept how long, why a file may go, and the certificate of its deletion. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from callcenter.json_values import moment_to_json

FILE_UNTOUCHED_FOR = timedelta(seconds=10)
"""After so long without a byte, a file that was not closed never will be: its writer died."""

FILE_TIMES_TRUSTED_FOR = timedelta(minutes=10)
"""After the end of the call the moments of the files are no longer trusted to say whether somebody writes."""

FILE_APPEARS_WITHIN = timedelta(seconds=10)
"""How long after the end of a call its first file may take to be seen, as over a network."""


class Purpose(StrEnum):
    """Why a sound file is kept. Each purpose has a folder of its own."""

    RECORDING = "recording"
    MESSAGE = "message"
    MEDIATION = "mediation"


class AudioKind(StrEnum):
    """Who can be heard in a file."""

    MIXED = "mixed"
    """Both sides of a recorded channel together."""
    CALLER = "caller"
    """What the recorded channel said: the side that called."""
    CALLEE = "callee"
    """What it heard: the side that was called."""
    SUPERVISOR = "supervisor"
    """What a supervisor said who barged in."""
    MESSAGE = "message"
    """A message in a mailbox."""
    ROOM = "room"
    """Everybody in the room of a mediation together."""
    LEG = "leg"
    """What one who took part in a mediation said."""

    @property
    def purpose(self) -> Purpose:
        match self:
            case AudioKind.MESSAGE:
                return Purpose.MESSAGE
            case AudioKind.ROOM | AudioKind.LEG:
                return Purpose.MEDIATION
            case _:
                return Purpose.RECORDING


def kinds_of(purpose: Purpose) -> list[AudioKind]:
    """All kinds of files that are kept for it."""
    return [kind for kind in AudioKind if kind.purpose is purpose]


class MissingReason(StrEnum):
    """Why there is no sound of a call. A closed list."""

    STILL_UP = "still_up"
    """The call is not over."""
    NOT_LOOKED_YET = "not_looked_yet"
    """The call is over; its files are still being taken in."""
    INTERNAL = "internal"
    """Calls within the house are not recorded."""
    NEVER_ANSWERED = "never_answered"
    """Nobody talked."""
    NOT_LOOKED_FOR = "not_looked_for"
    """No folder was set in which to look, or the call is older than the looking."""
    NO_FILE = "no_file"
    """The PBX has left no file for this call."""
    NO_SOUND = "no_sound"
    """There are files, and nothing is in them: no side ever sent any sound."""
    UNREADABLE = "unreadable"
    """There are files that are no WAV files, or none of that folder's."""
    JOINED = "joined"
    """The call was joined with an older one from its first word, and what was said can be heard in that recording."""


class DeletionRule(StrEnum):
    """Why a file may be deleted. A closed list."""

    RETENTION = "retention"
    """It was kept as long as the setting says."""
    DISK_NEARLY_FULL = "disk_nearly_full"
    """Room was needed, and it was the oldest that may go."""


class DiskState(StrEnum):
    """How full the disk below a folder is."""

    GOOD = "good"
    ALARM = "alarm"
    """Time to make room: nothing is deleted yet."""
    FULL = "full"
    """The oldest that may go are deleted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """Room on the disk below a folder, in bytes."""

    total: int
    free: int

    @property
    def free_percent(self) -> float:
        return 100.0 * self.free / self.total if self.total else 0.0


def disk_state(space: Space, *, alarm_percent: float, floor_percent: float) -> DiskState:
    """The state that so much free room is."""
    if space.free_percent < floor_percent:
        return DiskState.FULL
    return DiskState.ALARM if space.free_percent < alarm_percent else DiskState.GOOD


@dataclass(frozen=True, kw_only=True, slots=True)
class DeletableFile:
    """A file that no legal hold protects."""

    file_id: int
    kind: AudioKind
    pbx: str
    call_id: str
    path: str
    sha256: str
    size: int
    started_at: datetime


def choose_to_make_room(
    oldest_first: Sequence[DeletableFile], space: Space, *, floor_percent: float
) -> list[DeletableFile]:
    """As many of the oldest as bring the free room to the floor."""
    needed = space.total * floor_percent / 100 - space.free
    chosen = []
    for file in oldest_first:
        if needed <= 0:
            break
        chosen.append(file)
        needed -= file.size
    return chosen


Certificate = dict[str, Any]


def make_certificate(files: Sequence[DeletableFile], *, rule: DeletionRule, issued_at: datetime) -> Certificate:
    """What is deleted, when and by which rule: ids and hashes, no numbers and no names."""
    return {
        "issued_at": moment_to_json(issued_at),
        "rule": rule.value,
        "files": [
            {
                "id": file.file_id,
                "kind": file.kind.value,
                "pbx": file.pbx,
                "call_id": file.call_id,
                "path": file.path,
                "sha256": file.sha256,
                "bytes": file.size,
                "started_at": moment_to_json(file.started_at),
            }
            for file in files
        ],
    }


def hash_certificate(certificate: Mapping[str, Any], previous_sha256: str | None) -> str:
    """SHA-256 of a certificate and, through the one before, of all earlier ones.

    Of the JSON with sorted keys, no spaces, in UTF-8: anybody can compute it again.
    """
    chained = {"certificate": certificate, "previous_sha256": previous_sha256}
    canonical = json.dumps(chained, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def find_breaks(chain: Sequence[tuple[int, Mapping[str, Any], str | None, str]]) -> list[str]:
    """What was changed, one sentence each; a link is (id, certificate, previous_sha256, sha256), the oldest first."""
    breaks = []
    before: str | None = None
    for number, certificate, previous_sha256, sha256 in chain:
        if hash_certificate(certificate, previous_sha256) != sha256:
            breaks.append(f"Deletion certificate {number} was changed.")
        if previous_sha256 != before:
            breaks.append(f"The certificate before deletion certificate {number} was changed or removed.")
        before = sha256
    return breaks


def is_left_by_its_writer(modified: float, ended_at: datetime | None, now: datetime) -> bool:
    """Whether nobody will finish the file any more; `modified` is its time in seconds since 1970."""
    is_late = ended_at is not None and now > ended_at + FILE_TIMES_TRUSTED_FOR
    return is_late or now.timestamp() - modified > FILE_UNTOUCHED_FOR.total_seconds()
