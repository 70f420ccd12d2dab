"""The verdict on a register that was killed must be doubted too: each defect that is planted makes it bad."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from callcenter.postgres.database import Database
from callcenter.settings import Settings
from hotline_soak.clerks import Done
from hotline_soak.register_verdict import RegisterVerdict, judge_numbers, judge_register
from tests.integration.conftest import NOW
from tests.integration.test_tickets import Desk, desk, house  # noqa: F401 - fixtures

KEY = "key-00000001"


async def judge(database: Database, done: Done) -> RegisterVerdict:
    return await judge_register(database, done, Settings().timezone, NOW + timedelta(minutes=1))


@pytest.fixture
async def done(desk: Desk) -> Done:  # noqa: F811
    """One complaint that was forwarded, as the clerks know of it."""
    number = await desk.forwarded()
    done = Done(numbers={KEY: number})
    done.steps[number, "forward"] += 1
    return done


def faults(verdict: RegisterVerdict) -> dict[str, int]:
    return {kind: len(found) for kind, found in verdict.faults.items() if found}


async def test_a_register_that_is_whole_is_good_and_an_empty_one_is_not(database: Database, done: Done) -> None:
    verdict = await judge(database, done)
    assert (verdict.lines(), verdict.is_good) == (["1 tickets, 3 events, 3 clocks", "0 faults"], True)
    assert not RegisterVerdict().is_good


@pytest.mark.parametrize(
    ("plant", "kinds"),
    [
        ("UPDATE tickets SET state = 'accepted'", {"states": 1}),
        ("UPDATE tickets SET number = '12315-2026-00002'", {"numbers": 1, "answers": 2}),
        ("UPDATE tickets SET next_due_at = now()", {"clocks": 1}),
        ("UPDATE ticket_deadlines SET target_due_at = now() WHERE code = 'accept'", {"clocks": 1}),
        ("DELETE FROM ticket_deadlines WHERE code = 'accept'", {"clocks": 1}),
        (
            "INSERT INTO ticket_events (ticket_id, what, to_state, at, body)"
            " SELECT ticket_id, what, to_state, at, body FROM ticket_events WHERE what = 'forward'",
            {"states": 1, "answers": 1},
        ),
        (
            "INSERT INTO ticket_events (ticket_id, what, to_state, at, body)"
            " SELECT ticket_id, 'changed', 'settled', at, body FROM ticket_events WHERE what = 'forward'",
            {"states": 2},
        ),
    ],
)
async def test_what_was_changed_behind_the_register_s_back_is_found(
    database: Database, done: Done, plant: str, kinds: dict[str, int]
) -> None:
    async with database.sessions.begin() as session:
        await session.execute(text(plant))
    verdict = await judge(database, done)
    assert (faults(verdict), verdict.is_good) == (kinds, False)


async def test_what_was_answered_and_is_not_there_is_found(database: Database, done: Done) -> None:
    done.add_number(KEY, "12315-2026-00009")
    done.add_number("key-00000002", "12315-2026-00009")
    done.steps[done.numbers[KEY], "accept"] += 1
    assert faults(await judge(database, done)) == {"answers": 3}


async def test_an_answer_by_our_own_fault_is_found_and_one_for_want_of_a_database_is_none(
    database: Database, done: Done
) -> None:
    done.refused["409 ticket_lacks"] += 1
    done.refused["503 database_unavailable"] += 1
    assert (await judge(database, done)).is_good
    done.refused["500 unexpected"] += 2
    assert faults(await judge(database, done)) == {"answers": 1}


async def test_a_step_without_an_answer_may_have_been_taken_or_not(database: Database, done: Done) -> None:
    number = done.numbers[KEY]
    done.steps[number, "forward"] -= 1
    assert faults(await judge(database, done)) == {"answers": 1}
    done.unknown[number, "forward"] += 1
    done.unknown[number, "accept"] += 1
    assert (await judge(database, done)).is_good


def test_numbers_of_each_year_have_no_gap_and_none_is_twice() -> None:
    whole = ["12315-2026-00002", "12315-2026-00001", "12315-2027-00001"]
    assert judge_numbers(whole) == []
    assert judge_numbers([*whole, "12315-2026-00004"]) == ["of 2026 there are 3, 3 different, up to 4"]
    assert judge_numbers([*whole, "12315-2027-00001"]) == ["of 2027 there are 2, 1 different, up to 1"]
