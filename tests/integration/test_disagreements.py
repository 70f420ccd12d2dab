"""Calls that stay unconfirmed are looked at, explained and settled, and the audit of their day says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.audit.service import audit_day
from callcenter.calls.precedence import FIELDS
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import CallRecord, HungUpBy, Outcome, QueueExit, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import store_reports
from callcenter.json_values import moment_to_json
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.wallboard.live_board import read_document
from tests.call_examples import ABANDONED, ANSWERED, MORNING, OPEN, after, from_ami, with_visit
from tests.integration.callback_examples import hear_all
from tests.integration.conftest import NOW

LOCALITY = Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai"))
MASKED = {"caller_number": "138****5678", "caller_raw": "138****5678", "customer_number": "138****5678"}
DAY = date(2026, 11, 23)
SETTINGS = Settings(data_dir=Path("/nowhere"), cookie_secure=False)
PATH = f"/api/v1/disagreements/pbx1/{ABANDONED.call_id}/settlements"
TIMEOUT = with_visit(from_ami(ABANDONED, outcome=Outcome.QUEUE_TIMEOUT), exit=QueueExit.TIMEOUT)


async def store(database: Database, *tellings: CallRecord) -> None:
    async with database.sessions.begin() as session:
        await store_reports(session, tellings, locality=LOCALITY, now=MORNING)


@pytest.fixture
def supervisor(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SUPERVISOR])
    return client


async def listed(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/api/v1/disagreements", params={"day": "2026-11-23", **query})
    assert answer.status_code == 200
    page: dict[str, Any] = answer.json()
    return page


async def test_an_unconfirmed_call_is_listed_with_both_rows_and_how_they_differ(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    agreed = replace(ANSWERED, call_id="pbx1-1795395700.1")
    await store(database, TIMEOUT, ABANDONED, from_ami(agreed), agreed, replace(OPEN, call_id="pbx1-1795395800.2"))

    (item,) = (await listed(supervisor))["items"]

    assert (item["doubt"], item["is_settled"], item["settlements"]) == ("disagreement", False, [])
    assert item["told_by_ami"] == record_to_json(TIMEOUT) | MASKED
    assert item["told_by_ledger"] == record_to_json(ABANDONED) | MASKED
    visits = {witness: item[f"told_by_{witness}"]["queue_visits"] for witness in ("ami", "ledger")}
    assert item["differences"] == [
        {
            "key": "outcome",
            "ami": "queue_timeout",
            "ledger": "abandoned_queue",
            "is_disagreement": True,
            "stands": "ledger",
            "reason": "Both report how far the call came; where the ledger cannot know it, AMI's stands.",
        },
        {
            "key": "queue_visits",
            **visits,
            "is_disagreement": True,
            "stands": "ledger",
            "reason": FIELDS["queue_visits"].reason,
        },
    ]


async def test_what_one_witness_cannot_know_is_shown_and_is_no_disagreement(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    ami = from_ami(ABANDONED, hung_up_by=HungUpBy.PBX, ended_at=after(33))
    await store(database, ami, replace(ABANDONED, hung_up_by=None))

    (item,) = (await listed(supervisor))["items"]

    assert [(found["key"], found["is_disagreement"]) for found in item["differences"]] == [
        ("ended_at", True),
        ("hung_up_by", False),
    ]


@pytest.mark.parametrize(("record", "doubt"), [(ABANDONED, "one_witness"), (from_ami(ANSWERED), "one_witness")])
async def test_a_call_that_one_witness_alone_tells_is_listed_as_such(
    record: CallRecord, doubt: str, database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store(database, record)

    (item,) = (await listed(supervisor))["items"]

    assert (item["doubt"], item["differences"]) == (doubt, [])
    assert (item["told_by_ami"] is None) is (record.witnesses == (Witness.LEDGER,))


async def test_a_settled_call_no_longer_makes_the_audit_of_its_day_bad(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store(database, TIMEOUT, ABANDONED)
    await hear_all(database, until=after(600))
    before = await audit_day(database, SETTINGS, DAY, now=after(600))

    answer = await supervisor.post(PATH, json={"reason": "再次"})

    report = await audit_day(database, SETTINGS, DAY, now=after(600))
    key = ("pbx1", ABANDONED.call_id)
    assert (before.is_good, before.unconfirmed, before.settled) == (False, (key,), ())
    assert (report.is_good, report.unconfirmed, report.settled) == (True, (), (key,))
    assert answer.status_code == 201
    assert answer.json()["is_settled"] is True
    (settlement,) = answer.json()["settlements"]
    assert settlement == {
        "id": settlement["id"],
        "reason": "再次",
        "settled_by": "mei-supervisor",
        "settled_at": moment_to_json(NOW),
        "holds": True,
    }
    assert (await listed(supervisor))["items"] == [answer.json()]
    seen = await supervisor.get("/api/v1/audit/2026-11-23")
    assert seen.json()["settled"] == {"count": 1, "calls": [{"pbx": "pbx1", "call_id": ABANDONED.call_id}]}


async def test_a_settlement_holds_for_what_was_told_and_nothing_else(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store(database, from_ami(ABANDONED, complete=False, ended_at=after(40)), ABANDONED)
    assert (await supervisor.post(PATH, json={"reason": "link was slow"})).json()["is_settled"] is True

    await store(database, TIMEOUT)

    (item,) = (await listed(supervisor))["items"]
    assert (item["is_settled"], [settlement["holds"] for settlement in item["settlements"]]) == (False, [False])
    assert not (await audit_day(database, SETTINGS, DAY, now=after(600))).is_good


@pytest.mark.parametrize("reason", ["", "x", " x ", "\n\n", "x" * 501, "a\0b"])
async def test_a_settlement_needs_a_reason_in_words(
    reason: str, database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store(database, TIMEOUT, ABANDONED)

    assert (await supervisor.post(PATH, json={"reason": reason})).status_code == 422


async def test_only_an_unconfirmed_call_that_is_over_can_be_settled(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    reason = {"reason": "looked at"}
    assert (await supervisor.post(PATH, json=reason)).status_code == 404
    await store(database, OPEN)
    assert (await supervisor.post(PATH, json=reason)).status_code == 409
    await store(database, from_ami(ABANDONED), ABANDONED)
    assert (await supervisor.post(PATH, json=reason)).status_code == 409


async def test_a_settlement_is_never_changed(database: Database, supervisor: httpx.AsyncClient) -> None:
    await store(database, TIMEOUT, ABANDONED)
    await supervisor.post(PATH, json={"reason": "looked at"})

    for change in ("UPDATE settlements SET reason = 'other'", "DELETE FROM settlements"):
        with pytest.raises(DBAPIError, match="a settlement is never changed"):
            async with database.engine.begin() as connection:
                await connection.execute(text(change))


async def test_pages_follow_each_other_without_a_last_one_that_is_empty(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    calls = [replace(ABANDONED, call_id=f"pbx1-1795395{number}.0", started_at=after(number)) for number in (601, 602)]
    await store(database, *calls)

    first = await listed(supervisor, limit=1)
    second = await listed(supervisor, limit=1, cursor=first["next"])

    found = [item["call"]["call_id"] for page in (first, second) for item in page["items"]]
    assert found == [calls[1].call_id, calls[0].call_id]
    assert second["next"] is None


async def test_a_settled_call_counts_as_settled_and_no_longer_as_unconfirmed(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store(database, TIMEOUT, ABANDONED, replace(ABANDONED, call_id="pbx1-1795395900.3"))
    days = {"from_day": "2026-11-23", "to_day": "2026-11-23"}

    async def counts() -> list[tuple[int, int]]:
        summary = (await supervisor.get("/api/v1/calls/summary", params={"day": "2026-11-23"})).json()
        board = await read_document(database, SETTINGS, after(60))
        statistics = (await supervisor.get("/api/v1/statistics/calls", params=days)).json()
        day, total = statistics["intervals"][0]["completeness"], statistics["total"]["completeness"]
        seen = (summary, board["today"], day, total)
        return [(found["unconfirmed"], found["settled"]) for found in seen]

    assert await counts() == [(2, 0)] * 4
    assert (await supervisor.post(PATH, json={"reason": "the phone rang on"})).status_code == 201
    assert await counts() == [(1, 1)] * 4
    await store(database, replace(TIMEOUT, hangup_cause=99))
    assert await counts() == [(2, 0)] * 4, "it was settled for what the witnesses told then"
    await store(database, from_ami(ABANDONED))
    assert await counts() == [(1, 0)] * 4
