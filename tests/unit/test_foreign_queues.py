"""Queues of other installations: behind Local channels, one after the other, picked up, without the agent class.

The orders are those of Asterisk 16 with chan_sip and 22 with PJSIP, seen on calls played there.
"""

from __future__ import annotations

from datetime import timedelta

from callcenter.calls.records import CallRecord, Outcome, QueueExit, RingResult, TalkKind
from tests.unit.foreign_events import (
    INCOMING,
    born,
    dial_ends,
    dials,
    enters,
    event,
    hangs_up,
    leaves,
    ledgered,
    local_pair,
    row,
    talks,
    told,
    uid,
)


def visits(record: CallRecord) -> list[tuple[str | None, QueueExit | None, str | None, list[tuple[str, str | None]]]]:
    return [
        (visit.queue, visit.exit, visit.agent, [(ring.agent, ring.result) for ring in visit.rings])
        for visit in record.queue_visits
    ]


def runs(number: int, application: str, data: str, **more: object) -> bytes:
    return event("Newexten", Uniqueid=uid(number), Application=application, AppData=data, **more)


def joins(number: int, queue: str) -> bytes:
    return event("QueueCallerJoin", Uniqueid=uid(number), Queue=queue, Position=1)


def is_let_go(number: int, queue: str) -> bytes:
    return event("QueueCallerLeave", Uniqueid=uid(number), Queue=queue)


def rings(caller: int, member: int, queue: str, interface: str) -> bytes:
    return event("AgentCalled", Uniqueid=uid(caller), DestUniqueid=uid(member), Queue=queue, Interface=interface)


def test_an_agent_who_transfers_the_caller_back_into_the_queue_makes_a_second_stay() -> None:
    records = told(
        [
            INCOMING,
            runs(1, "Queue", "support,tT,,,10"),
            joins(1, "support"),
            born(2, "SIP/1001-0000000d", call=1),
            rings(1, 2, "support", "SIP/1001"),
            dials(1, 2, "1001"),
            dial_ends(1, 2, "ANSWER"),
            is_let_go(1, "support"),
            enters(2, "b1"),
            enters(1, "b1"),
            event("BlindTransfer", TransfererUniqueid=uid(2), TransfereeUniqueid=uid(1), Result="Success"),
            leaves(2, "b1"),
            leaves(1, "b1"),
            runs(1, "Queue", "support,tT,,,10"),  # the exten changed, the application is the old one
            hangs_up(2),
            runs(1, "Queue", "support,t,,,10"),
            joins(1, "support"),
            born(3, "SIP/1002-0000000e", call=1),
            rings(1, 3, "support", "SIP/1002"),
            dials(1, 3, "1002"),
            dial_ends(1, 3, "ANSWER"),
            is_let_go(1, "support"),
            enters(3, "b2"),
            enters(1, "b2"),
            leaves(1, "b2"),
            hangs_up(1),
            leaves(3, "b2"),
            hangs_up(3),
        ]
    )

    assert visits(records[uid(1)]) == [
        ("support", QueueExit.CONNECTED, "1001", [("1001", RingResult.ANSWERED)]),
        ("support", QueueExit.CONNECTED, "1002", [("1002", RingResult.ANSWERED)]),
    ]


CALLER, FIRST, SECOND = "SIP/provider-00000001", "SIP/1001-00000002", "SIP/1002-00000003"
BACK_IN_QUEUE = [
    row("CHAN_START", 1, CALLER, 0, exten="700", num="0510000002"),
    row("APP_START", 1, CALLER, 1, exten="700", app="Queue(support,t,,,10)"),
    row("CHAN_START", 2, FIRST, 1.1),
    row("ANSWER", 2, FIRST, 2, app="AppQueue", exten="700"),
    row("BRIDGE_ENTER", 2, FIRST, 2, app="AppQueue", exten="700", bridge_id="b1"),
    row("BRIDGE_ENTER", 1, CALLER, 2, app="Queue(support,t,,,10)", exten="700", bridge_id="b1"),
    row("BLINDTRANSFER", 2, FIRST, 4, app="AppQueue", exten="700", transferee_channel_uniqueid=uid(1)),
    row("BRIDGE_EXIT", 2, FIRST, 4, app="AppQueue", exten="700", bridge_id="b1"),
    row("BRIDGE_EXIT", 1, CALLER, 4, app="Queue(support,t,,,10)", exten="600", bridge_id="b1"),
    row("HANGUP", 2, FIRST, 4, app="AppQueue", exten="700", hangupcause=16),
]


