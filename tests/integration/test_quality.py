"""The quality of work over HTTP: what is found, judged and appealed, and bulletins that are signed and corrected."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.quality.content import hash_content
from callcenter.analysis.quality.finding_service import lapse_due
from callcenter.analysis.quality.worker import do_due
from callcenter.analysis.snapshots.rows import FrozenClock
from callcenter.casework.tickets.clocks import ClockState
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.survey_examples import COMPLETED_AT, OCTOBER, add_sheet, freeze_month, give_duties

Headers = dict[Role, dict[str, str]]
QUALITY = "/api/v1/quality"
LATE = {"clocks": (FrozenClock(code="mediate", number=1, state=ClockState.BREACHED, ended_at=COMPLETED_AT),)}
INCOMPLETE = {"sales_mode_code": None}
FOUND = {"code": "call_without_disposition", "unit_id": 1, "subject_kind": "call", "subject": "pbx1/pbx1-7.0"}
FOUND |= {"occurred_on": "2026-10-20", "evidence": ["pbx1/pbx1-7.0"]}
WHY = {"text": "核对记录后确认"}


class Office:
    """Who works on the quality of work, by their role: agent and supervisor are quality officers."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, database: Database) -> None:
        self.client = client
        self.headers = headers
        self.database = database

    async def send(
        self, method: str, path: str, body: Any = None, role: Role = Role.SUPERVISOR, version: int | None = None
    ) -> httpx.Response:
        headers = self.headers[role] | ({} if version is None else {"If-Match": f'"{version}"'})
        return await self.client.request(method, QUALITY + path, json=body, headers=headers)

    async def ask(self, method: str, path: str, body: Any = None, role: Role = Role.SUPERVISOR) -> Any:
        answer = await self.send(method, path, body, role)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def step(
        self, finding_id: int, event: str, role: Role = Role.SUPERVISOR, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        (version,) = await self.rows("SELECT version FROM findings WHERE id = :id", id=finding_id)
        path = f"/findings/{finding_id}/events/{event}"
        return await self.send("POST", path, dict(body or {}), role, version=version[0])

    async def did(self, finding_id: int, event: str, role: Role = Role.SUPERVISOR, **body: Any) -> Any:
        answer = await self.step(finding_id, event, role, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sign(self, bulletin_id: int, *events: str, **body: Any) -> Any:
        signed: Any = None
        for event in events:
            role = Role.SUPERVISOR if event == "review" else Role.DIRECTOR
            signed = await self.ask("POST", f"/bulletins/{bulletin_id}/events/{event}", body, role)
        return signed

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.database.engine.begin() as connection:
            result = await connection.execute(text(query), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    async def drafted(self, *changes: Mapping[str, Any]) -> Any:
        """The draft for a month with these matters."""
        snapshot_id, _ = await freeze_month(self.database, changes)
        return await self.ask("POST", "/bulletins", {"snapshot_id": snapshot_id})

    async def published(self, *changes: Mapping[str, Any]) -> Any:
        """The same, with all its findings confirmed, signed and published."""
        made = await self.drafted(*changes)
        for (finding_id,) in await self.rows("SELECT id FROM findings ORDER BY id"):
            await self.did(finding_id, "confirm")
        return await self.sign(made["id"], "review", "approve", "publish")


@pytest.fixture
async def office(client: httpx.AsyncClient, as_role: Headers, database: Database) -> Office:
    """Two units; the officer is of the first."""
    for name in ("武进分局", "新北分局"):
        body: dict[str, Any] = {"name": name, "kind": "branch", "regions": []}
        assert (await client.post("/api/v1/units", json=body, headers=as_role[Role.ADMIN])).status_code == 201
    member = await client.put("/api/v1/units/1/members/mei-officer", headers=as_role[Role.ADMIN])
    assert member.status_code == 204
    await give_duties(database, agent="quality", supervisor="quality")
    return Office(client, as_role, database)


def totals(bulletin: Mapping[str, Any]) -> dict[int, tuple[str, int | None]]:
    return {unit["unit_id"]: (unit["total"], unit["rank"]) for unit in bulletin["content"]["units"]}


async def test_the_points_that_are_proposed_stand_there_with_who_says_so(office: Office) -> None:
    rules = (await office.ask("GET", "/rules?limit=200", role=Role.OFFICER))["items"]
    assert {one["code"]: (one["block"], one["points"]) for one in rules} == {
        "overdue_completion": ("data", 2.0),
        "field_missing": ("data", 0.5),
        "wrong_category": ("data", 0.5),
        "platform_entry_late": ("data", 1.0),
        "platform_entry_missing": ("data", 2.0),
        "call_without_disposition": ("data", 0.5),
        "feedback_late": ("data", 1.0),
        "urgent_feedback_late": ("handling", 3.0),
        "off_shelf_late": ("handling", 5.0),
        "case_missed": ("handling", 5.0),
        "instruction_unacknowledged": ("handling", 2.0),
        "dissatisfied": ("service", 1.0),
        "agreement_not_kept": ("service", 1.0),
        "monthly_case_missing": ("information", 2.0),
        "monthly_item_missing": ("information", 1.0),
        "urgent_event_late": ("information", 3.0),
    }
    assert {one["certainty"] for one in rules} == {"proposed"}


async def test_a_director_decides_the_points_from_tomorrow_on_and_what_happened_before_keeps_its_own(
    office: Office, clock: Clock
) -> None:
    new = {"code": "overdue_completion", "points": "4", "valid_from": "2026-11-24", "source": "局长办公会"}
    for role in (Role.OFFICER, Role.AGENT, Role.SUPERVISOR):
        assert (await office.send("POST", "/rules", new, role)).status_code == 403
    assert (await office.ask("POST", "/rules", new, Role.DIRECTOR))["certainty"] == "office"
    again = await office.send("POST", "/rules", new, Role.DIRECTOR)
    assert (again.status_code, again.json()["code"]) == (409, "quality_rule_exists")
    for changed in ({"valid_from": "2026-11-23"}, {"points": "40.5"}, {"cap": "3"}):
        assert (await office.send("POST", "/rules", new | changed, Role.DIRECTOR)).status_code in (400, 422)
    clock.now = NOW + timedelta(days=3)
    found = FOUND | {"code": "overdue_completion"}
    for day, points in (("2026-11-23", 2.0), ("2026-11-24", 4.0)):
        made = await office.ask("POST", "/findings", found | {"occurred_on": day, "subject": day})
        assert made["points"] == points
    with pytest.raises(DBAPIError):
        await office.rows("UPDATE quality_rules SET points = 1")


async def test_a_month_proposes_what_its_frozen_rows_show_and_each_error_once(office: Office) -> None:
    made = await office.drafted(LATE, INCOMPLETE, LATE | INCOMPLETE | {"unit_id": 2}, {"unit_id": None} | INCOMPLETE)
    found = (await office.ask("GET", "/findings?month=2026-10-05"))["items"]
    assert [(one["code"], one["unit_id"], one["subject"], one["points"], one["state"]) for one in found[::-1]] == [
        ("overdue_completion", 1, "12315-2026-00001", 2.0, "proposed"),
        ("field_missing", 1, "12315-2026-00002:sales_mode", 0.5, "proposed"),
        ("overdue_completion", 2, "12315-2026-00003", 2.0, "proposed"),
        ("field_missing", 2, "12315-2026-00003:sales_mode", 0.5, "proposed"),
    ]
    assert (made["state"], made["version"], totals(made)) == ("draft", 1, {1: ("100.00", None), 2: ("100.00", None)})
    body = {"snapshot_id": made["snapshot_id"]}
    answers = await asyncio.gather(*(office.ask("POST", "/bulletins", body) for _ in range(4)))
    assert {one["id"] for one in answers} == {made["id"]}
    assert len((await office.ask("GET", "/findings"))["items"]) == 4


async def test_a_bulletin_is_recomputed_from_findings_alone(office: Office) -> None:
    made = await office.published(LATE, LATE | INCOMPLETE, *[{}] * 10, *[{"unit_id": 2}] * 9)
    assert totals(made) == {1: ("95.50", 1), 2: ("100.00", None)}
    rows = await office.rows("SELECT unit_id, sum(points) FROM findings WHERE state = 'confirmed' GROUP BY unit_id")
    assert [(unit, f"{100 - points:.2f}") for unit, points in rows] == [(1, "95.50")]
    (first, second) = made["content"]["units"]
    assert {one["block"]: one["left"] for one in first["blocks"]} == {
        "data": "35.50",
        "handling": "30.00",
        "service": "20.00",
        "information": "10.00",
    }
    assert (first["errors"]["errors"], first["errors"]["tickets"], first["errors"]["rate"]) == (3, 12, 25.0)
    assert (second["errors"]["errors"], second["errors"]["tickets"]) == (0, 9)
    assert made["content"]["concluded"] == {"settled": 21, "ended": 0}
    assert made["sha256"] == hash_content(made["content"])
    for statement in ("UPDATE bulletins SET scores = '{}'", "DELETE FROM bulletins", "DELETE FROM finding_events"):
        with pytest.raises(DBAPIError):
            await office.rows(statement)


async def test_exactly_a_director_signs_and_never_the_reviewer(office: Office) -> None:
    made = await office.drafted({}, {})
    path = f"/bulletins/{made['id']}/events"
    for role in (Role.OFFICER, Role.DIRECTOR, Role.ADMIN):
        assert (await office.send("POST", f"{path}/review", {}, role)).status_code == 403
    await give_duties(office.database, director="quality")
    assert (await office.ask("POST", f"{path}/review", {}, Role.DIRECTOR))["state"] == "reviewed"
    for role in (Role.OFFICER, Role.AGENT, Role.SUPERVISOR, Role.ADMIN):
        refused = await office.send("POST", f"{path}/approve", {}, role)
        assert (refused.status_code, refused.json()["code"]) == (403, "right_required")
    refused = await office.send("POST", f"{path}/approve", {}, Role.DIRECTOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "author_cannot_sign")


async def test_nothing_is_reviewed_while_a_finding_is_proposed_or_signed_after_one_has_changed(office: Office) -> None:
    made = await office.drafted(LATE, INCOMPLETE)
    refused = await office.send("POST", f"/bulletins/{made['id']}/events/review", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "findings_proposed")
    assert refused.json()["params"] == {"count": 2}
    await office.did(1, "confirm")
    await office.did(2, "drop", text="平台已补录")
    reviewed = await office.sign(made["id"], "review")
    assert totals(reviewed) == {1: ("98.00", None), 2: ("100.00", None)}
    await office.did(1, "appeal", Role.OFFICER, text="当事人要求延期")
    await office.did(1, "grant", Role.AGENT, text=WHY["text"])
    refused = await office.send("POST", f"/bulletins/{made['id']}/events/approve", {}, Role.DIRECTOR)
    assert (refused.status_code, refused.json()["code"]) == (409, "bulletin_changed")
    sent = await office.sign(made["id"], "send_back", reason="申诉已成立，请重算")
    assert (sent["state"], sent["sent_back"], totals(sent)[1]) == ("draft", "申诉已成立，请重算", ("100.00", None))
    assert (await office.sign(made["id"], "review", "approve", "publish"))["version"] == 1


async def test_a_unit_sees_what_was_confirmed_against_it_and_nothing_of_others(office: Office) -> None:
    made = await office.drafted(LATE, INCOMPLETE, LATE | {"unit_id": 2})
    await office.did(1, "confirm")
    await office.did(3, "confirm")
    found = (await office.ask("GET", "/findings", role=Role.OFFICER))["items"]
    assert [one["id"] for one in found] == [1]
    for finding_id in (2, 3):
        answer = await office.send("GET", f"/findings/{finding_id}", role=Role.OFFICER)
        assert answer.status_code == 404
        assert (await office.step(finding_id, "appeal", Role.OFFICER, WHY)).status_code == 404
    assert (await office.ask("GET", "/bulletins", role=Role.OFFICER))["items"] == []
    assert (await office.send("GET", f"/bulletins/{made['id']}", role=Role.OFFICER)).status_code == 404
    await office.did(2, "drop", text=WHY["text"])
    await office.sign(made["id"], "review", "approve", "publish")
    assert totals(await office.ask("GET", f"/bulletins/{made['id']}", role=Role.OFFICER))[2] == ("98.00", None)


async def test_an_appeal_is_decided_by_another_quality_officer_and_after_publication_by_a_director(
    office: Office,
) -> None:
    made = await office.published(LATE, INCOMPLETE)
    await office.did(1, "appeal", Role.OFFICER, text="当事人要求延期")
    for role in (Role.AGENT, Role.SUPERVISOR):
        refused = await office.step(1, "grant", role, WHY)
        assert (refused.status_code, refused.json()["code"]) == (403, "right_required")
    granted = await office.did(1, "grant", Role.DIRECTOR, text=WHY["text"])
    assert [(one["event"], one["user"]) for one in granted["log"]] == [
        ("confirm", "mei-supervisor"),
        ("appeal", "mei-officer"),
        ("grant", "mei-director"),
    ]
    (second, first) = (await office.ask("GET", "/bulletins"))["items"]
    assert (first["id"], first["state"], second["version"], second["state"], second["reason"]) == (
        *(made["id"], "published", 2, "draft", WHY["text"]),
    )
    corrected = await office.sign(second["id"], "review", "approve", "publish")
    assert corrected["changes"] == [{"unit_id": 1, "before": "97.50", "now": "99.50"}]
    assert totals(await office.ask("GET", f"/bulletins/{made['id']}"))[1] == ("97.50", None)
    year = await office.ask("GET", "/years/2026", role=Role.OFFICER)
    assert [(one["unit_id"], one["months"], one["total"]) for one in year["units"]] == [(1, 1, 99.5), (2, 1, 100.0)]


async def test_before_publication_whoever_confirmed_it_does_not_decide_the_appeal(office: Office) -> None:
    await office.drafted(LATE)
    await office.did(1, "confirm")
    await office.did(1, "appeal", Role.OFFICER, text="当事人要求延期")
    refused = await office.step(1, "uphold", Role.SUPERVISOR, WHY)
    assert (refused.status_code, refused.json()["code"]) == (403, "other_officer_needed")
    assert (await office.did(1, "uphold", Role.AGENT, text=WHY["text"]))["state"] == "upheld"


async def test_the_time_to_appeal_ends_five_working_days_after_publication(office: Office, clock: Clock) -> None:
    await office.published(LATE, INCOMPLETE)
    shown = await office.ask("GET", "/findings/1", role=Role.OFFICER)
    assert (shown["appeal_until"], shown["rectify_until"]) == ("2026-11-30", "2026-12-07")
    clock.now = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert (await office.did(1, "appeal", Role.OFFICER, text=WHY["text"]))["state"] == "appealed"
    clock.now = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    refused = await office.step(2, "appeal", Role.OFFICER, WHY)
    assert (refused.status_code, refused.json()["code"]) == (409, "appeal_too_late")


async def lapse(database: Database, now: datetime) -> int:
    async with database.sessions.begin() as session:
        return await lapse_due(session, timezone=Settings().timezone, now=now)


async def test_what_is_not_rectified_in_time_takes_its_points_off_once_more_and_only_once(
    office: Office, clock: Clock, database: Database
) -> None:
    await office.published(LATE, INCOMPLETE, INCOMPLETE)
    await office.did(2, "rectify", Role.OFFICER, text="已补录")
    await office.did(2, "verify", Role.AGENT)
    await office.did(3, "rectify", Role.OFFICER, text="已补录")
    assert await lapse(database, datetime(2026, 12, 7, 15, tzinfo=UTC)) == 0
    late = datetime(2026, 12, 7, 16, tzinfo=UTC)
    assert sorted(await asyncio.gather(*(lapse(database, late) for _ in range(3)))) == [0, 0, 1]
    assert await lapse(database, late + timedelta(days=60)) == 0
    clock.now = late
    assert [one["state"] for one in (await office.ask("GET", "/findings?month=2026-10-01"))["items"]] == [
        "rectified",
        "verified",
        "unrectified",
    ]
    (repeat,) = (await office.ask("GET", "/findings?month=2026-12-01"))["items"]
    assert {name: repeat[name] for name in ("code", "points", "state", "repeats", "occurred_on", "evidence")} == {
        "code": "overdue_completion",
        "points": 2.0,
        "state": "confirmed",
        "repeats": 1,
        "occurred_on": "2026-12-08",
        "evidence": ["12315-2026-00001"],
    }
    year = await office.ask("GET", "/years/2026")
    assert [one["id"] for one in year["unrectified"]] == [1]


async def test_a_quality_officer_finds_by_hand_with_evidence_and_the_same_error_once(office: Office) -> None:
    for role in (Role.OFFICER, Role.DIRECTOR, Role.ADMIN):
        refused = await office.send("POST", "/findings", FOUND, role)
        assert (refused.status_code, refused.json()["code"]) == (403, "duty_required")
    assert (await office.send("POST", "/findings", FOUND | {"evidence": []})).status_code == 422
    assert (await office.send("POST", "/findings", FOUND | {"unit_id": 99})).status_code == 404
    future = await office.send("POST", "/findings", FOUND | {"occurred_on": "2026-11-24"})
    assert (future.status_code, future.json()["code"]) == (400, "in_the_future")
    before = await office.send("POST", "/findings", FOUND | {"occurred_on": "2025-12-31"})
    assert (before.status_code, before.json()["code"]) == (400, "out_of_range")
    answers = await asyncio.gather(*(office.send("POST", "/findings", FOUND) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    assert (await office.ask("POST", "/findings", FOUND | {"code": "feedback_late"}))["points"] == 1.0


async def test_of_two_who_judge_a_finding_at_once_one_does(office: Office) -> None:
    await office.drafted(LATE)
    answers = await asyncio.gather(
        office.send("POST", "/findings/1/events/confirm", {}, Role.SUPERVISOR, version=1),
        office.send("POST", "/findings/1/events/drop", WHY, Role.AGENT, version=1),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_who_was_not_content_is_verified_before_any_points_are_taken_off(office: Office) -> None:
    snapshot_id, _ = await freeze_month(office.database, [{}] * 2)
    await add_sheet(office.database, OCTOBER.last)
    made = await office.client.post(
        "/api/v1/surveys", json={"snapshot_id": snapshot_id, "share": "1"}, headers=office.headers[Role.SUPERVISOR]
    )
    assert made.status_code == 201
    drawn = await office.client.post("/api/v1/surveys/1/events/draw", json={}, headers=office.headers[Role.SUPERVISOR])
    assert drawn.status_code == 200
    await office.rows(
        "INSERT INTO dials (id, user_id, idempotency_key, request_sha256, subject, pbx, call_id, interface,"
        " requested_at, state, is_mailbox_suspected)"
        " VALUES (1, 1, 'key', '', '+86139', 'pbx1', 'pbx1-1.s1', 'PJSIP/1001', :at, 'ended', false)",
        at=NOW,
    )
    await office.rows(
        "INSERT INTO survey_answers (sample_id, attitude, result, is_solved, is_kept, wants_call_back, surveyor_id, at,"
        " dial_id) VALUES (1, 5, 2, true, false, false, 1, :at, 1), (2, 3, 4, true, true, false, 1, :at, 1)",
        at=NOW,
    )
    await office.ask("POST", "/bulletins", {"snapshot_id": snapshot_id})
    assert (await office.ask("GET", "/findings"))["items"] == []
    november = replace(OCTOBER, first=date(2026, 11, 1), last=date(2026, 11, 30))
    snapshot_id, _ = await freeze_month(office.database, [], period=november)
    await office.ask("POST", "/bulletins", {"snapshot_id": snapshot_id})
    found = (await office.ask("GET", "/findings"))["items"]
    (number,) = await office.rows("SELECT number FROM survey_samples WHERE id = 1")
    assert [(one["code"], one["subject"], one["month"], one["state"], one["evidence"]) for one in found[::-1]] == [
        (code, number[0], "2026-11-01", "proposed", [number[0], "pbx1/pbx1-1.s1"])
        for code in ("dissatisfied", "agreement_not_kept")
    ]


async def test_a_bulletin_is_of_a_month(office: Office) -> None:
    week = replace(OCTOBER, kind=PeriodKind.CUSTOM, first=date(2026, 10, 5), last=date(2026, 10, 11))
    snapshot_id, _ = await freeze_month(office.database, [{}], period=week)
    refused = await office.send("POST", "/bulletins", {"snapshot_id": snapshot_id})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
    month, _ = await freeze_month(office.database, [{}])
    for role in (Role.OFFICER, Role.DIRECTOR, Role.ADMIN):
        refused = await office.send("POST", "/bulletins", {"snapshot_id": month}, role)
        assert (refused.status_code, refused.json()["code"]) == (403, "duty_required")
    assert (await office.send("POST", "/bulletins", {"snapshot_id": 99})).status_code == 404


async def test_the_night_drafts_a_bulletin_for_each_month_and_waits_for_a_missing_calendar(
    office: Office, database: Database, clock: Clock
) -> None:
    await freeze_month(database, [LATE])
    for _ in range(2):
        await do_due(database, Settings(), NOW)
    (made,) = (await office.ask("GET", "/bulletins"))["items"]
    assert (made["month"], made["state"]) == ("2026-10-01", "draft")
    await office.did(1, "confirm")
    clock.now = datetime(2026, 12, 28, 1, tzinfo=UTC)
    await office.sign(made["id"], "review", "approve", "publish")
    await do_due(database, Settings(), datetime(2027, 3, 1, tzinfo=UTC))
    assert (await office.ask("GET", "/findings/1"))["rectify_until"] is None
    assert await office.rows("SELECT state FROM findings") == [("confirmed",)]
