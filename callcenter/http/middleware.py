"""What happens to every request: security headers, a limit to the body, the time it took."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from prometheus_client import Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.error_codes import ErrorCode
from callcenter.http.problems import ProblemException, unexpected_problem

API = "/api/v1"

REQUEST_SECONDS = Histogram("callcenter_http_request_seconds", "Time to answer a request.", ("operation", "status"))

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Only defaults: a route that needs another value sets it."""

LARGEST_BODY = 1 << 20
"""Bytes. A client that is not signed in must not be able to fill the memory: files go to the disk as they come."""

_NO_OPERATION = "none"
"""One label for every address that does not exist, so that guessed addresses fill no memory."""


class SmallBodies:
    """Refuses to read more of a request than the largest request needs.

    `files` are the routes that take a file, by method and path, each with the bytes that it takes; `*` stands for one
    part of a path.
    """

    def __init__(self, app: ASGIApp, files: Mapping[tuple[str, str], int] | None = None) -> None:
        self._app = app
        self._files = [
            (method, re.compile(re.escape(path).replace(r"\*", "[^/]+")), most)
            for (method, path), most in (files or {}).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0
        most = self._most(scope.get("method", ""), scope.get("path", ""))

        async def receive_little() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise ProblemException(
                    413,
                    f"A request has at most {most} bytes.",
                    code=ErrorCode.BODY_TOO_LARGE,
                    params={"most_bytes": most},
                )
            return message

        await self._app(scope, receive_little, send)

    def _most(self, method: str, path: str) -> int:
        taken = (most for of, route, most in self._files if of == method and route.fullmatch(path))
        return next(taken, LARGEST_BODY)


class HeadersAndTimes:
    """Adds the security headers to every answer, also to that for a defect of ours, and counts how long it took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                REQUEST_SECONDS.labels(_operation(scope), message["status"]).observe(time.perf_counter() - begin)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            # Answered here, since the framework's own answer would not come through here; raised on to be logged.
            if not has_begun:
                await unexpected_problem()(scope, receive, send_with_headers)
            raise


def _operation(scope: Scope) -> str:
    """Method and path of the route, as the description has them; few, whatever is asked for."""
    route: Any = scope.get("route")
    if route is None:
        return _NO_OPERATION
    method = scope["method"] if scope["method"] in (route.methods or ()) else "OTHER"
    prefix = API if scope["path"].startswith(f"{API}/") else ""
    return f"{method} {prefix}{route.path_format}"
