"""The files of the browser pages, and the page itself at every address that is nobody else's."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Collection
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
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
"""Stands beside a file, and is sent in its place and under its name alone."""

_NOT_AT_ALL = re.compile(r"\s*q=0(\.0*)?\s*")


def page_policy(phone_websockets: Collection[str]) -> str:
    """Content-Security-Policy of the page: nothing inline, nothing from other hosts but WebSockets of phones."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *sorted(set(phone_websockets)))),
            "media-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Pages:
    """Answers what no route answers: a file of the pages, or the page itself, which reads the address.

    Addresses of neither kind, and sockets, go to `otherwise`. The files are those that are there at the beginning,
    without those whose name begins with a dot. `phone_websockets` are where phones in the page find their PBXs.
    """

    def __init__(self, folder: Path, *, otherwise: ASGIApp, phone_websockets: Collection[str] = ()) -> None:
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self._files = {name: path for name, path in found.items() if _is_sent(name)}
        self._compressed = {name: found[name + _COMPRESSED] for name in self._files if name + _COMPRESSED in found}
        changing = [path for name, path in found.items() if not _is_lasting(name)]
        self._tags = {path: f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"' for path in changing}
        self._otherwise = otherwise
        self._of_page = {
            "Content-Security-Policy": page_policy(phone_websockets),
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

    def _respond(self, name: str, asked: Headers) -> Response:
        path = self._files[name]
        headers = {"Vary": "Accept-Encoding"}
        if name == _INDEX:
            headers |= self._of_page
        if name in self._compressed and _takes_gzip(asked.get("accept-encoding", "")):
            path = self._compressed[name]
            headers["Content-Encoding"] = "gzip"
        if _is_lasting(name):
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            # by content: what a build makes has the same length each time, and may have the same date
            headers |= {"Cache-Control": "no-cache", "ETag": self._tags[path]}
            if self._tags[path] in re.findall(r'"[^"]*"', asked.get("if-none-match", "")):
                return Response(status_code=304, headers=headers)
        return FileResponse(path, headers=headers, media_type=mimetypes.guess_type(name)[0] or "text/plain")


def _is_sent(name: str) -> bool:
    return not name.endswith(_COMPRESSED) and not any(part.startswith(".") for part in name.split("/"))


def _is_lasting(name: str) -> bool:
    return name.startswith(f"{_ASSETS}/")


def _takes_gzip(accepted: str) -> bool:
    """By the header Accept-Encoding (RFC 9110, 12.5.3)."""
    weights = {
        coding.strip().lower(): weight for coding, _, weight in (part.partition(";") for part in accepted.split(","))
    }
    return "gzip" in weights and not _NOT_AT_ALL.fullmatch(weights["gzip"])
