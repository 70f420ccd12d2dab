"""Other installations: whom Originate rings first, two mobiles at once, streams that begin in the middle of a call."""

from __future__ import annotations

from callcenter.calls.records import Anomaly, Direction, HungUpBy, Outcome, TalkKind, Witness
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.wire import AmiReader
from callcenter.tracking.tracker import Tracker
from tests.scenarios.captures import cel_facts, cel_rows, records_of
from tests.unit.foreign_events import (
    RULES,
    born,
    dial_ends,
    dials,
    enters,
    event,
    hangs_up,
    leaves,
    ledgered,
    row,
    talks,
    told,
    uid,
)

CALLER = "SIP/provider-00000001"


def test_two_mobiles_rung_at_once_over_one_trunk_keep_their_numbers() -> None:
    mobile, other = "SIP/provider-00000006", "SIP/provider-00000007"
    dial = "Dial(SIP/provider/{},12)".format
    records = ledgered(
        [
            row("CHAN_START", 1, CALLER, 0, exten="707", num="0510000002"),
            row("CHAN_START", 2, "Local/139001@out-00000008;1", 0),
            row("CHAN_START", 3, "Local/139001@out-00000008;2", 0, exten="139001"),
            row("CHAN_START", 4, "Local/139002@out-00000009;1", 0),
            row("CHAN_START", 5, "Local/139002@out-00000009;2", 0, exten="139002"),
            row("APP_START", 3, "Local/139001@out-00000008;2", 0, exten="139001", app=dial("139001")),
            row("APP_START", 5, "Local/139002@out-00000009;2", 0, exten="139002", app=dial("139002")),
            row("CHAN_START", 6, mobile, 0.1),
            row("CHAN_START", 7, other, 0.1),
            row("ANSWER", 6, mobile, 1, exten="139002", app="AppDial"),
            row("BRIDGE_ENTER", 6, mobile, 1, exten="", app="AppDial", bridge_id="b1"),
            row(
                "BRIDGE_ENTER", 5, "Local/139002@out-00000009;2", 1, exten="139002", app=dial("139002"), bridge_id="b1"
            ),
            row("BRIDGE_ENTER", 4, "Local/139002@out-00000009;1", 1, exten="", app="AppDial", bridge_id="b2"),
            row(
                "BRIDGE_ENTER", 1, CALLER, 1, exten="707", app="Dial(Local/139001@out&Local/139002@out)", bridge_id="b2"
            ),
            row("HANGUP", 7, other, 1, exten="139001", app="AppDial", hangupcause=26),
        ]
    )

    assert talks(records[uid(1)]) == [("139002", TalkKind.EXTERNAL)]


def test_an_agent_who_ends_a_call_that_rang_the_customer_first_is_the_caller() -> None:
    records = told(
        [
            born(1, "SIP/provider-00000001"),
            dials(None, 1, "provider/13905190007"),
            event("DialEnd", DestUniqueid=uid(1), DialStatus="ANSWER"),
            born(2, "SIP/1005-00000002", call=1),
            dials(1, 2, "1005"),
            dial_ends(1, 2, "ANSWER"),
            enters(2, "b1"),
            enters(1, "b1"),
            event("HangupRequest", Uniqueid=uid(2)),
            leaves(2, "b1"),
            hangs_up(2),
            leaves(1, "b1"),
            hangs_up(1),
        ]
    )

    call = records[uid(1)]
    assert (call.direction, call.caller_raw, call.dialled_number) == (Direction.OUTBOUND, "1005", "13905190007")
    assert (call.outcome, talks(call), call.hung_up_by) == (
        Outcome.ANSWERED,
        [("1005", TalkKind.AGENT)],
        HungUpBy.CALLER,
    )


def test_a_phone_that_picked_up_and_was_put_through_to_nobody_cancelled() -> None:
    records = told(
        [
            born(1, "SIP/1005-00000001"),
            dials(None, 1, "1005"),
            event("DialEnd", DestUniqueid=uid(1), DialStatus="ANSWER"),
            event("HangupRequest", Uniqueid=uid(1)),
            hangs_up(1),
        ]
    )

    assert records[uid(1)].outcome is Outcome.CANCELLED


def test_a_leg_that_ends_before_its_caller_is_seen_makes_no_call_of_its_own() -> None:
    whole = [
        event("Hangup", Uniqueid=uid(4), Linkedid=uid(1), Channel="SIP/101-0000000d", Cause=16),
        event("VarSet", Uniqueid=uid(1), Variable="DIALSTATUS", Value="ANSWER"),
        event(
            "BridgeLeave",
            BridgeUniqueid="b1",
            Uniqueid=uid(1),
            Linkedid=uid(1),
            Channel="SIP/provider-0000000c",
            CallerIDNum="+31260010001",
        ),
        hangs_up(1),
    ]

    translator, tracker = AmiFacts(), Tracker(witness=Witness.AMI, pbx="pbx1", rules=RULES)
    finished = []
    for message in AmiReader().feed(b"".join(whole)):
        for fact in translator.translate(message):
            tracker.feed(fact)
        finished += tracker.take_finished()

    (call,) = finished
    assert (call.direction, call.caller_raw, call.outcome) == (Direction.INBOUND, "+31260010001", Outcome.UNKNOWN)
    assert (call.complete, Anomaly.BIRTH_UNSEEN in call.anomalies) == (False, True)


def test_a_transfer_in_a_call_whose_talks_were_not_seen_lost_nobody() -> None:
    records = told(
        [
            event("Newstate", Uniqueid=uid(1), Linkedid=uid(1), Channel="SIP/provider-0000000c", ChannelState=6),
            event("BlindTransfer", TransfererUniqueid=uid(2), TransfereeUniqueid=uid(1), Result="Success"),
            hangs_up(1),
        ]
    )

    call = records[uid(1)]
    assert (call.transferred, call.lost_after_transfer) == (True, False)


def test_a_ledger_without_extras_tells_who_talked_by_the_bridge_peers() -> None:
    name = "answered_by_an_agent"
    whole, bare = (
        records_of(cel_facts(rows), Witness.LEDGER)
        for rows in (cel_rows(name), [[*row[:19], ""] for row in cel_rows(name)])
    )

    assert [(record.outcome, record.talks) for record in bare] == [(record.outcome, record.talks) for record in whole]
