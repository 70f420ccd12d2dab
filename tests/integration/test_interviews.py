"""Interviews over HTTP: proposed for a letter nobody answered, signed, notified in time, held, kept, measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from callcenter.accounts.rights import Role
from callcenter.accounts.store import get_user
from callcenter.analysis.interviews.worker import follow_up
from callcenter.casework.merchants.store import add_merchant
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.advisory_examples import add_advisory
from tests.integration.casework_examples import merchant_named
from tests.integration.conftest import NOW, Clock

INTERVIEWS = "/api/v1/interviews"
NEW: dict[str, Any] = {"reason": "director", "merchant_id": 1, "remark": "典型情况，联系13900001111"}
NOTICE = {
    "at": "2026-09-29T08:00:00Z",
    "how": "直接送达",
    "proof": "送达回证第3号",
    "meets_at": "2026-10-09T01:00:00Z",
    "place": "三楼会议室",
    "materials": "营业执照、进货票据",
}
HELD: dict[str, Any] = {
    "held_at": "2026-10-09T01:00:00Z",
    "hosts": ["mei-supervisor", "mei-agent"],
    "attendees": [{"name": "周某", "post": "经理", "authority": "法定代表人"}],
    "problems": "桶装水有异味",
    "minutes": "承认管理疏漏，来电13900001111",
    "commitments": [
        {"text": "更换水源", "owner": "周某", "due_on": "2026-10-20"},
        {"text": "退款", "owner": "周某", "due_on": "2026-11-09"},
    ],
}
Headers = dict[Role, dict[str, str]]


class Desk:
    """Interviews as one role works on them."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, clock: Clock) -> None:
        self._client = client
        self._headers = headers
        self.clock = clock

    async def ask(
        self, method: str, path: str = "", body: Any = None, *, role: Role = Role.SUPERVISOR, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.request(method, INTERVIEWS + path, json=body, headers=self._headers[role] | named)

    async def propose(self, body: Mapping[str, Any] = NEW, key: str = "key-00000001") -> httpx.Response:
        return await self.ask("POST", body=dict(body), Idempotency_Key=key)

    async def read(self) -> dict[str, Any]:
        answer = await self.ask("GET", "/1")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def step(self, event: str, *, role: Role = Role.SUPERVISOR, **given: Any) -> httpx.Response:
        version = (await self.read())["version"]
        return await self.ask("POST", f"/1/events/{event}", given, role=role, If_Match=f'"{version}"')

    async def done(self, event: str, *, role: Role = Role.SUPERVISOR, **given: Any) -> dict[str, Any]:
        answer = await self.step(event, role=role, **given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refused(self, event: str, *, role: Role = Role.SUPERVISOR, **given: Any) -> tuple[int, str]:
        answer = await self.step(event, role=role, **given)
        return answer.status_code, answer.json()["code"]

    async def commitment(self, number: int, what: str, role: Role) -> tuple[int, str | None]:
        body = {"evidence": "水质报告"} if what == "done" else None
        answer = await self.ask("PUT", f"/1/commitments/{number}/{what}", body, role=role)
        return answer.status_code, answer.json().get("code")

    async def held(self) -> None:
        """Signed, notified and held."""
        assert (await self.propose()).status_code == 201
        await self.done("approve", role=Role.DIRECTOR)
        await self.done("notify", notice=NOTICE)
        self.clock.now = datetime(2026, 10, 9, 3, tzinfo=UTC)
        await self.done("hold", **HELD)


@pytest.fixture
async def desk(database: Database, client: httpx.AsyncClient, as_role: Headers, clock: Clock) -> Desk:
    """A merchant, and an agent who is an analyst."""
    clock.now = datetime(2026, 9, 29, 9, tzinfo=UTC)
    async with database.sessions.begin() as session:
        user = await get_user(session, "mei-supervisor")
        await add_merchant(session, merchant_named("甜泉水业有限公司"), by=user.id, at=NOW)
        await session.execute(text("UPDATE users SET duties = '{analyst}' WHERE name = 'mei-agent'"))
    return Desk(client, as_role, clock)


async def test_an_interview_is_signed_held_kept_checked_and_measured(desk: Desk) -> None:
    await desk.held()
    held = await desk.read()
    assert (held["state"], held["hosts"], held["minutes"], held["remark"], held["basis"]) == (
        "rectifying",
        ["mei-supervisor", "mei-agent"],
        "承认管理疏漏，来电139****1111",
        "典型情况，联系139****1111",
        "《中华人民共和国消费者权益保护法》第三十三条",
    )
    assert await desk.commitment(1, "check", Role.AGENT) == (409, "commitments_open")
    for number in (1, 2):
        assert await desk.commitment(number, "done", Role.SUPERVISOR) == (200, None)
    assert await desk.commitment(1, "check", Role.SUPERVISOR) == (403, "other_person_checks")
    assert await desk.commitment(1, "check", Role.AGENT) == (200, None)
    assert await desk.refused("verify") == (409, "commitments_open")
    assert await desk.commitment(2, "check", Role.AGENT) == (200, None)
    assert await desk.commitment(2, "done", Role.AGENT) == (409, "step_not_allowed")
    assert (await desk.done("verify"))["events"] == ["measure"]
    assert await desk.refused("measure") == (409, "effect_too_early")
    desk.clock.now = datetime(2027, 1, 22, 2, tzinfo=UTC)
    closed = await desk.done("measure")
    assert (closed["state"], closed["effect"]["own"]["verdict"]) == ("closed", "too_few")
    log = (await desk.ask("GET", "/1/history")).json()["items"]
    assert [(one["what"], one["commitment"], one["by"]) for one in log] == [
        ("propose", None, "mei-supervisor"),
        ("approve", None, "mei-director"),
        ("notify", None, "mei-supervisor"),
        ("hold", None, "mei-supervisor"),
        ("done", 1, "mei-supervisor"),
        ("done", 2, "mei-supervisor"),
        ("check", 1, "mei-agent"),
        ("check", 2, "mei-agent"),
        ("verify", None, "mei-supervisor"),
        ("measure", None, "mei-supervisor"),
    ]


async def test_they_are_invited_three_working_days_ahead(desk: Desk) -> None:
    await desk.propose()
    assert await desk.refused("notify", notice=NOTICE) == (409, "step_not_allowed")
    await desk.done("approve", role=Role.DIRECTOR)
    desk.clock.now = datetime(2026, 9, 30, 9, tzinfo=UTC)
    late = NOTICE | {"at": "2026-09-29T16:00:00Z"}
    answer = await desk.step("notify", notice=late)
    assert (answer.status_code, answer.json()["code"], answer.json()["params"]) == (
        409, "notice_too_late", {"day": "2026-09-29"},
    )  # fmt: skip
    notified = await desk.done("notify", notice=NOTICE | {"at": "2026-09-29T15:59:59Z"})
    assert (notified["state"], notified["meets_at"]) == ("notified", "2026-10-09T01:00:00.000Z")


async def test_whoever_does_not_come_is_invited_again_or_escalated_by_a_director(desk: Desk) -> None:
    await desk.propose()
    await desk.done("approve", role=Role.DIRECTOR)
    await desk.done("notify", notice=NOTICE)
    assert await desk.refused("not_appear", role=Role.SUPERVISOR, proof="会议签到表") == (400, "in_the_future")
    desk.clock.now = datetime(2026, 10, 9, 3, tzinfo=UTC)
    assert (await desk.done("not_appear", proof="会议签到表"))["state"] == "refused"
    await desk.done("notify", notice=NOTICE | {"at": "2026-10-09T02:00:00Z", "meets_at": "2026-10-20T01:00:00Z"})
    await desk.done("refuse", proof="来函")
    given: dict[str, Any] = {"reason": "两次拒绝", "escalates_to": "patrol"}
    assert await desk.refused("escalate", **given) == (403, "right_required")
    escalated = await desk.done("escalate", role=Role.DIRECTOR, **given)
    assert (escalated["state"], escalated["escalated_to"]) == ("escalated", "patrol")


async def test_nobody_signs_what_they_proposed_and_a_rejection_says_why(desk: Desk) -> None:
    made = await desk.ask("POST", body=NEW, role=Role.DIRECTOR, Idempotency_Key="key-00000001")
    assert (made.json()["proposed_by"], made.json()["events"]) == ("mei-director", [])
    assert await desk.refused("approve", role=Role.DIRECTOR) == (403, "author_cannot_sign")
    await desk.ask("POST", body=NEW, Idempotency_Key="key-00000002")
    bare = await desk.ask("POST", "/2/events/reject", {}, role=Role.DIRECTOR, If_Match='"1"')
    assert bare.json()["code"] == "invalid_input"
    rejected = await desk.ask("POST", "/2/events/reject", {"reason": "不必"}, role=Role.DIRECTOR, If_Match='"1"')
    assert rejected.json()["state"] == "rejected"


async def test_a_letter_nobody_answered_leads_to_one_interview_and_a_late_commitment_to_overdue(
    desk: Desk, database: Database
) -> None:
    async with database.sessions.begin() as session:
        user = await get_user(session, "mei-agent")
        letter = await add_advisory(session, user.id, "advisory-1")
        await session.execute(
            text(
                "UPDATE advisories SET merchant_id = 1, state = 'overdue', year = 2026, number = 1,"
                " approved_at = now(), approved_by = (SELECT id FROM users WHERE name = 'mei-director')"
            )
        )
    settings = Settings()
    assert await follow_up(database, settings, datetime(2026, 9, 28, 17, tzinfo=UTC)) == [date(2026, 9, 28)]
    assert await follow_up(database, settings, datetime(2026, 9, 29, 17, tzinfo=UTC)) == [date(2026, 9, 29)]
    (one,) = (await desk.ask("GET")).json()["items"]
    assert (one["reason"], one["advisory_id"], one["state"]) == ("overdue_letter", letter, "proposed")
    again = await desk.propose({"reason": "overdue_letter", "merchant_id": 1, "advisory_id": letter})
    assert (again.status_code, again.json()["code"]) == (409, "interview_exists")
    await desk.done("approve", role=Role.DIRECTOR)
    await desk.done("notify", notice=NOTICE)
    desk.clock.now = datetime(2026, 10, 9, 3, tzinfo=UTC)
    await desk.done("hold", **HELD)
    await follow_up(database, settings, datetime(2026, 10, 20, 15, tzinfo=UTC))
    assert (await desk.read())["state"] == "rectifying"
    await follow_up(database, settings, datetime(2026, 10, 20, 17, tzinfo=UTC))
    assert (await desk.read())["state"] == "overdue"
    assert await desk.commitment(1, "done", Role.SUPERVISOR) == (200, None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"merchant_id": 9}, "not_found"),
        ({"tickets": ["12315-2026-00099"]}, "not_found"),
        ({"reason": "overdue_letter"}, "invalid_input"),
    ],
)
async def test_a_proposal_is_about_what_there_is(desk: Desk, change: dict[str, Any], code: str) -> None:
    assert (await desk.propose(NEW | change)).json()["code"] == code
    assert (await desk.propose()).json()["id"] == (await desk.propose()).json()["id"] == 1
    assert (await desk.propose(NEW | {"is_food": True})).json()["code"] == "key_reused"
    food = (await desk.propose(NEW | {"is_food": True}, "key-00000002")).json()
    assert food["basis"] == "《中华人民共和国食品安全法》第一百一十四条"


