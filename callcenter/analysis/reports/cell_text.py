"""How a cell is printed, in Chinese and in English. Pure."""

from __future__ import annotations

from decimal import Decimal

from callcenter.analysis.arithmetic import ChangeKind
from callcenter.analysis.periods import Period, PeriodKind
from callcenter.analysis.reports import cells
from callcenter.analysis.reports.cells import Cell, ReportTable
from callcenter.analysis.reports.words import ALL_DAYS, BASES, COLUMNS, HALVES, NOTES, PERIODS
from callcenter.languages import Language, Words

SMALL_MARK = "※"
NONE = "—"
LEFT_OUT, FEW = "*", "<3"

_CENTS = 100
_TEN_THOUSAND = 1_000_000
"""Of yuan, in cents."""
_HUNDREDTH = Decimal("0.01")


def choose(words: Words, language: Language) -> str:
    """One of both."""
    return words[list(Language).index(language)]


def cell_text(cell: Cell, language: Language) -> str:
    """As it is printed."""
    match cell:
        case cells.Count() | cells.Rank():
            return f"{cell.value:,}"
        case cells.Share():
            return _marked(f"{cell.percent}%", is_small=cell.is_small)
        case cells.Compared():
            return _compared(cell, language)
        case cells.PerDay():
            return NONE if cell.value is None else _marked(f"{cell.value:,}", is_small=cell.is_small)
        case cells.Ratio():
            return _ratio(cell)
        case cells.Money():
            return _money(cell.cents, language)
        case cells.Between():
            return f"{cell.interval.low:.2f}–{cell.interval.high:.2f}"
        case cells.Text():
            return choose(cell.words, language)
        case cells.Nothing():
            return NONE
        case cells.Hidden():
            return FEW if cell.is_few else LEFT_OUT


def headings(table: ReportTable, language: Language) -> list[str]:
    """Of the first column, and of the others."""
    is_holiday = table.period.kind is PeriodKind.HOLIDAY
    words = {**COLUMNS, **ALL_DAYS} if is_holiday else COLUMNS
    return [choose(table.heading, language), *(choose(words[column], language) for column in table.columns)]


def title(table: ReportTable, language: Language) -> str:
    """With what it counts: the basis is named in the head of each table."""
    basis = choose(BASES[table.basis], language).format(period=period_name(table.period, language))
    named = choose(table.title, language)
    if not basis:
        return named
    return f"{named}（{basis}）" if language is Language.CHINESE else f"{named} ({basis})"


def notes(table: ReportTable, language: Language) -> list[str]:
    """What stands below it."""
    found = []
    if table.top is not None and table.top_share is not None:
        said = choose(NOTES["top"], language).format(rows=table.top, share=f"{table.top_share}%")
        found.append(said)
    if not table.lines:
        found.append(choose(NOTES["no_rows"], language))
    found += [choose(note, language) for note in table.notes]
    if any(getattr(cell, "is_small", False) for line in table.all_lines for cell in line.cells):
        found.append(choose(NOTES["small"], language))
    return found


def period_name(period: Period, language: Language) -> str:
    """As people call it."""
    half = (period.first.month - 1) // 6
    return choose(PERIODS[period.kind], language).format(
        first=period.first,
        last=period.last,
        quarter=(period.first.month - 1) // 3 + 1,
        half=HALVES[half],
        half_number=half + 1,
        name=period.name or "",
    )


def _compared(cell: cells.Compared, language: Language) -> str:
    if cell.kind is ChangeKind.NEW:
        return _marked("新增" if language is Language.CHINESE else "new", is_small=cell.is_small)
    if cell.percent is None:
        return NONE
    unit = "%" if not cell.is_points else "个百分点" if language is Language.CHINESE else " pp"
    sign = "+" if cell.percent > 0 else ""
    return _marked(f"{sign}{cell.percent:,}{unit}", is_small=cell.is_small)


def _ratio(cell: cells.Ratio) -> str:
    """With what it was made of: a rate without its denominator says nothing."""
    if cell.percent is None:
        return f"{NONE} (0/0)"
    rate = _marked(f"{cell.percent}%", is_small=cell.is_small) + f" ({cell.numerator:,}/{cell.denominator:,})"
    if cell.interval is None:
        return rate
    low, high = (f"{100 * end:.2f}" for end in (cell.interval.low, cell.interval.high))
    return f"{rate}\n[{low}–{high}]"


def _money(cents: int, language: Language) -> str:
    yuan = Decimal(cents) / _CENTS
    if language is Language.ENGLISH:
        return f"CNY {yuan:,.2f}"
    if abs(cents) < _TEN_THOUSAND:
        return f"{yuan:,.2f}元"
    return f"{(Decimal(cents) / _TEN_THOUSAND).quantize(_HUNDREDTH):,}万元"


def _marked(text: str, *, is_small: bool) -> str:
    return f"{text}{SMALL_MARK}" if is_small else text
