"""A ledger in local time: put right by the seconds in the ids, with an anomaly on each call."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.audit.ledger_count import count_ledger
from callcenter.calls.records import Anomaly, CallRecord, Outcome
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.ledger_clock import LedgerClock, parse_eventtime, shift_of
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules
from tests.scenarios.captures import cel_rows

LEDGER = Path(__file__).parents[1] / "cases" / "ledger_in_local_time.csv"
BORN_AT = datetime(2026, 11, 23, 19, 43, 20, tzinfo=UTC)
PARTED_AT = BORN_AT + timedelta(seconds=9, milliseconds=10)


def told(text: str, folder: Path) -> list[CallRecord]:
    path = folder / "cel.csv"
    path.write_text(text, encoding="utf-8")
    return list(replay([path], is_cel=True, pbx="pbx5", rules=CallRules()))


def shifted(by: timedelta, ending: str = "") -> str:
    """The ledger as a PBX ahead of UTC by `by` writes it."""

    def write(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[1]) - timedelta(hours=8) + by
        return f'"{at:%Y-%m-%d %H:%M:%S.%f}{ending}"'

    return re.sub(r'"(2026-11-24 [0-9:.]+)"', write, LEDGER.read_text(encoding="utf-8"))


@pytest.mark.parametrize("minutes", [8 * 60, -5 * 60, 5 * 60 + 45, 14 * 60, -12 * 60])
def test_a_ledger_in_local_time_is_put_right_with_an_anomaly_on_each_call(minutes: int, tmp_path: Path) -> None:
    (call,) = told(shifted(timedelta(minutes=minutes)), tmp_path)

    assert (call.started_at, call.ended_at, call.outcome) == (BORN_AT, PARTED_AT, Outcome.ABANDONED_QUEUE)
    assert call.anomalies == (Anomaly.LEDGER_IN_LOCAL_TIME,)


@pytest.mark.parametrize(
    ("hours", "ending"), [(0, ""), (8, "+0800"), (8, " +0800"), (-5, "-05:00"), (0, "Z"), (0, "+0000")]
)
def test_an_offset_in_the_row_is_honoured_and_no_anomaly(hours: int, ending: str, tmp_path: Path) -> None:
    (call,) = told(shifted(timedelta(hours=hours), ending), tmp_path)

    assert (call.started_at, call.ended_at, call.anomalies) == (BORN_AT, PARTED_AT, ())


@pytest.mark.parametrize(
    ("event", "uniqueid", "eventtime", "hours"),
    [
        ("CHAN_START", "pbx5-1795463000.1", "2026-11-24 03:43:20.5", 8),
        ("CHAN_START", "1795463000.1", "2026-11-23 19:43:20", 0),
        ("HANGUP", "pbx5-1795463000.1", "2026-11-23 20:43:20", None),
        ("BRIDGE_ENTER", "pbx5-1795463000.1", "2026-11-24 03:43:20", None),
        ("CHAN_START", "pbx5-1795463000.d1", "2026-11-24 03:43:20", None),
        ("CHAN_START", "0e000000-0000-4000-8000-000000000001", "2026-11-24 03:43:20", None),
        ("CHAN_START", "dialler-1795460123.1", "2026-11-24 03:43:20", None),
        ("CHAN_START", "pbx5-1795463000.1", "2026-11-24 03:43:20+0800", None),
        ("CHAN_START", "pbx5-1795463000.1", "1795463000.000000", None),
        ("CHAN_START", "pbx5-1795000000.1", "2026-11-24 03:43:20", None),
    ],
)
def test_only_the_birth_of_a_channel_that_asterisk_named_tells_how_far_a_ledger_is_off(
    event: str, uniqueid: str, eventtime: str, hours: int | None
) -> None:
    row = [event, eventtime, *[""] * 12, uniqueid, uniqueid, *[""] * 4]

    assert shift_of(row) == (None if hours is None else timedelta(hours=hours))


def test_a_call_with_an_id_of_another_program_goes_by_the_births_around_it(tmp_path: Path) -> None:
    text = LEDGER.read_text(encoding="utf-8")
    chosen = "0e000000-0000-4000-8000-000000000001"
    first, second = told(text + text.replace("pbx5-1795463000.1", chosen), tmp_path)

    assert (first.started_at, second.call_id, second.started_at) == (BORN_AT, chosen, BORN_AT)
    assert Anomaly.LEDGER_IN_LOCAL_TIME in second.anomalies


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/London", "America/New_York"])
def test_a_call_that_is_up_when_summer_time_ends_goes_on_in_order(zone: str, tmp_path: Path) -> None:
    text = LEDGER.read_text(encoding="utf-8")
    ends = {"Europe/Berlin": 1792890000, "Europe/London": 1792890000, "America/New_York": 1793512800}[zone]
    begins = datetime.fromtimestamp(ends - 5, UTC)

    def write(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) - timedelta(hours=8) + (begins - BORN_AT)
        return f'"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S.%f}"'

    moved = re.sub(r'"(2026-11-24 [0-9:.]+)"', write, text).replace("1795463000", str(ends - 5))
    (call,) = told(moved, tmp_path)

    assert (call.started_at, call.ended_at) == (begins, begins + (PARTED_AT - BORN_AT))
    assert (call.outcome, call.anomalies) == (Outcome.ABANDONED_QUEUE, (Anomaly.LEDGER_IN_LOCAL_TIME,))


def test_where_reading_begins_in_the_middle_the_next_birth_tells_the_shift_of_what_stands_before_it() -> None:
    late = ["HANGUP", "2026-11-24 03:43:19", *[""] * 12, "pbx5-1795462000.1", "pbx5-1795462000.1", *[""] * 4]
    birth = ["CHAN_START", "2026-11-24 03:43:20", *[""] * 12, "pbx5-1795463000.1", "pbx5-1795463000.1", *[""] * 4]
    clock = LedgerClock()

    clock.look_ahead([late, birth])

    assert clock.moment(late) == BORN_AT - timedelta(seconds=1)


def test_a_ledger_in_epoch_seconds_is_never_moved() -> None:
    facts = CelFacts()

    moments = [facts.clock.moment(row) for row in cel_rows("answered_by_an_agent")]

    assert moments == [parse_eventtime(row[1]) for row in cel_rows("answered_by_an_agent")]
    assert facts.clock.shift is None


@pytest.mark.parametrize("ending", ["", "+0800"])
def test_the_audits_own_count_of_such_a_ledger_has_the_same_moments(ending: str, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(shifted(timedelta(hours=8), ending), encoding="utf-8")

    found = count_ledger(path, ("PJSIP/trunk-*",), BORN_AT - timedelta(hours=1), BORN_AT + timedelta(hours=1))

    assert found is not None
    assert found.inbound == {"pbx5-1795463000.1": BORN_AT}
