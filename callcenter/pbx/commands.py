"""The command login: what we ask of a PBX. A second login, so that no answer can delay the events."""

from __future__ import annotations

from callcenter.pbx.session import AmiSession, Patience


class AmiCommands(AmiSession):
    """Asks one PBX (`ask`). `run` keeps the login up; for one errand `open` and `close` are enough."""

    def __init__(self, *, host: str, port: int, username: str, secret: str, patience: Patience | None = None) -> None:
        super().__init__(host=host, port=port, username=username, secret=secret, has_events=False, patience=patience)
