"""Messages over HTTP. Everybody who calls back may hear them; who did is logged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.audio import store
from callcenter.audio.playback import AUDIO_ANSWERS, AskedServing, FileId, WavResponse
from callcenter.audio.rules import Purpose
from callcenter.audio.schemas import describe_file
from callcenter.calls.number_access import may_unmask
from callcenter.calls.numbers import mask
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AreaCode, LoggedSnapshot, Now
from callcenter.http.pages import cut_page
from callcenter.http.reasons import PossibleReason
from callcenter.voicemail import service
from callcenter.voicemail.schemas import MessagePage, MessageQuery, MessageView
from callcenter.voicemail.store import find_episodes, find_heard

router = APIRouter(tags=["voicemail"])

_MESSAGES = value_cursors("messages", int)


@router.get("/messages", dependencies=[require(Right.HEAR_MESSAGES)])
async def get_messages(
    query: Annotated[MessageQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
) -> MessagePage:
    """Messages, newest first. Unmasked numbers need a supervisor and a reason, and are logged."""
    listed = await service.list_messages(session, query, before=query.after(_MESSAGES))
    found, following = cut_page(listed, query, _MESSAGES, lambda kept: kept.file.id)
    subject = f"messages: {','.join(str(kept.file.id) for kept in found) or 'none'}"
    heard = await find_heard(session, [kept.file.id for kept in found])
    episodes = await find_episodes(session, [(kept.file.pbx, kept.file.call_id) for kept in found])
    is_masked = not await may_unmask(session, None if query.masked else reason, user, [subject], now)
    items = [
        MessageView.model_validate(
            {
                **describe_file(kept),
                "mailbox": kept.file.mailbox,
                "caller_number": mask(kept.caller_number, area_code=area_code) if is_masked else kept.caller_number,
                "heard_at": None if first is None else first.at,
                "heard_by": None if first is None else first.by,
                "episode_id": episodes.get((kept.file.pbx, kept.file.call_id)),
            }
        )
        for kept, first in ((kept, heard.get(kept.file.id)) for kept in found)
    ]
    return MessagePage(items=items, next=following)


@router.get(
    "/messages/{file_id}/audio",
    response_class=WavResponse,
    responses=AUDIO_ANSWERS,
    dependencies=[require(Right.HEAR_MESSAGES)],
)
async def hear_message(
    file_id: FileId,
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    serving: AskedServing,
) -> Response:
    """Play a message, or a range of it."""
    kept = await store.get_file(session, file_id, Purpose.MESSAGE)
    return await serving.answer(kept.file, user=user, reason=reason)
