"""What a channel's name says: technology, device, Local halves, who is a person.

Names are `TECHNOLOGY/resource-serial`, e.g. `PJSIP/1001-0000001f`, `SIP/101-0000000c`,
`Local/1001@agents-00000005;1` (main/core_unreal.c makes the two halves).
"""

from __future__ import annotations

import re
from functools import lru_cache

TECHNICAL = frozenset(
    ("CBAnn", "CBRec", "Announcer", "Recorder", "Surrogate", "Snoop", "Message", "ConfBridgeRecorder", "MulticastRTP")
)
"""Channel technologies that are no party: announcers, recorders, stand-ins (bridge_softmix, res_stasis)."""


ERRAND = "Local/s@write-plan-"
"""How channels begin by which the backend has our dialplan write into Asterisk's own database: nobody calls anybody."""


PLACELESS_EXTENS = frozenset((None, "", "s", "h", "i", "t", "failed"))
"""Extens that are places in a dialplan, not something a person dialled."""

POOLED = frozenset(("DAHDI", "Zap", "Khomp", "mISDN", "CAPI", "Dongle", "Quectel", "OpenVox", "Woomera", "Vpb"))
"""Technologies whose dial strings may name a group of lines, so that the channel that rings is called otherwise."""

_WRAPPED = re.compile(r"(?:AsyncGoto|Transfered|Parked)/")
"""How channels begin that stand in for another whose name follows (main/channel.c)."""

_LONG_SERIAL = re.compile(r"-[0-9a-f]{4,}", re.IGNORECASE)
_SERIAL = re.compile(r"-(?:u?[0-9]+|0x[0-9a-f]+|[0-9]+\.[0-9]+|[0-9a-f]+)", re.IGNORECASE)
"""`DAHDI/33-1`, `IAX2/branch-714`, `mISDN/1-u12`, `Khomp/B0C0-344.0`, `CAPI/ISDN1/5551234-1a`."""

_LONG_SERIALS_ONLY = frozenset(("PJSIP", "SIP", "SCCP", "Local", "Motif"))
"""Technologies whose serial has at least four digits, so that `PJSIP/desk-12` has none."""

_CREDENTIALS = re.compile(
    r"(?P<user>[^:/@]*):(?P<secret>.*?)@(?P<host>[^/@]+)(?:/(?P<number>[wW]*[+*#0-9][+*#0-9wW]*)(?:@[^/]*)?(?:/.*)?)?"
)
_BEGINS_WITH_CREDENTIALS = re.compile(r"[^:/@]*:.*@")
_NUMBER = re.compile(r"[+*#0-9][*#0-9]*")
_PAUSES = re.compile(r"[wWpP]")
"""What a channel driver does not dial but waits for; digits behind one are keyed after the answer."""


@lru_cache(maxsize=4096)
def device_of(channel: str) -> str:
    """The device of a channel, the same in each of its calls: `1001` of `PJSIP/1001-0000001f`.

    A Local channel is the exten it stands for. A line that carries the number in its name is named by its span.
    """
    return device_of_interface(interface_of(channel))


def interface_of(channel: str) -> str:
    """The interface of a channel: `PJSIP/1001` of `PJSIP/1001-0000001f`."""
    name = _WRAPPED.sub("", channel)
    for mark in ("<ZOMBIE>", "<MASQ>"):
        name = name.removesuffix(mark)
    technology = name.partition("/")[0]
    if technology == "Local":
        name = name.removesuffix(";1").removesuffix(";2")
    serial = _LONG_SERIAL if technology in _LONG_SERIALS_ONLY else _SERIAL
    begin = name.rfind("-")
    return name[:begin] if begin > len(technology) + 1 and serial.fullmatch(name, begin) else name


def device_of_interface(interface: str) -> str:
    """The device behind an interface, and so the seat of a queue member.

    `1001` of `PJSIP/1001`, of `Local/1001@from-queue/n` as FreePBX writes its members, and of `Agent/1001`. Never what
    stands in front of a host as user and password.
    """
    technology, _, resource = interface.partition("/")
    if technology == "Local":
        return resource.partition("@")[0]
    if technology == "MGCP":
        return resource
    place = resource.partition("/")[0]
    user, at, host = resource.rpartition("@")
    if at and ":" in user:
        return host.partition("/")[0]
    return place


def is_local(channel: str) -> bool:
    """True for either half of a Local channel: a tube between two places, not a party."""
    return channel.startswith("Local/")


def local_twin(channel: str) -> str:
    """The name of the other half of a Local channel."""
    return channel[:-1] + ("2" if channel.endswith(";1") else "1")


def is_technical(channel: str) -> bool:
    """True for announcers, recorders and the like, which never make or join a call, and for errands of the backend."""
    return channel.partition("/")[0] in TECHNICAL or channel.startswith(ERRAND)


def number_in_dial_string(dial_string: str, device: str) -> str | None:
    """The number dialled on a trunk: `139...@trunk-main`, `trunk-main/139...`, `user:secret@host/139...`.

    Options after a comma or `!` are cut; a SIP URI gives its user part. None where the string names only the device. A
    password is never part of it.
    """
    text = dial_string.partition(",")[0]
    technology, slash, rest = text.partition("/")
    text = rest if slash and technology in _TECHNOLOGIES else text
    if "sip:" in text:
        return _dialled(text.partition("sip:")[2].partition("@")[0], device)
    text = text.strip()
    known = _CREDENTIALS.fullmatch(text)
    if known is not None:
        number = known["number"] or known["user"]
        return _dialled(number, device) if known["number"] or _NUMBER.match(number) else None
    if _BEGINS_WITH_CREDENTIALS.match(text):
        return None
    parts = text.partition("!")[0].split("/")
    user, at, _ = parts[0].partition("@")
    if len(parts) > 1 and not (at and len(parts[1]) <= 1):
        return _dialled(parts[1].partition("@")[0], device)
    return _dialled(user, device)


def number_in_channel(channel: str) -> str | None:
    """The number that a line carries in its name: `DAHDI/i1/13900000001-1`, `CAPI/ISDN1/13900000001-1a`."""
    technology, _, resource = interface_of(channel).partition("/")
    number = resource.partition("/")[2]
    return number if technology in POOLED and _NUMBER.fullmatch(number) else None


def may_ring(target: str, channel: str) -> bool:
    """Whether a target of Dial() can have rung a channel: its device, or a group of lines of its technology."""
    technology = channel.partition("/")[0]
    return target.partition("/")[0] == technology and (technology in POOLED or device_of(channel) in target)


_TECHNOLOGIES = POOLED | {"PJSIP", "SIP", "IAX2", "H323", "OOH323", "SCCP", "MGCP", "Skinny", "Motif", "Local"}


def _dialled(text: str, device: str) -> str | None:
    number = _PAUSES.split(text.partition(":")[0].lstrip("wWpP"))[0] if _NUMBER.match(text.lstrip("wWpP")) else text
    number = number.partition(":")[0]
    return number if number and number != device else None
