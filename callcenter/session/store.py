"""The SQL of what users chose. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.languages import Language
from callcenter.session.rules import Preferences, Theme
from callcenter.session.tables import UserPreferences

DEFAULTS = Preferences()


async def get_preferences(session: AsyncSession, user_id: int) -> Preferences:
    """What the user chose, and of the rest what everybody has."""
    statement = select(UserPreferences).where(UserPreferences.user_id == user_id)
    chosen = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if chosen is None:
        return DEFAULTS
    return Preferences(
        language=DEFAULTS.language if chosen.language is None else Language(chosen.language),
        theme=DEFAULTS.theme if chosen.theme is None else Theme(chosen.theme),
        queues=None if chosen.queues is None else tuple(chosen.queues),
        ringer_volume=DEFAULTS.ringer_volume if chosen.ringer_volume is None else chosen.ringer_volume,
        waiting_yellow=chosen.waiting_yellow or DEFAULTS.waiting_yellow,
        waiting_red=chosen.waiting_red or DEFAULTS.waiting_red,
    )


async def save_choices(session: AsyncSession, user_id: int, choices: Mapping[str, Any]) -> None:
    """By column; None takes a choice back, and what is not named stays."""
    statement = insert(UserPreferences).values(user_id=user_id, **choices)
    if choices:
        statement = statement.on_conflict_do_update(
            index_elements=[UserPreferences.user_id], set_={name: statement.excluded[name] for name in choices}
        )
    else:
        statement = statement.on_conflict_do_nothing()
    await session.execute(statement)


async def find_display_name(session: AsyncSession, user_id: int) -> str | None:
    """What people call the user."""
    return await session.scalar(select(User.display_name).where(User.id == user_id))
