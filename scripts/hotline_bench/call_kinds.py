"""The calls of a made-up hotline: what happens in them, how often, and with whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from callcenter.calls.merge_witnesses import BOTH
from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Direction,
    HungUpBy,
    Outcome,
    QueueExit,
    QueueVisit,
    Ring,
    RingResult,
    Talk,
    TalkKind,
    Voicemail,
    Witness,
)

START = datetime(2001, 2, 3, tzinfo=UTC)
"""When every example begins; users of an example move it."""

RAW_NUMBER = "13900000000"
"""The customer's number in every example."""

CALL_ID = "pbx1-0000000000.00000"

AGENTS = tuple(str(number) for number in range(1001, 1061))
QUEUES = ("hotline",) * 16 + ("mediation",) * 3 + ("night",)
VARIANTS = 150
"""Examples of each kind, so that agents, queues and durations vary."""

RARE_AGENT, FORMER_AGENT, FORMER_QUEUE = "1999", "1998", "closed"
"""An agent with a handful of calls, and one who left long ago together with a queue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A call of one kind; `weight` is its share among all examples."""

    record: CallRecord
    weight: float


def examples(*, has_former: bool = False, variants: int = VARIANTS) -> list[Example]:
    """Every kind of call, with `has_former` those of the former agent too."""
    random = Random(12315)  # noqa: S311
    kinds = (*_KINDS, (_former, 0.03)) if has_former else _KINDS
    return [Example(record=make(random), weight=share / variants) for make, share in kinds for _ in range(variants)]


def at(seconds: float) -> datetime:
    """A moment of an example."""
    return START + timedelta(seconds=seconds)


