"""What unconfirmed calls look like over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from callcenter.calls.records import Witness
from callcenter.calls.schemas import CallView, RecordView
from callcenter.disagreements.rules import Doubt
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery


def _in_words(text: str) -> str:
    words = text.strip()
    if len(words) < 2:
        raise ValueError("at least 2 characters besides blanks")
    return words


class NewSettlement(BaseModel):
    """Why the record of a call stands as it is."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[
        str, Field(min_length=2, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$"), AfterValidator(_in_words)
    ]


class SettlementView(BaseModel):
    """Who settled a call, when and why."""

    id: int
    reason: str
    settled_by: str
    settled_at: Moment
    holds: bool = Field(description="False where a witness has brought something new since.")


class DifferenceView(BaseModel):
    """A key of the record that the two witnesses report differently."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    ami: Any
    ledger: Any
    is_disagreement: bool = Field(description="False where one of the two cannot know it.")
    stands: Witness | None = Field(description="Whose value is in the record, null where neither is taken as it is.")
    reason: str


class UnconfirmedCall(BaseModel):
    """A call that is over and not confirmed, with the rows of both witnesses; numbers are masked."""

    call: CallView
    doubt: Doubt | None = Field(description="Null for a call that has been confirmed since.")
    told_by_ami: RecordView | None
    told_by_ledger: RecordView | None
    differences: list[DifferenceView]
    is_settled: bool = Field(description="By a settlement that holds: the audit of the day is not red for this call.")
    settlements: list[SettlementView] = Field(description="Latest first.")


class UnconfirmedPage(Page[UnconfirmedCall]):
    """Newest first."""


class UnconfirmedQuery(PageQuery):
    """Which unconfirmed calls are wanted."""

    day: date = Field(description="The business day on which they began.")
