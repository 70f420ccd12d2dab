"""What a user has to do with a call, by its record. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from callcenter.agents.rules import SeatState
from callcenter.calls.records import Direction, TalkKind

ENDED_SHOWN = timedelta(seconds=60)
"""So long a call is shown that is over for the user, who may have something to write down."""


class OwnCallState(StrEnum):
    """What the user's device does in a call. A closed list."""

    RINGING = "ringing"
    """It rings for a caller, or the user rings somebody."""
    TALKING = "talking"
    HELD = "held"
    """Where the PBX reports it; of some devices it does not."""
    ENDED = "ended"
    """For the user: the call itself may go on with somebody else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The user's part in a call, and since when it is so."""

    state: OwnCallState
    since: datetime


def part_of(
    device: str, record: Mapping[str, Any], now: datetime, *, seat_state: SeatState | None = None
) -> Part | None:
    """What a device does in a call; None where it has none, or has had none for a while."""
    talks = [talk for talk in record["talks"] if talk["kind"] == TalkKind.AGENT and talk["with"] == device]
    is_maker = record["direction"] != Direction.INBOUND and record["caller_number"] == device
    if is_maker:
        talks = record["talks"]
    is_up = record["outcome"] is None
    for talk in talks:
        if is_up and talk["to"] is None:
            is_held = seat_state is SeatState.ON_HOLD
            state = OwnCallState.HELD if is_held else OwnCallState.TALKING
            return Part(state=state, since=datetime.fromisoformat(talk["from"]))
    if is_up:
        for visit in record["queue_visits"]:
            for ring in visit["rings"] if visit["left_at"] is None else ():
                if ring["agent"] == device and ring["result"] is None:
                    return Part(state=OwnCallState.RINGING, since=datetime.fromisoformat(ring["at"]))
        if is_maker and not talks:
            return Part(state=OwnCallState.RINGING, since=datetime.fromisoformat(record["started_at"]))
    ends = [talk["to"] or record["ended_at"] for talk in talks]
    if is_maker and not talks:
        ends = [record["ended_at"]]
    ended_at = max((datetime.fromisoformat(end) for end in ends if end is not None), default=None)
    if ended_at is None or now - ended_at >= ENDED_SHOWN:
        return None
    return Part(state=OwnCallState.ENDED, since=ended_at)
