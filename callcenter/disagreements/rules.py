"""Why a call is not confirmed, and what its witnesses report differently. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from callcenter.calls.merge_witnesses import DISAGREEMENTS, completed
from callcenter.calls.precedence import FIELDS, find_outcome_row
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import CallRecord, Witness
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

Report = Mapping[str, Any]
"""A record in its contract shape."""


UNCOMPARED = frozenset(("short", "wait_seconds", "talk_seconds", "recordings", "witnesses"))
"""Keys that follow from others, or say nothing of the call."""


class Doubt(StrEnum):
    """Why a call that is over is not confirmed. A closed list."""

    ONE_WITNESS = "one_witness"
    """The other one has not reported it, or there is no other."""
    SEEN_IN_PART = "seen_in_part"
    """Both reported it, and one was blind for a while: the other's report stands."""
    DISAGREEMENT = "disagreement"
    """Both saw all of it and report something differently."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A key of the record that the two report differently; `stands` is whose value the record has, None for neither."""

    key: str
    ami: Any
    ledger: Any
    is_disagreement: bool
    stands: Witness | None
    reason: str


def doubt_about(record: CallRecord, witnesses: frozenset[Witness]) -> Doubt:
    """Why this record of a call is not confirmed; `witnesses` are those that reported it."""
    if len(witnesses) == 1:
        return Doubt.ONE_WITNESS
    return Doubt.SEEN_IN_PART if DISAGREEMENTS.isdisjoint(record.anomalies) else Doubt.DISAGREEMENT


def differences(ami: Report | None, ledger: Report | None) -> list[Difference]:
    """In the order of the contract; moments that agree within a second are none."""
    if ami is None or ledger is None:
        return []
    live, book = record_from_json(dict(ami)), record_from_json(dict(ledger))
    whole = completed(book, live)
    row = find_outcome_row(live, book)
    found = []
    for key, field in FIELDS.items():
        one, other = ami.get(key), ledger.get(key)
        if key in UNCOMPARED or one == other:
            continue
        is_disagreement = False
        if field.disagrees is not None:
            is_disagreement = bool(field.disagrees(whole, live))
            if not field.disagrees(book, live) and one is not None and other is not None:
                continue
        stands, reason = field.stands, field.reason
        if key == "outcome" and row is not None:
            stands = Witness.AMI
            reason = f"AMI knows: {row.ami_knows} The ledger knows: {row.ledger_knows}"
        found.append(
            Difference(
                key=key,
                ami=one,
                ledger=other,
                is_disagreement=is_disagreement,
                stands=stands,
                reason=reason,
            )
        )
    return found


def told_sha256(ami: Report | None, ledger: Report | None) -> str:
    """The reports of both, as a hash: a settlement holds for this and nothing else."""
    text = json.dumps([ami, ledger], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_may_be_settled(*, is_over: bool, is_confirmed: bool) -> None:
    """Raises ConflictError where there is nothing to settle."""
    if not is_over:
        raise ConflictError("The call is still up.", code=ErrorCode.CALL_IS_UP)
    if is_confirmed:
        raise ConflictError("Both witnesses agree about this call.", code=ErrorCode.NO_DISAGREEMENT)