def test_a_ledger_shows_the_second_stay_in_a_queue_by_the_member_it_rings() -> None:
    records = ledgered(
        [
            *BACK_IN_QUEUE,
            row("CHAN_START", 3, SECOND, 4.1),
            row("ANSWER", 3, SECOND, 5, app="AppQueue", exten="600"),
            row("BRIDGE_ENTER", 3, SECOND, 5, app="AppQueue", exten="600", bridge_id="b2"),
            row("BRIDGE_ENTER", 1, CALLER, 5, app="Queue(support,t,,,10)", exten="600", bridge_id="b2"),
            row("BRIDGE_EXIT", 1, CALLER, 7, app="Queue(support,t,,,10)", exten="600", bridge_id="b2"),
            row("APP_END", 1, CALLER, 7, app="Queue(support,t,,,10)", exten="600"),
            row("HANGUP", 3, SECOND, 7, app="AppQueue", exten="600", hangupcause=16),
            row("HANGUP", 1, CALLER, 7, exten="600", hangupcause=16),
        ]
    )

    call = records[uid(1)]
    assert visits(call) == [
        ("support", QueueExit.CONNECTED, "1001", [("1001", RingResult.ANSWERED)]),
        ("support", QueueExit.CONNECTED, "1002", [("1002", RingResult.ANSWERED)]),
    ]
    assert [visit.wait for visit in call.queue_visits] == [timedelta(seconds=1), timedelta(seconds=1)]


def test_a_ledger_shows_the_second_stay_in_a_queue_by_how_long_it_lasts_when_nobody_is_rung() -> None:
    records = ledgered(
        [
            *BACK_IN_QUEUE,
            row("APP_END", 1, CALLER, 9, app="Queue(support,t,,,10)", exten="600"),
            row("HANGUP", 1, CALLER, 9, exten="600", hangupcause=16, hangupsource=CALLER),
        ]
    )

    call = records[uid(1)]
    assert visits(call) == [
        ("support", QueueExit.CONNECTED, "1001", [("1001", RingResult.ANSWERED)]),
        ("support", QueueExit.ABANDONED, None, []),
    ]
    assert (call.transferred, call.lost_after_transfer, call.queue_visits[1].wait) == (True, True, timedelta(seconds=5))


def test_a_ledger_shows_a_queue_right_behind_another_by_its_data() -> None:
    records = ledgered(
        [
            row("CHAN_START", 1, CALLER, 0, exten="700", num="0510000002"),
            row("APP_START", 1, CALLER, 1, exten="700", app="Queue(support,t,,,4)"),
            row("STREAM_BEGIN", 1, CALLER, 5, exten="700", app="Queue(reserve,t,,,8)"),
            row("APP_END", 1, CALLER, 13, exten="700", app="Queue(reserve,t,,,8)"),
            row("HANGUP", 1, CALLER, 13, exten="700", hangupcause=16, hangupsource="dialplan/builtin"),
        ]
    )

    assert visits(records[uid(1)]) == [
        ("support", QueueExit.TIMEOUT, None, []),
        ("reserve", QueueExit.TIMEOUT, None, []),
    ]


def test_a_caller_who_stands_in_the_queue_behind_a_local_channel_gets_its_member() -> None:
    records = told(
        [
            INCOMING,
            *local_pair(2, "700@inner-00000001", 1),
            dials(1, 2, "700@inner/n"),
            runs(3, "Queue", "support,t,,,10"),
            joins(3, "support"),
            born(4, "SIP/1001-0000000d", call=1),
            rings(3, 4, "support", "SIP/1001"),
            dials(3, 4, "1001"),
            dial_ends(3, 4, "ANSWER"),
            is_let_go(3, "support"),
            enters(4, "b1"),
            enters(3, "b1"),
            enters(2, "b2"),
            enters(1, "b2"),
            leaves(4, "b1"),
            hangs_up(4),
            leaves(3, "b1"),
            hangs_up(3),
            leaves(2, "b2"),
            hangs_up(2),
            leaves(1, "b2"),
            hangs_up(1),
        ]
    )

    call = records[uid(1)]
    assert visits(call) == [("support", QueueExit.CONNECTED, "1001", [("1001", RingResult.ANSWERED)])]
    assert (call.outcome, talks(call)) == (Outcome.ANSWERED, [("1001", TalkKind.AGENT)])


def test_a_stream_without_the_agent_class_knows_the_stay_and_the_rings_from_the_dialling() -> None:
    records = told(
        [
            INCOMING,
            runs(1, "Queue", "support,t,,,10"),
            born(2, "SIP/1001-0000000d", call=1),
            dials(1, 2, "1001"),
            dial_ends(1, 2, "NOANSWER"),
            hangs_up(2, 0),
            event("HangupRequest", Uniqueid=uid(1)),
            hangs_up(1),
        ]
    )

    (visit,) = records[uid(1)].queue_visits
    assert (visit.exit, [(ring.agent, ring.result) for ring in visit.rings]) == (
        QueueExit.ABANDONED,
        [("1001", RingResult.NO_ANSWER)],
    )
    assert visit.joined_at is not None


