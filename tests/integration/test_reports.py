"""Analysis reports: drafted once on a snapshot, checked, signed by a director who is no author, the same for good."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Duty, Role
from callcenter.accounts.store import set_duties
from callcenter.analysis.periods import Period, PeriodKind, whole_months
from callcenter.analysis.reports.worker import draft_due
from callcenter.analysis.snapshots.store import add_snapshot
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import Clock
from tests.integration.test_tickets import Headers
from tests.report_examples import month, tickets_of

REPORTS = "/api/v1/reports"
OCTOBER, SEPTEMBER, LAST_OCTOBER = month(2026, 10), month(2026, 9), month(2025, 10)
ZONE = "Asia/Shanghai"


async def freeze(database: Database, period: Period, count: int, seed: int, **changed: Any) -> int:
    rows = [replace(one, **changed) for one in tickets_of(period, count, seed)]
    async with database.sessions.begin() as session:
        made = await add_snapshot(
            session,
            period,
            rows,
            cut_off_at=datetime.combine(period.last + timedelta(days=1), datetime.min.time(), UTC),
            last_event_id=0,
            metric_version=1,
            code_version="1",
            made_by=None,
        )
    assert made is not None
    return made.id


@pytest.fixture
async def drafted(database: Database, clock: Clock) -> int:
    """The report on October, with September and the October before."""
    await freeze(database, LAST_OCTOBER, 700, 1)
    await freeze(database, SEPTEMBER, 500, 2)
    await freeze(database, OCTOBER, 800, 3)
    reports = await draft_due(database, Settings(), clock.now)
    assert len(reports) == 3
    return reports[-1]


class Desk:
    """Somebody who works on reports, by their role."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self._client = client
        self._headers = headers

    async def get(self, path: str, role: Role = Role.SUPERVISOR, **query: str) -> httpx.Response:
        return await self._client.get(f"{REPORTS}{path}", params=query, headers=self._headers[role])

    async def read(self, report: int, role: Role = Role.SUPERVISOR, **query: str) -> dict[str, Any]:
        answer = await self.get(f"/{report}", role, **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def write(self, report: int, section: str, text: str | None, role: Role = Role.SUPERVISOR) -> httpx.Response:
        body = {"section": section, "text": text}
        return await self._send("PUT", report, "paragraphs", body, role)

    async def do(self, report: int, event: str, role: Role = Role.SUPERVISOR, **body: str) -> httpx.Response:
        return await self._send("POST", report, f"events/{event}", body, role)

    async def submitted(self, report: int) -> None:
        for section in ("hot_spots", "causes", "advice"):
            assert (await self.write(report, section, f"{section}的分析")).status_code == 200
        answer = await self.do(report, "submit")
        assert answer.status_code == 200, answer.text

    async def _send(self, method: str, report: int, path: str, body: Any, role: Role) -> httpx.Response:
        known = (await self.get(f"/{report}", Role.SUPERVISOR)).json()["version"]
        headers = self._headers[role] | {"If-Match": f'"{known}"'}
        return await self._client.request(method, f"{REPORTS}/{report}/{path}", json=body, headers=headers)


@pytest.fixture
def desk(client: httpx.AsyncClient, as_role: Headers) -> Desk:
    return Desk(client, as_role)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def counts(report: dict[str, Any], key: str, column: str = "count") -> dict[str, int]:
    table = next(table for table in report["tables"] if table["key"] == key)
    place = [one["key"] for one in table["columns"]].index(column)
    lines = [*table["lines"], *([table["total"]] if table["total"] else [])]
    return {line["key"]: int(line["cells"][place]["value"]) for line in lines}


async def test_every_snapshot_gets_one_draft(database: Database, clock: Clock, drafted: int, desk: Desk) -> None:
    assert await draft_due(database, Settings(), clock.now) == []
    page = (await desk.get("")).json()
    assert [(one["kind"], one["first"], one["edition"], one["state"], one["drafted_by"]) for one in page["items"]] == [
        ("month", "2026-10-01", 1, "draft", None),
        ("month", "2026-09-01", 1, "draft", None),
        ("month", "2025-10-01", 1, "draft", None),
    ]
    assert page["items"][0]["events"] == ["write", "submit"]


async def test_each_total_is_what_sql_counts_in_the_snapshot(database: Database, drafted: int, desk: Desk) -> None:
    report = await desk.read(drafted)
    at = "received_at AT TIME ZONE 'Asia/Shanghai'"
    from_rows = f"FROM snapshot_rows JOIN snapshots s ON s.id = snapshot_id WHERE NOT is_merged AND state <> 'void' AND {at} >= s.first AND {at} < s.last + 1"  # noqa: E501

    async def count(period: Period, condition: str) -> int:
        statement = f"SELECT count(*) {from_rows} AND s.first = '{period.first}' AND ({condition})"
        async with database.snapshots.begin() as session:
            return int(await session.scalar(text(statement)))

    async def ended(column: str) -> int:
        moment = f"{column} AT TIME ZONE 'Asia/Shanghai'"
        statement = f"SELECT count(*) FROM snapshot_rows JOIN snapshots s ON s.id = snapshot_id WHERE NOT is_merged AND {moment} >= s.first AND {moment} < s.last + 1 AND s.first = '{OCTOBER.first}'"  # noqa: E501
        async with database.snapshots.begin() as session:
            return int(await session.scalar(text(statement)))

    complaints, lawful = "snapshot_rows.kind = 'complaint'", "snapshot_rows.kind IN ('complaint', 'report')"
    wanted = {
        "kinds": "true",
        "channels": "true",
        **dict.fromkeys(("complaint_channels", "problems", "goods", "services", "brands", "merchants"), complaints),
        "offences": "snapshot_rows.kind = 'report'",
        **dict.fromkeys(("regions", "units"), lawful),
    }
    for key, condition in wanted.items():
        assert counts(report, key)["total"] == await count(OCTOBER, condition) > 0, key
        assert counts(report, key, "before_count")["total"] == await count(SEPTEMBER, condition), key
        assert counts(report, key, "year_count")["total"] == await count(LAST_OCTOBER, condition), key
    assert counts(report, "decisions") == {
        "accepted": await ended("accepted_at"),
        "refused": await ended("refused_at"),
        "total": await ended("accepted_at") + await ended("refused_at"),
    }
    assert counts(report, "outcomes")["total"] == await ended("completed_at")
    for code, number in counts(report, "problems").items():
        if code.startswith("problem_"):
            assert number == await count(OCTOBER, f"{complaints} AND problem_code = '{code}'")
    assert (report["findings"], report["comparisons"] > 100) == ([], True)


async def test_it_is_submitted_once_all_is_written_and_released_by_a_director_who_wrote_nothing(
    drafted: int, desk: Desk
) -> None:
    assert said(await desk.do(drafted, "submit")) == (409, "report_lacks")
    assert said(await desk.do(drafted, "release", Role.DIRECTOR)) == (409, "step_not_allowed")
    assert (await desk.write(drafted, "causes", None)).status_code == 200
    assert (await desk.write(drafted, "hot_spots", "预付卡\n退费难")).status_code == 200
    assert said(await desk.do(drafted, "submit")) == (409, "report_lacks")
    assert (await desk.write(drafted, "advice", "加强抽检")).status_code == 200
    assert (await desk.do(drafted, "submit")).json()["state"] == "submitted"
    assert said(await desk.write(drafted, "advice", "另写")) == (409, "step_not_allowed")
    assert said(await desk.do(drafted, "release")) == (403, "right_required")
    assert said(await desk.do(drafted, "release", Role.ADMIN)) == (403, "right_required")
    assert said(await desk.do(drafted, "send_back", Role.DIRECTOR)) == (400, "invalid_input")
    back = await desk.do(drafted, "send_back", Role.DIRECTOR, reason="补充原因")
    assert (back.status_code, back.json()["state"]) == (200, "draft")
    assert (await desk.read(drafted))["returned_reason"] == "补充原因"
    assert (await desk.do(drafted, "submit")).status_code == 200
    released = await desk.do(drafted, "release", Role.DIRECTOR)
    assert released.status_code == 200, released.text
    assert (released.json()["state"], released.json()["released_by"]) == ("released", "mei-director")
    assert len(released.json()["pdf_sha256"]) == 64


@pytest.mark.parametrize(
    "text_with_number", ["请联系13800000001", "电话１３８００００４７１１", "138 0000 4711", "0519-86612345"]
)
async def test_no_number_of_a_person_is_written_in_it(drafted: int, desk: Desk, text_with_number: str) -> None:
    assert said(await desk.write(drafted, "hot_spots", text_with_number)) == (400, "report_holds_number")


async def test_a_director_who_wrote_of_it_does_not_sign_it(drafted: int, desk: Desk) -> None:
    assert (await desk.write(drafted, "hot_spots", "一", Role.DIRECTOR)).status_code == 200
    await desk.submitted(drafted)  # the supervisor writes over it, which changes nothing
    for event, given in (("send_back", {"reason": "重写"}), ("release", {})):
        assert said(await desk.do(drafted, event, Role.DIRECTOR, **given)) == (403, "author_cannot_sign")
    assert (await desk.read(drafted, Role.DIRECTOR))["events"] == []


async def test_what_was_released_stays_and_a_correction_is_another_edition(
    database: Database, drafted: int, desk: Desk
) -> None:
    await desk.submitted(drafted)
    assert (await desk.do(drafted, "release", Role.DIRECTOR)).status_code == 200
    first = (await desk.get(f"/{drafted}/pdf")).content
    for statement in ("UPDATE reports SET paragraphs = '[]' WHERE id = :id", "DELETE FROM reports WHERE id = :id"):
        with pytest.raises(DBAPIError):
            async with database.sessions.begin() as session:
                await session.execute(text(statement), {"id": drafted})
    again = await desk.do(drafted, "correct", reason="热点有误")
    assert (again.status_code, again.json()["edition"], again.json()["state"]) == (200, 2, "draft")
    assert said(await desk.do(drafted, "correct", reason="再次")) == (409, "step_not_allowed")
    second = again.json()["id"]
    await desk.write(second, "hot_spots", "另一热点")
    report = await desk.read(second)
    assert report["changes"] == ["原因：热点有误", "“热点”已修改"]
    assert [(one["section"], one["text"]) for one in report["paragraphs"]] == [
        ("hot_spots", "另一热点"),
        ("causes", "causes的分析"),
        ("advice", "advice的分析"),
    ]
    assert (await desk.get(f"/{drafted}/pdf")).content == first


async def test_the_same_snapshot_gives_the_same_bytes_whatever_became_of_names(
    database: Database, drafted: int, desk: Desk
) -> None:
    async def files() -> list[bytes]:
        paths = ("pdf", "xlsx", "tables/units.csv", "charts", "")
        queries: tuple[dict[str, Any], ...] = ({"language": "zh"}, {"language": "en", "audience": "public"})
        return [
            (await desk.get(f"/{drafted}/{path}".rstrip("/"), **query)).content for path in paths for query in queries
        ]

    before = await files()
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE codes SET name = name || '新' WHERE axis = 'goods'"))
    await freeze(database, month(2026, 8), 300, 4)
    assert await files() == before
    assert all(one.startswith(b"%PDF") for one in before[:2])


async def test_tables_are_files_that_spreadsheets_read(drafted: int, desk: Desk) -> None:
    table = await desk.get(f"/{drafted}/tables/kinds.csv")
    assert table.headers["content-disposition"] == (
        'attachment; filename="report-month-2026-10-01-1-internal-zh-kinds.csv"'
    )
    header, *rows = csv.reader(io.StringIO(table.content.decode("utf-8-sig")))
    assert header[:4] == ["类型", "本期（件）", "占比 %", "上年同期"]
    assert [row[0] for row in rows] == ["咨询", "投诉", "举报", "建议", "表扬", "合计"]
    assert sum(int(row[1]) for row in rows[:-1]) == int(rows[-1][1])
    assert said(await desk.get(f"/{drafted}/tables/none.csv")) == (404, "not_found")
    book = zipfile.ZipFile(io.BytesIO((await desk.get(f"/{drafted}/xlsx")).content))
    sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == len((await desk.read(drafted))["tables"])


async def test_a_name_that_looks_like_a_formula_is_none(database: Database, clock: Clock, desk: Desk) -> None:
    await freeze(database, OCTOBER, 100, 5, brand='=HYPERLINK("http://x")')
    (report,) = await draft_due(database, Settings(), clock.now)
    rows = list(csv.reader(io.StringIO((await desk.get(f"/{report}/tables/brands.csv")).content.decode("utf-8-sig"))))
    assert rows[1][0] == '\'=HYPERLINK("http://x")'


async def test_the_public_version_has_no_merchants(drafted: int, desk: Desk) -> None:
    whole, public = await desk.read(drafted), await desk.read(drafted, audience="public")
    hidden = {table["key"] for table in whole["tables"]} - {table["key"] for table in public["tables"]}
    assert hidden == {"brands", "merchants", "merchant_ranks"}
    assert "经营者" not in (await desk.get(f"/{drafted}/charts", audience="public")).text


async def test_drafts_are_for_those_who_write_and_sign_and_analysts_are_among_them(
    database: Database, drafted: int, desk: Desk
) -> None:
    assert (await desk.get(f"/{drafted}", Role.AGENT)).status_code == 404
    assert (await desk.get("", Role.OFFICER)).json()["items"] == []
    assert said(await desk.do(drafted, "submit", Role.AGENT)) == (403, "right_required")
    async with database.sessions.begin() as session:
        user_id = await session.scalar(text("SELECT id FROM users WHERE name = 'mei-agent'"))
        await set_duties(session, user_id=user_id, duties=[Duty.ANALYST])
    assert (await desk.write(drafted, "hot_spots", "热点", Role.AGENT)).json()["events"] == ["write", "submit"]
    await desk.submitted(drafted)
    assert (await desk.do(drafted, "release", Role.DIRECTOR)).status_code == 200
    assert [one["id"] for one in (await desk.get("", Role.OFFICER)).json()["items"]] == [drafted]


async def test_a_report_is_drafted_by_hand_where_the_job_has_not(
    database: Database, desk: Desk, as_role: Headers, client: httpx.AsyncClient
) -> None:
    period = Period(kind=PeriodKind.CUSTOM, first=date(2026, 3, 12), last=date(2026, 3, 18))
    snapshot = await freeze(database, period, 200, 6)

    async def ask(role: Role) -> httpx.Response:
        return await client.post(REPORTS, json={"snapshot_id": snapshot}, headers=as_role[role])

    assert said(await ask(Role.AGENT)) == (403, "right_required")
    made = await ask(Role.SUPERVISOR)
    assert (made.status_code, made.json()["kind"], made.json()["drafted_by"]) == (201, "custom", "mei-supervisor")
    assert said(await ask(Role.DIRECTOR)) == (409, "report_exists")
    report = await desk.read(made.json()["id"], language="en")
    kinds = next(table for table in report["tables"] if table["key"] == "kinds")
    assert kinds["notes"][:2] == [
        "There are no figures of the year before.",
        "There are no figures of the period before.",
    ]


async def test_a_quarter_is_compared_with_the_months_of_the_quarter_before(
    database: Database, clock: Clock, desk: Desk
) -> None:
    for number in (4, 5, 6):
        await freeze(database, month(2026, number), 100, number)
    await freeze(database, whole_months(PeriodKind.QUARTER, date(2026, 7, 1)), 300, 1)
    *_, report = await draft_due(database, Settings(), clock.now)
    found = await desk.read(report)
    statement = (
        "SELECT count(DISTINCT number) FROM snapshot_rows JOIN snapshots ON snapshots.id = snapshot_id"
        " WHERE snapshots.kind = 'month' AND NOT is_merged"
        " AND received_at >= '2026-04-01 00:00+08' AND received_at < '2026-07-01 00:00+08'"
    )
    async with database.snapshots.begin() as session:
        assert counts(found, "kinds", "before_count")["total"] == await session.scalar(text(statement)) > 0
    assert list(counts(found, "months")) == ["2026-07", "2026-08", "2026-09", "total"]
