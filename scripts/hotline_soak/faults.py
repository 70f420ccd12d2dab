"""What goes wrong in a real centre. Each fault ends by itself: when its coroutine returns, all is well again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

from hotline_soak import backend_faults, database_faults, link_faults, pbx_faults
from hotline_soak.centre import Centre


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """`parts` are those of the centre that it breaks: faults without a part in common may come at the same time."""

    name: str
    deed: Callable[[Centre, Random], Awaitable[None]]
    parts: frozenset[str]
    blinds: str | None = None
    """The witness that has a gap afterwards."""
    needs_small_disk: bool = False


def _of(part: str, deed: Callable[[Centre, Random], Awaitable[None]], name: str, blinds: str | None = None) -> Fault:
    return Fault(name=name, deed=deed, parts=frozenset((part,)), blinds=blinds)


FAULTS: Sequence[Fault] = (
    _of("backend", backend_faults.kill_backend, "backend killed", "ami"),
    _of("backend", backend_faults.kill_backend_in_recovery, "backend killed in recovery", "ami"),
    _of("backend", backend_faults.stop_backend, "backend stopped for long", "ami"),
    Fault(
        name="standby takes over",
        deed=backend_faults.take_over,
        parts=frozenset(("backend", "database")),
        blinds="ami",
    ),
    _of("link", link_faults.cut_link, "AMI link cut", "ami"),
    _of("link", link_faults.hold_link, "AMI link half-open", "ami"),
    _of("link", link_faults.throttle_link, "AMI link throttled"),
    _of("link", link_faults.slow_link, "AMI link slow by 2 s"),
    _of("link", link_faults.tear_message, "AMI message torn", "ami"),
    _of("link", link_faults.refuse_link, "AMI login refused", "ami"),
    _of("database", database_faults.freeze_database, "database frozen"),
    _of("database", database_faults.kill_database, "database killed"),
    _of("database", database_faults.kill_connections, "database process killed"),
    _of("database", database_faults.stop_database, "database stopped"),
    _of("database", database_faults.use_up_connections, "database out of connections"),
    _of("database", database_faults.forbid_writing, "database read-only"),
    Fault(
        name="database disk full",
        deed=database_faults.fill_disk,
        parts=frozenset(("database",)),
        needs_small_disk=True,
    ),
    _of("database", database_faults.lock_calls, "database table locked"),
    _of("database", database_faults.end_sessions_in_mid_batch, "database sessions ended"),
    _of("database", database_faults.deadlock, "database deadlock"),
    _of("ledger", pbx_faults.rename_ledger, "ledger renamed, compressed"),
    Fault(
        name="ledger copied, truncated",
        deed=pbx_faults.copy_and_truncate_ledger,
        parts=frozenset(("ledger", "pbx")),
    ),
    _of("ledger", pbx_faults.hide_ledger, "ledger unreadable", "ledger"),
    _of("pbx", pbx_faults.reload_modules, "Asterisk reloaded"),
    _of("pbx", pbx_faults.kill_asterisk, "Asterisk killed", "ami"),
    _of("pbx", pbx_faults.restart_asterisk, "Asterisk restarted", "ami"),
)


Blow = tuple[Fault, ...]
"""One fault, or two at once."""


def alone(faults: Sequence[Fault], random: Random) -> list[Blow]:
    """Each by itself, in random order."""
    return [(fault,) for fault in random.sample(faults, len(faults))]


def paired(faults: Sequence[Fault], random: Random) -> list[Blow]:
    """Each once, two at a time as long as two are left that break different parts."""
    blows: list[Blow] = []
    rest = random.sample(faults, len(faults))
    while rest:
        one = rest.pop()
        other = next((fault for fault in rest if not fault.parts & one.parts), None)
        if other is not None:
            rest.remove(other)
        blows.append((one,) if other is None else (one, other))
    return blows
