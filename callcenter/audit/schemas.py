"""What the audit looks like over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from callcenter.audit.report import Answer
from callcenter.calls.blind_times import GapReason, UnknownReason
from callcenter.calls.records import Witness
from callcenter.http.fields import Moment


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


class DifferentCall(UnexplainedCall):
    """A call that the ledger, derived anew, has otherwise than the record or the callback list."""

    episode_id: int | None


class DifferenceFigure(BaseModel):
    """Must be 0."""

    count: int
    calls: list[DifferentCall]


class NotDerivedFigure(Figure):
    """Calls of the ledger on whose rows this program failed while the day was derived anew. Must be 0."""

    rows: int
    errors: list[str] = Field(description="The types of the errors; the log has each with its traceback.")


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


class UnknownTimeView(BaseModel):
    """A time [from, to) of which nothing is known; `pbx` is null where it is that of every PBX."""

    pbx: str | None
    from_: Moment = Field(alias="from")
    to: Moment
    reason: UnknownReason


class SheetHash(BaseModel):
    """What the frozen `day_sheet` is chained by, and how anybody computes it again."""

    sha256: str
    previous_sha256: str | None
    recipe: str


class DispositionFigures(BaseModel):
    """The calls of the day that somebody talked in, and that are over, by what became of them."""

    ticket: Figure = Field(description="They became a matter.")
    reason: Figure = Field(description="They became none, and somebody has said why.")
    missing: Figure = Field(description="Nobody has said what became of them. Should be 0 when the shift is over.")


class AuditView(BaseModel):
    """The proof of a day: inbound = answered + every kind of missed + still_open, and each missed call on the list."""

    day: date
    made_at: Moment
    is_over: bool = Field(description="Of a day that is not over the audit says how it stands now.")
    answer: Answer = Field(
        description="`not_accounted_for`: a caller, a proof or something frozen is amiss. `not_known`: nothing is, but"
        " of `unknown_times` nothing is known, or the calls of `not_derived` could not be derived anew."
    )
    is_good: bool = Field(description="Whether the answer is `accounted_for`.")
    sentence: str = Field(description="The answer in words.")
    unknown_times: list[UnknownTimeView]
    inbound: Figure
    answered: Figure
    missed: dict[str, Figure]
    still_open: Figure
    ledger: LedgerView | None = Field(description="Null where there is no CEL file: nothing was counted again.")
    is_ledger_missing: bool = Field(description="The settings name a CEL file, and there is none: nothing is proven.")
    unexplained: UnexplainedFigure
    is_derived: bool = Field(description="Whether every call of the day was derived anew from the ledger alone.")
    differences: DifferenceFigure = Field(
        description="What the ledger alone says differently from records and callback list. Must be 0."
    )
    not_derived: NotDerivedFigure
    suspicious: UnexplainedFigure = Field(description="Calls that look as if the settings were wrong. Must be 0.")
    doubts: list[str] = Field(description="Why the settings look wrong for the day as a whole. Must be empty.")
    unconfirmed: Figure
    unconfirmed_in_gap: Figure
    settled: Figure = Field(description="Unconfirmed calls of which a supervisor has said why they stand.")
    missed_without_episode: Figure
    missed_in_several_episodes: Figure
    missed_after_freeze: Figure
    gaps: list[AuditGap]
    overdue_episodes: list[int]
    unknown_deadlines: list[int] = Field(
        description="Episodes that wait for a first call, nobody can say until when: the working calendar is missing."
    )
    dispositions: DispositionFigures = Field(description="Work that is left does not change the answer.")
    is_frozen: bool
    day_sheet: dict[str, Any]
    day_sheet_hash: SheetHash | None = Field(description="Null for a day that is not frozen yet.")
    day_sheet_breaks: list[str]
