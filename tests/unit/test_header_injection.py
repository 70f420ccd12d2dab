"""A caller who writes line breaks into his number or the number he dials speaks about himself and about nobody else.

Asterisk sends both unescaped; `tests/scenarios/hostile_numbers` is what a real one makes of such callers.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.calls.records import CallRecord, Outcome, Witness
from callcenter.pbx.facts import Fact
from tests.scenarios.captures import ami_bytes, ami_facts, by_id, messages, records_of

LONGEST = 79
"""Bytes of a number that Asterisk takes from SIP."""

VICTIM = "pbx1-1795556200.1"
FORGER = "pbx1-1795556200.2"

DIALLED = (
    "DestChannel: PJSIP/1001-00000003\r\nDestChannelState: 5\r\nDestChannelStateDesc: Ringing\r\n"
    "DestUniqueid: pbx1-1795556200.3\r\nDestLinkedid: pbx1-1795556200.2\r\nDialString: 1001\r\n"
)

PASSED_OVER = (
    ("Newstate", ""),
    ("VarSet", "Variable: SIPDOMAIN\r\nValue: 127.0.0.1\r\n"),
    ("Newexten", "Extension: 12315\r\nApplication: NoOp\r\nAppData: \r\n"),
    ("NewConnectedLine", ""),
)
"""Events that say nothing, so that most readers would not look at who wrote them."""


def event(
    name: str, channel: str, uniqueid: str, *, number: str = "05198800001", exten: str = "12315", more: str = ""
) -> bytes:
    """An event about a channel as Asterisk 22 writes it."""
    return (
        f"Event: {name}\r\nPrivilege: call,all\r\nTimestamp: 1795556200.500000\r\nSystemName: pbx1\r\n"
        f"Channel: {channel}\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\nCallerIDNum: {number}\r\n"
        "CallerIDName: <unknown>\r\nConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\n"
        f"AccountCode: \r\nContext: from-trunk\r\nExten: {exten}\r\nPriority: 1\r\nUniqueid: {uniqueid}\r\n"
        f"Linkedid: {uniqueid}\r\n{more}\r\n"
    ).encode()


def stream(number: str, exten: str) -> bytes:
    """A caller is up while another comes and goes, with this number and this dialled number."""
    forger = {"number": number, "exten": exten}
    channel, uniqueid = "PJSIP/trunk-main-00000002", FORGER
    return b"".join(
        [
            event("Newchannel", "PJSIP/trunk-main-00000001", VICTIM),
            event("Newchannel", channel, uniqueid, **forger),
            event(
                "Newexten",
                channel,
                uniqueid,
                **forger,
                more=f"Extension: {exten}\r\nApplication: Busy\r\nAppData: {exten}\r\n",
            ),
            *(event(name, channel, uniqueid, **forger, more=more) for name, more in PASSED_OVER),
            event("DialBegin", channel, uniqueid, **forger, more=DIALLED),
            event("DialEnd", channel, uniqueid, **forger, more=f"{DIALLED}DialStatus: BUSY\r\n"),
            event("HangupRequest", channel, uniqueid, **forger, more="Cause: 17\r\n"),
            event("Hangup", channel, uniqueid, **forger, more="Cause: 17\r\nCause-txt: User busy\r\n"),
            event("HangupRequest", "PJSIP/trunk-main-00000001", VICTIM, more="Cause: 16\r\n"),
            event("Hangup", "PJSIP/trunk-main-00000001", VICTIM, more="Cause: 16\r\nCause-txt: Normal Clearing\r\n"),
        ]
    )


def records_by_id(data: bytes) -> dict[str, CallRecord]:
    return by_id(records_of(ami_facts(messages(data)), Witness.AMI))


def about_the_victim(data: bytes) -> list[Fact]:
    facts = ami_facts(messages(data))
    return [fact for fact in facts if VICTIM in (getattr(fact, "uniqueid", None), getattr(fact, "dialler", None))]


FORGERIES = [
    f"\r\n\r\nEvent: Hangup\r\nUniqueid: {VICTIM}",
    f"1\r\n\r\nEvent: Hangup\r\nPrivilege: a\r\nUniqueid: {VICTIM}",
    f"1\r\nUniqueid: {VICTIM}\r\nLinkedid: {VICTIM}",
    f"1\r\nLinkedid: {VICTIM}",
    f"1\r\nPriority: 1\r\nUniqueid: {VICTIM}\r\nLinkedid: 1.1\r\n\r\n",
    f"1\r\nPriority: 1\r\nUniqueid: {VICTIM}\r\n\r\nEvent: x\r\n",
    "\r\n\r\nEvent: Shutdown\r\nPrivilege: a\r\nShutdown: Cleanly\r\nRestart: False\r\n\r\n",
    "\r\n\r\nEvent: CoreShowChannelsComplete\r\nEventList: Complete\r\nListItems: 0\r\n\r\n",
    "\r\n\r\nEvent: FullyBooted\r\nPrivilege: a\r\nStatus: Fully Booted\r\nUptime: 0\r\n",
    "\r\n\r\nResponse: Goodbye\r\n\r\n",
    f"1\r\nPriority: 1\r\nUniqueid: {VICTIM}\r\nLinkedid: 1.1\r\n\r\nResponse: x\r\n\r\n",
    "\r\n\r\nAsterisk Call Manager/9\r\n\r\n",
    f"1\r\nDestChannel: PJSIP/1-00000001\r\nDestUniqueid: {VICTIM}",
    f"1\r\nDestUniqueid: {VICTIM}\r\nDialStatus: ANSWER",
    f"\r\n\r\nEvent: BlindTransfer\r\nTransfererUniqueid: {VICTIM}",
    f"\r\n\r\nEvent: Rename\r\nNewname: x\r\nUniqueid: {VICTIM}",
    "\r\n\r\n" * 19,
    "1\r\nCallerIDName: x\r\nExten: 1\r\n",
]


@pytest.mark.parametrize("is_dialled", [False, True])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_nothing_a_caller_writes_touches_the_call_of_another(forgery: str, is_dialled: bool) -> None:
    assert len(forgery) <= LONGEST
    plain = records_by_id(stream("05198800002", "12315"))
    forged = records_by_id(stream("05198800002", forgery) if is_dialled else stream(forgery, "12315"))

    assert about_the_victim(stream("05198800002", forgery) if is_dialled else stream(forgery, "12315")) == (
        about_the_victim(stream("05198800002", "12315"))
    )
    assert forged[VICTIM] == plain[VICTIM]
    assert plain[VICTIM].outcome is Outcome.ABANDONED_GREETING


@pytest.mark.parametrize(
    "rest", ["Event: VarSet\r\nVariable: x", "Event: Newexten\r\nApplication: NoOp", "Event: Newstate\r\nX: x"]
)
def test_the_rest_of_a_broken_birth_is_no_event_that_says_nothing(rest: str) -> None:
    plain = records_by_id(stream("05198800002", "12315"))[FORGER]
    forged = records_by_id(stream(f"05198800002\r\n\r\n{rest}", "12315"))[FORGER]

    assert forged == replace(plain, caller_raw=forged.caller_raw)


@pytest.mark.parametrize("name", ["hostile_numbers"])
def test_every_caller_of_a_real_asterisk_who_writes_line_breaks_has_his_record(name: str) -> None:
    records = records_by_id(ami_bytes(name))

    assert len(records) == 23
    assert {record.outcome for record in records.values()} == {Outcome.BUSY, Outcome.REJECTED}
    assert all(record.complete for record in records.values())
