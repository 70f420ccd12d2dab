"""Recordings over HTTP.

Supervisors hear all of them, agents those of calls in which they talked; everybody says why, and every listening is
logged. Downloading is a right of its own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.audio import intake_store, retention_store, store
from callcenter.audio.holds import place_hold, release_hold
from callcenter.audio.playback import AUDIO_ANSWERS, AskedServing, FileId, WavResponse
from callcenter.audio.rules import Purpose, find_breaks
from callcenter.audio.schemas import (
    CertificatePage,
    CertificateView,
    ListeningPage,
    ListeningQuery,
    NewHold,
    StorageReport,
    describe_file,
    listening_view,
)
from callcenter.audio.store import KeptFile
from callcenter.calls.list_store import CallPlace
from callcenter.calls.schemas import call_cursors
from callcenter.errors import InputError
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import LoggedSnapshot, Now, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page, cut_whole
from callcenter.http.reasons import Reason
from callcenter.recordings import coverage_store, service
from callcenter.recordings.coverage_store import UnrecordedCall
from callcenter.recordings.schemas import (
    CallRecordings,
    RecordingPage,
    RecordingQuery,
    RecordingView,
    UnrecordedCallView,
    UnrecordedPage,
    UnrecordedQuery,
)

router = APIRouter(tags=["recordings"])

_RECORDINGS = value_cursors("recordings", int)
_OF_CALL = value_cursors("call-recordings", int)
_MISSING = call_cursors("recordings/missing")
_DELETIONS = value_cursors("recordings/deletions", int)
_LISTENINGS = value_cursors("recordings/listenings", int)


@router.get("/recordings", dependencies=[require(Right.HEAR_RECORDINGS)])
async def get_recordings(
    query: Annotated[RecordingQuery, Query()], user: SignedInUser, session: Snapshot
) -> RecordingPage:
    """Files of recordings that you may hear, newest first."""
    found = await service.list_recordings(session, query, user, before=query.after(_RECORDINGS))
    page, following = cut_page(found, query, _RECORDINGS, lambda kept: kept.file.id)
    return RecordingPage(items=[_view(kept) for kept in page], next=following)


@router.get("/calls/{pbx}/{call_id:path}/recordings", dependencies=[require(Right.HEAR_RECORDINGS)])
async def get_call_recordings(
    pbx: str, call_id: str, query: Annotated[PageQuery, Query()], user: SignedInUser, session: Snapshot
) -> CallRecordings:
    """The recording of one call, or why there is none."""
    if "\0" in pbx + call_id:
        raise InputError("A call is named by text.")
    files, missing = await service.list_of_call(session, pbx, call_id, user)
    page, following = cut_whole(files, query, _OF_CALL, lambda kept: -kept.file.id)
    return CallRecordings(items=[_view(kept) for kept in page], next=following, missing=missing)


@router.get("/recordings/missing", dependencies=[require(Right.CHECK_RECORDINGS)])
async def get_unrecorded(query: Annotated[UnrecordedQuery, Query()], session: Snapshot) -> UnrecordedPage:
    """Answered calls of a day that have no recording, with the reasons, and whether the day's account is whole."""
    day = await coverage_store.count_day(session, query.day)
    found = await coverage_store.list_unrecorded(
        session,
        query.day,
        reason=query.reason,
        is_unexplained=query.unexplained,
        after=query.after(_MISSING),
        limit=query.limit + 1,
    )
    calls, following = cut_page(found, query, _MISSING, _place_of)
    return UnrecordedPage(
        day=query.day,
        answered=day.answered,
        recorded=day.recorded,
        by_reason=dict(day.by_reason),
        unexplained=day.unexplained,
        items=[UnrecordedCallView.model_validate(call, from_attributes=True) for call in calls],
        next=following,
    )


