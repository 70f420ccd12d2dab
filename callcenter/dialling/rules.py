"""Which numbers may be rung, how, and what became of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callcenter.calls.causes import BUSY_CAUSES, DECLINED_CAUSES, SWITCHED_OFF_CAUSES, WRONG_NUMBER_CAUSES
from callcenter.calls.numbers import CallerNumber, NumberKind, identity_key, normalise
from callcenter.calls.records import CallRecord, Direction, HungUpBy, Outcome
from callcenter.error_codes import ErrorCode
from callcenter.errors import Param

SEAT_PATTERN = r"[A-Za-z0-9]+/[A-Za-z0-9@._/-]{1,60}"
"""An interface that may stand in an Originate."""

_TYPED = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
_ORDINARY = (NumberKind.MOBILE, NumberKind.LANDLINE, NumberKind.OTHER_CITY, NumberKind.SHARED)
_BY_PREFIX = (*_ORDINARY, NumberKind.FOREIGN, NumberKind.SERVICE)

NUMBER_RULE = (
    "Mainland mobiles, fixed lines, 400 and 800 may be rung; numbers abroad and services only where a setting allows "
    "their prefix; extensions, machines and anything that is no number never."
)


class DialPurpose(StrEnum):
    """What a number is rung for. A closed list."""

    DIAL = "dial"
    """An agent rings the number of an episode, a call or a directory entry."""
    TYPED = "typed"
    """An agent rings a number that they typed."""
    QUEUE_CALLBACK = "queue_callback"
    """It is a caller's turn who kept the place in a queue."""
    MEDIATION = "mediation"
    SURVEY = "survey"
    """A surveyor rings whom a survey has drawn."""
    DUTY = "duty"
    """The PBX rings those on duty for an emergency, somebody of a unit about an instruction, a contact for a
    broadcast."""


class Rule(StrEnum):
    """What may be asked of a number before it is rung, in this order. A closed list."""

    DIGITS = "digits"
    """It is written in plain digits."""
    TYPED_PREFIX = "typed_prefix"
    """A setting allows numbers with this prefix to be typed."""
    KIND = "kind"
    """By NUMBER_RULE."""
    KNOWN = "known"
    """It rang us, was rung by us, stands in the directory, or has a prefix that may be typed."""
    DO_NOT_CALL = "do_not_call"
    HOURS = "hours"
    """These are calling hours, or there is another `gate.Ground`."""
    WORKDAY = "workday"
    """These are calling hours of a working day, whatever other ground there is: nobody waits for that call."""
    AGENT_CAP = "agent_cap"
    """So often a day an agent may ring numbers."""
    NUMBER_CAP = "number_cap"
    """So often a day a number may be rung."""


_ALWAYS = (Rule.KIND, Rule.DO_NOT_CALL)
_BY_PEOPLE = (*_ALWAYS, Rule.HOURS, Rule.AGENT_CAP, Rule.NUMBER_CAP)

RULES: Mapping[DialPurpose, frozenset[Rule]] = {
    DialPurpose.DIAL: frozenset(_BY_PEOPLE),
    DialPurpose.TYPED: frozenset((*_BY_PEOPLE, Rule.DIGITS, Rule.TYPED_PREFIX)),
    DialPurpose.QUEUE_CALLBACK: frozenset(_BY_PEOPLE),
    DialPurpose.MEDIATION: frozenset((*_BY_PEOPLE, Rule.KNOWN)),
    DialPurpose.SURVEY: frozenset((*_BY_PEOPLE, Rule.WORKDAY)),
    DialPurpose.DUTY: frozenset(_ALWAYS),
}
"""What is asked for which purpose. `number_for` asks the first three, `gate.judge` all."""


