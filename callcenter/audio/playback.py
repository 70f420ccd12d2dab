"""Giving a sound file to whoever may hear it, by range, with who was given how much."""

from __future__ import annotations

import asyncio
import os
import pathlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import Depends, Header, Path, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from callcenter.accounts.rights import SignedIn
from callcenter.audio import store
from callcenter.audio.byte_ranges import NotSatisfiable, Span, parse_range
from callcenter.audio.folders import find_folder
from callcenter.audio.rules import AudioKind
from callcenter.audio.safe_folder import OutsideFolder, open_file
from callcenter.audio.tables import AudioFile
from callcenter.audio.wav import NotAWav, examine
from callcenter.error_codes import ErrorCode
from callcenter.errors import NotFoundError
from callcenter.http.dependencies import LoggedSnapshot, Now, OpenDatabase
from callcenter.http.problems import ProblemException
from callcenter.postgres.database import Database
from callcenter.postgres.outages import DATABASE_ERRORS
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

MEDIA_TYPE = "audio/wav"
_PIECE = 1 << 16

AUDIO_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
    for status, text in ((200, "The whole file."), (206, "The range that was asked for."))
}

FileId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class WavResponse(Response):
    """Only says what the routes that give files answer with."""

    media_type = MEDIA_TYPE


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """What a request for a file brings along."""

    session: AsyncSession
    database: Database
    settings: Settings
    now: datetime
    range_header: str | None
    if_range: str | None

    async def answer(
        self, file: AudioFile, *, user: SignedIn, reason: str | None, is_download: bool = False
    ) -> AudioAnswer:
        """The answer, logged before its first byte.

        Raises NotFoundError for a file that is gone, ProblemException for a range that it does not have.
        """
        if file.certificate_id is not None:
            raise NotFoundError(
                f"The file was deleted; see deletion certificate {file.certificate_id}.",
                code=ErrorCode.FILE_DELETED,
                params={"certificate_id": file.certificate_id},
            )
        etag = f'"{file.sha256}"'
        try:
            span = parse_range(self.range_header if self.if_range in (None, etag) else None, file.size)
        except NotSatisfiable:
            headers = {"Content-Range": f"bytes */{file.size}"}
            raise ProblemException(
                416,
                "The file has no such range.",
                code=ErrorCode.RANGE_NOT_SATISFIABLE,
                params={"size": file.size},
                headers=headers,
            ) from None
        wanted = span or Span(first=0, last=file.size - 1)
        descriptor = _open(find_folder(self.settings, AudioKind(file.kind).purpose, file.pbx), file)
        try:
            if is_download:
                await asyncio.to_thread(_verify, descriptor, file)
            listening = await store.log_listening(
                self.session,
                file_id=file.id,
                user=user,
                is_download=is_download,
                reason=reason,
                at=self.now,
                first_byte=wanted.first,
                bytes_asked=wanted.size,
            )
        except BaseException:
            os.close(descriptor)
            raise
        disposition = "attachment" if is_download else "inline"
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Content-Length": str(wanted.size),
            "Content-Disposition": f'{disposition}; filename="{_plain(f"{file.call_id}-{file.kind}.wav")}"',
        }
        if span is not None:
            headers["Content-Range"] = f"bytes {span.first}-{span.last}/{file.size}"

        async def note(bytes_sent: int) -> None:
            async with self.database.sessions.begin() as own:
                await store.note_bytes_sent(own, listening, bytes_sent)

        return AudioAnswer(descriptor, wanted, note, status_code=200 if span is None else 206, headers=headers)


def get_serving(
    session: LoggedSnapshot,
    database: OpenDatabase,
    now: Now,
    request: Request,
    range_header: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Serving:
    """For a route that gives a file or a range of it."""
    settings: Settings = request.app.state.settings
    return Serving(
        session=session,
        database=database,
        settings=settings,
        now=now,
        range_header=range_header,
        if_range=if_range,
    )


AskedServing = Annotated[Serving, Depends(get_serving)]


def _open(folder: pathlib.Path | None, file: AudioFile) -> int:
    try:
        if folder is None:
            raise FileNotFoundError
        descriptor = open_file(folder, file.path)
    except (OSError, OutsideFolder):
        log.error("sound_file_gone", file_id=file.id)
        raise NotFoundError("The file is not where it was taken in.", code=ErrorCode.FILE_MISSING) from None
    if os.fstat(descriptor).st_size != file.size:
        os.close(descriptor)
        log.error("sound_file_changed", file_id=file.id, differs="size")
        raise NotFoundError("The file is another one than was taken in.", code=ErrorCode.FILE_CHANGED)
    return descriptor


def _verify(descriptor: int, file: AudioFile) -> None:
    """What is taken away may be evidence: it is what was taken in, to the byte. Raises NotFoundError."""
    try:
        is_same = examine(descriptor).sha256 == file.sha256
    except NotAWav:
        is_same = False
    if not is_same:
        log.error("sound_file_changed", file_id=file.id, differs="content")
        raise NotFoundError("The file is another one than was taken in.", code=ErrorCode.FILE_CHANGED)


def _plain(name: str) -> str:
    """What may stand between quotes in a header."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in name)


class AudioAnswer(Response):
    """Sends part of an open file and closes it; afterwards, however it ended, it notes how much was sent."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        descriptor: int,
        span: Span,
        note: Callable[[int], Awaitable[None]],
        *,
        status_code: int,
        headers: dict[str, str],
    ) -> None:
        super().__init__(None, status_code, headers)
        self._descriptor = descriptor
        self._span = span
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = 0
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while sent < self._span.size and not gone.done():
                size = min(_PIECE, self._span.size - sent)
                piece = await asyncio.to_thread(os.pread, self._descriptor, size, self._span.first + sent)
                if not piece:
                    raise OSError("The file became shorter while it was sent.")
                has_more = sent + len(piece) < self._span.size
                await send({"type": "http.response.body", "body": piece, "more_body": has_more})
                sent += len(piece)
        finally:
            gone.cancel()
            os.close(self._descriptor)
            await asyncio.shield(self._note_sent(sent))

    async def _note_sent(self, sent: int) -> None:
        try:
            await self._note(sent)
        except DATABASE_ERRORS:
            log.exception("playback_not_noted")


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
