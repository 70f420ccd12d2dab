"""Looks at what the settings name: channels, devices, dialplan and outbound trunk over AMI, folders on the disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from callcenter.errors import ActionRefused, PbxError
from callcenter.pbx import actions
from callcenter.pbx.actions import Action
from callcenter.pbx.answers import device_names, listed_channels, member_interfaces, text_of
from callcenter.pbx.doctor.config_files import read_config
from callcenter.pbx.doctor.findings import ChannelFound, PlaceFound, Wanted
from callcenter.pbx.session import AmiSession, Answer
from callcenter.pbx.uniqueid import originated_id

CONTEXTS = (
    *("click-to-call", "supervise", "move-to-queue", "write-plan", "mediation-host", "mediation-consumer"),
    *("instruction", "broadcast"),
)
"""Into which the backend sends calls."""

PHONE_CONTEXTS = ("from-web", "write-phone", "back-to-seat")
"""Needed beside these where there are phones in pages."""

ANNOUNCEMENT = "recorded.wav"
"""Without it nothing may be recorded."""

T = TypeVar("T")

_LANGUAGES = ("zh", "zh_own")

_NO_CONTEXT = "did not find"
"""What Asterisk says of a context that is not there (main/pbx.c)."""


async def look_at_place(session: AmiSession, wanted: Wanted, *, config_dir: Path | None, now: datetime) -> PlaceFound:
    """Everything that can be seen without a call; `session` is the login that may see most."""
    return PlaceFound(
        wanted=wanted,
        now=now,
        channels=await _list_channels(session),
        devices=await _list_devices(session),
        contexts=await _find_contexts(session, (*CONTEXTS, *(PHONE_CONTEXTS if wanted.browser_devices else ()))),
        trunk_state=await _find_state(session, f"PJSIP/{wanted.outbound_trunk}"),
        folder_problems=find_folder_problems(wanted.folders),
        missing_announcements=None if config_dir is None else find_missing_announcements(config_dir),
    )


def errand_id(pbx: str, now: datetime) -> str:
    """A uniqueid for the doctor's channel, so that it is not taken for that of another examination."""
    return originated_id(pbx, int(now.timestamp()), secrets.randbelow(10**9))


async def send_errand(session: AmiSession, uniqueid: str) -> bool:
    """Have the PBX make a channel of ours that comes and goes and does nothing; False where it does not."""
    try:
        await session.ask(actions.errand(uniqueid=uniqueid))
    except PbxError:
        return False
    return True


async def send_invalid_login(session: AmiSession) -> bool:
    """Send [write-phone] a login that it refuses; False where the PBX does not take the command.

    Nothing is written. An event login that hears of this one would hear of a real one too.
    """
    try:
        await session.ask(actions.write_phone_login("doctor", login="doctor", ha1="doctor"))
    except ActionRefused as refused:
        return "permission denied" not in str(refused).lower()
    except PbxError:
        return False
    return True


async def _list_channels(session: AmiSession) -> tuple[ChannelFound, ...] | None:
    channels = await _list(session, actions.core_show_channels(), listed_channels)
    if channels is None:
        return None
    return tuple(
        ChannelFound(
            name=channel.name,
            context=channel.context,
            caller_number=channel.caller_number,
            is_opener=channel.uniqueid == channel.linkedid,
        )
        for channel in channels
    )


async def _list_devices(session: AmiSession) -> frozenset[str] | None:
    states = await _list(session, actions.device_state_list(), device_names)
    members = await _list(session, actions.queue_status(), member_interfaces)
    if states is None and members is None:
        return None
    return frozenset(device for device in (*(states or ()), *(members or ())) if "/" in device)


async def _list(session: AmiSession, action: Action, parse: Callable[[Answer], list[T]]) -> list[T] | None:
    """None where the PBX does not answer."""
    try:
        return parse(await session.ask(action))
    except PbxError:
        return None


async def _find_contexts(session: AmiSession, contexts: Sequence[str]) -> dict[str, bool]:
    found = {}
    for context in contexts:
        try:
            await session.ask(actions.show_dialplan(context))
        except ActionRefused as refused:
            if _NO_CONTEXT not in str(refused).lower():
                return {}
            found[context] = False
        except PbxError:
            return {}
        else:
            found[context] = True
    return found


async def _find_state(session: AmiSession, device: str) -> str | None:
    try:
        answer = await session.ask(actions.get_device_state(device))
    except PbxError:
        return None
    return text_of(answer.response, "Value") or None


def find_folder_problems(folders: Mapping[str, Path]) -> dict[str, str]:
    """What is wrong with each folder, by setting. The data folder is made at the first start: its parent counts."""
    found = {}
    for setting, path in folders.items():
        there = path
        while setting == "CALLCENTER_DATA_DIR" and not there.exists() and there != there.parent:
            there = there.parent
        if not there.is_dir():
            found[setting] = f"{path} is not there" if not there.exists() else f"{path} is no folder"
        elif not os.access(there, os.R_OK | os.X_OK):
            found[setting] = f"{path} cannot be read"
        elif not os.access(there, os.W_OK):
            found[setting] = f"{path} cannot be written"
    return found


def find_missing_announcements(config_dir: Path) -> tuple[str, ...] | None:
    """The notice without which nothing is recorded, if it is in none of the dialplan's folders.

    None where the dialplan is not ours or its folder of sounds is not on this machine.
    """
    try:
        folder = read_config(config_dir / "extensions.conf").find("globals", "SOUNDS")
    except OSError:
        return None
    if not folder or not Path(folder).parent.is_dir():
        return None
    places = [Path(folder) / language / ANNOUNCEMENT for language in _LANGUAGES]
    return () if any(place.is_file() for place in places) else (str(places[0]),)
