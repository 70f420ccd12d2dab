"""What makes a duty roster good, and the list that the PBX rings by."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.duty.rules import (
    BusyTime,
    DutyRole,
    Hole,
    Load,
    Shift,
    SwapStep,
    check_shift,
    check_swap_request,
    check_swap_step,
    find_holes,
    list_keys,
    nights_of,
    sum_up,
)
from callcenter.errors import ConflictError, InputError, RefusedError

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 10, 1)


def at(day: int, hour: float = 0) -> datetime:
    """So many hours into a day of October 2026."""
    return datetime(2026, 10, 1, tzinfo=SHANGHAI) + timedelta(days=day - 1, hours=hour)


def shift(person: int, begin: datetime, end: datetime, *, position: int = 1, role: DutyRole = DutyRole.LEAD) -> Shift:
    return Shift(person_id=person, starts_at=begin, ends_at=end, position=position, role=role)


def full_day(day: int) -> list[Shift]:
    """Every role by day and by night, each by somebody of their own."""
    return [
        shift(10 * day + number, begin, end, position=number, role=role)
        for begin, end in ((at(day), at(day, 12)), (at(day, 12), at(day + 1)))
        for number, role in enumerate(DutyRole, start=1)
    ]


def test_a_full_roster_has_no_hole() -> None:
    assert find_holes([*full_day(1), *full_day(2)], [FIRST, date(2026, 10, 2)], SHANGHAI) == ()


def test_a_hole_of_one_hour_in_one_role_is_found() -> None:
    roster = [one for one in full_day(1) if one.role is not DutyRole.FIELD]
    roster += [
        shift(98, at(1), at(1, 14), role=DutyRole.FIELD),
        shift(99, at(1, 15), at(2), role=DutyRole.FIELD),
    ]
    hole = Hole(starts_at=at(1, 14), ends_at=at(1, 15), missing=(DutyRole.FIELD,))
    assert find_holes(roster, [FIRST], SHANGHAI) == (hole,)


def test_a_day_without_anybody_is_one_hole_and_a_workday_none() -> None:
    days_off = [FIRST, date(2026, 10, 2)]
    assert find_holes([], days_off, SHANGHAI) == (Hole(starts_at=at(1), ends_at=at(3), missing=tuple(DutyRole)),)
    assert find_holes([], [], SHANGHAI) == ()


@given(st.lists(st.tuples(st.sampled_from(list(DutyRole)), st.integers(0, 47), st.integers(1, 24)), max_size=12))
def test_each_minute_is_in_a_hole_exactly_when_a_role_has_nobody(told: list[tuple[DutyRole, int, int]]) -> None:
    roster = [
        shift(number, at(1, begin / 2), at(1, (begin + length) / 2), role=role)
        for number, (role, begin, length) in enumerate(told)
    ]
    holes = find_holes(roster, [FIRST], SHANGHAI)
    for half_hour in range(48):
        moment = at(1, half_hour / 2 + 0.25)
        there = {one.role for one in roster if one.starts_at <= moment < one.ends_at}
        missing = {role for hole in holes if hole.starts_at <= moment < hole.ends_at for role in hole.missing}
        assert missing == set(DutyRole) - there


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (shift(1, at(1, 19), at(1, 21), position=2), "on duty at that time already"),
        (shift(2, at(1, 10), at(1, 11)), "this position"),
        (shift(1, at(2, 20), at(3, 8), position=2), "one night in three"),
        (shift(1, at(3, 20), at(4, 8), position=2), "one night in three"),
        (shift(1, at(4, 20), at(5, 8), position=2), None),
        (shift(1, at(2, 8), at(2, 20), position=2), None),
        (shift(2, at(1, 19), at(1, 21), position=2), None),
    ],
)
def test_conflicts_are_refused(other: Shift, reason: str | None) -> None:
    new = shift(1, at(1, 8), at(1, 20)) if reason == "this position" else shift(1, at(1, 20), at(2, 8))
    if reason is None:
        check_shift(new, [other], [], SHANGHAI)
        return
    with pytest.raises(ConflictError, match=reason):
        check_shift(new, [other], [], SHANGHAI)


def test_nobody_is_on_two_rosters_at_once() -> None:
    new = shift(1, at(1, 8), at(1, 20))
    admin = BusyTime(person_id=1, starts_at=at(1, 19), ends_at=at(2))
    with pytest.raises(ConflictError, match="another roster"):
        check_shift(new, [], [admin], SHANGHAI)
    check_shift(new, [], [BusyTime(person_id=1, starts_at=at(1, 20), ends_at=at(2))], SHANGHAI)
    check_shift(new, [], [BusyTime(person_id=2, starts_at=at(1), ends_at=at(2))], SHANGHAI)


@pytest.mark.parametrize(("begin", "end"), [(at(1), at(1)), (at(2), at(1)), (at(1), at(2, 1))])
def test_a_shift_that_is_none_is_refused(begin: datetime, end: datetime) -> None:
    with pytest.raises(InputError):
        check_shift(shift(1, begin, end), [], [], SHANGHAI)


@pytest.mark.parametrize(
    ("begin", "end", "nights"),
    [
        (at(1, 20), at(2, 8), {1}),
        (at(2), at(3), {1}),
        (at(1, 8), at(2, 8), {1}),
        (at(1, 8), at(1, 22), set()),
        (at(1, 8), at(2), set()),
    ],
)
def test_whoever_is_there_for_half_of_a_night_has_worked_it(begin: datetime, end: datetime, nights: set[int]) -> None:
    assert nights_of(shift(1, begin, end), SHANGHAI) == {date(2026, 10, night) for night in nights}


def test_holidays_weigh_more() -> None:
    roster = [shift(1, at(7, 20), at(8, 8)), shift(2, at(8, 8), at(8, 20)), shift(2, at(9, 8), at(9, 9))]
    assert sum_up(roster, SHANGHAI, lambda day: 2 if day.day <= 7 else 1) == [
        Load(person_id=1, shifts=1, nights=1, time=timedelta(hours=12), weighted=timedelta(hours=16)),
        Load(person_id=2, shifts=2, nights=0, time=timedelta(hours=13), weighted=timedelta(hours=13)),
    ]


def told(shifts: Iterable[Shift]) -> dict[str, str]:
    numbers = {person: f"1390519000{person}" for person in range(1, 6)}
    return {key: value for key, value in list_keys(list(shifts), numbers, FIRST, SHANGHAI) if value}


def test_the_pbx_is_told_whom_to_ring_on_each_day_in_order() -> None:
    roster = [
        shift(2, at(1, 8), at(1, 20), position=2),
        shift(1, at(1, 8), at(1, 20), position=1),
        shift(3, at(1, 20), at(2, 8.5), position=1),
    ]
    assert told(roster) == {
        "duty/20261001": "0800-2000:13905190001&2000-2400:13905190003&0800-2000:13905190002",
        "duty/20261002": "0000-0830:13905190003",
    }


def test_a_list_stays_short_enough_for_the_pbx() -> None:
    crowd = [shift(1, at(1, number / 4), at(1, number / 4 + 0.25), position=number) for number in range(90)]
    assert max(map(len, told(crowd).values())) < 700


@pytest.mark.parametrize(
    ("manages_duty", "holder", "is_allowed"),
    [(True, None, True), (True, 2, True), (False, 1, True), (False, 2, False), (False, None, False)],
)
def test_agents_ask_for_a_swap_of_their_own_shifts_and_supervisors_of_anybodys(
    manages_duty: bool, holder: int | None, is_allowed: bool
) -> None:
    with nullcontext() if is_allowed else pytest.raises(RefusedError, match="Only a supervisor, or the person who has"):
        check_swap_request(user_id=1, manages_duty=manages_duty, holder_id=holder)


ASKED, TAKER, THIRD, AGENT = 1, 2, 3, 4
OTHERS_REFUSED = "Only a supervisor, or the person who is to take the shift, can do this."


@pytest.mark.parametrize(
    ("step", "user", "taker", "accepted_by", "refusal"),
    [
        (SwapStep.ACCEPTANCE, ASKED, None, None, "Who asked for a swap cannot accept it too."),
        (SwapStep.ACCEPTANCE, ASKED, ASKED, None, "Who asked for a swap cannot accept it too."),
        (SwapStep.ACCEPTANCE, THIRD, TAKER, None, "Only the person who is to take the shift can accept the swap."),
        (SwapStep.ACCEPTANCE, AGENT, None, None, OTHERS_REFUSED),
        (SwapStep.ACCEPTANCE, THIRD, None, None, None),
        (SwapStep.ACCEPTANCE, AGENT, AGENT, None, None),
        (SwapStep.APPROVAL, AGENT, AGENT, AGENT, OTHERS_REFUSED),
        (SwapStep.APPROVAL, ASKED, TAKER, TAKER, "A swap is approved by a supervisor who neither"),
        (SwapStep.APPROVAL, TAKER, TAKER, TAKER, "A swap is approved by a supervisor who neither"),
        (SwapStep.APPROVAL, THIRD, TAKER, TAKER, None),
        (SwapStep.APPROVAL, ASKED, None, THIRD, "A swap is approved by a supervisor who neither"),
        (SwapStep.APPROVAL, THIRD, None, THIRD, None),
        (SwapStep.REFUSAL, AGENT, TAKER, None, OTHERS_REFUSED),
        (SwapStep.REFUSAL, AGENT, AGENT, None, None),
        (SwapStep.REFUSAL, ASKED, TAKER, None, None),
    ],
)
def test_nobody_moves_a_shift_alone_and_a_user_takes_one_in_person(
    step: SwapStep, user: int, taker: int | None, accepted_by: int | None, refusal: str | None
) -> None:
    def check() -> None:
        check_swap_step(
            step,
            user_id=user,
            manages_duty=user != AGENT,
            taker_id=taker,
            requested_by=ASKED,
            accepted_by=accepted_by,
        )

    if refusal is None:
        check()
    else:
        with pytest.raises(RefusedError, match=refusal):
            check()
