"""What a PBX tells of queue members, and what its seats do after that, in any order and with any cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.agents.rules import (
    PauseReason,
    SeatState,
    find_wrap_up_end,
    is_behind_call,
    reason_behind_call,
    wrap_up_reason,
)
from callcenter.agents.seats import SeatChanged, SeatNow, Seats
from callcenter.pbx.queue_members import (
    MemberCallEnded,
    MemberFact,
    MemberRemoved,
    MembersListed,
    MemberTold,
    QueueMember,
    QueueMembers,
)
from callcenter.pbx.wire import event_name
from tests.scenarios.captures import ami_bytes, messages, scenario_names

ARRIVED = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
TOLD = datetime(2026, 11, 25, 0, 28, 15, 518000, tzinfo=UTC)
ACTION = "action/037f6a5b-a232-47c6-b84e-81ce76cf5452/1/1"


def changed(
    what: str = "Status", *, number: str = "1008", status: int = 1, paused: str = "0", reason: str = ""
) -> bytes:
    """As Asterisk 22 writes it."""
    return (
        f"Event: QueueMember{what}\r\nPrivilege: agent,all\r\nTimestamp: 1795566495.518136\r\nSystemName: pbx2\r\n"
        f"Queue: hotline\r\nMemberName: li.lei\r\nInterface: PJSIP/1008\r\nStateInterface: PJSIP/1008\r\n"
        "Membership: dynamic\r\nPenalty: 1\r\nCallsTaken: 0\r\nLastCall: 0\r\nLastPause: 0\r\nLoginTime: 1795566495\r\n"
        f"InCall: 0\r\nStatus: {status}\r\nPaused: {paused}\r\nPausedReason: {reason}\r\nRinginuse: 0\r\nWrapuptime: 0"
    ).encode()


def listed(action: str = ACTION, *, number: str = "1008") -> bytes:
    return (
        f"Event: QueueMember\r\nQueue: hotline\r\nName: li.lei\r\nLocation: PJSIP/{number}\r\n"
        f"StateInterface: PJSIP/{number}\r\nMembership: dynamic\r\nPenalty: 1\r\nCallsTaken: 0\r\nLastCall: 0\r\n"
        "LastPause: 0\r\nLoginTime: 1795566495\r\nInCall: 0\r\nStatus: 1\r\nPaused: 0\r\nPausedReason: \r\n"
        f"Wrapuptime: 0\r\nActionID: {action}"
    ).encode()


def list_end(action: str = ACTION) -> bytes:
    return f"Event: QueueStatusComplete\r\nActionID: {action}\r\nEventList: Complete\r\nListItems: 7".encode()


def translated(*messages: bytes) -> list[MemberFact]:
    reader = QueueMembers()
    facts = [reader.translate(message, ARRIVED) for message in messages]
    return [fact for fact in facts if fact is not None]


def member(
    interface: str = "PJSIP/1008",
    *,
    queue: str = "hotline",
    status: int = 1,
    pause: str | None = None,
) -> QueueMember:
    return QueueMember(queue=queue, name="li.lei", interface=interface, status=status, pause=pause)


def test_a_change_is_told_with_the_moment_of_the_pbx() -> None:
    assert translated(changed("Pause", status=6, paused="1", reason="break"), changed("Removed")) == [
        MemberTold(at=TOLD, member=member(status=6, pause="break")),
        MemberRemoved(at=TOLD, queue="hotline", interface="PJSIP/1008"),
    ]


def test_a_list_is_told_when_it_is_whole_and_only_with_what_belongs_to_it() -> None:
    other = ACTION.replace("/1/1", "/1/2")
    assert translated(listed(other, number="1009"), listed(), changed("Added"), list_end(), list_end()) == [
        MemberTold(at=TOLD, member=member()),
        MembersListed(at=ARRIVED, members=(member(),)),
        MembersListed(at=ARRIVED, members=()),
    ]


@pytest.mark.parametrize(
    ("paused_at", "member_since", "found"),
    [
        (1795900245, 1795900242, datetime(2026, 11, 28, 21, 10, 45, tzinfo=UTC)),
        (1795900251, 1795900251, None),
        (1795900252, 1795900251, None),
    ],
)
def test_a_member_that_the_pbx_made_anew_as_paused_does_not_say_when_the_pause_began(
    paused_at: int, member_since: int, found: datetime | None
) -> None:
    """At its start Asterisk brings its members back as they were, and takes that moment for the pause's."""
    told = listed().decode().replace("LastPause: 0", f"LastPause: {paused_at}")
    told = told.replace("LoginTime: 1795566495", f"LoginTime: {member_since}")
    told = told.replace("Paused: 0\r\nPausedReason: ", "Paused: 1\r\nPausedReason: break")
    (all_of_them,) = translated(told.encode(), list_end())
    assert isinstance(all_of_them, MembersListed)
    (paused,) = all_of_them.members
    (change,) = Seats().hear(all_of_them)
    assert (paused.pause, paused.last_pause_at) == ("break", found)
    assert isinstance(change, SeatChanged)
    assert (change.paused_at, change.stirred_at) == (found, found)


