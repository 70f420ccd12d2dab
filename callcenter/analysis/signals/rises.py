"""Monthly rules on rises: of all complaints, of what they are about, of merchants. Pure.

A month is compared with the last twelve before it, without those in which the same rule found the same cell, and with
six at least. Shares are tested where a general rise, as that of March, shall flag nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from callcenter.analysis.signals.cells import ALL, CATEGORIES, Cell, Tally
from callcenter.analysis.signals.findings import Finding, Flagged, SignalRule, Verdict, judge
from callcenter.analysis.statistics.signals import benjamini_hochberg, rise

BASE_MONTHS, LEAST_BASE = 12, 6
TOTAL_LEVEL, RATE_LEVEL, FALSE_SHARE = 0.01, 0.05, 0.1
LEAST_COUNT = 5
"""Smaller cells are not tested."""

Count = Callable[[Tally, Cell], int]


def find_total(months: Sequence[Tally], flagged: Flagged) -> list[Finding]:
    """Whether the last of these months has more complaints a working day.

    Where the same month of the year before is known, it must be above that one too: what comes every year is no news.
    """
    now, base = months[-1], base_of(months, SignalRule.TOTAL, ALL, flagged)
    if len(base) < LEAST_BASE or now.workdays == 0:
        return []
    counts, days = [one.complaints for one in base], [one.workdays for one in base]
    found = judge(now.complaints, now.workdays, counts, days)
    a_year_ago = next((one for one in months if _is_a_year_before(one, now)), None)
    season = None
    if a_year_ago is not None:
        season = rise(
            now.complaints,
            a_year_ago.complaints,
            exposure_now=now.workdays,
            exposure_before=a_year_ago.workdays,
        )
    if found.p > TOTAL_LEVEL or (season is not None and season > TOTAL_LEVEL):
        return []
    year_ago = None if a_year_ago is None else {"x": a_year_ago.complaints, "days": a_year_ago.workdays, "p": season}
    inputs = {"base": _series(base, counts, days), "expected": found.expected, "year_before": year_ago}
    return [_finding(SignalRule.TOTAL, ALL, now, found, len(base), inputs=inputs)]


def find_categories(months: Sequence[Tally], flagged: Flagged) -> list[Finding]:
    """Whose share of all complaints has risen: goods, services, problems, and goods or services with a problem."""
    cells = (cell for cell in months[-1].cells if cell.axis in CATEGORIES)
    return _find_shares(SignalRule.CATEGORY, months, cells, lambda one, cell: one.cells.get(cell, 0), flagged)


def find_merchants(months: Sequence[Tally], flagged: Flagged) -> list[Finding]:
    """Whose share of all complaints has risen, where each complainant counts once a month."""
    cells = months[-1].people
    return _find_shares(SignalRule.MERCHANT, months, cells, lambda one, cell: one.people.get(cell, 0), flagged)


def base_of(months: Sequence[Tally], rule: SignalRule, cell: Cell, flagged: Flagged) -> list[Tally]:
    """With what the last of these months is compared."""
    before = months[:-1][-BASE_MONTHS:]
    return [one for one in before if (rule, cell, one.period.first) not in flagged]


def _find_shares(
    rule: SignalRule, months: Sequence[Tally], cells: Iterable[Cell], count: Count, flagged: Flagged
) -> list[Finding]:
    """All cells are one family of tests, of whose findings at most a tenth is false on average.

    Only cells with enough complaints are tested, and among many rare ones some have so many by chance alone: what
    counts is how probable the count is among those that are tested.
    """
    now = months[-1]
    tested: list[tuple[Cell, list[Tally], Verdict]] = []
    for cell in cells:
        base = base_of(months, rule, cell, flagged)
        if count(now, cell) >= LEAST_COUNT and len(base) >= LEAST_BASE:
            counts, exposures = [count(one, cell) for one in base], [one.complaints for one in base]
            tested.append((cell, base, judge(count(now, cell), now.complaints, counts, exposures, least=LEAST_COUNT)))
    tested.sort(key=lambda one: (one[2].p_if_selected, one[0].axis, one[0].code or "", one[0].merchant_id or 0))
    counted = benjamini_hochberg([verdict.p_if_selected for *_, verdict in tested], FALSE_SHARE)
    findings = []
    for rank, ((cell, base, verdict), is_counted) in enumerate(zip(tested, counted, strict=True), start=1):
        counts, days = [count(one, cell) for one in base], [one.workdays for one in base]
        rate = judge(verdict.x1, now.workdays, counts, days, is_exact=True)
        if is_counted and rate.p <= RATE_LEVEL:
            inputs = {
                "base": _series(base, counts, [one.complaints for one in base]),
                "expected": verdict.expected,
                "p_of_least": verdict.selected,
                "p_if_tested": verdict.p_if_selected,
                "tests": len(tested),
                "bh_limit": FALSE_SHARE * rank / len(tested),
                "rate": {"days": now.workdays, "base_days": sum(days), "p": rate.p},
            }
            findings.append(_finding(rule, cell, now, verdict, len(base), bh_rank=rank, inputs=inputs))
    return findings


def _finding(
    rule: SignalRule,
    cell: Cell,
    now: Tally,
    verdict: Verdict,
    base: int,
    *,
    bh_rank: int | None = None,
    inputs: Mapping[str, Any],
) -> Finding:
    return Finding(
        rule=rule,
        cell=cell,
        first=now.period.first,
        last=now.period.last,
        x1=verdict.x1,
        x0=verdict.x0,
        t1=verdict.t1,
        t0=verdict.t0,
        base=base,
        phi=verdict.phi,
        p=verdict.p,
        bh_rank=bh_rank,
        inputs=inputs,
    )


def _series(base: Sequence[Tally], counts: Sequence[int], exposures: Sequence[float]) -> list[dict[str, Any]]:
    known = zip(base, counts, exposures, strict=True)
    return [{"month": f"{one.period.first:%Y-%m}", "x": x, "t": t} for one, x, t in known]


def _is_a_year_before(one: Tally, now: Tally) -> bool:
    first, last = one.period.first, now.period.first
    return (first.year, first.month) == (last.year - 1, last.month)
