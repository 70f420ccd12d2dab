"""Commands to the PBX over HTTP: the command login, and the answer to a command whose result shows later."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response

from callcenter.errors import NoCommandLoginError
from callcenter.http.middleware import API
from callcenter.pbx.commands import AmiCommands


def find_commands(request: Request) -> AmiCommands | None:
    """For routes that need the login only once it is clear that something is to be sent."""
    commands: AmiCommands | None = request.app.state.commands
    return commands


def get_commands(request: Request) -> AmiCommands:
    """Raises PbxError where no command login is set."""
    commands = find_commands(request)
    if commands is None:
        raise NoCommandLoginError
    return commands


Commands = Annotated[AmiCommands, Depends(get_commands)]
PossibleCommands = Annotated[AmiCommands | None, Depends(find_commands)]

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
