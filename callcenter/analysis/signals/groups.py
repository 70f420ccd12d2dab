"""Whether many people complain of one merchant and the same goods or service within some days. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from callcenter.analysis.periods import DAY
from callcenter.analysis.signals.cells import Cell, Complaint, SignalAxis
from callcenter.analysis.signals.findings import Finding, SignalRule

OF_MERCHANTS = (SignalAxis.MERCHANT_GOODS, SignalAxis.MERCHANT_SERVICE)


def find_groups(
    complaints: Sequence[Complaint], first: date, last: date, *, people: int, within: timedelta
) -> list[Finding]:
    """Cells with so many known people within these days, of which the last is from `first` to `last`.

    Of each cell the days with the most people, the earliest of them. A group that was there on the day before the
    first is no news. Whoever withholds the number is nobody here.
    """
    about: dict[Cell, list[Complaint]] = defaultdict(list)
    for one in complaints:
        if one.person is not None:
            for cell in one.cells:
                if cell.axis in OF_MERCHANTS:
                    about[cell].append(one)
    findings = []
    for cell, those in sorted(about.items(), key=lambda item: (item[0].merchant_id or 0, item[0].code or "")):
        if len(_persons(_window(those, first - DAY, within))) >= people:
            continue
        best: list[Complaint] = []
        for day in sorted({one.day for one in those if first <= one.day <= last}):
            window = _window(those, day, within)
            if len(_persons(window)) > len(_persons(best)):
                best = window
        if len(_persons(best)) >= people:
            findings.append(
                Finding(
                    rule=SignalRule.GROUP,
                    cell=cell,
                    first=first,
                    last=last,
                    x1=len(_persons(best)),
                    x0=0,
                    t1=within / DAY,
                    t0=0,
                    base=0,
                    limit=people,
                    inputs={
                        "first_day": f"{best[0].day}",
                        "last_day": f"{best[-1].day}",
                        "complaints": [one.number for one in best],
                    },
                )
            )
    return findings


def _window(complaints: Sequence[Complaint], last: date, within: timedelta) -> list[Complaint]:
    return [one for one in complaints if last - within < one.day <= last]


def _persons(complaints: Sequence[Complaint]) -> set[str | None]:
    return {one.person for one in complaints}
