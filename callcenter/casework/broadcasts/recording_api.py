"""Recordings that broadcasts play, over HTTP: taken as plain bytes once, listed, heard."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.attachments.names import read_name
from callcenter.casework.broadcasts import recording_store as store
from callcenter.casework.broadcasts.own_sound import read_sound
from callcenter.casework.broadcasts.schemas import BroadcastRecordingPage, BroadcastRecordingView
from callcenter.casework.broadcasts.views import view_recording
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, OpenDatabase, RowId, Snapshot
from callcenter.http.pages import PageQuery, cut_page
from callcenter.http.uploads import BYTES, receive_file

router = APIRouter(tags=["broadcasts"])

_RECORDINGS = value_cursors("broadcast-recordings", int)
_WAV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/broadcast-recordings", dependencies=[require(Right.SEE_BROADCASTS)])
async def list_broadcast_recordings(query: Annotated[PageQuery, Query()], session: Snapshot) -> BroadcastRecordingPage:
    """Newest first."""
    found = await store.list_recordings(session, before=query.after(_RECORDINGS), limit=query.limit + 1)
    page, following = cut_page(found, query, _RECORDINGS, lambda one: one[0].id)
    return BroadcastRecordingPage(items=[view_recording(*one) for one in page], next=following)


@router.post(
    "/broadcast-recordings",
    status_code=201,
    openapi_extra=BYTES,
    dependencies=[require(Right.LEAD_BROADCASTS)],
)
async def add_broadcast_recording(
    request: Request,
    database: OpenDatabase,
    user: SignedInUser,
    now: Now,
    x_file_name: Annotated[
        str, Header(min_length=1, max_length=2000, description="Of any language, as percent-encoded UTF-8.")
    ],
) -> BroadcastRecordingView:
    """Keep a WAV of at most a minute, 16-bit mono, for broadcasts to play. The same sound again is the same one."""
    name = read_name(x_file_name)
    async with receive_file(request) as upload:
        sound = await asyncio.to_thread(read_sound, upload.file)
    async with database.sessions.begin() as session:
        added = await store.add_recording(session, sound, name, by=user.user_id, now=now)
        return view_recording(*await store.get_recording(session, added))


@router.get(
    "/broadcast-recordings/{recording_id}/audio",
    response_class=Response,
    responses=_WAV,
    dependencies=[require(Right.SEE_BROADCASTS)],
)
async def hear_broadcast_recording(recording_id: RowId, session: Snapshot) -> Response:
    """As it is played."""
    return Response(await store.read_wav(session, recording_id), media_type="audio/wav")