class RefusalReason(StrEnum):
    """Why nothing was rung. A closed list; each is a code of errors too."""

    NO_SEAT = ErrorCode.NO_SEAT
    """The agent is not signed on to a phone of this PBX."""
    NO_SUCH_TARGET = ErrorCode.NO_SUCH_TARGET
    """There is no such episode, call or directory entry."""
    NOT_AS_DESCRIBED = ErrorCode.NOT_AS_DESCRIBED
    """Not exactly one target, or something asked for that nobody may choose, such as a context or a channel."""
    NO_NUMBER = ErrorCode.NO_NUMBER
    """The caller showed none that can be rung."""
    NOT_A_NUMBER = ErrorCode.NOT_A_NUMBER
    """What was typed is not plain digits."""
    TYPED_NOT_ALLOWED = ErrorCode.TYPED_NOT_ALLOWED
    """No setting allows this number to be typed."""
    NUMBER_NOT_ALLOWED = ErrorCode.NUMBER_NOT_ALLOWED
    """By NUMBER_RULE."""
    DO_NOT_CALL = ErrorCode.DO_NOT_CALL
    OUTSIDE_HOURS = ErrorCode.OUTSIDE_HOURS
    TOO_MANY_BY_AGENT = ErrorCode.TOO_MANY_BY_AGENT
    TOO_MANY_TO_NUMBER = ErrorCode.TOO_MANY_TO_NUMBER
    TRIED_RECENTLY = ErrorCode.TRIED_RECENTLY
    """The caller is to be tried again in another part of the day."""
    WRONG_NUMBER = ErrorCode.WRONG_NUMBER
    """The network said that the number is out of service."""
    CLAIM_LIMIT = ErrorCode.CLAIM_LIMIT
    """The agent has as many callers as one may have at once."""
    CLAIMED_BY_OTHER = ErrorCode.CLAIMED_BY_OTHER
    """Another agent has this caller."""
    NO_SKILL = ErrorCode.NO_SKILL
    """The caller was lost in a queue that the agent cannot take."""
    EPISODE_CLOSED = ErrorCode.EPISODE_CLOSED
    CALLER_IS_HERE = ErrorCode.CALLER_IS_HERE
    """The caller is calling us at this moment."""
    SUBJECT_IN_FLIGHT = ErrorCode.SUBJECT_IN_FLIGHT
    """This person is being rung or talked to already."""
    SEAT_IN_FLIGHT = ErrorCode.SEAT_IN_FLIGHT
    """The agent's phone rings or talks for another number already."""
    DUTY_REQUIRED = ErrorCode.DUTY_REQUIRED
    """A survey is for surveyors."""
    SURVEYOR_INVOLVED = ErrorCode.SURVEYOR_INVOLVED
    """The surveyor had the matter in hands."""
    SAMPLE_STATE = ErrorCode.SAMPLE_STATE
    """The person's part in the survey has ended, or has not begun."""
    KEY_REUSED = ErrorCode.KEY_REUSED
    """The same Idempotency-Key came with another request."""


class DialState(StrEnum):
    """How far a dial is known to have come. A closed list."""

    DIALLING = "dialling"
    """Written down before anything was sent: perhaps not sent yet, perhaps ringing, perhaps talking."""
    ENDED = "ended"
    """The call has a record, and is over."""
    NOT_SENT = "not_sent"
    """There was no connection to the PBX: nothing rang."""
    REFUSED_BY_PBX = "refused_by_pbx"
    """The PBX said no, or made no channel though it was heard: nothing rang."""
    UNKNOWN = "unknown"
    """Dialled, result unknown: no answer came, and no record. Nothing is sent again; a record that comes ends it."""


NEVER_RANG = (DialState.NOT_SENT, DialState.REFUSED_BY_PBX)


class DialOutcome(StrEnum):
    """What became of a dial, by its call record. A closed list."""

    TALKED = "talked"
    """Somebody or something picked up; whether it was the caller only the agent knows."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    """By the person, or by a carrier that does not put such calls through: both come as one cause."""
    SWITCHED_OFF = "switched_off"
    WRONG_NUMBER = "wrong_number"
    AGENT_NO_ANSWER = "agent_no_answer"
    """The agent's own phone was not picked up: the number was never rung."""
    CANCELLED = "cancelled"
    FAILED = "failed"


class Judgement(StrEnum):
    """What the agent heard. A closed list."""

    TALKED = "talked"
    """With the caller."""
    MAILBOX = "mailbox"
    WRONG_PERSON = "wrong_person"
    """The number is somebody else's: the caller cannot be reached there at any time."""
    REFUSED = "refused"
    """The caller wants no call back."""
    NO_ANSWER = "no_answer"
    """Nobody spoke, or the caller was out and may be reached there another time."""


VOIDING = (Judgement.MAILBOX, Judgement.WRONG_PERSON, Judgement.NO_ANSWER)
"""A talk so judged was none with the caller."""