@router.get("/recordings/deletions", dependencies=[require(Right.CHECK_RECORDINGS)])
async def get_deletions(query: Annotated[PageQuery, Query()], session: Snapshot) -> CertificatePage:
    """Certificates of deleted recordings and messages, and whether anybody has changed them."""
    before = query.after(_DELETIONS)
    found = await retention_store.list_certificates(session, before=before, limit=query.limit + 1)
    page, following = cut_page(found, query, _DELETIONS, lambda row: row.id)
    left = await retention_store.list_not_removed(session, [row.id for row in page])
    chain = [
        (row.id, row.certificate, row.previous_sha256, row.sha256)
        for row in reversed(await retention_store.list_certificates(session))
    ]
    return CertificatePage(
        items=[
            CertificateView.model_validate(
                row.certificate
                | {"id": row.id, "not_removed": left.get(row.id, [])}
                | {"previous_sha256": row.previous_sha256, "sha256": row.sha256}
            )
            for row in page
        ],
        next=following,
        breaks=find_breaks(chain),
    )


@router.get("/recordings/listenings", dependencies=[require(Right.SEE_ACCESS_LOG)])
async def get_listenings(query: Annotated[ListeningQuery, Query()], session: Snapshot) -> ListeningPage:
    """Who listened to which recordings and messages, when, why, and for how long."""
    before = query.after(_LISTENINGS)
    found = await store.list_listenings(session, file_id=query.file_id, before=before, limit=query.limit + 1)
    rows, following = cut_page(found, query, _LISTENINGS, lambda row: row.listening.id)
    return ListeningPage(items=[listening_view(row) for row in rows], next=following)


@router.get("/recordings/storage", dependencies=[require(Right.CHECK_RECORDINGS)])
async def get_storage(session: Snapshot, now: Now, request: Request) -> StorageReport:
    """How much room the disks of recordings and messages have, and whether it is time to make some."""
    oldest = await retention_store.list_deletable(session, started_before=now, limit=1)
    return StorageReport(
        disks=await service.measure_disks(request.app.state.settings),
        oldest_deletable_at=oldest[0].started_at if oldest else None,
        due_calls=sum((await intake_store.count_due(session, Purpose.RECORDING)).values()),
    )


@router.get(
    "/recordings/{file_id}/audio",
    response_class=WavResponse,
    responses=AUDIO_ANSWERS,
    dependencies=[require(Right.HEAR_RECORDINGS)],
)
async def hear_recording(
    file_id: FileId, user: SignedInUser, reason: Reason, session: LoggedSnapshot, serving: AskedServing
) -> Response:
    """Listen to one file, or to a range of it."""
    kept = await store.get_file(session, file_id, Purpose.RECORDING, store.may_hear(user))
    return await serving.answer(kept.file, user=user, reason=reason)


@router.get(
    "/recordings/{file_id}/download",
    response_class=WavResponse,
    responses=AUDIO_ANSWERS,
    dependencies=[require(Right.DOWNLOAD_RECORDINGS)],
)
async def download_recording(
    file_id: FileId, user: SignedInUser, reason: Reason, session: LoggedSnapshot, serving: AskedServing
) -> Response:
    """Take a file away."""
    kept = await store.get_file(session, file_id, Purpose.RECORDING)
    return await serving.answer(kept.file, user=user, reason=reason, is_download=True)


@router.put("/recordings/{file_id}/legal-hold", dependencies=[require(Right.HOLD_RECORDINGS)])
async def place_legal_hold(
    file_id: FileId, hold: NewHold, user: SignedInUser, session: Transaction, now: Now
) -> RecordingView:
    """Stop the deletion of everything that was recorded of the call, its message included."""
    return _view(await place_hold(session, file_id, Purpose.RECORDING, user=user, reason=hold.reason, now=now))


@router.delete("/recordings/{file_id}/legal-hold", dependencies=[require(Right.HOLD_RECORDINGS)])
async def release_legal_hold(
    file_id: FileId, user: SignedInUser, reason: Reason, session: Transaction, now: Now
) -> RecordingView:
    """Let the call's files go when their time has come."""
    return _view(await release_hold(session, file_id, Purpose.RECORDING, user=user, reason=reason, now=now))


def _place_of(call: UnrecordedCall) -> CallPlace:
    return CallPlace(started_at=call.started_at, pbx=call.pbx, call_id=call.call_id)


def _view(kept: KeptFile) -> RecordingView:
    return RecordingView.model_validate({**describe_file(kept), "notice_at": kept.file.notice_at})
