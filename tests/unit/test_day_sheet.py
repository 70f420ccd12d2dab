"""The day sheet adds up, and every later change shows in the chain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks.day_sheet import find_breaks, hash_list, hash_sheet

MONDAY = date(2026, 11, 23)
Sheet = tuple[date, dict[str, Any], str | None, str]


def chain(days: int) -> list[Sheet]:
    sheets: list[Sheet] = []
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        previous = sheets[-1][3] if sheets else None
        sheet = {"business_date": day.isoformat(), "callers": {"lost": number}}
        sheets.append((day, sheet, previous, hash_sheet(sheet, previous)))
    return sheets


def test_the_hash_is_that_of_canonical_json_so_that_anybody_can_compute_it() -> None:
    told = '{"previous_sha256":null,"sheet":{"a":"张","b":1.5}}'
    import hashlib

    assert hash_sheet({"b": 1.5, "a": "张"}, None) == hashlib.sha256(told.encode()).hexdigest()


def test_a_list_is_hashed_with_its_day_and_moment() -> None:
    frozen_at = datetime(2026, 11, 23, 16, 10, tzinfo=UTC)
    hashes = {
        hash_list(MONDAY, frozen_at, []),
        hash_list(MONDAY + timedelta(days=1), frozen_at, []),
        hash_list(MONDAY, frozen_at + timedelta(seconds=1), []),
        hash_list(MONDAY, frozen_at, [{"episode_id": 1}]),
    }
    assert len(hashes) == 4


def test_a_chain_that_nobody_touched_has_no_breaks() -> None:
    assert find_breaks([]) == []
    assert find_breaks(chain(5)) == []


def test_a_changed_figure_shows() -> None:
    sheets = chain(3)
    day, sheet, previous, sha256 = sheets[1]
    sheets[1] = (day, sheet | {"callers": {"lost": 0}}, previous, sha256)
    assert find_breaks(sheets) == ["The sheet of 2026-11-24 was changed."]


def test_a_changed_figure_with_its_own_hash_made_anew_shows_in_the_next_sheet() -> None:
    sheets = chain(3)
    day, sheet, previous, _ = sheets[1]
    forged = sheet | {"callers": {"lost": 0}}
    sheets[1] = (day, forged, previous, hash_sheet(forged, previous))
    assert find_breaks(sheets) == ["The sheet before that of 2026-11-25 was changed or removed."]


@given(st.integers(2, 6), st.data())
def test_a_removed_or_moved_sheet_shows(days: int, data: st.DataObject) -> None:
    sheets = chain(days)
    removed = data.draw(st.integers(0, days - 2))
    assert find_breaks(sheets[:removed] + sheets[removed + 1 :]) != []
    day, sheet, previous, sha256 = sheets[removed]
    moved = [*sheets[:removed], (day - timedelta(days=40), sheet, previous, sha256), *sheets[removed + 1 :]]
    assert find_breaks(moved) != []
