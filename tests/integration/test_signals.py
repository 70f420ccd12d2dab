"""Signals of frozen months over HTTP and by the nightly job, and rankings: the same as the rules say by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.analysis.periods import PeriodKind, whole_months
from callcenter.analysis.signals.service import find_signals
from callcenter.analysis.signals.store import list_signals
from callcenter.analysis.signals.worker import find_due_signals
from callcenter.analysis.snapshots.service import freeze_period
from callcenter.analysis.snapshots.store import get_snapshot, read_rows
from callcenter.analysis.snapshots.worker import freeze_due
from callcenter.casework.tickets.creation import EMPTY
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from hotline_year.frozen import draw_year, find_by_month, freeze, tally_years
from hotline_year.matter import Matter
from tests.integration.analysis_examples import add_analysis
from tests.integration.conftest import NOW, Clock

SETTINGS = Settings()
Headers = dict[Role, dict[str, str]]
YEAR = 2025
AFTER = datetime(2026, 1, 1, 2, tzinfo=SETTINGS.timezone).astimezone(UTC)
_COLUMNS = ("number", "kind", "state", "version", "channel", "received_at", "created_at", "created_by", "priority")
_CODES = ("merchant_id", "goods_code", "service_code", "problem_code", "priority_reason", "search_grams")


async def copy_complaints(url: str, matters: Sequence[Matter], numbers: dict[str, int], user_id: int) -> None:
    """Completed complaints as the register has them, with their merchants and persons."""
    connection: Any = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        names = "INSERT INTO merchants (version, name, normalised_name, aliases, search_text, grams)"
        await connection.executemany(f"{names} VALUES (1, $1, $1, '{{}}', $1, '{{}}')", [(name,) for name in numbers])
        empty = {name: value for name, value in EMPTY.items() if name not in _CODES}
        tickets, parties = [], []
        for number, (matter, row) in enumerate(zip(matters, freeze(matters, dict(numbers)), strict=True), start=1):
            codes: tuple[Any, ...] = (row.merchant_id, row.goods_code, row.service_code, row.problem_code, "", [])
            at = row.received_at
            head = (row.number, "complaint", "completed", 1, "call", at, at, user_id, "P4")
            tickets.append((*head, *codes, *empty.values()))
            parties.append((number, "complainant", matter.person, matter.person, False, False))
        await connection.copy_records_to_table("tickets", records=tickets, columns=(*_COLUMNS, *_CODES, *empty))
        named = ("ticket_id", "role", "phone", "subject", "is_anonymous", "is_confidential")
        await connection.copy_records_to_table("ticket_parties", records=parties, columns=named)
    finally:
        await connection.close()


async def test_signals_of_a_frozen_year_are_what_the_rules_find_in_it_and_found_once(
    database: Database, database_url: str, as_role: Headers
) -> None:
    drawn = draw_year(YEAR, 7, with_hidden=True)
    numbers: dict[str, int] = {}
    rows = list(freeze(drawn.matters, numbers))
    async with database.sessions.begin() as session:
        user_id = await session.scalar(text("SELECT id FROM users WHERE name = 'mei-agent'"))
    await copy_complaints(database_url, drawn.matters, numbers, user_id)
    expected = find_by_month(*tally_years(rows, (YEAR,)))
    serial: dict[int, set[str]] = {}
    for number in range(1, 13):
        month = whole_months(PeriodKind.MONTH, date(YEAR, number, 1))
        async with database.sessions.begin() as session:
            made = await freeze_period(session, month, settings=SETTINGS, now=AFTER)
            frozen = await read_rows(session, made.id)
            found = await find_signals(session, made, timezone=SETTINGS.timezone, now=AFTER)
            assert await find_signals(session, made, timezone=SETTINGS.timezone, now=AFTER) == []
        assert made.rows == sum(row.received_at.month == number for row in rows)
        assert found == expected[month.first]
        serial[number] = {row.complainant_key or "" for row in frozen if row.is_serial}
    async with database.snapshots.begin() as session:
        kept = await list_signals(session)
    assert len(kept) == sum(map(len, expected.values()))
    # One person complains every other day from the tenth of February to the end of April.
    assert [number for number, persons in serial.items() if persons] == [3, 4]
    assert len(serial[3] | serial[4]) == 1


class Analyst:
    """Somebody who reads and judges signals."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def get(self, path: str) -> Any:
        answer = await self._client.get(f"/api/v1{path}", headers=self._headers)
        return answer.json()

    async def review(self, event: str, *, version: int, **given: Any) -> tuple[int, Any]:
        headers = self._headers | {"If-Match": f'"{version}"'}
        body = {"event": event} | given
        answer = await self._client.post("/api/v1/signals/1/review", json=body, headers=headers)
        return answer.status_code, answer.json()


