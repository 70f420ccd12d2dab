"""The figures of a survey as they are printed, each with what it was made of. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from callcenter.analysis.surveys.figures import (
    SATISFIED,
    Difference,
    Said,
    Share,
    UnitShare,
    WeightedShare,
    by_unit,
    compare,
    share,
    weigh,
)
from callcenter.analysis.surveys.frame import Frame, Stratum
from callcenter.analysis.surveys.rules import Answers, SampleState


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question: for the whole city, unit by unit, and which units differ."""

    city: WeightedShare
    units: tuple[UnitShare, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """Response; content with the result 满意率, with the mediators; solved 解决率; agreements kept; in time 响应率."""

    response: Share
    """Interviews of those drawn who could be asked: open and given up ones count, who should not be there does not."""
    satisfied: Question
    attitude: Question
    solved: Question
    kept: Question
    in_time: Share
    """Of the period's complaints, not of the survey: time limits to accept that were met, of those that ended in it."""


def reckon(
    frame: Frame,
    states: Collection[SampleState],
    answers: Sequence[tuple[Stratum, Answers]],
    accepted_in_time: Share,
) -> Results:
    """From the frame, how everybody stands, and what was answered."""
    counts = Counter(states)
    asked = counts.total() - counts[SampleState.RESERVE] - counts[SampleState.EXCLUDED]
    sizes = frame.sizes()

    def question(said: list[Said]) -> Question:
        units = by_unit(said)
        return Question(city=weigh(said, sizes), units=tuple(units), differences=tuple(compare(units)))

    return Results(
        response=share(counts[SampleState.DONE], asked),
        satisfied=question([_said(stratum, _is_good(one.result)) for stratum, one in answers]),
        attitude=question([_said(stratum, _is_good(one.attitude)) for stratum, one in answers]),
        solved=question([_said(stratum, one.is_solved) for stratum, one in answers]),
        kept=question([_said(stratum, one.is_kept) for stratum, one in answers]),
        in_time=accepted_in_time,
    )


def _said(stratum: Stratum, answer: bool | None) -> Said:
    return Said(stratum=stratum, answer=answer)


def _is_good(mark: int | None) -> bool | None:
    return None if mark is None else mark >= SATISFIED
