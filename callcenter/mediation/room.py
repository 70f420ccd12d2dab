"""What is asked of the PBX for a mediation: moving legs, ringing people, and what the dialplan wrote down.

Every command is sent once. What is not an id of ours or digits never gets here.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from callcenter.error_codes import ErrorCode
from callcenter.errors import ActionRefused, ConflictError, PbxError
from callcenter.mediation.rules import Place, RoomEvent, RoomWord
from callcenter.pbx import actions
from callcenter.pbx.actions import Action, Extension
from callcenter.pbx.answers import AstDbEntry, ListedChannel, astdb_entries, listed_channels, text_of
from callcenter.pbx.channel_names import device_of, device_of_interface
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Headers
from callcenter.pbx.trunks import Trunks

log = structlog.stdlib.get_logger(__name__)

HOST, CONSUMER, CALLED, GUEST = "mediation-host", "mediation-consumer", "mediation-called", "mediation-guest"
HOLD, RETURN, END = "mediation-hold", "mediation-return", "mediation-end"
# Contexts of asterisk_conf/extensions.conf.

LEG_RECORDING, ROOM_RECORDING = "MEDIATION_MIX", "MEDIATION_ROOM"
# Variables there with the id of what records a leg, and the room on its host's channel.

_NOTHING_TO_STOP = ("No such channel", "Could not stop monitoring channel")
"""What Asterisk says to one who stops the recording of a channel that is gone, or one that has ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LivePair:
    """The two legs of a call that stand in one bridge."""

    host: str
    consumer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """What comes from a phone."""

    packets: int
    """Received so far in this call."""
    is_on_hold: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """One mediation on the PBX."""

    commands: AmiCommands
    mediation_id: int

    async def open(self, pair: LivePair) -> None:
        """Both legs leave their bridge for the room at one stroke; the host first, so that nobody waits for them."""
        await self.commands.ask(
            actions.redirect_both(
                pair.host, to=self._extension(HOST), other=pair.consumer, other_to=self._extension(CONSUMER)
            )
        )

    async def move(self, uniqueid: str, context: str) -> None:
        """Put a leg somewhere else: on hold, back into the room, out."""
        await self.commands.ask(actions.redirect(uniqueid, to=self._extension(context)))

    async def ring(self, *, channel: str, uniqueid: str, context: str, caller: str, seconds: int) -> None:
        """Ring a device or a number for `seconds` under an id that is known before; who answers goes to `context`."""
        await self.commands.ask(
            actions.originate(
                channel,
                uniqueid=uniqueid,
                to=self._extension(context),
                caller_id=f"{caller} <{caller}>",
                ring_for=timedelta(seconds=seconds),
            )
        )

    async def dismiss(self, uniqueid: str, place: Place) -> None:
        """Thank a leg and hang up, or ring it no longer."""
        with suppress(ActionRefused):  # gone by themselves a moment ago
            if place is Place.DIALLED:
                await self.hang_up(uniqueid)
            else:
                await self.move(uniqueid, END)

    async def hang_up(self, uniqueid: str) -> None:
        """End a channel, without a word."""
        with suppress(ActionRefused):  # gone by itself a moment ago
            await self.commands.ask(actions.hangup(uniqueid))

    async def read_sound(self, uniqueid: str) -> Sound | None:
        """What comes from a phone; None where the PBX does not say, as of a channel that is gone or no SIP phone."""
        packets = await self._read(uniqueid, "CHANNEL(rtcp,rxcount)")
        if not packets.isdecimal():
            return None
        return Sound(packets=int(packets), is_on_hold=await self._read(uniqueid, "CHANNEL(rtp,hold)") == "1")

    async def _read(self, uniqueid: str, variable: str) -> str:
        try:
            answer = await self.commands.ask(actions.getvar(variable, channel=uniqueid))
        except ActionRefused:
            return ""
        return text_of(answer.response, "Value")

    async def mute(self, uniqueid: str, *, is_muted: bool) -> None:
        """Let the room hear somebody or not. Raises ConflictError where they are not in it."""
        name = (await channels_by_id(self.commands)).get(uniqueid)
        if name is None:
            raise ConflictError("This leg is not in the room.", code=ErrorCode.LEG_LEFT)
        action = actions.mute_in_conference if is_muted else actions.unmute_in_conference
        await self.commands.ask(action(f"mediation-{self.mediation_id}", channel_name=name))

    async def note_refusal(self, uniqueid: str) -> None:
        """Whoever refused is not recorded as a caller either when they go back to the queue."""
        await self._ask_unless_over(actions.setvar("MAY_NOT_BE_RECORDED", "yes", channel=uniqueid))

    async def leave_unrecorded(self, host: str) -> None:
        """The room that this channel is about to open is not recorded: the consumer has refused before."""
        await self.commands.ask(actions.setvar("ROOM_MAY_NOT_BE_RECORDED", "yes", channel=host))

    async def stop_recording(self, uniqueid: str, variable: str) -> None:
        """End what records a channel under the id in `variable`. Returns once the PBX has said that it is over.

        Raises ActionRefused, ResultUnknown, and PbxError where nothing was sent.
        """
        answer = await self._ask_unless_over(actions.getvar(variable, channel=uniqueid))
        if answer is None:
            return
        recording = text_of(answer, "Value")
        if not recording:
            raise PbxError("The PBX does not say under which id it records.")
        await self._ask_unless_over(actions.stop_mix_monitor(uniqueid, recording=recording))

    async def _ask_unless_over(self, action: Action) -> Headers | None:
        try:
            return (await self.commands.ask(action)).response
        except ActionRefused as refused:
            if any(reason in str(refused) for reason in _NOTHING_TO_STOP):
                return None
            raise

    async def read_events(self) -> list[RoomEvent]:
        """All that the dialplan has written down about this mediation."""
        answer = await self.commands.ask(actions.db_get_tree("mediation", key=str(self.mediation_id)))
        return list(_events(astdb_entries(answer), self.mediation_id))

    def _extension(self, context: str) -> Extension:
        return Extension(context=context, exten=str(self.mediation_id))


