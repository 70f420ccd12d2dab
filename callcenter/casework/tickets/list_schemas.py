"""How tickets are looked for and listed over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from callcenter.casework.bigrams import searchable
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.tickets.rules import TicketKind, TicketState
from callcenter.casework.tickets.schemas import PLAIN, AskedId
from callcenter.http.downloads import FileQuery
from callcenter.http.pages import PageQuery


class TicketOrder(StrEnum):
    """The order of a list of tickets. A closed list."""

    NEWEST = "newest"
    DUE = "due"
    """What is due next first; last of all tickets of which no time limit runs."""


class TicketSearch(PageQuery):
    """What is looked for: words, a telephone number, or both. Numbers never stand in an address."""

    words: Annotated[str, Field(min_length=2, max_length=100), AfterValidator(searchable)] | None = Field(
        default=None, description="All of them stand in the title, the facts, the respondent or the brand."
    )
    phone: Annotated[str, Field(min_length=3, max_length=40, pattern=PLAIN)] | None = Field(
        default=None, description="Of somebody in the ticket, in any usual form. Looking for a number is logged."
    )
    kind: TicketKind | None = None
    open: bool | None = None

    @model_validator(mode="after")
    def _looks_for_something(self) -> TicketSearch:
        if self.words is None and self.phone is None:
            raise ValueError("look for words, or for a number")
        return self


class TicketsQuery(PageQuery, FileQuery):
    """Which tickets are wanted."""

    kind: TicketKind | None = None
    state: TicketState | None = None
    open: bool | None = Field(default=None, description="Those on which somebody still has to do something, or others.")
    priority: Priority | None = None
    unit_id: AskedId | None = None
    merchant_id: AskedId | None = None
    mine: bool = Field(default=False, description="Made by the user.")
    order: TicketOrder = TicketOrder.NEWEST