def test_a_number_dialled_after_the_exit_key_is_no_member_of_the_queue() -> None:
    records = told(
        [
            INCOMING,
            joins(1, "support"),
            is_let_go(1, "support"),
            born(2, "SIP/1005-0000000d", call=1),
            dials(1, 2, "1005"),
            dial_ends(1, 2, "ANSWER"),
            enters(2, "b1"),
            enters(1, "b1"),
            leaves(1, "b1"),
            hangs_up(1),
            hangs_up(2),
        ]
    )

    call = records[uid(1)]
    assert visits(call) == [("support", QueueExit.EXIT_KEY, None, [])]
    assert (call.outcome, talks(call)) == (Outcome.ANSWERED, [("1005", TalkKind.AGENT)])


def test_a_colleague_who_picks_up_a_queue_call_stood_in_no_queue_himself() -> None:
    picker = "SIP/1009-00000003"
    records = ledgered(
        [
            row("CHAN_START", 1, CALLER, 0, exten="700", num="0510000002"),
            row("APP_START", 1, CALLER, 1, exten="700", app="Queue(support,t,,,10)"),
            row("CHAN_START", 2, FIRST, 1),
            row("CHAN_START", 3, picker, 2, exten="*8", call=3, num="1009"),
            row("ANSWER", 3, picker, 2, exten="*8", call=3, app="Pickup"),
            row("PICKUP", 2, FIRST, 3, exten="700", app="AppQueue", pickup_channel=picker),
            row("HANGUP", 2, FIRST, 3, exten="*8", hangupcause=26),
            row("BRIDGE_ENTER", 3, picker, 3, exten="700", call=3, app="AppQueue", bridge_id="b1"),
            row("BRIDGE_ENTER", 1, CALLER, 3, exten="700", app="Queue(support,t,,,10)", bridge_id="b1"),
            row("BRIDGE_EXIT", 3, picker, 6, exten="700", app="AppQueue", bridge_id="b1"),
            row("HANGUP", 3, picker, 6, exten="700", app="AppQueue", hangupcause=16, hangupsource=picker),
            row("BRIDGE_EXIT", 1, CALLER, 6, exten="700", app="Queue(support,t,,,10)", bridge_id="b1"),
            row("APP_END", 1, CALLER, 6, exten="700", app="Queue(support,t,,,10)"),
            row("HANGUP", 1, CALLER, 6, exten="700", hangupcause=16, hangupsource=picker),
        ]
    )

    call, pickup = records[uid(1)], records[uid(3)]
    assert visits(call) == [("support", QueueExit.CONNECTED, "1009", [("1001", RingResult.CANCELLED)])]
    assert (pickup.joined, pickup.queue_visits) == (uid(1), ())


def test_a_member_who_hears_the_announcement_when_the_caller_leaves_has_answered() -> None:
    records = ledgered(
        [
            row("CHAN_START", 1, CALLER, 0, exten="700", num="0510000002"),
            row("APP_START", 1, CALLER, 1, exten="700", app="Queue(support,t,,,10)"),
            row("CHAN_START", 2, FIRST, 1),
            row("ANSWER", 2, FIRST, 2, exten="700", app="AppQueue"),
            row("HANGUP", 2, FIRST, 3, exten="700", app="AppQueue", hangupcause=16),
            row("APP_END", 1, CALLER, 3, exten="700", app="Queue(support,t,,,10)"),
            row("HANGUP", 1, CALLER, 3, exten="700", hangupcause=16, hangupsource=CALLER),
        ]
    )

    assert visits(records[uid(1)]) == [("support", QueueExit.ABANDONED, None, [("1001", RingResult.ANSWERED)])]


