"""The parts of the wallboard's document: figures, seats, and how far the witnesses are heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from callcenter.agents.rules import SeatState
from callcenter.calls.records import Direction, Witness
from callcenter.json_values import moment_to_json
from callcenter.wallboard.inputs import AlarmCounts, DialInFlight, DialStep, Seat, WitnessWatch
from callcenter.wallboard.json_patch import Document

UNKNOWN = "unknown"
"""The state of a seat while nobody hears the PBX."""


def live_witness(watches: Sequence[WitnessWatch]) -> WitnessWatch:
    """Who reports calls still up: AMI where it is listened to."""
    return next((watch for watch in watches if watch.witness is Witness.AMI), watches[0])


def best_witness(watches: Sequence[WitnessWatch], now: datetime) -> WitnessWatch:
    """Who is heard, else who was heard the furthest: a call that is over is recorded by whichever reports it first."""
    best = watches[0]
    for watch in watches[1:]:
        if best.heard_until is None or (watch.heard_until is not None and watch.heard_until > best.heard_until):
            best = watch
    return next((watch for watch in watches if not watch.is_blind(now)), best)


def as_of(watches: Iterable[WitnessWatch], now: datetime) -> Document:
    """Until when all PBXs were heard; without any, nothing is known."""
    known_watches = list(watches)
    moments = [watch.heard_until for watch in known_watches]
    known = [moment for moment in moments if moment is not None]
    return {
        "as_of": moment_to_json(min(known)) if known and len(known) == len(moments) else None,
        "is_blind": not known_watches or any(watch.is_blind(now) for watch in known_watches),
    }


def show_seats(seats: Sequence[Seat], heard: set[str]) -> Document:
    """Seats, and how many are in which state; `heard` are the PBXs whose states are known."""
    shown = {f"{seat.pbx}/{seat.interface}": _show_seat(seat, is_known=seat.pbx in heard) for seat in seats}
    queues: dict[str, Counter[str]] = {}
    for seat in shown.values():
        for queue in seat["queues"]:
            queues.setdefault(queue, Counter())[seat["state"]] += 1
    return {
        "seats": shown,
        "by_state": dict(Counter(seat["state"] for seat in shown.values())),
        "by_queue": {queue: dict(counts) for queue, counts in queues.items()},
    }


def _show_seat(seat: Seat, *, is_known: bool) -> Document:
    return {
        "user": seat.user,
        "display_name": seat.display_name,
        "member_name": seat.member_name,
        "queues": list(seat.queues),
        "state": seat.state if is_known else UNKNOWN,
        # of a wrap-up it is the moment of its end, which is shown elsewhere
        "reason": seat.reason if is_known and seat.state != SeatState.WRAP_UP else None,
        "state_since": moment_to_json(seat.since) if is_known else None,
    }


def show_alarms(alarms: AlarmCounts) -> Document:
    """How much of each kind somebody should look after."""
    return asdict(alarms) | {"disks_short": list(alarms.disks_short)}


def show_up(record: Mapping[str, Any]) -> Document:
    """A call that is up, of its masked record."""
    return {
        "direction": record["direction"],
        "caller_number": record["caller_number"],
        "dialled_number": record["dialled_number"],
        "started_at": record["started_at"],
        "answered_at": record["answered_at"],
        "talking_with": [talk["with"] for talk in record["talks"] if talk["to"] is None],
    }


def step_of(up: Document | None) -> DialStep:
    """How far a dial has come, by its call as it is shown while it is up. Until the trunk is asked for, the call is one
    within the house: the agent's own phone rings.
    """
    if up is None:
        return DialStep.ASKED
    if up["talking_with"]:
        return DialStep.TALKING
    if up["answered_at"] is not None:
        return DialStep.ENDING
    return DialStep.CUSTOMER_RINGING if up["direction"] == Direction.OUTBOUND else DialStep.AGENT_RINGING


def show_dial(dial: DialInFlight, up: Document | None) -> Document:
    """A dial in flight."""
    return {
        "user": dial.agent,
        "call": "/".join(dial.key),
        "requested_at": moment_to_json(dial.requested_at),
        "step": step_of(up).value,
    }


def show_watch(watch: WitnessWatch, now: datetime) -> Document:
    """How well a witness is heard."""
    return {
        "heard_until": moment_to_json(watch.heard_until),
        "is_blind": watch.is_blind(now),
        "gaps": {
            str(gap.gap_id): {
                "from": moment_to_json(gap.from_at),
                "to": moment_to_json(gap.to_at),
                "reason": gap.reason,
            }
            for gap in watch.gaps
        },
    }
