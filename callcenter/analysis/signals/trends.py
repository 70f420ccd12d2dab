"""Rules that look at a row of times: slow rises, weeks within the month, merchants that stay high. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from callcenter.analysis.arithmetic import ranks
from callcenter.analysis.periods import DAY
from callcenter.analysis.signals.cells import SINGLE_CATEGORIES, Cell, Complaint, SignalAxis, Tally
from callcenter.analysis.signals.findings import Finding, Flagged, SignalRule
from callcenter.analysis.signals.rises import BASE_MONTHS, LEAST_BASE
from callcenter.analysis.statistics.signals import dispersion, ewma, farrington_limit

DRIFT_MONTHS = 6
"""Within so many months a slow rise shows; the base lies before them."""
BASE_WEEKS, LEFT_OUT, FEW_WEEKS, LEAST_IN_FEW = 26, 2, 4, 5
"""Of the weekly rule: a base without the last weeks, and so many complaints within some weeks at least."""
WEEK = timedelta(days=7)
TOP, LEAST_A_MONTH, RUN = 10, 5, 3
"""Of the ranking of merchants: so high, with so many complaints, for so many months."""


def find_drifts(months: Sequence[Tally], flagged: Flagged) -> list[Finding]:
    """Goods, services and problems that rise slowly, as an exponentially weighted average of their share shows.

    Counts are those that the month would have with as many complaints as the base has on average. The average begins
    anew after a month in which the same was found.
    """
    now = months[-1]
    before = months[: -min(DRIFT_MONTHS, len(months))][-BASE_MONTHS:]
    findings = []
    for cell in (cell for cell in now.cells if cell.axis in SINGLE_CATEGORIES):
        base = [one for one in before if (SignalRule.DRIFT, cell, one.period.first) not in flagged]
        if len(base) < LEAST_BASE:
            continue
        series: list[Tally] = []
        for one in months[-DRIFT_MONTHS:]:
            series = [] if (SignalRule.DRIFT, cell, one.period.first) in flagged else [*series, one]
        x0, t0 = sum(one.cells.get(cell, 0) for one in base), sum(one.complaints for one in base)
        if not series or x0 == 0:
            continue
        size = t0 / len(base)
        scaled = [_scaled(one, cell, size) for one in series]
        counts = [one.cells.get(cell, 0) for one in base]
        phi = max(1.0, dispersion(counts, [x0 / t0 * one.complaints for one in base]))
        mean = x0 / len(base)
        last = ewma(scaled, mean, math.sqrt(phi * mean))[-1]
        if last.is_above:
            findings.append(
                Finding(
                    rule=SignalRule.DRIFT,
                    cell=cell,
                    first=now.period.first,
                    last=now.period.last,
                    x1=now.cells[cell],
                    x0=x0,
                    t1=now.complaints,
                    t0=t0,
                    base=len(base),
                    phi=phi,
                    limit=last.limit,
                    inputs={
                        "base": [
                            {"month": f"{one.period.first:%Y-%m}", "x": x} for one, x in zip(base, counts, strict=True)
                        ],
                        "mean": mean,
                        "months": [f"{one.period.first:%Y-%m}" for one in series],
                        "scaled": scaled,
                        "average": last.value,
                    },
                )
            )
    return findings


def find_weeks(complaints: Sequence[Complaint], first: date, last: date, flagged: Flagged) -> list[Finding]:
    """Goods, services and problems above Farrington's limit in one of the weeks that end within these days.

    Weeks begin on Monday. The mean is the share of the base of all complaints of the week, so that a rise of everything
    flags nothing.
    """
    known_from = min((one.day for one in complaints), default=last)
    all_of = Counter(_monday(one.day) for one in complaints)
    about = Counter(
        (cell, _monday(one.day)) for one in complaints for cell in one.cells if cell.axis in SINGLE_CATEGORIES
    )
    cells = sorted({cell for cell, _ in about}, key=lambda cell: (cell.axis, cell.code or ""))
    findings = []
    sunday = first + (6 - first.weekday()) * DAY
    while sunday <= last:
        week = sunday - 6 * DAY
        weeks = [week - number * WEEK for number in range(LEFT_OUT + 1, LEFT_OUT + 1 + BASE_WEEKS)]
        if weeks[-1] >= known_from - 6 * DAY:
            findings += [
                found for cell in cells if (found := _judge_week(cell, week, weeks, about, all_of, flagged)) is not None
            ]
        sunday += WEEK
    return findings


def _judge_week(
    cell: Cell,
    week: date,
    weeks: Sequence[date],
    about: Counter[tuple[Cell, date]],
    all_of: Counter[date],
    flagged: Flagged,
) -> Finding | None:
    base = [one for one in weeks if (SignalRule.WEEKLY, cell, one) not in flagged]
    x1, counts, sizes = about[cell, week], [about[cell, one] for one in base], [all_of[one] for one in base]
    x0, t0, t1 = sum(counts), sum(sizes), all_of[week]
    in_few = sum(about[cell, week - number * WEEK] for number in range(FEW_WEEKS))
    if x0 == 0 or t1 == 0 or in_few < LEAST_IN_FEW or len(base) < BASE_WEEKS // 2:
        return None
    expected = [x0 / t0 * size for size in sizes if size]
    phi = max(1.0, dispersion([x for x, size in zip(counts, sizes, strict=True) if size], expected))
    mean = x0 / t0 * t1
    limit = farrington_limit(mean, phi, weeks=len(base))
    if x1 <= limit:
        return None
    return Finding(
        rule=SignalRule.WEEKLY,
        cell=cell,
        first=week,
        last=week + 6 * DAY,
        x1=x1,
        x0=x0,
        t1=t1,
        t0=t0,
        base=len(base),
        phi=phi,
        limit=limit,
        inputs={
            "base": [{"week": f"{one}", "x": x, "t": t} for one, x, t in zip(base, counts, sizes, strict=True)],
            "mean": mean,
            "in_four_weeks": in_few,
        },
    )


def find_persistent(months: Sequence[Tally], flagged: Flagged) -> list[Finding]:
    """Merchants that have been high in the ranking for three months without a gap, and again after three more.

    Of a run that began before these months, what was found in the last two says where it stands.
    """
    now = months[-1]
    just_before = [one.period.first for one in months[-RUN:-1]]
    ranked = [rank_merchants(one) for one in months]
    findings = []
    for cell in ranked[-1]:
        run = [found.get(cell) for found in ranked]
        length = count_run(run)
        was_found = any((SignalRule.PERSISTENCE, cell, first) in flagged for first in just_before)
        if length >= RUN and (not was_found if length == len(months) else length % RUN == 0):
            last_months = list(zip(months[-RUN:], run[-RUN:], strict=True))
            findings.append(
                Finding(
                    rule=SignalRule.PERSISTENCE,
                    cell=cell,
                    first=now.period.first,
                    last=now.period.last,
                    x1=now.cells[cell],
                    x0=sum(place[1] for _, place in last_months[:-1] if place),
                    t1=now.complaints,
                    t0=sum(one.complaints for one, _ in last_months[:-1]),
                    base=length,
                    inputs={
                        "months": [
                            {"month": f"{one.period.first:%Y-%m}", "rank": place[0], "x": place[1]}
                            for one, place in last_months
                            if place
                        ],
                        "run": length,
                    },
                )
            )
    return findings


def count_run(months: Sequence[tuple[int, int] | None]) -> int:
    """For how many months up to the last a merchant has been high: rank and complaints of each, None without any."""
    length = 0
    for place in reversed(months):
        if place is None or place[0] > TOP or place[1] < LEAST_A_MONTH:
            break
        length += 1
    return length


def rank_merchants(month: Tally) -> dict[Cell, tuple[int, int]]:
    """Rank and complaints of each merchant of a month."""
    merchants = [(cell, count) for cell, count in month.cells.items() if cell.axis is SignalAxis.MERCHANT]
    found = ranks([count for _, count in merchants])
    return {cell: (rank, count) for (cell, count), rank in zip(merchants, found, strict=True)}


def _scaled(one: Tally, cell: Cell, size: float) -> float:
    return one.cells.get(cell, 0) * size / one.complaints if one.complaints else 0.0


def _monday(day: date) -> date:
    return day - day.weekday() * DAY
