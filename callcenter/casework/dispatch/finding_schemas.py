"""What is found on the way of an instruction, as it comes and goes over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.dispatch.rules import Batch, GoodsTest, Measure
from callcenter.casework.tickets.schemas import AskedId, Line
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page

Quantity = Annotated[Decimal, Field(gt=0, le=10**9, decimal_places=3)]
Unit = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]+$")]


class BatchBody(BaseModel):
    """Goods that were found."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    brand: Line | None = None
    batch: Line | None = None
    quantity: Quantity
    measured_in: Unit
    measure: Measure
    attachment_id: AskedId | None = Field(default=None, description="Of the ticket: what shows the goods.")

    def to_batch(self) -> Batch:
        """As the rules see it."""
        return Batch(**self.model_dump())


class NewTest(BaseModel):
    """Something that was tested."""

    model_config = ConfigDict(extra="forbid")

    item: Line = Field(description="What was tested.")
    method: Line
    result: Sentence
    evidence: Line = Field(description="What shows it: the number of the report, for one.")

    def to_test(self) -> GoodsTest:
        """As the rules see it."""
        return GoodsTest(**self.model_dump())


class BatchView(BaseModel):
    """Goods that were found."""

    name: str
    brand: str | None
    batch: str | None
    quantity: float
    measured_in: str
    measure: Measure
    attachment_id: int | None = Field(description="Of the ticket: what shows the goods.")
    added_by: str
    added_at: Moment


class TestView(BaseModel):
    """Something that was tested."""

    item: str
    method: str
    result: str
    evidence: str
    added_by: str
    added_at: Moment


class BatchPage(Page[BatchView]):
    """Oldest first."""


class TestPage(Page[TestView]):
    """Oldest first."""
