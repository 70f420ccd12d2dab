"""One recorder, two witnesses: what real captures told ends up in the database, whatever breaks meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.engine import make_url

from callcenter import supervision
from callcenter.calls.merge_witnesses import merge
from callcenter.calls.record_json import record_from_json, record_to_json
from callcenter.calls.records import CallRecord, Witness
from callcenter.calls.rows import Locality
from callcenter.clock import Clock, utc_now
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.pbx.event_link import AmiLink
from callcenter.pbx.facts import Fact
from callcenter.pbx.wire import LINK_STARTED
from callcenter.postgres.database import Database, connect
from callcenter.recorder import ami_witness, cel_witness, leadership
from callcenter.recorder.recorder import Recorder
from callcenter.supervision import PartBeyondRepair
from callcenter.tracking.summary import summarise
from tests.integration.fake_ami import BANNER, HASTE, FakeAmi, message, until
from tests.scenarios.captures import (
    FOLDER,
    RULES,
    ami_bytes,
    ami_facts,
    by_id,
    cel_facts,
    cel_rows,
    messages,
    records_of,
    renumbered,
)

SCENARIOS = (
    "answered_by_an_agent",
    "queue_full",
    "caller_hangs_up_in_queue",
    "blind_transfer",
    "after_hours_message_left",
    "third_try_gets_through",
)
LIMIT = 20.0


def failures_of(witness: str) -> float:
    part = {"part": f"recorder: {witness} of pbx1"}
    return REGISTRY.get_sample_value("callcenter_part_restarts_total", part) or 0.0


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(leadership, "PATIENCE", 0.05)
    monkeypatch.setattr(cel_witness, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(cel_witness, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(ami_witness, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(ami_witness, "BATCH_SECONDS", 0.02)


@pytest_asyncio.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi.serving() as fake:
        yield fake


def make_recorder(
    database: Database, *, pbx: FakeAmi | None = None, cel_csv: Path | None = None, clock: Clock = utc_now
) -> Recorder:
    def open_link() -> AmiLink:
        assert pbx is not None
        return AmiLink(host="127.0.0.1", port=pbx.port, username="callcenter", secret="right", patience=HASTE)

    return Recorder(
        database=database,
        pbx="pbx1",
        rules=RULES,
        locality=Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai")),
        open_link=None if pbx is None else open_link,
        cel_csv=cel_csv,
        clock=clock,
    )


@asynccontextmanager
async def recording(
    database: Database, *, pbx: FakeAmi | None = None, cel_csv: Path | None = None, clock: Clock = utc_now
) -> AsyncIterator[asyncio.Task[None]]:
    """A recorder for the length of a test."""
    task = asyncio.create_task(make_recorder(database, pbx=pbx, cel_csv=cel_csv, clock=clock).run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def ask(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def eventually(database: Database, query: str, expected: Iterable[tuple[Any, ...]]) -> None:
    """Wait until the query gives these rows; what it gave at last is in the error."""
    wanted, found = list(expected), []
    deadline = asyncio.get_running_loop().time() + LIMIT
    while asyncio.get_running_loop().time() < deadline:
        found = await ask(database, query)
        if found == wanted:
            return
        await asyncio.sleep(0.02)
    assert found == wanted


def stored(record: CallRecord) -> CallRecord:
    """As it comes back from the database: moments to the millisecond."""
    return record_from_json(record_to_json(record))


def ami_records(names: Iterable[str]) -> dict[str, CallRecord]:
    return by_id(record for name in names for record in records_of(ami_facts(messages(ami_bytes(name))), Witness.AMI))


def ledger_records(names: Iterable[str]) -> dict[str, CallRecord]:
    return by_id(record for name in names for record in records_of(cel_facts(cel_rows(name)), Witness.LEDGER))


def cel_bytes(names: Iterable[str]) -> bytes:
    return b"".join((FOLDER / name / "cel.csv").read_bytes() for name in names)


def live_bytes(name: str) -> list[bytes]:
    """The events of a capture, one by one, without its login."""
    parts = (part for part in messages(ami_bytes(name)) if part != LINK_STARTED)
    return [part + b"\r\n\r\n" for part in parts if not part.startswith(b"Response: ")]


async def linked(pbx: FakeAmi, connections: int = 1) -> None:
    """Wait until so many logins have asked which channels are up, and were answered."""
    await until(
        lambda: len(pbx.connections) >= connections and "CoreShowChannels" in pbx.connections[connections - 1].names()
    )


async def test_both_witnesses_of_real_calls_are_recorded_and_confirm_each_other(
    database: Database, pbx: FakeAmi, tmp_path: Path
) -> None:
    cel_csv = tmp_path / "Master.csv"
    live, ledger = ami_records(SCENARIOS), ledger_records(SCENARIOS)
    async with recording(database, pbx=pbx, cel_csv=cel_csv):
        await linked(pbx)
        for name in SCENARIOS:
            for part in live_bytes(name):
                pbx.connections[0].say(part)
            with cel_csv.open("ab") as file:
                file.write(cel_bytes([name]))
        await eventually(
            database, "SELECT count(*), count(*) FILTER (WHERE is_confirmed) FROM calls", [(len(live),) * 2]
        )
    rows = await ask(database, "SELECT call_id, record, confirmed_at >= recorded_at FROM calls")
    assert {call_id: (record_from_json(record), is_later) for call_id, record, is_later in rows} == {
        call_id: (merge(stored(live[call_id]), stored(ledger[call_id])), True) for call_id in live
    }
    assert await ask(database, "SELECT * FROM witness_gaps WHERE reason <> 'recorder_down'") == []


JOINED = ("attended_transfer", "two_callers_joined", "pickup", "mediation_room", "blind_transfer", "queue_overflow")


_MOMENT = re.compile(rb'^("\w+",")(\d+)\.', re.MULTILINE)
"""Of a row: the kind of event, and when."""


def of_one_day(data: bytes) -> bytes:
    """A ledger whose first row is of the moment in the ids: scenarios were captured on different days."""
    later = int(data.split(b'"', 4)[3].partition(b".")[0]) - 1795395600

    def move(row: re.Match[bytes]) -> bytes:
        return b"%s%d." % (row[1], int(row[2]) - later)

    return _MOMENT.sub(move, data)


def overlapping(names: Sequence[str], turns: Random) -> bytes:
    """A ledger in which these scenarios happened at the same time on one PBX, their rows taken in turns."""
    rests = []
    for number, name in enumerate(names, start=1):
        data = renumbered((FOLDER / name / "cel.csv").read_bytes(), 1000 * number)
        data = re.sub(rb"pbx1-\d+\.", b"pbx1-1795395600.", data)
        rests.append(of_one_day(data).splitlines(keepends=True))
    mixed = []
    while rests := [rest for rest in rests if rest]:
        mixed.append(turns.choice(rests).pop(0))
    return b"".join(mixed)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from((*JOINED, *SCENARIOS)), min_size=1, max_size=5, unique=True),
    turns=st.randoms(use_true_random=False),
    cuts=st.lists(st.floats(0, 1), min_size=1, max_size=3).map(sorted),
)
async def test_a_recorder_stopped_anywhere_reads_on_and_ends_with_the_same_calls(
    database: Database, tmp_path: Path, names: list[str], turns: Random, cuts: list[float]
) -> None:
    data = overlapping(names, turns)
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(data)
    expected = by_id(stored(record) for record in records_of(cel_facts(read_cel_rows(cel_csv)), Witness.LEDGER))
    cel_csv.unlink()
    async with database.engine.begin() as connection:
        await connection.execute(text("TRUNCATE calls, ledger_positions, witness_gaps, witness_heartbeats"))
    written = 0
    for cut in (*cuts, 1):
        end = int(cut * len(data))
        with cel_csv.open("ab") as file:
            file.write(data[written:end])
        written = end
        whole = data.rfind(b"\n", 0, end) + 1
        async with recording(database, cel_csv=cel_csv):
            if whole:
                await eventually(database, "SELECT (reached->>'offset')::int FROM ledger_positions", [(whole,)])
    rows = await ask(database, "SELECT call_id, told_by_ledger FROM calls")
    assert {call_id: record_from_json(told) for call_id, told in rows} == expected
    assert await ask(database, "SELECT * FROM witness_gaps") == []


async def test_a_lost_link_is_a_gap_with_both_its_ends(database: Database, pbx: FakeAmi) -> None:
    async with recording(database, pbx=pbx):
        await linked(pbx)
        await eventually(database, "SELECT count(*) FROM witness_heartbeats WHERE witness = 'ami'", [(1,)])
        pbx.connections[0].drop()
        gaps = "SELECT pbx, witness, reason, to_at >= from_at FROM witness_gaps"
        await eventually(database, gaps, [("pbx1", "ami", "link_down", True)])
    assert len(pbx.connections) == 2


WAITING = message(
    ("Event", "Newchannel"),
    ("Timestamp", "1795395600.000000"),
    ("Channel", "PJSIP/trunk-main-00000000"),
    ("CallerIDNum", "13812345678"),
    ("Exten", "12315"),
    ("Context", "from-trunk"),
    ("Uniqueid", "pbx1-1795395600.0"),
    ("Linkedid", "pbx1-1795395600.0"),
) + message(
    ("Event", "QueueCallerJoin"),
    ("Timestamp", "1795395601.000000"),
    ("Channel", "PJSIP/trunk-main-00000000"),
    ("Uniqueid", "pbx1-1795395600.0"),
    ("Linkedid", "pbx1-1795395600.0"),
    ("Queue", "hotline"),
    ("Position", "1"),
    ("Count", "1"),
)
"""A caller who waits in the queue and does not hang up."""


async def test_a_caller_who_was_up_when_the_recorder_went_is_not_forgotten_and_the_time_is_a_gap(
    database: Database, pbx: FakeAmi
) -> None:
    async with recording(database, pbx=pbx):
        await linked(pbx)
        pbx.connections[0].say(WAITING)
        await eventually(database, "SELECT outcome, queues FROM calls", [(None, ["hotline"])])
    assert await ask(database, "SELECT reason, to_at FROM witness_gaps") == [("recorder_down", None)]
    async with recording(database, pbx=pbx):
        await eventually(
            database,
            "SELECT caller_number, outcome, anomalies FROM calls",
            [("+8613812345678", "unknown", ["end_unseen", "witness_gap"])],
        )
    gaps = await ask(database, "SELECT reason, to_at > from_at FROM witness_gaps ORDER BY id")
    assert gaps == [("recorder_down", True), ("recorder_down", None)]


async def test_without_a_farewell_the_gap_begins_at_the_last_heartbeat(database: Database, pbx: FakeAmi) -> None:
    async with database.engine.begin() as connection:
        beat = "INSERT INTO witness_heartbeats VALUES ('pbx1', 'ami', '2026-11-23T01:00:00Z')"
        await connection.execute(text(beat))
    async with recording(database, pbx=pbx):
        query = "SELECT reason, from_at = '2026-11-23T01:00:00Z', to_at > from_at FROM witness_gaps"
        await eventually(database, query, [("recorder_down", True, True)])


async def test_a_clock_that_jumped_forward_leaves_no_heartbeat_in_the_future(
    database: Database, pbx: FakeAmi, tmp_path: Path
) -> None:
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]))
    beats = "SELECT witness, at <= now(), at > now() - interval '1 minute' FROM witness_heartbeats ORDER BY witness"
    async with database.engine.begin() as connection:
        left = "INSERT INTO witness_heartbeats VALUES ('pbx1', 'ledger', now() + interval '25 hours')"
        await connection.execute(text(left))
    async with recording(database, pbx=pbx, cel_csv=cel_csv, clock=lambda: utc_now() + timedelta(hours=25)):
        await linked(pbx)
        await eventually(database, beats, [("ami", True, True), ("ledger", True, True)])


@dataclass
class Wire:
    """A TCP connection to the database that can be cut."""

    port: int = 0
    is_cut: bool = False
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[tuple[Wire, str]]:
        wire, target = cls(), make_url(url)
        server = await asyncio.start_server(lambda reader, writer: wire._serve(reader, writer, target), "127.0.0.1", 0)
        wire.port = server.sockets[0].getsockname()[1]
        try:
            new = target.set(host="127.0.0.1", port=wire.port, query={})
            yield wire, new.render_as_string(hide_password=False)
        finally:
            server.close()
            wire.cut()
            await server.wait_closed()

    def cut(self) -> None:
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self.is_cut = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Any) -> None:
        self._writers.append(writer)
        if self.is_cut:
            writer.transport.abort()
            return
        folder = target.query.get("host")
        if folder is None:
            far_reader, far_writer = await asyncio.open_connection(target.host, target.port)
        else:
            far_reader, far_writer = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{target.port or 5432}")
        self._writers.append(far_writer)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()


async def test_what_is_told_during_an_outage_of_the_database_is_stored_after_it(
    database: Database, database_url: str, pbx: FakeAmi, tmp_path: Path
) -> None:
    cel_csv = tmp_path / "Master.csv"
    cel_csv.touch()
    live = ami_records(SCENARIOS)
    async with (
        Wire.to(database_url) as (wire, url),
        connect(url) as unsteady,
        recording(unsteady, pbx=pbx, cel_csv=cel_csv) as task,
    ):
        await linked(pbx)
        await eventually(database, "SELECT count(*) FROM witness_heartbeats", [(2,)])
        before = {witness: failures(witness) for witness in Witness}
        wire.cut()
        for name in SCENARIOS:
            for part in live_bytes(name):
                pbx.connections[0].say(part)
        cel_csv.write_bytes(cel_bytes(SCENARIOS))
        await until(lambda: all(failures(witness) > before[witness] for witness in Witness))
        wire.mend()
        query = "SELECT count(*), count(*) FILTER (WHERE is_confirmed) FROM calls"
        await eventually(database, query, [(len(live),) * 2])
        assert not task.done()
    assert len(pbx.connections) == 1
    assert await ask(database, "SELECT * FROM witness_gaps WHERE reason <> 'recorder_down'") == []


def failures(witness: Witness) -> float:
    """How often a batch could not be stored at once, since the tests began."""
    labels = {"pbx": "pbx1", "witness": witness}
    return REGISTRY.get_sample_value("callcenter_store_failures_total", labels) or 0


async def test_what_is_too_much_to_keep_during_an_outage_is_a_gap(
    database: Database, database_url: str, pbx: FakeAmi, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[bool] = []
    drop = ami_witness.AmiListening._drop_finished

    def drop_and_tell(self: ami_witness.AmiListening) -> None:
        drop(self)
        dropped.append(True)

    monkeypatch.setattr(ami_witness, "CHANGES_AT_ONCE", 0)
    monkeypatch.setattr(ami_witness, "MOST_CALLS", 2)
    monkeypatch.setattr(ami_witness.AmiListening, "_drop_finished", drop_and_tell)
    async with Wire.to(database_url) as (wire, url), connect(url) as unsteady, recording(unsteady, pbx=pbx):
        await linked(pbx)
        await eventually(database, "SELECT count(*) FROM witness_heartbeats", [(1,)])
        before = failures(Witness.AMI)
        wire.cut()
        await until(lambda: failures(Witness.AMI) > before)
        for name in SCENARIOS:
            for part in live_bytes(name):
                pbx.connections[0].say(part)
        await until(lambda: dropped)
        wire.mend()
        query = "SELECT DISTINCT reason, to_at > from_at FROM witness_gaps"
        await eventually(database, query, [("overflow", True)])


async def test_one_process_records_and_the_next_takes_over_when_it_ends(
    database: Database, pbx: FakeAmi, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals: list[bool] = []
    look = leadership.Leadership._try

    async def look_and_tell(self: leadership.Leadership) -> bool | None:
        is_ours = await look(self)
        if is_ours is False:
            refusals.append(True)
        return is_ours

    monkeypatch.setattr(leadership.Leadership, "_try", look_and_tell)
    async with recording(database, pbx=pbx) as first:
        await linked(pbx)
        async with recording(database, pbx=pbx):
            await until(lambda: len(refusals) >= 3)
            assert len(pbx.connections) == 1
            first.cancel()
            await linked(pbx, 2)
            assert pbx.connections[0].is_gone


async def test_whoever_lost_the_lock_to_another_stops_and_stands_by(
    database: Database, database_url: str, pbx: FakeAmi
) -> None:
    async with Wire.to(database_url) as (wire, url), connect(url) as unsteady, recording(unsteady, pbx=pbx) as first:
        await linked(pbx)
        wire.cut()
        async with recording(database, pbx=pbx):
            await linked(pbx, 2)
            wire.mend()
            await until(lambda: pbx.connections[0].is_gone)
            assert not first.done()
            assert not pbx.connections[1].is_gone
        await linked(pbx, 3)


async def test_what_nobody_understands_is_counted_once_with_an_example(
    database: Database, pbx: FakeAmi, tmp_path: Path
) -> None:
    cel_csv = tmp_path / "Master.csv"
    dialled = b',""' * 9 + b',"IAX2/user:secret@host/1"' + b',""' * 2
    odd_row = b'"STARTED","1795395600.000000"' + dialled + b',"pbx1-1795395600.0","pbx1-1795395600.0"' + b',""' * 4
    begun = b',""' * 7 + b',"PJSIP/1001-00000001"' + b',""' * 4
    birth = b'"CHAN_START","1795395600.000000"' + begun + b',"pbx1-1795395600.0","pbx1-1795395600.0"' + b',""' * 4
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]) + b'"half","a","row"\n' + birth + b"\n" + odd_row + b"\n")
    counts = "SELECT witness, name, count, sample LIKE '%1795395600%' FROM witness_counts ORDER BY 1, 2"
    expected = [
        ("ami", "damaged message", 1, None),
        ("ami", "unknown event Novelty", 2, True),
        ("ledger", "damaged row", 1, None),
        ("ledger", "unknown event STARTED", 1, True),
    ]
    async with recording(database, pbx=pbx, cel_csv=cel_csv):
        await linked(pbx)
        for _ in range(2):
            told = (("Uniqueid", "pbx1-1795395600.0"), ("DialString", "user:secret@host/1"))
            pbx.connections[0].say(message(("Event", "Novelty"), *told))
        pbx.connections[0].say(b"Event: Nove" + BANNER + message(("Event", "FullyBooted")))
        await eventually(database, counts, expected)
    assert await ask(database, "SELECT sample FROM witness_counts WHERE sample LIKE '%secret%'") == []
    # The call of the odd row is still up, so the row is read again.
    ((saved_at, is_behind),) = await ask(
        database, "SELECT saved_at, position IS DISTINCT FROM reached FROM ledger_positions"
    )
    assert is_behind
    async with recording(database, cel_csv=cel_csv):
        await eventually(database, f"SELECT saved_at > '{saved_at}' FROM ledger_positions", [(True,)])
    assert await ask(database, counts) == expected


async def test_a_row_that_always_fails_is_a_dead_letter_once_and_reading_goes_on_behind_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translate = CelFacts.translate

    def fail_on_one(facts: CelFacts, row: Sequence[str]) -> list[Fact]:
        if row[0] == "APP_START" and row[10] == "Queue":
            raise KeyError("a defect")
        return list(translate(facts, row))

    monkeypatch.setattr(CelFacts, "translate", fail_on_one)
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]))
    letters = "SELECT witness, reason, told LIKE '%Queue%', told_at < at FROM dead_letters"
    async with recording(database, cel_csv=cel_csv):
        await eventually(database, "SELECT count(*) FROM calls WHERE outcome IS NOT NULL", [(1,)])
        with cel_csv.open("ab") as file:
            file.write(cel_bytes(("after_hours_message_left",)))
        await eventually(database, "SELECT count(*) FROM calls WHERE outcome = 'voicemail'", [(1,)])
    assert await ask(database, letters) == [("ledger", "KeyError: 'a defect'", True, True)]
    with cel_csv.open("ab") as file:
        file.write(cel_bytes(("busy_line",)))
    async with recording(database, cel_csv=cel_csv):
        await eventually(database, "SELECT count(*) FROM calls WHERE outcome = 'busy'", [(1,)])
    assert len(await ask(database, letters)) == 1
    assert failures_of("ledger") == 0


async def test_a_call_that_always_fails_is_a_dead_letter_and_the_others_are_recorded(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_one(call: Any, *rest: Any) -> CallRecord:
        if call.call_id == told[0]:
            raise ValueError("a defect")
        return summarise(call, *rest)

    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:2]))
    told = sorted(ledger_records(SCENARIOS[:2]))
    others = [(call_id,) for call_id in told[1:]]
    monkeypatch.setattr("callcenter.tracking.tracker.summarise", fail_on_one)
    async with recording(database, cel_csv=cel_csv):
        await eventually(database, "SELECT call_id FROM calls WHERE outcome IS NOT NULL ORDER BY 1", others)
    assert await ask(database, "SELECT told, reason FROM dead_letters") == [(told[0], "ValueError: a defect")]
    assert failures_of("ledger") == 0


async def test_a_ledger_that_cannot_be_read_is_a_gap_until_it_can(database: Database, tmp_path: Path) -> None:
    cel_csv = tmp_path / "folder" / "Master.csv"
    gaps = "SELECT witness, reason, to_at > from_at FROM witness_gaps"
    async with recording(database, cel_csv=cel_csv):
        await eventually(database, gaps, [("ledger", "ledger_unreadable", None)])
        cel_csv.parent.mkdir()
        cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]))
        await eventually(database, gaps, [("ledger", "ledger_unreadable", True)])
        await eventually(database, "SELECT outcome FROM calls", [("answered",)])


async def test_rows_that_were_rotated_out_of_reach_are_a_gap(database: Database, tmp_path: Path) -> None:
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]))
    async with recording(database, cel_csv=cel_csv):
        await eventually(database, "SELECT count(*) FROM calls WHERE outcome IS NOT NULL", [(1,)])
    cel_csv.unlink()
    cel_csv.write_bytes(cel_bytes(SCENARIOS[1:2]))
    expected = len(ledger_records(SCENARIOS[:2]))
    async with recording(database, cel_csv=cel_csv):
        await eventually(database, "SELECT count(*) FROM calls WHERE outcome IS NOT NULL", [(expected,)])
    assert await ask(database, "SELECT reason, to_at > from_at FROM witness_gaps") == [("ledger_lost", True)]


@pytest.mark.parametrize(("broken", "other"), [(AmiFacts, Witness.LEDGER), (CelFacts, Witness.AMI)])
async def test_a_witness_that_fails_again_and_again_does_not_touch_the_other(
    database: Database, pbx: FakeAmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: type, other: Witness
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(broken, "translate", fail)
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]))
    async with recording(database, pbx=pbx, cel_csv=cel_csv) as task:
        await linked(pbx)
        for part in live_bytes(SCENARIOS[0]):
            pbx.connections[0].say(part)
        await eventually(database, f"SELECT count(*) FROM calls WHERE told_by_{other} IS NOT NULL", [(1,)])
        await until(lambda: failures_of("AMI" if broken is AmiFacts else "ledger") >= 7)
        assert not task.done()
    if broken is AmiFacts:
        gaps = "SELECT DISTINCT witness, reason FROM witness_gaps"
        assert await ask(database, gaps) == [("ami", "recorder_down")]


async def test_a_message_that_cannot_be_followed_costs_a_gap_and_none_of_those_behind_it(
    database: Database, pbx: FakeAmi, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [(stored(record).outcome,) for record in ami_records(SCENARIOS[:1]).values()]
    translate, seen = AmiFacts.translate, list[bytes]()

    def fail_once(facts: AmiFacts, raw: bytes, at: datetime) -> list[Fact]:
        seen.append(raw)
        if raw.startswith(b"Event: Odd") and seen.count(raw) == 1:
            raise RuntimeError("a defect")
        return list(translate(facts, raw, at))

    monkeypatch.setattr(AmiFacts, "translate", fail_once)
    async with recording(database, pbx=pbx):
        await linked(pbx)
        pbx.connections[0].say(message(("Event", "Odd")) + b"".join(live_bytes(SCENARIOS[0])))
        await eventually(database, "SELECT outcome FROM calls", expected)
        gaps = "SELECT witness, reason, to_at > from_at FROM witness_gaps"
        await eventually(database, gaps, [("ami", "recorder_down", True)])


async def test_a_recorder_that_hears_neither_witness_is_beyond_repair(
    database: Database, pbx: FakeAmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(AmiFacts, "translate", fail)
    monkeypatch.setattr(CelFacts, "translate", fail)
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]))
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(LIMIT):
            await make_recorder(database, pbx=pbx, cel_csv=cel_csv).run()
    assert caught.group_contains(PartBeyondRepair)


async def test_an_error_of_the_database_that_will_not_pass_ends_the_recorder(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE calls RENAME TO lost"))
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(cel_bytes(SCENARIOS[:1]))
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(LIMIT):
            await make_recorder(database, cel_csv=cel_csv).run()
    assert caught.group_contains(PartBeyondRepair)
