"""An advisory as a page to print: what was signed, with its number, or a draft that says that it is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from callcenter.analysis.advisories.numbers import WORDS
from callcenter.analysis.advisories.states import AdvisoryKind, AdvisoryState
from callcenter.casework.forms.words import day_of
from callcenter.casework.printed_pages import print_page

_PAGE = Path(__file__).with_name("advisory.typ")
_MARKS = {AdvisoryState.DRAFT: "草　稿", AdvisoryState.SUBMITTED: "待签发", AdvisoryState.WITHDRAWN: "已撤回"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedText:
    """What stands on the page. `signed_at` None for what was not signed."""

    kind: AdvisoryKind
    state: AdvisoryState
    number: str | None
    title: str
    body: str
    addressee: str | None
    signed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """For which office it is printed, where, in which font, and when."""

    office: str
    timezone: ZoneInfo
    font: str
    at: datetime


def print_advisory(text: PrintedText, printed: Print, page: Literal["pdf", "png"] = "pdf") -> bytes:
    """The page; of what was signed the same, to the byte, as long as its text stands."""
    content = describe_advisory(text, printed) | {"font": printed.font}
    return print_page(_PAGE, content, at=text.signed_at or printed.at, page=page)


def describe_advisory(text: PrintedText, printed: Print) -> dict[str, Any]:
    """What the page is given to print."""
    number = text.number or "（未编号）"
    return {
        "office": printed.office,
        "title": text.title,
        "number": number,
        "mark": _MARKS.get(text.state, ""),
        "addressee": f"{text.addressee}：" if text.addressee else "",
        "paragraphs": [line for line in text.body.splitlines() if line.strip()],
        "seal": "（印章）",
        "date": day_of(text.signed_at or printed.at, printed.timezone),
        "footer": f"{WORDS[text.kind]} {number}" if text.number is None else number,
    }
