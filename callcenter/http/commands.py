"""Commands to a PBX over HTTP: the PBXs that can be commanded, and the answer to a command whose result shows later."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response

from callcenter.http.middleware import API
from callcenter.pbx.registry import PbxRegistry


def get_pbxs(request: Request) -> PbxRegistry:
    """The PBXs that the application may command."""
    pbxs: PbxRegistry = request.app.state.pbxs
    return pbxs


Pbxs = Annotated[PbxRegistry, Depends(get_pbxs)]

COMMAND: dict[str, Any] = {
    "status_code": 202,
    "response_class": Response,
    "responses": {
        202: {
            "description": "The PBX was asked; the result shows later at the address in `Location`.",
            "headers": {"Location": {"schema": {"type": "string"}}},
        }
    },
}
"""How a route is described that asks the PBX for something whose result shows later."""


def location(path: str) -> dict[str, str]:
    """The header that says where to look; `path` stands below the API's own."""
    return {"Location": API + quote(path)}


def accepted(path: str) -> Response:
    """The answer to a command whose result shows later, at this address."""
    return Response(status_code=202, headers=location(path))
