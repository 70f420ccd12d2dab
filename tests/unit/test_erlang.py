"""The formulas of Erlang and Palm, against printed values and against each other."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import InputError
from callcenter.statistics.erlang import (
    Load,
    advise,
    erlang_a,
    erlang_b,
    erlang_c,
    forecast,
    mean_wait,
    service_level,
)


def load(aht: float, *, calls: float = 23.8, patience: float = 90) -> Load:
    return Load(calls_an_hour=calls, aht_seconds=aht, patience_seconds=patience)


@pytest.mark.parametrize(("erlang", "seats", "blocked"), [(2, 4, 0.0952381), (10, 12, 0.1197392)])
def test_erlang_b(erlang: float, seats: int, blocked: float) -> None:
    assert round(erlang_b(erlang, seats), 7) == blocked


@pytest.mark.parametrize(
    ("erlang", "seats", "waits"), [(2, 4, 0.1739130), (1.5, 3, 0.2368421), (10, 12, 0.4493882), (4, 4, 1), (5, 4, 1)]
)
def test_erlang_c(erlang: float, seats: int, waits: float) -> None:
    assert round(erlang_c(erlang, seats), 7) == waits


def test_erlang_a() -> None:
    must_wait, abandon = erlang_a(load(210), 3)
    assert (round(must_wait, 3), round(abandon, 3)) == (0.149, 0.072)


@pytest.mark.parametrize(
    ("aht", "seats", "answered", "abandoned", "places"),
    [
        (210, 2, 0.46, 0.21, 2),  # 45.5 %; the table says 45 %, having rounded the load to 1.39 before
        (210, 3, 0.82, 0.07, 2),
        (210, 4, 0.95, 0.020, 3),
        (210, 5, 0.99, 0.005, 3),
        (300, 2, 0.01, 0.33, 2),
        (300, 3, 0.58, 0.15, 2),
        (300, 4, 0.85, 0.06, 2),
        (300, 5, 0.95, 0.020, 3),
    ],
)
def test_the_busy_hour_of_a_hotline_of_140_calls_a_day(
    aht: float, seats: int, answered: float, abandoned: float, places: int
) -> None:
    found = forecast(load(aht), seats, 15)
    assert (round(found.service_level, 2), round(found.abandon, places)) == (answered, abandoned)


def test_the_same_of_the_load_as_printed() -> None:
    assert round(service_level(load(210, calls=1.39 * 3600 / 210), 2, 15), 2) == 0.45


@pytest.mark.parametrize(("aht", "erlang"), [(210, 1.39), (300, 1.98)])
def test_its_load(aht: float, erlang: float) -> None:
    assert round(load(aht).erlang, 2) == erlang


def test_advice_is_the_fewest_seats_that_keep_the_standard_and_people_for_shrinkage() -> None:
    advice = advise(load(300), within_seconds=15, target=0.95, shrinkage=0.3)
    assert (advice.seats, advice.people) == (5, 8)
    assert [found.seats for found in advice.forecasts] == [1, 2, 3, 4, 5, 6, 7]
    assert advise(load(300), within_seconds=15, target=0.95, shrinkage=0.0).people == 5
    assert advise(load(300), within_seconds=15, target=0.95, shrinkage=0.5).people == 10


def test_a_load_that_is_too_much_for_the_seats_has_no_mean_wait() -> None:
    found = forecast(load(210), 1, 15)
    assert (found.service_level, found.asa_seconds) == (0, None)
    assert found.occupancy < 1, "those who hang up keep the queue finite"


def test_nobody_rings() -> None:
    found = forecast(load(210, calls=0), 1, 15)
    assert (found.service_level, found.must_wait, found.abandon, found.asa_seconds) == (1, 0, 0, 0)


@pytest.mark.parametrize("wrong", [load(1, calls=inf), load(3600, calls=501), load(0), load(210, patience=0), load(-1)])
def test_a_load_out_of_all_reason_is_refused(wrong: Load) -> None:
    with pytest.raises(InputError):
        advise(wrong, within_seconds=15, target=0.95, shrinkage=0.3)


@given(st.floats(1, 3000), st.floats(10, 600), st.integers(1, 60))
def test_callers_without_end_of_patience_make_erlang_a_erlang_c(calls: float, aht: float, seats: int) -> None:
    patient = load(aht, calls=calls, patience=1e9)
    if patient.erlang < 0.95 * seats:
        must_wait, abandon = erlang_a(patient, seats)
        assert must_wait == pytest.approx(erlang_c(patient.erlang, seats), rel=1e-4, abs=1e-12)
        assert abandon == pytest.approx(0, abs=1e-5)


@given(st.floats(1, 3000), st.floats(10, 600), st.floats(10, 600), st.integers(1, 80))
def test_another_seat_makes_nothing_worse(calls: float, aht: float, patience: float, seats: int) -> None:
    one = load(aht, calls=calls, patience=patience)
    if one.erlang > 500:
        return
    fewer, more = forecast(one, seats, 15), forecast(one, seats + 1, 15)
    assert more.service_level >= fewer.service_level - 1e-9
    assert 0 <= more.abandon <= fewer.abandon + 1e-9
    assert 0 <= more.must_wait <= fewer.must_wait + 1e-9
    assert fewer.asa_seconds is None or (more.asa_seconds or 0) <= fewer.asa_seconds
    assert 0 <= service_level(one, seats, 15) <= 1
    assert (mean_wait(one, seats) is None) is (one.erlang >= seats)
