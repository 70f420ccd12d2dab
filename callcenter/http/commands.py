"""The command login as routes ask for it: what they want done, a PBX does once or not at all."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from callcenter.errors import NoCommandLoginError
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
