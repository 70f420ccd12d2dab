"""Tables of counts against the year before and the period before. Pure.

The lines of such a table always add up to its total, in each of its columns of counts: what is not listed is in the
line of all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from callcenter.analysis.arithmetic import percent, ranks, top
from callcenter.analysis.periods import Period
from callcenter.analysis.reports import cells
from callcenter.analysis.reports.cells import Basis, Cell, ColumnKey, Count, Line, Nothing, Rank, ReportTable
from callcenter.analysis.reports.material import Material, Part
from callcenter.analysis.reports.words import HEADINGS, OTHERS_WORDS, TITLES, TOTAL_WORDS, UNKNOWN_WORDS
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.languages import Words

TOTAL, OTHERS, UNKNOWN = "total", "others", "unknown"
"""Keys of lines that are no code."""

Counts = Mapping[str, int]
CountOf = Callable[[FrozenTicket], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What stands above a table, and where it belongs; `heading` names that of the first column."""

    key: str
    section: int
    basis: Basis
    heading: str
    axis: str | None = None
    part_of: tuple[str, str] | None = None
    notes: tuple[Words, ...] = ()
    is_internal: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Tallies:
    """The same counts of three periods; None where there is none to compare with."""

    period: Period
    now: Counts
    year: Counts | None
    before: Counts | None
    days: int
    year_days: int
    before_days: int


def tally(material: Material, tickets: Callable[[Part], Iterable[FrozenTicket]], key: CountOf) -> Tallies:
    """Matters of each part by a key; those without one as unknown."""

    def of(part: Part | None) -> Counts | None:
        return None if part is None else Counter(key(one) or UNKNOWN for one in tickets(part))

    return tallies_of(material, of)


def alone(material: Material, counts: Counts) -> Tallies:
    """Counts of the period, with nothing to compare them with."""
    return tallies_of(replace(material, year=None, before=None), lambda part: None if part is None else counts)


def tallies_of(material: Material, of: Callable[[Part | None], Counts | None]) -> Tallies:
    """Counted in some other way."""
    return Tallies(
        period=material.now.period,
        now=of(material.now) or {},
        year=of(material.year),
        before=of(material.before),
        days=material.now.days,
        year_days=0 if material.year is None else material.year.days,
        before_days=0 if material.before is None else material.before.days,
    )


def count_table(
    head: Head, counted: Tallies, lines: Sequence[tuple[str, Words]], *, has_rate: bool = False
) -> ReportTable:
    """With these lines in this order; what is not among them is in the line of all others, if there is anything."""
    listed = [(key, words) for key, words in lines]
    listed += _rest(counted, [key for key, _ in lines])
    return _table(head, counted, listed, has_rate=has_rate)


def ranked_table(head: Head, counted: Tallies, name: Callable[[str], Words], *, wanted: int) -> ReportTable:
    """The first ones by count, all of a shared rank; equal ones in order of code. Then others, and those without."""
    keys = sorted((key for key, count in counted.now.items() if key != UNKNOWN and count), key=str)
    keys.sort(key=lambda key: -counted.now[key])
    numbers = [counted.now[key] for key in keys]
    listed = [keys[row] for row in top(numbers, wanted)]
    of_all = ranks(numbers)
    table = _table(head, counted, [(key, name(key)) for key in listed] + _rest(counted, listed), has_rate=False)
    ranked: list[Cell] = [Rank(value=of_all[row]) for row in range(len(listed))]
    ranked += [Nothing()] * (len(table.lines) - len(listed))
    return _with_ranks(table, ranked, len(listed), sum(numbers[: len(listed)]))


def _rest(counted: Tallies, listed: Sequence[str]) -> list[tuple[str, Words]]:
    """The lines that complete a table: none where they would hold nothing."""
    found = [counts for counts in (counted.now, counted.year, counted.before) if counts is not None]
    others = any(count for counts in found for key, count in counts.items() if key not in {*listed, UNKNOWN})
    unknown = UNKNOWN not in listed and any(counts.get(UNKNOWN) for counts in found)
    return [(OTHERS, OTHERS_WORDS)] * others + [(UNKNOWN, UNKNOWN_WORDS)] * unknown


