"""Blind time is visible: each witness is blinded, and both, and the audit says what it knows and what it does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from callcenter.audit.report import Answer, AuditReport
from callcenter.audit.service import audit_day
from callcenter.calls import blind_times
from callcenter.calls.rows import Locality
from callcenter.pbx.event_link import AmiLink
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.recorder import ami_witness, cel_witness, leadership
from callcenter.recorder.recorder import Recorder
from callcenter.settings import Settings
from tests.integration.fake_ami import HASTE, FakeAmi
from tests.scenarios.captures import FOLDER, RULES

FIRST, SECOND = ((FOLDER / name / "cel.csv").read_bytes() for name in ("answered_by_an_agent", "queue_full"))
LIMIT = 20.0


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadership, "PATIENCE", 0.05)
    monkeypatch.setattr(cel_witness, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(cel_witness, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(ami_witness, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(ami_witness, "BATCH_SECONDS", 0.02)


def zone_where_it_is_noon() -> ZoneInfo:
    """No test goes over midnight."""
    return ZoneInfo(f"Etc/GMT{datetime.now(UTC).hour - 12:+d}")


@dataclass
class Centre:
    """A PBX with its ledger, a recorder that can be stopped, and the audit of the day that is now."""

    database: Database
    ami: FakeAmi
    cel_csv: Path
    timezone: ZoneInfo
    recorder: asyncio.Task[None] | None = None

    def start(self) -> None:
        def open_link() -> AmiLink:
            return AmiLink(host="127.0.0.1", port=self.ami.port, username="callcenter", secret="right", patience=HASTE)

        recorder = Recorder(
            database=self.database,
            pbx="pbx1",
            rules=RULES,
            locality=Locality(area_code="0519", timezone=self.timezone),
            open_link=open_link,
            cel_csv=self.cel_csv,
        )
        self.recorder = asyncio.create_task(recorder.run())

    async def stop(self) -> None:
        if self.recorder is not None:
            self.recorder.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.recorder
            self.recorder = None

    async def start_again_hearing(self, *witnesses: str) -> None:
        self.start()
        await self.hear(*witnesses)

    async def hear(self, *witnesses: str) -> None:
        """Wait until these are heard from now on, and no gap of theirs is open."""
        since = datetime.now(UTC)
        query = text(
            "SELECT count(*) FROM witness_heartbeats WHERE at > :since AND witness = ANY(:witnesses) AND NOT EXISTS"
            " (SELECT FROM witness_gaps WHERE to_at IS NULL AND witness = ANY(:witnesses))"
        )
        await self._wait_for(query, {"since": since, "witnesses": list(witnesses)}, len(witnesses))

    async def see_blind(self, witness: str) -> None:
        """Wait until a gap of this witness is open."""
        query = text("SELECT count(*) FROM witness_gaps WHERE to_at IS NULL AND witness = :witness")
        await self._wait_for(query, {"witness": witness}, 1)

    async def _wait_for(self, query: object, values: dict[str, object], expected: int) -> None:
        async with asyncio.timeout(LIMIT):
            while True:
                async with self.database.engine.connect() as connection:
                    if (await connection.execute(query, values)).scalar_one() == expected:  # type: ignore[call-overload]
                        return
                await asyncio.sleep(0.02)

    async def audit(self) -> AuditReport:
        settings = Settings(pbxs=(Pbx(cel_csv=self.cel_csv),), timezone=self.timezone)
        now = datetime.now(UTC)
        return await audit_day(self.database, settings, now.astimezone(self.timezone).date(), now=now)


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    """Both witnesses are heard, and the ledger has told a call."""
    async with FakeAmi.serving() as ami:
        centre = Centre(database, ami, tmp_path / "Master.csv", zone_where_it_is_noon())
        centre.cel_csv.write_bytes(FIRST)
        await centre.start_again_hearing("ami", "ledger")
        try:
            yield centre
        finally:
            await centre.stop()


def delete(path: Path) -> None:
    path.unlink()


def cut_short(path: Path) -> None:
    path.write_bytes(FIRST[: len(FIRST) // 2].rpartition(b"\n")[0] + b"\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def rename(path: Path) -> None:
    path.rename(path.with_name("somewhere else"))


def replace_by_another(path: Path) -> None:
    path.unlink()
    path.write_bytes(SECOND)


@contextlib.contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Whoever the tests run as: where the file was stands a folder."""
    hidden = path.rename(path.with_name("hidden"))
    path.mkdir()
    yield
    path.rmdir()
    hidden.rename(path)