async def test_who_neither_leads_nor_analyses_sees_and_does_nothing(desk: Desk, database: Database) -> None:
    await desk.held()
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE users SET duties = '{quality}' WHERE name = 'mei-agent'"))
    for role in (Role.AGENT, Role.ADMIN, Role.OFFICER):
        for method, path, body in (
            ("GET", "", None), ("GET", "/1", None), ("GET", "/1/history", None), ("GET", "/1/pdf", None),
            ("POST", "", NEW), ("POST", "/1/events/verify", {}), ("PUT", "/1/commitments/1/check", None),
            ("PUT", "/1/commitments/1/done", {"evidence": "报告"}),
        ):  # fmt: skip
            answer = await desk.ask(method, path, body, role=role, Idempotency_Key="key-00000002", If_Match='"1"')
            assert (answer.status_code, answer.json()["code"]) == (403, "right_required"), (role, method, path)


async def test_notice_and_record_are_printed_and_that_is_written_down(desk: Desk, database: Database) -> None:
    await desk.propose()
    draft = await desk.ask("GET", "/1/pdf")
    assert (draft.status_code, draft.content[:5]) == (200, b"%PDF-")
    async with database.engine.connect() as connection:
        printed = await connection.execute(text("SELECT what, subject FROM access_log"))
    assert [tuple(row) for row in printed] == [("interview", "interviews/1")]


async def test_the_database_keeps_the_log_and_lets_nobody_check_their_own_word(desk: Desk, database: Database) -> None:
    await desk.held()
    await desk.commitment(1, "done", Role.SUPERVISOR)
    for statement, refusal in (
        ("UPDATE interview_events SET at = now()", DBAPIError),
        ("DELETE FROM interview_events", DBAPIError),
        ("UPDATE interviews SET approved_by = NULL", IntegrityError),
        ("UPDATE interviews SET approved_by = proposed_by", IntegrityError),
        ("UPDATE interview_commitments SET verified_by = done_by WHERE id = 1", IntegrityError),
        ("UPDATE interview_commitments SET verified_by = 1 WHERE id = 2", IntegrityError),
    ):
        with pytest.raises(refusal):
            async with database.engine.begin() as connection:
                await connection.execute(text(statement))
