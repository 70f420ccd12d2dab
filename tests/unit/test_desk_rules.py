"""What a device does in a call, by the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.agents.rules import SeatState
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import CallRecord, Direction, Outcome, Ring, RingResult, TalkKind
from callcenter.desk.rules import ENDED_SHOWN, part_of
from tests.call_examples import ABANDONED, ANSWERED, OPEN, after, with_visit

RINGING = with_visit(OPEN, rings=(Ring(agent="1001", at=after(5), duration=None, result=None),))
TALKING = replace(ANSWERED, ended_at=None, outcome=None, talks=(replace(ANSWERED.talks[0], to=None),))
DIALLED = replace(OPEN, direction=Direction.OUTBOUND, caller_number="1001", caller_raw="1001", queue_visits=())
TAKEN_ELSEWHERE = with_visit(
    TALKING, rings=(Ring(agent="1002", at=after(5), duration=timedelta(seconds=5), result=RingResult.CANCELLED),)
)
HANDED_ON = replace(
    TALKING,
    talks=(
        replace(ANSWERED.talks[0], to=after(40)),
        replace(ANSWERED.talks[0], with_="1002", from_=after(42), to=None),
    ),
)


@pytest.mark.parametrize(
    ("record", "device", "now", "part"),
    [
        (OPEN, "1001", after(6), None),
        (RINGING, "1001", after(6), ("ringing", after(5))),
        (RINGING, "1002", after(6), None),
        (replace(RINGING, outcome=Outcome.ABANDONED_QUEUE, ended_at=after(30)), "1001", after(31), None),
        (with_visit(RINGING, left_at=after(20)), "1001", after(21), None),
        (TAKEN_ELSEWHERE, "1002", after(12), None),
        (TALKING, "1001", after(12), ("talking", after(10))),
        (ANSWERED, "1001", after(71), ("ended", after(70))),
        (ANSWERED, "1001", after(70) + ENDED_SHOWN, None),
        (replace(TALKING, outcome=Outcome.ANSWERED, ended_at=after(70)), "1001", after(71), ("ended", after(70))),
        (HANDED_ON, "1001", after(50), ("ended", after(40))),
        (HANDED_ON, "1002", after(50), ("talking", after(42))),
        (DIALLED, "1001", after(1), ("ringing", after(0))),
        (replace(DIALLED, talks=TALKING.talks), "1001", after(12), ("talking", after(10))),
        (replace(DIALLED, outcome=Outcome.NO_ANSWER, ended_at=after(30)), "1001", after(31), ("ended", after(30))),
        (ABANDONED, "1001", after(31), None),
    ],
)
def test_the_part_of_a_device_follows_from_rings_talks_and_ends(
    record: CallRecord, device: str, now: datetime, part: tuple[str, datetime] | None
) -> None:
    found = part_of(device, record_to_json(record), now)
    assert (None if found is None else (found.state.value, found.since)) == part


def test_within_the_house_each_side_has_its_part() -> None:
    talk = replace(TALKING.talks[0], with_="1002", kind=TalkKind.AGENT)
    record = record_to_json(replace(DIALLED, direction=Direction.INTERNAL, talks=(talk,)))
    assert [
        part and part.state.value for part in (part_of(device, record, after(12)) for device in ("1001", "1002"))
    ] == [
        "talking",
        "talking",
    ]


def test_a_talk_is_held_where_the_pbx_says_so() -> None:
    record = record_to_json(TALKING)
    states = [part_of("1001", record, after(12), seat_state=state) for state in (SeatState.TALKING, SeatState.ON_HOLD)]
    assert [part and part.state.value for part in states] == ["talking", "held"]
