"""Tables as files: cells of the right kind, nothing that is computed, and an end to how long they get."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from callcenter.callbacks.list_store import EpisodeKind
from callcenter.callbacks.rules import EpisodeState
from callcenter.callbacks.words import KINDS, STATES
from callcenter.calls.records import Anomaly, Direction, HungUpBy, Outcome, QueueExit, Witness
from callcenter.calls.words import ANOMALIES, DIRECTIONS, ENDED_BY, OUTCOMES, QUEUE_EXITS, WITNESSES
from callcenter.kpis.definitions import AGENT_RATIOS, CALL_RATIOS
from callcenter.languages import Language
from callcenter.table_files import (
    Cell,
    Column,
    Kind,
    Row,
    Shape,
    Style,
    Table,
    TooManyRowsError,
    open_table,
    table_bytes,
)

TABLE = Table(
    name="things",
    columns=(
        Column("name", "名称", 10),
        Column("number", "号码", 10, Kind.PHONE),
        Column("at", "时间", 19),
        Column("day", "日期", 11),
        Column("wait", "等待", 10, Kind.DURATION),
        Column("share", "比例", 8, Kind.SHARE),
        Column("count", "数量", 8),
        Column("is_good", "正常", 8),
    ),
)
AT = datetime(2026, 11, 23, 17, 30, 59, 999_000, tzinfo=UTC)
ROW: Row = ["张伟", "00123", AT, date(2026, 11, 24), timedelta(hours=30, seconds=1.5), 0.125, 7, True]


def style(shape: Shape, language: Language = Language.ENGLISH) -> Style:
    return Style(shape=shape, language=language, timezone=ZoneInfo("Asia/Shanghai"))


def read_csv(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def read_xlsx(file: bytes) -> list[list[tuple[object, str]]]:
    sheet = load_workbook(io.BytesIO(file)).active
    assert sheet is not None
    assert sheet.title == "things"
    return [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]


def test_excel_gets_cells_of_its_own_kinds_in_local_time() -> None:
    heading, row = read_xlsx(table_bytes(TABLE, [ROW], style(Shape.XLSX)))
    assert [name for name, _ in heading] == [
        *("name", "number", "at", "day", "wait", "share", "count", "is_good", "timezone"),
    ]
    assert row == [
        ("张伟", "General"),
        ("00123", "@"),
        (datetime.fromisoformat("2026-11-24 01:30:59"), "yyyy-mm-dd hh:mm:ss"),
        (datetime.fromisoformat("2026-11-24"), "yyyy-mm-dd"),
        (timedelta(hours=30, seconds=1.5), "[h]:mm:ss"),
        (0.125, "0.0%"),
        (7, "General"),
        (True, "General"),
        ("Asia/Shanghai", "General"),
    ]


@pytest.mark.parametrize(
    ("language", "heading", "good"),
    [
        (Language.ENGLISH, "name,number,at,day,wait_seconds,share,count,is_good,timezone", "yes"),
        (Language.CHINESE, "名称,号码,时间,日期,等待（秒）,比例,数量,正常,时区", "是"),
    ],
)
def test_csv_has_local_time_and_seconds(language: Language, heading: str, good: str) -> None:
    assert read_csv(table_bytes(TABLE, [ROW], style(Shape.CSV, language))) == [
        heading.split(","),
        f"张伟,'00123,2026-11-24 01:30:59,2026-11-24,108001.5,0.125,7,{good},Asia/Shanghai".split(","),
    ]


@pytest.mark.parametrize("shape", [Shape.CSV, Shape.XLSX])
def test_what_is_not_known_is_an_empty_cell(shape: Shape) -> None:
    file = table_bytes(TABLE, [[None] * 8], style(shape))
    if shape is Shape.CSV:
        assert read_csv(file)[1] == [""] * 8 + ["Asia/Shanghai"]
    else:
        assert [value for value, _ in read_xlsx(file)[1]] == [None] * 8 + ["Asia/Shanghai"]


@pytest.mark.parametrize("cell", ["=1+1", "＝1+1", "\t@x", "+86 138", "\u200e-1"])
def test_no_text_of_either_file_is_computed(cell: Cell) -> None:
    row: Row = [cell, None, cell, cell, None, None, cell, None]
    (_, told) = read_csv(table_bytes(TABLE, [row], style(Shape.CSV)))
    assert {text[0] for text in told[:-1] if text} == {"'"}
    sheet = load_workbook(io.BytesIO(table_bytes(TABLE, [row], style(Shape.XLSX)))).active
    assert sheet is not None
    assert {found.data_type for found in sheet[2] if found.value is not None} == {"s"}
    assert {str(sheet.cell(2, column).value)[0] for column in (1, 3, 4, 7)} == {"'"}


def test_a_moment_before_excel_began_to_count_is_text() -> None:
    early = [*ROW[:2], datetime(1, 1, 2, tzinfo=UTC), *ROW[3:]]
    assert read_xlsx(table_bytes(TABLE, [early], style(Shape.XLSX)))[1][2] == ("0001-01-02 08:05:43", "General")


@pytest.mark.parametrize("shape", [Shape.CSV, Shape.XLSX])
def test_a_file_that_would_be_too_long_is_refused_in_one_sentence(shape: Shape) -> None:
    with open_table(io.BytesIO(), TABLE, style(shape), most=2) as add:
        add([ROW, ROW])
        with pytest.raises(TooManyRowsError, match="A file has at most 2 rows; ask for fewer days"):
            add([ROW])


@pytest.mark.parametrize("shape", [Shape.CSV, Shape.XLSX])
def test_memory_does_not_grow_with_the_rows(shape: Shape) -> None:
    class Nowhere(io.RawIOBase):
        """Takes everything and keeps nothing."""

        def __init__(self) -> None:
            self.place = 0

        def write(self, data: object) -> int:
            self.place += len(bytes(data))  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

        def writable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def tell(self) -> int:
            return self.place

        def seek(self, place: int, _whence: int = 0) -> int:
            self.place = place
            return place

    def rows(count: int) -> Iterator[Row]:
        for number in range(count):
            yield [f"{number} of them", str(number), AT, None, None, None, number, None]

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            with open_table(Nowhere(), TABLE, style(shape)) as add:  # type: ignore[arg-type]
                add(rows(count))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(10_000) < peak(1_000) + 500_000


def test_every_value_of_a_closed_list_has_its_word() -> None:
    for chinese, values in (
        (DIRECTIONS, Direction),
        (OUTCOMES, Outcome),
        (QUEUE_EXITS, QueueExit),
        (ENDED_BY, HungUpBy),
        (WITNESSES, Witness),
        (ANOMALIES, Anomaly),
        (STATES, EpisodeState),
        (KINDS, EpisodeKind),
    ):
        assert set(chinese) == {value.value for value in values}
    from callcenter.agents.rules import PauseReason, SeatState
    from callcenter.audit.export import ANSWERS, BLIND
    from callcenter.audit.report import Answer
    from callcenter.calls.blind_times import GapReason, UnknownReason
    from callcenter.statistics.export import INTERVALS, PAUSES, RATIOS
    from callcenter.statistics.export import STATES as SEAT_STATES
    from callcenter.statistics.intervals import Interval

    assert set(ANSWERS) == set(Answer)
    assert set(BLIND) == {*GapReason, *UnknownReason}
    assert set(SEAT_STATES) == set(SeatState)
    assert set(PAUSES) == set(PauseReason)
    assert set(INTERVALS) == {*Interval, "total"}
    assert set(RATIOS) == {ratio.name for ratio in (*CALL_RATIOS, *AGENT_RATIOS)}
