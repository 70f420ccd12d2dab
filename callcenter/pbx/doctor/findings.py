"""What the doctor finds on a PBX, and what each check came to: values between looking and judging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

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
    """Whether an event told its moment; None where none came."""
    skew: timedelta | None = None
    """The PBX's clock less ours."""
    configuration: Mapping[str, ConfigFile] = field(default_factory=dict)
    """Those of Asterisk's files that can be read from here, by name."""


def ok(name: str, found: str) -> Check:
    """Nothing to change."""
    return Check(name=name, verdict=Verdict.OK, found=found)


def warn(name: str, found: str, remedy: str) -> Check:
    """Something to look at: calls are recorded all the same."""
    return Check(name=name, verdict=Verdict.WARN, found=found, remedy=remedy)


def fail(name: str, found: str, remedy: str) -> Check:
    """Something to repair: calls are missed, or harm can be done."""
    return Check(name=name, verdict=Verdict.FAIL, found=found, remedy=remedy)
