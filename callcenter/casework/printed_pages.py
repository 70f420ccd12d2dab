"""Pages to print, made by typst of a page's source and of content that is handed over as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal


def print_page(source: Path, content: Mapping[str, Any], *, at: datetime, page: Literal["pdf", "png"] = "pdf") -> bytes:
    """The pages as PDF, or the first as a picture; `at` is the moment that the file bears.

    Everything typed stands in `content`, which the source reads as JSON: nothing of it is ever read as code.
    """
    import typst  # large, and only for whoever prints

    inputs = {"content": json.dumps(content, ensure_ascii=False)}
    printed: bytes | list[bytes] = typst.compile(
        source.read_bytes(), format=page, sys_inputs=inputs, timestamp=int(at.timestamp())
    )
    return printed[0] if isinstance(printed, list) else printed
