"""The ledger reader on real files: rotated, copied, torn, deleted, unreadable."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from callcenter.errors import InputError
from callcenter.pbx.cel_follower import CHUNK, CelFile, LedgerBatch, LedgerPosition, read_cel_rows


def row(number: int, text: str = "") -> list[str]:
    """A row that can be told from every other one."""
    columns = [""] * 20
    columns[0], columns[1], columns[2], columns[14] = (
        "CHAN_START",
        f"{1795461666 + number}.000001",
        text,
        f"pbx1-{number}",
    )
    return columns


def line(columns: list[str]) -> bytes:
    return (",".join('"' + column.replace('"', '""') + '"' for column in columns) + "\n").encode()


class Disk:
    """The PBX's log folder: Asterisk writing on one side, logrotate on the other."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "Master.csv"
        self.tick = 1_795_461_666_000_000_000

    def write(self, data: bytes, path: Path | None = None) -> None:
        with (path or self.path).open("ab") as file:
            file.write(data)
        self.touch(path or self.path)

    def touch(self, path: Path) -> None:
        """Files get moments in order of writing: the kernel's own clock is too coarse for a test this fast."""
        self.tick += 1_000_000
        os.utime(path, ns=(self.tick, self.tick))

    def rotated(self, number: int) -> Path:
        return self.path.with_name(f"Master.csv.{number}")

    def shift(self) -> None:
        """logrotate first moves what was rotated before."""
        for number in range(40, 0, -1):
            if self.rotated(number).exists():
                self.rotated(number).rename(self.rotated(number + 1))

    def rename(self) -> None:
        self.shift()
        if self.path.exists():
            self.path.rename(self.rotated(1))

    def copytruncate(self) -> None:
        self.shift()
        if self.path.exists():
            shutil.copyfile(self.path, self.rotated(1))
            self.touch(self.rotated(1))
            os.truncate(self.path, 0)
            self.touch(self.path)


OUT_OF_REACH = "The file that was being read is out of reach: deleted, cut short, replaced or compressed."


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def drain(ledger: CelFile, position: LedgerPosition | None = None) -> LedgerBatch:
    """Read to the end; everything in one batch."""
    rows: list[list[str]] = []
    damaged, gaps = 0, []
    for _ in range(1000):
        batch = ledger.read(position, 7)
        rows += batch.rows
        damaged += batch.damaged
        gaps += [batch.gap] if batch.gap else []
        position = batch.position
        if batch.at_end:
            break
    gap = gaps[0] if gaps else None
    return LedgerBatch(rows=rows, position=position, damaged=damaged, at_end=True, gap=gap, problem=batch.problem)


class LedgerMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order: every row comes once, in order, and without a gap."""

    folder: Path

    @initialize()
    def begin(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.disk = Disk(self.folder)
        self.written: list[list[str]] = []
        self.read_rows: list[list[str]] = []
        self.position: LedgerPosition | None = None
        self.ledger = CelFile(self.disk.path)
        self.half: tuple[int, bytes] | None = None

    @precondition(lambda self: self.half is None)
    @rule(count=st.integers(1, 5), text=st.sampled_from(("", 'a "quoted", one', "two\nlines", "张三")))
    def asterisk_writes_rows(self, count: int, text: str) -> None:
        for _ in range(count):
            new = row(len(self.written), text)
            self.written.append(new)
            self.disk.write(line(new))

    @precondition(lambda self: self.half is None)
    @rule(part=st.floats(0.05, 0.95), text=st.sampled_from(("", "two\nlines")))
    def asterisk_writes_half_a_row(self, part: float, text: str) -> None:
        new = row(len(self.written), text)
        self.written.append(new)
        data = line(new)
        cut = max(1, int(len(data) * part))
        descriptor = os.open(self.disk.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, data[:cut])
        self.half = (descriptor, data[cut:])
        self.disk.touch(self.disk.path)

    @precondition(lambda self: self.half is not None)
    @rule()
    def asterisk_ends_the_row(self) -> None:
        assert self.half is not None
        descriptor, rest = self.half
        os.write(descriptor, rest)
        self.half = None
        self.disk.tick += 1_000_000
        os.utime(descriptor, ns=(self.disk.tick, self.disk.tick))
        os.close(descriptor)

    @rule(makes_new=st.booleans())
    def logrotate_renames(self, makes_new: bool) -> None:
        self.disk.rename()
        if makes_new:
            self.disk.write(b"")

    @precondition(lambda self: self.half is None and self.position is not None)
    @rule()
    def logrotate_copies_and_truncates(self) -> None:
        self.disk.copytruncate()

    @rule(max_rows=st.integers(1, 6))
    def we_read(self, max_rows: int) -> None:
        batch = self.ledger.read(self.position, max_rows)
        assert (batch.gap, batch.problem, batch.damaged) == (None, None, 0)
        assert len(batch.rows) <= max_rows
        self.read_rows += batch.rows
        self.position = batch.position

    @rule()
    def we_are_killed_and_start_again(self) -> None:
        self.ledger.close()
        self.ledger = CelFile(self.disk.path)
        if self.position is not None:
            self.position = LedgerPosition.from_json(json.loads(json.dumps(self.position.to_json())))

    @invariant()
    def every_row_read_is_the_next_one(self) -> None:
        assert self.read_rows == self.written[: len(self.read_rows)]

    def teardown(self) -> None:
        if self.half is not None:
            self.asterisk_ends_the_row()
        if self.written:
            self.disk.write(b"\n")  # logrotate's empty new file has its first bytes
        end = drain(self.ledger, self.position)
        self.ledger.close()
        assert self.read_rows + end.rows == self.written
        assert (end.gap, end.problem, end.damaged) == (None, None, 0)


def test_every_row_comes_once_whatever_logrotate_and_restarts_do(tmp_path: Path) -> None:
    class Machine(LedgerMachine):
        folder = tmp_path / "cel-custom"

    run_state_machine_as_test(Machine, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000))
def test_a_file_cut_anywhere_gives_whole_rows_and_the_rest_when_it_comes(disk: Disk, cut: int) -> None:
    rows = [row(number, 'a "b"\nc') for number in range(12)]
    data = b"".join(map(line, rows))
    disk.path.unlink(missing_ok=True)
    disk.write(data[:cut])
    ledger = CelFile(disk.path)
    first = drain(ledger)
    disk.write(data[cut:])
    second = drain(ledger, first.position)
    ledger.close()
    assert first.rows == rows[: len(first.rows)]
    assert first.rows + second.rows == rows


def test_a_row_is_read_only_when_its_line_break_is_there(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(line(row(0)) + line(row(1, "two\nlines"))[:-1])
    first = drain(ledger)
    assert first.rows == [row(0)]
    disk.write(b"\n")
    assert drain(ledger, first.position).rows == [row(1, "two\nlines")]


def test_nothing_new_costs_one_look_at_the_disk(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = CelFile(disk.path)
    disk.write(line(row(0)))
    position = drain(ledger).position
    assert ledger.read(position) == LedgerBatch(rows=[], position=position, at_end=True)

    def refuse(*_arguments: object) -> None:
        raise RuntimeError("nothing may be opened or listed")

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "scandir", refuse)
    assert ledger.read(position) == LedgerBatch(rows=[], position=position, at_end=True)


def test_an_older_file_still_on_disk_is_read_first_when_nothing_was_ever_read(disk: Disk) -> None:
    disk.write(line(row(0)))
    disk.rename()
    disk.write(line(row(1)))
    assert drain(CelFile(disk.path)).rows == [row(0), row(1)]


def test_no_file_yet_is_no_problem_but_no_folder_is(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    for _ in range(2):
        assert ledger.read(None) == LedgerBatch(rows=[], position=None, at_end=True, is_awaited=True)
    disk.path.touch()
    assert ledger.read(None) == LedgerBatch(rows=[], position=None, at_end=True)
    elsewhere = disk.path.parent / "missing" / "Master.csv"
    assert CelFile(elsewhere).read(None).problem == f"{elsewhere} cannot be read: No such file or directory."


def test_a_file_that_vanishes_and_comes_back_goes_on_where_it_was(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(line(row(0)))
    position = drain(ledger).position
    ledger.close()
    hidden = disk.path.rename(disk.path.parent / "elsewhere")
    assert drain(ledger, position) == LedgerBatch(rows=[], position=position, at_end=True, problem=OUT_OF_REACH)
    hidden.rename(disk.path)
    disk.write(line(row(1)))
    assert drain(ledger, position).rows == [row(1)]


def test_a_file_deleted_while_open_is_read_to_its_end(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(line(row(0)))
    position = drain(ledger).position
    disk.write(line(row(1)))
    disk.rename()
    disk.rotated(1).unlink()
    disk.write(line(row(2)))
    end = drain(ledger, position)
    assert (end.rows, end.gap) == ([row(1), row(2)], None)


def test_a_file_deleted_while_we_were_down_is_a_gap(disk: Disk) -> None:
    disk.write(line(row(0)))
    ledger = CelFile(disk.path)
    position = drain(ledger).position
    ledger.close()
    disk.path.unlink()
    disk.write(line(row(2)))
    end = drain(ledger, position)
    assert (end.rows, end.gap) == ([row(2)], OUT_OF_REACH)


def test_files_compressed_while_we_were_down_are_a_gap_and_what_is_left_is_read(disk: Disk) -> None:
    disk.write(line(row(0)))
    disk.rename()
    disk.write(line(row(1)))
    ledger = CelFile(disk.path)
    position = drain(ledger).position
    ledger.close()
    disk.write(line(row(2)))
    disk.rename()
    with gzip.open(disk.rotated(1).with_suffix(".1.gz"), "wb") as packed:
        packed.write(disk.rotated(1).read_bytes())
    disk.rotated(1).unlink()
    disk.write(line(row(3)))
    disk.rename()
    disk.write(line(row(4)))
    end = drain(ledger, position)
    assert (end.rows, bool(end.gap)) == ([row(3), row(4)], True)


def test_a_shorter_new_file_in_its_place_is_read_from_its_beginning_after_a_gap(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(b"".join(line(row(number)) for number in range(9)))
    position = drain(ledger).position
    disk.path.write_bytes(line(row(20)))
    end = drain(ledger, position)
    assert (end.rows, bool(end.gap)) == ([row(20)], True)


def test_a_file_that_lost_its_end_in_a_power_cut_is_read_again(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(b"".join(line(row(number)) for number in range(6)))
    position = drain(ledger).position
    os.truncate(disk.path, 4 * len(line(row(0))) + 10)
    disk.write(b"\0" * 40 + b"\n" + b"".join(line(row(number)) for number in range(7, 12)))
    end = drain(ledger, position)
    assert end.rows == [row(number) for number in (0, 1, 2, 3, 7, 8, 9, 10, 11)]
    assert (end.damaged, bool(end.gap)) == (1, True)


def test_a_copy_that_lacks_rows_already_read_is_no_gap(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(b"".join(line(row(number)) for number in range(4)))
    shutil.copyfile(disk.path, disk.rotated(1))
    disk.touch(disk.rotated(1))
    disk.write(line(row(4)))
    before = drain(ledger)
    assert before.rows == [row(number) for number in range(5)]
    os.truncate(disk.path, 0)
    disk.write(line(row(5)))
    end = drain(ledger, before.position)
    assert (end.rows, end.gap) == ([row(5)], None)


def test_a_copy_is_left_for_the_original_that_still_grows(disk: Disk) -> None:
    disk.write(line(row(0)))
    shutil.copyfile(disk.path, disk.rotated(1))
    disk.touch(disk.rotated(1))
    ledger = CelFile(disk.path)
    first = drain(ledger)
    assert first.rows == [row(0)]
    disk.write(line(row(1)))
    assert drain(ledger, first.position).rows == [row(1)]


def test_other_files_in_the_folder_are_left_alone(disk: Disk) -> None:
    disk.write(line(row(7)), disk.path.with_name("Master.csv.bak"))
    disk.write(line(row(8)), disk.path.with_name("Simple.csv"))
    disk.write(line(row(0)))
    disk.rename()
    disk.rotated(1).rename(disk.path.with_name("Master-20261122.csv"))
    disk.write(line(row(1)))
    disk.path.rename(disk.path.with_name("Master.csv-20261123"))
    disk.write(line(row(2)))
    assert drain(CelFile(disk.path)).rows == [row(0), row(1), row(2)]


def test_damaged_rows_are_counted_and_the_stream_goes_on(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(
        line(row(0)) + b'"CHAN_START","1795\n' + line(row(1)) + b"garbage\n\n" + line(row(2)[:18]) + line(row(3))
    )
    end = drain(ledger)
    assert (end.rows, end.damaged) == ([row(0), row(1), row(3)], 3)


def test_half_a_row_at_the_end_of_a_rotated_file_is_damaged(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(line(row(0)) + line(row(1))[:30])
    disk.rename()
    disk.write(line(row(2)))
    end = drain(ledger)
    assert (end.rows, end.damaged, end.gap) == ([row(0), row(2)], 1, None)


def test_a_row_without_end_does_not_stop_the_stream(disk: Disk) -> None:
    ledger = CelFile(disk.path)
    disk.write(line(row(0)) + b'"' + b"x" * (CHUNK * 2) + b"\n" + line(row(1)))
    end = drain(ledger)
    assert end.rows == [row(0), row(1)]
    assert end.damaged > 0


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may read everything: become nobody for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_an_unreadable_file_is_a_problem_and_reading_goes_on_when_it_is_over(disk: Disk) -> None:
    for folder in (disk.path.parent, *disk.path.parent.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    disk.write(line(row(0)))
    ledger = CelFile(disk.path)
    position = drain(ledger).position
    ledger.close()
    disk.write(line(row(1)))
    disk.path.chmod(0)
    with as_somebody_else():
        batch = ledger.read(position)
    assert batch.problem == f"{disk.path} cannot be read: Permission denied."
    assert (batch.rows, batch.position) == ([], position)
    disk.path.chmod(0o600)
    assert drain(ledger, position).rows == [row(1)]


def test_a_folder_in_its_place_is_a_problem(disk: Disk) -> None:
    disk.path.mkdir()
    ledger = CelFile(disk.path)
    files_open = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        assert ledger.read(None).problem == f"{disk.path} cannot be read: Is a directory."
    assert len(list(Path("/proc/self/fd").iterdir())) == files_open


def test_a_saved_position_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="position in the ledger"):
        LedgerPosition.from_json({"offset": 3})


def test_a_whole_file_is_read_with_its_damage_and_its_unfinished_end(disk: Disk) -> None:
    disk.write(line(row(0)) + b"garbage\n\n" + line(row(1, "two\nlines")) + line(row(2))[:-1])
    assert list(read_cel_rows(disk.path)) == [row(0), ["garbage"], row(1, "two\nlines"), row(2)]


def test_a_whole_file_longer_than_one_chunk_is_read_in_order(disk: Disk) -> None:
    rows = [row(number, "x" * 900) for number in range(2500)]
    disk.write(b"".join(map(line, rows)))
    assert list(read_cel_rows(disk.path)) == rows
    assert drain(CelFile(disk.path)).rows == rows
