"""A drill is missed in the last month of a quarter in which none was held."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.broadcasts.drills import MissingDrill, find_missing_drill

LAST_OF_2026 = MissingDrill(year=2026, quarter=4, since=date(2026, 12, 1))


@pytest.mark.parametrize(
    ("today", "last_drill", "missing"),
    [
        (date(2026, 11, 30), None, None),
        (date(2026, 12, 1), None, LAST_OF_2026),
        (date(2026, 12, 31), date(2026, 9, 30), LAST_OF_2026),
        (date(2026, 12, 31), date(2026, 10, 1), None),
        (date(2026, 12, 31), date(2026, 12, 31), None),
        (date(2027, 1, 1), date(2026, 9, 30), None),
        (date(2027, 3, 1), date(2026, 12, 31), MissingDrill(year=2027, quarter=1, since=date(2027, 3, 1))),
        (date(2026, 6, 15), date(2025, 6, 1), MissingDrill(year=2026, quarter=2, since=date(2026, 6, 1))),
    ],
)
def test_it_is_said_in_the_last_month_until_a_drill_is_held(
    today: date, last_drill: date | None, missing: MissingDrill | None
) -> None:
    assert find_missing_drill(today, last_drill) == missing


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_in_a_year_without_drills_four_months_miss_one(today: date) -> None:
    missing = find_missing_drill(today, None)
    assert (missing is not None) == (today.month in (3, 6, 9, 12))
    if missing is not None:
        assert missing.since == today.replace(day=1)
        assert missing.name == f"{today.year}Q{today.month // 3}"
        assert find_missing_drill(today, today) is None
