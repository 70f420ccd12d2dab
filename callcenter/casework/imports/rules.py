"""What a row of the platform means for the register: new, changed, or the same; and what of it is taken over. Pure.

What was decided here stays. A field changes only where it still says what the platform said before, or nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from callcenter.casework.classification.rules import Axis, Code
from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.rows import Values
from callcenter.casework.tickets.rules import CLOSED_STATES, LONGEST_TITLE, TicketState

KEPT_FOR = timedelta(days=7)
"""After an upload: its rows, which hold what callers said, are deleted then, confirmed or not."""

LONGEST_RESPONDENT = 300


class ImportState(StrEnum):
    """How far an import has come. A closed list."""

    CHECKED = "checked"
    """Nothing has changed in the register yet."""
    CONFIRMED = "confirmed"
    """It is being taken in, some rows at a time."""
    APPLIED = "applied"
    EXPIRED = "expired"
    """Nobody has confirmed it in time."""


class RowStatus(StrEnum):
    """What a row would do, by the register as it was when the file came. A closed list."""

    NEW = "new"
    CHANGED = "changed"
    """The platform says something else than before."""
    SAME = "same"
    ERROR = "error"


class RowResult(StrEnum):
    """What a row has done. A closed list."""

    MADE = "made"
    CHANGED = "changed"
    KEPT = "kept"
    """All that the platform says anew was decided here already."""
    SAME = "same"


CodesByName = Mapping[str, Mapping[str, str]]
"""Codes of a day by column (`goods_code` and the like) and name."""

_TEXTS = ("title", "facts", "respondent", "feedback")
COLUMNS = (*_TEXTS, "goods_code", "service_code", "problem_code")
"""Of a ticket, that the platform has a say in."""

_FIELD_OF_CODE = {
    "goods_code": PlatformField.GOODS,
    "service_code": PlatformField.SERVICE,
    "problem_code": PlatformField.PROBLEM,
}
AXES = {"goods_code": Axis.GOODS, "service_code": Axis.SERVICE, "problem_code": Axis.PROBLEM}


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownTicket:
    """A ticket that has the platform's number, as far as an import is concerned."""

    id: int
    number: str
    version: int
    state: TicketState
    columns: Mapping[str, Any]
    """Those of COLUMNS, `kind` and `outcome`."""
    received_at: datetime
    said_before: Values | None
    """What the platform said last; None where somebody entered the number by hand."""
    has_merchant: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What of a row a ticket takes over, and which columns say something else here and stay."""

    changes: Mapping[str, Any]
    kept: tuple[str, ...]


def columns_of(values: Values, codes: CodesByName) -> dict[str, Any]:
    """A ticket's columns as the platform has them; a category that we have no code for is none."""
    where = (values.get(PlatformField.MERCHANT_NAME), values.get(PlatformField.MERCHANT_ADDRESS))
    title = values.get(PlatformField.TITLE)
    return {
        "title": None if title is None else title[:LONGEST_TITLE],
        "facts": values.get(PlatformField.FACTS),
        "respondent": ", ".join(filter(None, where))[:LONGEST_RESPONDENT] or None,
        "feedback": values.get(PlatformField.FEEDBACK),
        **{column: codes[column].get(values.get(field, "")) for column, field in _FIELD_OF_CODE.items()},
    }


def judge(values: Values, known: KnownTicket | None) -> RowStatus:
    """By what the platform said last. An archived matter takes nothing up again that it has lost."""
    if known is None:
        return RowStatus.NEW
    if known.state is TicketState.ARCHIVED:
        return RowStatus.SAME
    return RowStatus.SAME if known.said_before == values else RowStatus.CHANGED


def plan_change(values: Values, known: KnownTicket, codes: CodesByName, merchant_id: int | None) -> Plan:
    """Three ways to look at each column: what the platform said, what it says, and what stands here.

    `merchant_id` is the one merchant of this name, who is taken where nobody has chosen one or said why none can be.
    """
    said_before = known.said_before or {}
    says, said = columns_of(values, codes), columns_of(said_before, codes)
    changes: dict[str, Any] = {}
    kept = []
    for column in COLUMNS:
        here = known.columns[column]
        if says[column] == here or says[column] is None or says[column] == said[column]:
            continue
        if here in (None, said[column]) and known.state not in CLOSED_STATES:
            changes[column] = says[column]
        else:
            kept.append(column)
    kind = values[PlatformField.KIND]
    if kind not in (known.columns["kind"], said_before.get(PlatformField.KIND)):
        kept.append("kind")  # only a draft becomes another kind, and by hand
    if merchant_id is not None and not known.has_merchant and known.state not in CLOSED_STATES:
        changes["merchant_id"] = merchant_id
    return Plan(changes=changes, kept=tuple(kept))


def list_differences(values: Values, known: KnownTicket, codes: CodesByName) -> list[str]:
    """Columns in which the register does not say what the platform says."""
    says = columns_of(values, codes)
    return [column for column in COLUMNS if says[column] is not None and says[column] != known.columns[column]]


def received_at(values: Values, uploaded_at: datetime) -> datetime:
    """When the matter came to the platform; where it does not say so, when it came to us."""
    said = values.get(PlatformField.RECEIVED_AT)
    return uploaded_at if said is None else datetime.fromisoformat(said)


def is_over(uploaded_at: datetime, now: datetime) -> bool:
    """Whether the rows of an upload are to be deleted."""
    return uploaded_at + KEPT_FOR <= now


def valid_codes(codes: Mapping[str, Sequence[Code]], day: date) -> CodesByName:
    """Of all codes by column those of a day, by name."""
    return {
        column: {code.name: code.code for code in found if code.is_valid_on(day)} for column, found in codes.items()
    }
