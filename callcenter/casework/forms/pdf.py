"""A form as PDF."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

from callcenter.casework.forms.content import Content

_PAGE = Path(__file__).with_name("form.typ")


def print_form(content: Content, *, font: str, at: datetime, page: Literal["pdf", "png"] = "pdf") -> bytes:
    """The page. Everything typed is handed over as data, never as part of the page's code."""
    import typst  # large, and only for whoever prints

    inputs = {"form": json.dumps(content | {"font": font}, ensure_ascii=False)}
    printed: bytes | list[bytes] = typst.compile(
        _PAGE.read_bytes(), format=page, sys_inputs=inputs, timestamp=int(at.timestamp())
    )
    return printed[0] if isinstance(printed, list) else printed
