"""The nightly list of a day of 50,000 calls, with a million calls stored, in a throw-away database."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from callcenter.callbacks.nightly import freeze_day
from callcenter.callbacks.service import refresh
from callcenter.database import open_database
from callcenter.settings import Settings
from hotline_bench.figure import Figure

DAY = date(2026, 11, 20)
CALLS_OF_THE_DAY = 50_000
STORED_CALLS = 1_000_000
TARGET_SECONDS = 2.0

_CALLS = """
INSERT INTO calls (pbx, call_id, direction, caller_number, number_kind, dialled_number, customer_key, started_at,
                   answered_at, ended_at, business_date, outcome, short, wait, longest_talk, queues, agents, complete,
                   is_confirmed, anomalies, record, recorded_at, confirmed_at, changed_at)
SELECT 'pbx1', 'pbx1-' || n || '.' || n, 'inbound', number, 'mobile', '12315', number, at,
       CASE WHEN is_answered THEN at + interval '9 s' END, at + interval '90 s',
       (at AT TIME ZONE 'Asia/Shanghai')::date,
       CASE WHEN is_answered THEN 'answered' ELSE 'abandoned_queue' END, false, interval '9 s',
       CASE WHEN is_answered THEN interval '80 s' ELSE interval '0' END, ARRAY['hotline'],
       CASE WHEN is_answered THEN ARRAY['1001'] ELSE ARRAY[]::text[] END, true, true, ARRAY[]::text[],
       jsonb_build_object('call_id', 'pbx1-' || n || '.' || n, 'pbx', 'pbx1', 'direction', 'inbound',
                          'caller_number', number, 'caller_raw', number, 'caller_name', NULL,
                          'dialled_number', '12315', 'outcome', CASE WHEN is_answered THEN 'answered' END,
                          'talks', CASE WHEN is_answered THEN jsonb_build_array(jsonb_build_object(
                              'with', '1001', 'kind', 'agent',
                              'from', to_char(at + interval '9 s', 'YYYY-MM-DD"T"HH24:MI:SS.000Z'),
                              'to', to_char(at + interval '89 s', 'YYYY-MM-DD"T"HH24:MI:SS.000Z')))
                              ELSE '[]'::jsonb END,
                          'transferred', false, 'lost_after_transfer', false),
       at, at, at
  FROM (SELECT n, CAST(:first AS timestamptz) + n * CAST(:pace AS interval) AS at,
               '+8613' || lpad((n * 7919 % 1000000000)::text, 9, '0') AS number, n % 10 <> 0 AS is_answered
          FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint)) AS n) AS made
"""


async def measure_list() -> Figure:
    """Seconds from the first statement to the frozen list and day sheet."""
    base = Path("/var/lib") if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="callcenter-bench-", dir=base))
    home.chmod(0o755)
    try:
        seconds = await _measure(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return Figure(
        name=f"list of a day of {CALLS_OF_THE_DAY:,} calls, {STORED_CALLS:,} stored",
        ours=round(seconds, 2),
        unit="s",
        peer=None,
        ratio=None,
        target=f"under {TARGET_SECONDS:.0f} s",
        met=seconds < TARGET_SECONDS,
    )


async def _measure(home: Path) -> float:
    settings = Settings(data_dir=home)
    start = datetime.combine(DAY, datetime.min.time(), tzinfo=settings.timezone).astimezone(UTC)
    async with open_database(None, home) as database:
        await database.migrate()
        others = STORED_CALLS - CALLS_OF_THE_DAY
        async with database.sessions.begin() as session:
            await session.execute(text("ALTER TABLE calls DISABLE TRIGGER note_changed_call"))
            pace = timedelta(days=365) / others
            first = start - timedelta(days=366)
            await session.execute(text(_CALLS), {"first": first, "pace": pace, "low": 1, "high": others})
            await session.execute(text("ALTER TABLE calls ENABLE TRIGGER note_changed_call"))
            pace = timedelta(hours=23) / CALLS_OF_THE_DAY
            first = start - pace * others
            await session.execute(text(_CALLS), {"first": first, "pace": pace, "low": others + 1, "high": STORED_CALLS})
        await refresh(database, settings)
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("ANALYZE"))
        begin = time.perf_counter()
        async with database.sessions.begin() as session:
            await freeze_day(session, DAY, settings, datetime.now(UTC))
        return time.perf_counter() - begin