MAILBOX_TALK = (timedelta(seconds=3), timedelta(seconds=20))
"""How long an announcement, or a mailbox into which nobody speaks, keeps the line. A talk with a person to whom we say
why we ring lasts longer; whoever hangs up before that heard nothing of it."""
MAILBOX_RULE = "Perhaps a mailbox or an announcement: the far side ended the only talk, of 3 to 20 seconds, by itself."


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number that may be rung: whose it is, and the digits that the trunk gets."""

    subject: str
    digits: str


class NumberRefused(Exception):
    """This may not be rung."""

    def __init__(self, reason: RefusalReason, params: Mapping[str, Param] | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.params = dict(params or {})


def number_for(purpose: DialPurpose, shown: str | None, *, area_code: str, prefixes: Sequence[str]) -> Number:
    """The number that is rung for what was shown or typed, as far as its form decides. Raises NumberRefused."""
    rules = RULES[purpose]
    if Rule.DIGITS in rules and not _TYPED.fullmatch(shown or ""):
        raise NumberRefused(RefusalReason.NOT_A_NUMBER)
    caller = normalise(shown, area_code=area_code)
    if Rule.TYPED_PREFIX in rules and not (caller.number and has_prefix(caller.number, prefixes)):
        raise NumberRefused(RefusalReason.TYPED_NOT_ALLOWED)
    return check_number(caller, prefixes=prefixes)


def check_number(caller: CallerNumber, *, prefixes: Sequence[str]) -> Number:
    """By NUMBER_RULE. Raises NumberRefused."""
    number = caller.number
    if number is None:
        raise NumberRefused(RefusalReason.NO_NUMBER)
    if caller.kind not in _BY_PREFIX or (caller.kind not in _ORDINARY and not has_prefix(number, prefixes)):
        raise NumberRefused(RefusalReason.NUMBER_NOT_ALLOWED)
    digits = _digits(number, caller.kind)
    if not (digits.isascii() and digits.isdecimal() and 3 <= len(digits) <= 20):
        raise NumberRefused(RefusalReason.NOT_A_NUMBER)
    return Number(subject=identity_key(caller) or number, digits=digits)


def has_prefix(number: str, prefixes: Sequence[str]) -> bool:
    """Whether a setting allows numbers that begin so."""
    return any(number.startswith(prefix) for prefix in prefixes)


def _digits(number: str, kind: NumberKind) -> str:
    """As a mainland trunk takes them."""
    national = number.removeprefix("+86")
    match kind:
        case NumberKind.LANDLINE | NumberKind.OTHER_CITY:
            return f"0{national}"
        case NumberKind.FOREIGN:
            return f"00{number.removeprefix('+')}"
        case _:
            return national


def outcome_of_dial(record: CallRecord) -> DialOutcome:
    """By the record of a call that is over. Until the trunk was asked for, such a call is one within the house."""
    if record.direction is Direction.INTERNAL:
        return DialOutcome.AGENT_NO_ANSWER
    cause = record.hangup_cause
    match record.outcome:
        case Outcome.ANSWERED:
            return DialOutcome.TALKED
        case Outcome.BUSY:
            return DialOutcome.BUSY
        case Outcome.NO_ANSWER | Outcome.REJECTED if cause in SWITCHED_OFF_CAUSES:
            return DialOutcome.SWITCHED_OFF
        case Outcome.NO_ANSWER | Outcome.REJECTED if cause in WRONG_NUMBER_CAUSES:
            return DialOutcome.WRONG_NUMBER
        case Outcome.NO_ANSWER | Outcome.REJECTED if cause in DECLINED_CAUSES:
            return DialOutcome.DECLINED
        case Outcome.NO_ANSWER | Outcome.REJECTED if cause in BUSY_CAUSES:
            return DialOutcome.BUSY
        case Outcome.NO_ANSWER:
            return DialOutcome.NO_ANSWER
        case Outcome.CANCELLED:
            return DialOutcome.CANCELLED
        case _:
            return DialOutcome.FAILED


_PROPOSED = {
    DialOutcome.TALKED: Judgement.TALKED,
    DialOutcome.NO_ANSWER: Judgement.NO_ANSWER,
    DialOutcome.BUSY: Judgement.NO_ANSWER,
    DialOutcome.DECLINED: Judgement.NO_ANSWER,
    DialOutcome.SWITCHED_OFF: Judgement.NO_ANSWER,
}
PROPOSAL_RULE = (
    "What the agent probably heard, by the record of the call: a proposal, which counts for nothing until the agent "
    "judges. Null while the dial is not over, and where there was nothing to hear."
)


def propose_judgement(outcome: DialOutcome | None, *, is_mailbox_suspected: bool) -> Judgement | None:
    """By PROPOSAL_RULE. That somebody wants no call or is somebody else, no record shows."""
    if outcome is DialOutcome.TALKED and is_mailbox_suspected:
        return Judgement.MAILBOX
    return None if outcome is None else _PROPOSED.get(outcome)


def is_mailbox_suspected(record: CallRecord) -> bool:
    """A hint by MAILBOX_RULE, never more: what was said only the agent knows. Machines talk with nobody twice."""
    shortest, longest = MAILBOX_TALK
    is_only_talk = len(record.talks) == 1 and not record.transferred
    return record.hung_up_by is HungUpBy.CALLEE and is_only_talk and shortest <= record.talk_time <= longest
