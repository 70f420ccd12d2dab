"""Who refused to be recorded, and which recordings are over since. Pure.

A leg's recording holds what that leg says; the room's holds everybody (asterisk_conf/extensions.conf, mediation-leg).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, Self

from callcenter.errors import ActionRefused, PbxError, ResultUnknown
from callcenter.mediation.rules import HostWord

ROOM: Final = None
"""Stands for the room where a recording is named by its leg."""


class StopFailure(StrEnum):
    """Why nobody knows that a recording has stopped. A closed list."""

    REFUSED = "refused"
    """The PBX said no."""
    NO_ANSWER = "no_answer"
    """The PBX was asked and said nothing."""
    NOT_ASKED = "not_asked"
    """Nothing could be sent."""


def failure_to_stop(error: PbxError) -> StopFailure:
    """What an error of the PBX says about a recording that was to stop."""
    if isinstance(error, ActionRefused):
        return StopFailure.REFUSED
    return StopFailure.NO_ANSWER if isinstance(error, ResultUnknown) else StopFailure.NOT_ASKED


class StoredEvent(Protocol):
    """Something that happened, as the account has it."""

    @property
    def at(self) -> datetime: ...
    @property
    def what(self) -> str: ...
    @property
    def leg_id(self) -> int | None: ...
    @property
    def detail(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusals:
    """What an account has of refusals to be recorded."""

    said_at: Mapping[int, datetime]
    """When a leg first said no. A later yes does not undo what was said, and starts no recording."""
    stopped_at: Mapping[int | None, datetime]
    """When the PBX said that a recording was over; by leg, or ROOM."""

    @classmethod
    def of(cls, events: Iterable[StoredEvent]) -> Self:
        """Read from what happened, in order."""
        said: dict[int, datetime] = {}
        stopped: dict[int | None, datetime] = {}
        for event in events:
            if event.what == HostWord.RECORDING_STOPPED:
                stopped.setdefault(event.leg_id, event.at)
            elif event.what == HostWord.CONSENT and event.leg_id is not None and is_refusal(event.detail):
                said.setdefault(event.leg_id, event.at)
        return cls(said_at=said, stopped_at=stopped)

    def refused_at(self, recording: int | None) -> datetime | None:
        """When somebody who can be heard in a recording first said no."""
        if recording is ROOM:
            return min(self.said_at.values(), default=None)
        return self.said_at.get(recording)

    def not_stopped(self) -> list[int | None]:
        """Recordings that hold somebody who refused and are not known to be over; the room's first."""
        refused = [ROOM, *self.said_at] if self.said_at else []
        return [recording for recording in refused if recording not in self.stopped_at]


def is_refusal(detail: str | None) -> bool:
    """Whether the detail of a consent says no to being recorded."""
    return (detail or "").endswith(",no")
