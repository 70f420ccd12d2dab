"""The decision on a flag: what is proposed, who signs, and that nobody signs what they proposed. Pure.

Art. 18 of the Penalty Procedure: the responsible head decides on filing. Art. 20: four grounds not to file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError

NOT_FILE_GROUNDS = range(1, 5)
"""Penalty Procedure, Art. 20."""


class FlagEvent(StrEnum):
    """What is done with a flag. A closed list."""

    PROPOSE = "propose"
    SIGN = "sign"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    EXTEND = "extend"
    RESULT = "result"
    """Of the case that was filed."""


_SOURCES: dict[FlagEvent, frozenset[FlagState]] = {
    FlagEvent.PROPOSE: frozenset({FlagState.OPEN}),
    FlagEvent.SIGN: frozenset({FlagState.PROPOSED}),
    FlagEvent.SEND_BACK: frozenset({FlagState.PROPOSED}),
    FlagEvent.WITHDRAW: frozenset({FlagState.OPEN, FlagState.PROPOSED}),
    FlagEvent.EXTEND: frozenset({FlagState.OPEN, FlagState.PROPOSED}),
    FlagEvent.RESULT: frozenset({FlagState.FILED}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """To file a case, or not to."""

    decision: FlagState
    case_number: str | None
    officers: tuple[str, ...]
    ground: int | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A flag as its next step sees it."""

    id: int
    version: int
    ticket_id: int
    trigger: Trigger
    state: FlagState
    discovered_on: date
    proposes: FlagState | None
    proposed_by: int | None
    is_late: bool
    """Its time is over: more time is given before that, and once."""
    extended_at: datetime | None
    result_at: datetime | None


def check_event(flag: Flag, event: FlagEvent, user_id: int) -> None:
    """Raises ConflictError where the state does not allow it, RefusedError for an author who signs."""
    if event not in list_allowed(flag):
        raise ConflictError(
            f"A flag that is {flag.state} does not allow {event}.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={"step": event, "state": flag.state, "allowed": ",".join(list_allowed(flag))},
        )
    if event is FlagEvent.SIGN and flag.proposed_by == user_id:
        raise RefusedError("Nobody signs what they proposed.", code=ErrorCode.AUTHOR_CANNOT_SIGN)


def list_allowed(flag: Flag) -> list[FlagEvent]:
    """What the state allows, whoever asks."""
    impossible = set()
    if flag.extended_at is not None or flag.is_late:
        impossible.add(FlagEvent.EXTEND)
    if flag.result_at is not None:
        impossible.add(FlagEvent.RESULT)
    return [event for event, sources in _SOURCES.items() if flag.state in sources and event not in impossible]


def check_proposal(proposal: Proposal, least_officers: int) -> None:
    """Raises InputError: a case has its number and enough officers, a refusal its ground and reason."""
    is_case = proposal.decision is FlagState.FILED
    has_case = proposal.case_number is not None and len(set(proposal.officers)) >= least_officers
    if is_case and not has_case:
        raise InputError(f"A case has its number and at least {least_officers} officers.")
    if not is_case and (proposal.ground not in NOT_FILE_GROUNDS or proposal.reason is None):
        raise InputError("A refusal has one of the four grounds of Art. 20, and its reason.")


@dataclass(frozen=True, kw_only=True, slots=True)
class FlagCounts:
    """flagged = filed + refused + withdrawn + open in time + open overdue."""

    filed: int
    refused: int
    withdrawn: int
    open_in_time: int
    open_overdue: int

    @property
    def flagged(self) -> int:
        """All that were ever raised."""
        return self.filed + self.refused + self.withdrawn + self.open_in_time + self.open_overdue
