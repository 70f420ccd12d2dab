"""The audit proves a day, and finds whatever was lost, added, changed or not heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.audit import service
from callcenter.audit.render import to_json, to_text, verdict
from callcenter.audit.report import Answer, AuditReport
from callcenter.audit.rules import OFF_TRUNK
from callcenter.audit.service import audit_day, run_audit
from callcenter.callbacks.day_lists import freeze_due_days
from callcenter.callbacks.list_store import list_day
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import Anomaly, CallRecord, Direction, Outcome, Witness
from callcenter.calls.witness_store import add_gap, open_gap, save_heartbeat
from callcenter.cli import main
from callcenter.errors import InputError
from callcenter.json_values import moment_to_json
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database, connect
from callcenter.settings import Settings
from tests.integration.callback_examples import (
    LI,
    answered,
    as_ami,
    at,
    hear_all,
    lost,
    outbound,
    still_up,
    store,
    store_confirmed,
)

MONDAY = date(2026, 11, 23)
NOW = at(1800)
AFTER_MIDNIGHT = datetime(2026, 11, 23, 16, 10, tzinfo=UTC)
MORNING = [
    answered(1, 0),
    lost(2, 10, caller=LI),
    lost(3, 20, caller=None, outcome=Outcome.QUEUE_FULL),
    lost(4, 30, caller="13700000000", outcome=Outcome.VOICEMAIL),
    lost(5, 40, caller="13600000000"),
    outbound(6, 400, dialled="13600000000", is_answered=True),
    replace(answered(7, 50, caller="13500000000"), lost_after_transfer=True, ended_at=at(200)),
]
INBOUND = [call for call in MORNING if call.direction is Direction.INBOUND]


def cel_row(call: CallRecord, seconds: float = 0) -> str:
    born_at = (call.started_at + timedelta(seconds=seconds)).timestamp()
    columns = ["CHAN_START", f"{born_at:.6f}", "", "", "", "", "", "12315", "from-trunk", "PJSIP/trunk-main-00000001"]
    columns += ["", "", "3", "", call.call_id, call.call_id, "", "", "", ""]
    return ",".join(f'"{column}"' for column in columns) + "\n"


class Hotline:
    """A database and a ledger that a test may falsify."""

    def __init__(self, database: Database, cel_csv: Path) -> None:
        self.database = database
        self.cel_csv = cel_csv
        self.settings = Settings(pbxs=(Pbx(cel_csv=cel_csv),))

    def write_ledger(self, calls: Sequence[CallRecord]) -> None:
        self.cel_csv.write_text("".join(map(cel_row, calls)))

    async def audit(self, day: date = MONDAY, now: datetime = NOW) -> AuditReport:
        return await audit_day(self.database, self.settings, day, now=now)

    async def execute(self, statement: str) -> None:
        async with self.database.engine.begin() as connection:
            await connection.execute(text(statement))


@pytest.fixture
async def hotline(database: Database, tmp_path: Path) -> Hotline:
    """A morning on which all went well in the books."""
    hotline = Hotline(database, tmp_path / "Master.csv")
    hotline.write_ledger(INBOUND)
    await store_confirmed(database, MORNING)
    await hear_all(database)
    return hotline


BEFORE_FIRST_LINK = {
    "pbx": "pbx1",
    "witness": "ami",
    "from": "2026-11-22T16:00:00.000Z",
    "to": "2026-11-23T01:00:00.000Z",
    "reason": "before_first_link",
}


def numbers(calls: Sequence[Any]) -> list[str]:
    return [call.call_id[5:-2] for call in calls]


def figure(*calls: int) -> dict[str, Any]:
    return {"count": len(calls), "calls": [{"pbx": "pbx1", "call_id": f"pbx1-{number}.0"} for number in calls]}


async def test_a_day_whose_books_balance_is_told_with_every_call_behind_every_number(hotline: Hotline) -> None:
    report = await hotline.audit()
    assert to_json(report) == {
        "day": "2026-11-23",
        "made_at": "2026-11-23T01:30:00.000Z",
        "is_over": False,
        "answer": "accounted_for",
        "is_good": True,
        "sentence": "2026-11-23: every one of 6 callers is accounted for.",
        "unknown_times": [],
        "inbound": figure(1, 2, 3, 4, 5, 7),
        "answered": figure(1),
        "missed": {
            "abandoned_queue": figure(2, 5),
            "lost_after_transfer": figure(7),
            "queue_full": figure(3),
            "voicemail": figure(4),
        },
        "still_open": figure(),
        "ledger": {
            "files": ["Master.csv"],
            "unreadable_files": [],
            "kept_since": "2026-11-23T01:00:00.000Z",
            "inbound": figure(1, 2, 3, 4, 5, 7),
        },
        "is_ledger_missing": False,
        "unexplained": {"count": 0, "calls": []},
        "is_derived": True,
        "differences": {"count": 0, "calls": []},
        "not_derived": {"count": 0, "calls": [], "rows": 0, "errors": []},
        "suspicious": {"count": 0, "calls": []},
        "doubts": [],
        "unconfirmed": figure(),
        "unconfirmed_in_gap": figure(),
        "settled": figure(),
        "missed_without_episode": figure(),
        "missed_in_several_episodes": figure(),
        "missed_after_freeze": figure(),
        "gaps": [BEFORE_FIRST_LINK],
        "overdue_episodes": [],
        "unknown_deadlines": [],
        "dispositions": {"ticket": figure(), "reason": figure(), "missing": figure(1, 7)},
        "is_frozen": False,
        "day_sheet": {
            "business_date": "2026-11-23",
            "frozen_at": None,
            "inbound": {
                "total": 6,
                "abandoned_queue": 2,
                "answered": 1,
                "lost_after_transfer": 1,
                "queue_full": 1,
                "voicemail": 1,
            },
            "callers": {
                "lost": 5,
                "open": 4,
                "unknown": 0,
                "wrong_number": 0,
                "self_recovered": 0,
                "reached": 1,
                "unreachable": 0,
            },
            "calls": {
                "lost": 5,
                "open": 4,
                "unknown": 0,
                "wrong_number": 0,
                "self_recovered": 0,
                "reached": 1,
                "unreachable": 0,
            },
            "short_calls": 0,
            "callers_without_number": 1,
            "unknown_times": [],
            "list_sha256": None,
            "dispositions": {
                "answered": 2,
                "with_ticket": 0,
                "with_reason": 0,
                "missing": 2,
                "missing_by_agent": [{"agent": "1001", "calls": 2}],
            },
        },
        "day_sheet_hash": None,
        "day_sheet_breaks": [],
    }


async def test_a_call_that_is_stored_while_the_audit_reads_makes_no_half_of_a_day(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = lost(8, 60, caller="13400000000")

    async def list_day_and_lose_another(*arguments: Any, **named: Any) -> Any:
        rows = await list_day(*arguments, **named)
        hotline.write_ledger([*INBOUND, late])
        await store_confirmed(hotline.database, [late])
        return rows

    monkeypatch.setattr(service, "list_day", list_day_and_lose_another)
    report = await audit_day(hotline.database, hotline.settings, MONDAY, now=NOW, is_derived=False)
    assert (report.is_good, len(report.inbound)) == (True, len(INBOUND))


async def test_a_day_without_calls_balances(hotline: Hotline) -> None:
    report = await hotline.audit(MONDAY + timedelta(days=1), AFTER_MIDNIGHT + timedelta(days=1))
    assert (report.is_good, report.inbound, report.ledger_inbound) == (True, (), ())


async def test_a_channel_of_the_ledger_that_was_not_recorded_is_unexplained(hotline: Hotline) -> None:
    hotline.write_ledger([*INBOUND, lost(8, 60)])
    report = await hotline.audit()
    assert [(call.call_id, reason) for call, reason in report.unexplained] == [
        ("pbx1-8.0", "in the ledger, not recorded")
    ]
    assert not report.is_good


@pytest.mark.parametrize(("before", "is_explained"), [(4, True), (6, False)])
async def test_a_call_that_has_just_begun_may_be_on_its_way_to_the_ledger_or_from_it(
    hotline: Hotline, before: float, is_explained: bool
) -> None:
    async def is_nothing_unexplained() -> bool:
        report = await audit_day(hotline.database, hotline.settings, MONDAY, now=NOW, is_derived=False)
        return not report.unexplained

    begun = still_up(lost(8, 1800 - before, caller="13400000000"))
    hotline.write_ledger([*INBOUND, begun])
    assert await is_nothing_unexplained() is is_explained

    hotline.write_ledger(INBOUND)
    await store_confirmed(hotline.database, [begun])
    assert await is_nothing_unexplained() is is_explained


async def test_a_record_that_the_ledger_does_not_have_is_unexplained(hotline: Hotline) -> None:
    hotline.write_ledger(INBOUND[:-1])
    report = await hotline.audit()
    assert [(call.call_id, reason) for call, reason in report.unexplained] == [
        ("pbx1-7.0", "recorded, not in the ledger")
    ]


async def test_a_record_is_explained_where_the_ledger_was_blind_or_is_not_kept_so_far_back(hotline: Hotline) -> None:
    hotline.write_ledger(INBOUND[1:])
    assert (await hotline.audit()).is_good
    hotline.write_ledger(INBOUND[:-1])
    async with hotline.database.sessions.begin() as session:
        await add_gap(session, "pbx1", Witness.LEDGER, from_at=at(45), to_at=at(300), reason=GapReason.LEDGER_LOST)
    assert (await hotline.audit()).is_good


async def test_a_channel_recorded_in_another_direction_is_unexplained(hotline: Hotline) -> None:
    hotline.write_ledger(MORNING)
    assert [(call.call_id, reason) for call, reason in (await hotline.audit()).unexplained] == [
        ("pbx1-6.0", "inbound in the ledger, recorded as outbound")
    ]


async def test_a_call_recorded_under_two_names_of_its_pbx_is_unexplained(hotline: Hotline) -> None:
    await store_confirmed(hotline.database, [replace(MORNING[0], pbx="other")])
    report = await hotline.audit()
    assert [(call.pbx, reason) for call, reason in report.unexplained] == [
        ("other", "recorded more than once"),
        ("pbx1", "recorded more than once"),
    ]


async def test_a_call_at_midnight_may_stand_on_either_day_by_what_clocks_differ(hotline: Hotline) -> None:
    midnight = 15 * 3600.0
    before, after = lost(8, midnight - 0.001, caller=LI), lost(9, midnight + 0.001, caller=LI)
    await store_confirmed(hotline.database, [before, after])
    rows = [cel_row(before, 0.002), cel_row(after, -0.002), *map(cel_row, INBOUND)]
    hotline.cel_csv.write_text("".join(rows))
    monday, tuesday = await hotline.audit(), await hotline.audit(MONDAY + timedelta(days=1))
    assert (monday.unexplained, tuesday.unexplained) == ((), ())
    assert numbers(tuesday.inbound) == ["9"]


async def test_without_a_ledger_the_report_says_so_and_rests_on_the_records(hotline: Hotline) -> None:
    hotline.settings = Settings()
    report = await hotline.audit()
    assert (report.ledger, report.is_good) == (None, True)
    assert "There is no CEL file here" in to_text(report)


async def test_a_ledger_that_is_named_and_not_there_proves_nothing(hotline: Hotline) -> None:
    hotline.cel_csv.unlink()
    report = await hotline.audit()
    assert (report.ledger, report.is_ledger_missing, report.is_good) == (None, True, False)
    assert "The CEL file of the settings is not there" in to_text(report)
    later = await hotline.audit(MONDAY + timedelta(days=1), AFTER_MIDNIGHT + timedelta(days=1))
    assert later.is_good, "on a day without calls there is nothing to prove"


async def test_a_ledger_that_cannot_be_read_to_its_end_proves_nothing(hotline: Hotline) -> None:
    hotline.cel_csv.with_name("Master.csv.1.gz").write_bytes(b"no gzip")
    report = await hotline.audit()
    assert (report.unexplained, report.is_good) == ((), False)
    assert "Master.csv.1.gz cannot be read to its end." in to_text(report)


async def test_a_call_that_only_one_witness_told_is_unconfirmed(hotline: Hotline) -> None:
    call = lost(8, 60)
    await store(hotline.database, [as_ami(call)])
    hotline.write_ledger([*INBOUND, call])
    report = await hotline.audit()
    assert (numbers(report.unconfirmed), report.is_good) == (["8"], False)


async def test_witnesses_who_disagree_leave_a_call_unconfirmed_gap_or_not(hotline: Hotline) -> None:
    call = lost(8, 60)
    await store(hotline.database, [as_ami(replace(call, outcome=Outcome.BUSY)), call])
    hotline.write_ledger([*INBOUND, call])
    async with hotline.database.sessions.begin() as session:
        await open_gap(session, "pbx1", Witness.AMI, from_at=at(0), reason=GapReason.LINK_DOWN)
    assert numbers((await hotline.audit()).unconfirmed) == ["8"]


@pytest.mark.parametrize(
    ("begin", "end", "is_explained"),
    [(50, 70, True), (80, None, True), (91, 200, True), (95, 200, False), (0, 60, False)],
)
async def test_a_call_that_a_witness_could_not_see_is_explained_by_the_gap(
    hotline: Hotline, begin: float, end: float | None, is_explained: bool
) -> None:
    call = lost(8, 60)
    await store(hotline.database, [call])
    hotline.write_ledger([*INBOUND, call])
    async with hotline.database.sessions.begin() as session:
        begun: Any = {"from_at": at(begin), "reason": GapReason.LINK_DOWN}
        if end is None:
            await open_gap(session, "pbx1", Witness.AMI, **begun)
        else:
            await add_gap(session, "pbx1", Witness.AMI, to_at=at(end), **begun)
    report = await hotline.audit()
    assert (numbers(report.unconfirmed_in_gap), numbers(report.unconfirmed)) == (
        (["8"], []) if is_explained else ([], ["8"])
    )
    assert report.is_good is is_explained
    assert to_json(report)["gaps"] == [
        BEFORE_FIRST_LINK,
        {
            "pbx": "pbx1",
            "witness": "ami",
            "from": moment_to_json(at(begin)),
            "to": None if end is None else moment_to_json(at(end)),
            "reason": "link_down",
        },
    ]


async def test_a_call_that_ended_with_the_pbx_is_explained_by_a_gap_that_began_after_it(hotline: Hotline) -> None:
    call = replace(lost(8, 60), outcome=Outcome.FAILED, ended_at=None, complete=False)
    await store(hotline.database, [call])
    hotline.write_ledger([*INBOUND, call])
    async with hotline.database.sessions.begin() as session:
        await add_gap(session, "pbx1", Witness.AMI, from_at=at(95), to_at=at(200), reason=GapReason.RECORDER_DOWN)

    report = await hotline.audit()

    assert (numbers(report.unconfirmed_in_gap), numbers(report.unconfirmed)) == (["8"], [])


async def test_calls_from_before_anybody_listened_live_are_explained_and_later_ones_are_not(hotline: Hotline) -> None:
    before, after = lost(10, -60), lost(9, 23_000)
    await store(hotline.database, [before, as_ami(lost(8, 22_000)), lost(8, 22_000), after])
    async with hotline.database.sessions.begin() as session:
        await save_heartbeat(session, "pbx1", Witness.AMI, at(24_000))

    report = await hotline.audit()

    explained, unexplained = numbers(report.unconfirmed_in_gap), numbers(report.unconfirmed)
    assert ("10" in explained, "9" in unexplained, "9" in explained) == (True, True, False)


async def test_a_call_that_is_up_is_counted_as_such_and_is_no_fault(hotline: Hotline) -> None:
    call = still_up(lost(8, 60))
    await store(hotline.database, [call])
    hotline.write_ledger([*INBOUND, call])
    report = await hotline.audit()
    assert (numbers(report.still_open), report.is_good) == (["8"], True)
    assert len(report.inbound) == len(report.answered) + sum(map(len, report.missed.values())) + 1


async def test_a_missed_call_that_fell_off_the_list_is_found(hotline: Hotline) -> None:
    await hotline.audit()
    await hotline.execute("DELETE FROM episode_calls WHERE call_id = 'pbx1-2.0'")
    report = await hotline.audit()
    assert (numbers(report.missed_without_episode), report.is_good) == (["2"], False)


async def test_a_missed_call_in_two_episodes_is_found_should_the_key_ever_be_lost(hotline: Hotline) -> None:
    await hotline.audit()
    await hotline.execute("ALTER TABLE episode_calls DROP CONSTRAINT pk_episode_calls")
    await hotline.execute(
        "INSERT INTO episode_calls SELECT pbx, call_id, (SELECT max(id) FROM episodes), business_date"
        " FROM episode_calls WHERE call_id = 'pbx1-2.0'"
    )
    report = await hotline.audit()
    assert (numbers(report.missed_in_several_episodes), report.is_good) == (["2"], False)


async def test_overdue_episodes_are_shown_and_are_no_fault_of_the_books(hotline: Hotline) -> None:
    report = await hotline.audit(now=at(2 * 3600 + 100))
    assert (len(report.overdue_episodes), report.is_good) == (4, True)


@pytest.mark.parametrize(("year", "why"), [(2030, "has not begun"), (2019, "lies before everything")])
async def test_of_a_day_to_come_and_of_one_before_all_calls_nothing_is_known(
    hotline: Hotline, year: int, why: str
) -> None:
    report = await hotline.audit(date(year, 1, 1))
    assert (report.answer, report.is_good) == (Answer.NOT_KNOWN, False)
    assert why in verdict(report)


async def test_where_nobody_ever_listened_nothing_is_known(hotline: Hotline) -> None:
    await hotline.execute("DELETE FROM witness_heartbeats")
    report = await hotline.audit()
    assert report.answer is Answer.NOT_KNOWN
    assert verdict(report) == (
        "2026-11-23: not known: nobody saw the calls of pbx1 from 2026-11-22T16:00:00.000Z to"
        " 2026-11-23T01:30:00.000Z. The 6 callers of whom something is known are accounted for."
    )


async def test_of_a_moment_whose_row_is_a_dead_letter_nothing_is_known(
    hotline: Hotline,
) -> None:
    columns = "(pbx, witness, told, told_at, reason, at)"
    for day, number in ((23, 1), (22, 2)):
        moment = f"2026-11-{day}T01:00:05Z"
        await hotline.execute(
            f"INSERT INTO dead_letters {columns} VALUES ('pbx1', 'ledger', 'row {number}', '{moment}', 'defect', now())"
        )
    report = await hotline.audit()
    assert report.answer is Answer.NOT_KNOWN
    assert verdict(report) == (
        "2026-11-23: not known: what pbx1 reported at 2026-11-23T01:00:05.000Z could not be used (dead letter)."
        " The 6 callers of whom something is known are accounted for."
    )


async def test_what_is_amiss_weighs_more_than_what_is_not_known(hotline: Hotline) -> None:
    await hotline.execute("DELETE FROM witness_heartbeats")
    hotline.write_ledger([*INBOUND, lost(8, 60)])
    report = await hotline.audit()
    assert report.answer is Answer.NOT_ACCOUNTED_FOR
    assert verdict(report).startswith("2026-11-23: the books do not balance. Besides, nobody saw the calls of pbx1")


async def test_a_working_day_with_calls_and_none_of_them_inbound_is_not_accounted_for(hotline: Hotline) -> None:
    await hotline.execute("UPDATE calls SET direction = 'internal'")
    hotline.write_ledger([])
    report = await hotline.audit()
    assert report.answer is Answer.NOT_ACCOUNTED_FOR
    assert report.doubts == (
        "No call of this working day is inbound, though 7 were recorded: the trunks of the settings may not name the"
        " lines on which callers come in (`callcenter doctor` compares them).",
    )
    assert report.doubts[0] in " ".join(to_text(report).split())


async def test_a_frozen_day_is_told_as_frozen_with_what_was_found_since(hotline: Hotline) -> None:
    await freeze_due_days(hotline.database, hotline.settings, AFTER_MIDNIGHT)
    late = lost(8, 60)
    await store_confirmed(hotline.database, [late])
    hotline.write_ledger([*INBOUND, late])
    report = await hotline.audit(now=AFTER_MIDNIGHT)
    assert (report.is_frozen, numbers(report.missed_after_freeze), report.is_good) == (True, ["8"], True)
    assert report.sheet["callers"]["lost"] == 5
    assert report.breaks == ()


@pytest.mark.parametrize(
    ("change", "breaks"),
    [
        (
            "UPDATE day_sheets SET sheet = jsonb_set(sheet, '{callers,open}', '0') WHERE business_date = '2026-11-23'",
            ("The sheet of 2026-11-23 was changed.",),
        ),
        (
            "DELETE FROM day_sheets WHERE business_date = '2026-11-23'",
            ("The sheet before that of 2026-11-24 was changed or removed.", "The sheet of 2026-11-23 was removed."),
        ),
        (
            "DELETE FROM day_sheets WHERE business_date = '2026-11-24'",
            ("The sheet of 2026-11-24 was removed.",),
        ),
        (
            "UPDATE callback_lists SET rows = rows - 0 WHERE business_date = '2026-11-23'",
            ("The frozen list of 2026-11-23 was changed or removed.",),
        ),
        (
            "DELETE FROM callback_lists WHERE business_date = '2026-11-23'",
            ("The frozen list of 2026-11-23 was changed or removed.",),
        ),
    ],
)
async def test_a_change_of_what_was_frozen_shows(hotline: Hotline, change: str, breaks: tuple[str, ...]) -> None:
    await freeze_due_days(hotline.database, hotline.settings, AFTER_MIDNIGHT + timedelta(days=1))
    assert (await hotline.audit()).breaks == ()
    await hotline.execute(change)
    report = await hotline.audit()
    assert (report.breaks, report.is_good) == (breaks, False)


async def test_the_text_names_the_calls_and_ends_with_the_verdict(hotline: Hotline) -> None:
    told = to_text(await hotline.audit())
    assert "abandoned_queue" in told
    assert "pbx1-2.0 pbx1-5.0" in told
    assert told.endswith("2026-11-23: every one of 6 callers is accounted for.\n")
    hotline.write_ledger([*INBOUND, lost(8, 60)])
    told = to_text(await hotline.audit())
    assert "pbx1-8.0: in the ledger, not recorded" in told
    assert told.endswith("2026-11-23: the books do not balance.\n")


async def test_the_command_audits_the_database_of_the_settings(
    hotline: Hotline, database_url: str, tmp_path: Path
) -> None:
    settings = Settings(database_url=SecretStr(database_url), pbxs=(Pbx(cel_csv=hotline.cel_csv),))
    report = await run_audit(settings, MONDAY)
    assert (len(report.inbound), report.is_good) == (6, True)


def test_the_command_fails_when_a_call_was_taken_out_of_the_database(
    hotline: Hotline, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", database_url)
    monkeypatch.setenv("CALLCENTER_CEL_CSV", str(hotline.cel_csv))
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["audit", "--date", "2026-11-23"]) == 0
    assert main(["audit", "--date", "2030-01-01"]) == 1
    assert "not known: that day has not begun." in capsys.readouterr().out
    asyncio.run(remove_call(database_url, "pbx1-2.0"))
    assert main(["audit", "--date", "2026-11-23"]) == 1
    assert "pbx1-2.0: in the ledger, not recorded" in capsys.readouterr().out


async def remove_call(database_url: str, call_id: str) -> None:
    async with connect(database_url) as database, database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM calls WHERE call_id = :call_id"), {"call_id": call_id})


async def test_a_day_out_of_all_reason_is_refused(hotline: Hotline) -> None:
    for day in (date.min, date.max):
        with pytest.raises(InputError):
            await hotline.audit(day)


async def test_supervisors_get_the_audit_over_http(
    hotline: Hotline, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    answer = await client.get("/api/v1/audit/2026-11-23", headers=as_role[Role.SUPERVISOR])
    assert answer.status_code == 200
    told = answer.json()
    hotline.settings = Settings()
    assert told["is_derived"] is False
    assert told == to_json(await hotline.audit()) | {
        "made_at": told["made_at"],
        "overdue_episodes": told["overdue_episodes"],
    }
    assert len(told["overdue_episodes"]) == 4
    for wrong, status in (("9999-12-31", 400), ("monday", 422)):
        assert (await client.get(f"/api/v1/audit/{wrong}", headers=as_role[Role.SUPERVISOR])).status_code == status


async def test_a_caller_from_outside_off_trunk_is_no_clean_day_and_is_named(hotline: Hotline) -> None:
    odd = replace(outbound(9, 500, dialled="12315", is_answered=True), direction=Direction.INTERNAL)
    await store_confirmed(hotline.database, [replace(odd, anomalies=(Anomaly.OUTSIDE_CALLER_OFF_TRUNK,))])

    report = await hotline.audit()

    assert report.answer is Answer.NOT_ACCOUNTED_FOR
    assert numbers([call for call, _ in report.suspicious]) == ["9"]
    assert [reason for _, reason in report.suspicious] == [OFF_TRUNK]
    assert "neither in the trunks" in to_text(report)


async def test_a_workday_with_calls_and_without_an_inbound_one_is_no_clean_day(
    database: Database, tmp_path: Path
) -> None:
    calls = Hotline(database, tmp_path / "Master.csv")
    calls.write_ledger([])
    internal = replace(outbound(6, 400, dialled="1002", is_answered=True), direction=Direction.INTERNAL)
    await store_confirmed(database, [internal])

    report = await calls.audit()

    assert (report.answer, len(report.doubts)) == (Answer.NOT_ACCOUNTED_FOR, 1)
    assert "every one of 0 callers" not in to_text(report)
