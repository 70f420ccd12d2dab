"""Which of two witnesses stands where they differ, by what each of them can know. Pure; one test a row.

AMI reports live what Asterisk decides: DIALSTATUS, why a queue let somebody go, that it is being shut down. The ledger
(CEL) has what channels did, completely and with the exact moments, but of some things it has only the traces. So not
every difference is a disagreement: where one witness cannot know something, the other one stands and the call is
confirmed. What both can know and report differently is a disagreement: an anomaly, and the call stays unconfirmed until
a supervisor settles it.

`OUTCOMES` has the pairs of outcomes, `FIELDS` every key of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Direction,
    HungUpBy,
    Outcome,
    QueueExit,
    QueueVisit,
    Talk,
    Witness,
)
from callcenter.values import value

TOLERANCE = timedelta(seconds=1)
"""What two witnesses of the same PBX clock may differ about a moment and still agree."""

GUESSED_QUEUE_OUTCOMES = frozenset((Outcome.QUEUE_FULL, Outcome.QUEUE_EMPTY))
MAILBOX_OUTCOMES = frozenset((Outcome.VOICEMAIL, Outcome.VOICEMAIL_ABANDONED))
RUNG_OUTCOMES = frozenset((Outcome.NO_ANSWER, Outcome.BUSY, Outcome.REJECTED, Outcome.CANCELLED))
"""People were rung directly, and nobody was talked to."""

Applies = Callable[[CallRecord, CallRecord], bool]
"""Of the reports of AMI and of the ledger, in this order."""
Disagrees = Callable[[CallRecord, CallRecord], frozenset[Anomaly]]
"""Of the report of the ledger, completed with what only AMI knows, and of that of AMI."""

NOTHING: frozenset[Anomaly] = frozenset()
OUTCOME = frozenset((Anomaly.WITNESSES_DISAGREE_OUTCOME,))
TALKS = frozenset((Anomaly.WITNESSES_DISAGREE_TALKS,))
QUEUE_VISITS = frozenset((Anomaly.WITNESSES_DISAGREE_QUEUE_VISITS,))
MOMENTS = frozenset((Anomaly.WITNESSES_DISAGREE_MOMENTS,))
END = frozenset((Anomaly.WITNESSES_DISAGREE_END,))


@value
class OutcomeRow:
    """A pair of outcomes that is no disagreement: AMI's stands, since the ledger cannot know it.

    `settles` are the ledger's own doubts that go with it.
    """

    name: str
    ami_knows: str
    ledger_knows: str
    applies: Applies
    settles: frozenset[Anomaly] = NOTHING


def _is_cut_off_by_pbx(ami: CallRecord, ledger: CallRecord) -> bool:
    has_left_message = ledger.voicemail is not None
    is_ended_by_somebody = ledger.hung_up_by is not None or ledger.answered_at is not None
    is_asked_for = is_ended_by_somebody or has_left_message or ledger.outcome is Outcome.EMERGENCY_UNANSWERED
    return ami.outcome is Outcome.FAILED and Anomaly.PBX_DIED in ami.anomalies and not is_asked_for


def _is_queue_exit_guessed(ami: CallRecord, ledger: CallRecord) -> bool:
    are_same_queues = [visit.queue for visit in ami.queue_visits] == [visit.queue for visit in ledger.queue_visits]
    is_guessed = Anomaly.QUEUE_EXIT_REASON_UNKNOWN in ledger.anomalies and ledger.outcome in GUESSED_QUEUE_OUTCOMES
    return is_guessed and are_same_queues and ami.outcome is not Outcome.UNKNOWN


def _is_message_guessed(ami: CallRecord, ledger: CallRecord) -> bool:
    is_guessed = Anomaly.VOICEMAIL_UNCONFIRMED in ledger.anomalies and ledger.outcome in MAILBOX_OUTCOMES
    return is_guessed and ami.outcome in MAILBOX_OUTCOMES


def _are_people_rung(ami: CallRecord, ledger: CallRecord) -> bool:
    return ami.outcome in RUNG_OUTCOMES and ledger.outcome in RUNG_OUTCOMES


def _is_sent_away(ami: CallRecord, ledger: CallRecord) -> bool:
    is_refused = ami.outcome is Outcome.REJECTED and ami.hung_up_by is HungUpBy.PBX
    return is_refused and ami.direction is Direction.INBOUND and ledger.outcome is Outcome.ABANDONED_GREETING


OUTCOMES = (
    OutcomeRow(
        name="the PBX went down",
        ami_knows="The flag of the shutdown on each hang-up, Shutdown, and at the next login since when the PBX is up.",
        ledger_knows="Hang-ups that nobody asked for, as at a dialplan's end, until the next call shows the restart.",
        applies=_is_cut_off_by_pbx,
        settles=frozenset((Anomaly.QUEUE_EXIT_REASON_UNKNOWN, Anomaly.VOICEMAIL_UNCONFIRMED)),
    ),
    OutcomeRow(
        name="the queue let the caller go",
        ami_knows="QUEUESTATUS, under any dialplan.",
        ledger_knows="How long the visit lasted, where the dialplan says nothing itself: it guesses full or empty.",
        applies=_is_queue_exit_guessed,
        settles=frozenset((Anomaly.QUEUE_EXIT_REASON_UNKNOWN,)),
    ),
    OutcomeRow(
        name="a message was left or not",
        ami_knows="VM_MESSAGEFILE, under any dialplan.",
        ledger_knows="That the caller reached a mailbox, where the dialplan says nothing itself.",
        applies=_is_message_guessed,
        settles=frozenset((Anomaly.VOICEMAIL_UNCONFIRMED,)),
    ),
    OutcomeRow(
        name="whoever was rung did not answer",
        ami_knows="DIALSTATUS, which counts everybody who was rung.",
        ledger_knows="The last DialEnd, which says NOANSWER of nearly every refusal, and of an Originate nothing.",
        applies=_are_people_rung,
    ),
    OutcomeRow(
        name="the dialplan sent the caller away",
        ami_knows="Which application ran last, such as Transfer.",
        ledger_knows="Only the applications that its cel.conf follows: the caller's end looks like a hang-up.",
        applies=_is_sent_away,
    ),
)


def find_outcome_row(ami: CallRecord, ledger: CallRecord) -> OutcomeRow | None:
    """Why AMI's outcome stands against the ledger's; None where they are the same or the ledger's stands."""
    if ami.outcome in (None, ledger.outcome) or ledger.outcome is None:
        return None
    return next((row for row in OUTCOMES if row.applies(ami, ledger)), None)


