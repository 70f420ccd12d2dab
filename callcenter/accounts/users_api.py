"""Users and their tokens, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from callcenter.accounts import service
from callcenter.accounts.api import TOKEN_CURSORS, SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.schemas import (
    MadeToken,
    NewDisplayName,
    NewDuties,
    NewPassword,
    NewRole,
    NewToken,
    NewUser,
    TokenEntry,
    TokenName,
    TokenPage,
    UserEntry,
    UserName,
    UserPage,
)
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, OpenDatabase
from callcenter.http.pages import PageQuery, cut_whole

router = APIRouter(prefix="/users", tags=["accounts"], dependencies=[require(Right.MANAGE_USERS)])

_USERS = value_cursors("users", str)


@router.get("")
async def list_users(query: Annotated[PageQuery, Query()], database: OpenDatabase) -> UserPage:
    """Every user, disabled ones too."""
    page, following = cut_whole(await service.list_users(database), query, _USERS, lambda line: line.name)
    return UserPage(items=[UserEntry.of(line) for line in page], next=following)


@router.post("", status_code=201)
async def add_user(new: NewUser, user: SignedInUser, database: OpenDatabase, now: Now) -> None:
    """A new user."""
    password = new.password.get_secret_value()
    await service.add_user(
        database,
        name=new.name,
        display_name=new.display_name,
        role=new.role,
        duties=new.duties,
        password=password,
        at=now,
        by=user,
    )


@router.post("/{name}/disable", status_code=204)
async def disable_user(name: UserName, user: SignedInUser, database: OpenDatabase, now: Now) -> None:
    """Sign a user out everywhere, revoke the tokens and let them in no more."""
    await service.disable_user(database, name=name, at=now, by=user)


@router.post("/{name}/enable", status_code=204)
async def enable_user(name: UserName, user: SignedInUser, database: OpenDatabase, now: Now) -> None:
    """Let a user in again, with the old password and without the old tokens."""
    await service.enable_user(database, name=name, at=now, by=user)


@router.put("/{name}/role", status_code=204)
async def set_role(name: UserName, new: NewRole, user: SignedInUser, database: OpenDatabase, now: Now) -> None:
    """What a user may do, from the next request on."""
    await service.set_role(database, name=name, role=new.role, at=now, by=user)


@router.put("/{name}/duties", status_code=204)
async def set_duties(name: UserName, new: NewDuties, user: SignedInUser, database: OpenDatabase, now: Now) -> None:
    """What a user does beside the role, from the next request on."""
    await service.set_duties(database, name=name, duties=new.duties, at=now, by=user)


@router.put("/{name}/display-name", status_code=204)
async def set_display_name(
    name: UserName, new: NewDisplayName, user: SignedInUser, database: OpenDatabase, now: Now
) -> None:
    """What people call a user: the default of the mediator's name in a mediation's record."""
    await service.set_display_name(database, name=name, display_name=new.display_name, at=now, by=user)


@router.put("/{name}/password", status_code=204)
async def reset_password(
    name: UserName, new: NewPassword, user: SignedInUser, database: OpenDatabase, now: Now
) -> None:
    """Give a user another password; ends their sessions and tokens."""
    await service.set_password(database, name=name, password=new.password.get_secret_value(), at=now, by=user)


@router.post("/{name}/release", status_code=204)
async def release_user(name: UserName, user: SignedInUser, database: OpenDatabase, now: Now) -> None:
    """Forget failed sign-ins, so that the user may try again at once."""
    await service.release_user(database, name=name, at=now, by=user)


@router.get("/{name}/tokens")
async def list_tokens(name: UserName, query: Annotated[PageQuery, Query()], database: OpenDatabase) -> TokenPage:
    """A user's tokens for scripts, without their secrets."""
    tokens = await service.list_tokens(database, user_name=name)
    page, following = cut_whole(tokens, query, TOKEN_CURSORS, lambda line: line.name)
    return TokenPage(items=[TokenEntry.of(line) for line in page], next=following)


@router.post("/{name}/tokens", status_code=201)
async def create_token(
    name: UserName, new: NewToken, user: SignedInUser, database: OpenDatabase, now: Now
) -> MadeToken:
    """A token with the rights of that user; its secret is shown here and never again."""
    token = await service.create_token(database, user_name=name, token_name=new.name, days=new.days, at=now, by=user)
    return MadeToken(name=new.name, token=token)


@router.delete("/{name}/tokens/{token_name}", status_code=204)
async def revoke_token(
    name: UserName, token_name: TokenName, user: SignedInUser, database: OpenDatabase, now: Now
) -> None:
    """End a user's token."""
    await service.revoke_token(database, user_name=name, token_name=token_name, at=now, by=user)
