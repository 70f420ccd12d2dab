"""Which device a channel, an interface and a queue member are, for every channel driver, and what was dialled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.agents.state_times import SeatStateTime
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import TalkKind
from callcenter.pbx.channel_names import device_of, device_of_interface, number_in_dial_string
from callcenter.pbx.credentials import without_passwords
from callcenter.pbx.queue_members import MemberTold, QueueMembers
from callcenter.pbx.trunks import Trunks
from callcenter.safe_text import json_text
from callcenter.statistics.service import by_seat
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules
from tests.unit.foreign_events import (
    INCOMING,
    born,
    dial_ends,
    dials,
    enters,
    event,
    hangs_up,
    local_pair,
    told,
    uid,
)
from tests.unit.test_seats import changed

CASES = Path(__file__).parents[1] / "cases"
RULES = replace(
    CallRules(), trunks=Trunks.parse("PJSIP/trunk-*,SIP/trunk-*,IAX2/*,DAHDI/*,Khomp/*,mISDN/*,context:from-trunk*")
)


@pytest.mark.parametrize(
    ("channel", "device"),
    [
        ("PJSIP/1001-0000001f", "1001"),
        ("PJSIP/desk-12", "desk-12"),
        ("SIP/provider-east-0000000c", "provider-east"),
        ("SIP/10.0.0.5-b7c3e0a8", "10.0.0.5"),
        ("SIP/101-0000000d<ZOMBIE>", "101"),
        ("AsyncGoto/PJSIP/1001-0000001f", "1001"),
        ("Transfered/SIP/101-0000000d<MASQ>", "101"),
        ("DAHDI/33-1", "33"),
        ("DAHDI/i1/13900000002-7", "i1"),
        ("IAX2/branch-714", "branch"),
        ("IAX2/user:secret@host-714", "host"),
        ("Khomp/B0C0-344.0", "B0C0"),
        ("mISDN/1-u12", "1"),
        ("CAPI/ISDN1/13900000002-1a", "ISDN1"),
        ("Dongle/dongle0-0100000002", "dongle0"),
        ("SCCP/1001-00000004", "1001"),
        ("MGCP/aaln/1@gateway-4", "aaln/1@gateway"),
        ("Datacard/datacard0-1a2b", "datacard0"),
        ("Skinny/100@desk-1", "100@desk"),
        ("SS7/siuc1/12", "siuc1"),
        ("Local/1007@agents-00000003;1", "1007"),
        ("Local/1001@from-queue/n-00000012;2", "1001"),
    ],
)
def test_a_channel_is_the_same_device_in_each_of_its_calls(channel: str, device: str) -> None:
    assert device_of(channel) == device


@pytest.mark.parametrize(
    ("interface", "device"),
    [
        ("PJSIP/1001", "1001"),
        ("PJSIP/desk-cafe", "desk-cafe"),
        ("Local/1001@from-queue/n", "1001"),
        ("Local/1001@from-queue", "1001"),
        ("local/1001@from-queue/n", "1001"),
        ("LOCAL/1001@from-internal", "1001"),
        ("sip/1001", "1001"),
        ("Agent/1001", "1001"),
        ("DAHDI/g1/13900000002", "g1"),
        ("IAX2/user:secret@host/1001", "host"),
    ],
)
def test_a_member_is_the_device_that_its_calls_are_of(interface: str, device: str) -> None:
    assert device_of_interface(interface) == device


def test_the_times_of_a_local_member_stand_under_the_device_of_its_calls() -> None:
    time = SeatStateTime(
        pbx="pbx5",
        interface="Local/1001@from-queue/n",
        user=None,
        state="available",
        reason=None,
        duration=timedelta(seconds=60),
    )

    (seat,) = by_seat([time])

    assert (seat.device, seat.interface, seat.states) == ("1001", time.interface, {"available": timedelta(seconds=60)})


@pytest.mark.parametrize(
    ("dial_string", "device", "number"),
    [
        ("PJSIP/13900000002@trunk-main", "trunk-main", "13900000002"),
        ("PJSIP/trunk-main/sip:13900000002@10.0.0.9:5060", "trunk-main", "13900000002"),
        ("PJSIP/trunk-main/sips:13900000002:99999999999999@10.0.0.9", "trunk-main", "13900000002"),
        ("PJSIP/trunk-main/tel:+8613900000002", "trunk-main", "+8613900000002"),
        ("PJSIP/trunk-main", "trunk-main", None),
        ("pjsip/13900000002@trunk-main", "trunk-main", "13900000002"),
        ("SIP/trunk-main/13900000002,30,t", "trunk-main", "13900000002"),
        ("SIP/13900000002:secret@10.0.0.9", "10.0.0.9", "13900000002"),
        ("SIP/user:secret:md5:auth@10.0.0.9:5060/13900000002", "10.0.0.9", "13900000002"),
        ("IAX2/user:secret@trunk-op/13900000002", "trunk-op", "13900000002"),
        ("user:secret@trunk-op/13900000002@from-peer/d", "trunk-op", "13900000002"),
        ("user:p@ss/word@trunk-op/13900000002", "trunk-op", "13900000002"),
        ("user:se!cret@trunk-op/13900000002", "trunk-op", "13900000002"),
        ("IAX2/user:secret@trunk-op", "trunk-op", None),
        ("IAX2/user@trunk-op/13900000002", "trunk-op", "13900000002"),
        ("Khomp/b0/13900000002", "B0C0", "13900000002"),
        ("Khomp/b0c0/13900000002:orig=12315", "B0C0", "13900000002"),
        ("DAHDI/g1/w13900000002ww8001", "33", "13900000002"),
        ("DAHDI/i1/13900000002", "i1", "13900000002"),
        ("DAHDI/g0/9w13900000002", "33", "13900000002"),
        ("dahdi/g0/9W13900000002", "33", "13900000002"),
        ("g0/9w13900000002", "33", "13900000002"),
        ("mISDN/g:telekom/13900000002/:n", "1", "13900000002"),
        ("CAPI/contr1/13900000002/b", "ISDN1", "13900000002"),
        ("CAPI/contr1/12315:13900000002/b", "ISDN1", "13900000002"),
        ("Dongle/dongle0/13900000002", "dongle0", "13900000002"),
        ("Dongle/dongle0/holdother:13900000002", "dongle0", "13900000002"),
        ("KHOMP/S1234/13900000002", "B0C0", "13900000002"),
        ("Datacard/datacard0/13900000002", "datacard0", "13900000002"),
        ("Mobile/phone1/13900000002", "phone1", "13900000002"),
        ("SS7/siuc1/13900000002", "siuc1", "13900000002"),
        ("Local/1001@from-queue/n", "trunk-main", "1001"),
    ],
)
def test_the_number_dialled_is_found_in_every_drivers_dial_string(
    dial_string: str, device: str, number: str | None
) -> None:
    assert number_in_dial_string(dial_string, device) == number


@given(
    user=st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
    secret=st.from_regex(r"Q[^\s,&\"']{0,10}Q", fullmatch=True),
    rest=st.sampled_from(("", "/13900000002", "/13900000002@from-peer", "/reception")),
    technology=st.sampled_from(("", "IAX2/", "SIP/", "OOH323/", "PJSIP/trunk/sip:")),
)
def test_no_password_is_ever_part_of_a_number_a_device_or_a_text(
    user: str, secret: str, rest: str, technology: str
) -> None:
    dialled = f"{technology}{user}:{secret}@host{rest}"

    assert "Q" not in (number_in_dial_string(dialled, "host") or "")
    assert "Q" not in without_passwords(f"AppData: {dialled},20&SIP/1001")


@pytest.mark.parametrize(
    "channel",
    [
        "DAHDI/pseudo-1746163733",
        "Bridge/0x9b1e0c8-input",
        "OutgoingSpoolFailed",
        "UnicastRTP/10.0.0.9:4000-0x7f33f4",
        "AudioSocket/10.0.0.9:9092-cb6d9f1a",
        "WebSocket/transcription/2f8c-0x7f33",
    ],
)
def test_a_mixer_or_a_machine_that_listens_in_is_nobody_the_caller_talks_with(channel: str) -> None:
    (call,) = told([INCOMING, born(2, channel), enters(1, "b1"), enters(2, "b1"), hangs_up(2), hangs_up(1)]).values()

    assert (call.talks, call.answered_at) == ((), None)


@given(st.text(max_size=60), st.text(max_size=10))
def test_no_name_whatever_raises(name: str, device: str) -> None:
    device_of(name)
    device_of_interface(name)
    number_in_dial_string(name, device)
    assert without_passwords(without_passwords(name)) == without_passwords(name)


@pytest.mark.parametrize("name", ["iax_secret.ami", "iax_secret.csv", "khomp_trunk.ami", "khomp_trunk.csv"])
def test_the_partner_of_a_talk_over_any_line_is_the_number_that_was_dialled(name: str) -> None:
    (call,) = replay([CASES / name], is_cel=name.endswith(".csv"), pbx="pbx5", rules=RULES)

    assert [(talk.with_, talk.kind) for talk in call.talks] == [("13900000002", TalkKind.EXTERNAL)]
    assert not any(word in json_text(record_to_json(call)) for word in ("secret", "344"))


@pytest.mark.parametrize(
    ("target", "channel"),
    [
        ("DAHDI/g1/13900000002", "DAHDI/33-1"),
        ("DAHDI/i1/13900000002", "DAHDI/i1/13900000002-7"),
        ("mISDN/g:all/13900000002", "mISDN/2-u12"),
        ("IAX2/user:secret@10.0.0.9/13900000002", "IAX2/provider-714"),
        ("dahdi/g1/13900000002", "DAHDI/33-1"),
        ("khomp/b0/13900000002", "Khomp/B0C0-344.0"),
        ("iax2/provider/13900000002", "IAX2/provider-714"),
    ],
)
def test_a_line_that_is_called_otherwise_than_it_was_dialled_has_the_number_all_the_same(
    target: str, channel: str, tmp_path: Path
) -> None:
    text = (CASES / "khomp_trunk.csv").read_text(encoding="utf-8")
    path = tmp_path / "cel.csv"
    path.write_text(text.replace("Khomp/b0/13900000002", target).replace("Khomp/B0C0-344.0", channel), encoding="utf-8")

    (call,) = replay([path], is_cel=True, pbx="pbx5", rules=RULES)

    assert [talk.with_ for talk in call.talks] == ["13900000002"]


def test_a_member_that_is_reached_by_a_password_is_known_without_it() -> None:
    message = changed().replace(b"Interface: PJSIP/1008", b"Interface: IAX2/user:secret@branch/1008")
    assert message.count(b"secret") >= 1

    found = QueueMembers().translate(message, datetime.fromtimestamp(1795566495, UTC))

    assert isinstance(found, MemberTold)
    assert found.member.interface == "IAX2/user:***@branch/1008"


def test_rings_and_talks_of_a_local_member_stand_under_the_device_that_its_seat_has() -> None:
    member = "Local/1001@from-queue/n"
    (call,) = told(
        [
            INCOMING,
            event("QueueCallerJoin", Uniqueid=uid(1), Queue="q600", Position=1),
            *local_pair(2, "1001@from-queue-00000005", 1),
            event("AgentCalled", Uniqueid=uid(1), DestUniqueid=uid(2), Queue="q600", Interface=member),
            dials(1, 2, "1001@from-queue/n"),
            born(4, "PJSIP/1001-0000000d", call=1),
            dials(3, 4, "1001"),
            dial_ends(3, 4, "ANSWER"),
            enters(3, "b1"),
            enters(4, "b1"),
            dial_ends(1, 2, "ANSWER"),
            event("QueueCallerLeave", Uniqueid=uid(1), Queue="q600"),
            enters(1, "b2"),
            enters(2, "b2"),
            hangs_up(1),
            hangs_up(2),
            hangs_up(3),
            hangs_up(4),
        ]
    ).values()
    (visit,) = call.queue_visits

    assert [ring.agent for ring in visit.rings] == [device_of_interface(member)]
    assert (visit.agent, [talk.with_ for talk in call.talks]) == ("1001", ["1001"])
