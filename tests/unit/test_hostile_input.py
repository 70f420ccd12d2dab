"""Whatever comes over the wire or stands in the ledger, the stream goes on: nothing raises, calls still come out."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.calls.record_json import record_from_json, record_to_json
from callcenter.calls.records import Witness
from callcenter.pbx.cel_rows import cut_rows, parse_rows
from tests.scenarios.captures import (
    FOLDER,
    ami_bytes,
    ami_facts,
    cel_facts,
    cel_rows,
    messages,
    records_of,
    scenario_names,
)

NAMES = scenario_names()
NOISE = st.binary(max_size=40) | st.sampled_from(
    [
        b"\r\n",
        b"\r\n\r\n",
        b"Event: ",
        b": ",
        b"\0",
        b"\xff\xfe",
        b"Timestamp: nan\r\n",
        b"Asterisk Call Manager/9.0\r\n",
    ]
)
PATCHES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 60), NOISE), min_size=1, max_size=30)


def patched(data: bytes, patches: list[tuple[int, int, bytes]]) -> bytes:
    """The data with pieces cut out and noise put in their place."""
    for at, length, noise in patches:
        begin = at % (len(data) + 1)
        data = data[:begin] + noise + data[begin + length :]
    return data


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), patches=PATCHES)
def test_a_damaged_ami_stream_never_raises_and_every_record_can_be_stored(
    name: str, patches: list[tuple[int, int, bytes]]
) -> None:
    records = records_of(ami_facts(messages(patched(ami_bytes(name), patches))), Witness.AMI)

    for record in records:
        assert record_to_json(record_from_json(record_to_json(record))) == record_to_json(record)
        assert record.outcome is not None


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(NAMES), patches=PATCHES)
def test_a_damaged_ledger_never_raises_and_every_record_can_be_stored(
    name: str, patches: list[tuple[int, int, bytes]]
) -> None:
    data = patched((FOLDER / name / "cel.csv").read_bytes(), patches)

    records = records_of(cel_facts(parse_rows(cut_rows(data))), Witness.LEDGER)

    for record in records:
        assert record_to_json(record_from_json(record_to_json(record))) == record_to_json(record)
        assert record.outcome is not None


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    said=st.text(max_size=200)
    | st.sampled_from(["=1+1", "'; DROP TABLE calls;--", "<script>", "\u202eabc", "a" * 10_000]),
)
def test_a_display_name_of_any_kind_changes_nothing_but_the_name(name: str, said: str) -> None:
    rows = cel_rows(name)
    named = [[*row[:2], said if row[3].startswith("0519") else row[2], *row[3:]] for row in rows]
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(named)
    read = parse_rows(cut_rows(written.getvalue().encode("utf-8", "surrogatepass")))

    wanted = [{**record_to_json(record), "caller_name": None} for record in records_of(cel_facts(rows), Witness.LEDGER)]
    told = [{**record_to_json(record), "caller_name": None} for record in records_of(cel_facts(read), Witness.LEDGER)]
    assert told == wanted
