"""Names of files: text that people gave, of which nothing is obeyed. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote

from callcenter.casework.attachments.kinds import FileKind
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

LONGEST_NAME = 150
LONGEST_DESCRIPTION = 500
_FOLDERS = re.compile(r"[/\\]")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of Unicode: control characters, marks that turn the text or cannot be seen, what is no character."""


def read_name(header: str) -> str:
    """The name in a request, percent-encoded UTF-8: without folders and without what a page cannot show.

    Raises InputError.
    """
    name = _shown(_FOLDERS.split(_decode(header, "X-File-Name"))[-1]).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if 0 < len(ending) <= 8 else name[:LONGEST_NAME]
    if not name:
        raise InputError("A file has a name.", code=ErrorCode.INVALID_INPUT)
    return name


def read_description(header: str | None) -> str | None:
    """What a request says of the file, as one line, percent-encoded UTF-8; None where it says nothing.

    Raises InputError.
    """
    text = None if header is None else _shown(_decode(header, "X-File-Description"))
    if text is not None and len(text) > LONGEST_DESCRIPTION:
        raise InputError(f"A description has at most {LONGEST_DESCRIPTION} characters.", code=ErrorCode.INVALID_INPUT)
    return text or None


def _decode(header: str, name: str) -> str:
    try:
        text = unquote(header, errors="strict") if header.isascii() else None
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise InputError(f"{name} is percent-encoded UTF-8.", code=ErrorCode.INVALID_INPUT)
    return text


def _shown(text: str) -> str:
    """One line, without what a page cannot show."""
    shown = (
        " " if sign.isspace() else sign
        for sign in unicodedata.normalize("NFC", text)
        if sign.isspace() or unicodedata.category(sign) not in _HIDDEN
    )
    return " ".join("".join(shown).split())


def disposition_of(name: str, kind: FileKind, *, plain: str) -> str:
    """The header Content-Disposition (RFC 6266): always a download, whose name ends as its content is.

    `plain` is the name for programs that know ASCII only, without its ending.
    """
    whole = name if name.lower().endswith(kind.endings) else f"{name}.{kind.value}"
    return f"attachment; filename=\"{plain}.{kind.value}\"; filename*=UTF-8''{quote(whole, safe='')}"
