"""Tables over HTTP, as files to keep.

A file is written whole before its first byte is sent: what goes wrong is then a plain error, the transaction is over,
and a slow client holds nothing but a place on the disk.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO, cast

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from callcenter.languages import Language
from callcenter.table_files import MOST_ROWS, Row, Shape, Style, Table, open_table

MEDIA_TYPES = {
    Shape.CSV: "text/csv; charset=utf-8",
    Shape.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            MEDIA_TYPES[Shape.CSV].partition(";")[0]: {"schema": {"type": "string"}},
            MEDIA_TYPES[Shape.XLSX]: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""What a route that gives files answers besides JSON."""

FILES_AT_ONCE = 2
"""Written by one process; a request for another waits. Writing takes the processor from those who work."""

_IN_MEMORY = 1 << 20
_CHUNK = 1 << 16


class FileQuery(BaseModel):
    """Whether a list is wanted as a file, and how."""

    model_config = ConfigDict(extra="forbid")

    format: Shape = Field(default=Shape.JSON, description="Files hold the whole list: `cursor` and `limit` are JSON's.")
    language: Language = Field(
        default=Language.CHINESE, description="Of a file's headings and words; in `en` they are those of JSON."
    )


async def answer_file(
    request: Request, table: Table, pages: AsyncIterable[Sequence[Row]], query: FileQuery, *, of: str
) -> StreamingResponse:
    """The table as a file; `of` says in its name which day or days it is about. Raises TooManyRowsError."""
    state = request.app.state
    style = Style(shape=query.format, language=query.language, timezone=state.settings.timezone)
    file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - closed once it is sent
    try:
        async with state.file_places:
            with open_table(file, table, style, most=MOST_ROWS) as add:
                async for rows in pages:
                    await asyncio.to_thread(add, rows)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="{table.name}-{of}.{query.format.value}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(read_pieces(file), media_type=MEDIA_TYPES[query.format], headers=headers)


async def one_page(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    """Rows that are all there."""
    yield rows


def days_in_name(first: date, last: date) -> str:
    """A day, or the first and the last of several."""
    return f"{first}" if first == last else f"{first}-to-{last}"


def read_pieces(file: BinaryIO) -> Iterator[bytes]:
    """An open file piece by piece, closed at its end."""
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
