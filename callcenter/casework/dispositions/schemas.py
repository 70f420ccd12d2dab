"""What dispositions of calls take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callcenter.casework.dispositions.rules import NoTicket
from callcenter.casework.tickets.schemas import AskedDay, TicketNumber
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page, PageQuery

MOST_TICKETS = 50


class NewDisposition(BaseModel):
    """The tickets of a call, or why it became none."""

    model_config = ConfigDict(extra="forbid")

    tickets: Annotated[list[TicketNumber], Field(max_length=MOST_TICKETS)] = []
    reason: NoTicket | None = None
    remark: Sentence | None = Field(default=None, description="Needed where the reason is `other`.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> NewDisposition:
        if bool(self.tickets) == (self.reason is not None):
            raise ValueError("a call has tickets, or a reason why it has none")
        if self.reason is NoTicket.OTHER and self.remark is None:
            raise ValueError("another reason is written down")
        return self


class DispositionView(BaseModel):
    """What became of a call; everything is empty while nobody has said it."""

    tickets: list[str]
    reason: NoTicket | None
    remark: str | None
    said_by: str | None
    said_at: Moment | None


class MissingQuery(PageQuery):
    """Of which day."""

    day: AskedDay | None = Field(default=None, description="Today.")


class MissingView(BaseModel):
    """An answered call of which nobody has said what became of it."""

    pbx: str
    call_id: str
    started_at: Moment
    agents: list[str] = Field(description="The devices that talked in it.")


class MissingDispositions(Page[MissingView]):
    """In the order in which they came; answered = with_ticket + with_reason + missing."""

    day: date
    answered: int
    with_ticket: int
    with_reason: int
    missing: int
