"""The states of an instruction: one table of what can be done in which, and what must come with it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from callcenter.accounts.rights import Right
from callcenter.casework.dispatch.rules import (
    OPEN_STATES,
    URGENT,
    Batch,
    Finding,
    Instruction,
    InstructionState,
    InstructionStep,
    OffShelfOutcome,
)
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError


class InstructionField(StrEnum):
    """What can come with a step, beside the moment at which it was done. A closed list."""

    NAME = "name"
    """Who acknowledged."""
    HOW = "how"
    """How they said so."""
    OUTCOME = "outcome"
    BATCHES = "batches"
    FEEDBACK = "feedback"
    REASON = "reason"


class InstructionLack(StrEnum):
    """Something that is missing for a step. A closed list."""

    OFF_SHELF = "off_shelf"
    """At P1 and P2: what became of the goods."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InstructionRule:
    """A line of the table. `target` is None where the state stays."""

    step: InstructionStep
    sources: frozenset[InstructionState]
    target: InstructionState | None
    right: Right
    needs: tuple[InstructionField, ...] = ()
    takes: tuple[InstructionField, ...] = ()
    """Beside what it needs."""


_S, _F, _STEP = InstructionState, InstructionField, InstructionStep
_HANDLE = Right.HANDLE_TICKETS

