"""Signals and rankings over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.signals.cells import SignalAxis
from callcenter.analysis.signals.findings import SignalRule
from callcenter.analysis.signals.rankings import RankingAxis
from callcenter.analysis.signals.states import SignalEventGiven, SignalEventKind, SignalLink, SignalState
from callcenter.casework.tickets.schemas import AskedDay, AskedId
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page, PageQuery


class SignalsQuery(PageQuery):
    """Which signals are wanted."""

    state: list[SignalState] = Field(default_factory=list, max_length=len(SignalState))
    rule: SignalRule | None = None
    merchant_id: AskedId | None = None
    from_day: AskedDay | None = Field(default=None, description="Of times that end then or later.")
    to_day: AskedDay | None = Field(default=None, description="Of times that end then or earlier.")


class SignalView(BaseModel):
    """A rule fired for a cell in a time: `x1` in the exposure `t1`, on `x0` in `t0` of a base of so many times."""

    id: int
    version: int
    snapshot_id: int
    rule: SignalRule
    axis: SignalAxis
    code: str | None
    merchant_id: int | None
    merchant: str | None
    first: date
    last: date
    x1: int
    x0: int
    t1: float = Field(description="Working days, complaints, or days, as the rule has it.")
    t0: float
    base: int = Field(description="Months or weeks with which it was compared.")
    phi: float | None = Field(description="Dispersion of the base; about 1 where it is Poisson.")
    p: float | None
    bh_rank: int | None = Field(description="Among all tests of its rule, by p.")
    limit: float | None
    found_at: Moment
    is_waiting: bool = Field(description="Nobody has looked at it for more than ten working days.")
    state: SignalState
    reason: str | None = Field(description="Why it was dismissed.")
    events: list[SignalEventKind] = Field(description="What can be done with it now.")


class SignalHistory(BaseModel):
    """What somebody did with a signal."""

    what: SignalEventKind
    state: SignalState = Field(description="After it.")
    at: Moment
    by: str
    tickets_read: bool
    reason: str | None
    linked: SignalLink | None
    linked_id: int | None


class SignalDetail(SignalView):
    """The same with every number behind it, and what was done with it."""

    inputs: dict[str, JsonValue]
    history: list[SignalHistory]


class SignalPage(Page[SignalView]):
    """Newest first."""


class NewReview(BaseModel):
    """What is done with a signal."""

    model_config = ConfigDict(extra="forbid")

    event: SignalEventKind
    tickets_read: bool = Field(default=False, description="The tickets behind it: needed to confirm or dismiss it.")
    reason: Sentence | None = Field(default=None, description="Needed to dismiss it.")
    linked: SignalLink | None = Field(default=None, description="What came of it; needed with `link`.")
    linked_id: AskedId | None = None

    def to_given(self) -> SignalEventGiven:
        """As the rules see it."""
        return SignalEventGiven(
            reason=self.reason, tickets_read=self.tickets_read, linked=self.linked, linked_id=self.linked_id
        )


class RankingQuery(PageQuery):
    """Of which period."""

    period: Annotated[str, Field(pattern=r"^20[0-9]{2}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$", examples=["2026-03"])]


class RankedView(BaseModel):
    """A place in a ranking."""

    model_config = ConfigDict(from_attributes=True)

    key: str = Field(description="A code, a text, or the id of a merchant or a unit.")
    name: str | None = Field(description="Of a merchant or a unit.")
    rank: int = Field(description="Equal counts share it, and the next ones follow behind: 1, 2, 2, 4.")
    count: int
    low: float
    high: float = Field(description="With `low` the exact 95 % interval of the mean behind the count.")
    share: float = Field(description="In percent of all that are counted.")
    serial: int = Field(description="Of serial complainants.")
    serial_share: float = Field(description="In percent.")
    is_small: bool = Field(description="From fewer than ten.")


class RankingPage(Page[RankedView]):
    """The first first; counted is what was received in the period."""

    axis: RankingAxis
    snapshot_id: int
    kind: PeriodKind
    first: date
    last: date
    cut_off_at: Moment
    counted: int
    known: int = Field(description="Of those, with a key on this axis.")
