"""Types of fields that many requests and answers share."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, WithJsonSchema

from callcenter.json_values import moment_to_json

Moment = Annotated[
    datetime,
    PlainSerializer(moment_to_json, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""UTC with milliseconds, as everywhere in the contract."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("The calendar has no such moment in UTC.") from None


AskedMoment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment in a request, in UTC."""

AskedName = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]
"""What a PBX, a queue or an agent may be called."""

Sentence = Annotated[str, Field(min_length=2, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
"""A line of text that somebody wrote."""


def plain_line(text: str) -> str:
    """The line without blanks around it. Refuses what nobody sees: control characters, marks of direction, breaks."""
    shown = text.strip()
    categories = {unicodedata.category(sign) for sign in shown}
    if shown == "" or any(category[0] == "C" or category in ("Zl", "Zp") for category in categories):
        raise ValueError("A line has printable characters only, and one at least.")
    return shown
