"""What a channel's name says: technology, device, Local halves, who is a person.

Names are `TECHNOLOGY/resource-serial`, e.g. `PJSIP/1001-0000001f`, `SIP/101-0000000c`,
`Local/1001@agents-00000005;1` (main/core_unreal.c makes the two halves).
"""

from __future__ import annotations

import re
from functools import lru_cache

TECHNICAL = frozenset(
    (
        "CBAnn",
        "CBRec",
        "ConfBridgeRecorder",
        "Announcer",
        "Recorder",
        "Bridge",
        "Surrogate",
        "Snoop",
        "Message",
        "OutgoingSpoolFailed",
        "MulticastRTP",
        "UnicastRTP",
        "AudioSocket",
        "WebSocket",
    )
)
"""Channel technologies that are no party: announcers, recorders, stand-ins (bridge_softmix, res_stasis, pbx_spool), and
media that goes to a machine, such as speech recognition (ARI externalMedia)."""

_PSEUDO = ("DAHDI/pseudo", "Zap/pseudo")
"""How the channels begin in which MeetMe mixes."""


PLAN_ERRAND, PHONE_ERRAND = "Local/s@write-plan-", "Local/s@write-phone-"
"""How channels begin by which the backend has our dialplan write into Asterisk's own database: nobody calls anybody."""


PLACELESS_EXTENS = frozenset((None, "", "s", "h", "i", "t", "failed"))
"""Extens that are places in a dialplan, not something a person dialled."""

POOLED = frozenset(
    ("dahdi", "zap", "khomp", "misdn", "capi", "dongle", "quectel", "datacard", "openvox", "woomera", "vpb", "ss7")
)
"""Technologies whose dial strings may name a group of lines, so that the channel that rings is called otherwise. In
small letters: Asterisk finds a technology whatever the case (ast_get_channel_tech), and so does a dialplan."""

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
_URI = re.compile(r"/(?:sips?|tel):([^:@/;]*)")
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
    match technology.lower():
        case "local":
            return resource.partition("@")[0]
        case "mgcp":
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
    return channel.partition("/")[0] in TECHNICAL or channel.startswith((PLAN_ERRAND, PHONE_ERRAND, *_PSEUDO))


def number_in_dial_string(dial_string: str, device: str) -> str | None:
    """The number dialled on a trunk: `139...@trunk-main`, `trunk-main/139...`, `user:secret@host/139...`.

    Options after a comma or `!` are cut; a URI gives its user part. None where the string names only the device. A
    password is never part of it.
    """
    text = dial_string.partition(",")[0]
    technology, slash, rest = text.partition("/")
    text = rest if slash and technology.lower() in _TECHNOLOGIES else text
    text = text.strip()
    known = _CREDENTIALS.fullmatch(text)
    if known is not None:
        number = known["number"] or known["user"]
        return _dialled(number, device) if known["number"] or _NUMBER.match(number) else None
    if _BEGINS_WITH_CREDENTIALS.match(text):
        return None
    uri = _URI.search(text)
    if uri is not None:
        return _dialled(uri[1], device)
    place, *behind = text.partition("!")[0].split("/")
    user, at, _ = place.partition("@")
    if behind and not (at and len(behind[0]) <= 1):
        users = [part.partition("@")[0] for part in behind]
        return _dialled(next((part for part in users if _numbers_in(part)), users[0]), device)
    return _dialled(user, device)


def number_in_channel(channel: str) -> str | None:
    """The number that a line carries in its name: `DAHDI/i1/13900000001-1`, `CAPI/ISDN1/13900000001-1a`."""
    technology, _, resource = interface_of(channel).partition("/")
    number = resource.rpartition("/")[2] if "/" in resource else ""
    return number if technology.lower() in _NUMBERED and _NUMBER.fullmatch(number) else None


def may_ring(target: str, channel: str) -> bool:
    """Whether a target of Dial() can have rung a channel: its device, or a group of lines of its technology."""
    technology = channel.partition("/")[0].lower()
    is_alike = target.partition("/")[0].lower() == technology
    return is_alike and (technology in POOLED or device_of(channel) in target)


_NUMBERED = POOLED - {"ss7"}
"""Behind the name of an SS7 link stands the circuit."""

_TECHNOLOGIES = POOLED | {
    "pjsip", "sip", "iax2", "h323", "ooh323", "sccp", "mgcp", "skinny", "motif", "gtalk", "mobile", "console", "local"
}  # fmt: skip


def _dialled(text: str, device: str) -> str | None:
    """Of several numbers the longest: beside it stand a code for an outside line, digits keyed later, who calls."""
    number = max(_numbers_in(text), key=len, default=text.partition(":")[0])
    return number if number and number != device else None


def _numbers_in(text: str) -> list[str]:
    """The last first: `w13900000002ww8001`, `9w13900000002`, `12315:13900000002`, `holdother:13900000002`."""
    parts = (piece for part in text.split(":") for piece in _PAUSES.split(part))
    return [found[0] for part in reversed(list(parts)) if (found := _NUMBER.fullmatch(part)) is not None]
