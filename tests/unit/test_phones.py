"""The file of the agents' phones, and what phones that dial by themselves are held to."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.cli import main
from callcenter.dialling.phones import list_calling_hours, list_digits, list_prefixes
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.rules import CalendarMissing
from callcenter.pbx.phones import read_phones, write_phones
from callcenter.time_spans import Span

HOURS = CallingHours(
    workday=(Span.parse("09:00-12:00"), Span.parse("14:00-24:00")),
    day_off=(Span.parse("10:00-15:00"),),
    timezone=ZoneInfo("Asia/Shanghai"),
)


def test_each_phone_has_a_secret_of_its_own_and_keeps_it_when_others_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pjsip_phones.conf"
    assert main(["phones", str(file), "1001", "1002"]) == 0
    first = read_phones(file.read_text(encoding="utf-8"))
    assert main(["phones", str(file), "1002", "1003"]) == 0
    second = read_phones(file.read_text(encoding="utf-8"))
    assert main(["phones", str(file), "1001", "--renew"]) == 0
    third = read_phones(file.read_text(encoding="utf-8"))

    assert list(second) == list(third) == ["1001", "1002", "1003"]
    assert second == first | {"1003": second["1003"]}
    assert {phone for phone in third if third[phone] != second[phone]} == {"1001"}
    assert len(set(third.values())) == 3
    assert {len(secret) for secret in third.values()} == {32}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert not any(secret in said for secret in (*first.values(), *second.values(), *third.values()))


def test_what_is_written_is_read_back() -> None:
    secrets = {"1001": "a" * 32, "1002": "b" * 32}
    assert read_phones(write_phones(secrets)) == secrets


@pytest.mark.parametrize("extension", ["trunk-main", "", "1001]", "1 2", "1001\n[global]", "1" * 41])
def test_nothing_but_a_phone_can_be_written(tmp_path: Path, extension: str) -> None:
    file = tmp_path / "pjsip_phones.conf"
    assert main(["phones", str(file), extension]) == 2
    assert not file.exists()


def test_the_do_not_call_list_is_written_as_the_trunk_takes_numbers() -> None:
    listed = ["+8613800000001", "+865198800001", "+864001234567", "+85261234567", "12345", "+8651988001;ext=12", "8001"]
    assert list(list_digits(listed, "0519")) == [
        "13800000001",
        "05198800001",
        "4001234567",
        "0085261234567",
        "12345",
    ]


def test_prefixes_are_written_as_they_are_dialled_and_none_opens_the_world() -> None:
    assert list(list_prefixes(["+86519", "+852", "12345", "0", "00", "0088"])) == ["00852", "12345"]


def test_calling_hours_of_each_day_are_written_and_without_a_calendar_what_both_kinds_allow() -> None:
    def is_workday(day: date) -> bool:
        if day.year == 2027:
            raise CalendarMissing(day.year)
        return day.weekday() < 5

    hours = dict(list_calling_hours(HOURS, is_workday, date(2026, 12, 31)))
    assert [hours[f"calling/{day}"] for day in ("20261230", "20261231", "20270101")] == [
        "0900-1200&1400-2400",
        "0900-1200&1400-2400",
        "1000-1200&1400-1500",
    ]
    closed = CallingHours(workday=(), day_off=(), timezone=HOURS.timezone)
    assert set(dict(list_calling_hours(closed, is_workday, date(2026, 12, 1))).values()) == {"none"}
