"""A report as pages to print: the same for the same snapshot and paragraphs, to the byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.analysis.charts.chart_parts import Drawing
from callcenter.analysis.charts.figures import ChartId
from callcenter.analysis.reports import cell_text
from callcenter.analysis.reports.cell_text import choose
from callcenter.analysis.reports.cells import ColumnKey, ReportTable, Text
from callcenter.analysis.reports.chart_figures import section_of
from callcenter.analysis.reports.contents import HOT_SPOTS
from callcenter.analysis.reports.words import LABELS, PARAGRAPHS, SECTIONS, TITLE_OF_REPORT
from callcenter.casework.printed_pages import print_page
from callcenter.errors import ChartError
from callcenter.languages import Language

_PAGE = Path(__file__).with_name("report.typ")

_NARROW, _USUAL, _BROAD, _NAMES = 5, 7, 13, 14
"""Widths of columns, relative to each other."""
_WIDTHS = {
    ColumnKey.RANK: _NARROW,
    ColumnKey.RATIO: _BROAD,
    ColumnKey.YEAR_RATIO: _BROAD - 2,
    ColumnKey.BEFORE_RATIO: _BROAD - 2,
    ColumnKey.SERIAL: _BROAD,
    ColumnKey.INTERVAL: 10,
    ColumnKey.FORMULA: 50,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """How a report is printed: for which office, in which language and font; moments are of `timezone`."""

    office: str
    language: Language
    timezone: ZoneInfo
    font: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """What is printed beside tables and charts."""

    period: str
    cut_off_at: datetime
    snapshot_id: int
    sha256: str
    metric_version: int
    version: int
    state: str
    released: str | None
    """By whom and when."""
    is_public: bool
    changes: tuple[str, ...]
    """Since the version before."""
    paragraphs: Mapping[str, str]
    """What was written, by section of section 10; empty for what was marked as none."""


def print_report(
    printed: Printed,
    tables: Sequence[ReportTable],
    drawings: Sequence[Drawing],
    pictures: Mapping[ChartId, bytes | ChartError],
    how: Print,
) -> bytes:
    """As PDF."""
    content = describe(printed, tables, drawings, pictures, how)
    return print_page(_PAGE, content | {"font": how.font}, at=printed.cut_off_at)


def describe(
    printed: Printed,
    tables: Sequence[ReportTable],
    drawings: Sequence[Drawing],
    pictures: Mapping[ChartId, bytes | ChartError],
    how: Print,
) -> dict[str, Any]:
    """What the page is given to print."""
    language = how.language

    def label(key: str, **values: Any) -> str:
        return choose(LABELS[key], language).format(**values)

    facts = [
        (label("period"), printed.period),
        (label("cut_off"), f"{printed.cut_off_at.astimezone(how.timezone):%Y-%m-%d %H:%M} {how.timezone.key}"),
        (label("source"), label("snapshot", id=printed.snapshot_id, sha256=printed.sha256[:16])),
        (label("versions"), label("of_versions", version=printed.version, metrics=printed.metric_version)),
        (label("state"), printed.released or label(printed.state)),
    ]
    if printed.changes:
        facts.append((label("changes"), "\n".join(printed.changes)))
    title = choose(TITLE_OF_REPORT, language).format(period=printed.period)
    return {
        "title": title,
        "office": how.office,
        "language": language.value,
        "footer": title,
        "mark": "" if printed.state == "released" else label("draft_mark"),
        "nothing": label("nothing"),
        "facts": [list(fact) for fact in facts],
        "sections": [
            {
                "title": label("section", number=number, title=choose(words, language)),
                "paragraphs": _paragraphs(printed, language) if number == HOT_SPOTS else [],
                "tables": [_table(table, language) for table in tables if table.section == number],
                "charts": [_chart(one, pictures) for one in drawings if section_of(one.id) == number],
            }
            for number, words in SECTIONS.items()
        ],
    }


def _paragraphs(printed: Printed, language: Language) -> list[dict[str, str]]:
    nothing = choose(LABELS["nothing"], language)
    return [
        {"title": choose(words, language), "text": printed.paragraphs[key] or nothing}
        for key, words in PARAGRAPHS.items()
        if key in printed.paragraphs
    ]


def _table(table: ReportTable, language: Language) -> dict[str, Any]:
    is_words = all(isinstance(cell, Text) for line in table.lines for cell in line.cells)
    rows = [
        [choose(line.name, language), *(cell_text.cell_text(cell, language) for cell in line.cells)]
        for line in table.all_lines
    ]
    has_total = table.total is not None
    return {
        "kind": "words" if is_words else "figures",
        "title": cell_text.title(table, language),
        "header": cell_text.headings(table, language),
        "widths": [_NAMES, *(_WIDTHS.get(column, _USUAL) for column in table.columns)],
        "rows": rows[:-1] if has_total else rows,
        "total": rows[-1] if has_total else [],
        "notes": cell_text.notes(table, language),
    }


def _chart(drawing: Drawing, pictures: Mapping[ChartId, bytes | ChartError]) -> dict[str, str]:
    """One that could not be drawn says so in its place, and the rest stands."""
    picture = pictures[drawing.id]
    if isinstance(picture, ChartError):
        return {"svg": "", "alt": f"{drawing.title}: {picture}"}
    return {"svg": picture.decode(), "alt": f"{drawing.title}. {drawing.subtitle}"}
