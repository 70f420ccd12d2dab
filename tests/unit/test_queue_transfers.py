"""An agent who waits in a queue for a caller hands the caller over: the place and its rings are then the caller's.

Both captures are of a real Asterisk: the agent dials the queue, and transfers while the phone of a member rings.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.calls.merge_witnesses import is_confirmed, merge
from callcenter.calls.records import CallRecord, Outcome, QueueExit, RingResult, Witness
from callcenter.pbx.cel_follower import read_cel_rows
from tests.scenarios.captures import ami_facts, cel_facts, messages, records_of

CAPTURES = Path(__file__).parent / "captures"


def by_witness(name: str) -> dict[str, list[CallRecord]]:
    """The caller's call and the agent's own, by AMI, by the ledger, and by both."""
    live = records_of(ami_facts(messages((CAPTURES / f"{name}.ami").read_bytes())), Witness.AMI)
    ledger = records_of(cel_facts(read_cel_rows(CAPTURES / f"{name}.csv")), Witness.LEDGER)
    both = [merge(one, other) for one, other in zip(live, ledger, strict=True)]
    assert [is_confirmed(record) for record in both] == [True, True]
    return {"ami": live, "ledger": ledger, "both": both}


def stays(record: CallRecord) -> list[tuple[str | None, QueueExit | None, str | None]]:
    return [(visit.queue, visit.exit, visit.agent) for visit in record.queue_visits]


def rings(record: CallRecord) -> list[tuple[str | None, str, RingResult | None]]:
    return [(visit.queue, ring.agent, ring.result) for visit in record.queue_visits for ring in visit.rings]


@pytest.mark.parametrize("witness", ["ami", "ledger", "both"])
def test_the_ring_that_is_answered_after_the_transfer_stands_where_the_customer_is(witness: str) -> None:
    customer, agent = by_witness("queue_member_answers_after_transfer")[witness]

    assert stays(customer) == [
        ("hotline", QueueExit.CONNECTED, "1001"),
        ("overflow", QueueExit.CONNECTED, "1004"),
    ]
    assert rings(customer) == [
        ("hotline", "1001", RingResult.ANSWERED),
        ("overflow", "1004", RingResult.ANSWERED),
    ]
    assert [talk.with_ for talk in customer.talks] == ["1001", "1004"]
    assert (customer.outcome, customer.transferred, customer.lost_after_transfer) == (Outcome.ANSWERED, True, False)
    assert stays(agent) == [("overflow", QueueExit.UNKNOWN, None)]
    assert (rings(agent), agent.talks, agent.joined) == ([], (), customer.call_id)


@pytest.mark.parametrize("witness", ["ami", "ledger", "both"])
def test_phones_that_ring_on_in_vain_ring_for_the_customer_until_the_queue_gives_up(witness: str) -> None:
    customer, agent = by_witness("queue_rings_on_after_transfer")[witness]

    assert stays(customer) == [("hotline", QueueExit.CONNECTED, "1001"), ("overflow", QueueExit.TIMEOUT, None)]
    assert rings(customer) == [
        ("hotline", "1001", RingResult.ANSWERED),
        *[("overflow", "1004", RingResult.NO_ANSWER)] * 4,
    ]
    wait = customer.queue_visits[1].wait
    assert wait is not None
    assert round(wait.total_seconds(), 1) == 19.5
    assert (customer.transferred, customer.lost_after_transfer) == (True, True)
    assert (rings(agent), agent.joined) == ([], None)