@pytest.fixture
async def analyst(database: Database, client: httpx.AsyncClient, as_role: Headers) -> Analyst:
    """An agent with that duty."""
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE users SET duties = ARRAY['analyst'] WHERE name = 'mei-agent'"))
        await add_analysis(session, 1)
    token = await create_token(database, user_name="mei-agent", token_name="analyst", at=NOW)
    return Analyst(client, {"Authorization": f"Bearer {token}"})


async def test_a_signal_is_reviewed_confirmed_and_linked_and_every_step_is_kept(analyst: Analyst) -> None:
    (listed,) = (await analyst.get("/signals?state=new"))["items"]
    assert {name: listed[name] for name in ("rule", "x1", "x0", "p", "state", "events", "is_waiting")} == {
        **{"rule": "total", "x1": 15, "x0": 60, "p": 0.001105, "state": "new", "events": ["review"]},
        "is_waiting": False,
    }
    assert (await analyst.review("confirm", version=1, tickets_read=True))[1]["code"] == "signal_event_not_allowed"
    assert (await analyst.review("review", version=1))[0] == 200
    assert (await analyst.review("confirm", version=1, tickets_read=True))[0] == 412
    assert (await analyst.review("confirm", version=2))[1]["code"] == "tickets_not_read"
    assert (await analyst.review("confirm", version=2, tickets_read=True))[0] == 200
    assert (await analyst.review("link", version=3))[1]["code"] == "signal_link_required"
    status, acted = await analyst.review("link", version=3, linked="letter", linked_id=7)
    assert (status, acted["state"], acted["version"], acted["events"]) == (200, "acted", 4, [])
    assert acted["inputs"] == {"expected": 5.4}
    assert [(one["what"], one["state"], one["by"], one["tickets_read"], one["linked"]) for one in acted["history"]] == [
        ("review", "reviewing", "mei-agent", False, None),
        ("confirm", "confirmed", "mei-agent", True, None),
        ("link", "acted", "mei-agent", False, "letter"),
    ]
    assert (await analyst.get("/signals/1")) == acted


async def test_a_dismissed_signal_keeps_its_reason_and_a_new_one_waits_after_ten_working_days(
    analyst: Analyst, clock: Clock
) -> None:
    clock.now = NOW + timedelta(days=14)
    assert not (await analyst.get("/signals/1"))["is_waiting"]
    clock.now = NOW + timedelta(days=15)
    assert (await analyst.get("/signals/1"))["is_waiting"]
    await analyst.review("review", version=1)
    assert (await analyst.review("dismiss", version=2, tickets_read=True))[1]["code"] == "reason_required"
    status, dismissed = await analyst.review("dismiss", version=2, tickets_read=True, reason="a fair in the town")
    assert (status, dismissed["state"], dismissed["reason"]) == (200, "dismissed", "a fair in the town")
    assert not dismissed["is_waiting"]


async def test_what_was_found_is_never_changed(analyst: Analyst, database: Database) -> None:
    for statement in ("UPDATE signals SET x1 = 1", "DELETE FROM signals", "UPDATE signals SET p = 0, state = 'acted'"):
        with pytest.raises(DBAPIError, match="only added"):
            async with database.sessions.begin() as session:
                await session.execute(text(statement))


async def test_who_has_neither_the_role_nor_the_duty_sees_no_signal_and_an_administrator_judges_none(
    client: httpx.AsyncClient, analyst: Analyst, as_role: Headers
) -> None:
    rights = (await analyst.get("/session"))["rights"]
    assert {"see_analysis", "analyse"} <= set(rights)
    officer = await client.get("/api/v1/signals", headers=as_role[Role.OFFICER])
    headers = as_role[Role.ADMIN] | {"If-Match": '"1"'}
    admin = await client.post("/api/v1/signals/1/review", json={"event": "review"}, headers=headers)
    assert (officer.status_code, admin.status_code) == (403, 403)


