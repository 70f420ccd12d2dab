"""Every AMI action that the backend sends, each made here and only here.

An action is a value: its headers as they are sent. `AmiSession.ask` sends it. Where a `channel` is asked for, Asterisk
takes the uniqueid as well as the name, except where a parameter is called `channel_name`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from callcenter.pbx.channel_names import PHONE_ERRAND, PLAN_ERRAND

Action = Mapping[str, str | Sequence[str]]
"""A header with several values is sent once for each."""

FRONT_OF_QUEUE = 1000
"""The priority of a caller who goes before all others in a queue.

apps/app_queue.c takes any whole number and puts a caller in front of those whose number is smaller, and behind those
with the same: among callers with this priority the one who got it first stays in front. Callers of our dialplan wait
with 0, and with 100 (QUEUE_PRIO in extensions.conf) if they were sent back to the queue.
"""

NORMAL_CLEARING = 16
"""The cause (Q.850) of a call that is ended on purpose."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """Where a channel goes on in the dialplan: at priority 1."""

    context: str
    exten: str


WRITE_PLAN = Extension(context="write-plan", exten="written")
"""Writes what `errand` brings into AstDB."""

WRITE_PHONE = Extension(context="write-phone", exten="written")
"""Writes what `write_phone_login` brings."""

CALL_HEADER = "X-Hotline-Call"
"""Of the INVITE with which a seat is rung: the id of the call, as extensions.conf adds it too."""


def login(username: str, secret: str, *, has_events: bool) -> Action:
    return {"Action": "Login", "Username": username, "Secret": secret, "Events": "on" if has_events else "off"}


def ping() -> Action:
    return {"Action": "Ping"}


def originate(
    channel: str,
    *,
    to: Extension,
    uniqueid: str | None = None,
    caller_id: str | None = None,
    ring_for: timedelta | None = None,
    variables: Sequence[str] = (),
) -> Action:
    """Ring a device; the one who answers goes on at `to`. The PBX answers at once, before anything rings.

    `uniqueid` becomes that of the new channel. Without `ring_for` Asterisk rings for 30 seconds.
    """
    action = _originate(channel, to) | {"Async": "true"}
    if uniqueid is not None:
        action["ChannelId"] = uniqueid
    if caller_id is not None:
        action["CallerID"] = caller_id
    if ring_for is not None:
        action["Timeout"] = str(ring_for // timedelta(milliseconds=1))
    return action | _variables(variables)


def errand(*, entries: Sequence[str] = (), uniqueid: str | None = None) -> Action:
    """A channel that writes these entries (`KEY=VALUE`) into AstDB and ends. The PBX answers when it has ended.

    A command login may not write there itself: DBPut needs the write class `system`.
    """
    action = _send(PLAN_ERRAND, WRITE_PLAN)
    if uniqueid is not None:
        action["ChannelId"] = uniqueid
    return action | _variables([f"__ENTRY{number}={entry}" for number, entry in enumerate(entries, start=1)])


def write_phone_login(seat: str, *, login: str, ha1: str) -> Action:
    """Let a phone in a page register at a seat, as `2001`, with this login alone; ActionRefused where one is no login.

    `ha1` is the digest of login, realm and secret (RFC 2617, 3.2.2.2).
    """
    return _send(PHONE_ERRAND, WRITE_PHONE) | _variables([f"__SEAT={seat}", f"__LOGIN={login}", f"__HA1={ha1}"])


def remove_phone_login(seat: str) -> Action:
    """No phone can register at a seat any more; one that has stays until its registration runs out."""
    return _send(PHONE_ERRAND, WRITE_PHONE) | _variables([f"__SEAT={seat}"])


def redirect(channel: str, *, to: Extension) -> Action:
    return {"Action": "Redirect", "Channel": channel, "Context": to.context, "Exten": to.exten, "Priority": "1"}


def redirect_both(channel: str, *, to: Extension, other: str, other_to: Extension) -> Action:
    """Two channels of one bridge leave it together, `channel` first."""
    return {
        **redirect(channel, to=to),
        "ExtraChannel": other,
        "ExtraContext": other_to.context,
        "ExtraExten": other_to.exten,
        "ExtraPriority": "1",
    }


def hangup(channel: str) -> Action:
    return {"Action": "Hangup", "Channel": channel, "Cause": str(NORMAL_CLEARING)}


def getvar(variable: str, *, channel: str | None = None) -> Action:
    """A variable or function of a channel, or without one a global variable."""
    action = {"Action": "Getvar", "Variable": variable}
    return action if channel is None else action | {"Channel": channel}


def get_device_state(device: str) -> Action:
    """The answer has `Value`, which is INVALID for a device that the PBX does not know."""
    return getvar(f"DEVICE_STATE({device})")


def setvar(variable: str, value: str, *, channel: str | None = None) -> Action:
    """A variable of a channel, or without one a global variable."""
    action = {"Action": "Setvar", "Variable": variable, "Value": value}
    return action if channel is None else action | {"Channel": channel}


def stop_mix_monitor(channel: str, *, recording: str) -> Action:
    """`recording` is the id that MixMonitor gave. Without it Asterisk would end whichever recording it finds first."""
    return {"Action": "StopMixMonitor", "Channel": channel, "MixMonitorID": recording}


def mute_in_conference(conference: str, *, channel_name: str) -> Action:
    return {"Action": "ConfbridgeMute", "Conference": conference, "Channel": channel_name}


def unmute_in_conference(conference: str, *, channel_name: str) -> Action:
    return {"Action": "ConfbridgeUnmute", "Conference": conference, "Channel": channel_name}


def queue_add(queue: str, interface: str, *, name: str, penalty: int) -> Action:
    return {
        "Action": "QueueAdd",
        "Queue": queue,
        "Interface": interface,
        "StateInterface": interface,
        "MemberName": name,
        "Penalty": str(penalty),
    }


def queue_remove(queue: str, interface: str) -> Action:
    return {"Action": "QueueRemove", "Queue": queue, "Interface": interface}


def queue_penalty(queue: str, interface: str, *, penalty: int) -> Action:
    return {"Action": "QueuePenalty", "Queue": queue, "Interface": interface, "Penalty": str(penalty)}


def queue_pause(interface: str, *, reason: str) -> Action:
    """In all queues of the member; one that is paused already gets the new reason."""
    return {"Action": "QueuePause", "Interface": interface, "Paused": "true", "Reason": reason}


def queue_unpause(interface: str) -> Action:
    return {"Action": "QueuePause", "Interface": interface, "Paused": "false"}


def move_to_front(queue: str, *, channel_name: str) -> Action:
    """Put a waiting caller before all who have a lower priority than FRONT_OF_QUEUE, at once."""
    return {
        "Action": "QueueChangePriorityCaller",
        "Queue": queue,
        "Caller": channel_name,
        "Priority": str(FRONT_OF_QUEUE),
        "Immediate": "yes",
    }


def queue_status() -> Action:
    """All members and waiting callers of all queues."""
    return {"Action": "QueueStatus"}


def queue_summary() -> Action:
    return {"Action": "QueueSummary"}


def core_show_channels() -> Action:
    return {"Action": "CoreShowChannels"}


def core_settings() -> Action:
    return {"Action": "CoreSettings"}


def device_state_list() -> Action:
    return {"Action": "DeviceStateList"}


def list_commands() -> Action:
    """The actions that this login may send."""
    return {"Action": "ListCommands"}


def show_dialplan(context: str, *, exten: str | None = None) -> Action:
    """Refused where the context, or the extension in it, is not there."""
    action = {"Action": "ShowDialPlan", "Context": context}
    return action if exten is None else action | {"Extension": exten}


def db_get_tree(family: str, *, key: str | None = None) -> Action:
    """The entries of AstDB under `/family`, or `/family/key`."""
    action = {"Action": "DBGetTree", "Family": family}
    return action if key is None else action | {"Key": key}


def _send(errand: str, to: Extension) -> dict[str, str | Sequence[str]]:
    return _originate(f"{errand.removesuffix('-')}/n", to) | {"Async": "false"}


def _originate(channel: str, to: Extension) -> dict[str, str | Sequence[str]]:
    return {"Action": "Originate", "Channel": channel, "Context": to.context, "Exten": to.exten, "Priority": "1"}


def _variables(variables: Sequence[str]) -> dict[str, str | Sequence[str]]:
    """Each as `NAME=VALUE`."""
    return {"Variable": list(variables)} if variables else {}
