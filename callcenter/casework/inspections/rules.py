"""What a patrol is: its states, what is answered of each item, and what is missing before it can be finished. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError

CLOCKS_DIFFER = timedelta(minutes=2)
"""What a phone calls now may be so much later than here."""


class InspectionState(StrEnum):
    """How far a patrol has come. A closed list."""

    DRAFT = "draft"
    FINISHED = "finished"
    """Nobody changes it any more; a correction is another patrol, which points to it."""


class ItemResult(StrEnum):
    """What was found of an item. A closed list."""

    PASSED = "pass"
    FAILED = "fail"
    NOT_APPLICABLE = "na"


class InspectionLack(StrEnum):
    """What an item is missing before the patrol can be finished. A closed list."""

    ANSWER = "answer"
    EVIDENCE = "evidence"
    """What failed has a file, or a reason why there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What somebody said of an item. `key` is the phone's: what comes twice under one key is one answer."""

    item: int
    result: ItemResult
    note: str | None
    no_evidence_reason: str | None
    key: str
    answered_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemLack:
    """An item, and what it is missing."""

    item: int
    lack: InspectionLack


def check_answer(answer: Answer, items: int, now: datetime) -> None:
    """Raises InputError for an item that the template does not have, or for what a failed item needs."""
    if not 1 <= answer.item <= items:
        raise InputError(f"The template has the items 1 to {items}.")
    if answer.result is ItemResult.FAILED and answer.note is None:
        raise InputError("What failed needs a note.", code=ErrorCode.FAIL_NEEDS_NOTE)
    if answer.result is not ItemResult.FAILED and answer.no_evidence_reason is not None:
        raise InputError("Only what failed needs evidence.")
    check_not_later(answer.answered_at, now)


def check_not_later(moment: datetime, now: datetime) -> None:
    """Raises InputError for what has not happened yet."""
    if moment > now + CLOCKS_DIFFER:
        raise InputError("Nothing is written down of a patrol before it has happened.", code=ErrorCode.IN_THE_FUTURE)


def list_current(answers: Iterable[Answer]) -> dict[int, Answer]:
    """Of each item the answer that was given last, by its moment, in whatever order they came here."""
    ordered = sorted(answers, key=lambda answer: (answer.answered_at, answer.key))
    return {answer.item: answer for answer in ordered}


def list_lacks(items: int, answers: Iterable[Answer], with_evidence: Collection[int]) -> list[ItemLack]:
    """What is missing, in the order of the items; `with_evidence` are those that have a file."""
    current = list_current(answers)
    lacks = []
    for item in range(1, items + 1):
        answer = current.get(item)
        if answer is None:
            lacks.append(ItemLack(item=item, lack=InspectionLack.ANSWER))
        elif answer.result is ItemResult.FAILED and answer.no_evidence_reason is None and item not in with_evidence:
            lacks.append(ItemLack(item=item, lack=InspectionLack.EVIDENCE))
    return lacks


def check_finish(lacks: Sequence[ItemLack], *, has_offence: bool, has_ticket: bool) -> None:
    """Raises ConflictError.

    An offence hangs on a ticket: the flag, its time limit and the decision of a director are there. A patrol without
    one that found an offence stays open until the matter is registered, so that no clue is without a clock (Order 121,
    Art. 27).
    """
    if lacks:
        missing = ",".join(str(lack.item) for lack in lacks)
        raise ConflictError(
            f"The patrol lacks something for: {missing}.", code=ErrorCode.INSPECTION_LACKS, params={"items": missing}
        )
    if has_offence and not has_ticket:
        raise ConflictError(
            "An offence was found: have the matter registered, and name its ticket first.",
            code=ErrorCode.OFFENCE_NEEDS_TICKET,
        )


def check_times(started_at: datetime, ended_at: datetime, now: datetime) -> None:
    """Raises InputError."""
    check_not_later(ended_at, now)
    if ended_at < started_at:
        raise InputError("A patrol ends after it has begun.")


def check_officers(officers: Collection[str], least: int) -> None:
    """Raises InputError for fewer than the template asks for."""
    if len(set(officers)) < least:
        raise InputError(
            f"At least {least} officers go on a patrol.", code=ErrorCode.TOO_FEW_OFFICERS, params={"least": least}
        )
