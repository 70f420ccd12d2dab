"""The independent count of the ledger, on files as Asterisk and logrotate leave them."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.audit import ledger_files
from callcenter.audit.ledger_count import LedgerCount, count_ledger
from callcenter.calls.records import Direction
from callcenter.json_values import moment_to_json
from callcenter.pbx.trunks import DEFAULT_TRUNKS
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules

TRUNKS = DEFAULT_TRUNKS.split(",")
SCENARIOS = Path(__file__).parent.parent / "scenarios"
DAY = datetime(2026, 11, 23, tzinfo=UTC)


def row(number: int, *, event: str = "CHAN_START", at: float = 3600, linked: int | None = None, **changes: str) -> str:
    uniqueid = f"pbx1-{number}.0"
    columns = [event, f"{(DAY + timedelta(seconds=at)).timestamp():.6f}", "", "13812345678", "", "", "", "12315"]
    columns += [changes.get("context", "from-trunk"), changes.get("channel", f"PJSIP/trunk-main-{number:08x}")]
    columns += [
        changes.get("application", ""),
        "",
        "3",
        "",
        uniqueid,
        uniqueid if linked is None else f"pbx1-{linked}.0",
        "",
        "",
        "",
        "",
    ]
    columns[1] = changes.get("eventtime", columns[1])
    columns[2] = changes.get("name", columns[2])
    return ",".join('"{}"'.format(column.replace('"', '""')) for column in columns) + "\n"


def count(folder: Path) -> LedgerCount | None:
    return count_ledger(folder / "cel.csv", TRUNKS, DAY, DAY + timedelta(days=1))


def inbound(folder: Path) -> list[str]:
    found = count(folder)
    assert found is not None
    return sorted(found.inbound)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in SCENARIOS.glob("*/cel.csv")))
def test_the_count_agrees_with_the_records_of_every_captured_scenario(name: str) -> None:
    path = SCENARIOS / name / "cel.csv"
    records = replay([path], is_cel=True, pbx="pbx1", rules=CallRules())
    expected = {record.call_id: record.started_at for record in records if record.direction is Direction.INBOUND}
    found = count_ledger(path, TRUNKS, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    assert found is not None
    assert {call_id: moment_to_json(at) for call_id, at in found.inbound.items()} == {
        call_id: moment_to_json(at) for call_id, at in expected.items()
    }


def test_only_channels_born_on_a_trunk_that_day_without_one_before_them_count(tmp_path: Path) -> None:
    rows = [
        row(1),
        row(2, event="HANGUP"),
        row(3, linked=1),
        row(4, channel="PJSIP/1001-00000001", context="internal"),
        row(5, channel="Local/1001@from-trunk-00000001;1"),
        row(6, channel="DAHDI/1-1", context="from-pstn-2"),
        row(7, at=-0.001),
        row(8, at=0),
        row(9, at=86399.999),
        row(10, at=86400),
        row(11, eventtime="2026-11-23 19:21:06.997861"),
        row(12, eventtime="soon"),
        row(13),
        row(13, event="HANGUP", application="AppDial2"),
        row(14, event="HANGUP", name="AppDial2"),
    ]
    (tmp_path / "cel.csv").write_text("".join(rows))
    assert inbound(tmp_path) == ["pbx1-1.0", "pbx1-11.0", "pbx1-6.0", "pbx1-8.0", "pbx1-9.0"]


def test_rotated_files_count_once_compressed_or_not(tmp_path: Path) -> None:
    (tmp_path / "cel.csv").write_text(row(3))
    (tmp_path / "cel.csv.1").write_text(row(2) + row(3))
    (tmp_path / "cel.csv-20261123.gz").write_bytes(gzip.compress(row(1, at=10).encode()))
    (tmp_path / "other.csv").write_text(row(4))
    assert count(tmp_path) == LedgerCount(
        files=("cel.csv", "cel.csv-20261123.gz", "cel.csv.1"),
        inbound={
            "pbx1-1.0": DAY + timedelta(seconds=10),
            "pbx1-2.0": DAY + timedelta(hours=1),
            "pbx1-3.0": DAY + timedelta(hours=1),
        },
        kept_since=DAY + timedelta(seconds=10),
        unreadable=(),
    )


def test_damage_hides_no_other_row(tmp_path: Path) -> None:
    torn, whole = row(1)[:60], row(2)
    (tmp_path / "cel.csv").write_bytes(
        f'{torn}\n"APP_START","17"",\n{whole}'.encode()
        + b'\0\0\xff\n"CHAN_START"\n"CHAN_START",x\ry,z\n'
        + b'"CHAN_START","'
        + 200_000 * b"9"
        + b'"\n'
        + row(3, name='张 "x", y').encode()
    )
    assert inbound(tmp_path) == ["pbx1-2.0", "pbx1-3.0"]


def years(folder: Path, *, days: int = 40, calls_a_day: int = 800) -> Path:
    """A ledger that nobody rotates."""
    path = folder / "cel.csv"
    with path.open("w") as file:
        for day in range(days):
            for number in range(calls_a_day):
                at = (day - days + 2) * 86_400 + number * 86_400 / calls_a_day
                file.write(row(day * calls_a_day + number, at=at))
                file.write(row(day * calls_a_day + number, at=at + 1, event="HANGUP"))
    return path


def bytes_read(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[int, LedgerCount | None]:
    """How many bytes a count takes from the disk."""
    read = 0
    opened = ledger_files._open

    class Counting:
        def __init__(self, path: Path) -> None:
            self._file = opened(path)

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def seek(self, *where: int) -> int:
            return self._file.seek(*where)

        def read(self, length: int) -> bytes:
            nonlocal read
            data = self._file.read(length)
            read += len(data)
            return data

    monkeypatch.setattr(ledger_files, "_open", Counting)
    found = count(folder)
    monkeypatch.undo()
    return read, found


def test_of_a_long_ledger_only_the_part_of_the_day_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = years(tmp_path)
    size, (read, found) = path.stat().st_size, bytes_read(monkeypatch, tmp_path)

    assert found is not None
    assert len(found.inbound) == 800
    assert read < size / 5, f"{read} of {size} bytes"


def test_a_ledger_whose_parts_are_in_disorder_is_counted_whole(tmp_path: Path) -> None:
    lines = years(tmp_path).read_text().splitlines(keepends=True)
    third = len(lines) // 3
    (tmp_path / "cel.csv").write_text("".join(lines[2 * third :] + lines[:third] + lines[third : 2 * third]))
    assert len(inbound(tmp_path)) == 800


def test_a_clock_that_was_set_back_an_hour_hides_no_row(tmp_path: Path) -> None:
    path = years(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    moved = []
    for line in lines[-700:]:
        told = line.split(",")[1]
        moved.append(line.replace(told, f'"{float(told[1:-1]) - 3600:.6f}"'))
    path.write_text("".join([*lines[:-700], *moved]))
    expected = sum(
        DAY.timestamp() <= float(line.split(",")[1][1:-1]) < DAY.timestamp() + 86_400
        for line in path.read_text().splitlines()
        if line.startswith('"CHAN_START"')
    )
    assert len(inbound(tmp_path)) == expected


def test_rotated_files_of_other_days_are_not_read_and_tell_since_when_the_ledger_is_kept(tmp_path: Path) -> None:
    (tmp_path / "cel.csv").write_text(row(3))
    old = tmp_path / "cel.csv.2.gz"
    rows = "".join(row(number, at=-90 * 86_400 + number) for number in range(2_000))
    old.write_bytes(gzip.compress(rows.encode())[:-9])
    os.utime(old, (DAY.timestamp() - 80 * 86_400,) * 2)
    later = tmp_path / "cel.csv.1"
    later.write_text(row(4, at=3 * 86_400))
    assert count(tmp_path) == LedgerCount(
        files=("cel.csv",),
        inbound={"pbx1-3.0": DAY + timedelta(hours=1)},
        kept_since=DAY - timedelta(days=90),
        unreadable=(),
    )


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_counted(tmp_path: Path) -> None:
    (tmp_path / "cel.csv").write_text(row(1))
    compressed = gzip.compress(row(2).encode())
    (tmp_path / "cel.csv.2.gz").write_bytes(compressed[:-9])
    (tmp_path / "cel.csv.3.gz").write_bytes(compressed[:10] + b"\xff" * 20)
    found = count(tmp_path)
    assert found is not None
    assert (found.files, found.unreadable) == (("cel.csv",), ("cel.csv.2.gz", "cel.csv.3.gz"))
    assert "pbx1-1.0" in found.inbound


def test_without_a_file_there_is_no_count(tmp_path: Path) -> None:
    assert count(tmp_path) is None
    assert count(tmp_path / "nowhere") is None
