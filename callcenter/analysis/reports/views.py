"""A report as HTTP shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callcenter.accounts.rights import SignedIn
from callcenter.analysis.charts.chart_parts import Drawing
from callcenter.analysis.reports import cells, store
from callcenter.analysis.reports.cell_text import cell_text, choose, headings, notes, title
from callcenter.analysis.reports.cells import Cell, Line, ReportTable
from callcenter.analysis.reports.chart_figures import section_of
from callcenter.analysis.reports.consistency import check_tables
from callcenter.analysis.reports.documents import Document
from callcenter.analysis.reports.printed_report import Printed
from callcenter.analysis.reports.report_schemas import (
    CellView,
    ChartView,
    ParagraphView,
    ReportColumn,
    ReportLine,
    ReportSectionView,
    ReportSummary,
    ReportTableView,
    ReportView,
)
from callcenter.analysis.reports.rules import Report, list_allowed
from callcenter.analysis.reports.schemas import FindingView
from callcenter.analysis.reports.tables import ReportRow
from callcenter.analysis.reports.words import SECTIONS, TITLE_OF_REPORT
from callcenter.analysis.snapshots.tables import SnapshotHead
from callcenter.languages import Language

_PERCENT = 100


def people_of(row: ReportRow) -> set[int]:
    """Ids of all who are named in it."""
    found = {row.drafted_by, row.submitted_by, row.released_by, *(one["author"] for one in row.paragraphs)}
    return {one for one in found if one is not None}


def summarise(
    row: ReportRow, head: SnapshotHead, report: Report, names: Mapping[int, str], user: SignedIn
) -> ReportSummary:
    """As a line of the list."""
    return ReportSummary(
        id=row.id,
        version=row.version,
        snapshot_id=row.snapshot_id,
        kind=head.kind,  # type: ignore[arg-type]
        first=head.first,
        last=head.last,
        name=head.name,
        edition=row.edition,
        state=report.state,
        drafted_by=names.get(row.drafted_by or 0),
        drafted_at=row.drafted_at,
        submitted_by=names.get(row.submitted_by or 0),
        submitted_at=row.submitted_at,
        released_by=names.get(row.released_by or 0),
        released_at=row.released_at,
        pdf_sha256=row.pdf_sha256,
        events=list_allowed(report, user),
    )


def view_report(
    summary: ReportSummary,
    row: ReportRow,
    printed: Printed,
    document: Document,
    names: Mapping[int, str],
    language: Language,
) -> ReportView:
    """Read whole, in one language."""
    checked = check_tables(document.tables)
    return ReportView(
        **summary.model_dump(),
        title=choose(TITLE_OF_REPORT, language).format(period=printed.period),
        cut_off_at=printed.cut_off_at,
        metric_version=printed.metric_version,
        sha256=printed.sha256,
        reason=row.reason,
        returned_reason=row.returned_reason,
        changes=list(printed.changes),
        paragraphs=[
            ParagraphView(section=one.section, text=one.text, author=names.get(one.author, ""))
            for one in store.to_paragraphs(row)
        ],
        sections=[
            ReportSectionView(number=number, title=choose(words, language)) for number, words in SECTIONS.items()
        ],
        tables=[view_table(table, language) for table in document.tables],
        comparisons=checked.comparisons,
        findings=[FindingView.model_validate(finding) for finding in checked.findings],
    )


def view_table(table: ReportTable, language: Language) -> ReportTableView:
    """With the text of each cell as it is printed."""
    first, *others = headings(table, language)
    columns = zip(table.columns, others, strict=True)
    return ReportTableView(
        key=table.key,
        section=table.section,
        title=title(table, language),
        basis=table.basis,
        heading=first,
        columns=[ReportColumn(key=key, title=heading) for key, heading in columns],
        lines=[_line(line, language) for line in table.lines],
        total=None if table.total is None else _line(table.total, language),
        axis=table.axis,
        notes=notes(table, language),
        is_internal=table.is_internal,
    )


def view_charts(drawings: Sequence[Drawing]) -> list[ChartView]:
    """The options that the server would draw."""
    return [
        ChartView(
            id=one.id,
            section=section_of(one.id),
            title=one.title,
            subtitle=one.subtitle,
            width=one.width,
            height=one.height,
            option=one.option,
            header=list(one.table.header),
            rows=[list(row) for row in one.table.rows],
        )
        for one in drawings
    ]


def _line(line: Line, language: Language) -> ReportLine:
    return ReportLine(
        key=line.key, name=choose(line.name, language), cells=[_cell(cell, language) for cell in line.cells]
    )


def _cell(cell: Cell, language: Language) -> CellView:
    text = cell_text(cell, language)
    match cell:
        case cells.Count() | cells.Rank():
            return CellView(text=text, value=cell.value)
        case cells.Share():
            return CellView(
                text=text,
                value=float(cell.percent),
                numerator=cell.count,
                denominator=cell.whole,
                is_small=cell.is_small,
            )
        case cells.Compared():
            percent = None if cell.percent is None else float(cell.percent)
            return CellView(text=text, value=percent, is_small=cell.is_small)
        case cells.PerDay():
            rate = None if cell.value is None else float(cell.value)
            return CellView(
                text=text,
                value=rate,
                numerator=cell.count,
                denominator=cell.days,
                is_small=cell.is_small,
            )
        case cells.Ratio():
            return CellView(
                text=text,
                value=None if cell.percent is None else float(cell.percent),
                numerator=cell.numerator,
                denominator=cell.denominator,
                low=None if cell.interval is None else _PERCENT * cell.interval.low,
                high=None if cell.interval is None else _PERCENT * cell.interval.high,
                is_small=cell.is_small,
            )
        case cells.Money():
            return CellView(text=text, value=cell.cents)
        case cells.Between():
            return CellView(text=text, low=cell.interval.low, high=cell.interval.high)
        case cells.Text() | cells.Nothing() | cells.Hidden():
            return CellView(text=text)
