"""Call records for tests: one ordinary example to vary, and a hypothesis strategy of whole records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

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

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai."""


def after(seconds: float) -> datetime:
    """A moment of the example morning."""
    return MORNING + timedelta(seconds=seconds)


ANSWERED = CallRecord(
    call_id="pbx1-1795395600.0",
    pbx="pbx1",
    direction=Direction.INBOUND,
    caller_number="+8613812345678",
    caller_raw="13812345678",
    customer_number="+8613812345678",
    caller_name=None,
    dialled_number="12315",
    started_at=after(0),
    answered_at=after(10),
    ended_at=after(70),
    outcome=Outcome.ANSWERED,
    hangup_cause=16,
    hung_up_by=HungUpBy.CALLER,
    short=False,
    queue_visits=(
        QueueVisit(
            queue="hotline",
            joined_at=after(2),
            left_at=after(10),
            exit=QueueExit.CONNECTED,
            position=None,
            agent="1001",
            connected_at=after(10),
            rings=(Ring(agent="1001", at=after(5), duration=timedelta(seconds=5), result=RingResult.ANSWERED),),
        ),
    ),
    talks=(Talk(with_="1001", kind=TalkKind.AGENT, from_=after(10), to=after(70)),),
    wait=timedelta(seconds=8),
    voicemail=None,
    recordings=(),
    transferred=False,
    lost_after_transfer=False,
    emergency_unanswered_at=None,
    joined=None,
    witnesses=(Witness.LEDGER,),
    complete=True,
    anomalies=(),
)
"""A caller talks to agent 1001 for a minute, as the ledger tells it."""

ABANDONED = replace(
    ANSWERED,
    answered_at=None,
    ended_at=after(30),
    outcome=Outcome.ABANDONED_QUEUE,
    queue_visits=(
        QueueVisit(
            queue="hotline",
            joined_at=after(2),
            left_at=after(30),
            exit=QueueExit.ABANDONED,
            position=None,
            agent=None,
            connected_at=None,
            rings=(),
        ),
    ),
    talks=(),
    wait=timedelta(seconds=28),
)
"""A caller waits 28 seconds and hangs up."""

OPEN = replace(
    ABANDONED,
    ended_at=None,
    outcome=None,
    hangup_cause=None,
    hung_up_by=None,
    queue_visits=(replace(ABANDONED.queue_visits[0], left_at=None, exit=None),),
    wait=timedelta(),
    complete=False,
)
"""The same caller while waiting."""


def with_visit(record: CallRecord, **changes: Any) -> CallRecord:
    """The record with its first queue visit changed."""
    first, *others = record.queue_visits
    return replace(record, queue_visits=(replace(first, **changes), *others))


def from_ami(record: CallRecord, **changes: Any) -> CallRecord:
    """The same call as AMI tells it."""
    return replace(record, witnesses=(Witness.AMI,), **changes)


_moments = st.integers(0, 100_000_000).map(lambda milliseconds: MORNING + timedelta(milliseconds=milliseconds))
_durations = st.integers(0, 100_000_000).map(lambda milliseconds: timedelta(milliseconds=milliseconds))
_words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
_devices = st.sampled_from(["1001", "1002", "+8613900000000"])

rings = st.builds(
    Ring,
    agent=_devices,
    at=_moments,
    duration=st.none() | _durations,
    result=st.none() | st.sampled_from(RingResult),
)
queue_visits = st.builds(
    QueueVisit,
    queue=st.sampled_from(["hotline", "overflow"]),
    joined_at=st.none() | _moments,
    left_at=st.none() | _moments,
    exit=st.none() | st.sampled_from(QueueExit),
    position=st.none() | st.integers(1, 9),
    agent=st.none() | _devices,
    connected_at=st.none() | _moments,
    rings=st.lists(rings, max_size=2).map(tuple),
)
talks = st.builds(Talk, with_=_devices, kind=st.sampled_from(TalkKind), from_=_moments, to=st.none() | _moments)


@st.composite
def records(draw: st.DrawFn, *, call_id: str = ANSWERED.call_id, witness: Witness = Witness.LEDGER) -> CallRecord:
    """Any telling of a call by one witness, likely or not, with moments to the millisecond."""
    outcome = draw(st.none() | st.sampled_from(Outcome))
    found = draw(st.sets(st.sampled_from(list(Anomaly)[:8]), max_size=2))
    return CallRecord(
        call_id=call_id,
        pbx="pbx1",
        direction=draw(st.sampled_from(Direction)),
        caller_number=draw(st.none() | st.just("+8613812345678")),
        caller_raw=draw(st.none() | _words),
        customer_number=draw(st.none() | st.sampled_from(("+8613812345678", "913900000002"))),
        caller_name=draw(st.none() | _words),
        dialled_number=draw(st.none() | st.just("12315")),
        started_at=draw(_moments),
        answered_at=draw(st.none() | _moments),
        ended_at=None if outcome is None else draw(st.none() | _moments),
        outcome=outcome,
        hangup_cause=draw(st.none() | st.integers(0, 127)),
        hung_up_by=draw(st.none() | st.sampled_from(HungUpBy)),
        short=draw(st.booleans()),
        queue_visits=tuple(draw(st.lists(queue_visits, max_size=2))),
        talks=tuple(draw(st.lists(talks, max_size=2))),
        wait=draw(_durations),
        voicemail=draw(
            st.none() | st.builds(Voicemail, mailbox=_words, file=st.none() | _words, duration=st.none() | _durations)
        ),
        recordings=tuple(draw(st.lists(_words, max_size=2))),
        transferred=draw(st.booleans()),
        lost_after_transfer=draw(st.booleans()),
        emergency_unanswered_at=draw(st.none() | _moments),
        joined=draw(st.none() | st.just("pbx1-1795395500.0")),
        witnesses=(witness,),
        complete=outcome is not None and draw(st.booleans()),
        anomalies=tuple(anomaly for anomaly in Anomaly if anomaly in found),
    )