RULES: tuple[InstructionRule, ...] = (
    InstructionRule(
        step=_STEP.ACKNOWLEDGE,
        sources=frozenset({_S.ISSUED, _S.UNANSWERED}),
        target=_S.ACKNOWLEDGED,
        right=_HANDLE,
        needs=(_F.NAME, _F.HOW),
    ),
    InstructionRule(step=_STEP.DEPART, sources=frozenset({_S.ACKNOWLEDGED}), target=None, right=_HANDLE),
    InstructionRule(step=_STEP.ARRIVE, sources=frozenset({_S.ACKNOWLEDGED}), target=_S.ON_SITE, right=_HANDLE),
    InstructionRule(
        step=_STEP.OFF_SHELF,
        sources=frozenset({_S.ON_SITE, _S.REPORTED}),
        target=None,
        right=_HANDLE,
        needs=(_F.OUTCOME,),
        takes=(_F.BATCHES,),
    ),
    InstructionRule(
        step=_STEP.FEEDBACK,
        sources=frozenset({_S.ON_SITE, _S.REPORTED}),
        target=_S.REPORTED,
        right=_HANDLE,
        needs=(_F.FEEDBACK,),
    ),
    InstructionRule(
        step=_STEP.CLOSE, sources=frozenset({_S.REPORTED}), target=_S.CLOSED, right=_HANDLE, takes=(_F.REASON,)
    ),
    InstructionRule(
        step=_STEP.CANCEL, sources=OPEN_STATES, target=_S.CANCELLED, right=Right.LEAD_TICKETS, needs=(_F.REASON,)
    ),
    InstructionRule(
        step=_STEP.RING_AGAIN, sources=frozenset({_S.UNANSWERED}), target=_S.ISSUED, right=Right.FORWARD_TICKETS
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PossibleInstructionStep:
    """A step that the state allows, and what is still missing for it."""

    rule: InstructionRule
    needs: tuple[InstructionField, ...]
    """At this priority."""
    lacks: tuple[InstructionLack, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InstructionGiven:
    """What came with a step; `at` is when it was done, None for now."""

    at: datetime | None = None
    name: str | None = None
    how: str | None = None
    outcome: OffShelfOutcome | None = None
    batches: tuple[Batch, ...] = ()
    feedback: str | None = None
    reason: str | None = None

    def names(self) -> set[str]:
        """The fields that came."""
        return {field.name for field in fields(self) if field.name != "at" and getattr(self, field.name)}

    def to_json(self) -> dict[str, Any]:
        """What the log keeps; batches have a table of their own."""
        kept = {name: getattr(self, name) for name in self.names() - {"batches"}}
        return kept | ({"batches": len(self.batches)} if self.batches else {})


_AT_THE_PLACE = frozenset({_S.ON_SITE, _S.REPORTED})
TAKES: dict[Finding, frozenset[InstructionState]] = {
    Finding.BATCH: _AT_THE_PLACE,
    # A laboratory takes longer than an instruction lasts.
    Finding.TEST: _AT_THE_PLACE | {_S.CLOSED},
}
"""In which states something that was found is added."""


def check_takes(state: InstructionState, finding: Finding) -> None:
    """Raises ConflictError where the state does not take it."""
    if state not in TAKES[finding]:
        raise ConflictError(
            f"An instruction that is {state} takes no {finding}.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={"step": finding, "state": state, "allowed": ""},
        )


def list_possible(instruction: Instruction) -> list[PossibleInstructionStep]:
    """The steps that the state allows, as the table has them, whoever asks."""
    return [
        PossibleInstructionStep(rule=rule, needs=_needs(rule, instruction), lacks=tuple(_lacks(rule.step, instruction)))
        for rule in RULES
        if instruction.state in rule.sources and not _was_done(rule.step, instruction)
    ]


def check_step(
    instruction: Instruction, step: InstructionStep, given: InstructionGiven, now: datetime
) -> InstructionRule:
    """The line of the table for this step.

    Raises ConflictError where the state does not allow it or something is missing before it, InputError for what came
    with it.
    """
    possible = {one.rule.step: one for one in list_possible(instruction)}
    found = possible.get(step)
    if found is None:
        raise ConflictError(
            f"An instruction that is {instruction.state} does not allow {step}.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={"step": step, "state": instruction.state, "allowed": ",".join(possible)},
        )
    if found.lacks:
        raise ConflictError(
            f"For {step} the instruction lacks: {', '.join(found.lacks)}.",
            code=ErrorCode.INSTRUCTION_LACKS,
            params={"step": step, "lacks": ",".join(found.lacks)},
        )
    _check_given(found, given, instruction, now)
    return found.rule


def _check_given(
    possible: PossibleInstructionStep, given: InstructionGiven, instruction: Instruction, now: datetime
) -> None:
    step, names = possible.rule.step, given.names()
    missing = [field for field in possible.needs if field not in names]
    if missing:
        raise InputError(
            f"The step {step} needs: {', '.join(missing)}.",
            code=ErrorCode.STEP_NEEDS,
            params={"step": step, "fields": ",".join(missing)},
        )
    foreign = sorted(names - {*possible.needs, *possible.rule.takes})
    if foreign:
        raise InputError(
            f"The step {step} does not take: {', '.join(foreign)}.",
            code=ErrorCode.STEP_DOES_NOT_TAKE,
            params={"step": step, "fields": ",".join(foreign)},
        )
    if step is InstructionStep.OFF_SHELF:
        _check_batches(given, instruction)
    if given.at is not None and not instruction.last_at <= given.at <= now:
        raise InputError("What is done with an instruction is entered in its order, and not as done later than now.")


def _check_batches(given: InstructionGiven, instruction: Instruction) -> None:
    """They come with the outcome, or were written down before it."""
    is_taken_off = given.outcome is OffShelfOutcome.TAKEN_OFF
    has_any = bool(given.batches) or instruction.has_batches
    if (is_taken_off and not has_any) or (given.batches and not is_taken_off):
        raise InputError("What was taken off the shelf has its batches, and no other outcome comes with any.")


def _needs(rule: InstructionRule, instruction: Instruction) -> tuple[InstructionField, ...]:
    """At P1 and P2 there was a patrol, or it is said why there was none."""
    is_urgent_close = rule.step is InstructionStep.CLOSE and instruction.priority in URGENT
    return (*rule.needs, InstructionField.REASON) if is_urgent_close and not instruction.has_patrol else rule.needs


def _lacks(step: InstructionStep, instruction: Instruction) -> Iterator[InstructionLack]:
    is_urgent = instruction.priority in URGENT
    if step is InstructionStep.CLOSE and is_urgent and not instruction.are_goods_dealt_with:
        yield InstructionLack.OFF_SHELF


def _was_done(step: InstructionStep, instruction: Instruction) -> bool:
    match step:
        case InstructionStep.DEPART:
            return instruction.has_departed
        case InstructionStep.OFF_SHELF:
            return instruction.are_goods_dealt_with
        case _:
            return False
