"""What becomes of an advisory: one table of what is done in which state, and what each event needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.accounts.rights import Right, SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError


class AdvisoryKind(StrEnum):
    """What it is. A closed list."""

    WARNING = "warning"
    """消费警示, to the public."""
    TIP = "tip"
    """消费提示, to the public: what is good to know."""
    LETTER = "letter"
    """维权建议函, to the body above a merchant; a reply is asked for."""
    REGULATORY = "regulatory"
    """监管建议: goods to sample, objects, trades and fields to look at."""
    GOVERNMENT = "government"
    """专题报告, to the government."""


class AdvisoryState(StrEnum):
    """How far it has come. A closed list."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    """Signed and numbered."""
    PUBLISHED = "published"
    ISSUED = "issued"
    REPLIED = "replied"
    OVERDUE = "overdue"
    """No reply in time."""
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    """Its effect was measured."""


class AdvisoryEvent(StrEnum):
    """What is done with it. A closed list."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    PUBLISH = "publish"
    ISSUE = "issue"
    REPLY = "reply"
    LAPSE = "lapse"
    """The time for a reply is over. The system alone does that."""
    PROPOSE_CORRECTION = "propose_correction"
    CORRECT = "correct"
    """The proposed text is signed and made known wherever the first was."""
    WITHDRAW = "withdraw"
    MEASURE = "measure"


PUBLIC = frozenset({AdvisoryKind.WARNING, AdvisoryKind.TIP})
"""These are published; the others are issued to an addressee."""

_S, _E = AdvisoryState, AdvisoryEvent

TABLE: Mapping[tuple[AdvisoryState, AdvisoryEvent], AdvisoryState] = {
    (_S.DRAFT, _E.SUBMIT): _S.SUBMITTED,
    (_S.SUBMITTED, _E.APPROVE): _S.APPROVED,
    (_S.SUBMITTED, _E.SEND_BACK): _S.DRAFT,
    (_S.APPROVED, _E.PUBLISH): _S.PUBLISHED,
    (_S.APPROVED, _E.ISSUE): _S.ISSUED,
    (_S.ISSUED, _E.REPLY): _S.REPLIED,
    (_S.ISSUED, _E.LAPSE): _S.OVERDUE,
    (_S.OVERDUE, _E.REPLY): _S.REPLIED,
    (_S.PUBLISHED, _E.PROPOSE_CORRECTION): _S.PUBLISHED,
    (_S.PUBLISHED, _E.CORRECT): _S.PUBLISHED,
    (_S.PUBLISHED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.REPLIED, _E.MEASURE): _S.CLOSED,
    (_S.OVERDUE, _E.MEASURE): _S.CLOSED,
    (_S.PUBLISHED, _E.MEASURE): _S.CLOSED,
    (_S.ISSUED, _E.MEASURE): _S.CLOSED,
}
"""A late reply is a reply. Only what no reply is asked for is measured while it is issued."""

SIGNED = frozenset({_E.APPROVE, _E.SEND_BACK, _E.CORRECT, _E.WITHDRAW})
"""By exactly a director, and never by an author."""
_OF_KIND: Mapping[AdvisoryEvent, frozenset[AdvisoryKind]] = {
    _E.PUBLISH: PUBLIC,
    _E.ISSUE: frozenset(AdvisoryKind) - PUBLIC,
    _E.LAPSE: frozenset({AdvisoryKind.LETTER}),
}
_MADE_KNOWN = frozenset({_E.PUBLISH, _E.ISSUE, _E.CORRECT, _E.WITHDRAW})
_REASONED = frozenset({_E.SEND_BACK, _E.PROPOSE_CORRECTION, _E.WITHDRAW})
_BY_HAND = frozenset({_E.SUBMIT, _E.PUBLISH, _E.ISSUE, _E.REPLY, _E.PROPOSE_CORRECTION, _E.MEASURE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """Where something was made known, when, and what shows it."""

    channel: str
    at: datetime
    proof: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """The text that is proposed in the place of the published one."""

    title: str
    body: str
    reason: str
    by: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What comes with an event."""

    reason: str | None = None
    reply: str | None = None
    title: str | None = None
    body: str | None = None
    sendings: tuple[Sending, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Advisory:
    """An advisory as its next step sees it. `authors` have written in it, `channels` have made it known."""

    kind: AdvisoryKind
    state: AdvisoryState
    authors: frozenset[int]
    channels: frozenset[str] = frozenset()
    correction: Correction | None = None


def list_allowed(advisory: Advisory) -> list[AdvisoryEvent]:
    """What state and kind allow, whoever asks."""
    return [
        event
        for state, event in TABLE
        if state is advisory.state
        and advisory.kind in _OF_KIND.get(event, frozenset(AdvisoryKind))
        and (event is not _E.CORRECT or advisory.correction is not None)
        and (event is not _E.MEASURE or state is not _S.ISSUED or advisory.kind is not AdvisoryKind.LETTER)
    ]


def list_possible(advisory: Advisory, user: SignedIn) -> list[AdvisoryEvent]:
    """What this user may do with it now."""
    return [event for event in list_allowed(advisory) if _may(advisory, event, user)]


def step(advisory: Advisory, event: AdvisoryEvent, given: Given) -> AdvisoryState:
    """What becomes of it. Raises ConflictError for what cannot be done now, InputError for what is missing."""
    if event not in list_allowed(advisory):
        raise ConflictError(
            f"An advisory that is {advisory.state} has no {event}.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={"step": event, "state": advisory.state, "allowed": ",".join(list_allowed(advisory))},
        )
    if event in _REASONED and given.reason is None:
        raise InputError(f"Say why: {event} has a reason.")
    if event is _E.REPLY and given.reply is None:
        raise InputError("Say what was replied.")
    if event is _E.PROPOSE_CORRECTION and (given.title is None or given.body is None):
        raise InputError("A correction has a title and a text.")
    if event in _MADE_KNOWN:
        _check_sendings(advisory, given)
    return TABLE[advisory.state, event]


def check_may(advisory: Advisory, event: AdvisoryEvent, user: SignedIn) -> None:
    """Raises RefusedError for who may not do this, or would sign what they wrote."""
    if event in SIGNED:
        user.check(Right.SIGN_ADVISORIES)
        if user.user_id in _authors_of(advisory, event):
            raise RefusedError("Nobody signs what they wrote.", code=ErrorCode.AUTHOR_CANNOT_SIGN)
    elif event in _BY_HAND:
        user.check(Right.WRITE_ADVISORIES)
    else:
        raise RefusedError("The system alone does this.", code=ErrorCode.STEP_NOT_ALLOWED)


def _authors_of(advisory: Advisory, event: AdvisoryEvent) -> frozenset[int]:
    if event is _E.CORRECT and advisory.correction is not None:
        return frozenset({advisory.correction.by})
    return advisory.authors


def _may(advisory: Advisory, event: AdvisoryEvent, user: SignedIn) -> bool:
    try:
        check_may(advisory, event, user)
    except RefusedError:
        return False
    return True


def _check_sendings(advisory: Advisory, given: Given) -> None:
    """What was corrected or withdrawn is made known wherever it was published."""
    channels = {sending.channel for sending in given.sendings}
    if not channels:
        raise InputError("Say on which channel, when, and what shows it.", code=ErrorCode.CHANNELS_MISSING)
    missing = sorted(advisory.channels - channels)
    if missing:
        raise InputError(
            f"It was published on {', '.join(missing)} too.",
            code=ErrorCode.CHANNELS_MISSING,
            params={"channels": ", ".join(missing)},
        )
