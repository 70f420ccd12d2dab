"""What the audit looks like over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from callcenter.calls.records import Witness
from callcenter.calls.schemas import Moment
from callcenter.calls.witness_store import GapReason


class CallRef(BaseModel):
    """A call."""

    pbx: str
    call_id: str


class Figure(BaseModel):
    """A number and the calls behind it."""

    count: int
    calls: list[CallRef]


class UnexplainedCall(CallRef):
    """A call that does not add up."""

    reason: str


class UnexplainedFigure(BaseModel):
    """Must be 0."""

    count: int
    calls: list[UnexplainedCall]


class LedgerView(BaseModel):
    """The second count, straight from the files of the ledger."""

    files: list[str]
    unreadable_files: list[str]
    kept_since: Moment | None
    inbound: Figure


class AuditGap(BaseModel):
    """A time [from, to) during which a witness saw nothing; `to` is null while that lasts."""

    pbx: str
    witness: Witness
    from_: Moment = Field(alias="from")
    to: Moment | None
    reason: GapReason


class AuditView(BaseModel):
    """The proof of a day: inbound = answered + every kind of missed + still_open, and each missed call on the list."""

    business_date: date
    made_at: Moment
    is_good: bool = Field(description="Nobody who rang is unaccounted for, and nothing frozen was changed.")
    inbound: Figure
    answered: Figure
    missed: dict[str, Figure]
    still_open: Figure
    ledger: LedgerView | None = Field(description="Null where there is no CEL file: nothing was counted again.")
    is_ledger_missing: bool = Field(description="The settings name a CEL file, and there is none: nothing is proven.")
    unexplained: UnexplainedFigure
    unconfirmed: Figure
    unconfirmed_in_gap: Figure
    settled: Figure = Field(description="Unconfirmed calls of which a supervisor has said why they stand.")
    missed_without_episode: Figure
    missed_in_several_episodes: Figure
    missed_after_freeze: Figure
    gaps: list[AuditGap]
    overdue_episodes: list[int]
    is_frozen: bool
    day_sheet: dict[str, Any]
    day_sheet_breaks: list[str]
