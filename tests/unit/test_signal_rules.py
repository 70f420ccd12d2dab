"""Rules of signals on made-up months: what fires, what stays quiet, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product

import pytest

from callcenter.analysis.periods import DAY, PeriodKind, whole_months
from callcenter.analysis.signals.cells import ALL, Cell, Complaint, SignalAxis, Tally, count_people, tally
from callcenter.analysis.signals.findings import Finding, SignalRule, judge
from callcenter.analysis.signals.groups import find_groups
from callcenter.analysis.signals.rises import find_categories, find_merchants, find_total
from callcenter.analysis.signals.states import (
    SignalEventGiven,
    SignalEventKind,
    SignalLink,
    SignalState,
    list_events,
    next_state,
)
from callcenter.analysis.signals.trends import count_run, find_drifts, find_persistent, find_weeks
from callcenter.analysis.statistics.tails import poisson_tail
from callcenter.errors import CallcenterError

FOOD = Cell(axis=SignalAxis.GOODS, code="food")
SHOP = Cell(axis=SignalAxis.MERCHANT, merchant_id=1)
NOTHING = frozenset[tuple[SignalRule, Cell, date]]()


def month(number: int, *, complaints: int = 400, workdays: int = 21, **cells: int) -> Tally:
    """The month with this number from January 2025 on; `food` and `shop` are its cells."""
    first = date(2025 + (number - 1) // 12, (number - 1) % 12 + 1, 1)
    counts = {FOOD: cells.get("food", 0), SHOP: cells.get("shop", 0)}
    counts = {cell: count for cell, count in counts.items() if count}
    people = {cell: count for cell, count in counts.items() if cell.axis is SignalAxis.MERCHANT}
    return Tally(
        period=whole_months(PeriodKind.MONTH, first),
        workdays=workdays,
        complaints=complaints,
        cells=counts,
        people=people,
    )


def fired(findings: Sequence[Finding]) -> list[tuple[str, Cell, int, int]]:
    return [(one.rule.value, one.cell, one.x1, one.x0) for one in findings]


def test_a_share_that_has_risen_fires_with_every_number_behind_it() -> None:
    months = [month(number, complaints=460, food=15) for number in range(1, 11)] + [month(11, food=30)]
    (found,) = find_categories(months, NOTHING)
    assert (found.rule, found.cell, found.first, found.last) == (
        SignalRule.CATEGORY,
        FOOD,
        date(2025, 11, 1),
        date(2025, 11, 30),
    )
    assert (found.x1, found.x0, found.t1, found.t0, found.base, found.phi, found.bh_rank) == (
        *(30, 150, 400, 4600, 10),
        *(0.0, 1),
    )
    assert found.p == pytest.approx(0.000103, abs=5e-7), "vector 22"
    assert found.inputs["tests"] == 1
    assert found.inputs["base"][0] == {"month": "2025-01", "x": 15, "t": 460}


def test_a_general_rise_flags_no_share_and_a_share_of_a_shrinking_whole_is_none_either() -> None:
    base = [month(number, food=20, shop=10) for number in range(1, 8)]
    everything_doubles = [*base, month(8, complaints=800, food=40, shop=20)]
    assert find_categories(everything_doubles, NOTHING) + find_merchants(everything_doubles, NOTHING) == []
    # The share doubles because all others stay away: there are not more of it a working day.
    others_stay_away = [*base, month(8, complaints=200, food=20)]
    assert find_categories(others_stay_away, NOTHING) == []


def test_a_base_has_six_months_that_were_not_flagged_for_the_same() -> None:
    risen = month(7, food=60)
    assert fired(find_categories([*(month(n, food=20) for n in range(1, 7)), risen], NOTHING)) == [
        ("category", FOOD, 60, 120)
    ]
    assert find_categories([*(month(n, food=20) for n in range(2, 7)), risen], NOTHING) == []
    flagged = frozenset({(SignalRule.CATEGORY, FOOD, date(2025, 7, 1))})
    months = [*(month(n, food=20) for n in range(1, 7)), risen, month(8, food=60)]
    assert fired(find_categories(months, flagged)) == [("category", FOOD, 60, 120)]
    of_another = frozenset({(SignalRule.CATEGORY, SHOP, date(2025, 7, 1))})
    assert fired(find_categories(months, of_another))[0][3] == 180


def test_months_without_any_complaint_are_a_base_too_and_nothing_but_them_is_none() -> None:
    mixed, empty = judge(5, 100, [3] * 6 + [0], [100] * 6 + [0]), judge(5, 100, [0] * 6, [0] * 6, least=5)
    assert (mixed.t0, round(mixed.expected, 2), mixed.p < 1) == (600, 3.0, True)
    assert (empty.expected, empty.p, empty.p_if_selected) == (0.0, 1.0, 1.0)


def test_a_base_that_scatters_is_judged_by_farrington_and_not_as_poisson() -> None:
    steady = [month(n, food=20) for n in range(1, 9)] + [month(9, food=36)]
    scattered = [month(n, food=5 if n % 2 else 35) for n in range(1, 9)] + [month(9, food=36)]
    (found,) = find_categories(steady, NOTHING)
    assert found.p == pytest.approx(0.0017638, abs=1e-7), "P(X >= 36), X of Bin(196, 1/9)"
    assert find_categories(scattered, NOTHING) == []


def test_small_cells_are_not_tested_and_a_new_one_is_found_where_it_is_more_than_what_is_tested_at_all() -> None:
    before = [month(n) for n in range(1, 8)]
    assert [find_categories([*before, month(8, food=count)], NOTHING) for count in (4, 5)] == [[], []]
    (found,) = find_categories([*before, month(8, food=9)], NOTHING)
    assert (found.x1, found.x0) == (9, 0)
    assert found.p == pytest.approx(8**-9)
    assert (found.inputs["p_of_least"], found.inputs["p_if_tested"]) == (
        pytest.approx(8**-5),
        pytest.approx(8**-4),
    )


def test_the_total_rises_by_working_day_and_what_comes_every_year_is_no_news() -> None:
    def months(*, march: int, a_year_ago: int) -> list[Tally]:
        counts = [60, 62, a_year_ago, 58, 61, 59, 60, 63, 57, 60, 61, 59, 60, 60, march]
        return [month(number, complaints=count) for number, count in enumerate(counts, start=1)]

    (found,) = find_total(months(march=108, a_year_ago=60), NOTHING)
    assert (found.cell, found.x1, found.base, found.inputs["year_before"]["x"]) == (ALL, 108, 12, 60)
    assert find_total(months(march=108, a_year_ago=100), NOTHING) == []
    # As many complaints in fewer days are a rise, and in more days none.
    same = [month(number, complaints=60, workdays=22) for number in range(1, 10)]
    assert find_total([*same, month(10, complaints=75, workdays=22)], NOTHING) == []
    assert fired(find_total([*same, month(10, complaints=75, workdays=16)], NOTHING)) == [("total", ALL, 75, 540)]


def test_two_hundred_merchants_as_always_are_no_finding() -> None:
    cells = {Cell(axis=SignalAxis.MERCHANT, merchant_id=number): 5 for number in range(200)}
    months = [
        Tally(period=month(n).period, workdays=21, complaints=1000, cells=cells, people=cells) for n in range(1, 9)
    ]
    assert find_merchants(months, NOTHING) == []


def test_without_a_limit_for_many_tests_chance_alone_would_flag_six_of_two_hundred() -> None:
    assert poisson_tail(10, 5) == pytest.approx(0.0318, abs=5e-5)
    assert 200 * poisson_tail(10, 5) == pytest.approx(6.4, abs=0.05)


@pytest.mark.parametrize(
    ("ranks_of", "counts", "fires_in"),
    [
        ((3, 8, 10), (7, 5, 6), [3]),
        ((2, 4, 11, 3), (9, 8, 7, 8), []),
        ((1, 9, 2), (12, 4, 9), []),
        ((1, 1, 1, 1, 1, 1), (9, 9, 9, 9, 9, 9), [3, 6]),
        ((1, 1, 11, 1, 1, 1), (9, 9, 9, 9, 9, 9), [6]),
    ],
)
def test_a_merchant_that_stays_high_is_found_once_a_run_and_again_after_three_more(
    ranks_of: tuple[int, ...], counts: tuple[int, ...], fires_in: list[int]
) -> None:
    places = list(zip(ranks_of, counts, strict=True))
    lengths = [count_run(places[:number]) for number in range(1, len(places) + 1)]
    assert [number for number, length in enumerate(lengths, start=1) if length and length % 3 == 0] == fires_in
    assert count_run([places[0], None, *places]) == lengths[-1]


def test_a_run_goes_on_over_the_turn_of_the_year() -> None:
    months = [month(number, shop=6) for number in (11, 12, 13)]
    (found,) = find_persistent(months, NOTHING)
    assert (found.rule, found.cell, found.first, found.base) == (SignalRule.PERSISTENCE, SHOP, date(2026, 1, 1), 3)
    assert found.inputs["months"] == [{"month": name, "rank": 1, "x": 6} for name in ("2025-11", "2025-12", "2026-01")]


def test_a_slow_rise_is_a_drift_that_begins_anew_once_it_was_found() -> None:
    slow = [20, 20, 20, 20, 20, 20, 23, 25, 28, 31, 33, 36]
    months = [month(number, food=count) for number, count in enumerate(slow, start=1)]
    (found,) = find_drifts(months, NOTHING)
    assert (found.rule, found.cell, found.base, found.x0) == (SignalRule.DRIFT, FOOD, 6, 120)
    assert found.limit is not None
    assert found.inputs["average"] > found.limit
    flagged = frozenset({(SignalRule.DRIFT, FOOD, date(2025, 12, 1))})
    assert find_drifts([*months[1:], month(13, food=20)], flagged) == []
    assert find_drifts([month(number, food=20 + number % 2) for number in range(1, 13)], NOTHING) == []


def complaint(number: int, day: date, *cells: Cell, person: str | None = "p") -> Complaint:
    return Complaint(number=f"12315-2026-{number:05}", day=day, person=person, cells=cells)


def test_a_week_above_the_limit_is_found_and_a_week_with_more_of_everything_is_not() -> None:
    monday = date(2026, 1, 5)
    weeks = [monday + timedelta(days=7 * number) for number in range(30)]

    def year(last_food: int, last_other: int) -> list[Complaint]:
        counts = [(6, 54)] * 29 + [(last_food, last_other)]
        return [
            complaint(number, week, *([FOOD] if number < food else []))
            for week, (food, other) in zip(weeks, counts, strict=True)
            for number in range(food + other)
        ]

    first, last = date(2026, 7, 27), date(2026, 8, 2)
    assert fired(find_weeks(year(14, 46), first, last, NOTHING)) == [("weekly", FOOD, 14, 156)]
    (found,) = find_weeks(year(14, 46), first, last, NOTHING)
    assert found.limit == pytest.approx(13.47, abs=0.01), "vector 25"
    assert (found.first, found.last, found.base) == (date(2026, 7, 27), date(2026, 8, 2), 26)
    assert find_weeks(year(13, 47), first, last, NOTHING) == []
    assert find_weeks(year(14, 126), first, last, NOTHING) == []


GYM = Cell(axis=SignalAxis.MERCHANT_SERVICE, code="prepaid_card", merchant_id=1)


def test_five_known_people_about_the_same_within_the_days_are_a_group_and_one_person_five_times_is_none() -> None:
    day = date(2026, 4, 14)

    def found(persons: Sequence[str | None], *, apart: int) -> list[Finding]:
        those = [complaint(n, day + n * apart * DAY, GYM, person=person) for n, person in enumerate(persons)]
        first, last = date(2026, 4, 1), date(2026, 5, 31)
        return find_groups(those, first, last, people=5, within=timedelta(days=30))

    (one,) = found(["a", "b", "c", "d", "e"], apart=7)
    assert (one.x1, one.inputs["first_day"], one.inputs["last_day"]) == (5, "2026-04-14", "2026-05-12")
    assert found(["a", "b", "c", "d", "e"], apart=8) == []
    assert found(["a", "a", "b", "c", "d"], apart=1) == []
    assert found(["a", "b", "c", "d", None], apart=1) == []


def test_complainants_count_once_a_merchant_and_unknown_ones_each_time() -> None:
    day = date(2026, 4, 14)
    those = [complaint(n, day, SHOP, person=person) for n, person in enumerate(["a", "a", "b", None, None])]
    counted = tally(those, whole_months(PeriodKind.MONTH, day), 21)
    assert (counted.complaints, counted.cells, counted.people) == (5, {SHOP: 5}, {SHOP: 4})
    assert count_people([]) == 0


READ = SignalEventGiven(tickets_read=True)


def test_a_signal_goes_the_way_of_its_table_and_no_other() -> None:
    given = SignalEventGiven(reason="chance", tickets_read=True, linked=SignalLink.LETTER, linked_id=7)
    went = {}
    for state, event in product(SignalState, SignalEventKind):
        if event in list_events(state):
            went[state.value, event.value] = next_state(state, event, given).value
        else:
            with pytest.raises(CallcenterError, match="cannot have the event"):
                next_state(state, event, given)
    assert went == {
        ("new", "review"): "reviewing",
        ("reviewing", "confirm"): "confirmed",
        ("reviewing", "dismiss"): "dismissed",
        ("confirmed", "link"): "acted",
    }
    assert {state.value: list_events(state) for state in SignalState} == {
        "new": ["review"],
        "reviewing": ["confirm", "dismiss"],
        "confirmed": ["link"],
        "dismissed": [],
        "acted": [],
    }


@pytest.mark.parametrize(
    ("state", "event", "given", "code"),
    [
        (SignalState.REVIEWING, SignalEventKind.CONFIRM, SignalEventGiven(), "tickets_not_read"),
        (SignalState.REVIEWING, SignalEventKind.DISMISS, SignalEventGiven(reason="chance"), "tickets_not_read"),
        (SignalState.REVIEWING, SignalEventKind.DISMISS, READ, "reason_required"),
        (SignalState.CONFIRMED, SignalEventKind.LINK, READ, "signal_link_required"),
    ],
)
def test_an_event_needs_what_belongs_to_it(
    state: SignalState, event: SignalEventKind, given: SignalEventGiven, code: str
) -> None:
    with pytest.raises(CallcenterError) as refused:
        next_state(state, event, given)
    assert refused.value.code == code
