"""The files of the browser pages, and the page itself at every address that is nobody else's."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

BUILT = Path(__file__).with_name("built")
"""Made by `scripts/setup`, and packed into the wheel."""

PAGE_PERMISSIONS = "microphone=(self), speaker-selection=(self)"

_INDEX = "index.html"
_RESERVED = ("api", "health", "metrics")
"""First parts of addresses at which a program expects an answer of ours, or a problem document."""
_ASSETS = "assets"
"""Names of files in it carry a hash of what is in them, so that they never change."""
_COMPRESSED = ".gz"


def page_policy(phone_websocket: str | None) -> str:
    """Content-Security-Policy of the page: nothing inline, nothing from another host but the phone's own WebSocket."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'" if phone_websocket is None else f"connect-src 'self' {phone_websocket}",
            "media-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Pages:
    """Answers what no route answers: a file of the pages, or the page itself, which reads the address.

    Addresses of neither kind, and sockets, go to `otherwise`. The files are those that are there at the beginning.
    `phone_websocket` is where the phone in the page finds the PBX, if there are such phones.
    """

    def __init__(self, folder: Path, *, otherwise: ASGIApp, phone_websocket: str | None = None) -> None:
        self._files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self._otherwise = otherwise
        self._of_page = {
            "Content-Security-Policy": page_policy(phone_websocket),
            "Permissions-Policy": PAGE_PERMISSIONS,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._find(scope)
        answer = self._otherwise if name is None else self._respond(name, Headers(scope=scope))
        await answer(scope, receive, send)

    def _find(self, scope: Scope) -> str | None:
        """The file that is meant."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return None
        path: str = scope["path"]
        name = path.removeprefix("/")
        first = name.partition("/")[0]
        if first in _RESERVED:
            return None
        if name in self._files:
            return name
        is_for_people = name == "" or "text/html" in Headers(scope=scope).get("accept", "")
        return _INDEX if is_for_people and first != _ASSETS and _INDEX in self._files else None

    def _respond(self, name: str, asked: Headers) -> FileResponse:
        path = self._files[name]
        headers = {"Vary": "Accept-Encoding"}
        if name == _INDEX:
            headers |= self._of_page
        is_lasting = name.startswith(f"{_ASSETS}/")
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_lasting else "no-cache"
        if name + _COMPRESSED in self._files and "gzip" in asked.get("accept-encoding", ""):
            path = self._files[name + _COMPRESSED]
            headers["Content-Encoding"] = "gzip"
        return FileResponse(path, headers=headers, media_type=mimetypes.guess_type(name)[0] or "text/plain")
