"""Sums over calls, and what one call adds to them. What counts as what is said in definitions.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from callcenter.calls.records import Outcome
from callcenter.values import value

ANSWERED = Outcome.ANSWERED.value
LOST_AFTER_TRANSFER = "lost_after_transfer"

WITHIN_SECONDS = (15, 20, 30)
"""GB/T 33358 asks for 15 s; 20 and 30 are what others publish."""


@value
class Counted:
    """What one call comes to in one place: in all, or in one queue.

    `kind` is `answered` or how the caller was lost. `waited` ends with the answer or the loss. `is_handled`: somebody
    talked to the caller, even if a transfer lost them afterwards.
    """

    kind: str
    is_short: bool
    waited: timedelta
    is_handled: bool
    talked: timedelta
    rings: int
    rings_unanswered: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Sums over calls; sums of two sets of calls that share none can be added."""

    offered: int = 0
    answered: int = 0
    missed: Mapping[str, int]
    short: int = 0
    abandoned_short: int = 0
    answered_within: tuple[int, ...] = (0,) * len(WITHIN_SECONDS)
    waited: timedelta = timedelta()
    answer_wait: timedelta = timedelta()
    handled: int = 0
    talked: timedelta = timedelta()
    rings: int = 0
    rings_unanswered: int = 0

    def plus(self, counted: Counted, times: int = 1) -> Tally:
        """With one call more, or with `times` of -1 one less."""
        is_answered = counted.kind == ANSWERED
        missed = self.missed
        if not is_answered:
            number = missed.get(counted.kind, 0) + times
            missed = {kind: count for kind, count in {**missed, counted.kind: number}.items() if count}
        is_short_abandon = counted.is_short and counted.kind == Outcome.ABANDONED_QUEUE
        return Tally(
            offered=self.offered + times,
            answered=self.answered + times * is_answered,
            missed=missed,
            short=self.short + times * counted.is_short,
            abandoned_short=self.abandoned_short + times * is_short_abandon,
            answered_within=tuple(
                count + times * (is_answered and counted.waited <= timedelta(seconds=limit))
                for count, limit in zip(self.answered_within, WITHIN_SECONDS, strict=True)
            ),
            waited=self.waited + times * counted.waited,
            answer_wait=self.answer_wait + times * counted.waited if is_answered else self.answer_wait,
            handled=self.handled + times * counted.is_handled,
            talked=self.talked + times * counted.talked,
            rings=self.rings + times * counted.rings,
            rings_unanswered=self.rings_unanswered + times * counted.rings_unanswered,
        )


NOTHING = Tally(missed={})


def tally(counted: Iterable[Counted]) -> Tally:
    """The sums over these."""
    total = NOTHING
    for one in counted:
        total = total.plus(one)
    return total


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentTally:
    """How long seats were in which state, and what they did with calls; sums, as above.

    `talking` to `available` are None where the states are not known. Calls are of any direction.
    """

    talking: timedelta | None = None
    on_hold: timedelta | None = None
    wrap_up: timedelta | None = None
    ringing: timedelta | None = None
    available: timedelta | None = None
    calls: int = 0
    talked: timedelta = timedelta()
    rings: int = 0
    rings_unanswered: int = 0

    def plus(self, call: AgentTally) -> AgentTally:
        """With what one call more counts; the times of the states stay."""
        return replace(
            self,
            calls=self.calls + call.calls,
            talked=self.talked + call.talked,
            rings=self.rings + call.rings,
            rings_unanswered=self.rings_unanswered + call.rings_unanswered,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """A share or a mean, always with what it was made of."""

    numerator: float
    denominator: float

    @property
    def value(self) -> float | None:
        """None of nothing: neither 0 nor all of it."""
        return self.numerator / self.denominator if self.denominator else None
