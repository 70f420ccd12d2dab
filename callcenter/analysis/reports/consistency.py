"""The tables of a report as the check of `checks.py` reads them: nothing goes out that does not add up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from callcenter.analysis.reports import checks
from callcenter.analysis.reports.cells import Cell, ColumnKey, Compared, Count, Line, Money, Ratio, ReportTable, Share
from callcenter.analysis.reports.checks import Checked, ComparedWith, Comparison, TopShare, check

_EARLIER = (
    (ComparedWith.LAST_PERIOD, ColumnKey.BEFORE_COUNT, ColumnKey.BEFORE_AMOUNT, ColumnKey.BEFORE_CHANGE),
    (ComparedWith.LAST_YEAR, ColumnKey.YEAR_COUNT, ColumnKey.YEAR_AMOUNT, ColumnKey.YEAR_CHANGE),
)


def check_tables(tables: Sequence[ReportTable]) -> Checked:
    """Sums, shares, changes, rates, first rows and tables of tables, as they would be printed."""
    return check([checked for table in tables for checked in to_checked(table)])


def to_checked(table: ReportTable) -> Iterator[checks.Table]:
    """The table of counts, and each rate as a table of its own; none of a table that holds words alone."""
    if {ColumnKey.COUNT, ColumnKey.AMOUNT} & set(table.columns):
        yield checks.Table(
            name=table.key,
            rows=tuple(_row(table, line) for line in table.lines),
            total=None if table.total is None else _row(table, table.total),
            whole=None,
            top=None
            if table.top is None or table.top_share is None
            else TopShare(rows=table.top, share=table.top_share),
            part_of=table.part_of,
        )
    for line in table.all_lines:
        for column, cell in zip(table.columns, line.cells, strict=True):
            if isinstance(cell, Ratio) and cell.percent is not None:
                yield _rate(f"{table.key}/{line.key}/{column}", line, cell)


def _row(table: ReportTable, line: Line) -> checks.Row:
    by_column: dict[ColumnKey, Cell] = dict(zip(table.columns, line.cells, strict=True))
    share = by_column.get(ColumnKey.SHARE)
    return checks.Row(
        name=line.key,
        count=_number(by_column.get(ColumnKey.COUNT) or by_column.get(ColumnKey.AMOUNT)),
        share=share.percent if isinstance(share, Share) else None,
        comparisons=tuple(_comparisons(by_column)),
    )


def _comparisons(by_column: dict[ColumnKey, Cell]) -> Iterator[Comparison]:
    for base, count, amount, change in _EARLIER:
        if change in by_column:
            before = _number(by_column.get(count) or by_column.get(amount))
            yield Comparison(base=base, before=before, change=_percent(by_column[change]))


def _rate(name: str, line: Line, cell: Ratio) -> checks.Table:
    row = checks.Row(name=line.key, count=cell.numerator, share=cell.percent, comparisons=())
    return checks.Table(name=name, rows=(row,), total=None, whole=cell.denominator, top=None, part_of=None)


def _number(cell: Cell | None) -> int | None:
    if isinstance(cell, Count):
        return cell.value
    return cell.cents if isinstance(cell, Money) else None


def _percent(cell: Cell) -> Decimal | None:
    return cell.percent if isinstance(cell, Compared) and not cell.is_points else None
