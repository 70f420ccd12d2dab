"""What the PBX lists in answer to an action, parsed.

A caller can write header lines into the number they show. They make lists of values in the caller's own entry, whose
single values nobody can trust then: an entry with such a list where one value is needed is left out. They cannot make
an entry of their own, since they do not know the ActionID.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.errors import PbxError
from callcenter.pbx.protocol import Answer, Headers


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueEntry:
    """A caller who waits in a queue."""

    queue: str
    channel_name: str
    uniqueid: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedChannel:
    """A channel that is up; what it does not have is empty."""

    name: str
    uniqueid: str
    linkedid: str
    bridge_id: str
    context: str
    caller_number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AstDbEntry:
    """One entry of Asterisk's own database; the key has no slash in front."""

    key: str
    value: str


def text_of(headers: Headers, name: str) -> str:
    """The first value of a header; empty where it is missing."""
    value = headers.get(name, "")
    return value if isinstance(value, str) else value[0]


def queue_entries(answer: Answer) -> list[QueueEntry]:
    """Of QueueStatus."""
    entries = []
    for event in _events(answer, "QueueEntry"):
        match event:
            case {"Queue": str(queue), "Channel": str(channel_name), "Uniqueid": str(uniqueid)}:
                entries.append(QueueEntry(queue=queue, channel_name=channel_name, uniqueid=uniqueid))
    return entries


def member_interfaces(answer: Answer) -> list[str]:
    """Of QueueStatus: every member of every queue."""
    return [text_of(event, "Location") for event in _events(answer, "QueueMember")]


def queue_names(answer: Answer) -> list[str]:
    """Of QueueSummary. Raises PbxError where the list is not whole."""
    _check_whole(answer, "QueueSummaryComplete")
    return [text_of(event, "Queue") for event in _events(answer, "QueueSummary")]


def device_names(answer: Answer) -> list[str]:
    """Of DeviceStateList. Raises PbxError where the list is not whole."""
    return list(device_states(answer))


def device_states(answer: Answer) -> dict[str, str]:
    """Of DeviceStateList: by device, in Asterisk's words, as `NOT_INUSE`. Raises PbxError where it is not whole."""
    _check_whole(answer, "DeviceStateListComplete")
    return {text_of(event, "Device"): text_of(event, "State") for event in _events(answer, "DeviceStateChange")}


def listed_channels(answer: Answer) -> list[ListedChannel]:
    """Of CoreShowChannels. Raises PbxError where the list is not whole."""
    _check_whole(answer, "CoreShowChannelsComplete")
    return [
        ListedChannel(
            name=text_of(event, "Channel"),
            uniqueid=text_of(event, "Uniqueid"),
            linkedid=text_of(event, "Linkedid"),
            bridge_id=text_of(event, "BridgeId"),
            context=text_of(event, "Context"),
            caller_number=text_of(event, "CallerIDNum"),
        )
        for event in _events(answer, "CoreShowChannel")
    ]


def astdb_entries(answer: Answer) -> list[AstDbEntry]:
    """Of DBGetTree."""
    return [
        AstDbEntry(key=text_of(event, "Key").removeprefix("/"), value=text_of(event, "Val"))
        for event in _events(answer, "DBGetTreeResponse")
    ]


def _events(answer: Answer, name: str) -> list[Headers]:
    return [event for event in answer.events if event.get("Event") == name]


def _check_whole(answer: Answer, last: str) -> None:
    if not answer.events or answer.events[-1].get("Event") != last:
        raise PbxError(f"The answer of the PBX does not end with {last}.")
