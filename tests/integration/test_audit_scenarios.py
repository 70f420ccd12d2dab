"""What a real Asterisk told in every recorded scenario, stored as one day: the books balance."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from callcenter.audit.report import AuditReport
from callcenter.audit.service import audit_day
from callcenter.calls.records import CallRecord, Direction, Outcome
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules
from tests.integration.callback_examples import hear_all, store

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FOLDERS = sorted(path.parent for path in SCENARIOS.glob("*/cel.csv") if (path.parent / "capture.ami").is_file())


def tell(path: Path) -> list[CallRecord]:
    return list(replay([path], is_cel=path.suffix == ".csv", pbx="pbx1", rules=CallRules()))


async def audit_all(database: Database, cel_csv: Path, calls: list[CallRecord]) -> list[AuditReport]:
    settings = Settings(pbxs=(Pbx(cel_csv=cel_csv),))
    days: set[date] = {call.started_at.astimezone(SHANGHAI).date() for call in calls}
    return [await audit_day(database, settings, day, now=datetime.now(UTC)) for day in sorted(days)]


@pytest.mark.parametrize("ledger_first", [True, False])
async def test_every_caller_of_every_scenario_is_accounted_for(
    database: Database, tmp_path: Path, ledger_first: bool
) -> None:
    cel_csv = tmp_path / "Master.csv"
    cel_csv.write_bytes(b"".join((folder / "cel.csv").read_bytes() for folder in FOLDERS))
    by_ledger = [call for folder in FOLDERS for call in tell(folder / "cel.csv")]
    by_ami = [call for folder in FOLDERS for call in tell(folder / "capture.ami")]
    for tellings in (by_ledger, by_ami) if ledger_first else (by_ami, by_ledger):
        await store(database, tellings)
    await hear_all(database)
    reports = await audit_all(database, cel_csv, by_ledger)
    assert [report.unexplained for report in reports] == [()] * len(reports)
    assert all(report.is_good for report in reports)
    inbound = {call.call_id for call in by_ledger if call.direction is Direction.INBOUND}
    assert {call.call_id for report in reports for call in report.inbound} == inbound
    missed = {
        call.call_id
        for call in by_ledger
        if call.direction is Direction.INBOUND and (call.outcome is not Outcome.ANSWERED or call.lost_after_transfer)
    }
    async with database.engine.connect() as connection:
        held = (await connection.execute(text("SELECT call_id FROM episode_calls"))).scalars().all()
    assert sorted(held) == sorted(missed)
    assert len(missed) > 20
