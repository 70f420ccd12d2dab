"""What a person's request takes over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.tickets.schemas import PLAIN, AskedDay
from callcenter.http.fields import Sentence
from callcenter.languages import Language

OwnName = Annotated[str, Field(min_length=1, max_length=80, pattern=PLAIN)]


class NewPersonRequest(BaseModel):
    """Who asks for what is held of them, and how it was confirmed that it is they."""

    model_config = ConfigDict(extra="forbid")

    phone: Annotated[str, Field(min_length=3, max_length=40, pattern=PLAIN)] = Field(
        description="Their own number, in any usual form. It never stands in an address."
    )
    names: Annotated[list[OwnName], Field(min_length=1, max_length=10)] = Field(
        description="As they were confirmed; records with the number and another name are somebody else's."
    )
    since: AskedDay | None = Field(default=None, description="Since when the number is theirs: nothing older is given.")
    reason: Sentence = Field(description="Why they ask. It is printed, and logged.")
    identity: Sentence = Field(description="How their identity was confirmed. It is printed, and logged.")
    language: Language = Language.CHINESE