async def test_a_ranking_has_shared_ranks_intervals_shares_and_serial_complainants(
    analyst: Analyst, database: Database
) -> None:
    async with database.sessions.begin() as session:
        columns = "snapshot_id, number, kind, state, channel, received_at, goods_code, clocks, flags, priority"
        columns += ", is_serial, is_merged, is_instructed"
        await session.execute(
            text(
                f"INSERT INTO snapshot_rows ({columns}) SELECT 1, 'n' || n, 'complaint', 'accepted', 'call',"
                " '2026-07-05T00:00Z', (ARRAY['food', 'food', 'toys', NULL])[1 + n % 4], '[]', '[]', 'P4',"
                " n % 8 = 0, n > 40, false FROM generate_series(1, 48) n"
            )
        )
    ranking = await analyst.get("/rankings/goods?period=2026-07&limit=2")
    assert {name: ranking[name] for name in ("kind", "first", "last", "counted", "known")} == {
        **{"kind": "month", "first": "2026-07-01", "last": "2026-07-31", "counted": 41, "known": 31},
    }
    first, second = ranking["items"]
    assert first | {"low": round(first["low"], 2), "high": round(first["high"], 2)} == {
        **{"key": "food", "name": None, "rank": 1, "count": 20, "low": 12.22, "high": 30.89, "share": 48.78},
        **{"serial": 5, "serial_share": 25.0, "is_small": False},
    }
    assert (second["key"], second["rank"], second["count"], second["is_small"]) == ("toys", 2, 10, False)
    rest = (await analyst.get(f"/rankings/goods?period=2026-07&cursor={ranking['next']}"))["items"]
    assert [(one["key"], one["rank"], one["count"], one["is_small"]) for one in rest] == [("goods1", 3, 1, True)]
    missing = await analyst.get("/rankings/goods?period=2026-09")
    assert missing["code"] == "not_frozen"


async def test_the_job_looks_at_a_month_after_it_is_frozen_and_waits_until_then(database: Database) -> None:
    def at(day: date, hour: int) -> datetime:
        return datetime(day.year, day.month, day.day, hour, tzinfo=SETTINGS.timezone).astimezone(UTC)

    begin, turn = at(date(2026, 9, 30), 2), at(date(2026, 10, 1), 2)
    assert await find_due_signals(database, SETTINGS, begin) == [date(2026, 9, 29)]
    assert await find_due_signals(database, SETTINGS, turn) == []
    await freeze_due(database, SETTINGS, turn)
    assert await find_due_signals(database, SETTINGS, turn) == [date(2026, 9, 30)]
    assert await find_due_signals(database, SETTINGS, turn) == []
    async with database.snapshots.begin() as session:
        assert (await session.scalar(text("SELECT count(*) FROM signal_runs"))) == 1
        assert (await get_snapshot(session, 1)).period == whole_months(PeriodKind.MONTH, date(2026, 9, 1))


COMPLAIN = """
INSERT INTO tickets (number, kind, state, version, channel, received_at, created_at, created_by, priority,
  priority_reason, goods_code, requests, ill, injured, open_flags, open_instructions, endangers_life, is_of_group,
  search_grams)
SELECT 'w' || week || '-' || n, 'complaint', 'registered', 1, 'call', day, day, 1, 'P4', '',
       CASE WHEN n <= CASE WHEN week = 29 THEN 14 ELSE 6 END THEN 'food' END, '{}', 0, 0, 0, 0, false, false, '{}'
  FROM generate_series(0, 29) week, generate_series(1, 60) n,
       LATERAL (SELECT '2026-01-05T04:00Z'::timestamptz + week * interval '7 days' AS day) begun
"""


async def test_a_week_is_looked_at_on_monday_with_the_frozen_months_and_weeks_before_it(
    database: Database, as_role: Headers
) -> None:
    async with database.sessions.begin() as session:
        await session.execute(text(COMPLAIN))
    for number in range(1, 7):
        async with database.sessions.begin() as session:
            month = whole_months(PeriodKind.MONTH, date(2026, number, 1))
            await freeze_period(session, month, settings=SETTINGS, now=NOW)

    def monday(day: int, month: int = 7) -> datetime:
        return datetime(2026, month, day, 2, tzinfo=SETTINGS.timezone).astimezone(UTC)

    assert await find_due_signals(database, SETTINGS, monday(6)) == [date(2026, 7, 5)]
    await freeze_due(database, SETTINGS, monday(1, month=8))
    await find_due_signals(database, SETTINGS, monday(3, month=8))
    assert await find_due_signals(database, SETTINGS, monday(3, month=8)) == []
    async with database.snapshots.begin() as session:
        (found,) = await list_signals(session)
        weeks = await session.scalar(text("SELECT count(*) FROM snapshots WHERE kind = 'custom'"))
    assert (found.rule, found.axis, found.code, found.x1, found.x0, found.base) == (
        *("weekly", "goods", "food"),
        *(14, 156, 26),
    )
    assert (found.first, found.last, weeks) == (date(2026, 7, 27), date(2026, 8, 2), 5)
    assert found.limit == pytest.approx(13.47, abs=0.01), "vector 25"
