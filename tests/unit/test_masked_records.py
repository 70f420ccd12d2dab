"""A masked record says nothing of who the customer is, and all the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.calls.masked_records import mask_device, mask_record
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import Direction, Ring, Talk, TalkKind
from tests.call_examples import ANSWERED, after, with_visit


def test_inbound_the_callers_number_and_name_and_a_forwarded_mobile_are_masked() -> None:
    talks = (*ANSWERED.talks, Talk(with_="13900001111", kind=TalkKind.EXTERNAL, from_=after(20), to=after(30)))
    mobile = Ring(agent="13900001111", at=after(3), duration=None, result=None)
    named = Ring(agent="alice", at=after(3), duration=None, result=None)
    told = record_to_json(with_visit(replace(ANSWERED, caller_name="张三", talks=talks), rings=(mobile, named)))
    masked = mask_record(told, area_code="0519")
    assert {key: (masked[key]) for key in told if masked[key] != told[key]} == {
        "caller_number": "138****5678",
        "caller_raw": "138****5678",
        "customer_number": "138****5678",
        "caller_name": "张*",
        "talks": [told["talks"][0], told["talks"][1] | {"with": "139****1111"}],
        "queue_visits": [
            told["queue_visits"][0]
            | {
                "rings": [
                    told["queue_visits"][0]["rings"][0] | {"agent": "139****1111"},
                    told["queue_visits"][0]["rings"][1],
                ]
            }
        ],
    }
    assert "13900001111" in str(told), "the record itself is left as it was"


def test_outbound_whoever_was_dialled_is_masked_and_the_agent_is_not() -> None:
    told = record_to_json(
        replace(
            ANSWERED,
            direction=Direction.OUTBOUND,
            caller_raw="1001",
            caller_number="1001",
            caller_name="小美",
            dialled_number="051986612345",
            customer_number="+8651986612345",
        )
    )
    masked = mask_record(told, area_code="0519")
    assert {key: (masked[key]) for key in told if masked[key] != told[key]} == {
        "dialled_number": "0519-****2345",
        "customer_number": "0519-****2345",
    }


def test_within_the_house_nothing_is_masked() -> None:
    told = record_to_json(replace(ANSWERED, direction=Direction.INTERNAL, customer_number=None))
    assert mask_record(told, area_code="0519") == told


@pytest.mark.parametrize(
    ("dialled", "shown"),
    [
        ("13805190041", "138****0041"),
        ("013805190041", "138****0041"),
        ("88012345", "0519-****2345"),
        ("9,13805190041", "9"),
        ("913805190041", "****0041"),
        ("1008", "1008"),
        ("*8", "*8"),
        ("room-1", "room-1"),
        (None, None),
    ],
)
def test_a_number_outside_that_the_pbx_did_not_let_through_is_masked(dialled: str | None, shown: str | None) -> None:
    call = replace(ANSWERED, direction=Direction.INTERNAL, customer_number=None, dialled_number=dialled)
    assert mask_record(record_to_json(call), area_code="0519")["dialled_number"] == shown


def test_a_member_of_a_queue_is_masked_where_it_is_a_telephone_number() -> None:
    devices = ["1001", "alice", "13900001111", "88880001", ""]
    shown = [mask_device(device, area_code="0519") for device in devices]
    assert shown == ["1001", "alice", "139****1111", "0519-****0001", ""]