@value
class FieldRow:
    """How a key of the record is compared, `reason` why that is so; it is what a supervisor reads.

    `stands` is whose value is in the record where both have one and differ, None where neither is taken as it is.
    """

    stands: Witness | None
    reason: str
    disagrees: Disagrees | None = None
    """None where a difference is no disagreement."""


def _unlike(name: str, anomaly: frozenset[Anomaly]) -> Disagrees:
    return lambda ledger, ami: anomaly if getattr(ledger, name) != getattr(ami, name) else NOTHING


def _unlike_where_both_know(name: str, anomaly: frozenset[Anomaly]) -> Disagrees:
    def disagrees(ledger: CallRecord, ami: CallRecord) -> frozenset[Anomaly]:
        one, other = getattr(ledger, name), getattr(ami, name)
        return anomaly if one is not None and other is not None and one != other else NOTHING

    return disagrees


def _apart(name: str) -> Disagrees:
    return lambda ledger, ami: NOTHING if is_same_moment(getattr(ledger, name), getattr(ami, name)) else MOMENTS


def _ends_apart(ledger: CallRecord, ami: CallRecord) -> frozenset[Anomaly]:
    return NOTHING if _is_end_unknown(ami, ledger.ended_at, ami.ended_at) else _apart("ended_at")(ledger, ami)


def _is_end_unknown(ami: CallRecord, ended_at: datetime | None, told_at: datetime | None) -> bool:
    """Of a PBX that died while the link was down AMI knows that, but not when."""
    return ended_at is not None and told_at is None and Anomaly.PBX_DIED in ami.anomalies and ami.ended_at is None


def _other_talks(ledger: CallRecord, ami: CallRecord) -> frozenset[Anomaly]:
    if [_person(talk) for talk in ledger.talks] != [_person(talk) for talk in ami.talks]:
        return TALKS
    for talk, live in zip(ledger.talks, ami.talks, strict=True):
        is_same_end = is_same_moment(talk.to, live.to) or _is_end_unknown(ami, talk.to, live.to)
        if not is_same_end or not is_same_moment(talk.from_, live.from_):
            return MOMENTS
    return NOTHING


def _other_visits(ledger: CallRecord, ami: CallRecord) -> frozenset[Anomaly]:
    if [_stay(visit) for visit in ledger.queue_visits] != [_stay(visit) for visit in ami.queue_visits]:
        return QUEUE_VISITS
    for visit, live in zip(ledger.queue_visits, ami.queue_visits, strict=True):
        # A witness that did not see somebody join or leave a queue says nothing about when.
        pairs = (
            (visit.joined_at, live.joined_at),
            (visit.left_at, live.left_at),
            (visit.connected_at, live.connected_at),
        )
        if not all(is_same_moment(one, other) for one, other in pairs if one is not None and other is not None):
            return MOMENTS
    return NOTHING


def _other_loss(ledger: CallRecord, ami: CallRecord) -> frozenset[Anomaly]:
    is_reported_by_both = ledger.transferred and ami.transferred
    return OUTCOME if is_reported_by_both and ledger.lost_after_transfer is not ami.lost_after_transfer else NOTHING


