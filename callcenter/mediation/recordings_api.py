"""Recordings of mediations over HTTP.

Supervisors hear all of them, hosts those of own mediations, unless somebody who can be heard refused to be recorded;
everybody says why, and every listening is logged. Downloading is a right of its own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.audio.file_list import list_asked
from callcenter.audio.holds import place_hold, release_hold
from callcenter.audio.playback import AUDIO_ANSWERS, AskedServing, FileId, WavResponse
from callcenter.audio.rules import Purpose
from callcenter.audio.schemas import NewHold, describe_file
from callcenter.audio.store import Condition, KeptFile, get_file
from callcenter.audio.tables import AudioFile
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import LoggedSnapshot, Now, Snapshot, Transaction
from callcenter.http.pages import cut_page
from callcenter.http.reasons import Reason
from callcenter.mediation.schemas import MediationRecordingPage, MediationRecordingQuery, MediationRecordingView
from callcenter.mediation.store import may_hear

router = APIRouter(tags=["mediations"])

_RECORDINGS = value_cursors("mediation-recordings", int)


@router.get("/mediation-recordings", dependencies=[require(Right.HEAR_RECORDINGS)])
async def get_mediation_recordings(
    query: Annotated[MediationRecordingQuery, Query()], user: SignedInUser, session: Snapshot
) -> MediationRecordingPage:
    """Files that you may hear, newest first."""
    conditions: list[Condition] = [may_hear(user)]
    if query.kind is not None:
        conditions.append(AudioFile.kind == query.kind)
    found = await list_asked(session, Purpose.MEDIATION, query, query.after(_RECORDINGS), *conditions)
    page, following = cut_page(found, query, _RECORDINGS, lambda kept: kept.file.id)
    return MediationRecordingPage(items=[_view(kept) for kept in page], next=following)


@router.get(
    "/mediation-recordings/{file_id}/audio",
    response_class=WavResponse,
    responses=AUDIO_ANSWERS,
    dependencies=[require(Right.HEAR_RECORDINGS)],
)
async def hear_mediation_recording(
    file_id: FileId, user: SignedInUser, reason: Reason, session: LoggedSnapshot, serving: AskedServing
) -> Response:
    """Listen to one file, or to a range of it."""
    kept = await get_file(session, file_id, Purpose.MEDIATION, may_hear(user))
    return await serving.answer(kept.file, user=user, reason=reason)


@router.get(
    "/mediation-recordings/{file_id}/download",
    response_class=WavResponse,
    responses=AUDIO_ANSWERS,
    dependencies=[require(Right.DOWNLOAD_RECORDINGS)],
)
async def download_mediation_recording(
    file_id: FileId, user: SignedInUser, reason: Reason, session: LoggedSnapshot, serving: AskedServing
) -> Response:
    """Take a file away."""
    kept = await get_file(session, file_id, Purpose.MEDIATION)
    return await serving.answer(kept.file, user=user, reason=reason, is_download=True)


@router.put("/mediation-recordings/{file_id}/legal-hold", dependencies=[require(Right.HOLD_RECORDINGS)])
async def place_mediation_hold(
    file_id: FileId, hold: NewHold, user: SignedInUser, session: Transaction, now: Now
) -> MediationRecordingView:
    """Stop the deletion of everything that was recorded of the consumer's call, all of its mediations included."""
    return _view(await place_hold(session, file_id, Purpose.MEDIATION, user=user, reason=hold.reason, now=now))


@router.delete("/mediation-recordings/{file_id}/legal-hold", dependencies=[require(Right.HOLD_RECORDINGS)])
async def release_mediation_hold(
    file_id: FileId, user: SignedInUser, reason: Reason, session: Transaction, now: Now
) -> MediationRecordingView:
    """Let the call's files go when their time has come."""
    return _view(await release_hold(session, file_id, Purpose.MEDIATION, user=user, reason=reason, now=now))


def _view(kept: KeptFile) -> MediationRecordingView:
    mediation_id = int(kept.file.path.partition("/")[0])
    return MediationRecordingView.model_validate(
        {**describe_file(kept), "mediation_id": mediation_id, "refused_at": kept.file.refused_at}
    )
