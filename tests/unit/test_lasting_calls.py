"""Agents who stay in a call of their own, a pool or a conference, while customers come and go: whose talk it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.calls.merge_witnesses import is_confirmed, merge
from callcenter.calls.records import CallRecord, Direction, HungUpBy, Outcome, QueueExit, RingResult, TalkKind, Witness
from callcenter.pbx import dialplan_facts as d
from callcenter.pbx import facts as f
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker
from tests.scenarios.captures import ami_facts, by_id, cel_facts, messages, records_of

CAPTURES = Path(__file__).parent / "captures"
WITNESSES = pytest.mark.parametrize("witness", list(Witness))
BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC)
AGENT, ALICE, BOB, COLLEAGUE = "pbx1-1795424400.1", "pbx1-1795424500.2", "pbx1-1795424600.3", "pbx1-1795424700.4"
LASTING, OF_ALICE, OF_BOB = "PJSIP/1001-00000001", "PJSIP/trunk-main-00000002", "PJSIP/trunk-main-00000003"


class Telling:
    """Facts in order, one a second, and the records they give."""

    def __init__(self, witness: Witness) -> None:
        self.at = BEGIN
        self._witness = witness
        self._tracker = Tracker(witness=witness, pbx="pbx1", rules=CallRules())

    def tell(self, fact: type[f.ChannelFact], uniqueid: str, after: float = 1.0, **values: Any) -> None:
        self.at += timedelta(seconds=after)
        self._tracker.feed(fact(at=self.at, uniqueid=uniqueid, **values))

    def born(self, uniqueid: str, channel: str, number: str | None = None, **values: Any) -> None:
        of_call = {"linkedid": uniqueid, "caller_name": None, "exten": "8500", "context": "x"} | values
        self.tell(f.ChannelStarted, uniqueid, channel=channel, caller_number=number, **of_call)
        self.tell(f.ChannelAnswered, uniqueid, 0)

    def enter(self, *uniqueids: str, bridge: str) -> None:
        for uniqueid in uniqueids:
            self.tell(f.BridgeEntered, uniqueid, bridge=bridge, technology="softmix")

    def hang_up(self, uniqueid: str, after: float = 1.0) -> None:
        source = None
        if self._witness is Witness.AMI:
            self.tell(f.HangupRequested, uniqueid, after)
        else:
            self.at += timedelta(seconds=after)
            source = CHANNELS[uniqueid]
        self.tell(f.ChannelHungUp, uniqueid, 0, cause=16, source=source)

    def records(self) -> dict[str, CallRecord]:
        self._tracker.close_all()
        return by_id(self._tracker.take_changed())


CHANNELS = {AGENT: LASTING, ALICE: OF_ALICE, BOB: OF_BOB, COLLEAGUE: "PJSIP/1002-00000004"}


def talks(record: CallRecord) -> list[tuple[str, TalkKind, float]]:
    return [
        (talk.with_, talk.kind, (talk.to - talk.from_).total_seconds()) for talk in record.talks if talk.to is not None
    ]


def test_who_is_put_through_to_an_agent_of_a_pool_talks_in_a_record_of_their_own_as_both_witnesses_say() -> None:
    live = by_id(records_of(ami_facts(messages((CAPTURES / "agent_pool.ami").read_bytes())), Witness.AMI))
    ledger = by_id(records_of(cel_facts(read_cel_rows(CAPTURES / "agent_pool.csv")), Witness.LEDGER))

    both = {call_id: merge(live[call_id], ledger[call_id]) for call_id in live}
    assert [is_confirmed(record) for record in both.values()] == [True, True]
    customer, agent = both["1795463030.2"], both["1795463000.1"]
    for record in (customer, live["1795463030.2"], ledger["1795463030.2"]):
        assert (record.direction, record.outcome) == (Direction.INBOUND, Outcome.ANSWERED)
        assert talks(record) == [("1001", TalkKind.AGENT, 10.858)]
        assert record.talk_time == timedelta(seconds=10.858)
        assert record.answered_at == datetime(2026, 11, 23, 19, 43, 51, 152000, UTC)
        assert record.hung_up_by is HungUpBy.CALLER
        (visit,) = record.queue_visits
        assert (visit.queue, visit.exit, visit.agent) == ("hotline", QueueExit.CONNECTED, "1001")
        assert [(ring.agent, ring.result) for ring in visit.rings] == [("1001", RingResult.ANSWERED)]
        assert record.joined == "1795463000.1"
    for record in (agent, live["1795463000.1"], ledger["1795463000.1"]):
        assert (record.direction, record.talks, record.joined) == (Direction.INTERNAL, (), None)


@WITNESSES
def test_of_two_customers_in_an_agents_conference_each_has_the_talks_of_their_own(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.enter(AGENT, bridge="room")
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.enter(ALICE, bridge="room")
    telling.born(BOB, OF_BOB, "05198800002")
    telling.enter(BOB, bridge="room")
    telling.hang_up(ALICE)
    telling.hang_up(BOB)
    telling.hang_up(AGENT)
    found = telling.records()

    assert talks(found[ALICE]) == [("1001", TalkKind.AGENT, 3.0), ("05198800002", TalkKind.EXTERNAL, 1.0)]
    assert talks(found[BOB]) == [("1001", TalkKind.AGENT, 2.0), ("05198800001", TalkKind.EXTERNAL, 1.0)]
    assert talks(found[AGENT]) == []
    assert [found[call].joined for call in (AGENT, ALICE, BOB)] == [None, AGENT, AGENT]
    assert [found[call].hung_up_by for call in (ALICE, BOB)] == [HungUpBy.CALLER] * 2
    assert [found[call].outcome for call in (ALICE, BOB)] == [Outcome.ANSWERED] * 2


@WITNESSES
def test_a_customer_whom_a_dialler_rings_for_an_agent_in_a_conference_has_the_talk(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.enter(AGENT, bridge="room")
    telling.born(ALICE, OF_ALICE, None, exten="s")
    telling.tell(f.DialBegun, ALICE, 0, dialler=None, dial_string="13900000002@trunk-main")
    telling.enter(ALICE, bridge="room")
    telling.hang_up(ALICE)
    telling.hang_up(AGENT)
    found = telling.records()

    assert (found[ALICE].direction, found[ALICE].outcome) == (Direction.OUTBOUND, Outcome.ANSWERED)
    assert talks(found[ALICE]) == [("1001", TalkKind.AGENT, 1.0)]
    assert (talks(found[AGENT]), found[ALICE].joined) == ([], AGENT)


@WITNESSES
def test_a_colleague_who_asks_the_hotline_has_the_talk_with_the_agent_of_a_pool(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.tell(f.AppStarted, AGENT, application="AgentLogin", data="5001")
    telling.born(COLLEAGUE, CHANNELS[COLLEAGUE], "1002")
    telling.enter(COLLEAGUE, AGENT, bridge="b1")
    telling.hang_up(COLLEAGUE)
    telling.hang_up(AGENT)
    found = telling.records()

    assert talks(found[COLLEAGUE]) == [("1001", TalkKind.AGENT, 1.0)]
    assert talks(found[AGENT]) == []


@WITNESSES
def test_an_agent_who_dials_in_from_home_to_a_pool_is_no_customer(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, "PJSIP/trunk-main-00000001", "13800000009")
    telling.tell(f.AppStarted, AGENT, application="AgentLogin", data="5001")
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.enter(ALICE, AGENT, bridge="b1")
    telling.hang_up(ALICE)
    found = telling.records()

    assert found[ALICE].outcome is Outcome.ANSWERED
    assert talks(found[ALICE]) == [("13800000009", TalkKind.EXTERNAL, 1.0)]
    assert found[AGENT].talks == ()


@WITNESSES
def test_whom_an_agent_in_a_lasting_call_hands_on_is_transferred_and_the_agents_call_is_not(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.enter(AGENT, ALICE, bridge="b1")
    telling.tell(f.Transferred, AGENT, kind=f.TransferKind.BLIND, transferee=ALICE)
    telling.hang_up(AGENT)
    telling.tell(f.BridgeLeft, ALICE, bridge="b1")
    telling.hang_up(ALICE)
    found = telling.records()

    assert (found[ALICE].transferred, found[ALICE].lost_after_transfer) == (True, True)
    assert (found[AGENT].transferred, found[AGENT].lost_after_transfer) == (False, False)


@WITNESSES
def test_who_is_handed_on_within_the_house_is_transferred_and_not_the_call_that_asked_the_colleague(
    witness: Witness,
) -> None:
    boss, desk, asks = "pbx1-1795424400.1", "pbx1-1795424500.2", "pbx1-1795424600.3"
    telling = Telling(witness)
    telling.born(boss, "PJSIP/1003-00000001", "1003")
    telling.born(desk, "PJSIP/1001-00000002", "1001", linkedid=boss)
    telling.enter(boss, desk, bridge="b1")
    telling.born(asks, "PJSIP/1001-00000003", "1001")
    telling.born(COLLEAGUE, CHANNELS[COLLEAGUE], "1002", linkedid=asks)
    telling.enter(asks, COLLEAGUE, bridge="b2")
    telling.tell(f.BridgeLeft, boss, bridge="b1")
    telling.tell(f.BridgeLeft, asks, 0, bridge="b2")
    telling.enter(boss, bridge="b2")
    telling.tell(f.Transferred, desk, kind=f.TransferKind.ATTENDED, transferee=None, second=asks)
    for leg in (desk, asks, COLLEAGUE, boss):
        telling.tell(f.ChannelHungUp, leg, cause=16, source=None)
    found = telling.records()

    assert (found[boss].transferred, found[boss].lost_after_transfer) == (True, False)
    assert (found[asks].transferred, found[asks].lost_after_transfer) == (False, False)


@WITNESSES
def test_of_two_customers_in_a_conference_the_one_who_is_handed_on_is_transferred(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.born(BOB, OF_BOB, "05198800002")
    telling.enter(AGENT, ALICE, BOB, bridge="room")
    telling.tell(f.Transferred, AGENT, kind=f.TransferKind.BLIND, transferee=BOB)
    telling.hang_up(BOB)
    telling.hang_up(ALICE)
    found = telling.records()

    assert [found[call].transferred for call in (AGENT, ALICE, BOB)] == [False, False, True]


@WITNESSES
def test_a_customer_who_is_put_back_into_a_queue_is_lost_and_not_the_agents_lasting_call(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.enter(AGENT, ALICE, bridge="b1")
    telling.tell(f.BridgeLeft, ALICE, bridge="b1")
    telling.tell(d.SentBack, ALICE)
    telling.hang_up(ALICE)
    found = telling.records()

    assert (found[ALICE].transferred, found[ALICE].lost_after_transfer) == (True, True)
    assert (found[AGENT].transferred, found[AGENT].lost_after_transfer) == (False, False)


@WITNESSES
def test_a_customer_who_moves_on_keeps_the_talk_that_goes_on_elsewhere(witness: Witness) -> None:
    """Alice came to the agent first and talks with a colleague since; whoever comes to the agent next ends nothing."""
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.enter(AGENT, ALICE, bridge="b1")
    telling.born(COLLEAGUE, CHANNELS[COLLEAGUE], "1002")
    telling.enter(ALICE, COLLEAGUE, bridge="b2")
    telling.born(BOB, OF_BOB, "05198800002")
    telling.enter(BOB, bridge="b1")
    telling.hang_up(ALICE)
    telling.hang_up(BOB)
    found = telling.records()

    assert talks(found[ALICE]) == [("1001", TalkKind.AGENT, 2.0), ("1002", TalkKind.AGENT, 3.0)]
    assert talks(found[BOB]) == [("1001", TalkKind.AGENT, 2.0)]
    assert [found[call].joined for call in (ALICE, BOB, COLLEAGUE)] == [AGENT, AGENT, ALICE]


@WITNESSES
def test_the_phone_that_was_rung_for_a_customer_may_be_elsewhere_without_ending_what_the_customer_says(
    witness: Witness,
) -> None:
    rung_for_alice = "pbx1-1795424800.9"
    telling = Telling(witness)
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.born(rung_for_alice, "PJSIP/1001-00000009", "1001", linkedid=ALICE)
    telling.enter(ALICE, rung_for_alice, bridge="b1")
    telling.born(COLLEAGUE, CHANNELS[COLLEAGUE], "1002")
    telling.enter(ALICE, COLLEAGUE, bridge="b2")
    telling.born(BOB, OF_BOB, "05198800002")
    telling.enter(BOB, rung_for_alice, bridge="b3")
    telling.hang_up(BOB, after=10)
    telling.hang_up(ALICE)
    found = telling.records()

    assert talks(found[ALICE]) == [("1001", TalkKind.AGENT, 2.0), ("1002", TalkKind.AGENT, 14.0)]
    assert talks(found[BOB]) == [("1001", TalkKind.AGENT, 10.0)]


@WITNESSES
def test_whoever_only_listens_in_shares_no_bridge_and_talks_with_nobody(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.born(AGENT, LASTING, "1001", linkedid=ALICE)
    telling.enter(ALICE, AGENT, bridge="b1")
    telling.born(COLLEAGUE, CHANNELS[COLLEAGUE], "1002")
    telling.tell(f.AppStarted, COLLEAGUE, application="ChanSpy", data="PJSIP/1001,qB")
    telling.hang_up(COLLEAGUE)
    telling.hang_up(ALICE)
    found = telling.records()

    assert talks(found[ALICE])[0][:2] == ("1001", TalkKind.AGENT)
    assert len(found[ALICE].talks) == 1
    assert (found[COLLEAGUE].talks, found[COLLEAGUE].joined) == ((), None)


@WITNESSES
def test_a_parked_customer_whom_an_agent_in_a_lasting_call_fetches_has_the_talk(witness: Witness) -> None:
    telling = Telling(witness)
    telling.born(AGENT, LASTING, "1001")
    telling.born(ALICE, OF_ALICE, "05198800001")
    telling.tell(f.BridgeEntered, ALICE, bridge="lot", technology="holding_bridge")
    telling.enter(ALICE, AGENT, bridge="b1")
    telling.hang_up(ALICE)
    telling.hang_up(AGENT, after=60)
    found = telling.records()

    assert talks(found[ALICE]) == [("1001", TalkKind.AGENT, 1.0)]
    assert (talks(found[AGENT]), found[AGENT].hung_up_by) == ([], HungUpBy.CALLER)


def test_an_agents_lasting_call_is_the_older_one_for_a_witness_too_who_began_to_look_in_the_middle() -> None:
    telling = Telling(Witness.AMI)
    seen: dict[str, Any] = {"exten": "8500", "context": "x"}
    telling.tell(f.ChannelSeen, ALICE, linkedid=ALICE, channel=OF_ALICE, caller_number="05198800001", **seen)
    telling.tell(f.ChannelSeen, AGENT, linkedid=AGENT, channel=LASTING, caller_number="1001", **seen)
    telling.enter(ALICE, AGENT, bridge="b1")
    telling.hang_up(ALICE)
    telling.hang_up(AGENT)
    found = telling.records()

    assert talks(found[ALICE]) == [("1001", TalkKind.AGENT, 1.0)]
    assert (found[ALICE].joined, found[AGENT].joined, found[AGENT].talks) == (AGENT, None, ())
