"""What the accounts take and give over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from callcenter.accounts.rights import Duty, Right, Role, SignedIn, UserRole
from callcenter.accounts.rules import LONGEST_DISPLAY_NAME, LONGEST_PASSWORD, MOST_TOKEN_DAYS, NAME_PATTERN, TOKEN_DAYS
from callcenter.accounts.service import TokenLine, UserLine
from callcenter.http.fields import Moment
from callcenter.http.pages import Page

UserName = Annotated[str, Path(pattern=NAME_PATTERN)]
DisplayName = Annotated[str, Field(min_length=1, max_length=LONGEST_DISPLAY_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]
TokenName = Annotated[str, Path(pattern=NAME_PATTERN)]
Duties = Annotated[list[Duty], Field(max_length=len(Duty), description="Beside the role, in alphabetical order.")]


class Credentials(BaseModel):
    """What one signs in with."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=NAME_PATTERN)
    password: SecretStr = Field(min_length=1, max_length=LONGEST_PASSWORD)


class CurrentUser(BaseModel):
    """The user who is signed in."""

    name: str
    role: Role
    duties: Duties
    rights: list[Right] = Field(description="What the user may do, in alphabetical order.")

    @classmethod
    def of(cls, user: SignedIn) -> CurrentUser:
        return cls(name=user.name, role=user.role, duties=sorted(user.duties), rights=sorted(user.rights))


class PasswordChange(BaseModel):
    """What one gives oneself a new password with."""

    model_config = ConfigDict(extra="forbid")

    old_password: SecretStr = Field(min_length=1, max_length=LONGEST_PASSWORD)
    new_password: SecretStr = Field(min_length=1, max_length=LONGEST_PASSWORD)


class NewUser(BaseModel):
    """A user to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=NAME_PATTERN)
    display_name: DisplayName | None = None
    role: UserRole = Role.AGENT
    duties: Duties = []
    password: SecretStr = Field(min_length=1, max_length=LONGEST_PASSWORD)


class NewDisplayName(BaseModel):
    """What people call a user from now on; null takes it away."""

    model_config = ConfigDict(extra="forbid")

    display_name: DisplayName | None


class NewPassword(BaseModel):
    """What an administrator gives a user."""

    model_config = ConfigDict(extra="forbid")

    password: SecretStr = Field(min_length=1, max_length=LONGEST_PASSWORD)


class NewRole(BaseModel):
    """What a user may do from now on."""

    model_config = ConfigDict(extra="forbid")

    role: UserRole


class NewDuties(BaseModel):
    """What a user does from now on beside the role: these duties and no others."""

    model_config = ConfigDict(extra="forbid")

    duties: Duties


class NewToken(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=NAME_PATTERN)
    days: int = Field(default=TOKEN_DAYS, ge=1, le=MOST_TOKEN_DAYS)


class MadeToken(BaseModel):
    """The secret of a new token, which is shown once."""

    name: str
    token: str


class UserEntry(BaseModel):
    """One user; `disabled_at` is null for those who are let in."""

    name: str
    display_name: str | None = Field(description="What people call the user: the mediator's name in a record.")
    role: Role
    duties: Duties
    created_at: Moment
    disabled_at: Moment | None

    @classmethod
    def of(cls, line: UserLine) -> UserEntry:
        return cls(
            name=line.name,
            display_name=line.display_name,
            role=line.role,
            duties=sorted(line.duties),
            created_at=line.created_at,
            disabled_at=line.disabled_at,
        )


class UserPage(Page[UserEntry]):
    """By name."""


class TokenEntry(BaseModel):
    """One token; `last_used_at` is known to within a minute and null for one that nobody used."""

    name: str
    created_at: Moment
    expires_at: Moment
    last_used_at: Moment | None

    @classmethod
    def of(cls, line: TokenLine) -> TokenEntry:
        return cls(
            name=line.name, created_at=line.created_at, expires_at=line.expires_at, last_used_at=line.last_used_at
        )


class TokenPage(Page[TokenEntry]):
    """By name, expired ones too."""


class AccessEntry(BaseModel):
    """Somebody saw something unmasked, signed in, or changed who may; `user` is null for the command line and for a
    sign-in that failed."""

    id: int
    user: str | None
    what: str
    subject: str
    at: Moment


class AccessPage(Page[AccessEntry]):
    """Newest first."""
