"""A witness that tells a call again never makes it poorer."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from callcenter.calls.merge_updates import end_unseen, merge_update
from callcenter.calls.records import Anomaly, CallRecord, Outcome, QueueExit
from tests.call_examples import ABANDONED, ANSWERED, OPEN, after, records, with_visit

TALKING = replace(ANSWERED, ended_at=None, outcome=None, complete=False, talks=(replace(ANSWERED.talks[0], to=None),))
TAIL = replace(
    ANSWERED,
    caller_number=None,
    caller_raw=None,
    dialled_number=None,
    started_at=after(40),
    answered_at=after(40),
    queue_visits=(),
    talks=(replace(ANSWERED.talks[0], from_=after(40)),),
    wait=ANSWERED.wait * 0,
    complete=False,
    anomalies=(Anomaly.BIRTH_UNSEEN,),
)
"""What a witness that came back after 40 seconds tells of the answered call."""


def test_a_call_that_goes_on_is_told_anew() -> None:
    assert merge_update(OPEN, TALKING) == TALKING
    assert merge_update(OPEN, ABANDONED) == ABANDONED
    assert merge_update(ABANDONED, ANSWERED) == ANSWERED


def test_a_whole_telling_is_never_replaced_by_part_of_it() -> None:
    assert merge_update(ANSWERED, TAIL) == ANSWERED
    assert merge_update(ANSWERED, TALKING) == ANSWERED
    died = replace(OPEN, outcome=Outcome.FAILED, anomalies=(Anomaly.PBX_DIED,))
    assert merge_update(died, OPEN) == died


def test_a_witness_that_lost_sight_goes_on_where_it_had_stopped() -> None:
    assert merge_update(TALKING, TAIL) == replace(ANSWERED, complete=False, anomalies=(Anomaly.WITNESS_GAP,))


def test_how_far_an_unseen_caller_came_is_unknown_but_the_caller_is_kept() -> None:
    gone = replace(
        TAIL, answered_at=None, talks=(), outcome=Outcome.ABANDONED_GREETING, ended_at=after(50), hung_up_by=None
    )
    assert merge_update(OPEN, gone) == replace(
        with_visit(OPEN, exit=QueueExit.UNKNOWN),
        ended_at=after(50),
        outcome=Outcome.UNKNOWN,
        hangup_cause=16,
        anomalies=(Anomaly.WITNESS_GAP,),
    )


def test_a_queue_visit_seen_to_its_end_decides_the_outcome() -> None:
    seen = replace(
        with_visit(ABANDONED, joined_at=None), started_at=after(20), complete=False, anomalies=(Anomaly.BIRTH_UNSEEN,)
    )
    assert merge_update(OPEN, seen) == replace(ABANDONED, complete=False, anomalies=(Anomaly.WITNESS_GAP,))


def seen(call: CallRecord, *, since: float, until: float) -> CallRecord:
    """What a witness that looked from `since` to `until` knows of the call."""
    is_half = since > 0
    is_over = call.ended_at is not None and call.ended_at <= after(until)
    talks = tuple(
        replace(talk, from_=max(talk.from_, after(since)), to=talk.to if talk.to and talk.to <= after(until) else None)
        for talk in call.talks
        if talk.from_ <= after(until) and (talk.to is None or talk.to > after(since))
    )
    return replace(
        call,
        started_at=after(since),
        caller_number=None if is_half else call.caller_number,
        answered_at=talks[0].from_ if talks else None,
        ended_at=call.ended_at if is_over else None,
        outcome=call.outcome if is_over else None,
        queue_visits=() if is_half else call.queue_visits,
        talks=talks,
        complete=is_over and not is_half,
        anomalies=(Anomaly.BIRTH_UNSEEN,) if is_half else (),
    )


@given(
    borders=st.lists(st.integers(10, 100), min_size=2, max_size=8, unique=True).map(sorted),
    lost_at=st.integers(1, 100),
    blind=st.integers(1, 50),
    looks=st.lists(st.integers(0, 120), min_size=1, max_size=4).map(sorted),
)
def test_a_call_told_in_steps_after_a_loss_is_the_call_told_once(
    borders: list[int], lost_at: int, blind: int, looks: list[int]
) -> None:
    talks = tuple(
        replace(ANSWERED.talks[0], from_=after(begin), to=after(end))
        for begin, end in zip(borders[::2], borders[1::2], strict=False)
    )
    call = replace(ANSWERED, talks=talks, answered_at=talks[0].from_, ended_at=after(110))
    before = seen(call, since=0, until=lost_at)
    back_at = lost_at + blind
    tellings = [seen(call, since=back_at, until=back_at + look) for look in looks]
    known = before
    for telling in tellings:
        known = merge_update(known, telling)
        assert merge_update(known, telling) == known
    assert known == merge_update(before, tellings[-1])
    assert known.caller_number == call.caller_number


def test_a_call_that_was_gone_when_the_witness_looked_again_ended_unseen() -> None:
    anomalies = (Anomaly.END_UNSEEN, Anomaly.WITNESS_GAP)
    assert end_unseen(OPEN) == replace(
        with_visit(OPEN, exit=QueueExit.UNKNOWN), outcome=Outcome.UNKNOWN, anomalies=anomalies
    )
    assert end_unseen(TALKING) == replace(TALKING, outcome=Outcome.ANSWERED, anomalies=anomalies)
    assert merge_update(OPEN, end_unseen(OPEN)) == end_unseen(OPEN)


@given(records(), records())
def test_a_whole_telling_is_never_lost(earlier: CallRecord, later: CallRecord) -> None:
    assert merge_update(earlier, later).complete == (earlier.complete or later.complete)