LONGEST = 79
FORGERIES = [
    "\r\n\r\nEvent: QueueMemberRemoved\r\nQueue: hotline\r\nInterface: PJSIP/1008",
    "\r\n\r\nEvent: QueueMemberStatus\r\nQueue: hotline\r\nInterface: PJSIP/1008\r\nStatus: 1",
    "\r\n\r\nEvent: QueueMemberPause\r\nInterface: PJSIP/1008\r\nPaused: 0\r\n",
    "\r\n\r\nEvent: QueueStatusComplete\r\nActionID: a\r\nEventList: Complete\r\nListItems: 1",
]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_caller_signs_nobody_off_and_frees_no_seat(forgery: str) -> None:
    """`hostile_callers` is the same against a real Asterisk; two values of a caller never stand side by side."""
    assert len(forgery) <= LONGEST
    entry = (
        f"Event: QueueEntry\r\nQueue: hotline\r\nPosition: 1\r\nChannel: PJSIP/trunk-main-00000001\r\n"
        f"Uniqueid: pbx1-1.1\r\nCallerIDNum: {forgery}\r\nCallerIDName: {forgery}\r\nConnectedLineNum: unknown\r\n"
        f"ConnectedLineName: unknown\r\nWait: 1\r\nPriority: 0\r\nActionID: {ACTION}"
    ).encode()
    assert translated(*entry.split(b"\r\n\r\n")) == []


def test_the_shortest_message_that_is_believed_is_twice_as_long_as_what_a_caller_can_write() -> None:
    body = changed().replace(b"Timestamp: 1795566495.518136\r\nSystemName: pbx2\r\n", b"").replace(b"1795566495", b"0")
    shortest = body.replace(b"hotline", b"q").replace(b"li.lei", b"").replace(b"PJSIP/1008", b"x")
    assert len(translated(shortest)) == 1
    assert len(shortest) > 2 * LONGEST
    assert len(list_end("x" * 36)) > LONGEST
    assert translated(list_end("x" * 35)) == []


def test_a_line_break_that_a_caller_left_in_front_hides_no_message() -> None:
    assert translated(b"\r\n" + changed("Removed")) == [MemberRemoved(at=TOLD, queue="hotline", interface="PJSIP/1008")]


@pytest.mark.parametrize("name", scenario_names())
def test_all_that_a_real_asterisk_says_of_members_is_understood_whatever_its_callers_write(name: str) -> None:
    heard = messages(ami_bytes(name))
    about_members = [message for message in heard if (event_name(message) or "").startswith("QueueMember")]
    told = [fact for fact in translated(*heard) if isinstance(fact, MemberTold | MemberRemoved)]
    assert len(told) == len(about_members)


@pytest.mark.parametrize(
    ("status", "pause", "state"),
    [
        (0, None, SeatState.AVAILABLE),
        (1, None, SeatState.AVAILABLE),
        (2, None, SeatState.TALKING),
        (2, "break", SeatState.TALKING),
        (3, None, SeatState.TALKING),
        (4, None, SeatState.UNREACHABLE),
        (5, None, SeatState.UNREACHABLE),
        (5, "meal", SeatState.PAUSED),
        (6, None, SeatState.RINGING),
        (7, None, SeatState.TALKING),
        (8, None, SeatState.ON_HOLD),
        (1, "", SeatState.PAUSED),
        (1, "break", SeatState.PAUSED),
        (1, "wrap-up until 1795461673", SeatState.WRAP_UP),
        (1, "wrap-up until soon", SeatState.PAUSED),
    ],
)
def test_device_and_pause_together_make_the_state(status: int, pause: str | None, state: SeatState) -> None:
    seats = Seats()
    seats.hear(MembersListed(at=ARRIVED, members=(member(status=status, pause=pause),)))
    assert seats.present["PJSIP/1008"].state is state


