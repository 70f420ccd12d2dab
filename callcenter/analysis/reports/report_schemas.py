"""Reports over HTTP: what is asked and what is shown."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.reports.rules import ReportEvent, ReportSection, ReportState
from callcenter.analysis.reports.schemas import FindingView
from callcenter.http.cursors import LARGEST_ID
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page, PageQuery
from callcenter.languages import Language

LONGEST_PARAGRAPH = 8000

Written = Annotated[
    str,
    Field(
        min_length=1, max_length=LONGEST_PARAGRAPH, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*\S[^\x00-\x09\x0b-\x1f\x7f]*$"
    ),
]
"""Lines of text, with line breaks and no other control characters."""


class Audience(StrEnum):
    """For whom it is read. A closed list."""

    INTERNAL = "internal"
    PUBLIC = "public"
    """Without merchants, brands and corrections, and without counts of one or two."""


class ReportsQuery(PageQuery):
    """Which reports are wanted."""

    kind: PeriodKind | None = None
    state: ReportState | None = None
    snapshot_id: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None


class ReportQuery(BaseModel):
    """How a report is read."""

    model_config = ConfigDict(extra="forbid")

    language: Language = Language.CHINESE
    audience: Audience = Audience.INTERNAL


class NewReport(BaseModel):
    """On which snapshot."""

    model_config = ConfigDict(extra="forbid")

    snapshot_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]


class NewParagraph(BaseModel):
    """What is written in a section; without text there is nothing to say."""

    model_config = ConfigDict(extra="forbid")

    section: ReportSection
    text: Written | None = None


class ReportReason(BaseModel):
    """Why a report is sent back or corrected; nothing otherwise."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence | None = None


class ParagraphView(BaseModel):
    """What was written, and by whom."""

    section: ReportSection
    text: str | None = Field(description="Null: marked that there is nothing to say.")
    author: str


class ReportSummary(BaseModel):
    """A report in a list."""

    id: int
    version: int
    snapshot_id: int
    kind: PeriodKind
    first: date
    last: date
    name: str | None = Field(description="Of a holiday.")
    edition: int
    state: ReportState
    drafted_by: str | None = Field(description="Null for the nightly job.")
    drafted_at: Moment
    submitted_by: str | None
    submitted_at: Moment | None
    released_by: str | None
    released_at: Moment | None
    pdf_sha256: str | None = Field(description="Of the Chinese pages for the house, as they were released.")
    events: list[ReportEvent] = Field(description="What the user may do with it now.")


class ReportPage(Page[ReportSummary]):
    """Newest first."""


class CellView(BaseModel):
    """A cell as it is printed, and what it was made of."""

    text: str
    value: float | None = Field(default=None, description="The number that is printed; money in cents.")
    numerator: int | None = None
    denominator: int | None = None
    low: float | None = Field(default=None, description="Of a 95 % interval; of rates in percent.")
    high: float | None = None
    is_small: bool = Field(default=False, description="Of fewer than 10 cases.")


class ReportLine(BaseModel):
    """A row; the key finds the matters behind it."""

    key: str
    name: str
    cells: list[CellView]


class ReportColumn(BaseModel):
    """What a column holds."""

    key: str = Field(description="The same in all languages.")
    title: str


class ReportTableView(BaseModel):
    """A table as it is printed."""

    key: str
    section: int
    title: str
    basis: str = Field(description="received, ended, raised, calls, none: never two of them in one table.")
    heading: str = Field(description="Of the first column.")
    columns: list[ReportColumn]
    lines: list[ReportLine]
    total: ReportLine | None
    axis: str | None = Field(description="The filter of the list of matters that takes the keys of the lines.")
    notes: list[str]
    is_internal: bool


class ReportSectionView(BaseModel):
    """One of the twelve."""

    number: int
    title: str


class ReportView(ReportSummary):
    """A report read whole."""

    title: str
    cut_off_at: Moment
    metric_version: int
    sha256: str = Field(description="Of the snapshot.")
    reason: str | None = Field(description="Why the edition before was corrected.")
    returned_reason: str | None = Field(description="Why it was sent back the last time.")
    changes: list[str] = Field(description="Since the edition before.")
    paragraphs: list[ParagraphView]
    sections: list[ReportSectionView]
    tables: list[ReportTableView]
    comparisons: int = Field(description="Made by the check of sums, shares and changes.")
    findings: list[FindingView]


class ChartView(BaseModel):
    """A chart ready to be drawn: the option is that of ECharts, the same as in the printed report."""

    id: str = Field(description="c1 to c12.")
    section: int
    title: str
    subtitle: str
    width: int
    height: int
    option: dict[str, Any]
    header: list[str]
    rows: list[list[str]] = Field(description="The same figures as a table.")


class ReportCharts(BaseModel):
    """The fixed charts; one is left out where there is nothing to draw."""

    charts: list[ChartView]
