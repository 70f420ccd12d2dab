"""What states a seat can be in, why one pauses, which devices may be sat at. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from math import ceil

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError, RefusedError
from callcenter.pbx.trunks import Trunks

SUPERVISOR_RUNG_FOR = timedelta(seconds=20)
"""How long a supervisor's phone rings."""

HEARD_NOW = timedelta(seconds=10)
"""A PBX that was heard within this is heard now: silence is written down every second."""


class SeatState(StrEnum):
    """What a queue member is doing, as the PBX reports it. A closed list; the most specific one counts."""

    SIGNED_OFF = "signed_off"
    """In no queue."""
    UNREACHABLE = "unreachable"
    """In a queue, but the device is not registered."""
    AVAILABLE = "available"
    RINGING = "ringing"
    TALKING = "talking"
    """The device is in a call of any kind; pauses do not show meanwhile."""
    ON_HOLD = "on_hold"
    """Reported by some channel drivers; PJSIP calls a held call in use."""
    WRAP_UP = "wrap_up"
    """Paused by us for the work after a call."""
    PAUSED = "paused"
    """By the agent or a supervisor, with a reason. Shows though the device is not registered."""


class PauseReason(StrEnum):
    """Why an agent takes no calls. A closed list, so that times can be added up."""

    BREAK = "break"
    MEAL = "meal"
    TRAINING = "training"
    MEETING = "meeting"
    AFTER_CALL_WORK = "after_call_work"
    CASEWORK = "casework"
    TECHNICAL = "technical"


class DeviceKind(StrEnum):
    """What an agent sits at. A closed list."""

    DESK = "desk"
    """A telephone on the desk, or a program that takes its place."""
    BROWSER = "browser"
    """The page itself."""


class Supervision(StrEnum):
    """How a supervisor takes part in a call."""

    LISTEN = "listen"
    """Hears both, is heard by nobody."""
    WHISPER = "whisper"
    """Is heard by the agent."""
    BARGE = "barge"
    """Is heard by both."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """A place where an agent can sit."""

    pbx: str
    interface: str
    """The device, as `PJSIP/1001`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skill:
    """A queue whose calls an agent can take; those with a low penalty are asked first."""

    queue: str
    penalty: int


_DEVICE = re.compile(r"(?:PJSIP|SIP|IAX2|SCCP)/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""One device and nothing that is dialled through it: no `@`, no second `/`, no `&`, no Local channel."""

QUEUE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
"""A queue, as it may stand in an AMI header and be the exten of a dialplan."""


def check_device(interface: str, *, allowed: Collection[str], trunks: Trunks) -> str:
    """The interface, if an agent may sit there; `allowed` are globs.

    A member that is a number behind a trunk would have callers connected to it at our cost. Raises InputError for what
    is no device, RefusedError for one that is not allowed.
    """
    if not _DEVICE.fullmatch(interface):
        raise InputError("A device is written as PJSIP/1001.")
    if trunks.match(interface, None) or trunks.match(interface + "-", None):
        raise RefusedError("Nobody can sit at a trunk.", code=ErrorCode.DEVICE_NOT_ALLOWED)
    if not any(fnmatchcase(interface, glob) for glob in allowed):
        raise RefusedError(
            "The setting CALLCENTER_AGENT_DEVICES does not allow this device.", code=ErrorCode.DEVICE_NOT_ALLOWED
        )
    return interface


_NOT_REGISTERED = "UNAVAILABLE"
_NOT_KNOWN = frozenset({"", "UNKNOWN", "INVALID"})


def is_registered(device_state: str) -> bool | None:
    """Whether a device can be rung, by what Asterisk says of it (main/devicestate.c); None where it does not know."""
    return None if device_state in _NOT_KNOWN else device_state != _NOT_REGISTERED


PhonesInPages = Mapping[str, Collection[str]]
"""Globs of the devices that are phones in pages, by the names of the PBXs that have any."""


def kind_of(seat: Seat, phones_in_pages: PhonesInPages) -> DeviceKind:
    """Whether somebody sits there with the phone in the page, or with one on the desk."""
    is_browser = any(fnmatchcase(seat.interface, glob) for glob in phones_in_pages.get(seat.pbx, ()))
    return DeviceKind.BROWSER if is_browser else DeviceKind.DESK


_BEHIND = re.compile(r"then (.+)")
_WRAP_UP = re.compile(r"wrap-up until ([0-9]{1,11})(?: (then .+))?")


def reason_behind_call(reason: PauseReason) -> str:
    """The reason of a pause that was asked for in a call: the wrap-up of that call comes before it.

    The PBX keeps it, so that whoever leads next knows of it.
    """
    return f"then {reason}"


def wrap_up_reason(end: datetime, *, next_reason: str | None = None) -> str:
    """The reason of a pause that carries its own end and the pause behind it, so that whoever leads next knows both."""
    wrap_up = f"wrap-up until {ceil(end.timestamp())}"
    return wrap_up if next_reason is None else f"{wrap_up} then {next_reason}"


def find_wrap_up_end(reason: str | None) -> datetime | None:
    """When a pause with this reason ends, None for one that is no wrap-up."""
    match = _WRAP_UP.fullmatch(reason or "")
    return None if match is None else datetime.fromtimestamp(int(match[1]), UTC)


def is_behind_call(reason: str | None) -> bool:
    """Whether the pause was asked for in a call, as one that begins when all work of that call is done."""
    return _BEHIND.fullmatch(reason or "") is not None


def find_pause_behind(reason: str | None) -> str | None:
    """Why a seat with this reason of a pause takes no calls once its call or wrap-up is over; None where it takes some.

    Empty for a pause without a reason.
    """
    match = _WRAP_UP.fullmatch(reason or "")
    behind = reason if match is None else match[2]
    asked = _BEHIND.fullmatch(behind or "")
    return behind if asked is None else asked[1]