@pytest.mark.parametrize(("status", "is_registered"), [(0, None), (1, True), (4, False), (5, False), (6, True)])
def test_whether_its_device_is_registered_is_known_in_a_pause_too(status: int, is_registered: bool | None) -> None:
    seats = Seats()
    seats.hear(MembersListed(at=ARRIVED, members=(member(pause="break", status=status),)))
    assert seats.present["PJSIP/1008"].is_registered is is_registered


def test_who_is_paused_in_one_of_two_queues_takes_calls() -> None:
    seats = Seats()
    one, other = member(pause="break"), member(queue="overflow")
    seats.hear(MembersListed(at=ARRIVED, members=(one, other)))
    assert seats.present["PJSIP/1008"] == SeatNow(
        member_name="li.lei",
        queues=("hotline", "overflow"),
        state=SeatState.AVAILABLE,
        reason=None,
        is_registered=True,
    )
    assert seats.find_pause("PJSIP/1008") is None


def completed(number: str = "05198800001", *, interface: str = "PJSIP/1008") -> bytes:
    caller = (
        "ChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: {}\r\nCallerIDName: <unknown>\r\nUniqueid: 1.{}\r\n"
    )
    return (
        "Event: AgentComplete\r\nPrivilege: agent,all\r\nTimestamp: 1795566495.518136\r\nSystemName: pbx2\r\n"
        f"Channel: PJSIP/trunk-main-00000000\r\n{caller.format(number, 1)}"
        f"DestChannel: PJSIP/1008-00000001\r\n{caller.format('1008', 2).replace('Channel', 'DestChannel')}"
        f"Queue: hotline\r\nInterface: {interface}\r\nMemberName: li.lei\r\n"
        "HoldTime: 1\r\nTalkTime: 2\r\nReason: caller"
    ).encode()


def test_the_end_of_a_queue_call_is_told_for_the_member_whom_asterisk_names() -> None:
    ended = MemberCallEnded(at=TOLD, interface="PJSIP/1008")
    assert translated(completed(), completed("1\r\nInterface: PJSIP/1009\r\nHoldTime: 1")) == [ended, ended]
    seats = Seats()
    assert seats.hear(ended) == []
    seats.hear(MembersListed(at=ARRIVED, members=(member(),)))
    assert seats.hear(ended) == [ended]


@pytest.mark.parametrize(
    "forgery",
    [
        "\r\n\r\nEvent: AgentComplete\r\nPrivilege: agent,all\r\nInterface: PJSIP/1009",
        "\r\nQueue: q\r\nInterface: PJSIP/1009\r\nMemberName: x\r\nHoldTime: 1\r\nTalkTime",
        "\r\n\r\nQueue: q\r\nInterface: PJSIP/1009\r\nMemberName: x\r\nReason: x\r\n\r\n",
    ],
)
def test_a_caller_has_nobody_else_wrap_up(forgery: str) -> None:
    assert len(forgery) <= LONGEST
    broken = completed(forgery).split(b"\r\n\r\n")
    assert [fact for fact in translated(*broken) if fact.interface != "PJSIP/1008"] == []  # type: ignore[union-attr]


def test_a_lost_link_ends_every_state_at_the_last_heard_moment() -> None:
    seats = Seats()
    seats.hear(MembersListed(at=ARRIVED, members=(member(), member("PJSIP/1009"))))
    later = ARRIVED + timedelta(seconds=5)
    assert seats.lose(later) == [
        SeatChanged(at=later, interface="PJSIP/1008", now=None),
        SeatChanged(at=later, interface="PJSIP/1009", now=None),
    ]
    assert seats.hear(MemberTold(at=later, member=member())) == []


def test_a_wrap_up_carries_its_end_and_no_other_reason_does() -> None:
    assert find_wrap_up_end(wrap_up_reason(ARRIVED)) == ARRIVED
    for reason in (None, "", "break", "wrap-up until ", "wrap-up until 1e9", "wrap-up until 999999999999"):
        assert find_wrap_up_end(reason) is None


