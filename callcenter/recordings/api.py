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
from callcenter.audio.playback import AUDIO_ANSWERS, AskedServing, FileId, WavResponse
from callcenter.audio.rules import Purpose, find_breaks
from callcenter.audio.schemas import (
    CertificatePage,
    CertificateView,
    ListeningPage,
    NewHold,
    StorageReport,
    Why,
    listening_view,
    told_of_file,
)
from callcenter.audio.store import KeptFile
from callcenter.calls.list_store import CallPlace
from callcenter.calls.schemas import cursor_from_place
from callcenter.errors import InputError
from callcenter.http.dependencies import Now, Transaction, page_of
from callcenter.recordings import coverage_store, service
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

Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/recordings", dependencies=[require(Right.HEAR_RECORDINGS)])
async def get_recordings(
    query: Annotated[RecordingQuery, Query()], user: SignedInUser, session: Transaction
) -> RecordingPage:
    """Files of recordings that you may hear, newest first."""
    kept_files, last = page_of(await service.list_recordings(session, query, user), query.limit)
    next_before = None if last is None else last.file.id
    return RecordingPage(items=[_view(kept) for kept in kept_files], next_before=next_before)


@router.get("/calls/{pbx}/{call_id:path}/recordings", dependencies=[require(Right.HEAR_RECORDINGS)])
async def get_call_recordings(pbx: str, call_id: str, user: SignedInUser, session: Transaction) -> CallRecordings:
    """The recording of one call, or why there is none."""
    if "\0" in pbx + call_id:
        raise InputError("A call is named by text.")
    files, missing = await service.list_of_call(session, pbx, call_id, user)
    return CallRecordings(items=[_view(kept) for kept in files], missing=missing)


@router.get("/recordings/missing", dependencies=[require(Right.CHECK_RECORDINGS)])
async def get_unrecorded(query: Annotated[UnrecordedQuery, Query()], session: Transaction) -> UnrecordedPage:
    """Answered calls of a day that have no recording, with the reasons, and whether the day's account is whole."""
    day = await coverage_store.count_day(session, query.day)
    found = await coverage_store.list_unrecorded(
        session,
        query.day,
        reason=query.reason,
        is_unexplained=query.unexplained,
        after=query.after,
        limit=query.limit + 1,
    )
    calls, last = page_of(found, query.limit)
    cursor = None
    if last is not None:
        cursor = cursor_from_place(CallPlace(started_at=last.started_at, pbx=last.pbx, call_id=last.call_id))
    return UnrecordedPage(
        day=query.day,
        answered=day.answered,
        recorded=day.recorded,
        by_reason=dict(day.by_reason),
        unexplained=day.unexplained,
        items=[UnrecordedCallView.model_validate(call, from_attributes=True) for call in calls],
        next_cursor=cursor,
    )


@router.get("/recordings/deletions", dependencies=[require(Right.CHECK_RECORDINGS)])
async def get_deletions(session: Transaction, before: Before = None, limit: Limit = 50) -> CertificatePage:
    """Certificates of deleted recordings and messages, and whether anybody has changed them."""
    page, last = page_of(await retention_store.list_certificates(session, before=before, limit=limit + 1), limit)
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
        next_before=None if last is None else last.id,
        breaks=find_breaks(chain),
    )


@router.get("/recordings/listenings", dependencies=[require(Right.SEE_ACCESS_LOG)])
async def get_listenings(
    session: Transaction,
    file_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    before: Before = None,
    limit: Limit = 50,
) -> ListeningPage:
    """Who listened to which recordings and messages, when, why, and for how long."""
    found = await store.list_listenings(session, file_id=file_id, before=before, limit=limit + 1)
    rows, last = page_of(found, limit)
    next_before = None if last is None else last.listening.id
    return ListeningPage(items=[listening_view(row) for row in rows], next_before=next_before)


@router.get("/recordings/storage", dependencies=[require(Right.CHECK_RECORDINGS)])
async def get_storage(session: Transaction, now: Now, request: Request) -> StorageReport:
    """How much room the disks of recordings and messages have, and whether it is time to make some."""
    oldest = await retention_store.list_deletable(session, started_before=now, limit=1)
    return StorageReport(
        disks=await service.measure_disks(request.app.state.settings),
        oldest_deletable_at=oldest[0].started_at if oldest else None,
        due_calls=await intake_store.count_due(session, Purpose.RECORDING),
    )


@router.get(
    "/recordings/{file_id}/audio",
    response_class=WavResponse,
    responses=AUDIO_ANSWERS,
    dependencies=[require(Right.HEAR_RECORDINGS)],
)
async def hear_recording(
    file_id: FileId, why: Annotated[Why, Query()], user: SignedInUser, session: Transaction, serving: AskedServing
) -> Response:
    """Listen to one file, or to a range of it."""
    kept = await store.get_file(session, file_id, Purpose.RECORDING, store.may_hear(user))
    return await serving.answer(kept.file, user=user, reason=why.reason)


@router.get(
    "/recordings/{file_id}/download",
    response_class=WavResponse,
    responses=AUDIO_ANSWERS,
    dependencies=[require(Right.DOWNLOAD_RECORDINGS)],
)
async def download_recording(
    file_id: FileId, why: Annotated[Why, Query()], user: SignedInUser, session: Transaction, serving: AskedServing
) -> Response:
    """Take a file away."""
    kept = await store.get_file(session, file_id, Purpose.RECORDING)
    return await serving.answer(kept.file, user=user, reason=why.reason, is_download=True)


@router.put("/recordings/{file_id}/legal-hold", dependencies=[require(Right.HOLD_RECORDINGS)])
async def place_legal_hold(
    file_id: FileId, hold: NewHold, user: SignedInUser, session: Transaction, now: Now
) -> RecordingView:
    """Stop the deletion of everything that was recorded of the call, its message included."""
    file = (await store.get_file(session, file_id, Purpose.RECORDING)).file
    await retention_store.place_hold(
        session, pbx=file.pbx, call_id=file.call_id, user=user, reason=hold.reason, now=now
    )
    return _view(await store.get_file(session, file_id, Purpose.RECORDING))


@router.delete("/recordings/{file_id}/legal-hold", dependencies=[require(Right.HOLD_RECORDINGS)])
async def release_legal_hold(
    file_id: FileId, why: Annotated[Why, Query()], user: SignedInUser, session: Transaction, now: Now
) -> RecordingView:
    """Let the call's files go when their time has come."""
    file = (await store.get_file(session, file_id, Purpose.RECORDING)).file
    await retention_store.release_hold(
        session, pbx=file.pbx, call_id=file.call_id, user=user, reason=why.reason, now=now
    )
    return _view(await store.get_file(session, file_id, Purpose.RECORDING))


def _view(kept: KeptFile) -> RecordingView:
    return RecordingView.model_validate({**told_of_file(kept), "notice_at": kept.file.notice_at})
