"""Who the customer of a call is: inbound the caller, outbound whom the line rang, whatever the agent had keyed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.calls.merge_updates import merge_update
from callcenter.calls.merge_witnesses import is_confirmed, merge
from callcenter.calls.numbers import clearer_number
from callcenter.calls.records import Anomaly, CallRecord, Direction, Outcome, Witness
from callcenter.pbx.cel_columns import CONTEXT
from callcenter.pbx.cel_follower import read_cel_rows
from tests.call_examples import ANSWERED, OPEN
from tests.scenarios.captures import ami_facts, by_id, cel_facts, messages, records_of
from tests.unit.foreign_events import born, dial_ends, dials, hangs_up, row, told, uid

CAPTURES = Path(__file__).parent / "captures"


def test_both_witnesses_know_whom_the_line_rang_behind_a_prefix_that_the_agent_keyed() -> None:
    (live,) = by_id(
        records_of(ami_facts(messages((CAPTURES / "outside_line_prefix.ami").read_bytes())), Witness.AMI)
    ).values()
    (ledger,) = records_of(cel_facts(read_cel_rows(CAPTURES / "outside_line_prefix.csv")), Witness.LEDGER)

    both = merge(live, ledger)
    assert is_confirmed(both)
    for record in (live, ledger, both):
        assert (record.direction, record.outcome) == (Direction.OUTBOUND, Outcome.ANSWERED)
        assert (record.dialled_number, record.customer_number) == ("913900000002", "+8613900000002")


def dialled(keyed: str, *line: str) -> CallRecord:
    """An agent keys something, and the line is asked to ring these numbers, one after the other, all of them busy."""
    parts = [born(1, "SIP/1002-00000001", CallerIDNum="1002", Exten=keyed)]
    for leg, number in enumerate(line, start=2):
        parts += [
            born(leg, f"SIP/provider-{leg:08x}", call=1),
            dials(1, leg, f"provider/{number}"),
            dial_ends(1, leg, "BUSY"),
            hangs_up(leg, 17),
        ]
    return told([*parts, hangs_up(1, 17)])[uid(1)]


@pytest.mark.parametrize(
    ("keyed", "line", "customer"),
    [
        ("913900000002", ["13900000002"], "+8613900000002"),
        ("*72", ["051986612345"], "+8651986612345"),
        ("8001", ["13900000002"], "+8613900000002"),
        ("13900000002", ["913900000002"], "+8613900000002"),
        ("913900000002", ["13900000002", "13900000002"], "+8613900000002"),
        ("913900000002", ["913900000002"], "+8613900000002"),
        ("9051986612345", ["9051986612345"], "+8651986612345"),
        ("986612345", ["986612345"], "+8651986612345"),
        ("123413900000002", ["123413900000002"], "+8613900000002"),
        ("90085221234567", ["90085221234567"], "+85221234567"),
        ("99999999999", ["99999999999"], "99999999999"),
        ("12025550143", ["12025550143"], "12025550143"),
        ("*3113900000002", ["#31#13900000002"], "+8613900000002"),
        ("13900000002", ["1234#13900000002"], "+8613900000002"),
        ("12345", [], None),
    ],
)
def test_the_number_on_the_line_counts_without_a_prefix_that_the_line_itself_needs(
    keyed: str, line: list[str], customer: str | None
) -> None:
    record = dialled(keyed, *line)

    assert (record.dialled_number, record.customer_number) == (keyed, customer)


def test_a_line_of_a_card_that_is_dialled_by_its_group_has_its_number_in_the_ledger_too() -> None:
    dial = "Dial(DAHDI/g1/13900000002,20)"
    rows = [
        row("CHAN_START", 1, "SIP/1002-00000001", 0, exten="913900000002", num="1002"),
        row("APP_START", 1, "SIP/1002-00000001", 0.1, exten="913900000002", app=dial),
        row("CHAN_START", 2, "DAHDI/33-1", 0.2),
        row("HANGUP", 2, "DAHDI/33-1", 5, hangupcause=17),
        row("HANGUP", 1, "SIP/1002-00000001", 5.1, exten="913900000002", hangupcause=17, dialstatus="BUSY"),
    ]
    for of_line in rows[2:4]:
        of_line[CONTEXT] = "from-pstn"

    (call,) = records_of(cel_facts(rows), Witness.LEDGER)

    assert (call.direction, call.customer_number) == (Direction.OUTBOUND, "+8613900000002")


def test_inbound_it_is_the_caller_and_within_the_house_nobody() -> None:
    inbound = told([born(1, "SIP/provider-00000001", CallerIDNum="05198800001", Exten="12315"), hangs_up(1)])[uid(1)]
    internal = told([born(1, "SIP/1001-00000001", CallerIDNum="1001", Exten="1002"), hangs_up(1)])[uid(1)]

    assert (inbound.customer_number, inbound.caller_number) == ("+865198800001", "+865198800001")
    assert (internal.customer_number, internal.direction) == (None, Direction.INTERNAL)


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("+8613900000002", None, "+8613900000002"),
        (None, "913900000002", "913900000002"),
        ("913900000002", "+8613900000002", "+8613900000002"),
        ("+8613900000002", "913900000002", "+8613900000002"),
        ("8001", "8002", "8001"),
        (None, None, None),
    ],
)
def test_a_whole_number_counts_more_than_one_with_a_prefix_whoever_tells_it(
    one: str | None, other: str | None, number: str | None
) -> None:
    ledger = replace(ANSWERED, direction=Direction.OUTBOUND, customer_number=one)
    ami = replace(ledger, customer_number=other, witnesses=(Witness.AMI,))

    assert clearer_number(one, other) == number
    assert merge(ami, ledger).customer_number == number
    seen_late = replace(OPEN, complete=False, customer_number=other, anomalies=(Anomaly.BIRTH_UNSEEN,))
    assert merge_update(replace(OPEN, complete=False, customer_number=one), seen_late).customer_number == number
