"""Reading one row of an export: what it says, or the first thing that is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.casework.imports.headings import HEADINGS, KINDS, LONGEST, NEEDED, OF_SEVERAL_LINES, PlatformField


class RowProblem(StrEnum):
    """What is wrong with a cell. A closed list."""

    MISSING = "missing"
    TWICE = "twice"
    """The platform's number stands in the file before."""
    BAD_NUMBER = "bad_number"
    DIGITS_LOST = "digits_lost"
    """The spreadsheet has rounded a long number: its column has to be text."""
    UNKNOWN_KIND = "unknown_kind"
    BAD_MOMENT = "bad_moment"
    IN_THE_FUTURE = "in_the_future"
    TOO_LONG = "too_long"
    HIDDEN_CHARACTERS = "hidden_characters"
    """Control characters, or marks that turn the direction of writing."""
    LOST_CHARACTERS = "lost_characters"
    """Somebody has read the file in another encoding before, and saved what came of it."""
    FORMULA = "formula"
    """Or the error of one: what it shows is not in the file."""


Cell = str | RowProblem
"""Its text, or why there is none."""

Values = Mapping[PlatformField, str]
"""What a row says, by column, without empty cells; kinds as `TicketKind` has them, moments as ISO 8601."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A row of the file; `number` is where it begins there, from 1."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformRow:
    """A row that can be taken in."""

    line: int
    values: Values

    @property
    def platform_number(self) -> str:
        """By which the row is known."""
        return self.values[PlatformField.PLATFORM_NUMBER]


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRow:
    """A row that cannot, and the first reason why. `platform_number` is None where it cannot be read either."""

    line: int
    field: PlatformField
    problem: RowProblem
    platform_number: str | None = None


_NUMBER = re.compile(r"[0-9A-Za-z-]{4,60}")
_MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')
"""How programs write a number into CSV of which a spreadsheet shall keep every digit."""
_MARK_OF_TEXT = re.compile(r"'(?=[=+@0-9＝＋－＠-])")
"""The same, and how our own exports keep a text from being computed."""
_NOT_SEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]")
_LOST = ("\ufffd", "锟斤拷")
"""The replacement character, and what GB 18030 makes of two of them."""


def find_columns(cells: Sequence[Cell]) -> dict[PlatformField, int] | None:
    """Where each column stands, by the line of headings; None where this is none."""
    found: dict[PlatformField, int] = {}
    for position, cell in enumerate(cells):
        field = HEADINGS.get(_clean(cell)) if not isinstance(cell, RowProblem) else None
        if field is not None:
            found.setdefault(field, position)
    return found if all(field in found for field in NEEDED) else None


def read_row(
    line: Line, columns: Mapping[PlatformField, int], *, timezone: ZoneInfo, now: datetime
) -> PlatformRow | BadRow | None:
    """None for an empty line."""
    cells = {field: line.cells[at] for field, at in columns.items() if at < len(line.cells)}
    if not any(cells.values()):
        return None
    values: dict[PlatformField, str] = {}
    problems: list[tuple[PlatformField, RowProblem]] = []
    for field in columns:
        read = _read_cell(field, cells.get(field, ""), timezone, now)
        if isinstance(read, RowProblem):
            problems.append((field, read))
        elif read:
            values[field] = read
    problems = problems or [(field, RowProblem.MISSING) for field in NEEDED if field not in values]
    if not problems:
        return PlatformRow(line=line.number, values=values)
    field, problem = problems[0]
    number = values.get(PlatformField.PLATFORM_NUMBER)
    return BadRow(line=line.number, field=field, problem=problem, platform_number=number)


def _read_cell(field: PlatformField, cell: Cell, timezone: ZoneInfo, now: datetime) -> Cell:
    if isinstance(cell, RowProblem):
        return cell
    text = _clean(cell)
    if text == "":
        return ""
    problem = _problem_of(field, text)
    if problem is not None:
        return problem
    match field:
        case PlatformField.PLATFORM_NUMBER:
            return text if _NUMBER.fullmatch(text) else RowProblem.BAD_NUMBER
        case PlatformField.KIND:
            return KINDS.get(text, RowProblem.UNKNOWN_KIND)
        case PlatformField.RECEIVED_AT:
            return _read_moment(text, timezone, now)
    return text if field in OF_SEVERAL_LINES else " ".join(text.split())


def _clean(text: str) -> str:
    kept = _KEPT_AS_TEXT.fullmatch(text.strip())
    plain = kept[1] if kept is not None else _MARK_OF_TEXT.sub("", text, count=1) if text[:1] == "'" else text
    return plain.replace("\r\n", "\n").replace("\r", "\n").translate(_NOT_SEEN).strip()


def _problem_of(field: PlatformField, text: str) -> RowProblem | None:
    if any(lost in text for lost in _LOST):
        return RowProblem.LOST_CHARACTERS
    if _HIDDEN.search(text):
        return RowProblem.HIDDEN_CHARACTERS
    return RowProblem.TOO_LONG if len(text) > LONGEST[field] else None


def _read_moment(text: str, timezone: ZoneInfo, now: datetime) -> Cell:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return RowProblem.BAD_MOMENT
    try:
        moment = datetime(*(int(part or 0) for part in found.groups()), tzinfo=timezone)  # type: ignore[arg-type, misc]
    except ValueError:
        return RowProblem.BAD_MOMENT
    if moment.year < 2000:
        return RowProblem.BAD_MOMENT
    return RowProblem.IN_THE_FUTURE if moment > now else moment.isoformat()
