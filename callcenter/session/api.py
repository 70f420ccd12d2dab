"""Who is signed in here, and how they like the pages."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, secret_of
from callcenter.accounts.passwords import hash_token
from callcenter.accounts.rights import SignedIn
from callcenter.accounts.schemas import CurrentUser
from callcenter.agents import store as agents
from callcenter.agents.rules import DeviceKind, Seat, kind_of
from callcenter.agents.schemas import SkillView, describe_own_seat
from callcenter.agents.store import PresentSeat
from callcenter.browser_phones.schemas import PhoneView, describe_phone
from callcenter.browser_phones.store import find_lease
from callcenter.http.dependencies import Now, Snapshot, Transaction
from callcenter.session import store
from callcenter.session.rules import check_preferences
from callcenter.session.schemas import FeaturesView, NewPreferences, PreferencesView, SessionView
from callcenter.settings import Settings

router = APIRouter(tags=["accounts"])


@router.get("/session")
async def get_current_user(user: SignedInUser, session: Snapshot, now: Now, request: Request) -> SessionView:
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
        phone=await _describe_phone(session, seat, present, user, request, now),
        preferences=PreferencesView.of(await store.get_preferences(session, user.user_id)),
        timezone=settings.timezone.key,
        server_time=now,
        features=FeaturesView(
            commands=any(pbx.ami_commands_secret is not None for pbx in settings.pbxs),
            recordings=any(pbx.recordings_dir is not None for pbx in settings.pbxs),
            messages=any(pbx.voicemail_dir is not None for pbx in settings.pbxs),
            browser_phone=bool(settings.phones_in_pages),
            typed_numbers=bool(settings.dial_prefixes),
        ),
        version=request.app.version,
    )


async def _describe_phone(
    session: AsyncSession,
    seat: Seat | None,
    present: PresentSeat | None,
    user: SignedIn,
    request: Request,
    now: datetime,
) -> PhoneView | None:
    settings: Settings = request.app.state.settings
    if seat is None or kind_of(seat, settings.phones_in_pages) is not DeviceKind.BROWSER:
        return None
    return describe_phone(
        seat,
        await find_lease(session, seat),
        is_registered=present.is_registered if present is not None and present.is_known(now) else None,
        user_id=user.user_id,
        holder=hash_token(secret_of(request)),
        now=now,
    )


@router.patch("/session/preferences")
async def change_preferences(chosen: NewPreferences, user: SignedInUser, session: Transaction) -> PreferencesView:
    """Choose how you like the pages, in every browser; what is not sent stays."""
    await store.save_choices(session, user.user_id, chosen.to_choices())
    return PreferencesView.of(check_preferences(await store.get_preferences(session, user.user_id)))
