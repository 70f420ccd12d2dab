"""What other installations say: chan_sip, Asterisk 13, no timestamps, no dialplan class, Local chains.

The event orders follow what Asterisk 13 to 18 with chan_sip send; only the headers that
matter are written out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from callcenter.calls.records import (
    Anomaly,
    Direction,
    Outcome,
    QueueExit,
    TalkKind,
    Witness,
)
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.tracking.tracker import Tracker
from tests.scenarios.captures import cel_facts, cel_rows, records_of
from tests.unit.foreign_events import (
    INCOMING,
    PBX,
    RULES,
    born,
    dial_ends,
    dials,
    enters,
    event,
    hangs_up,
    leaves,
    local_pair,
    talks,
    told,
    uid,
)


def test_a_ringing_call_is_picked_up_by_a_colleague_and_the_talk_stands_in_the_callers_record() -> None:
    records = told(
        [
            INCOMING,
            *local_pair(2, "ID7@route-00000005", 1),
            dials(1, 2, "ID7@route"),
            born(4, "SIP/101-0000000d", call=1),
            dials(3, 4, "101"),
            born(5, "SIP/102-0000000e", CallerIDNum="102", Exten="*8", second=1530190227),
            dial_ends(3, 4, "CANCEL"),
            event("Pickup", Uniqueid=uid(5, 1530190227), TargetUniqueid=uid(4)),
            hangs_up(4, 26),
            enters(5, "b1", 1530190227),
            enters(3, "b1"),
            enters(2, "b2"),
            enters(1, "b2"),
            leaves(5, "b1", 1530190227),
            leaves(2, "b2"),
            enters(5, "b2", 1530190227),
            leaves(3, "b1"),
            hangs_up(3),
            hangs_up(2),
            leaves(5, "b2", 1530190227),
            hangs_up(5, second=1530190227),
            leaves(1, "b2"),
            hangs_up(1),
        ]
    )

    call, pickup = records[uid(1)], records[uid(5, 1530190227)]
    assert (call.direction, call.outcome, talks(call)) == (
        Direction.INBOUND,
        Outcome.ANSWERED,
        [("102", TalkKind.AGENT)],
    )
    assert (call.pbx, call.caller_raw, call.dialled_number) == (PBX, "+31260010001", "+31150010001")
    assert call.complete
    assert call.anomalies == (Anomaly.MOMENTS_ESTIMATED,)
    assert (pickup.direction, pickup.joined, talks(pickup), pickup.dialled_number) == (
        Direction.INTERNAL,
        uid(1),
        [],
        "*8",
    )
    assert not call.transferred


def test_a_blonde_transfer_moves_the_caller_to_a_phone_that_still_rings() -> None:
    records = told(
        [
            INCOMING,
            born(2, "SIP/101-00000097", call=1),
            dials(1, 2, "101"),
            enters(2, "b1"),
            enters(1, "b1"),
            born(3, "SIP/101-00000098", CallerIDNum="101", Exten="202"),
            *local_pair(4, "ID8@route-00000062", 3),
            dials(3, 4, "ID8@route"),
            born(6, "SIP/102-00000099", call=3),
            dials(5, 6, "102"),
            event(
                "AttendedTransfer",
                Result="Success",
                OrigTransfererUniqueid=uid(2),
                SecondTransfererUniqueid=uid(3),
                TransfereeUniqueid=uid(1),
                DestType="App",
            ),
            leaves(2, "b1"),
            leaves(1, "b1"),
            hangs_up(2),
            dial_ends(3, 4, "NOANSWER"),
            dials(1, 4, "ID8@route"),
            hangs_up(3),
            dial_ends(5, 6, "ANSWER"),
            dial_ends(1, 4, "ANSWER"),
            enters(6, "b2"),
            enters(5, "b2"),
            enters(4, "b3"),
            enters(1, "b3"),
            leaves(1, "b3"),
            leaves(5, "b2"),
            enters(1, "b2"),
            leaves(4, "b3"),
            hangs_up(4),
            hangs_up(5),
            leaves(1, "b2"),
            leaves(6, "b2"),
            hangs_up(1),
            hangs_up(6),
        ]
    )

    call, consultation = records[uid(1)], records[uid(3)]
    assert talks(call) == [("101", TalkKind.AGENT), ("102", TalkKind.AGENT)]
    assert (call.outcome, call.transferred, call.lost_after_transfer) == (Outcome.ANSWERED, True, False)
    assert (consultation.direction, consultation.outcome, consultation.joined) == (
        Direction.INTERNAL,
        Outcome.NO_ANSWER,
        uid(1),
    )


def test_click_to_call_through_a_local_channel_is_outbound_and_the_far_party_is_the_customer() -> None:
    records = told(
        [
            *[
                born(1, "Local/ID4@ctd-00000010;1", Exten="ID4"),
                born(2, "Local/ID4@ctd-00000010;2", call=1, Exten="ID4"),
            ],
            dials(None, 1, "ID4@ctd/n"),
            born(3, "SIP/101-00000008", call=1),
            dials(2, 3, "101/101/172.20.0.13!!0150010001"),
            dial_ends(2, 3, "ANSWER"),
            enters(3, "b1"),
            enters(2, "b1"),
            born(4, "SIP/provider-00000009", call=1),
            dials(1, 4, "provider/+31260010001"),
            dial_ends(1, 4, "ANSWER"),
            enters(4, "b2"),
            enters(1, "b2"),
            leaves(4, "b2"),
            leaves(1, "b2"),
            hangs_up(4),
            leaves(3, "b1"),
            leaves(2, "b1"),
            hangs_up(2),
            hangs_up(1),
            hangs_up(3),
        ]
    )

    assert list(records) == [uid(1)]
    call = records[uid(1)]
    assert (call.direction, call.caller_raw, call.dialled_number, call.outcome) == (
        Direction.OUTBOUND,
        "101",
        "+31260010001",
        Outcome.ANSWERED,
    )
    assert talks(call) == [("101", TalkKind.AGENT)]


def test_a_call_group_that_nobody_answers_is_no_answer_without_the_dialplan_class() -> None:
    records = told(
        [
            INCOMING,
            born(2, "SIP/101-0000000d", call=1),
            born(3, "SIP/102-0000000e", call=1),
            dials(1, 2, "101"),
            dials(1, 3, "102"),
            dial_ends(1, 2, "BUSY"),
            dial_ends(1, 3, "NOANSWER"),
            hangs_up(2, 17),
            hangs_up(3, 19),
            hangs_up(1, 19),
        ]
    )

    assert records[uid(1)].outcome is Outcome.NO_ANSWER


def test_a_channel_first_seen_in_its_middle_makes_an_incomplete_record() -> None:
    records = told(
        [
            event(
                "BridgeEnter",
                BridgeUniqueid="b1",
                BridgeTechnology="simple_bridge",
                Uniqueid=uid(1),
                Linkedid=uid(1),
                Channel="SIP/provider-0000000c",
                CallerIDNum="+31260010001",
            ),
            hangs_up(1),
        ]
    )

    call = records[uid(1)]
    assert (call.complete, Anomaly.BIRTH_UNSEEN in call.anomalies, call.outcome) == (
        False,
        True,
        Outcome.UNKNOWN,
    )


def test_moments_without_timestamps_come_from_the_latest_uniqueid() -> None:
    records = told([INCOMING, born(9, "SIP/101-00000001", second=1530190300), hangs_up(1)])

    assert records[uid(1)].started_at == datetime.fromtimestamp(1530190223, UTC)
    assert records[uid(1)].ended_at == datetime.fromtimestamp(1530190300, UTC)


def test_an_announcer_of_a_conference_is_no_call() -> None:
    assert told([born(1, "CBAnn/8000-00000001;1"), hangs_up(1)]) == {}


def test_a_forward_that_meets_a_busy_phone_is_busy() -> None:
    records = told(
        [
            INCOMING,
            born(2, "SIP/101-0000000d", call=1),
            dials(1, 2, "101"),
            dial_ends(1, 2, "CANCEL"),
            hangs_up(2),
            born(3, "SIP/102-0000000e", call=1),
            dials(1, 3, "102"),
            dial_ends(1, 3, "BUSY"),
            hangs_up(3, 17),
            hangs_up(1, 17),
        ]
    )

    assert records[uid(1)].outcome is Outcome.BUSY


def test_click_to_call_to_a_phone_that_nobody_answers_is_no_answer() -> None:
    phone = born(1, "SIP/101-0000000d")
    unanswered = event("DialEnd", DestUniqueid=uid(1), DialStatus="NOANSWER")

    records = told([phone, dials(None, 1, "101"), unanswered, hangs_up(1, 19)])

    assert (records[uid(1)].direction, records[uid(1)].outcome) == (Direction.INTERNAL, Outcome.NO_ANSWER)


IN_QUEUE = [
    INCOMING,
    event("QueueCallerJoin", Queue="hotline", Position=1, Uniqueid=uid(1)),
    event("QueueCallerAbandon", Queue="hotline", Uniqueid=uid(1)),
    event("QueueCallerLeave", Queue="hotline", Uniqueid=uid(1)),
]


def test_a_stream_without_hangup_requests_takes_the_end_of_the_channel_for_the_callers_will() -> None:
    assert told([*IN_QUEUE, hangs_up(1)])[uid(1)].outcome is Outcome.ABANDONED_QUEUE


def test_a_stream_with_hangup_requests_knows_a_queue_time_out_by_their_absence() -> None:
    other = [born(8, "SIP/101-0000000d"), event("HangupRequest", Uniqueid=uid(8)), hangs_up(8)]

    assert told([*other, *IN_QUEUE, hangs_up(1)])[uid(1)].outcome is Outcome.QUEUE_TIMEOUT


def test_a_ledger_that_does_not_follow_the_application_queue_still_shows_who_was_rung() -> None:
    rows = [row for row in cel_rows("caller_hangs_up_in_queue") if not row[0].startswith(("APP_", "STREAM_"))]

    (record,) = records_of(cel_facts(rows), Witness.LEDGER)

    assert record.outcome is Outcome.ABANDONED_QUEUE
    assert [(visit.joined_at, [ring.agent for ring in visit.rings]) for visit in record.queue_visits] == [
        (None, ["1001"])
    ]


def test_a_ledger_that_does_not_follow_the_application_queue_names_it_once_somebody_answers() -> None:
    rows = [row for row in cel_rows("answered_by_an_agent") if not row[0].startswith(("APP_", "STREAM_"))]

    (record,) = records_of(cel_facts(rows), Witness.LEDGER)

    assert [(visit.queue, visit.exit, visit.agent) for visit in record.queue_visits] == [
        ("hotline", QueueExit.CONNECTED, "1001")
    ]


def test_a_pbx_that_says_at_login_that_it_has_just_started_has_lost_the_calls_from_before() -> None:
    translator, tracker = AmiFacts(), Tracker(witness=Witness.AMI, pbx="pbx1", rules=RULES)
    birth = datetime.fromtimestamp(1530190223, UTC)
    booted = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\nUptime: 3\r\nLastReload: 3"

    for message, arrived_at in ((INCOMING.removesuffix(b"\r\n\r\n"), birth), (booted, birth + timedelta(seconds=20))):
        for fact in translator.translate(message, arrived_at):
            tracker.feed(fact)

    (record,) = tracker.take_changed()
    assert (record.outcome, record.ended_at, record.complete) == (Outcome.FAILED, None, False)
    assert Anomaly.PBX_DIED in record.anomalies
