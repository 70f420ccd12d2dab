"""The faults. Each ends by itself: when its coroutine returns, its cause is gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

from hotline_soak import backend_faults, database_faults, link_faults, machine_faults, pbx_faults
from hotline_soak.centre import Centre

Deed = Callable[[Centre, Random], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """`parts` of the centre are broken by it: faults without a common part may come at the same time."""

    name: str
    deed: Deed
    parts: frozenset[str]
    blinds: str | None = None
    """The witness that has a gap afterwards."""
    log_text: str = ""
    """Text that the backend's log must have; empty for faults that it need not notice."""
    needs_small_disk: bool = False


def _fault(parts: str, deed: Deed, name: str, *, blinds: str | None = None, log_text: str = "") -> Fault:
    return Fault(name=name, deed=deed, parts=frozenset(parts.split()), blinds=blinds, log_text=log_text)


_RECORDS = "recording_begun"
_IS_DOWN = '"login": "callcenter", "event": "ami_session_down"'
_NOT_TAKEN = "database_unavailable"

FAULTS: Sequence[Fault] = (
    _fault("backend", backend_faults.kill_backend, "backend killed", blinds="ami", log_text=_RECORDS),
    _fault(
        "backend",
        backend_faults.kill_backend_in_recovery,
        "backend killed in recovery",
        blinds="ami",
        log_text=_RECORDS,
    ),
    _fault(
        "backend",
        backend_faults.stop_backend,
        "backend stopped for long",
        blinds="ami",
        log_text="backend_stopped",
    ),
    _fault("backend database", backend_faults.take_over, "standby takes over", blinds="ami", log_text=_RECORDS),
    _fault("link", link_faults.cut_link, "AMI link cut", blinds="ami", log_text=_IS_DOWN),
    _fault("link", link_faults.hold_link, "AMI link half-open", blinds="ami", log_text=_IS_DOWN),
    _fault("link", link_faults.throttle_link, "AMI link throttled"),
    _fault("link", link_faults.slow_link, "AMI link slow by 2 s"),
    _fault("link", link_faults.tear_message, "AMI message torn", blinds="ami", log_text=_IS_DOWN),
    _fault("link", link_faults.refuse_link, "AMI login refused", blinds="ami", log_text=_IS_DOWN),
    _fault("database", database_faults.freeze_database, "database frozen"),
    _fault("database", database_faults.kill_database, "database killed"),
    _fault("database", database_faults.kill_connections, "database process killed"),
    _fault("database", database_faults.stop_database, "database stopped", log_text=_NOT_TAKEN),
    _fault("database", database_faults.use_up_connections, "database out of connections", log_text=_NOT_TAKEN),
    _fault("database", database_faults.forbid_writing, "database read-only", log_text=_NOT_TAKEN),
    Fault(
        name="database disk full",
        deed=database_faults.fill_disk,
        parts=frozenset(("database",)),
        needs_small_disk=True,
    ),
    _fault("database", database_faults.lock_calls, "database table locked"),
    _fault("database", database_faults.end_sessions_in_mid_batch, "database sessions ended"),
    _fault("database", database_faults.deadlock, "database deadlock"),
    _fault("ledger", pbx_faults.rename_ledger, "ledger renamed and compressed"),
    _fault("ledger pbx", pbx_faults.copy_and_truncate_ledger, "ledger copied and truncated"),
    _fault("ledger", pbx_faults.hide_ledger, "ledger unreadable", blinds="ledger", log_text="cel_file_unreadable"),
    _fault("pbx", pbx_faults.reload_modules, "Asterisk reloaded"),
    _fault("pbx", pbx_faults.kill_asterisk, "Asterisk killed", blinds="ami", log_text=_IS_DOWN),
    _fault("pbx", pbx_faults.restart_asterisk, "Asterisk restarted", blinds="ami", log_text=_IS_DOWN),
    _fault(
        "backend database pbx",
        machine_faults.kill_everything,
        "everything killed at once",
        blinds="ami",
        log_text=_RECORDS,
    ),
)


Blow = tuple[Fault, ...]
"""One fault, or two at once."""


def alone(faults: Sequence[Fault], random: Random) -> list[Blow]:
    """Each fault alone, in random order."""
    return [(fault,) for fault in random.sample(faults, len(faults))]


def paired(faults: Sequence[Fault], random: Random) -> list[Blow]:
    """Each fault once, two at a time while two are left that break different parts."""
    blows: list[Blow] = []
    rest = random.sample(faults, len(faults))
    while rest:
        one = rest.pop()
        other = next((fault for fault in rest if not fault.parts & one.parts), None)
        if other is not None:
            rest.remove(other)
        blows.append((one,) if other is None else (one, other))
    return blows
