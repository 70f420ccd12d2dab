"""The soak's own judgement: what the phones lived through, against what is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

import callcenter
from callcenter.callbacks.deadlines import find_due_at
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.state_council import published_calendar
from callcenter.settings import Settings
from hotline_lab.phones import PhoneEvent
from hotline_lab.play import PhoneCall
from hotline_soak.desks import DESKS
from hotline_soak.faults import FAULTS, paired
from hotline_soak.hotline_kinds import answered
from hotline_soak.kinds import LANES, MOBILE_KINDS
from hotline_soak.page_kinds import LINE, page_reloads
from hotline_soak.persons import SHANGHAI, due_by, person_of
from hotline_soak.truth import MISSED, Truth, truths_of
from hotline_soak.verdict import judge

BEGIN = datetime(2026, 11, 24, 12, tzinfo=UTC)
PIECE = answered(DESKS[0], Random(1))
CALLER = PIECE.scenario.callers[0]
RING = PIECE.scenario.agents[0].calls[0][0].seconds
TALK = CALLER.plan[0].seconds


def phone(kind: str, number: str, other: str, *events: tuple[float, str, str]) -> PhoneCall:
    return PhoneCall(
        kind=kind,
        number=number,
        other=other,
        events=tuple(PhoneEvent(at=BEGIN + timedelta(seconds=at), name=name, detail=why) for at, name, why in events),
    )


def caller(*events: tuple[float, str, str]) -> PhoneCall:
    return phone("caller", CALLER.number, CALLER.dials, (0, "dialled", ""), (0.1, "answered", ""), *events)


def agent(*events: tuple[float, str, str]) -> PhoneCall:
    return phone("agent", "1001", CALLER.number or "anonymous", (3, "rung", ""), *events)


WAS_ANSWERED = (caller((0.1 + TALK, "ended", "self")), agent((3 + RING, "answered", ""), (TALK, "ended", "remote")))


def record(**changes: Any) -> dict[str, Any]:
    return {
        "pbx": "pbx1",
        "call_id": "pbx1-1.0",
        "caller_raw": CALLER.number or "anonymous",
        "dialled_number": CALLER.dials,
        "started_at": BEGIN.isoformat(),
        "ended_at": (BEGIN + timedelta(seconds=TALK)).isoformat(),
        "caller_number": person_of(CALLER.number),
        "talks": [{"with": "1001"}],
        "talk_seconds": TALK - 3 - RING,
        "outcome": "answered",
        "lost_after_transfer": False,
        "complete": True,
        "witnesses": ["ami", "ledger"],
        "anomalies": [],
    } | changes


def counted(truths: list[Truth], records: list[dict[str, Any]], listed: list[tuple[str, str]]) -> dict[str, int]:
    verdict = judge(truths, records, listed)
    return {"lost": len(verdict.lost), "doubled": len(verdict.doubled), "wrong": len(verdict.wrong)}


def test_who_is_recorded_as_the_phones_had_it_is_no_deviation() -> None:
    assert counted(truths_of("answered", PIECE, WAS_ANSWERED), [record()], []) == {"lost": 0, "doubled": 0, "wrong": 0}


@pytest.mark.parametrize(
    ("records", "listed", "expected"),
    [
        ([], [], {"lost": 1, "doubled": 0, "wrong": 0}),
        ([record(dialled_number="96301")], [], {"lost": 1, "doubled": 1, "wrong": 0}),
        ([record(), record(call_id="pbx1-1.1")], [], {"lost": 0, "doubled": 1, "wrong": 0}),
        ([record(started_at=(BEGIN + timedelta(minutes=1)).isoformat())], [], {"lost": 1, "doubled": 1, "wrong": 0}),
        (
            [record(outcome="abandoned_queue")],
            [("pbx1", "pbx1-1.0")],
            {"lost": 0, "doubled": 0, "wrong": 1},
        ),
        ([record(lost_after_transfer=True)], [], {"lost": 0, "doubled": 0, "wrong": 1}),
        ([record(talks=[{"with": "1002"}])], [], {"lost": 0, "doubled": 0, "wrong": 1}),
        ([record(talk_seconds=1000.0)], [], {"lost": 0, "doubled": 0, "wrong": 1}),
        ([record(caller_number="+8613805190999")], [], {"lost": 0, "doubled": 0, "wrong": 1}),
        ([record(outcome=None)], [], {"lost": 0, "doubled": 0, "wrong": 2}),
    ],
)
def test_every_deviation_is_seen(
    records: list[dict[str, Any]], listed: list[tuple[str, str]], expected: dict[str, int]
) -> None:
    assert counted(truths_of("answered", PIECE, WAS_ANSWERED), records, listed) == expected


def test_a_missed_caller_stands_in_one_episode_and_no_more() -> None:
    calls = (caller((0.1 + TALK, "ended", "self")),)
    (truth,) = truths_of("answered", PIECE, calls)
    missed = record(outcome="abandoned_queue", talks=[], talk_seconds=0.0)

    assert (truth.outcomes, truth.is_off_plan) == (MISSED, True)
    assert [counted([truth], [missed], [("pbx1", "pbx1-1.0")] * times)["wrong"] for times in (0, 1, 2)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("calls", "outcomes"),
    [
        ((caller(),), {"failed"}),
        ((caller(), agent((3 + RING, "answered", ""))), {"answered"}),
        ((caller(), agent()), {"failed"}),
    ],
)
def test_a_dying_pbx_fails_whoever_was_not_talked_to(calls: tuple[PhoneCall, ...], outcomes: set[str]) -> None:
    (truth,) = truths_of("answered", PIECE, calls, crashed_at=BEGIN + timedelta(seconds=3 + RING + 1))

    assert truth.is_sure
    assert set(truth.outcomes) == outcomes


def test_what_a_dying_pbx_may_just_have_heard_is_left_open() -> None:
    (about_to_answer,) = truths_of(
        "answered", PIECE, (caller(), agent()), crashed_at=BEGIN + timedelta(seconds=3 + RING + 0.1)
    )
    (just_dialled,) = truths_of("answered", PIECE, (caller(),), crashed_at=BEGIN + timedelta(seconds=0.2))

    assert about_to_answer.outcomes == {"answered", "failed"}
    assert not just_dialled.is_sure


def test_every_kind_of_call_has_an_outcome_for_each_of_its_callers() -> None:
    for lane in (*LANES.values(), MOBILE_KINDS):
        for kind in lane:
            for seed in range(50):
                piece = kind(DESKS[seed % len(DESKS)], Random(seed))
                assert len(piece.outcomes) == len(piece.scenario.callers), kind.__name__


def test_two_faults_at_once_never_break_the_same_part_and_each_comes_once() -> None:
    for seed in range(50):
        blows = paired(FAULTS, Random(seed))
        assert sorted(fault.name for blow in blows for fault in blow) == sorted(fault.name for fault in FAULTS)
        assert all(not one.parts & other.parts for one, other in (blow for blow in blows if len(blow) == 2))


def test_what_a_fault_must_leave_in_the_log_is_what_the_backend_logs() -> None:
    sources = "".join(file.read_text() for file in Path(callcenter.__file__).parent.rglob("*.py"))
    events = {fault.name: fault.log_text.split('"event": ')[-1].strip('"') for fault in FAULTS}
    assert [name for name, event in events.items() if event and f'("{event}"' not in sources] == []


def test_of_a_play_whose_phone_failed_the_word_of_each_caller_counts() -> None:
    (talked,) = truths_of("answered", PIECE, WAS_ANSWERED, is_broken=True)
    (lost,) = truths_of("answered", PIECE, (caller((0.1 + TALK, "ended", "self")),), is_broken=True)
    (silent,) = truths_of(
        "answered", PIECE, (phone("caller", CALLER.number, CALLER.dials, (0, "dialled", "")),), is_broken=True
    )

    assert (set(talked.outcomes), talked.is_sure) == ({"answered"}, True)
    assert (lost.outcomes, lost.is_sure) == (MISSED, True)
    assert (silent.outcomes, silent.is_sure) == (MISSED, False)
    assert counted([lost], [], []) == {"lost": 1, "doubled": 0, "wrong": 0}


@pytest.mark.parametrize(
    ("shown", "person"),
    [
        ("13805190007", "+8613805190007"),
        ("013805190007", "+8613805190007"),
        ("8613805190007", "+8613805190007"),
        ("008613805190007", "+8613805190007"),
        ("86000007", "+8651986000007"),
        ("051986000007", "+8651986000007"),
        ("", None),
        ("anonymous", None),
    ],
)
def test_a_person_has_one_number_in_whatever_form_it_is_shown(shown: str, person: str | None) -> None:
    assert person_of(shown) == person


@pytest.mark.parametrize(
    ("lost", "due"),
    [
        ("2026-11-23 08:00", "2026-11-23 10:00"),
        ("2026-11-23 09:30", "2026-11-23 11:30"),
        ("2026-11-23 11:00", "2026-11-23 15:00"),
        ("2026-11-23 12:30", "2026-11-23 16:00"),
        ("2026-11-23 18:00", "2026-11-23 20:00"),
        ("2026-11-23 19:00", "2026-11-24 10:00"),
        ("2026-11-27 21:00", "2026-11-30 10:00"),
        ("2026-11-28 11:00", "2026-11-30 10:00"),
    ],
)
def test_the_judge_has_a_rule_of_its_own_for_deadlines(lost: str, due: str) -> None:
    expected = datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)
    lost_at = datetime.fromisoformat(lost).replace(tzinfo=SHANGHAI)
    assert due_by(lost_at) == expected
    assert find_due_at(lost_at, CallingHours.of(Settings()), published_calendar([2026]).is_workday) == expected


def test_a_talk_that_ended_in_a_transfer_was_no_longer_than_the_agents_phone_had_it() -> None:
    given_up = caller((60, "ended", "self"))
    (truth,) = truths_of("answered", PIECE, (given_up, agent((4, "answered", ""), (9, "ended", "self"))))

    assert truth.talk is not None
    assert (truth.talk.least, truth.talk.most) == (timedelta(seconds=3), timedelta(seconds=57))


@pytest.mark.parametrize(
    ("last", "is_lost", "is_off_plan"),
    [
        ([(5, "answered", ""), (14.9, "ended", "")], False, False),
        ([], True, False),
        ([(5, "answered", ""), (10, "ended", "")], False, True),
    ],
    ids=["the page comes back", "the page does not come back", "nobody knows whether the caller was sent back"],
)
def test_a_caller_whose_page_is_loaded_anew_is_lost_where_it_does_not_come_back(
    last: list[tuple[float, str, str]], is_lost: bool, is_off_plan: bool
) -> None:
    piece = page_reloads(DESKS[0], Random(1))
    plan = piece.scenario.callers[0]
    calls = (
        phone("caller", plan.number, LINE, (0, "dialled", ""), (0.1, "answered", ""), (15, "ended", "self")),
        phone(
            "agent", "2001", plan.number or "anonymous", (3, "rung", ""), (3.5, "answered", ""), (4, "ended", ""), *last
        ),
    )
    (truth,) = truths_of("page_reloads", piece, calls)
    assert truth.outcomes == {"answered"}
    assert (truth.is_lost_after_transfer, truth.is_off_plan) == (is_lost, is_off_plan)


def test_nobody_knows_a_deadline_in_a_year_without_a_calendar() -> None:
    assert due_by(datetime(2031, 1, 6, 10, tzinfo=SHANGHAI)) is None
