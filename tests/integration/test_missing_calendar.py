"""A year without a published working calendar: what depends on it is unknown and said to be, until it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.audit.render import to_json, to_text
from callcenter.audit.service import audit_day
from callcenter.callbacks.service import refresh
from callcenter.callbacks.tables import EpisodeRow
from callcenter.callbacks.work_service import count_alarms
from callcenter.callbacks.work_store import AlarmCounts
from callcenter.calls.records import CallRecord
from callcenter.cli import main
from callcenter.hours.calendar_file import parse_calendar
from callcenter.hours.service import load_is_workday, publish_year, take_in_published
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.callback_examples import LI, MEI, lost, store_confirmed
from tests.integration.conftest import Clock

SETTINGS = Settings(data_dir=Path("/nowhere"))
YEAR_2027 = "2027-01-01,day_off,元旦\n2027-02-08,day_off,春节\n2027-02-06,workday\n".encode()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SETTINGS.timezone).astimezone(UTC)


def lost_at(number: int, text: str, caller: str) -> CallRecord:
    call = lost(number, 0, caller=caller)
    begin = local(text)
    return replace(call, started_at=begin, ended_at=begin, queue_visits=())


async def due(database: Database) -> Sequence[datetime | None]:
    async with database.sessions.begin() as session:
        return (await session.scalars(select(EpisodeRow.due_at).order_by(EpisodeRow.opened_at))).all()


@pytest.fixture
async def two_lost(database: Database) -> None:
    """One before the end of the last published year, one in the year after."""
    await store_confirmed(database, [lost_at(1, "2026-12-28 10:00", MEI), lost_at(2, "2027-12-20 10:00", LI)])
    await refresh(database, SETTINGS)


@pytest.mark.usefixtures("two_lost")
async def test_the_audit_lists_who_waits_without_a_known_deadline(database: Database) -> None:
    (unknown,) = [number for number, due_at in enumerate(await due(database), start=1) if due_at is None]
    found = []
    for day in (date(2026, 12, 28), date(2027, 12, 20)):
        report = await audit_day(database, SETTINGS, day, now=local("2027-12-23 10:00"))
        found.append((report.overdue_episodes, report.unknown_deadlines, to_json(report)["unknown_deadlines"]))
    assert found == [((1,), (), []), ((), (unknown,), [unknown])]
    assert "episodes without a known deadline" in to_text(report)


@pytest.mark.usefixtures("two_lost", "as_role")
async def test_alarms_count_what_is_certain_and_what_is_unknown(
    database: Database, client: httpx.AsyncClient, clock: Clock
) -> None:
    clock.now = local("2027-12-23 10:00")
    async with database.sessions.begin() as session:
        counts = await count_alarms(session, SETTINGS, clock.now)
    assert counts == AlarmCounts(
        contacts_overdue=1, contacts_unknown=1, attempts_unknown=1, promises_due=0, promises_late=0, dials_unknown=0
    )
    token = await create_token(database, user_name="mei-supervisor", token_name="later", at=clock.now)
    supervisor = {"Authorization": f"Bearer {token}"}
    alarms = (await client.get("/api/v1/alarms", headers=supervisor)).json()["items"]
    late = [(alarm["kind"], alarm["since"][:10]) for alarm in alarms if alarm["episode_id"] is not None]
    assert sorted(late) == [
        ("contact_overdue", "2026-12-28"),
        ("contact_unknown", "2027-12-20"),
        ("first_attempt_overdue", "2026-12-28"),
        ("first_attempt_unknown", "2027-12-20"),
    ]
    board = (await client.get("/api/v1/wallboard", headers=supervisor)).json()["document"]["callbacks"]
    assert {name: board[name] for name in ("open", "overdue", "deadline_unknown")} == {
        "open": 2,
        "overdue": 1,
        "deadline_unknown": 1,
    }


@pytest.mark.usefixtures("two_lost")
async def test_a_calendar_given_by_file_settles_the_deadlines_that_waited_for_it(database: Database) -> None:
    known = local("2026-12-28 12:00")
    assert list(await due(database)) == [known, None]
    async with database.sessions.begin() as session:
        assert await publish_year(session, parse_calendar(YEAR_2027), local("2027-12-21 08:00")) == 2027
    await refresh(database, SETTINGS)
    # the second was due at noon of the day before: missed, but for want of a calendar
    assert list(await due(database)) == [known, local("2027-12-20 12:00")]


async def test_a_year_given_by_file_counts_for_every_question_and_the_later_file_replaces_it(
    database: Database,
) -> None:
    days = [datetime.fromisoformat(text).date() for text in ("2027-01-01", "2027-02-06", "2027-02-08", "2027-03-01")]
    answers = []
    for data in (YEAR_2027, b"2027-01-01,day_off\n2027-03-01,day_off\n"):
        async with database.sessions.begin() as session:
            await publish_year(session, parse_calendar(data), local("2026-12-30 08:00"))
            # The installed package has no such year, and takes away nothing.
            await take_in_published(session, datetime.fromisoformat("2026-12-30").date(), local("2026-12-30 08:00"))
            is_workday = await load_is_workday(session)
            answers.append([is_workday(day) for day in days])
    assert answers == [[False, True, False, True], [False, False, True, False]]


async def test_coverage_and_fairness_name_the_days_of_which_nobody_can_say(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    days = "from_day=2027-12-31&to_day=2028-01-01"
    for path in ("coverage", "fairness"):
        answer = await client.get(f"/api/v1/duty/{path}?{days}", headers=as_role[Role.SUPERVISOR])
        assert answer.json() == {"items": [], "next": None, "unknown_days": ["2027-12-31", "2028-01-01"]}


def run(data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    path = tmp_path / "calendar.csv"
    path.write_text(data)
    code = main(["calendar", str(path)])
    return code, capsys.readouterr()


async def test_the_command_takes_a_file_in_and_refuses_what_is_no_year(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", database_url)
    good = await asyncio.to_thread(run, YEAR_2027.decode(), tmp_path, capsys)
    assert (good[0], good[1].out) == (0, "The calendar of 2027 is taken in: 2 days off, 1 workdays.\n")
    for data, reason in (
        ("2027-01-01,day_off\n2028-01-03,day_off", "A calendar has the days of one year."),
        (
            "2026-01-01,day_off",
            "The calendar of 2026 is there; single days are changed with PUT /hours/days/DAY.",
        ),
    ):
        code, printed = await asyncio.to_thread(run, data, tmp_path, capsys)
        assert (code, printed.err) == (2, f"callcenter: {reason}\n")
