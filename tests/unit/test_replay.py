"""`callcenter replay` from the outside: files in, JSON lines out, wrong files refused in one line."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callcenter.pbx import facts as f
from callcenter.pbx.cel_facts import CelFacts
from tests.scenarios.captures import FOLDER, ami_bytes, cel_rows, renumbered

UNWANTED = ("sqlalchemy", "asyncpg", "fastapi", "pydantic", "phonenumbers", "rich")


def replay(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "callcenter", "replay", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def records(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.stderr == ""
    assert done.returncode == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_both_kinds_of_capture_print_the_expected_records_in_order_of_start() -> None:
    folder = FOLDER / "third_try_gets_through"
    expected = json.loads((folder / "records.json").read_text(encoding="utf-8"))

    assert records(replay(folder / "capture.ami")) == expected["ami"]
    assert records(replay("--cel", folder / "cel.csv")) == expected["ledger"]


def test_it_imports_neither_database_nor_http() -> None:
    code = (
        "import sys; from callcenter.cli import main;"
        f"main(['replay', {str(FOLDER / 'queue_full' / 'capture.ami')!r}]);"
        f"print([name for name in {UNWANTED!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"


def test_a_call_cut_in_two_files_is_one_call(tmp_path: Path) -> None:
    data = ami_bytes("answered_by_an_agent")
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(data[:20_000])
    second.write_bytes(data[20_000:])

    assert records(replay(first, second)) == records(replay(FOLDER / "answered_by_an_agent" / "capture.ami"))


def test_a_new_banner_in_mid_call_is_a_new_connection_with_a_gap(tmp_path: Path) -> None:
    data = ami_bytes("answered_by_an_agent")
    middle = data.index(b"Event: QueueCallerJoin")
    joined = tmp_path / "joined"
    joined.write_bytes(data[: middle + 100] + b"Asterisk Call Manager/11.0.0\r\n" + data[middle:])

    (record,) = records(replay(joined))

    assert (record["outcome"], record["complete"], record["anomalies"]) == ("answered", True, ["witness_gap"])


def test_a_stream_that_stops_in_mid_call_gives_an_incomplete_record_and_no_end(tmp_path: Path) -> None:
    data = ami_bytes("caller_hangs_up_in_queue")
    cut = tmp_path / "cut"
    cut.write_bytes(data[: data.index(b"Event: HangupRequest")])

    (record,) = records(replay(cut))

    assert (record["outcome"], record["ended_at"], record["complete"]) == ("unknown", None, False)
    assert record["anomalies"] == ["end_unseen"]


def test_a_younger_call_that_ends_first_is_printed_behind_the_older_one(tmp_path: Path) -> None:
    younger = replay(FOLDER / "queue_full" / "capture.ami")

    assert [record["outcome"] for record in records(younger)] == ["abandoned_queue", "queue_full"]
    starts = [record["started_at"] for record in records(younger)]
    assert starts == sorted(starts)


def test_trunks_and_area_code_come_from_the_environment_or_a_toml_file(tmp_path: Path) -> None:
    capture = FOLDER / "busy_line" / "capture.ami"
    config = tmp_path / "callcenter.toml"
    config.write_text('trunks = ["SIP/provider-*"]\narea_code = "010"\n', encoding="utf-8")

    (inbound,) = records(replay(capture))
    (by_variable,) = records(replay(capture, CALLCENTER_TRUNKS="context:elsewhere"))
    (by_file,) = records(replay(capture, CALLCENTER_CONFIG=str(config)))

    assert [record["direction"] for record in (inbound, by_variable, by_file)] == ["inbound", "internal", "internal"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["{folder}/garbage"], "{folder}/garbage is neither an AMI capture nor a CEL file."),
        (["--cel", "{folder}/garbage"], "{folder}/garbage is neither an AMI capture nor a CEL file."),
        (["{folder}/missing"], "{folder}/missing cannot be read: No such file or directory."),
        (["{folder}"], "{folder} cannot be read: Is a directory."),
    ],
)
def test_a_file_that_is_neither_is_refused_in_one_line(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    (tmp_path / "garbage").write_bytes(bytes(range(256)) * 40)

    done = replay(*(argument.format(folder=tmp_path) for argument in arguments))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"callcenter: {complaint.format(folder=tmp_path)}\n"


def with_columns(rows: list[list[str]], order: list[int]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([row[i] for i in order] for row in rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        (list(range(18)), "has rows of 18 columns, not the 20 of Asterisk's own sample of cel_custom.conf."),
        ([*range(17), 18, 19], "has rows of 19 columns, not the 20 of Asterisk's own sample of cel_custom.conf."),
        (
            [*range(8), 9, 8, *range(10, 20)],
            "has its values in other columns than Asterisk's own sample of cel_custom.conf.",
        ),
        ([1, 0, *range(2, 20)], "has moments that cannot be read, such as 'CHAN_START': see dateformat in cel.conf."),
    ],
)
def test_a_ledger_of_another_mapping_is_refused_with_what_is_wrong(
    order: list[int], complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "cel.csv").write_text(with_columns(cel_rows("answered_by_an_agent"), order), encoding="utf-8")

    done = replay("--cel", str(tmp_path / "cel.csv"))

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"callcenter: {tmp_path / 'cel.csv'} {complaint}\n")


def test_a_row_whose_values_stand_in_other_columns_is_damaged_and_says_nothing() -> None:
    row = next(row for row in cel_rows("answered_by_an_agent") if row[0] == "HANGUP")
    facts = CelFacts()

    found = facts.translate([*row[:17], row[19], row[18], row[17]])

    assert ([type(fact) for fact in found], facts.damaged) == ([f.Damaged], 1)


def test_a_hundred_copies_of_all_calls_need_no_more_memory_than_ten(tmp_path: Path) -> None:
    def peak(copies: int) -> int:
        file = tmp_path / f"stream-{copies}"
        with file.open("wb") as stream:
            for number in range(copies):
                events = ami_bytes("answered_by_an_agent").partition(b"Event: ")[2]
                stream.write(renumbered(b"Event: " + events, 1000 * number))
        code = (
            "import resource, sys; from callcenter.cli import main;"
            f"main(['replay', {str(file)!r}]);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) == copies
        return int(done.stderr)

    assert peak(100) < peak(10) + 4 * 1024