@asynccontextmanager
async def link_cut(centre: Centre) -> AsyncIterator[None]:
    """The PBX refuses every login."""
    centre.ami.secret = "another"
    for connection in centre.ami.connections:
        connection.hang_up()
    await centre.see_blind("ami")
    yield
    centre.ami.secret = "right"


LOSSES = [delete, cut_short, empty, rename]


async def test_while_both_are_heard_the_day_is_known(centre: Centre) -> None:
    assert (await centre.audit()).answer is Answer.ACCOUNTED_FOR


async def test_a_cut_link_alone_leaves_nothing_unknown(centre: Centre) -> None:
    async with link_cut(centre):
        assert (await centre.audit()).answer is Answer.ACCOUNTED_FOR
    await centre.hear("ami", "ledger")
    assert (await centre.audit()).answer is Answer.ACCOUNTED_FOR


async def test_a_ledger_out_of_reach_alone_leaves_nothing_unknown(centre: Centre) -> None:
    with unreadable(centre.cel_csv):
        await centre.stop()
        centre.start()
        await centre.see_blind("ledger")
    await centre.hear("ami", "ledger")
    assert (await centre.audit()).answer is Answer.ACCOUNTED_FOR


@pytest.mark.parametrize("lose", LOSSES)
async def test_a_ledger_lost_while_the_link_was_up_leaves_nothing_unknown(
    centre: Centre, lose: Callable[[Path], None]
) -> None:
    lose(centre.cel_csv)
    with centre.cel_csv.open("ab") as file:
        file.write(SECOND)
    await centre.hear("ami", "ledger")
    assert (await centre.audit()).answer is Answer.ACCOUNTED_FOR


async def test_a_backend_that_was_stopped_reads_the_ledger_afterwards_and_until_then_nothing_is_known(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind_times, "STILL_HEARD", timedelta(milliseconds=1))
    await centre.stop()
    await asyncio.sleep(0.01)
    assert (await centre.audit()).answer is Answer.NOT_KNOWN
    monkeypatch.undo()
    await centre.start_again_hearing("ami", "ledger")
    assert (await centre.audit()).answer is Answer.ACCOUNTED_FOR


@pytest.mark.parametrize("is_written_to", [False, True])
@pytest.mark.parametrize("lose", LOSSES)
async def test_a_ledger_lost_while_the_backend_was_stopped_leaves_that_time_unknown(
    centre: Centre, lose: Callable[[Path], None], is_written_to: bool
) -> None:
    await centre.stop()
    stopped_at = datetime.now(UTC)
    lose(centre.cel_csv)
    started_at = datetime.now(UTC)
    centre.start()
    if is_written_to or (centre.cel_csv.exists() and centre.cel_csv.stat().st_size):
        with centre.cel_csv.open("ab") as file:
            file.write(SECOND)
        await centre.hear("ami", "ledger")
    else:
        await centre.hear("ami")
        await centre.see_blind("ledger")

    report = await centre.audit()

    assert report.answer is Answer.NOT_KNOWN
    (unknown,) = report.unknown
    assert unknown.pbx == "pbx1"
    assert unknown.from_at <= stopped_at
    assert unknown.to_at >= started_at
    assert report.sheet["unknown_times"] != []


async def test_a_ledger_replaced_while_the_backend_was_stopped_leaves_that_time_unknown(centre: Centre) -> None:
    await centre.stop()
    replace_by_another(centre.cel_csv)
    await centre.start_again_hearing("ami", "ledger")
    assert (await centre.audit()).answer is Answer.NOT_KNOWN


