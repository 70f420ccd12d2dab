"""The PBXs that this process may command: the one place that leads from a name to a command login."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.errors import NoCommandLoginError, PbxNotNamedError, UnknownPbxError
from callcenter.pbx.commands import AmiCommands


class PbxRegistry:
    """The PBXs of the settings by name, each with its command login if it has one."""

    def __init__(self, logins: Mapping[str, AmiCommands | None]) -> None:
        self._logins = dict(logins)

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the settings."""
        return tuple(self._logins)

    def find(self, name: str) -> AmiCommands | None:
        """None for a PBX without a command login, and for one that is not in the settings."""
        return self._logins.get(name)

    def get(self, name: str) -> AmiCommands:
        """Raises UnknownPbxError for a PBX that is not in the settings, NoCommandLoginError for one without a login."""
        commands = self._logins[self.choose(name)]
        if commands is None:
            raise NoCommandLoginError(params={"pbx": self.choose(name)})
        return commands

    def choose(self, name: str | None) -> str:
        """The PBX that somebody means who named it, or who named none where there is only one.

        Raises UnknownPbxError, PbxNotNamedError.
        """
        if name is None:
            if len(self._logins) != 1:
                raise PbxNotNamedError(params={"pbxs": ", ".join(self._logins)})
            return next(iter(self._logins))
        if name not in self._logins:
            raise UnknownPbxError(params={"pbx": name})
        return name
