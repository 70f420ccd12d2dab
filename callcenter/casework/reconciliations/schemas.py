"""Comparisons with the national platform over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.reconciliations.rules import Discrepancy
from callcenter.casework.tickets.schemas import AskedDay, AskedId
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery


class NewReconciliation(BaseModel):
    """Which uploaded export a day is compared with."""

    model_config = ConfigDict(extra="forbid")

    import_id: AskedId = Field(description="Of `POST /ticket-imports`; it need not be confirmed.")
    since: AskedDay | None = Field(default=None, description="The first day, for an export of several; else the day.")


class DiscrepancyView(BaseModel):
    """A matter about which the register and the platform disagree."""

    what: Discrepancy
    platform_number: str | None
    ticket: str | None
    fields: list[str] = Field(description="What differs, by the names of a ticket's fields.")


class ReconciliationView(BaseModel):
    """A comparison, as it was when it was made: nothing changes it."""

    day: date
    since: date
    import_id: int
    sha256: str = Field(description="Of the export.")
    compared_at: Moment
    compared_by: str
    comparisons: int = Field(description="How many there are of this day; this is the last unless a cursor says so.")
    in_both: int
    differing: int = Field(description="Of those in both.")
    not_compared: int = Field(description="Of those in both, rows with an error.")
    only_here: int
    only_there: int
    unreadable: int = Field(description="Rows without a number that can be read: they may be any of these.")


class ReconciliationDays(Page[ReconciliationView]):
    """The last comparison of each day, the latest day first."""


class ReconciliationPage(Page[DiscrepancyView], ReconciliationView):
    """What differs, then what is only there, then what is only here."""


class ReconciliationQuery(PageQuery):
    """Which of them are wanted."""

    what: Discrepancy | None = None
