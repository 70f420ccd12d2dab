"""What thresholds take and give over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.classification.schemas import AskedDay, CodeName
from callcenter.casework.deadlines.rules import Certainty
from callcenter.casework.thresholds.rules import LARGEST, ThresholdCode, ThresholdUnit
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page

MOST_CODES = 50


class ThresholdView(BaseModel):
    """A number or a list of codes by which matters are judged."""

    code: ThresholdCode
    valid_from: Moment = Field(description="Until the next of the same code.")
    is_in_force: bool
    unit: ThresholdUnit
    number: float | None = Field(description="Null for a list of codes.")
    names: list[str] | None = Field(description="Null for a number.")
    certainty: Certainty
    source: str


class ThresholdPage(Page[ThresholdView]):
    """By code, the oldest of each first."""


class NewThreshold(BaseModel):
    """What the office has decided, from the begin of a day on that has not begun."""

    model_config = ConfigDict(extra="forbid")

    code: ThresholdCode
    valid_from: AskedDay
    number: Annotated[Decimal, Field(gt=0, le=LARGEST, decimal_places=2)] | None = None
    names: Annotated[list[CodeName], Field(min_length=1, max_length=MOST_CODES)] | None = None
    source: Sentence
