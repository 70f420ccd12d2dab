"""Whether the figures of a printed table fit together: sums, shares, changes, and tables of tables. Pure.

What is printed with fewer decimals is compared with as many. Where one other figure would put right both a sum and a
percentage that do not fit, it is named: most often somebody has typed it wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from callcenter.analysis.arithmetic import shares


class ComparedWith(StrEnum):
    """With what a figure is compared. A closed list."""

    LAST_PERIOD = "last_period"
    """The period before: 环比."""
    LAST_YEAR = "last_year"
    """The same period of the year before: 同比."""


class TableFault(StrEnum):
    """What does not fit. A closed list."""

    SUM = "sum"
    """The rows do not add up to the total."""
    SHARE = "share"
    """A share is not that of its count."""
    CHANGE = "change"
    """A change is not that of both figures."""
    TOP = "top"
    """The share of the first rows is not that of their sum."""
    PARENT = "parent"
    """The total is not the row of the table above it."""
    SAME_CHANGE = "same_change"
    """The same change against different figures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """An earlier figure, and the change that is printed, in percent."""

    base: ComparedWith
    before: int | None
    change: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of a table; what is not printed is None."""

    name: str
    count: int | None
    share: Decimal | None
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TopShare:
    """What the first rows have together, as printed."""

    rows: int
    share: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows and what is printed beside them. Shares are of `whole`, else of the total, else of the sum of the rows."""

    name: str
    rows: tuple[Row, ...]
    total: Row | None
    whole: int | None
    top: TopShare | None
    part_of: tuple[str, str] | None
    """The name of another table, and of the row of it that this table divides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that does not fit. `fits` is a figure for this row that would make the sum and the percentage right."""

    fault: TableFault
    table: str
    row: str | None
    base: ComparedWith | None
    printed: Decimal
    right: Decimal
    fits: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What was found, and how many comparisons there were to make: of none nothing is known."""

    findings: tuple[Finding, ...]
    comparisons: int


Outcome = Finding | None
"""Of one comparison that could be made."""


def check(tables: Sequence[Table]) -> Checked:
    """Everything that can be compared."""
    by_name = {table.name: table for table in tables}
    outcomes = [outcome for table in tables for outcome in _check_table(table, by_name)]
    findings = tuple(outcome for outcome in outcomes if outcome is not None)
    return Checked(findings=findings, comparisons=len(outcomes))


def _check_table(table: Table, by_name: Mapping[str, Table]) -> Iterator[Outcome]:
    yield from _check_sums(table)
    yield from _check_shares(table)
    for row in (*table.rows, *filter(None, [table.total])):
        yield from _check_changes(table, row)
    yield from _check_top(table)
    yield from _check_parent(table, by_name)


def _check_sums(table: Table) -> Iterator[Outcome]:
    if table.total is None:
        return
    counts = [row.count for row in table.rows]
    yield from _compare_sum(table, None, counts, table.total.count)
    for base in ComparedWith:
        before = [_before(row, base) for row in table.rows]
        yield from _compare_sum(table, base, before, _before(table.total, base))


def _compare_sum(
    table: Table, base: ComparedWith | None, parts: Sequence[int | None], total: int | None
) -> Iterator[Outcome]:
    known = [part for part in parts if part is not None]
    if total is None or not parts or len(known) < len(parts):
        return
    if sum(known) == total:
        yield None
    else:
        yield Finding(
            fault=TableFault.SUM,
            table=table.name,
            row=None,
            base=base,
            printed=Decimal(total),
            right=Decimal(sum(known)),
            fits=None,
        )


def _check_shares(table: Table) -> Iterator[Outcome]:
    whole, counts = _whole(table), [row.count for row in table.rows]
    if not whole:
        return
    known = [count for count in counts if count is not None]
    # A whole column of shares may be made to add up to 100.
    adjusted = shares(known) if len(known) == len(counts) and sum(known) == whole else [None] * len(counts)
    for row, by_remainder in zip(table.rows, adjusted, strict=True):
        if row.count is None or row.share is None:
            continue
        right = Decimal(100 * row.count) / Decimal(whole)
        if _agrees(row.share, right) or row.share == by_remainder:
            yield None
            continue
        missing = _missing(table, None)
        fits = None if missing is None else row.count + missing
        is_fit = fits is not None and fits >= 0 and _agrees(row.share, Decimal(100 * fits) / Decimal(whole))
        yield _finding(TableFault.SHARE, table, row, None, row.share, right, fits if is_fit else None)


def _check_changes(table: Table, row: Row) -> Iterator[Outcome]:
    for one in row.comparisons:
        if row.count is None or not one.before or one.change is None:
            continue
        right = _change(row.count, one.before)
        if _agrees(one.change, right):
            yield None
            continue
        missing = None if row is table.total else _missing(table, one.base)
        fits = None if missing is None else one.before + missing
        is_fit = fits is not None and fits > 0 and _agrees(one.change, _change(row.count, fits))
        yield _finding(TableFault.CHANGE, table, row, one.base, one.change, right, fits if is_fit else None)
    yield from _check_same_change(table, row)


def _check_same_change(table: Table, row: Row) -> Iterator[Outcome]:
    known = [one for one in row.comparisons if one.change is not None and one.before is not None]
    if len(known) < len(ComparedWith):
        return
    first, second = known[:2]
    if first.change != second.change or first.before == second.before or first.change is None:
        yield None
    elif row.count is not None and first.before and second.before:
        changes = [_change(row.count, before) for before in (first.before, second.before)]
        if all(_agrees(first.change, right) for right in changes):
            yield None  # both figures are so near that two decimals do not tell them apart
        else:
            yield _finding(TableFault.SAME_CHANGE, table, row, second.base, first.change, changes[1], None)


def _check_top(table: Table) -> Iterator[Outcome]:
    whole = _whole(table)
    if table.top is None or not whole:
        return
    known = [row.count for row in table.rows[: table.top.rows] if row.count is not None]
    if len(known) < table.top.rows:
        return
    right = Decimal(100 * sum(known)) / Decimal(whole)
    if _agrees(table.top.share, right):
        yield None
    else:
        yield _finding(TableFault.TOP, table, table.rows[table.top.rows - 1], None, table.top.share, right, None)


def _check_parent(table: Table, by_name: Mapping[str, Table]) -> Iterator[Outcome]:
    if table.part_of is None:
        return
    above = by_name.get(table.part_of[0])
    rows = () if above is None else (*above.rows, *filter(None, [above.total]))
    divided = next((row.count for row in rows if row.name == table.part_of[1]), None)
    counts = [row.count for row in table.rows]
    own = table.total.count if table.total is not None else None
    if own is None and None not in counts:
        own = sum(count for count in counts if count is not None)
    if divided is None or own is None:
        return
    if divided == own:
        yield None
    else:
        yield Finding(
            fault=TableFault.PARENT,
            table=table.name,
            row=None,
            base=None,
            printed=Decimal(own),
            right=Decimal(divided),
            fits=None,
        )


def _before(row: Row, base: ComparedWith) -> int | None:
    return next((one.before for one in row.comparisons if one.base is base), None)


def _whole(table: Table) -> int | None:
    if table.whole is not None:
        return table.whole
    if table.total is not None and table.total.count is not None:
        return table.total.count
    known = [row.count for row in table.rows if row.count is not None]
    return sum(known) if known and len(known) == len(table.rows) else None


def _missing(table: Table, base: ComparedWith | None) -> int | None:
    """By how much the rows fall short of the printed total; None where they do not, or nobody can know."""
    for outcome in _check_sums(table):
        if outcome is not None and outcome.base is base:
            return int(outcome.printed - outcome.right)
    return None


def _change(now: int, before: int) -> Decimal:
    return Decimal(100 * (now - before)) / Decimal(before)


def _agrees(printed: Decimal, right: Decimal) -> bool:
    """With as many decimals as are printed."""
    return right.quantize(printed, ROUND_HALF_UP) == printed


def _finding(
    fault: TableFault,
    table: Table,
    row: Row,
    base: ComparedWith | None,
    printed: Decimal,
    right: Decimal,
    fits: int | None,
) -> Finding:
    shown = right.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Finding(fault=fault, table=table.name, row=row.name, base=base, printed=printed, right=shown, fits=fits)
