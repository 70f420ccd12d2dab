"""What is compared: complaints and reports are handled by the national platform (SAMR Order 121, Art. 40). Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.rows import Values
from callcenter.casework.imports.rules import CodesByName, KnownTicket, list_differences
from callcenter.casework.tickets.rules import TicketState, was_accepted
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.days import FIRST_DAY, LONGEST_RANGE


class Discrepancy(StrEnum):
    """In what the register and the platform disagree about a matter. A closed list."""

    ONLY_HERE = "only_here"
    """In the register, and not in the export; also what has no number of the platform yet."""
    ONLY_THERE = "only_there"
    """In the export, and not in the register."""
    DIFFERING = "differing"
    """In both, and they do not say the same."""


NOT_EXPECTED = frozenset({TicketState.DRAFT, TicketState.VOID, TicketState.MERGED})
"""The platform need not have these unless it has given them a number."""

_ACCEPTED = frozenset({"受理", "已受理", "予以受理"})
_REFUSED = frozenset({"不受理", "不予受理"})


def check_days(since: date, day: date, today: date) -> None:
    """Raises InputError."""
    if not FIRST_DAY <= since <= day <= today or day - since > LONGEST_RANGE:
        raise InputError(
            "A comparison is of days that are over or of today, at most a year together.",
            code=ErrorCode.RANGE_TOO_LONG,
            params={"most_days": LONGEST_RANGE.days},
        )


def moments_of(since: date, day: date, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first midnight to the one after the last day, local."""
    return datetime.combine(since, time(), timezone), datetime.combine(day + timedelta(days=1), time(), timezone)


def differing_fields(values: Values, known: KnownTicket, codes: CodesByName) -> list[str]:
    """Fields of the ticket that say something else than the platform.

    A decision differs where both have decided, and not alike; a side that has not decided yet is no difference. What an
    archived ticket has lost is none either.
    """
    fields = [] if known.state is TicketState.ARCHIVED else list_differences(values, known, codes)
    if values.get(PlatformField.KIND) != known.columns["kind"]:
        fields.append("kind")
    there = _decision_there(values.get(PlatformField.DECISION, ""))
    here = was_accepted(known.state, known.columns["outcome"])
    if there is not None and here is not None and there is not here:
        fields.append("decision")
    return sorted(fields)


def _decision_there(words: str) -> bool | None:
    return True if words in _ACCEPTED else False if words in _REFUSED else None
