"""What stands in `eventextra` of a CEL row: JSON since Asterisk 12, three values of a hang-up and plain text before."""

from __future__ import annotations

import json
from typing import Any

LARGEST_CAUSE = 65_535
"""Q.850 has 127, other technologies a few more."""

_decode_json = json.JSONDecoder().raw_decode


def read_extra(text: str) -> dict[str, Any]:
    """The JSON object in a row's extra; empty where there is none, or anything else."""
    if not text:
        return {}
    try:
        extra, _ = _decode_json(text)
    except (ValueError, RecursionError):
        return {}
    return extra if isinstance(extra, dict) else {}


def read_old_hangup(text: str) -> dict[str, Any]:
    """Of a hang-up, as Asterisk 11 writes it: `16,SIP/1001-00000002,ANSWER`."""
    cause, *rest = text.split(",")
    if len(rest) != 2 or not (cause.isascii() and cause.isdecimal()) or len(cause) > len(str(LARGEST_CAUSE)):
        return {}
    return {"hangupcause": int(cause), "hangupsource": rest[0], "dialstatus": rest[1]}


def read_user_extra(text: str) -> str:
    """Of CELGenUserEvent(): its second argument, which stands there as it is up to Asterisk 11; empty where none is."""
    extra = read_extra(text)
    if not extra and not text.startswith("{"):
        return text
    return text_of(extra.get("extra")) or ""


def text_of(value: object) -> str | None:
    """A value of the extra where it is a text with something in it."""
    return value if isinstance(value, str) and value else None
