"""What the files of a recording are called, and why a call has none. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from callcenter.audio.rules import AudioKind, MissingReason
from callcenter.calls.records import Direction, Outcome

_CALL_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}")
_NAME = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_.-]*?(?:-notice(?P<notice>\d{1,11}|d))?(?:-(?P<side>caller|callee|supervisor)(?:(?<=supervisor)\d{1,11})?)?\.wav",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingName:
    """What the name of a file says: who is in it, and when the recording had been announced to the customer."""

    kind: AudioKind
    notice_at: datetime | None
    is_told_on_answer: bool
    """Whether the PBX announced it to both sides when the call was answered, and let them talk after that."""


def parse_name(name: str) -> RecordingName | None:
    """As [record] of `extensions.conf` names them; None for no WAV.

    `CHANNEL[-noticeEPOCH|-noticed][-caller|-callee|-supervisorEPOCH].wav`
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    notice = match["notice"]
    is_told_on_answer = notice == "d"
    return RecordingName(
        kind=AudioKind(match["side"] or "mixed"),
        notice_at=None if notice is None or is_told_on_answer else datetime.fromtimestamp(int(notice), UTC),
        is_told_on_answer=is_told_on_answer,
    )


def folder_of(call_id: str) -> str | None:
    """The folder in which the PBX puts the files of a call; None for an id that cannot be one's name."""
    return call_id if _CALL_ID.fullmatch(call_id) else None


def reason_without_note(*, direction: Direction, outcome: Outcome | None, is_due: bool) -> MissingReason:
    """Why a call has no file where nothing was noted: the call itself says it, or nobody has looked."""
    if outcome is None:
        return MissingReason.STILL_UP
    if direction is Direction.INTERNAL:
        return MissingReason.INTERNAL
    if outcome is not Outcome.ANSWERED:
        return MissingReason.NEVER_ANSWERED
    return MissingReason.NOT_LOOKED_YET if is_due else MissingReason.NOT_LOOKED_FOR
