"""Imports over HTTP."""

from __future__ import annotations

from pydantic import BaseModel, Field

from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.rows import RowProblem
from callcenter.casework.imports.rules import ImportState, RowResult, RowStatus
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery


class RowCounts(BaseModel):
    """How many rows of a file are what; they are all of them."""

    new: int
    changed: int
    same: int
    error: int


class ResultCounts(BaseModel):
    """How many rows have done what so far."""

    made: int
    changed: int
    kept: int
    same: int


class TicketImportView(BaseModel):
    """A file of the national platform, and how far it has come."""

    id: int
    state: ImportState
    sha256: str
    bytes: int
    uploaded_at: Moment
    uploaded_by: str
    confirmed_at: Moment | None
    confirmed_by: str | None
    applied_at: Moment | None = Field(description="When the last of its rows was taken in.")
    rows: RowCounts
    results: ResultCounts


class TicketImportPage(Page[TicketImportView]):
    """Newest first."""


class ImportRowView(BaseModel):
    """A row of the file; what it says of persons is not shown."""

    line: int = Field(description="Where it begins in the file, from 1.")
    status: RowStatus
    platform_number: str | None = Field(description="Null where it cannot be read.")
    field: PlatformField | None = Field(description="Which cell is wrong.")
    problem: RowProblem | None
    changes: list[str] = Field(description="Fields of the ticket that the row would change, when the file came.")
    kept: list[str] = Field(description="Fields of which something else was decided here, and which stay so.")
    result: RowResult | None = Field(description="What it has done; null before it was taken in.")


class ImportRowPage(Page[ImportRowView]):
    """In the order of the file."""


class ImportRowsQuery(PageQuery):
    """Which rows are wanted."""

    status: RowStatus | None = None
    result: RowResult | None = None
