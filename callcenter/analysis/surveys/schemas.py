"""What surveys take and give over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.surveys.frame import Exclusion
from callcenter.analysis.surveys.rules import (
    MARKS,
    MOST_SUGGESTED,
    Answers,
    LateExclusion,
    SampleEnd,
    SampleState,
    SurveyState,
)
from callcenter.http.fields import Moment
from callcenter.http.pages import Page

Mark = Annotated[int, Field(ge=MARKS[0], le=MARKS[-1])]
Suggestion = Annotated[str, Field(min_length=1, max_length=MOST_SUGGESTED, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class NewSurvey(BaseModel):
    """A survey of a period of which there is a snapshot; without share and margin a tenth of the frame is drawn."""

    model_config = ConfigDict(extra="forbid")

    snapshot_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    share: Annotated[Decimal, Field(gt=0, le=1, decimal_places=4)] | None = None
    margin: Annotated[Decimal, Field(gt=0, lt=1, decimal_places=4)] | None = Field(
        default=None, description="So large that a share is known to so much on either side; not beside `share`."
    )


class StratumView(BaseModel):
    """What is drawn from apart."""

    unit_id: int | None
    is_settled: bool


class DrawnStratum(StratumView):
    """How many it has, and how many of them are drawn."""

    members: int
    drawn: int


class SurveyView(BaseModel):
    """A survey as it stands, with all that is needed to repeat its draw."""

    id: int
    snapshot_id: int
    kind: PeriodKind
    first: date
    last: date
    name: str | None
    state: SurveyState
    share: float | None
    margin: float | None
    members: int
    frame_sha256: str = Field(description="SHA-256 of the sorted ticket numbers of the frame, each with a line feed.")
    exclusions: dict[Exclusion, int]
    sheet_sha256: str | None = Field(description="Of the day sheet of the period's last day.")
    seed: str | None = Field(description="SHA-256 of `frame_sha256` and `sheet_sha256`, one behind the other.")
    frozen_at: Moment
    drawn_at: Moment | None
    closed_at: Moment | None


class SurveyWithStrata(SurveyView):
    """The same with its strata."""

    strata: list[DrawnStratum]


class SurveyPage(Page[SurveyView]):
    """Newest first."""


class FrameMember(StratumView):
    """A complaint of the frame."""

    number: str


class FrameMemberPage(Page[FrameMember]):
    """By number."""


class SampleView(StratumView):
    """Somebody of a draw."""

    id: int = Field(description="By which a surveyor rings them: `survey_sample_id`.")
    number: str
    position: int = Field(description="In the stratum, from 1, by the SHA-256 of `seed|number`.")
    is_reserve: bool
    state: SampleState
    ended: SampleEnd | None
    reason: LateExclusion | None
    dials: list[int]
    attempts: int = Field(description="In different parts of the day.")
    next_try_at: Moment | None = Field(description="Before then they are not to be tried again; null for at once.")
    may_ask: bool = Field(description="Whether you are a surveyor who never had the matter in hands.")


class SamplePage(Page[SampleView]):
    """By stratum and position."""


class NewInterview(BaseModel):
    """How somebody's part ended: with their answers, or without any. A refusal is an answer."""

    model_config = ConfigDict(extra="forbid")

    sample_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    end: SampleEnd
    attitude: Mark | None = Field(default=None, description="Of those who mediated.")
    result: Mark | None = Field(default=None, description="Content with what came of it.")
    is_solved: bool | None = None
    is_kept: bool | None = Field(default=None, description="What was agreed; null where nothing was.")
    suggestion: Suggestion | None = None
    wants_call_back: bool = False
    reason: LateExclusion | None = None

    def to_answers(self) -> Answers | None:
        """What was answered; None where nothing was given."""
        given = self.model_dump(include=set(Answers.__dataclass_fields__))
        is_nothing = all(value is None for name, value in given.items() if name != "wants_call_back")
        return None if is_nothing and not self.wants_call_back else Answers(**given)


class SurveyInterviewView(StratumView):
    """What somebody answered."""

    sample_id: int
    number: str
    attitude: int | None
    result: int | None
    is_solved: bool | None
    is_kept: bool | None
    suggestion: str | None
    wants_call_back: bool
    at: Moment
    surveyor: str
    pbx: str
    call_id: str = Field(description="Of the call; its recording is found by it.")


class SurveyInterviewPage(Page[SurveyInterviewView]):
    """In the order of the draw."""


class IntervalEnds(BaseModel):
    """In which the true value lies, with 95 %."""

    low: float
    high: float


class SurveyShare(BaseModel):
    """So many of so many."""

    count: int
    of: int
    value: float | None = Field(description="Null of nothing.")
    interval: IntervalEnds


class WeightedShareView(BaseModel):
    """Of the whole city: each answer with the weight of its stratum."""

    value: float | None
    plain: float | None = Field(description="Without weights.")
    effective_n: float
    interval: IntervalEnds
    silent: int = Field(description="Complaints of strata in which nobody answered: of those nothing is known.")


class UnitShareView(BaseModel):
    """One unit's."""

    unit_id: int | None
    share: SurveyShare
    rank: int | None = Field(description="Null below 30 interviews.")


class UnitDifference(BaseModel):
    """Two units by Fisher's exact test."""

    first: int | None
    second: int | None
    p: float
    adjusted: float = Field(description="By Holm over all pairs of units that are ranked.")


class QuestionView(BaseModel):
    """One question."""

    city: WeightedShareView
    units: list[UnitShareView]
    differences: list[UnitDifference]


class SurveyResults(BaseModel):
    """What came of a survey: fixed once it is closed."""

    is_final: bool
    response: SurveyShare
    satisfied: QuestionView
    attitude: QuestionView
    solved: QuestionView
    kept: QuestionView
    in_time: SurveyShare
