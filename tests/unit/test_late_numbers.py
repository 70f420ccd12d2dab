"""Numbers that come after a channel's birth: analogue lines say between two rings who calls, and whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.calls.records import CallRecord, Direction, Outcome, Witness
from callcenter.pbx.cel_columns import CALLERID_ANI, CALLERID_DNID, CONTEXT
from tests.scenarios.captures import ami_facts, cel_facts, messages, records_of
from tests.unit.foreign_events import born, event, hangs_up, row, told, uid

CAPTURES = Path(__file__).parent / "captures"
LINE = "DAHDI/33-1"


def live(data: bytes) -> CallRecord:
    (record,) = records_of(ami_facts(messages(data)), Witness.AMI)
    return record


def identified(number: str) -> bytes:
    return event("NewCallerid", Uniqueid=uid(1), CallerIDNum=number, CallerIDName="Mei")


def runs(application: str, number: str = "<unknown>") -> bytes:
    return event("Newexten", Uniqueid=uid(1), Exten="12315", Application=application, CallerIDNum=number)


def ledger_row(
    kind: str, at: float, *, num: str = "", ani: str = "", dnid: str = "", exten: str = "s", app: str = ""
) -> list[str]:
    found = row(kind, 1, LINE, at, num=num, exten=exten, app=app)
    found[CALLERID_ANI], found[CALLERID_DNID], found[CONTEXT] = ani, dnid, "from-pstn"
    return found


def ledger(*rows: list[str]) -> CallRecord:
    (record,) = records_of(cel_facts([*rows, ledger_row("HANGUP", 9)]), Witness.LEDGER)
    return record


def test_the_number_of_an_analogue_line_is_the_callers_as_both_witnesses_say() -> None:
    ami = live((CAPTURES / "analogue_line.ami").read_bytes())
    number = {"num": "05100000001", "ani": "05100000001"}
    by_ledger = ledger(
        ledger_row("CHAN_START", 0),
        ledger_row("ANSWER", 3, **number, app="Answer"),
        ledger_row("APP_START", 3.2, **number, app="Queue(hotline,t,,,30)"),
        ledger_row("APP_END", 9, **number, app="Queue(hotline,t,,,30)"),
    )

    assert (ami.direction, ami.outcome, ami.dialled_number) == (Direction.INBOUND, Outcome.ABANDONED_QUEUE, None)
    for record in (ami, by_ledger):
        assert (record.caller_raw, record.caller_number, record.customer_number) == ("05100000001",) * 3


@pytest.mark.parametrize(
    ("parts", "number", "name"),
    [
        ([identified("05198800001"), runs("Answer"), identified("02588888888")], "05198800001", "Mei"),
        ([runs("Answer", "05198800001"), identified("02588888888")], "05198800001", None),
        ([runs("Set"), identified("02588888888"), runs("Queue", "02588888888")], None, None),
        ([identified("<unknown>"), identified("05198800001")], "05198800001", "Mei"),
    ],
)
def test_live_the_first_number_counts_that_the_dialplan_did_not_set(
    parts: list[bytes], number: str | None, name: str | None
) -> None:
    line = born(1, "SIP/provider-00000001", Context="from-pstn")

    record = told([line, *parts, hangs_up(1)])[uid(1)]

    assert (record.direction, record.caller_raw, record.caller_name) == (Direction.INBOUND, number, name)


def test_a_number_seen_at_birth_stays_whatever_the_dialplan_makes_of_it() -> None:
    line = born(1, "SIP/provider-00000001", CallerIDNum="05198800001", CallerIDName="Li")
    rewritten = {"num": "02588888888", "ani": "02588888888"}

    ami = told([line, identified("02588888888"), runs("Queue", "02588888888"), hangs_up(1)])[uid(1)]
    by_ledger = ledger(
        ledger_row("CHAN_START", 0, num="05198800001", ani="05198800001"), ledger_row("ANSWER", 1, **rewritten)
    )

    assert (ami.caller_raw, ami.caller_name, by_ledger.caller_raw) == ("05198800001", "Li", "05198800001")


def test_a_withheld_number_that_the_dialplan_replaces_stays_unknown_in_the_ledger_too() -> None:
    assert ledger(ledger_row("CHAN_START", 0), ledger_row("ANSWER", 1, num="02588888888")).caller_raw is None


def test_the_line_s_own_word_counts_where_the_dialplan_has_already_put_a_prefix_in_front() -> None:
    assert (
        ledger(ledger_row("CHAN_START", 0), ledger_row("ANSWER", 1, num="005198800001", ani="05198800001")).caller_raw
        == "05198800001"
    )


@pytest.mark.parametrize("late", [0, 1])
def test_what_was_dialled_is_what_the_line_says_before_the_dialplan_sends_the_call_somewhere(late: int) -> None:
    rows = [
        ledger_row("CHAN_START", 0, num="05198800001", dnid="" if late else "12315"),
        ledger_row("ANSWER", 1, num="05198800001", dnid="12315", exten="2000"),
    ]

    assert ledger(*rows).dialled_number == "12315"


def test_the_phone_that_an_originate_rings_first_is_named_as_before_by_its_device() -> None:
    parts = [
        born(1, "SIP/1005-00000001"),
        identified("13900000002"),
        event("DialBegin", DestUniqueid=uid(1), DialString="1005"),
        hangs_up(1),
    ]

    assert told(parts)[uid(1)].caller_raw == "1005"
