"""How an organisation stands in a broadcast: one table of what can happen in which state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from callcenter.casework.key_calls.rules import RingState
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError


class TargetState(StrEnum):
    """How an organisation stands. A closed list."""

    WAITING = "waiting"
    """To be rung, or to be rung again."""
    RINGING = "ringing"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    """Key 3: they cannot do it."""
    UNREACHABLE = "unreachable"
    """Nobody answered in all rounds, or there is no number that may be rung."""


class TargetStep(StrEnum):
    """What happens to it. A closed list."""

    RING = "ring"
    ACCEPT = "accept"
    """Key 1."""
    REFUSE = "refuse"
    """Key 3."""
    MISS = "miss"
    """No key, no answer, busy, or nothing was heard of the call: the next contact is rung at once."""
    GIVE_UP = "give_up"
    """All rounds are over, or the broadcast was ended."""
    NOTE = "note"
    """Somebody wrote down who acknowledged, and how."""


_S, _T = TargetState, TargetStep

TABLE: Mapping[tuple[TargetState, TargetStep], TargetState] = {
    (_S.WAITING, _T.RING): _S.RINGING,
    (_S.RINGING, _T.ACCEPT): _S.ACKNOWLEDGED,
    (_S.RINGING, _T.REFUSE): _S.REFUSED,
    (_S.RINGING, _T.MISS): _S.WAITING,
    (_S.WAITING, _T.GIVE_UP): _S.UNREACHABLE,
    (_S.WAITING, _T.NOTE): _S.ACKNOWLEDGED,
    (_S.REFUSED, _T.NOTE): _S.ACKNOWLEDGED,
    (_S.UNREACHABLE, _T.NOTE): _S.ACKNOWLEDGED,
}
"""Anything else does not happen."""


def next_state(state: TargetState, step: TargetStep) -> TargetState:
    """Raises ConflictError for what the table does not have."""
    found = TABLE.get((state, step))
    if found is None:
        raise ConflictError(
            f"An organisation that is {state} does not allow {step}.",
            code=ErrorCode.TARGET_STEP_NOT_ALLOWED,
            params={"state": state, "step": step},
        )
    return found


def step_of(ring: RingState) -> TargetStep:
    """What a ring that is over means for its organisation."""
    match ring:
        case RingState.ACKNOWLEDGED:
            return TargetStep.ACCEPT
        case RingState.REFUSED:
            return TargetStep.REFUSE
        case _:
            return TargetStep.MISS
