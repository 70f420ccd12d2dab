"""What the accounts take and give over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from callcenter.accounts.rules import LONGEST_PASSWORD, NAME_PATTERN, Role


class Credentials(BaseModel):
    """What one signs in with."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=NAME_PATTERN)
    password: SecretStr = Field(min_length=1, max_length=LONGEST_PASSWORD)


class CurrentUser(BaseModel):
    """Who is signed in."""

    name: str
    role: Role


class AccessEntry(BaseModel):
    """Somebody saw something unmasked."""

    id: int
    user: str
    what: str
    subject: str
    at: datetime


class AccessPage(BaseModel):
    """Newest first; `next_before` is the `before` of the next page, null on the last."""

    items: list[AccessEntry]
    next_before: int | None
