"""What click-to-call takes and gives over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from callcenter.calls.numbers import mask
from callcenter.dialling.dial_results import LEASE_RULE
from callcenter.dialling.directory import DirectoryKind
from callcenter.dialling.gate import Ground
from callcenter.dialling.rules import (
    MAILBOX_RULE,
    PROPOSAL_RULE,
    DialOutcome,
    DialPurpose,
    DialState,
    Judgement,
    RefusalReason,
    propose_judgement,
)
from callcenter.dialling.tables import Dial, DialJudgement
from callcenter.http.fields import AskedName, Moment, Sentence
from callcenter.http.pages import Page

IdempotencyKey = Annotated[str, Field(min_length=8, max_length=200, pattern=r"^[!-~]+$")]

RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NamedCall(BaseModel):
    """What identifies a call."""

    model_config = ConfigDict(extra="forbid")

    pbx: AskedName
    call_id: AskedName


class NewDial(BaseModel):
    """Whom to ring: exactly one of the five. Anything else, such as a context or a channel, is refused and logged."""

    model_config = ConfigDict(extra="allow")

    episode_id: RowId | None = None
    call: NamedCall | None = None
    directory_id: RowId | None = None
    survey_sample_id: RowId | None = Field(default=None, description="Whom a survey has drawn.")
    number: str | None = Field(default=None, max_length=80, description="Plain digits with a prefix that is allowed.")


class JudgementView(BaseModel):
    """What the agent heard."""

    judgement: Judgement
    note: str
    at: Moment


class DialView(BaseModel):
    """One ring of an agent's phone and then a number."""

    id: int
    episode_id: int | None
    survey_sample_id: int | None
    number: str | None = Field(description="Masked.")
    pbx: str
    call_id: str = Field(description="Of the call's record, known before anything rings.")
    requested_at: Moment
    state: DialState = Field(description=LEASE_RULE)
    outcome: DialOutcome | None
    hangup_cause: int | None
    talk_seconds: float | None
    is_mailbox_suspected: bool = Field(description=MAILBOX_RULE)
    proposed: Judgement | None = Field(description=PROPOSAL_RULE)
    withdrawn_at: Moment | None = Field(description="When it was hung up because the person was calling us.")
    ended_at: Moment | None


class DialWithJudgement(DialView):
    """A dial, the user who made it, and what that user heard."""

    user: str
    judgement: JudgementView | None


class DialPage(Page[DialWithJudgement]):
    """Newest first."""


class NewJudgement(BaseModel):
    """What the agent heard at the other end; a later one replaces an earlier one."""

    model_config = ConfigDict(extra="forbid")

    judgement: Judgement
    note: Sentence


class NewDirectoryEntry(BaseModel):
    """Somebody whom agents may ring besides callers."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    number: Annotated[str, Field(min_length=3, max_length=30, pattern=r"^[0-9+ ()-]+$")]
    kind: DirectoryKind


class DirectoryEntryView(BaseModel):
    """An entry of the directory; agents ring it by its id."""

    id: int
    name: str
    number: str | None
    kind: DirectoryKind


class DirectoryPage(Page[DirectoryEntryView]):
    """By name."""


ListedNumber = Annotated[str, Field(max_length=30, pattern=r"^[0-9+]+$")]


class NewDoNotCall(BaseModel):
    """A number that nobody may ring from now on, and why."""

    model_config = ConfigDict(extra="forbid")

    number: ListedNumber
    reason: Sentence


class DoNotCallRemoval(BaseModel):
    """A number that may be rung again."""

    model_config = ConfigDict(extra="forbid")

    number: ListedNumber


class DoNotCallView(BaseModel):
    """A number that nobody may ring."""

    number: str | None
    reason: str
    added_by: str
    added_at: Moment


class DoNotCallPage(Page[DoNotCallView]):
    """In the order in which they were added."""


class PastDoNotCallView(DoNotCallView):
    """What stood on the list, and who took it off or put something else in its place."""

    id: int
    ended_by: str
    ended_at: Moment


class PastDoNotCallPage(Page[PastDoNotCallView]):
    """Newest first."""


class RefusalView(BaseModel):
    """An attempt to ring a number that was refused."""

    id: int
    at: Moment
    user: str
    target: str = Field(
        description="What was to be rung: episode, call, directory, survey, typed, several or none of them."
    )
    reason: RefusalReason
    masked_number: str | None
    episode_id: int | None


class OutgoingLegView(BaseModel):
    """A number that was let through to be rung, and why it might be at that moment."""

    id: int
    at: Moment
    user: str
    occasion: DialPurpose
    ground: Ground
    masked_number: str | None
    episode_id: int | None
    call_id: str = Field(description="Of the channel that rang it.")


class OutgoingLegPage(Page[OutgoingLegView]):
    """Newest first."""


class RefusalPage(Page[RefusalView]):
    """Newest first."""


def dial_view(dial: Dial, *, area_code: str) -> DialView:
    """With the number masked."""
    return DialView.model_validate(_describe(dial, area_code))


def dial_with_judgement(dial: Dial, user: str, judgement: DialJudgement | None, *, area_code: str) -> DialWithJudgement:
    """The same with who dialled and what they heard."""
    heard = None
    if judgement is not None:
        heard = {"judgement": judgement.judgement, "note": judgement.note, "at": judgement.at}
    return DialWithJudgement.model_validate(_describe(dial, area_code) | {"user": user, "judgement": heard})


def _describe(dial: Dial, area_code: str) -> dict[str, Any]:
    return {
        "id": dial.id,
        "episode_id": dial.episode_id,
        "survey_sample_id": dial.survey_sample_id,
        "number": mask(dial.subject, area_code=area_code),
        "pbx": dial.pbx,
        "call_id": dial.call_id,
        "requested_at": dial.requested_at,
        "state": dial.state,
        "outcome": dial.outcome,
        "hangup_cause": dial.hangup_cause,
        "talk_seconds": None if dial.talk is None else dial.talk.total_seconds(),
        "is_mailbox_suspected": dial.is_mailbox_suspected,
        "proposed": propose_judgement(
            None if dial.outcome is None else DialOutcome(dial.outcome),
            is_mailbox_suspected=dial.is_mailbox_suspected,
        ),
        "withdrawn_at": dial.withdrawn_at,
        "ended_at": dial.ended_at,
    }
