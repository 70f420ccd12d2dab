"""CEL's CSV: whole rows out of bytes, whatever is torn or odd in them."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from callcenter.pbx.cel_rows import COLUMNS, SILENT_EVENTS, cut_rows, leave_out_silent, length_of, parse_rows

TEXT = st.text(st.sampled_from('aZ9 ,"\n\r張é;=\\'), max_size=6)
ROWS = st.lists(
    st.tuples(st.sampled_from(("CHAN_START", "HANGUP", "USER_DEFINED")), TEXT, TEXT, st.just("end")), max_size=8
)


def written(rows: list[tuple[str, ...]]) -> bytes:
    """As cel_custom writes them: every value quoted, quotes doubled, one line feed behind."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


@given(rows=ROWS)
def test_every_row_comes_out_as_it_was_written(rows: list[tuple[str, ...]]) -> None:
    data = written(rows)
    cut = cut_rows(data)
    assert parse_rows(cut) == [list(row) for row in rows]
    assert length_of(cut) == len(data)


@given(values=st.lists(TEXT, min_size=COLUMNS, max_size=COLUMNS), last=st.text('a",{}:', max_size=12))
def test_a_row_of_the_ledger_comes_out_as_the_csv_module_reads_it(values: list[str], last: str) -> None:
    whole = written([(*values[:-1], last)])[:-1]
    assert parse_rows([whole]) == [[*values[:-1], last]]


@given(place=st.integers(0, 2 * COLUMNS - 1))
def test_a_row_that_lacks_a_quote_is_read_as_the_csv_module_reads_it(place: int) -> None:
    parts = written([("a,b",) * COLUMNS])[:-1].split(b'"')
    row = b'"'.join(parts[: place + 1]) + b'"'.join(parts[place + 1 :])
    assert parse_rows([row]) == list(csv.reader([row.decode()]))


def test_rows_that_say_nothing_are_left_out_unless_they_are_damaged() -> None:
    silent = [written([(event, *[""] * (COLUMNS - 1))])[:-1] for event in SILENT_EVENTS]
    told = written([("HANGUP", *["CHAN_END"] * (COLUMNS - 1))])[:-1]
    torn = silent[0][:20] + told
    assert leave_out_silent([*silent, told, torn]) == [told, torn]


@given(rows=ROWS, place=st.floats(0, 1))
def test_a_cut_anywhere_gives_the_same_rows(rows: list[tuple[str, ...]], place: float) -> None:
    data = written(rows)
    cut = int(place * len(data))
    before = cut_rows(data[:cut])
    rest = data[length_of(before) :]
    assert parse_rows(before + cut_rows(rest)) == [list(row) for row in rows]


@given(rows=ROWS.filter(bool), torn=st.integers(2, 40))
def test_a_torn_row_costs_no_other_row(rows: list[tuple[str, ...]], torn: int) -> None:
    half = written([("CHAN_END", 'a "b"', "c,d", "end")])[: min(torn, 30)]
    data = half + b"\n" + written(rows)
    assert parse_rows(cut_rows(data))[-len(rows) :] == [list(row) for row in rows]


def test_a_row_without_its_line_break_is_not_there_yet() -> None:
    assert cut_rows(b'"A","1"\n"B","2"') == [b'"A","1"']
    assert cut_rows(b'"A","1\n2"') == []


def test_a_row_in_gb18030_is_read_beside_one_in_utf_8() -> None:
    rows = ['"A","张三"'.encode("gb18030"), '"A","李四"'.encode()]
    assert parse_rows(rows) == [["A", "张三"], ["A", "李四"]]


def test_the_zeros_a_power_cut_leaves_do_not_hide_the_row_behind_them() -> None:
    assert parse_rows(cut_rows(b"\0" * 100 + b'"A","1"\n"B","2"\n')) == [["A", "1"], ["B", "2"]]


def test_a_row_with_stray_quotes_does_not_swallow_its_neighbour() -> None:
    assert parse_rows([b'a"b,"c', b'"B","2"'])[1] == ["B", "2"]


def test_a_value_beyond_what_the_csv_reader_takes_damages_one_row_only() -> None:
    long = b'"A","' + b"x" * 200_000 + b'"'
    assert [len(row) for row in parse_rows([long, b'"B","2"'])] == [1, 2]


def test_an_empty_line_has_no_columns() -> None:
    assert parse_rows(cut_rows(b'"A","1"\n\n\r\n"B","2"\n')) == [["A", "1"], [], [], ["B", "2"]]
