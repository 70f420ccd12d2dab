"""The version of a report that may be published: no merchants, and no figure of one or two matters. Pure.

A count of one or two is printed `<3`. Where the total of the column would reveal it all the same, the smallest other
counts are left out too. What is computed from a count that is left out is left out with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from callcenter.analysis.reports.cells import Basis, Cell, ColumnKey, Count, Hidden, Ratio, ReportTable
from callcenter.analysis.reports.words import NOTES

FEW = 3
"""Counts below this one, but for zero, are left out."""

_FROM_NOW = (ColumnKey.SHARE, ColumnKey.PER_DAY, ColumnKey.RATIO)
_FROM_YEAR = (ColumnKey.YEAR_CHANGE, ColumnKey.PER_DAY_YEAR_CHANGE)
_FROM_BEFORE = (ColumnKey.BEFORE_CHANGE, ColumnKey.PER_DAY_BEFORE_CHANGE)
_DERIVED = {
    ColumnKey.COUNT: (*_FROM_NOW, *_FROM_YEAR, *_FROM_BEFORE),
    ColumnKey.YEAR_COUNT: _FROM_YEAR,
    ColumnKey.BEFORE_COUNT: _FROM_BEFORE,
    ColumnKey.RATIO: (*_FROM_YEAR, *_FROM_BEFORE),
    ColumnKey.YEAR_RATIO: _FROM_YEAR,
    ColumnKey.BEFORE_RATIO: _FROM_BEFORE,
}
"""What could be computed back from where a figure is left out."""

_COMPLEMENTS_STAND_ELSEWHERE = ("acceptance", "settled_of_concluded")
"""Rates whose rest, what was refused or ended, is a count of another table."""

_KINDS = "kinds"
_ADD_UP_ACROSS = ("months", "days", "units_decided")
"""Tables whose rows add up too, or to a rate that stands elsewhere."""

_MANY_WAYS = 2
"""What is left out must be possible in so many ways at least."""


def make_public(tables: Sequence[ReportTable]) -> list[ReportTable]:
    """In the same order; tables that are divided by others come before those.

    Where a kind is left out, so is every table that counts several kinds together: it would reveal the one.
    """
    made: dict[str, ReportTable] = {}
    for table in tables:
        if not table.is_internal:
            made[table.key] = _hide(table, made)
    reveals = hides(made[_KINDS])
    return [table for table in made.values() if not _is_withheld(table, reveals=reveals)]


def hides(table: ReportTable) -> bool:
    """Whether a figure of it is left out."""
    return any(isinstance(cell, Hidden) for line in table.all_lines for cell in line.cells)


def _is_withheld(table: ReportTable, *, reveals: bool) -> bool:
    if table.key in _ADD_UP_ACROSS and hides(table):
        return True
    is_of_kinds = table.key == _KINDS or (table.part_of is not None and table.part_of[0] == _KINDS)
    counts_matters = table.basis not in (Basis.CALLS, Basis.NONE)
    return reveals and counts_matters and not is_of_kinds


def _hide(table: ReportTable, made: dict[str, ReportTable]) -> ReportTable:
    cells = [list(line.cells) for line in table.all_lines]
    for place, column in enumerate(table.columns):
        found = [row[place] for row in cells]
        for line, hidden in enumerate(_hidden(table, column, found, made)):
            if hidden is not None:
                cells[line][place] = hidden
    for row in cells:
        for place, column in enumerate(table.columns):
            if isinstance(row[place], Hidden):
                for derived in _DERIVED.get(column, ()):
                    if derived in table.columns:
                        row[table.columns.index(derived)] = Hidden(is_few=False)
    lines = tuple(replace(line, cells=tuple(row)) for line, row in zip(table.all_lines, cells, strict=True))
    has_hidden = any(isinstance(cell, Hidden) for row in cells for cell in row)
    is_first_shown = not any(isinstance(cell, Hidden) for line in lines[: table.top or 0] for cell in line.cells)
    return replace(
        table,
        lines=lines[: len(table.lines)],
        total=lines[-1] if table.total is not None else None,
        top_share=table.top_share if is_first_shown else None,
        notes=(*table.notes, NOTES["hidden"]) if has_hidden else table.notes,
    )


def _hidden(
    table: ReportTable, column: ColumnKey, found: Sequence[Cell], made: dict[str, ReportTable]
) -> list[Hidden | None]:
    if all(isinstance(cell, Ratio) for cell in found):
        pairs = zip((line.key for line in table.lines), found, strict=True)
        return [_hidden_ratio(key, cell) for key, cell in pairs if isinstance(cell, Ratio)]
    if not all(isinstance(cell, Count) for cell in found):
        return [None] * len(found)
    counts = [cell.value for cell in found if isinstance(cell, Count)]
    if table.total is None:
        return [_few(count) for count in counts]
    if _is_hidden_above(table, column, made):
        return [Hidden(is_few=False)] * len(counts)
    return hide_counts(counts[:-1], counts[-1])


def _hidden_ratio(key: str, cell: Ratio) -> Hidden | None:
    rest = cell.denominator - cell.numerator if key in _COMPLEMENTS_STAND_ELSEWHERE else 0
    return _few(cell.numerator) or _few(cell.denominator) or _few(rest)


def hide_counts(counts: Sequence[int], total: int) -> list[Hidden | None]:
    """What is printed instead of each count, and of their total as the last one; None for the figure itself."""
    if 0 < total < FEW:
        return [*([Hidden(is_few=False)] * len(counts)), Hidden(is_few=True)]
    few = [_few(count) for count in counts]
    others = sorted((count, row) for row, count in enumerate(counts) if count >= FEW)
    for number in range(len(others) + 1):
        rows = {row for _, row in others[:number]}
        if _is_safe([count for count in counts if _few(count)], [counts[row] for row in rows]):
            return [*(Hidden(is_few=False) if row in rows else few[row] for row in range(len(counts))), None]
    return [*([Hidden(is_few=False)] * len(counts)), None]


def _is_safe(few: Sequence[int], others: Sequence[int]) -> bool:
    """Whether the sum of all that is left out, which anybody can compute, still allows one or two for each of them."""
    if not few:
        return True
    left_out = sum(few) + sum(others)
    least = FEW * len(others)
    possible = [sum_of_few for sum_of_few in range(len(few), 2 * len(few) + 1) if left_out - sum_of_few >= least]
    if not others:
        return len(few) < left_out < 2 * len(few)
    return len(possible) >= _MANY_WAYS


def _is_hidden_above(table: ReportTable, column: ColumnKey, made: dict[str, ReportTable]) -> bool:
    """The total stands in another table too, where it is left out."""
    above = None if table.part_of is None else made.get(table.part_of[0])
    if above is None or table.part_of is None or column not in above.columns:
        return False
    place = above.columns.index(column)
    cell = next((line.cells[place] for line in above.all_lines if line.key == table.part_of[1]), None)
    return isinstance(cell, Hidden)


def _few(count: int) -> Hidden | None:
    return Hidden(is_few=True) if 0 < count < FEW else None
