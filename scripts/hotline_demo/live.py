"""The live line of the demo: how many calls are up, waiting, answered, missed, unconfirmed."""

from __future__ import annotations

import asyncio
import urllib.error
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from hotline_demo.backend import Backend

REFRESH_SECONDS = 0.5


class LiveLine:
    """A line at the foot of the terminal while the block runs; `say` writes a line above it."""

    def __init__(self, console: Console, backend: Backend, day: str) -> None:
        self._console = console
        self._backend = backend
        self._day = day
        self._live = Live(Text(""), console=console, refresh_per_second=8, transient=True)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LiveLine:
        self._live.start()
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._live.stop()

    def say(self, line: str) -> None:
        """One line that stays."""
        self._console.print(Text(f"  {line}"))

    async def _follow(self) -> None:
        while True:
            try:
                figures = await self._backend.get(f"/api/v1/calls/summary?day={self._day}")
            except (urllib.error.URLError, TimeoutError):
                figures = None
            self._live.update(_line(figures))
            await asyncio.sleep(REFRESH_SECONDS)


def _line(figures: dict[str, int] | None) -> Text:
    if figures is None:
        return Text("the backend does not answer", style="red")
    text = Text()
    for name, style in (
        ("up", "bold"),
        ("waiting", "yellow"),
        ("answered", "green"),
        ("missed", "red"),
        ("unconfirmed", "magenta"),
    ):
        text.append(f" {name} ", style="dim")
        text.append(f"{figures[name]:>3} ", style=style)
    return text
