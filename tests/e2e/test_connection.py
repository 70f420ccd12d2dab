"""The event login on a real Asterisk that dies in mid-life and comes back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from callcenter.pbx.event_link import AmiLink, LinkDown, LinkUp, RawMessage
from callcenter.pbx.session import Patience
from callcenter.pbx.wire import LINK_STARTED, event_name
from hotline_lab.asterisk import Lab

NUMBER = 9


async def test_an_asterisk_that_is_killed_is_a_gap_and_is_asked_for_its_channels_again(tmp_path: Path) -> None:
    told: list[str] = []

    async def hear(link: AmiLink, wanted: str) -> None:
        async with asyncio.timeout(60):
            while True:
                for item in await link.take():
                    name = event_name(item.raw) if isinstance(item, RawMessage) else type(item).__name__
                    if isinstance(item, RawMessage) and item.raw == LINK_STARTED:
                        name = "banner"
                    if name in (LinkUp.__name__, LinkDown.__name__, "banner", "CoreShowChannelsComplete"):
                        told.append(name)
                    if name == wanted:
                        return

    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        info = lab.info
        link = AmiLink(
            host=info.ami_host,
            port=info.ami_port,
            username=info.ami_user,
            secret=info.ami_secret,
            patience=Patience(retry_longest=timedelta(seconds=1)),
        )
        running = asyncio.create_task(link.run())
        try:
            await hear(link, "CoreShowChannelsComplete")
            await lab.kill()
            await hear(link, "LinkDown")
            await lab.restart()
            await hear(link, "CoreShowChannelsComplete")
        finally:
            await link.close()
            await running
    connected = ["LinkUp", "banner", "CoreShowChannelsComplete"]
    assert told == [*connected, "LinkDown", *connected]


async def test_who_logs_in_while_asterisk_boots_is_told_of_the_queue_members_all_the_same(tmp_path: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        info = lab.info
        await lab.kill()
        at_once = Patience(retry_first=timedelta(milliseconds=2), retry_longest=timedelta(milliseconds=2))
        link = AmiLink(
            host=info.ami_host, port=info.ami_port, username=info.ami_user, secret=info.ami_secret, patience=at_once
        )
        running = asyncio.create_task(link.run())
        told: list[bytes] = []
        try:
            await lab.restart()
            async with asyncio.timeout(60):
                while not any(raw.startswith(b"Event: QueueStatusComplete") for raw in told):
                    told += [item.raw for item in await link.take() if isinstance(item, RawMessage)]
        finally:
            await link.close()
            await running
    assert [raw.split(b"\r\n")[0] for raw in told if b"QueueStatus." in raw] == [b"Response: Error"]
    assert sum(raw.startswith(b"Event: QueueMember\r\n") for raw in told) > 0
