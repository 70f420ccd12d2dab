"""The PBXs of the demo, a real one and one that plays captures: how the backend reaches each, what is played on it."""

from __future__ import annotations

import asyncio
import urllib.error
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline_demo.backend import Backend, BackendError
from hotline_demo.captured import SECRET, USER, recorded_pbx, recordings
from hotline_demo.hotline_day import LANES, play_morning
from hotline_lab.asterisk import Lab
from hotline_lab.play import PhoneCall
from hotline_lab.registry import LabInfo

SETTLE_SECONDS = 20.0
"""Within this every call is recorded, confirmed and on the list."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A PBX for the demo: how the backend reaches it, and the calls to play on it."""

    environment: dict[str, str]
    day: date
    announcement: str
    """One line that says what follows."""
    play: Callable[[Callable[[str], None]], Awaitable[list[PhoneCall]]]
    """Plays the calls and returns what the phones did; empty for recorded captures."""
    lab: Lab | None = None
    """On which more calls can be made; None for recorded captures."""


async def settle(backend: Backend, day: str) -> None:
    """Wait until no call is up and both witnesses have reported every call, with a limit."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                figures = await backend.get(f"/api/v1/calls/summary?day={day}")
                if figures["up"] == 0 and figures["unconfirmed"] == 0:
                    return
                await asyncio.sleep(0.2)
    except TimeoutError:
        pass  # the audit then says what is missing
    except urllib.error.URLError as error:
        raise BackendError(f"The backend does not answer any more: {error.reason}") from None


@asynccontextmanager
async def on_asterisk(home: Path) -> AsyncIterator[Stage]:
    """A real Asterisk. Raises NoAsterisk where none can be had."""
    async with Lab(pbx=1, state=home / "lab") as lab:
        yield stage_of(lab)


def witnesses_of(info: LabInfo) -> dict[str, str]:
    """How a backend hears the lab's Asterisk: both witnesses, and no login for commands."""
    return {
        "CALLCENTER_PBX": info.pbx,
        "CALLCENTER_AMI_HOST": info.ami_host,
        "CALLCENTER_AMI_PORT": str(info.ami_port),
        "CALLCENTER_AMI_USER": info.ami_user,
        "CALLCENTER_AMI_SECRET": info.ami_secret,
        "CALLCENTER_CEL_CSV": info.cel_csv,
    }


def stage_of(lab: Lab) -> Stage:
    """The lab's Asterisk, and the morning on it."""
    info = lab.info
    return Stage(
        environment={
            **witnesses_of(info),
            "CALLCENTER_AMI_COMMANDS_SECRET": info.ami_commands_secret,
            "CALLCENTER_PHONE_WEBSOCKET": info.websocket,
            "CALLCENTER_RECORDINGS_DIR": info.recordings_dir,
            "CALLCENTER_VOICEMAIL_DIR": info.voicemail_dir,
            "CALLCENTER_SPOKEN_DIR": info.spoken_dir,
        },
        day=datetime.now(UTC).astimezone(SHANGHAI).date(),
        announcement=f"{sum(map(len, LANES))} scenes with real SIP calls take about two minutes:",
        play=lambda say: play_morning(lab, say),
        lab=lab,
    )


@asynccontextmanager
async def on_captures(home: Path) -> AsyncIterator[Stage]:
    """Recorded captures, played over a real socket and a real ledger file."""
    ledger = home / "Master.csv"
    async with recorded_pbx(ledger) as pbx:

        async def play(say: Callable[[str], None]) -> list[PhoneCall]:
            await pbx.has_listener.wait()
            await pbx.play(say)
            return []

        yield Stage(
            environment={
                "CALLCENTER_PBX": "pbx1",
                "CALLCENTER_AMI_PORT": str(pbx.port),
                "CALLCENTER_AMI_USER": USER,
                "CALLCENTER_AMI_SECRET": SECRET,
                "CALLCENTER_CEL_CSV": str(ledger),
            },
            day=date(2026, 11, 24),
            announcement=f"{len(recordings())} recorded scenes are played:",
            play=play,
        )
