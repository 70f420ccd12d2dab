"""The definitions of the figures: what counts, where, and that sums and ratios are honest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.calls.records import CallRecord, Direction, Outcome, QueueExit, Ring, RingResult, Talk, TalkKind
from callcenter.kpis.definitions import DEFINITIONS, agent_ratios, count_agents, count_call, ratios
from callcenter.kpis.tallies import ANSWERED as KIND_ANSWERED
from callcenter.kpis.tallies import NOTHING, AgentTally, Counted, Ratio, Tally, tally
from tests.call_examples import ABANDONED, ANSWERED, OPEN, after, records, with_visit


def of(*calls: CallRecord) -> Tally:
    return tally(count_call(call)[None] for call in calls)


def test_an_answered_call_counts_in_all_and_in_its_queue() -> None:
    counted = Counted(
        kind=KIND_ANSWERED,
        is_short=False,
        waited=timedelta(seconds=8),
        is_handled=True,
        talked=timedelta(seconds=60),
        rings=1,
        rings_unanswered=0,
    )
    assert count_call(ANSWERED) == {None: counted, "hotline": counted}


@pytest.mark.parametrize("call", [OPEN, replace(ANSWERED, direction=Direction.OUTBOUND)])
def test_calls_still_up_and_calls_of_our_own_are_not_offered(call: CallRecord) -> None:
    assert count_call(call) == {}


@pytest.mark.parametrize(
    ("waited", "within"), [(15.0, (1, 1, 1)), (15.001, (0, 1, 1)), (20.001, (0, 0, 1)), (30.001, (0, 0, 0))]
)
def test_the_limit_of_a_service_level_belongs_to_it(waited: float, within: tuple[int, ...]) -> None:
    assert of(replace(ANSWERED, answered_at=after(2 + waited))).answered_within == within


def test_a_call_that_met_no_queue_waits_from_its_start() -> None:
    direct = replace(ANSWERED, queue_visits=(), wait=timedelta())
    assert count_call(direct)[None].waited == timedelta(seconds=10)
    assert set(count_call(direct)) == {None}


def test_a_call_answered_at_once_waited_not_at_all() -> None:
    assert count_call(replace(ANSWERED, answered_at=after(2)))[None].waited == timedelta()


def test_a_call_of_two_queues_counts_in_each_as_it_ended_there_and_once_in_all() -> None:
    full = replace(ABANDONED.queue_visits[0], queue="overflow", left_at=after(2), exit=QueueExit.FULL)
    counted = count_call(replace(ANSWERED, queue_visits=(full, *ANSWERED.queue_visits)))
    assert {place: (one.kind, one.talked.total_seconds()) for place, one in counted.items()} == {
        None: (KIND_ANSWERED, 60),
        "overflow": ("queue_full", 0),
        "hotline": (KIND_ANSWERED, 60),
    }


def test_talks_belong_to_the_queue_that_connected_last() -> None:
    again = replace(ANSWERED.queue_visits[0], queue="second", joined_at=after(70), connected_at=after(80))
    talks = (*ANSWERED.talks, Talk(with_="1002", kind=TalkKind.AGENT, from_=after(80), to=after(90)))
    counted = count_call(replace(ANSWERED, queue_visits=(*ANSWERED.queue_visits, again), talks=talks))
    assert {place: one.talked.total_seconds() for place, one in counted.items()} == {
        None: 70,
        "hotline": 60,
        "second": 10,
    }


def test_a_caller_lost_by_a_transfer_was_handled_and_missed() -> None:
    total = of(replace(ANSWERED, transferred=True, lost_after_transfer=True))
    assert (total.offered, total.answered, total.missed, total.handled) == (1, 0, {"lost_after_transfer": 1}, 1)
    assert total.answered_within == (0, 0, 0)


def test_of_nothing_there_is_no_rate() -> None:
    assert {ratio.value for ratio in ratios(NOTHING).values()} == {None}
    assert {ratio.denominator for ratio in ratios(NOTHING).values()} == {0}


def test_rates_with_and_without_short_calls() -> None:
    short = replace(ABANDONED, short=True, wait=timedelta(seconds=2))
    found = ratios(of(ANSWERED, ANSWERED, ABANDONED, short))
    assert found["connect_rate"] == Ratio(numerator=2, denominator=4)
    assert found["connect_rate_without_short"] == Ratio(numerator=2, denominator=3)
    assert found["abandon_rate"] == Ratio(numerator=2, denominator=4)
    assert found["abandon_rate_without_short"] == Ratio(numerator=1, denominator=3)
    assert found["service_level_15"] == Ratio(numerator=2, denominator=4)
    assert found["asa_seconds"] == Ratio(numerator=16, denominator=2)
    assert found["patience_seconds"] == Ratio(numerator=46, denominator=2)
    assert found["talk_seconds"] == Ratio(numerator=120, denominator=2)


def test_rings_count_once_they_are_over() -> None:
    results = (RingResult.NO_ANSWER, RingResult.CANCELLED, None, RingResult.ANSWERED)
    rings = tuple(Ring(agent="1001", at=after(3), duration=None, result=result) for result in results)
    assert ratios(of(with_visit(ANSWERED, rings=rings)))["ring_no_answer_rate"] == Ratio(numerator=1, denominator=3)


def test_an_agent_is_credited_with_rings_and_talks_of_every_call_that_is_over() -> None:
    rung = Ring(agent="1002", at=after(3), duration=timedelta(seconds=2), result=RingResult.NO_ANSWER)
    call = with_visit(ANSWERED, rings=(rung, *ANSWERED.queue_visits[0].rings))
    assert count_agents(call) == {
        "1002": AgentTally(rings=1, rings_unanswered=1),
        "1001": AgentTally(calls=1, talked=timedelta(seconds=60), rings=1),
    }
    assert count_agents(OPEN) == {}


def test_occupancy_leaves_pauses_out_and_handling_time_needs_wrap_up() -> None:
    hour = timedelta(hours=1)
    times = AgentTally(
        talking=hour, on_hold=hour / 2, wrap_up=hour / 2, ringing=hour / 4, available=hour, calls=10, talked=hour
    )
    assert agent_ratios(times) == {
        "occupancy": Ratio(numerator=7200, denominator=11700),
        "aht_seconds": Ratio(numerator=5400, denominator=10),
        "ring_no_answer_rate": Ratio(numerator=0, denominator=0),
    }
    untold = agent_ratios(AgentTally(calls=1, talked=hour))
    assert (untold["occupancy"], untold["aht_seconds"]) == (None, None)


def test_every_figure_is_defined_once_and_in_words() -> None:
    names = [(definition.of, definition.name) for definition in DEFINITIONS]
    assert len(set(names)) == len(names)
    assert all(definition.formula and definition.unit in ("calls", "share", "seconds") for definition in DEFINITIONS)


@given(st.lists(records(), max_size=5), st.lists(records(), max_size=5))
def test_sums_can_be_added_and_every_call_is_answered_or_missed(
    some: list[CallRecord], others: list[CallRecord]
) -> None:
    calls = [*some, *others]
    counted = [found[None] for call in calls if (found := count_call(call))]
    total = tally(counted)
    assert total.offered == sum(call.direction is Direction.INBOUND and call.outcome is not None for call in calls)
    assert total.offered == total.answered + sum(total.missed.values())
    assert 0 <= total.short + total.answered <= total.offered or any(
        one.is_short and one.kind == KIND_ANSWERED for one in counted
    )
    less = total
    for one in counted[: len(some)]:
        less = less.plus(one, -1)
    assert less == tally(counted[len(some) :])


@given(records())
def test_a_call_counts_once_in_every_queue_it_was_in(call: CallRecord) -> None:
    counted = count_call(call)
    if counted:
        assert set(counted) == {None, *(visit.queue for visit in call.queue_visits if visit.queue is not None)}
        assert counted[None].kind in {*(outcome.value for outcome in Outcome), "lost_after_transfer"}
