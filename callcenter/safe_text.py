"""What callers typed or sent, made safe to print."""

from __future__ import annotations

import json
import re
from typing import Any

_OBEYED = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold as it is and a terminal obeys: control characters, what turns the direction of writing, breaks."""


def printable(text: str) -> str:
    """Without what commands a terminal or turns the direction of writing; a line break or tab is a space."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON to look at and to script against: readable Chinese; on one line without `indent`."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    if text.isascii() and "\x7f" not in text:
        return text
    return _OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
