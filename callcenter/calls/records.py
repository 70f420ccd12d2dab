"""The call record: one frozen value for everything that happened with one caller."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.values import value


class Direction(StrEnum):
    """By the opening channel at its birth: on a trunk, towards a trunk, or neither."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How the call ended for the customer: the furthest stage reached. A closed list."""

    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    VOICEMAIL_ABANDONED = "voicemail_abandoned"
    QUEUE_TIMEOUT = "queue_timeout"
    QUEUE_EMPTY = "queue_empty"
    QUEUE_FULL = "queue_full"
    QUEUE_EXIT_KEY = "queue_exit_key"
    ABANDONED_QUEUE = "abandoned_queue"
    EMERGENCY_UNANSWERED = "emergency_unanswered"
    """The caller asked for the people on duty and none of them accepted, whether a message was left or not."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    AFTER_HOURS = "after_hours"
    ABANDONED_GREETING = "abandoned_greeting"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"


class QueueExit(StrEnum):
    """Why a queue visit ended."""

    CONNECTED = "connected"
    ABANDONED = "abandoned"
    TIMEOUT = "timeout"
    FULL = "full"
    JOIN_EMPTY = "join_empty"
    LEAVE_EMPTY = "leave_empty"
    EXIT_KEY = "exit_key"
    CALLBACK_REQUESTED = "callback_requested"
    """The caller asked to be rung back when it would have been their turn."""
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class RingResult(StrEnum):
    """What became of one ring at one queue member."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class TalkKind(StrEnum):
    """Who the customer talked with: a person at a device of the house, or over a trunk."""

    AGENT = "agent"
    EXTERNAL = "external"


class HungUpBy(StrEnum):
    """Who ended the call, said only on evidence."""

    CALLER = "caller"
    CALLEE = "callee"
    PBX = "pbx"


class Witness(StrEnum):
    """Who reported the call: the live AMI link, or the ledger (CEL) on the PBX's disk."""

    AMI = "ami"
    LEDGER = "ledger"


class Anomaly(StrEnum):
    """What is odd about a call. A closed list; shown, never hidden."""

    BIRTH_UNSEEN = "birth_unseen"
    """The call was already up when the witness began to look."""
    END_UNSEEN = "end_unseen"
    """The witness stopped looking, or the PBX died, before every channel had hung up."""
    PBX_DIED = "pbx_died"
    """Asterisk went away while the call was up."""
    WITNESS_GAP = "witness_gap"
    """The witness was blind for a while during this call."""
    MOMENTS_ESTIMATED = "moments_estimated"
    """Events carried no Timestamp: moments are those of arrival, in a file the latest known before."""
    LEDGER_IN_LOCAL_TIME = "ledger_in_local_time"
    """The ledger's rows were in local time; UTC was worked out from the seconds in the ids, by whole quarter hours."""
    QUEUE_EXIT_REASON_UNKNOWN = "queue_exit_reason_unknown"
    """In CEL alone a full queue looks like an empty one."""
    VOICEMAIL_UNCONFIRMED = "voicemail_unconfirmed"
    """CEL alone does not show whether a message was left."""
    OUTSIDE_CALLER_OFF_TRUNK = "outside_caller_off_trunk"
    """A caller with an outside number on a channel that is neither a trunk nor an agent's device, or one whose number
    cannot be the house's on a device named like a seat, so that the call does not count as inbound: CALLCENTER_TRUNKS
    may lack that line."""
    CALLED_TOO_OFTEN = "called_too_often"
    """The PBX refused the call because its number had called more often than the brake allows."""
    WITNESSES_DISAGREE_OUTCOME = "witnesses_disagree_outcome"
    """AMI and ledger report different outcomes; the ledger's stands."""
    WITNESSES_DISAGREE_TALKS = "witnesses_disagree_talks"
    """AMI and ledger report different talks; the ledger's stand."""
    WITNESSES_DISAGREE_QUEUE_VISITS = "witnesses_disagree_queue_visits"
    """AMI and ledger report different queue visits; the ledger's stand."""
    WITNESSES_DISAGREE_MOMENTS = "witnesses_disagree_moments"
    """AMI and ledger differ by more than a second about a moment; the ledger's stands."""
    WITNESSES_DISAGREE_END = "witnesses_disagree_end"
    """AMI and ledger report different hang-up causes, or different parties who hung up; the ledger's stands."""


@value
class Ring:
    """One ring at one queue member on behalf of a waiting caller."""

    agent: str
    at: datetime
    duration: timedelta | None
    result: RingResult | None


@value
class QueueVisit:
    """One stay in one queue. `joined_at` is None when only the end was reported."""

    queue: str | None
    joined_at: datetime | None
    left_at: datetime | None
    exit: QueueExit | None
    position: int | None
    agent: str | None
    connected_at: datetime | None
    rings: tuple[Ring, ...]

    @property
    def wait(self) -> timedelta | None:
        """From joining to leaving, None while either end is unknown."""
        if self.joined_at is None or self.left_at is None:
            return None
        return self.left_at - self.joined_at


@value
class Talk:
    """One interval in which the customer shared a bridge with another person."""

    with_: str
    kind: TalkKind
    from_: datetime
    to: datetime | None


@value
class Voicemail:
    """A message that was left; `file` without its extension, as Asterisk names it."""

    mailbox: str
    file: str | None
    duration: timedelta | None


@value
class CallRecord:
    """Everything with one caller: all channels born under one linkedid.

    `ended_at` is None while the call is up and for a call whose end nobody saw.
    `emergency_unanswered_at` is when everybody on duty had been rung and none had accepted, known before the call ends.
    `joined` names the older call into which this one was bridged.
    `customer_number` is the outside person's, normalised: inbound the caller's, outbound what the line was asked to
    ring, not the prefix or code that the agent keyed; None within the house.
    `recordings` are the sound files that were kept: no witness knows them, so that `replay` gives none; the API does.
    """

    call_id: str
    pbx: str
    direction: Direction
    caller_number: str | None
    caller_raw: str | None
    customer_number: str | None
    caller_name: str | None
    dialled_number: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    hangup_cause: int | None
    hung_up_by: HungUpBy | None
    short: bool
    queue_visits: tuple[QueueVisit, ...]
    talks: tuple[Talk, ...]
    wait: timedelta
    voicemail: Voicemail | None
    recordings: tuple[str, ...]
    transferred: bool
    lost_after_transfer: bool
    emergency_unanswered_at: datetime | None
    joined: str | None
    witnesses: tuple[Witness, ...]
    complete: bool
    anomalies: tuple[Anomaly, ...]

    @property
    def talk_time(self) -> timedelta:
        """Length of the union of all finished talks."""
        total = timedelta()
        reached: datetime | None = None
        for talk in sorted(self.talks, key=lambda talk: talk.from_):
            if talk.to is None:
                continue
            begin = talk.from_ if reached is None else max(talk.from_, reached)
            if talk.to > begin:
                total += talk.to - begin
            reached = talk.to if reached is None else max(reached, talk.to)
        return total


def seconds(duration: timedelta | None) -> float | None:
    """Duration to seconds with milliseconds."""
    return None if duration is None else round(duration.total_seconds(), 3)
