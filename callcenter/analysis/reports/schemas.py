"""Tables that are to be checked, and what was found, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.analysis.reports.checks import ComparedWith, Comparison, Row, Table, TableFault, TopShare

MOST_TABLES = 50
MOST_ROWS = 200
LARGEST = 10**12

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Counted = Annotated[int, Field(ge=0, le=LARGEST)]
Percent = Annotated[Decimal, Field(ge=-LARGEST, le=LARGEST, max_digits=18, decimal_places=4)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ComparisonBody(_Asked):
    """An earlier figure, and the change in percent, as they are printed."""

    base: ComparedWith
    before: Counted | None = None
    change: Percent | None = Field(default=None, description="In percent, with the decimals that are printed.")


class RowBody(_Asked):
    """A line; what is not printed is left out."""

    name: Name
    count: Counted | None = None
    share: Percent | None = Field(default=None, description="In percent, with the decimals that are printed.")
    comparisons: Annotated[list[ComparisonBody], Field(max_length=len(ComparedWith))] = []

    def to_row(self) -> Row:
        """As the rules see it."""
        comparisons = tuple(Comparison(**one.model_dump()) for one in self.comparisons)
        return Row(name=self.name, count=self.count, share=self.share, comparisons=comparisons)


class TopBody(_Asked):
    """The share that the first rows have together."""

    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    share: Percent


class PartOf(_Asked):
    """The row of another table that this one divides."""

    table: Name
    row: Name


class TableBody(_Asked):
    """A table as it is printed."""

    name: Name
    rows: Annotated[list[RowBody], Field(min_length=1, max_length=MOST_ROWS)]
    total: RowBody | None = None
    whole: Counted | None = Field(default=None, description="What shares are of, where it is not the total.")
    top: TopBody | None = None
    part_of: PartOf | None = None

    def to_table(self) -> Table:
        """As the rules see it."""
        return Table(
            name=self.name,
            rows=tuple(row.to_row() for row in self.rows),
            total=None if self.total is None else self.total.to_row(),
            whole=self.whole,
            top=None if self.top is None else TopShare(rows=self.top.rows, share=self.top.share),
            part_of=None if self.part_of is None else (self.part_of.table, self.part_of.row),
        )


class ReportCheck(_Asked):
    """Tables of a report, or of any text."""

    tables: Annotated[list[TableBody], Field(min_length=1, max_length=MOST_TABLES)]


class FindingView(BaseModel):
    """Something that does not fit."""

    model_config = ConfigDict(from_attributes=True)

    fault: TableFault
    table: str
    row: str | None
    base: ComparedWith | None
    printed: float
    right: float
    fits: int | None = Field(
        description="A figure for this row that would put right both the sum and what is printed; null for none."
    )


class ReportCheckResult(BaseModel):
    """What was found. Without a comparison that could be made, nothing is known."""

    comparisons: int
    is_clean: bool | None = Field(description="Null where there was nothing to compare.")
    findings: list[FindingView]
