"""What is hidden in synthetic years is found in its month, and chance finds as little as it should.

The suite takes three seeds; all twenty: `PYTHONPATH=scripts:. .venv/bin/python -m hotline_year.frozen`.
"""

from __future__ import annotations

from datetime import date

import pytest

from callcenter.analysis.signals.findings import Finding
from hotline_year.background import MERCHANTS
from hotline_year.frozen import count_false_months, draw_year, find_by_month, freeze, tally_years
from hotline_year.matter import name_merchants


def test_where_nothing_is_hidden_few_months_have_a_false_signal_of_a_category() -> None:
    assert sum(count_false_months(seed) for seed in (1, 2, 3)) <= 10, "99.9 % of Bin(36, 0.1)"


HIDDEN_YEARS = (2025, 2026)


Found = dict[date, set[tuple[str, str, str | None]]]


@pytest.fixture(scope="module")
def found() -> Found:
    """By month what is found in two years with findings hidden in each: rule, axis, and the code or the merchant."""
    numbers: dict[str, int] = {}
    drawn = (draw_year(year, 7, with_hidden=True) for year in HIDDEN_YEARS)
    rows = [row for year in drawn for row in freeze(year.matters, numbers)]
    names = {number: name for name, number in numbers.items()}
    return {
        month: {(one.rule.value, one.cell.axis.value, _name(one, names)) for one in findings}
        for month, findings in find_by_month(*tally_years(rows, HIDDEN_YEARS)).items()
    }


def _name(one: Finding, names: dict[int, str]) -> str | None:
    merchant = None if one.cell.merchant_id is None else names[one.cell.merchant_id]
    return "/".join(part for part in (merchant, one.cell.code) if part) or None


@pytest.mark.parametrize("year", HIDDEN_YEARS)
def test_what_is_hidden_is_found_in_its_month(found: Found, year: int) -> None:
    merchants = name_merchants(MERCHANTS)
    hidden = {
        7: {("persistence", "merchant", merchants[150])},
        9: {("category", "goods", "家用电器"), ("category", "goods_problem", "家用电器/售后服务")},
        4: {("group", "merchant_service", "常州力健健身服务有限公司/预付卡")},
        12: {("drift", "service", "教育培训")},
    }
    for month, expected in hidden.items():
        assert expected <= found[date(year, month, 1)], month


@pytest.mark.parametrize("year", HIDDEN_YEARS)
def test_decoys_one_serial_complainant_and_the_rise_of_everything_in_march_stay_quiet(found: Found, year: int) -> None:
    merchants = name_merchants(MERCHANTS)
    about = {(rule, name) for month, those in found.items() if month.year == year for rule, _, name in those}
    assert not {name for _, name in about} & {merchants[400], *merchants[250:280]}
    tested = {"total", "category", "merchant", "drift"}
    assert {one for month in (2, 3, 4) for one in found[date(year, month, 1)] if one[0] in tested} == set()
    assert {one for month, those in found.items() for one in those if one[0] in tested and month.year == year} <= {
        ("category", "goods", "家用电器"),
        ("category", "goods_problem", "家用电器/售后服务"),
        ("category", "service", "教育培训"),
        ("drift", "service", "教育培训"),
    }