def _other_mailbox(ledger: CallRecord, ami: CallRecord) -> frozenset[Anomaly]:
    if ledger.voicemail is None or ami.voicemail is None:
        return NOTHING
    one, other = (ledger.voicemail.mailbox, ledger.voicemail.file), (ami.voicemail.mailbox, ami.voicemail.file)
    is_same = all(a == b for a, b in zip(one, other, strict=True) if a and b)
    return NOTHING if is_same else OUTCOME


def _person(talk: Talk) -> tuple[str, str]:
    return talk.with_, talk.kind


def _stay(visit: QueueVisit) -> tuple[str | None, QueueExit | None, str | None]:
    return visit.queue, visit.exit, visit.agent


def is_same_moment(one: datetime | None, other: datetime | None) -> bool:
    """Whether two witnesses agree about a moment."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


_MOMENT = "The ledger's moments stand; more than a second apart is a disagreement."
_NAME = "AMI cuts a text at a line break in it: the ledger's stands, AMI fills blanks."
_FOLLOWS = "Follows from other keys."
_OWN = "Says something of the witness, not of the call."

FIELDS: Mapping[str, FieldRow] = {
    "call_id": FieldRow(stands=None, reason="Names the call: two that differ are two calls."),
    "pbx": FieldRow(stands=None, reason="Names the call: two that differ are two calls."),
    "direction": FieldRow(
        stands=Witness.LEDGER, reason="Both see the channels.", disagrees=_unlike("direction", OUTCOME)
    ),
    "caller_number": FieldRow(stands=Witness.LEDGER, reason=_NAME),
    "caller_raw": FieldRow(stands=Witness.LEDGER, reason=_NAME),
    "customer_number": FieldRow(stands=Witness.LEDGER, reason=_NAME),
    "caller_name": FieldRow(stands=Witness.LEDGER, reason=_NAME),
    "dialled_number": FieldRow(stands=Witness.LEDGER, reason=_NAME),
    "started_at": FieldRow(stands=Witness.LEDGER, reason=_MOMENT, disagrees=_apart("started_at")),
    "answered_at": FieldRow(stands=Witness.LEDGER, reason=_MOMENT, disagrees=_apart("answered_at")),
    "ended_at": FieldRow(stands=Witness.LEDGER, reason=_MOMENT, disagrees=_ends_apart),
    "outcome": FieldRow(
        stands=Witness.LEDGER,
        reason="Both report how far the call came; where the ledger cannot know it, AMI's stands.",
        disagrees=_unlike("outcome", OUTCOME),
    ),
    "hangup_cause": FieldRow(
        stands=Witness.LEDGER,
        reason="Both report the cause of the opening channel.",
        disagrees=_unlike_where_both_know("hangup_cause", END),
    ),
    "hung_up_by": FieldRow(
        stands=Witness.LEDGER,
        reason="Reported on evidence only; a witness without any says nothing.",
        disagrees=_unlike_where_both_know("hung_up_by", END),
    ),
    "short": FieldRow(stands=None, reason=_FOLLOWS),
    "queue_visits": FieldRow(
        stands=Witness.LEDGER,
        reason="Queues, exits and agents in order; the place in the line and what became of each ring are AMI's.",
        disagrees=_other_visits,
    ),
    "talks": FieldRow(
        stands=Witness.LEDGER, reason="Both see who shares a bridge with the customer.", disagrees=_other_talks
    ),
    "wait_seconds": FieldRow(stands=None, reason=_FOLLOWS),
    "talk_seconds": FieldRow(stands=None, reason=_FOLLOWS),
    "voicemail": FieldRow(
        stands=Witness.LEDGER,
        reason="Mailbox and file where both know them; whether there is a message is in the outcome.",
        disagrees=_other_mailbox,
    ),
    "recordings": FieldRow(stands=None, reason="Files, not events: neither witness reports them."),
    "transferred": FieldRow(
        stands=None,
        reason="A cel.conf may leave transfers out and an event filter too: whoever saw one is believed.",
    ),
    "lost_after_transfer": FieldRow(
        stands=Witness.LEDGER, reason="Compared where both saw the transfer.", disagrees=_other_loss
    ),
    "emergency_unanswered_at": FieldRow(
        stands=Witness.LEDGER, reason=_MOMENT, disagrees=_apart("emergency_unanswered_at")
    ),
    "joined": FieldRow(stands=Witness.LEDGER, reason="Follows from who shares a bridge; the talks are compared."),
    "witnesses": FieldRow(stands=None, reason=_OWN),
    "complete": FieldRow(stands=None, reason=_OWN),
    "anomalies": FieldRow(stands=None, reason=_OWN),
}


def disagreements(ledger: CallRecord, ami: CallRecord) -> set[Anomaly]:
    """What both can know and report differently; `ledger` is completed with what only AMI knows."""
    return {anomaly for row in FIELDS.values() if row.disagrees is not None for anomaly in row.disagrees(ledger, ami)}