def test_what_comes_behind_a_wrap_up_stands_in_its_reason_too() -> None:
    reason = wrap_up_reason(ARRIVED, next_reason=PauseReason.MEAL)
    assert reason == "wrap-up until 1795593600 then meal"
    assert find_wrap_up_end(reason) == ARRIVED
    asked = [reason_behind_call(PauseReason.MEAL), "meal", "", None, reason]
    assert [is_behind_call(one) for one in asked] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("status", "pause", "shown"),
    [
        (2, None, (SeatState.TALKING, None, None)),
        (2, "then meal", (SeatState.TALKING, None, "meal")),
        (2, "meeting", (SeatState.TALKING, None, "meeting")),
        (2, "", (SeatState.TALKING, None, "")),
        (2, "wrap-up until 1795461673", (SeatState.TALKING, None, None)),
        (2, "wrap-up until 1795461673 then meal", (SeatState.TALKING, None, "meal")),
        (1, "wrap-up until 1795461673", (SeatState.WRAP_UP, "wrap-up until 1795461673", None)),
        (1, "wrap-up until 1 then meal", (SeatState.WRAP_UP, "wrap-up until 1 then meal", "meal")),
        (1, "then meal", (SeatState.PAUSED, "meal", None)),
        (1, "meal", (SeatState.PAUSED, "meal", None)),
        (1, None, (SeatState.AVAILABLE, None, None)),
    ],
)
def test_a_pause_that_waits_for_the_end_of_a_call_or_a_wrap_up_shows_as_what_comes_next(
    status: int, pause: str | None, shown: tuple[SeatState, str | None, str | None]
) -> None:
    seats = Seats()
    seats.hear(MembersListed(at=ARRIVED, members=(member(status=status, pause=pause),)))
    now = seats.present["PJSIP/1008"]
    assert (now.state, now.reason, now.next_reason) == shown


INTERFACES = ("PJSIP/1008", "PJSIP/1009", "Local/1007@agent-phone/n")
MOMENTS = st.integers(0, 100).map(lambda seconds: ARRIVED + timedelta(seconds=seconds))
MEMBERS = st.builds(
    member,
    st.sampled_from(INTERFACES),
    queue=st.sampled_from(("hotline", "overflow")),
    status=st.integers(0, 8),
    pause=st.sampled_from((None, "", "break", "then meal", "wrap-up until 1795461673")),
)
TELLINGS: st.SearchStrategy[list[MemberFact]] = st.lists(
    st.builds(MemberTold, at=MOMENTS, member=MEMBERS)
    | st.builds(MemberRemoved, at=MOMENTS, queue=st.just("hotline"), interface=st.sampled_from(INTERFACES)),
    max_size=30,
)


def members_after(facts: Sequence[MemberFact]) -> tuple[QueueMember, ...]:
    """What QueueStatus lists after these changes."""
    members: dict[tuple[str, str], QueueMember] = {}
    for fact in facts:
        if isinstance(fact, MemberTold):
            members[fact.member.queue, fact.member.interface] = fact.member
        elif isinstance(fact, MemberRemoved):
            members.pop((fact.queue, fact.interface), None)
    return tuple(members.values())


@given(facts=TELLINGS, cut=st.integers(0, 30), repeats=st.integers(1, 3))
def test_a_list_gives_the_same_present_as_the_events_wherever_the_link_was_cut(
    facts: list[MemberFact], cut: int, repeats: int
) -> None:
    through, cut_off = Seats(), Seats()
    for seats in (through, cut_off):
        seats.hear(MembersListed(at=ARRIVED, members=()))
    for fact in facts:
        through.hear(fact)
    for fact in facts[:cut]:
        cut_off.hear(fact)
    cut_off.lose(ARRIVED)
    for _ in range(repeats):
        last = cut_off.hear(MembersListed(at=ARRIVED, members=members_after(facts[:cut])))
    for fact in facts[cut:]:
        cut_off.hear(fact)

    assert cut_off.present == through.present
    assert repeats == 1 or last == []


@given(facts=TELLINGS)
def test_intervals_follow_each_other_and_only_changes_are_told(facts: list[MemberFact]) -> None:
    seats = Seats()
    told = seats.hear(MembersListed(at=ARRIVED, members=()))
    for fact in facts:
        told += seats.hear(fact)
    told += seats.lose(ARRIVED + timedelta(seconds=200))
    for interface in INTERFACES:
        changes = [change for change in told if isinstance(change, SeatChanged) and change.interface == interface]
        assert [change.at for change in changes] == sorted(change.at for change in changes)
        assert all(one.now != other.now for one, other in pairwise(changes))
        assert not changes or changes[-1].now is None