async def test_a_link_cut_while_the_ledger_cannot_be_read_leaves_the_time_unknown_until_it_is_read(
    centre: Centre,
) -> None:
    async with link_cut(centre):
        await centre.stop()
        with unreadable(centre.cel_csv):
            centre.start()
            await centre.see_blind("ledger")
            assert (await centre.audit()).answer is Answer.NOT_KNOWN
    await centre.hear("ami", "ledger")
    assert (await centre.audit()).answer is Answer.ACCOUNTED_FOR


async def test_a_ledger_that_never_was_there_sees_nothing(database: Database, tmp_path: Path) -> None:
    async with FakeAmi.serving() as ami:
        centre = Centre(database, ami, tmp_path / "Master.csv", zone_where_it_is_noon())
        await centre.start_again_hearing("ami")
        async with link_cut(centre):
            report = await centre.audit()
            await centre.stop()
    assert report.answer is Answer.NOT_KNOWN


THIRD = (FOLDER / "direct_call_answered" / "cel.csv").read_bytes()
UP = THIRD[: THIRD.index(b'"HANGUP"')].rpartition(b"\n")[0] + b"\n"
"""A call that is still up: a restart reads its rows again."""


@pytest.fixture
async def centre_in_a_call(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    """Both witnesses are heard; the ledger's last call is over, the one before it is still up."""
    async with FakeAmi.serving() as ami:
        centre = Centre(database, ami, tmp_path / "Master.csv", zone_where_it_is_noon())
        centre.cel_csv.write_bytes(FIRST)
        await centre.start_again_hearing("ami", "ledger")
        with centre.cel_csv.open("ab") as file:
            file.write(UP)
        await centre.hear("ami", "ledger")
        try:
            yield centre
        finally:
            await centre.stop()


async def test_rows_lost_behind_the_beginning_of_a_call_that_was_up_leave_that_time_unknown(
    centre_in_a_call: Centre,
) -> None:
    centre = centre_in_a_call
    with centre.cel_csv.open("ab") as file:
        file.write(SECOND)
    await centre.hear("ami", "ledger")
    await centre.stop()
    centre.cel_csv.write_bytes(FIRST + UP)
    await centre.start_again_hearing("ami", "ledger")
    assert (await centre.audit()).answer is Answer.NOT_KNOWN


async def test_a_file_lost_behind_that_of_a_call_that_was_up_leaves_that_time_unknown(
    centre_in_a_call: Centre,
) -> None:
    centre = centre_in_a_call
    centre.cel_csv.rename(centre.cel_csv.with_name("Master.csv.1"))
    centre.cel_csv.write_bytes(SECOND)
    await centre.hear("ami", "ledger")
    await centre.stop()
    centre.cel_csv.write_bytes(SECOND[len(SECOND) // 2 :].partition(b"\n")[2])
    await centre.start_again_hearing("ami", "ledger")
    assert (await centre.audit()).answer is Answer.NOT_KNOWN


async def test_a_ledger_that_was_empty_when_it_was_lost_leaves_that_time_unknown(
    database: Database, tmp_path: Path
) -> None:
    async with FakeAmi.serving() as ami:
        centre = Centre(database, ami, tmp_path / "Master.csv", zone_where_it_is_noon())
        centre.cel_csv.write_bytes(b"")
        await centre.start_again_hearing("ami", "ledger")
        await centre.stop()
        centre.cel_csv.write_bytes(FIRST)
        centre.cel_csv.write_bytes(SECOND)
        await centre.start_again_hearing("ami", "ledger")
        report = await centre.audit()
        await centre.stop()
    assert report.answer is Answer.NOT_KNOWN


async def test_a_ledger_that_came_and_went_before_it_was_ever_read_leaves_that_time_unknown(
    database: Database, tmp_path: Path
) -> None:
    async with FakeAmi.serving() as ami:
        centre = Centre(database, ami, tmp_path / "Master.csv", zone_where_it_is_noon())
        await centre.start_again_hearing("ami")
        await centre.stop()
        centre.cel_csv.write_bytes(FIRST)
        centre.cel_csv.write_bytes(SECOND)
        await centre.start_again_hearing("ami", "ledger")
        report = await centre.audit()
        await centre.stop()
    assert report.answer is Answer.NOT_KNOWN
