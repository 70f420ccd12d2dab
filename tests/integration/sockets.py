"""A WebSocket's handshake without a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI


async def knock(app: FastAPI, path: str, headers: Mapping[str, str], *, host: str = "callcenter.test") -> int:
    """What the handshake is answered with: 101 or the status of the refusal. The client is gone at once."""
    told = {"Host": host, **headers}
    scope: dict[str, Any] = {
        "type": "websocket",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
        "client": ("127.0.0.1", 50000),
        "server": (host, 80),
    }
    to_come = [{"type": "websocket.connect"}]
    answers: list[Any] = []

    async def receive() -> Any:
        return to_come.pop() if to_come else {"type": "websocket.disconnect", "code": 1005}

    async def send(message: Any) -> None:
        answers.append(message)

    await app(scope, receive, send)
    first = answers[0]
    return 101 if first["type"] == "websocket.accept" else int(first["status"])
