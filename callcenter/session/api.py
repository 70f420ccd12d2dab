"""Who is signed in here, and how they like the pages."""

from __future__ import annotations

from fastapi import APIRouter, Request

from callcenter.accounts.api import SignedInUser
from callcenter.accounts.schemas import CurrentUser
from callcenter.agents import store as agents
from callcenter.agents.schemas import SkillView, describe_own_seat
from callcenter.http.dependencies import Now, Transaction
from callcenter.session import store
from callcenter.session.rules import check_preferences
from callcenter.session.schemas import FeaturesView, NewPreferences, PreferencesView, SessionView
from callcenter.settings import Settings

router = APIRouter(tags=["accounts"])


@router.get("/session")
async def get_current_user(user: SignedInUser, session: Transaction, now: Now, request: Request) -> SessionView:
    """The user who is signed in, what the user may do and where they sit, and what can be done here."""
    settings: Settings = request.app.state.settings
    seat = await agents.find_seat(session, user.user_id)
    present = None if seat is None else await agents.find_present_seat(session, seat)
    skills = await agents.list_skills(session, user.user_id)
    return SessionView(
        **CurrentUser.of(user).model_dump(),
        display_name=await store.find_display_name(session, user.user_id),
        skills=[SkillView.model_validate(skill) for skill in skills],
        seat=None if seat is None else describe_own_seat(seat, present, now),
        phone=None,
        preferences=PreferencesView.of(await store.get_preferences(session, user.user_id)),
        timezone=settings.timezone.key,
        server_time=now,
        features=FeaturesView(
            commands=any(pbx.ami_commands_secret is not None for pbx in settings.pbxs),
            recordings=any(pbx.recordings_dir is not None for pbx in settings.pbxs),
            messages=any(pbx.voicemail_dir is not None for pbx in settings.pbxs),
            browser_phone=settings.phone_websocket is not None,
            typed_numbers=bool(settings.dial_prefixes),
        ),
        version=request.app.version,
    )


@router.patch("/session/preferences")
async def change_preferences(chosen: NewPreferences, user: SignedInUser, session: Transaction) -> PreferencesView:
    """Choose how you like the pages, in every browser; what is not sent stays."""
    await store.save_choices(session, user.user_id, chosen.to_choices())
    return PreferencesView.of(check_preferences(await store.get_preferences(session, user.user_id)))
