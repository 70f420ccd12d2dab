"""What codes take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.classification.rules import CODE, MOST_FOLLOWERS, Axis
from callcenter.http.days import FIRST_DAY, LAST_DAY
from callcenter.http.fields import Sentence
from callcenter.http.pages import Page, PageQuery

CodeName = Annotated[str, Field(pattern=f"^{CODE.pattern}$", examples=["infant_food"])]
AskedDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]


class CodesQuery(PageQuery):
    """Which codes are wanted."""

    axis: Axis
    on_day: AskedDay | None = Field(default=None, description="Those that are valid that day; without it all.")


class CodeView(BaseModel):
    """A code, from one day to another, both included."""

    model_config = ConfigDict(from_attributes=True)

    axis: Axis
    code: str
    name: str
    parent: str | None
    valid_from: date
    valid_to: date | None
    source: str
    maps_to: list[str] = Field(description="Its followers, or its like in another scheme.")


class CodePage(Page[CodeView]):
    """In the order of the codes."""


class NewCode(BaseModel):
    """A code that is to be valid from a day on, today or later."""

    model_config = ConfigDict(extra="forbid")

    axis: Axis
    code: CodeName
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
    parent: CodeName | None = None
    valid_from: AskedDay
    source: Sentence


class CodeEnd(BaseModel):
    """The last day of a code, today or later, and what matters have instead from then on."""

    model_config = ConfigDict(extra="forbid")

    valid_to: AskedDay
    maps_to: Annotated[list[CodeName], Field(max_length=MOST_FOLLOWERS)] = []
