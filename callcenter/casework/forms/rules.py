"""Which form belongs to what happened in a ticket, whom it is for, and how it is numbered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any

from callcenter.casework.tickets.rules import LAWFUL_KINDS, TicketKind
from callcenter.casework.tickets.steps import TicketStep
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

ORDER_121_FROM = date(2026, 4, 15)
"""What is received from this day on is under SAMR Order 121 (Art. 46), what came before under Order 20."""


class Form(IntEnum):
    """A form by its number (文书式样一 to 十). A closed list."""

    COMPLAINT = 1
    """投诉登记表."""
    REPORT = 2
    """举报登记表."""
    FORWARDING = 3
    """分送通知书."""
    IDENTITY = 4
    """限期提供身份证明材料通知书."""
    ACCEPTANCE = 5
    """受理决定书."""
    REFUSAL = 6
    """不予受理决定书."""
    MEDIATION = 7
    """调解通知书."""
    END = 8
    """终止调解决定书."""
    AGREEMENT = 9
    """调解书."""
    RESULT = 10
    """举报处理结果告知书."""


class Reader(StrEnum):
    """For whom a form is."""

    OFFICE = "office"
    """The file, and the units of the authority."""
    PERSON = "person"
    """Who complained or reported."""
    BOTH = "both"
    """The complainant and the respondent: nothing of the person stands in it but the name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FormRule:
    """Of which tickets a form is made, by which step, and for whom."""

    title: str
    word: str
    """In its number, as 受 in 常市监受〔2026〕第12号."""
    kinds: frozenset[TicketKind]
    steps: tuple[TicketStep, ...]
    """The last of these that was taken is what the form says."""
    reader: Reader


_COMPLAINT, _REPORT = frozenset({TicketKind.COMPLAINT}), frozenset({TicketKind.REPORT})
_S = TicketStep

RULES: dict[Form, FormRule] = {
    Form.COMPLAINT: FormRule(
        title="投诉登记表", word="投登", kinds=_COMPLAINT, steps=(_S.REGISTER,), reader=Reader.OFFICE
    ),
    Form.REPORT: FormRule(title="举报登记表", word="举登", kinds=_REPORT, steps=(_S.REGISTER,), reader=Reader.OFFICE),
    Form.FORWARDING: FormRule(
        title="分送通知书", word="分", kinds=LAWFUL_KINDS, steps=(_S.FORWARD,), reader=Reader.OFFICE
    ),
    Form.IDENTITY: FormRule(
        title="限期提供身份证明材料通知书", word="限", kinds=_COMPLAINT, steps=(_S.ASK,), reader=Reader.PERSON
    ),
    Form.ACCEPTANCE: FormRule(
        title="受理决定书", word="受", kinds=_COMPLAINT, steps=(_S.ACCEPT,), reader=Reader.PERSON
    ),
    Form.REFUSAL: FormRule(
        title="不予受理决定书", word="不受", kinds=_COMPLAINT, steps=(_S.REFUSE,), reader=Reader.PERSON
    ),
    Form.MEDIATION: FormRule(title="调解通知书", word="调通", kinds=_COMPLAINT, steps=(_S.ACCEPT,), reader=Reader.BOTH),
    Form.END: FormRule(title="终止调解决定书", word="终", kinds=_COMPLAINT, steps=(_S.END,), reader=Reader.BOTH),
    Form.AGREEMENT: FormRule(title="调解书", word="调", kinds=_COMPLAINT, steps=(_S.SETTLE,), reader=Reader.BOTH),
    Form.RESULT: FormRule(
        title="举报处理结果告知书", word="告", kinds=_REPORT, steps=(_S.FILE, _S.NOT_FILE), reader=Reader.PERSON
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """A step that was taken, with what came with it."""

    event_id: int
    step: str
    at: datetime
    body: dict[str, Any]


def find_occasion(form: Form, kind: TicketKind, taken: Sequence[Occasion]) -> Occasion:
    """What the form is made of: of the steps that were taken, in order, the last that fits.

    Raises ConflictError where the ticket is of another kind, or nothing of this has happened.
    """
    rule = RULES[form]
    fitting = [one for one in taken if one.step in rule.steps]
    if kind not in rule.kinds or not fitting:
        steps = " or ".join(rule.steps)
        raise ConflictError(
            f"Form {form.value} is for a {' or '.join(sorted(rule.kinds))} after the step {steps}.",
            code=ErrorCode.FORM_NOT_DUE,
            params={"form": form.value},
        )
    return fitting[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How far a form of a ticket is: made of `occasion`, or not due before one of these steps was taken."""

    form: Form
    steps: tuple[TicketStep, ...]
    occasion: Occasion | None


def list_standings(kind: TicketKind, taken: Sequence[Occasion]) -> list[Standing]:
    """Of every form that there is for a ticket of this kind, by number; `taken` in order."""
    return [
        Standing(
            form=form,
            steps=rule.steps,
            occasion=next((one for one in reversed(taken) if one.step in rule.steps), None),
        )
        for form, rule in RULES.items()
        if kind in rule.kinds
    ]


def number_of(form: Form, series: str, year: int, number: int) -> str:
    """As offices number what they send: 常市监受〔2026〕第12号."""
    return f"{series}{RULES[form].word}〔{year}〕第{number}号"
