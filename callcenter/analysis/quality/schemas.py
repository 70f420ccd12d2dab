"""What the quality of work takes and gives over HTTP. Points are numbers with two decimals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from callcenter.analysis.quality.rules import QualityBlock, QualityCode
from callcenter.analysis.quality.states import BulletinState, FindingEvent, FindingState
from callcenter.casework.classification.schemas import AskedDay
from callcenter.casework.deadlines.rules import Certainty
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page, PageQuery

Points = Annotated[Decimal, Field(ge=0, le=40, max_digits=5, decimal_places=2)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Subject = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~]+$")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QualityRuleView(BaseModel):
    """Points off for each error of a kind."""

    code: QualityCode
    block: QualityBlock
    points: float
    cap: float | None = Field(description="The most that errors of the code take off in a month; null: the block's.")
    valid_from: date = Field(description="For what happened from then on, until the next rule of the same code.")
    certainty: Certainty
    source: str


class QualityRulePage(Page[QualityRuleView]):
    """By code, the oldest of each first."""


class NewQualityRule(_Asked):
    """What the office has decided, from a day on that has not begun."""

    code: QualityCode
    points: Points
    cap: Points | None = None
    valid_from: AskedDay
    source: Sentence


class FindingsQuery(PageQuery):
    """Which findings are wanted."""

    month: AskedDay | None = Field(default=None, description="Any day of it.")
    unit_id: Id | None = None
    state: FindingState | None = None


class NewFindingBody(_Asked):
    """An error that somebody found, with what shows it."""

    code: QualityCode
    unit_id: Id
    subject_kind: Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[a-z_]+$")]
    subject: Subject = Field(description="What is wrong: unique for its code in a month, such as a ticket's number.")
    occurred_on: AskedDay
    evidence: Annotated[list[Subject], Field(min_length=1, max_length=20)]


class FindingEventBody(_Asked):
    """Why, or what was done, where an event needs it."""

    text: Sentence | None = None


class QualityFinding(BaseModel):
    """An error of a unit."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    version: int
    code: QualityCode
    unit_id: int
    subject_kind: str
    subject: str
    month: date
    occurred_on: date
    points: float
    evidence: list[str]
    state: FindingState
    repeats: int | None = Field(description="The finding that was not rectified in time.")
    found_at: Moment


class QualityFindingPage(Page[QualityFinding]):
    """Newest first."""


class FindingEntry(BaseModel):
    """What happened to a finding."""

    event: FindingEvent
    state: FindingState
    at: Moment
    user: str | None = Field(description="Null for the system.")
    text: str | None


class QualityFindingWithLog(QualityFinding):
    """The same with its log, and until when the unit may appeal and rectify."""

    log: list[FindingEntry]
    appeal_until: date | None = Field(description="Null before publication, and where the calendar is missing.")
    rectify_until: date | None


class NewBulletin(_Asked):
    """The month of a snapshot."""

    snapshot_id: Id


class BulletinEventBody(_Asked):
    """Why, where an event needs it."""

    reason: Sentence | None = None


class BulletinView(BaseModel):
    """A version of a month's bulletin."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    month: date
    version: int
    snapshot_id: int
    state: BulletinState
    sha256: str | None = Field(
        description="Of the JSON of `content`, with sorted keys and no blanks; null for a draft."
    )
    reason: str | None = Field(description="Why there is another version.")
    sent_back: str | None
    made_at: Moment
    reviewed_at: Moment | None
    approved_at: Moment | None
    published_at: Moment | None


class BulletinPage(Page[BulletinView]):
    """Newest first."""


class PointsChange(BaseModel):
    """A unit whose points are others than in the version before."""

    unit_id: int
    before: str | None
    now: str | None


class BulletinWithContent(BulletinView):
    """The same with what it says: as it was reviewed, or for a draft as it is now."""

    content: dict[str, Any]
    changes: list[PointsChange]


class YearUnit(BaseModel):
    """A unit's year."""

    unit_id: int
    months: int
    total: float
    blocks: dict[QualityBlock, float]


class QualityYear(BaseModel):
    """The year-end assessment from the months that were published."""

    year: int
    units: list[YearUnit]
    unrectified: list[QualityFinding]
