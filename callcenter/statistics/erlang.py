"""How many seats a load needs: the formulas of Erlang (B, C) and of Palm (Erlang A). Pure.

Load is in erlang: calls a second times the seconds each keeps a seat busy. Erlang C lets everybody wait for ever and so
overstates waits where callers hang up; Erlang A lets them hang up, after a patience that is spread exponentially.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import ceil, exp, isfinite

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

MOST_ERLANG = 500.0
"""More than any hotline has; the formulas are summed up term by term."""
_NEGLIGIBLE = 1e-15


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What comes in an hour, what a call takes (talk, hold, wrap-up), and how long callers are willing to wait."""

    calls_an_hour: float
    aht_seconds: float
    patience_seconds: float

    @property
    def erlang(self) -> float:
        """Seats that would be busy all the time."""
        return self.calls_an_hour / 3600 * self.aht_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What a load meets at so many seats: answered in time and mean wait by Erlang C, the rest by Erlang A.

    `asa_seconds` is None where the queue would grow for ever if nobody hung up.
    """

    seats: int
    service_level: float
    asa_seconds: float | None
    must_wait: float
    abandon: float
    occupancy: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """Seats that must be taken in the busy hour, and people to have so many with that shrinkage."""

    seats: int
    people: int
    forecasts: tuple[Forecast, ...]


def erlang_b(erlang: float, seats: int) -> float:
    """The share of calls that find all seats busy, where nobody waits."""
    blocked = 1.0
    for number in range(1, seats + 1):
        blocked = erlang * blocked / (number + erlang * blocked)
    return blocked


def erlang_c(erlang: float, seats: int) -> float:
    """The share of calls that have to wait, where everybody waits; all of them if the load is too much."""
    if erlang >= seats:
        return 1.0
    blocked = erlang_b(erlang, seats)
    return blocked / (1 - erlang / seats * (1 - blocked))


def service_level(load: Load, seats: int, within_seconds: float) -> float:
    """The share of calls answered in time, by Erlang C."""
    if load.erlang >= seats:
        return 0.0
    late = erlang_c(load.erlang, seats) * exp(-(seats - load.erlang) * within_seconds / load.aht_seconds)
    return 1 - late


def mean_wait(load: Load, seats: int) -> float | None:
    """Average speed of answer in seconds, by Erlang C."""
    if load.erlang >= seats:
        return None
    return erlang_c(load.erlang, seats) * load.aht_seconds / (seats - load.erlang)


def erlang_a(load: Load, seats: int) -> tuple[float, float]:
    """The shares of calls that have to wait and that are abandoned: a birth-death process, solved from its middle."""
    if not load.erlang:
        return 0.0, 0.0
    arrivals, done, given_up = load.calls_an_hour / 3600, 1 / load.aht_seconds, 1 / load.patience_seconds
    below, state = 0.0, 1.0
    for busy in range(seats, 0, -1):
        state *= busy * done / arrivals
        below += state
    waiting, in_queue, state = 1.0, 0.0, 1.0
    for queued in count(1):
        state *= arrivals / (seats * done + queued * given_up)
        waiting += state
        in_queue += queued * state
        if state * queued < _NEGLIGIBLE * waiting and arrivals < seats * done + queued * given_up:
            break
    total = below + waiting
    return waiting / total, given_up * in_queue / total / arrivals


def forecast(load: Load, seats: int, within_seconds: float) -> Forecast:
    """What the load meets at so many seats."""
    must_wait, abandon = erlang_a(load, seats)
    return Forecast(
        seats=seats,
        service_level=service_level(load, seats, within_seconds),
        asa_seconds=mean_wait(load, seats),
        must_wait=must_wait,
        abandon=abandon,
        occupancy=min(1.0, load.erlang * (1 - abandon) / seats),
    )


def advise(load: Load, *, within_seconds: float, target: float, shrinkage: float) -> Advice:
    """The fewest seats that answer the share `target` in time, and what fewer and more of them would do.

    `shrinkage` is the share of paid time in which people are not at their seat. Raises InputError for a load that no
    formula fits.
    """
    if not isfinite(load.erlang) or load.erlang > MOST_ERLANG or load.aht_seconds <= 0 or load.patience_seconds <= 0:
        raise InputError(
            f"A load is from 0 to {MOST_ERLANG:.0f} erlang, of calls that last and callers who wait.",
            code=ErrorCode.OUT_OF_RANGE,
            params={"most": int(MOST_ERLANG)},
        )
    seats = next(number for number in _seats() if service_level(load, number, within_seconds) >= target)
    shown = range(max(1, min(seats, ceil(load.erlang)) - 1), seats + 3)
    return Advice(
        seats=seats,
        people=ceil(round(seats / (1 - shrinkage), 9)),
        forecasts=tuple(forecast(load, number, within_seconds) for number in shown),
    )


def _seats() -> Iterator[int]:
    return count(1)
