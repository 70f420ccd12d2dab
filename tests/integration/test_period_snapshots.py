"""A period is frozen once and for good, with what anybody can count again, and later edits stand in the next one."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.analysis.periods import Period, PeriodKind, whole_months
from callcenter.analysis.snapshots import store
from callcenter.analysis.snapshots.canonical import hash_rows, to_json
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.analysis.snapshots.service import freeze_period
from callcenter.analysis.snapshots.store import Snapshot
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.test_case_flags import Flags, flags
from tests.integration.test_casework_metrics import REGISTERED, a_november
from tests.integration.test_tickets import Desk, Headers, desk, house

__all__ = ["desk", "flags", "house"]

SETTINGS = Settings()
NOVEMBER = whole_months(PeriodKind.MONTH, date(2026, 11, 1))
DECEMBER = whole_months(PeriodKind.MONTH, date(2026, 12, 1))
JANUARY = whole_months(PeriodKind.MONTH, date(2027, 1, 1))
AFTER_NOVEMBER = datetime(2026, 11, 30, 18, tzinfo=UTC)
AFTER_DECEMBER, AFTER_JANUARY = AFTER_NOVEMBER + timedelta(days=31), AFTER_NOVEMBER + timedelta(days=62)


async def freeze(database: Database, period: Period, now: datetime, settings: Settings = SETTINGS) -> Snapshot:
    async with database.sessions.begin() as session:
        return await freeze_period(session, period, settings=settings, now=now)


async def rows_of(database: Database, snapshot: Snapshot) -> list[FrozenTicket]:
    async with database.snapshots.begin() as session:
        return await store.read_rows(session, snapshot.id)


async def corrections_of(database: Database, snapshot: Snapshot) -> list[tuple[str, str, Any, Any]]:
    async with database.snapshots.begin() as session:
        found = await store.list_corrections(session, snapshot.id)
    return [(one.number, one.correction.field, one.correction.old, one.correction.new) for one in found]


async def test_a_month_is_frozen_with_every_matter_of_it_and_what_became_of_it(
    desk: Desk, flags: Flags, database: Database, clock: Clock
) -> None:
    await a_november(desk, flags, database, clock)
    made = await freeze(database, NOVEMBER, AFTER_NOVEMBER)
    rows = await rows_of(database, made)

    assert (made.period, made.rows, made.sha256, made.metric_version, made.made_by) == (
        NOVEMBER,
        6,
        hash_rows(rows),
        1,
        None,
    )
    assert [(row.number[-2:], row.kind, row.state, row.outcome) for row in rows] == [
        ("01", "complaint", "completed", "settled_on_the_spot"),
        ("02", "complaint", "settled", "mediated"),
        ("03", "complaint", "ended", "ended"),
        ("04", "complaint", "not_accepted", "not_accepted"),
        ("05", "complaint", "forwarded", None),
        ("06", "enquiry", "completed", "answered"),
    ]
    first, mediated, ended, refused, late, enquiry = map(to_json, rows)
    assert first | {"complainant_key": None} == {
        "number": "12315-2026-00001",
        "kind": "complaint",
        "state": "completed",
        "channel": "call",
        "received_at": "2026-11-23T01:00:00+00:00",
        "unit_id": 1,
        "merchant_id": None,
        "goods_code": "general_food",
        "service_code": None,
        "problem_code": "food_safety",
        "offence_code": None,
        "sales_mode_code": None,
        "region": None,
        "brand": None,
        "amount_in_dispute_cents": None,
        "amount_recovered_cents": None,
        "accepted_at": "2026-11-23T08:00:00+00:00",
        "refused_at": None,
        "settled_at": "2026-11-23T08:00:00+00:00",
        "ended_at": None,
        "outcome": "settled_on_the_spot",
        "completed_at": "2026-11-23T08:00:00+00:00",
        "clocks": first["clocks"],
        "flags": [
            {
                "trigger": "food_health",
                "state": "filed",
                "raised_at": "2026-11-23T08:00:00+00:00",
                "decided_at": "2026-11-23T08:00:00+00:00",
            }
        ],
        "priority": "P2",
        "complainant_key": None,
        "is_serial": False,
        "group_id": None,
        "is_merged": False,
        "is_instructed": False,
    }
    assert {(one["code"], one["state"]) for one in first["clocks"]} == {
        ("accept", "met"),
        ("case_decision", "running"),
        ("clue_check", "met"),
        ("forward", "met"),
        ("mediate", "met"),
        ("platform_entry", "breached"),
    }
    assert (mediated["amount_recovered_cents"], ended["ended_at"]) == (20000, "2026-11-23T08:00:00+00:00")
    assert (refused["refused_at"], refused["unit_id"]) == ("2026-11-23T08:00:00+00:00", 2)
    assert late["is_instructed"]
    assert {one["code"] for one in late["clocks"]} >= {"acknowledge", "off_shelf"}
    assert enquiry["unit_id"] is None
    # One caller has made all the complaints by one call.
    (key,) = {row.complainant_key for row in rows if row.kind == "complaint"}
    assert key is not None
    assert len(key) == 32


async def test_the_same_period_is_frozen_once_whoever_comes_second_or_at_the_same_time(
    desk: Desk, database: Database
) -> None:
    await desk.forwarded()
    first, second = await asyncio.gather(
        freeze(database, NOVEMBER, AFTER_NOVEMBER), freeze(database, NOVEMBER, AFTER_NOVEMBER)
    )
    third = await freeze(database, NOVEMBER, AFTER_NOVEMBER + timedelta(days=1))
    assert first == second == third
    assert await freeze(database, whole_months(PeriodKind.YEAR, date(2026, 1, 1)), AFTER_DECEMBER) != first


async def test_nobody_changes_a_snapshot(desk: Desk, database: Database) -> None:
    await desk.forwarded()
    await freeze(database, NOVEMBER, AFTER_NOVEMBER)
    for statement in (
        "UPDATE snapshots SET sha256 = ''",
        "DELETE FROM snapshots",
        "UPDATE snapshot_rows SET brand = 'x'",
        "DELETE FROM snapshot_rows",
        "UPDATE snapshot_secrets SET secret = ''",
    ):
        with pytest.raises(DBAPIError, match="only added"):
            async with database.sessions.begin() as session:
                await session.execute(text(statement))


async def test_an_older_month_that_is_frozen_later_takes_no_correction_from_the_next_one(
    desk: Desk, house: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    edited = await desk.forwarded()
    await freeze(database, NOVEMBER, AFTER_NOVEMBER)
    clock.now = AFTER_NOVEMBER + timedelta(days=1)
    version = (await desk.read(edited))["version"]
    await desk.send("PATCH", edited, {"brand": "苏果"}, version=version)
    years = [month.replace(year=2025) for month in (date(2026, 10, 1), date(2026, 9, 1))]
    old = [await freeze(database, whole_months(PeriodKind.MONTH, one), AFTER_DECEMBER) for one in years]
    december = await freeze(database, DECEMBER, AFTER_DECEMBER)
    assert [await corrections_of(database, one) for one in old] == [[], []]
    assert await corrections_of(database, december) == [(edited, "brand", None, "苏果")]


async def test_an_edit_after_the_cut_off_is_a_correction_of_the_next_month_and_of_no_other(
    desk: Desk, house: httpx.AsyncClient, as_role: Headers, database: Database, clock: Clock
) -> None:
    edited = await desk.forwarded()
    gone = (await desk.make(REGISTERED, key="key-00000002")).json()["number"]
    await desk.make(REGISTERED, key="key-00000003")
    november = await freeze(database, NOVEMBER, AFTER_NOVEMBER)

    clock.now = AFTER_NOVEMBER + timedelta(days=1)
    version = (await desk.read(edited))["version"]
    changed = await desk.send("PATCH", edited, {"goods_code": "drug", "brand": "苏果 13812345678"}, version=version)
    assert changed.status_code == 200, changed.text
    await desk.step(gone, "void", role=Role.SUPERVISOR, reason="重复登记")
    # To be accepted is no correction: that is what happens in December.
    notice = {"to": "complainant", "by": "letter", "at": "2026-12-01T08:00:00Z", "proof": "EMS 1"}
    await desk.step(edited, "accept", role=Role.OFFICER, notice=notice)
    december = await freeze(database, DECEMBER, AFTER_DECEMBER)
    again = await freeze(database, JANUARY, AFTER_JANUARY)

    assert await corrections_of(database, november) == []
    assert await corrections_of(database, december) == [
        (edited, "brand", None, "苏果 138****5678"),
        (edited, "goods_code", "general_food", "drug"),
        (gone, "state", "registered", "void"),
    ]
    assert await corrections_of(database, again) == []
    assert [row.goods_code for row in await rows_of(database, november)] == ["general_food"] * 3
    assert [(row.number, row.goods_code) for row in await rows_of(database, december)] == [(edited, "drug")]


async def test_a_second_edit_is_compared_with_the_first_and_a_merged_merchant_is_a_correction(
    desk: Desk, house: httpx.AsyncClient, as_role: Headers, database: Database, clock: Clock
) -> None:
    for name in ("苏果超市", "苏果超市武进店"):
        added = await house.post("/api/v1/merchants", json={"name": name}, headers=as_role[Role.SUPERVISOR])
        assert added.status_code == 201
    fields = REGISTERED["fields"] | {"merchant_id": 2}
    number = (await desk.make(REGISTERED | {"fields": fields})).json()["number"]
    await freeze(database, NOVEMBER, AFTER_NOVEMBER)
    clock.now = AFTER_NOVEMBER + timedelta(days=1)
    await desk.send("PATCH", number, {"brand": "一"}, version=(await desk.read(number))["version"])
    december = await freeze(database, DECEMBER, AFTER_DECEMBER)
    clock.now = AFTER_DECEMBER + timedelta(days=1)
    await desk.send("PATCH", number, {"brand": "二"}, version=(await desk.read(number))["version"])
    merged = await house.post("/api/v1/merchants/2/merges", json={"into": 1}, headers=as_role[Role.SUPERVISOR])
    assert merged.status_code == 201, merged.text
    january = await freeze(database, JANUARY, AFTER_JANUARY)
    assert await corrections_of(database, december) == [(number, "brand", None, "一")]
    assert await corrections_of(database, january) == [(number, "brand", "一", "二"), (number, "merchant_id", 2, 1)]


async def test_a_person_has_one_key_in_all_snapshots_by_the_setting_or_by_a_secret_of_the_database(
    desk: Desk, database: Database
) -> None:
    await desk.forwarded()
    with_key = Settings.model_validate({"personal_data_key": "0f" * 32})
    month, quarter = (
        await freeze(database, NOVEMBER, NOW),
        await freeze(database, whole_months(PeriodKind.QUARTER, NOVEMBER.first), NOW),
    )
    day = Period(kind=PeriodKind.CUSTOM, first=NOVEMBER.first, last=NOVEMBER.last)
    derived = await freeze(database, day, NOW, with_key)
    keys = [(await rows_of(database, one))[0].complainant_key for one in (month, quarter, derived)]
    assert keys[0] == keys[1] != keys[2]
    assert keys[2] == "baf21c1caa5738e8c5a06b88e78901b4", "made with openssl of the number +8613812345678"


async def test_who_complains_more_often_than_the_threshold_is_serial(desk: Desk, database: Database) -> None:
    for number in range(11):
        await desk.make(REGISTERED, key=f"key-serial-{number:04}")
        if number == 9:
            october = Period(kind=PeriodKind.CUSTOM, first=NOVEMBER.first, last=NOVEMBER.last)
            ten = await rows_of(database, await freeze(database, october, NOW))
    eleven = await rows_of(database, await freeze(database, NOVEMBER, NOW))
    assert [row.is_serial for row in ten] == [False] * 10
    assert [row.is_serial for row in eleven] == [True] * 11
