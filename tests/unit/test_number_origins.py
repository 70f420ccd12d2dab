"""Where numbers come from: what their first digits say, and nothing else."""

from __future__ import annotations

import csv
from datetime import date
from importlib.resources import files

import pytest

from callcenter.calls.number_forms import LANDLINE, MOBILE
from callcenter.calls.number_origins import Carrier, Origin, origin_of


@pytest.mark.parametrize(
    ("number", "origin"),
    [
        ("051988000042", Origin(chinese="江苏常州", english="Changzhou, Jiangsu")),
        ("88000042", Origin(chinese="江苏常州", english="Changzhou, Jiangsu")),
        ("+861088000042", Origin(chinese="北京", english="Beijing")),
        ("037122223333", Origin(chinese="河南郑州、开封", english="Zhengzhou, Kaifeng, Henan")),
        ("13812345678", Origin(carrier=Carrier.MOBILE)),
        ("17012345678", Origin(carrier=Carrier.TELECOM)),
        ("17112345678", Origin(carrier=Carrier.UNICOM)),
        ("19212345678", Origin(carrier=Carrier.BROADNET)),
    ],
)
def test_the_first_digits_say_a_place_or_a_carrier(number: str, origin: Origin) -> None:
    assert origin_of(number, area_code="0519") == origin


@pytest.mark.parametrize(
    "number", [None, "", "17412345678", "13491234567", "4008001234", "12345", "1001", "+4930123456"]
)
def test_what_is_not_known_says_nothing(number: str | None) -> None:
    assert origin_of(number, area_code="0519") is None


def test_every_line_of_the_data_is_a_range_of_numbers_with_a_source_and_a_date() -> None:
    text = (files("callcenter.calls") / "number_origins.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    prefixes = [row["prefix"] for row in rows]
    assert len(set(prefixes)) == len(prefixes) > 350
    for row in rows:
        is_area = row["prefix"].startswith("0")
        national = row["prefix"][1:].ljust(10, "2") if is_area else row["prefix"].ljust(11, "2")
        assert (LANDLINE if is_area else MOBILE).fullmatch(national), row
        assert bool(row["chinese"]) == bool(row["english"]) == is_area
        assert bool(row["carrier"]) is not is_area
        assert row["source"]
        assert date.fromisoformat(row["as_of"]) <= date(2026, 12, 31)
