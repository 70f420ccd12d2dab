"""Files over HTTP, as the plain bytes of a request: to the disk as they come, whatever they are."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from fastapi import Request

_IN_MEMORY = 1 << 20

BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""What a route that takes a file takes, for its description."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file that has come whole. It is gone when its context ends."""

    file: BinaryIO
    size: int
    sha256: str


@asynccontextmanager
async def receive_file(request: Request) -> AsyncIterator[Upload]:
    """The body of the request, which the limit of its route has bounded."""
    with cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)) as file:
        digest, size = hashlib.sha256(), 0
        async for chunk in request.stream():
            await asyncio.to_thread(file.write, chunk)
            digest.update(chunk)
            size += len(chunk)
        file.seek(0)
        yield Upload(file=file, size=size, sha256=digest.hexdigest())