async def find_pair(commands: AmiCommands, *, call_id: str, interface: str, trunks: Trunks) -> LivePair:
    """The agent's leg and the customer's, who share a bridge. Raises ConflictError where they do not."""
    channels = [channel for channel in await _list_channels(commands) if channel.linkedid == call_id]
    device = device_of_interface(interface)
    hosts = [channel for channel in channels if device_of(channel.name) == device]
    if len(hosts) != 1 or not hosts[0].bridge_id:
        raise ConflictError("The agent is not talking to anybody.", code=ErrorCode.AGENT_NOT_IN_CALL)
    bridge_id = hosts[0].bridge_id
    partners = [channel for channel in channels if channel.bridge_id == bridge_id and channel is not hosts[0]]
    outside = [channel for channel in partners if channel.uniqueid == call_id or trunks.match(channel.name, None)]
    if len(partners) != 1 or len(outside) != 1:
        raise ConflictError(
            "The agent is not talking to exactly one caller from outside.", code=ErrorCode.NO_SINGLE_CALLER
        )
    return LivePair(host=hosts[0].uniqueid, consumer=outside[0].uniqueid)


async def channels_by_id(commands: AmiCommands) -> dict[str, str]:
    """Names of all channels that are up."""
    return {channel.uniqueid: channel.name for channel in await _list_channels(commands)}


async def _list_channels(commands: AmiCommands) -> list[ListedChannel]:
    return listed_channels(await commands.ask(actions.core_show_channels()))


def _events(entries: Iterable[AstDbEntry], mediation_id: int) -> Iterable[RoomEvent]:
    """Keys are `mediation/NUMBER/SECONDS/UNIQUEID`; what reads otherwise was not written by our dialplan."""
    for entry in entries:
        family, number, seconds, uniqueid, *rest = [*entry.key.split("/"), "", "", "", ""]
        try:
            word = RoomWord(entry.value)
            at = datetime.fromtimestamp(float(seconds), UTC)
        except (ValueError, OverflowError, OSError):
            log.warning("astdb_entry_unknown", mediation_id=mediation_id)
            continue
        if family == "mediation" and number == str(mediation_id) and uniqueid and not any(rest):
            yield RoomEvent(at=at, uniqueid=uniqueid, word=word)
