"""What a ticket is: kinds, states, where it comes from, who is in it, what it holds. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from callcenter.casework.identity import IdType

LONGEST_TITLE, LONGEST_FACTS = 100, 8000
LARGEST_AMOUNT = 10**12
"""In cents: ten thousand million yuan."""
MOST_PEOPLE = 1_000_000


class TicketKind(StrEnum):
    """What somebody wants. A closed list."""

    ENQUIRY = "enquiry"
    """咨询. Outside SAMR Order 121 (Art. 44): no time limit of the law."""
    COMPLAINT = "complaint"
    """投诉: a dispute with an operator that is to be mediated."""
    REPORT = "report"
    """举报: an offence that is to be looked into."""
    SUGGESTION = "suggestion"
    PRAISE = "praise"


ANSWERED_KINDS = frozenset({TicketKind.ENQUIRY, TicketKind.SUGGESTION, TicketKind.PRAISE})
"""Done with an answer."""
LAWFUL_KINDS = frozenset({TicketKind.COMPLAINT, TicketKind.REPORT})
"""Handled by a unit within the time limits of the law."""


class TicketState(StrEnum):
    """How far a ticket has come. A closed list."""

    DRAFT = "draft"
    REGISTERED = "registered"
    FORWARDED = "forwarded"
    """With a unit, which has not decided yet."""
    REFERRED = "referred"
    """Not ours: the person was told in writing where to go."""
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    CHECKING = "checking"
    """A report is being looked into."""
    SETTLED = "settled"
    ENDED = "ended"
    """The mediation ended without a settlement."""
    FILED = "filed"
    """The report became a case."""
    NOT_FILED = "not_filed"
    COMPLETED = "completed"
    MERGED = "merged"
    """Another ticket stands for it."""
    VOID = "void"
    ARCHIVED = "archived"


CLOSED_STATES = frozenset(
    {TicketState.REFERRED, TicketState.COMPLETED, TicketState.MERGED, TicketState.VOID, TicketState.ARCHIVED}
)
OPEN_STATES = frozenset(TicketState) - CLOSED_STATES


class IntakeChannel(StrEnum):
    """How a matter came to the hotline. A closed list."""

    CALL = "call"
    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    TRANSFER_12345 = "transfer_12345"
    WEB = "web"
    VISIT = "visit"
    LETTER = "letter"
    IMPORT = "import"


class Remedy(StrEnum):
    """What a complainant asks for (form 1 of SAMR Order 121). A closed list."""

    REPAIR = "repair"
    REDO = "redo"
    REPLACE = "replace"
    RETURN = "return"
    MAKE_UP = "make_up"
    """The quantity that was missing."""
    REFUND = "refund"
    COMPENSATE = "compensate"
    APOLOGY = "apology"
    OTHER = "other"


class PartyRole(StrEnum):
    """As what somebody stands in a ticket. A closed list."""

    COMPLAINANT = "complainant"
    REPORTER = "reporter"
    DELEGATE = "delegate"
    """Acts for the complainant."""


class Linked(StrEnum):
    """What a ticket can be linked with. A closed list."""

    CALL = "call"
    EPISODE = "episode"
    MESSAGE = "message"
    MEDIATION = "mediation"


class NoticeKind(StrEnum):
    """What somebody is told. A closed list."""

    ACCEPTANCE = "acceptance"
    REFUSAL = "refusal"
    END = "end"
    RESULT = "result"
    REFERRAL = "referral"
    """Where to go instead."""
    IDENTITY = "identity"
    """To prove who they are, by a day."""


class NoticeTo(StrEnum):
    """Whom a notice is for. A closed list."""

    COMPLAINANT = "complainant"
    """Or the reporter: who came to the hotline."""
    RESPONDENT = "respondent"


class NoticeBy(StrEnum):
    """How somebody is told. A recorded call is a valid notice. A closed list."""

    CALL = "call"
    SMS = "sms"
    LETTER = "letter"
    PLATFORM = "platform"
    VISIT = "visit"


class TicketOutcome(StrEnum):
    """What came of a ticket. A closed list."""

    ANSWERED = "answered"
    REFERRED = "referred"
    NOT_ACCEPTED = "not_accepted"
    MEDIATED = "mediated"
    """Settled by mediation."""
    SETTLED_ON_THE_SPOT = "settled_on_the_spot"
    ENDED = "ended"
    FILED = "filed"
    NOT_FILED = "not_filed"


SETTLEMENTS = frozenset({TicketOutcome.MEDIATED, TicketOutcome.SETTLED_ON_THE_SPOT})

_REFUSED = frozenset({TicketState.NOT_ACCEPTED, TicketOutcome.NOT_ACCEPTED})
_ACCEPTED = frozenset({TicketState.ACCEPTED, TicketState.SETTLED, TicketState.ENDED, *SETTLEMENTS, TicketOutcome.ENDED})


def was_accepted(state: str, outcome: str | None) -> bool | None:
    """Whether a complaint was accepted or refused; None where nobody has decided, and for what is never accepted."""
    said = {state, outcome}
    return False if said & _REFUSED else True if said & _ACCEPTED else None


REFUSAL_GROUNDS = range(1, 8)
"""SAMR Order 121, Art. 16, items 1 to 7."""
END_GROUNDS = range(1, 9)
"""SAMR Order 121, Art. 23, items 1 to 8."""
GROUND_WITHDRAWN = 1
"""Of END_GROUNDS: withdrawn, or reconciled without us. Counted apart from what was settled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """Somebody who stands in a ticket, with what they said of themselves."""

    role: PartyRole
    name: str | None
    phone: str | None
    """Normalised where it is a number, else as it was said."""
    subject: str | None
    """The identity key of their calls."""
    address: str | None
    is_anonymous: bool = False
    is_confidential: bool = False
    may_publish: bool | None = None
    may_entrust: bool | None = None
    id_type: IdType | None = None
    id_number_masked: str | None = None
    id_number_sealed: bytes | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether they can be told anything."""
        return self.phone is not None or self.address is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Somebody was told something."""

    kind: NoticeKind
    to: NoticeTo
    by: NoticeBy
    at: datetime
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TestPause:
    """A test or appraisal, whose days are not counted (SAMR Order 121, Art. 22); both days are part of it.

    `ends_on` is None while it lasts.
    """

    begins_on: date
    ends_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A ticket as its next step sees it."""

    number: str
    kind: TicketKind
    state: TicketState
    version: int
    received_at: datetime
    facts: str | None
    respondent: str | None
    requests: frozenset[Remedy]
    has_merchant: bool
    """A merchant was chosen, or it was said why none can be."""
    unit_id: int | None
    returned_by: int | None
    """The unit that gave it back last."""
    parties: tuple[Party, ...]
    notices: tuple[Notice, ...]
    test_begins_on: date | None
    """Of a test that lasts."""
    is_suspended: bool
    open_flags: int
    """Flags, its own and of those merged into it, that nobody has decided: with one it cannot be completed."""
    reopened_until: datetime | None
    """The last moment at which what is completed can be opened again; None for what is not completed."""
    open_instructions: int = 0
    """Instructions to units, its own and of those merged into it, that have not ended: with one it is not closed."""
    merged_into: str | None = None
    """The number of the ticket that it is merged into."""
    has_merged: bool = False
    """Others are merged into it."""

    @property
    def is_in_test(self) -> bool:
        """Whether a test lasts, whose days are not counted."""
        return self.test_begins_on is not None

    def find_party(self, *roles: PartyRole) -> Party | None:
        """The first who stands in one of these roles."""
        return next((party for role in roles for party in self.parties if party.role is role), None)

    def was_told(self, kinds: Collection[NoticeKind], to: NoticeTo) -> bool:
        """Whether that side had a notice of one of these kinds."""
        return any(notice.kind in kinds and notice.to is to for notice in self.notices)
