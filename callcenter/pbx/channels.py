"""What a channel's name says: technology, device, Local halves, who is a person.

Names are `TECHNOLOGY/resource-serial`, e.g. `PJSIP/1001-0000001f`, `SIP/101-0000000c`,
`Local/1001@agents-00000005;1` (main/core_unreal.c makes the two halves).
"""

from __future__ import annotations

from functools import lru_cache

TECHNICAL = frozenset(
    ("CBAnn", "CBRec", "Announcer", "Recorder", "Surrogate", "Snoop", "Message", "ConfBridgeRecorder", "MulticastRTP")
)
"""Channel technologies that are no party: announcers, recorders, stand-ins (bridge_softmix, res_stasis)."""


ERRAND = "Local/s@write-plan-"
"""How channels begin by which the backend has our dialplan write into Asterisk's own database: nobody calls anybody."""


PLACELESS_EXTENS = frozenset((None, "", "s", "h", "i", "t", "failed"))
"""Extens that are places in a dialplan, not something a person dialled."""

NAMED_TECHNOLOGIES = frozenset(("PJSIP", "SIP", "IAX2", "Local"))
"""Technologies whose dial strings name the device itself; others may name a group of lines."""

COUNTED = frozenset(("DAHDI", "IAX2"))
"""Technologies whose serial is a plain number: `DAHDI/i1/5551234-2`, `IAX2/branch-714`."""


@lru_cache(maxsize=4096)
def device_of(channel: str) -> str:
    """`PJSIP/1001-0000001f` to `1001`; a Local channel to the exten it stands for."""
    resource = channel.partition("/")[2]
    for mark in ("<ZOMBIE>", "<MASQ>"):
        resource = resource.removesuffix(mark)
    if channel.startswith("Local/"):
        return resource.partition("@")[0]
    device, dash, serial = resource.rpartition("-")
    is_counted = channel.partition("/")[0] in COUNTED and serial.isdecimal()
    return device if dash and (is_counted or _is_serial(serial)) else resource


def is_local(channel: str) -> bool:
    """True for either half of a Local channel: a tube between two places, not a party."""
    return channel.startswith("Local/")


def local_twin(channel: str) -> str:
    """The name of the other half of a Local channel."""
    return channel[:-1] + ("2" if channel.endswith(";1") else "1")


def is_technical(channel: str) -> bool:
    """True for announcers, recorders and the like, which never make or join a call, and for errands of the backend."""
    return channel.partition("/")[0] in TECHNICAL or channel.startswith(ERRAND)


def _is_serial(text: str) -> bool:
    return len(text) >= 4 and all(character in "0123456789abcdefABCDEF" for character in text)


def number_in_dial_string(dial_string: str, device: str) -> str | None:
    """The number dialled on a trunk: `13900000001@trunk-main` or `trunk-main/13900000001`.

    Options after a comma or `!` are cut; a SIP URI gives its user part. None where the
    string names only the device.
    """
    text = dial_string.partition(",")[0].partition("!")[0]
    if text.partition("/")[0] in ("PJSIP", "SIP", "IAX2", "DAHDI"):
        text = text.partition("/")[2]
    if "sip:" in text:
        number = text.partition("sip:")[2].partition("@")[0]
    elif text.startswith(device + "/"):
        number = text[len(device) + 1 :].partition("@")[0].rpartition("/")[2]
    elif text.endswith("@" + device):
        number = text[: -len(device) - 1]
    else:
        number = text.partition("@")[0].rpartition("/")[2]
    return number if number and number != device else None