def _call(random: Random, *, lasts: int, **changes: object) -> CallRecord:
    record = CallRecord(
        call_id=CALL_ID,
        pbx="pbx1",
        direction=Direction.INBOUND,
        caller_number=f"+86{RAW_NUMBER}",
        caller_raw=RAW_NUMBER,
        customer_number=f"+86{RAW_NUMBER}",
        caller_name="张三" if random.random() < 0.1 else None,
        dialled_number="12315",
        started_at=at(0),
        answered_at=None,
        ended_at=at(lasts),
        outcome=Outcome.ABANDONED_GREETING,
        hangup_cause=16,
        hung_up_by=HungUpBy.CALLER,
        short=False,
        queue_visits=(),
        talks=(),
        wait=timedelta(),
        voicemail=None,
        recordings=(),
        transferred=False,
        lost_after_transfer=False,
        emergency_unanswered_at=None,
        joined=None,
        witnesses=BOTH,
        complete=True,
        anomalies=(),
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def _visit(random: Random, *, left: int, exit_: QueueExit, agent: str | None, refused: int = 0) -> QueueVisit:
    rings = [
        Ring(
            agent=random.choice(AGENTS), at=at(4 + 5 * turn), duration=timedelta(seconds=5), result=RingResult.NO_ANSWER
        )
        for turn in range(refused)
    ]
    if agent is not None:
        begin = left - 3
        rings.append(Ring(agent=agent, at=at(begin), duration=timedelta(seconds=3), result=RingResult.ANSWERED))
    return QueueVisit(
        queue=random.choice(QUEUES),
        joined_at=at(3),
        left_at=at(left),
        exit=exit_,
        position=1,
        agent=agent,
        connected_at=None if agent is None else at(left),
        rings=tuple(rings),
    )


def _answered(random: Random, refused: int = 0, agent: str | None = None) -> CallRecord:
    agent, left = agent or random.choice(AGENTS), random.randint(7, 60) + 5 * refused
    ended = left + random.randint(20, 300)
    return _call(
        random,
        lasts=ended,
        answered_at=at(left),
        outcome=Outcome.ANSWERED,
        queue_visits=(_visit(random, left=left, exit_=QueueExit.CONNECTED, agent=agent, refused=refused),),
        talks=(Talk(with_=agent, kind=TalkKind.AGENT, from_=at(left), to=at(ended)),),
        wait=timedelta(seconds=left - 3),
    )


def _answered_at_the_second_ring(random: Random) -> CallRecord:
    return _answered(random, refused=1)


def _by_the_rare_agent(random: Random) -> CallRecord:
    return _answered(random, agent=RARE_AGENT)


def _former(random: Random) -> CallRecord:
    record = _answered(random, agent=FORMER_AGENT)
    return replace(record, queue_visits=tuple(replace(visit, queue=FORMER_QUEUE) for visit in record.queue_visits))


def _disagreeing(random: Random) -> CallRecord:
    return replace(_answered(random), anomalies=(Anomaly.WITNESSES_DISAGREE_MOMENTS,))


def _seen_once(random: Random) -> CallRecord:
    return replace(_answered(random), witnesses=(Witness.LEDGER,))


def _pbx_died(random: Random) -> CallRecord:
    return replace(_answered(random), complete=False, anomalies=(Anomaly.END_UNSEEN, Anomaly.PBX_DIED))


def _transferred(random: Random) -> CallRecord:
    record = _answered(random)
    (talk,) = record.talks
    ended = int((record.ended_at or START).timestamp() - START.timestamp())
    other = random.choice([agent for agent in AGENTS if agent != talk.with_])
    second = Talk(with_=other, kind=TalkKind.AGENT, from_=at(ended + 4), to=at(ended + 90))
    return replace(record, talks=(talk, second), ended_at=at(ended + 90), transferred=True)


def _lost_in_queue(random: Random, outcome: Outcome, exit_: QueueExit) -> CallRecord:
    left = 3 if exit_ in (QueueExit.FULL, QueueExit.JOIN_EMPTY) else random.randint(10, 90)
    return _call(
        random,
        lasts=left + 1,
        outcome=outcome,
        queue_visits=(_visit(random, left=left, exit_=exit_, agent=None, refused=1 if left > 10 else 0),),
        wait=timedelta(seconds=left - 3),
    )


def _abandoned(random: Random) -> CallRecord:
    return _lost_in_queue(random, Outcome.ABANDONED_QUEUE, QueueExit.ABANDONED)


def _timed_out(random: Random) -> CallRecord:
    return _lost_in_queue(random, Outcome.QUEUE_TIMEOUT, QueueExit.TIMEOUT)


def _full(random: Random) -> CallRecord:
    return _lost_in_queue(random, Outcome.QUEUE_FULL, QueueExit.FULL)


def _exit_key(random: Random) -> CallRecord:
    return _lost_in_queue(random, Outcome.QUEUE_EXIT_KEY, QueueExit.EXIT_KEY)


def _voicemail(random: Random) -> CallRecord:
    message = Voicemail(mailbox="8000@hotline", file="msg0000", duration=timedelta(seconds=12))
    return _call(random, lasts=40, outcome=Outcome.VOICEMAIL, voicemail=message)


def _greeting(random: Random) -> CallRecord:
    lasts = random.randint(2, 12)
    return _call(random, lasts=lasts, short=lasts < 5)


def _busy(random: Random) -> CallRecord:
    return _call(random, lasts=1, outcome=Outcome.BUSY, hangup_cause=17, hung_up_by=HungUpBy.PBX, short=True)


def _rejected(random: Random) -> CallRecord:
    return _call(random, lasts=1, outcome=Outcome.REJECTED, hangup_cause=34, hung_up_by=HungUpBy.PBX, short=True)


def _after_hours(random: Random) -> CallRecord:
    return _call(random, lasts=9, outcome=Outcome.AFTER_HOURS, hung_up_by=HungUpBy.PBX)


def _outbound(random: Random, **changes: object) -> CallRecord:
    agent = random.choice(AGENTS)
    whom = {"caller_number": agent, "caller_raw": agent, "caller_name": None, "dialled_number": RAW_NUMBER}
    return _call(random, lasts=25, direction=Direction.OUTBOUND, **(whom | changes))


def _called(random: Random) -> CallRecord:
    ended = random.randint(20, 200)
    record = _outbound(random, outcome=Outcome.ANSWERED, answered_at=at(8), ended_at=at(ended))
    talk = Talk(with_=RAW_NUMBER, kind=TalkKind.EXTERNAL, from_=at(8), to=at(ended))
    return replace(record, talks=(talk,))


def _called_in_vain(random: Random) -> CallRecord:
    return _outbound(random, outcome=Outcome.NO_ANSWER, hangup_cause=19)


def _internal(random: Random) -> CallRecord:
    agent, other = random.sample(AGENTS, 2)
    return _call(
        random,
        lasts=60,
        direction=Direction.INTERNAL,
        caller_number=agent,
        caller_raw=agent,
        customer_number=None,
        caller_name=None,
        dialled_number=other,
        answered_at=at(4),
        outcome=Outcome.ANSWERED,
        talks=(Talk(with_=other, kind=TalkKind.AGENT, from_=at(4), to=at(60)),),
    )


_KINDS = (
    (_answered, 0.66),
    (_answered_at_the_second_ring, 0.08),
    (_transferred, 0.02),
    (_abandoned, 0.05),
    (_timed_out, 0.02),
    (_greeting, 0.02),
    (_full, 0.005),
    (_exit_key, 0.001),
    (_voicemail, 0.004),
    (_busy, 0.003),
    (_rejected, 0.0001),
    (_after_hours, 0.007),
    (_called, 0.08),
    (_called_in_vain, 0.03),
    (_internal, 0.02),
    (_by_the_rare_agent, 0.00001),
    (_disagreeing, 0.004),
    (_seen_once, 0.004),
    (_pbx_died, 0.00002),
)