def _table(head: Head, counted: Tallies, listed: Sequence[tuple[str, Words]], *, has_rate: bool) -> ReportTable:
    keys = [key for key, _ in listed]
    now = _column(counted.now, keys)
    year = None if counted.year is None else _column(counted.year, keys)
    before = None if counted.before is None else _column(counted.before, keys)
    columns = [ColumnKey.COUNT, ColumnKey.SHARE]
    if year is not None:
        columns += [ColumnKey.YEAR_COUNT, ColumnKey.YEAR_CHANGE]
    if before is not None:
        columns += [ColumnKey.BEFORE_COUNT, ColumnKey.BEFORE_CHANGE]
    if has_rate:
        columns.append(ColumnKey.PER_DAY)
        if year is not None:
            columns.append(ColumnKey.PER_DAY_YEAR_CHANGE)
        if before is not None:
            columns.append(ColumnKey.PER_DAY_BEFORE_CHANGE)
    shares = cells.share_cells(now)
    whole = cells.Share(percent=Decimal("100.00") if sum(now) else Decimal("0.00"), count=sum(now), whole=sum(now))

    def line(key: str, name: Words, share: cells.Share, of: tuple[int, int | None, int | None]) -> Line:
        count, of_year, of_before = of
        found: list[Cell] = [Count(value=count), share]
        found += _compared(count, of_year) + _compared(count, of_before)
        if has_rate:
            found += _rates(count, of_year, of_before, counted)
        return Line(key=key, name=name, cells=tuple(found))

    lines = tuple(
        line(key, name, shares[row], (now[row], _at(year, row), _at(before, row)))
        for row, (key, name) in enumerate(listed)
    )
    total = line(TOTAL, TOTAL_WORDS, whole, (sum(now), _sum(year), _sum(before)))
    return ReportTable(
        key=head.key,
        section=head.section,
        title=TITLES[head.key],
        basis=head.basis,
        period=counted.period,
        heading=HEADINGS[head.heading],
        columns=tuple(columns),
        lines=lines,
        total=total,
        axis=head.axis,
        part_of=head.part_of,
        notes=head.notes,
        is_internal=head.is_internal,
    )


def _column(counts: Counts, keys: Sequence[str]) -> list[int]:
    named = {key for key in keys if key != OTHERS}
    others = sum(count for key, count in counts.items() if key not in {*named, UNKNOWN})
    return [others if key == OTHERS else counts.get(key, 0) for key in keys]


def _compared(now: int, before: int | None) -> list[Cell]:
    if before is None:
        return []
    return [Count(value=before), cells.change_cell(now, before, cases=(now, before))]


def _rates(now: int, year: int | None, before: int | None, counted: Tallies) -> list[Cell]:
    found: list[Cell] = [cells.rate_cell(now, counted.days)]
    for earlier, days in ((year, counted.year_days), (before, counted.before_days)):
        if earlier is None:
            continue
        # Of the rates before they are rounded: (now / days) / (earlier / its days).
        has_days = bool(counted.days and days)
        compared = cells.change_cell(now * days, earlier * counted.days, cases=(now, earlier))
        found.append(compared if has_days else Nothing())
    return found


def _with_ranks(table: ReportTable, ranked: Sequence[Cell], listed: int, first: int) -> ReportTable:
    """With the column of ranks in front, and the share that the listed ones have together."""
    total = table.total
    whole = 0 if total is None or not isinstance(total.cells[0], Count) else total.cells[0].value
    return replace(
        table,
        columns=(ColumnKey.RANK, *table.columns),
        lines=tuple(replace(line, cells=(rank, *line.cells)) for rank, line in zip(ranked, table.lines, strict=True)),
        total=None if total is None else replace(total, cells=(Nothing(), *total.cells)),
        top=listed or None,
        top_share=percent(first, whole) if 0 < first < whole else None,
    )


def _at(column: Sequence[int] | None, row: int) -> int | None:
    return None if column is None else column[row]


def _sum(column: Sequence[int] | None) -> int | None:
    return None if column is None else sum(column)