def test_a_ledger_gives_the_ring_of_the_second_queue_to_the_second_queue() -> None:
    first, second = "Queue(support,t,,,3)", "Queue(reserve,t,,,4)"
    records = ledgered(
        [
            row("CHAN_START", 1, CALLER, 0, exten="721", num="0510000002"),
            row("APP_START", 1, CALLER, 1, exten="721", app=first),
            row("CHAN_START", 2, FIRST, 1),
            row("HANGUP", 2, FIRST, 4, exten="721", app="AppQueue", hangupcause=0),
            row("CHAN_START", 3, SECOND, 4),
            row("ANSWER", 3, SECOND, 5, exten="721", app="AppQueue"),
            row("BRIDGE_ENTER", 3, SECOND, 5, exten="721", app="AppQueue", bridge_id="b1"),
            row("BRIDGE_ENTER", 1, CALLER, 5, exten="721", app=second, bridge_id="b1"),
            row("BRIDGE_EXIT", 1, CALLER, 7, exten="721", app=second, bridge_id="b1"),
            row("APP_END", 1, CALLER, 7, exten="721", app=second),
            row("HANGUP", 1, CALLER, 7, exten="721", hangupcause=16),
            row("HANGUP", 3, SECOND, 7, exten="721", app="AppQueue", hangupcause=16),
        ]
    )

    call = records[uid(1)]
    assert visits(call) == [
        ("support", QueueExit.TIMEOUT, None, [("1001", RingResult.NO_ANSWER)]),
        ("reserve", QueueExit.CONNECTED, "1002", [("1002", RingResult.ANSWERED)]),
    ]
    assert [visit.wait for visit in call.queue_visits] == [timedelta(seconds=3), timedelta(seconds=1)]


def test_the_exit_key_our_own_dialplan_tells_is_believed_wherever_the_dialplan_goes_on() -> None:
    told_exit = row("USER_DEFINED", 1, CALLER, 3, exten="s", extra="EXITWITHKEY")
    told_exit[18] = "QUEUE_EXIT"
    records = ledgered(
        [
            row("CHAN_START", 1, CALLER, 0, exten="717", num="0510000002"),
            row("APP_START", 1, CALLER, 1, exten="717", app="Queue(keyq,t,,,12)"),
            row("APP_END", 1, CALLER, 3, exten="717", app="Queue(keyq,t,,,12)"),
            told_exit,
            row("HANGUP", 1, CALLER, 4, exten="s", hangupcause=16, hangupsource="dialplan/builtin"),
        ]
    )

    assert visits(records[uid(1)]) == [("keyq", QueueExit.EXIT_KEY, None, [])]


def test_a_ledger_tells_the_exit_key_in_the_row_behind_the_queue() -> None:
    records = ledgered(
        [
            row("CHAN_START", 1, CALLER, 0, exten="717", num="0510000002"),
            row("APP_START", 1, CALLER, 1, exten="717", app="Queue(keyq,t,,,12)"),
            row("CHAN_START", 2, FIRST, 1),
            row("HANGUP", 2, FIRST, 3, exten="717", app="AppQueue", hangupcause=0),
            row("APP_END", 1, CALLER, 3, exten="717", app="Queue(keyq,t,,,12)"),
            row("HANGUP", 1, CALLER, 9, exten="1", hangupcause=16, hangupsource="dialplan/builtin"),
        ]
    )

    call = records[uid(1)]
    assert visits(call) == [("keyq", QueueExit.EXIT_KEY, None, [("1001", RingResult.CANCELLED)])]
    assert (call.outcome, call.anomalies) == (Outcome.QUEUE_EXIT_KEY, ())


def test_a_second_stay_that_only_its_end_or_its_rings_tell_of_is_none_of_the_first() -> None:
    def record(*second: bytes) -> CallRecord:
        first = [
            INCOMING,
            runs(1, "Queue", "support,t,,,10"),
            born(2, "SIP/1001-0000000d", call=1),
            rings(1, 2, "support", "SIP/1001"),
            dials(1, 2, "1001"),
            dial_ends(1, 2, "ANSWER"),
            enters(2, "b1"),
            enters(1, "b1"),
            leaves(1, "b1"),
            hangs_up(2),
            runs(1, "Queue", "support,t,,,10"),  # put back by Redirect; the filter leaves QueueCallerJoin out
        ]
        return told([*first, *second])[uid(1)]

    abandoned = record(
        event("HangupRequest", Uniqueid=uid(1)),
        event("QueueCallerAbandon", Uniqueid=uid(1), Queue="support"),
        hangs_up(1),
    )
    answered = record(
        born(3, "SIP/1002-0000000e", call=1),
        rings(1, 3, "support", "SIP/1002"),
        dials(1, 3, "1002"),
        dial_ends(1, 3, "ANSWER"),
        enters(3, "b2"),
        enters(1, "b2"),
        hangs_up(3),
        hangs_up(1),
    )

    first = ("support", QueueExit.CONNECTED, "1001", [("1001", RingResult.ANSWERED)])
    assert visits(abandoned) == [first, ("support", QueueExit.ABANDONED, None, [])]
    assert visits(answered) == [first, ("support", QueueExit.CONNECTED, "1002", [("1002", RingResult.ANSWERED)])]
