"""What the doctor finds on a PBX, and what each check came to: values between looking and judging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from callcenter.pbx.doctor.config_files import ConfigFile


class Verdict(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    found: str
    """What is."""
    remedy: str | None = None
    """What to change, None where nothing is wrong."""

    @property
    def code(self) -> str:
        """The finding in one word, the same in every version, for scripts."""
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginFound:
    """What one AMI login showed."""

    username: str
    problem: str | None = None
    """Why there is no login; then nothing else is known."""
    actions: Mapping[str, str] = field(default_factory=dict)
    """The answer to ListCommands: what this login may do, with the classes that allow it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerFound:
    """What was seen of the CEL file."""

    path: str
    problem: str | None = None
    """Why it cannot be read."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Its last rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the settings say of the place in which the backend works."""

    pbx: str
    is_pbx_named: bool
    trunks: tuple[str, ...]
    agent_devices: tuple[str, ...]
    outbound_trunk: str
    folders: Mapping[str, Path] = field(default_factory=dict)
    """By the setting that names each."""
    browser_devices: tuple[str, ...] = ()
    """Globs of the devices that are phones in pages; none where there are to be none."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How people find a setting of this PBX, by its field: `cel_csv of the PBX north`, or CALLCENTER_CEL_CSV."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelFound:
    """A channel, up now or of a row of the ledger."""

    name: str
    context: str
    caller_number: str
    is_opener: bool
    """Whether no other channel was before it in its call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceFound:
    """What was seen of the things that the settings name. What could not be looked at is None or not there."""

    wanted: Wanted
    now: datetime
    channels: tuple[ChannelFound, ...] | None = None
    """Those that are up."""
    devices: frozenset[str] | None = None
    """Interfaces that the PBX knows a state of, queue members among them."""
    contexts: Mapping[str, bool] = field(default_factory=dict)
    """Of our dialplan, whether each is there."""
    trunk_state: str | None = None
    """Of the device behind the outbound trunk."""
    folder_problems: Mapping[str, str] = field(default_factory=dict)
    """By setting."""
    missing_announcements: tuple[str, ...] | None = None
    errand_events: frozenset[str] | None = None
    """Names of the events that came of a channel which the doctor had the PBX make."""
    is_errand_in_ledger: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """Everything the doctor found on one PBX."""

    events: LoginFound
    commands: LoginFound | None
    ledger: LedgerFound | None
    settings: Mapping[str, str] = field(default_factory=dict)
    """The answer to CoreSettings."""
    privileges: frozenset[str] = frozenset()
    """Classes of the events that the event login received."""
    is_probed: bool = False
    """Whether a VarSet was provoked, so that an event login with all rights must have heard it."""
    has_timestamps: bool | None = None
    """Whether an event had a Timestamp; None where none came."""
    skew: timedelta | None = None
    """The PBX's clock less ours."""
    is_digest_heard: bool | None = None
    """Whether the event login hears what makes a login of a phone in a page; None where it was not tried."""
    are_files_read: bool = False
    """Whether the event login can ask for what stands in Asterisk's files, secrets of other logins among it."""
    configuration: Mapping[str, ConfigFile] = field(default_factory=dict)
    """Those of Asterisk's files that can be read from here, by name."""
    place: PlaceFound | None = None
    """None where the settings are not to be compared with the PBX."""
    names: Mapping[str, str] = field(default_factory=dict)
    """As in `Wanted`."""

    def spell(self, setting: str) -> str:
        """How people find a setting of this PBX."""
        return self.names.get(setting, setting)


def ok(name: str, found: str) -> Check:
    """Nothing to change."""
    return Check(name=name, verdict=Verdict.OK, found=found)


def warn(name: str, found: str, remedy: str) -> Check:
    """Something to look at: calls are recorded all the same."""
    return Check(name=name, verdict=Verdict.WARN, found=found, remedy=remedy)


def fail(name: str, found: str, remedy: str) -> Check:
    """Something to repair: calls are missed, or harm can be done."""
    return Check(name=name, verdict=Verdict.FAIL, found=found, remedy=remedy)
