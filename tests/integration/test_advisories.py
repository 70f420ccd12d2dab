"""Advisories over HTTP: from a draft with its figures to a signed letter, a late reply, a correction and an effect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.store import get_user
from callcenter.analysis.advisories.candidates import CandidateKind, Flagged
from callcenter.analysis.advisories.service import list_candidates
from callcenter.analysis.advisories.worker import lapse_due
from callcenter.casework.merchants.store import add_merchant
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.casework_examples import add_ticket, merchant_named
from tests.integration.conftest import NOW, Clock

ADVISORIES = "/api/v1/advisories"
ISSUED_AT = datetime(2026, 9, 24, 2, tzinfo=UTC)
LETTER: dict[str, Any] = {
    "kind": "letter",
    "merchant_id": 1,
    "addressee": "常州市商务局",
    "tickets": ["12315-2026-00001"],
}
BODY = "消费者反映甜泉水业有限公司的桶装水有异味。"
SENT = {"channel": "post", "at": "2026-09-24T02:00:00Z", "proof": "挂号信 RA123456789CN"}
Headers = dict[Role, dict[str, str]]


class Desk:
    """Advisories as one role works on them."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, clock: Clock) -> None:
        self._client = client
        self._headers = headers
        self.clock = clock

    async def ask(
        self, method: str, path: str = "", body: Any = None, *, role: Role = Role.SUPERVISOR, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.request(method, ADVISORIES + path, json=body, headers=self._headers[role] | named)

    async def draft(
        self, body: Mapping[str, Any] = LETTER, *, key: str = "key-00000001", role: Role = Role.SUPERVISOR
    ) -> dict[str, Any]:
        answer = await self.ask("POST", body=dict(body), role=role, Idempotency_Key=key)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def read(self, number: int = 1, role: Role = Role.SUPERVISOR) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{number}", role=role)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def write(self, number: int = 1, *, role: Role = Role.SUPERVISOR, **changes: Any) -> httpx.Response:
        version = (await self.read(number))["version"]
        return await self.ask("PATCH", f"/{number}", changes, role=role, If_Match=f'"{version}"')

    async def step(self, event: str, number: int = 1, *, role: Role = Role.SUPERVISOR, **given: Any) -> httpx.Response:
        version = (await self.read(number))["version"]
        return await self.ask("POST", f"/{number}/events/{event}", given, role=role, If_Match=f'"{version}"')

    async def done(self, *events: str, number: int = 1) -> dict[str, Any]:
        """After these steps, each by who may take it."""
        for event in events:
            role = Role.DIRECTOR if event in ("approve", "send_back") else Role.SUPERVISOR
            given = {"sendings": [SENT]} if event in ("publish", "issue") else {}
            answer = await self.step(event, number, role=role, **given)
            assert answer.status_code == 200, answer.text
        return await self.read(number)

    async def refused(
        self, event: str, number: int = 1, *, role: Role = Role.SUPERVISOR, **given: Any
    ) -> tuple[int, str]:
        answer = await self.step(event, number, role=role, **given)
        return answer.status_code, answer.json()["code"]


@pytest.fixture
async def desk(database: Database, client: httpx.AsyncClient, as_role: Headers, clock: Clock) -> Desk:
    """A merchant with another name, and a ticket about it by 张三, who has a number and an address."""
    clock.now = ISSUED_AT
    async with database.sessions.begin() as session:
        user = await get_user(session, "mei-supervisor")
        await add_merchant(
            session, merchant_named("甜泉水业有限公司", aliases=("甜泉",), superior="常州市商务局"), by=user.id, at=NOW
        )
        signed_in = SignedIn(user_id=user.id, name=user.name, role=Role.SUPERVISOR)
        await add_ticket(session, signed_in, "key-00000001")
        await session.execute(text("UPDATE tickets SET merchant_id = 1, received_at = '2026-08-20T02:00:00Z'"))
        await session.execute(text("UPDATE ticket_parties SET name = '张三', address = '武进区湖塘镇花园街12号'"))
        await session.execute(text("UPDATE users SET duties = '{analyst}' WHERE name = 'mei-agent'"))
    return Desk(client, as_role, clock)


async def add_complaints(database: Database, before: int, after: int, merchant: str = "1") -> None:
    """So many of each side of 24 September, by copying the ticket."""
    columns = (
        "kind, state, version, channel, created_at, created_by, requests, ill, injured, endangers_life, is_of_group,"
        "priority, priority_reason, open_flags, open_instructions, search_grams"
    )
    async with database.engine.begin() as connection:
        for count, at in ((before, "2026-07-01T02:00:00Z"), (after, "2026-11-01T02:00:00Z")):
            await connection.execute(
                text(
                    f"INSERT INTO tickets (number, received_at, merchant_id, {columns})"
                    f" SELECT '12315-2026-9' || n || '{at[5:7]}{merchant[:1]}', '{at}', {merchant}, {columns}"
                    f" FROM tickets, generate_series(1000, 1000 + :count - 1) n WHERE number = '12315-2026-00001'"
                ),
                {"count": count},
            )


async def test_a_draft_without_a_text_is_the_templates_with_the_figures_of_three_months(
    desk: Desk, database: Database
) -> None:
    await add_complaints(database, before=4, after=0)
    made = await desk.draft()
    assert made["title"] == "关于甜泉水业有限公司消费投诉情况的维权建议函"
    assert made["body"].splitlines()[0] == (
        "2026年6月至2026年8月，12315热线共接到消费者反映甜泉水业有限公司问题的投诉5件"
        "（2026年6月0件、2026年7月4件、2026年8月1件）。"
    )
    assert "15个工作日内书面回复" in made["body"]
    expected = {
        "id": 1, "version": 1, "kind": "letter", "state": "draft", "number": None, "merchant": "甜泉水业有限公司",
        "authors": ["mei-supervisor"], "objections": [], "events": ["submit"], "reply_due_on": None,
    }  # fmt: skip
    assert {name: made[name] for name in expected} == expected
    assert (await desk.draft())["id"] == 1
    other = await desk.ask("POST", body=LETTER | {"kind": "tip"}, Idempotency_Key="key-00000001")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tickets": ["12315-2026-00099"]}, "not_found"),
        ({"merchant_id": 9}, "not_found"),
        ({"axis": "goods"}, "invalid_input"),
        ({"axis": "goods", "code": "no_such_code"}, "unknown_code"),
    ],
)
async def test_a_draft_is_about_what_there_is(desk: Desk, change: dict[str, Any], code: str) -> None:
    answer = await desk.ask("POST", body=LETTER | change, Idempotency_Key="key-00000001")
    assert answer.json()["code"] == code


async def test_a_letter_is_signed_numbered_issued_and_answered_late_all_in_its_log(
    desk: Desk, database: Database
) -> None:
    await desk.draft()
    assert (await desk.write(body=BODY, role=Role.AGENT)).status_code == 200
    approved = await desk.done("submit", "approve")
    assert (approved["number"], approved["approved_by"], approved["events"]) == (
        "建议函〔2026〕第1号", "mei-director", ["issue"],
    )  # fmt: skip
    issued = await desk.done("issue")
    assert (issued["sent_on"], issued["reply_due_on"], issued["channels"]) == ("2026-09-24", "2026-10-22", ["post"])
    assert issued["effect_due_on"] == "2027-01-07"
    settings = Settings()
    assert await lapse_due(database, settings, datetime(2026, 10, 22, 15, 30, tzinfo=UTC)) == [date(2026, 10, 21)]
    assert (await desk.read())["state"] == "issued"
    done = await lapse_due(database, settings, datetime(2026, 10, 22, 16, 30, tzinfo=UTC))
    assert done == [date(2026, 10, 22)]
    assert (await desk.read())["state"] == "overdue"
    assert await lapse_due(database, settings, datetime(2026, 10, 22, 17, tzinfo=UTC)) == []
    assert (await desk.step("reply", reply="已督促整改，请回电13900001111")).status_code == 200
    replied = await desk.read()
    assert (replied["state"], replied["reply"]) == ("replied", "已督促整改，请回电139****1111")
    log = (await desk.ask("GET", "/1/history")).json()["items"]
    assert [(one["what"], one["to_state"], one["by"]) for one in log] == [
        ("draft", "draft", "mei-supervisor"),
        ("write", "draft", "mei-agent"),
        ("submit", "submitted", "mei-supervisor"),
        ("approve", "approved", "mei-director"),
        ("issue", "issued", "mei-supervisor"),
        ("lapse", "overdue", None),
        ("reply", "replied", "mei-supervisor"),
    ]
    assert log[3]["body"] == BODY
    assert [one["channel"] for one in log[4]["sendings"]] == ["post"]


async def test_a_letter_of_which_the_calendar_is_missing_is_issued_and_its_day_found_later(
    desk: Desk, database: Database
) -> None:
    desk.clock.now = datetime(2026, 12, 20, 2, tzinfo=UTC)
    await desk.draft(LETTER | {"title": "建议函", "body": BODY})
    await desk.done("submit", "approve")
    sent = SENT | {"at": "2026-12-20T02:00:00Z"}
    issued = (await desk.step("issue", sendings=[sent])).json()
    assert (issued["state"], issued["reply_due_on"]) == ("issued", None)
    settings = Settings()
    await lapse_due(database, settings, datetime(2027, 3, 1, 16, 30, tzinfo=UTC))
    assert (await desk.read())["state"] == "issued"
    async with database.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO calendar_days (business_date, source, kind, note, changed_at)"
                " SELECT day::date, 'local', CASE WHEN extract(isodow FROM day) < 6 THEN 'workday' ELSE 'day_off' END,"
                " '', now() FROM generate_series(date '2027-01-01', date '2027-03-31', interval '1 day') day"
            )
        )
    await lapse_due(database, settings, datetime(2027, 3, 2, 16, 30, tzinfo=UTC))
    read = await desk.read()
    assert (read["state"], read["reply_due_on"]) == ("overdue", "2027-01-08")


@pytest.mark.parametrize(
    ("body", "objection"),
    [
        ("消费者反映有异味，联系138 0013 8000。", "mobile"),
        ("消费者反映有异味，联系０５１９－８６５８８１２３。", "landline"),
        ("消费者反映有异味，110105 19491231 002X。", "id_number"),
        ("消费者张\u200b三反映有异味；消费者反映。", "name"),
        ("消费者反映花园街 12号有异味。", "address"),
        ("桶装水有异味。", "not_reported"),
        ("消费者反映有异味，经查实霉菌超标。", "asserted"),
    ],
)
async def test_nothing_is_submitted_with_personal_data_or_as_more_than_consumers_say(
    desk: Desk, body: str, objection: str
) -> None:
    made = await desk.draft(LETTER | {"title": "建议函", "body": body})
    assert [one["objection"] for one in made["objections"]] == [objection]
    assert await desk.refused("submit") == (409, "text_not_clean")
    assert (await desk.write(body=BODY)).json()["objections"] == []
    assert (await desk.step("submit")).status_code == 200


async def test_a_text_that_is_no_longer_clean_is_not_signed(desk: Desk, database: Database) -> None:
    await desk.draft(LETTER | {"title": "建议函", "body": "消费者反映李四的店有异味。"})
    await desk.done("submit")
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE ticket_parties SET name = '李四'"))
    assert await desk.refused("approve", role=Role.DIRECTOR) == (409, "text_not_clean")


async def test_nobody_signs_what_they_wrote_and_nobody_but_a_director_signs(desk: Desk) -> None:
    await desk.draft(LETTER | {"title": "建议函", "body": BODY})
    assert (await desk.write(law="《食品安全法》第114条", role=Role.DIRECTOR)).json()["authors"] == [
        "mei-supervisor", "mei-director",
    ]  # fmt: skip
    submitted = await desk.done("submit")
    assert submitted["events"] == []
    assert await desk.refused("approve", role=Role.DIRECTOR) == (403, "author_cannot_sign")
    assert await desk.refused("send_back", role=Role.DIRECTOR, reason="请补充") == (403, "author_cannot_sign")
    for role in (Role.SUPERVISOR, Role.AGENT, Role.ADMIN, Role.OFFICER):
        assert await desk.refused("approve", role=role) == (403, "right_required")


async def test_who_neither_leads_nor_analyses_sees_and_does_nothing(desk: Desk, database: Database) -> None:
    await desk.draft()
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE users SET duties = '{quality}' WHERE name = 'mei-agent'"))
    for role in (Role.AGENT, Role.ADMIN, Role.OFFICER):
        for method, path, body in (
            ("GET", "", None), ("GET", "/1", None), ("GET", "/1/history", None), ("GET", "/1/pdf", None),
            ("POST", "", LETTER), ("PATCH", "/1", {"law": "x"}), ("POST", "/1/events/submit", {}),
        ):  # fmt: skip
            answer = await desk.ask(method, path, body, role=role, Idempotency_Key="key-00000002", If_Match='"1"')
            assert (answer.status_code, answer.json()["code"]) == (403, "right_required"), (role, method, path)


async def test_naming_a_merchant_to_the_public_needs_facts_and_a_line_of_law(desk: Desk) -> None:
    warning = {"kind": "warning", "merchant_id": 1, "title": "桶装水消费警示", "body": BODY}
    made = await desk.draft(warning)
    assert [one["objection"] for one in made["objections"]] == ["named"]
    assert (await desk.write(may_name=True)).json()["objections"] == []
    await desk.done("submit")
    assert await desk.refused("approve", role=Role.DIRECTOR) == (409, "naming_not_grounded")
    assert (await desk.step("send_back", role=Role.DIRECTOR, reason="请补充依据")).json()["state"] == "draft"
    fact = {"kind": "test", "reference": "检字〔2026〕5号", "text": "霉菌超标"}
    assert (await desk.write(verified_facts=[fact], law="《食品安全法》第114条")).status_code == 200
    assert (await desk.done("submit", "approve"))["number"] == "消费警示〔2026〕第1号"


async def test_numbers_have_no_gap_by_kind_and_year_however_many_sign_at_once(desk: Desk) -> None:
    for number in range(1, 7):
        kind = {"kind": "tip"} if number > 4 else {}
        await desk.draft(LETTER | kind | {"title": "函", "body": "消费者反映有异味。"}, key=f"key-0000000{number}")
        await desk.done("submit", number=number)
    stale = await desk.ask("POST", "/1/events/approve", {}, role=Role.DIRECTOR, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    await asyncio.gather(*(desk.step("approve", number, role=Role.DIRECTOR) for number in range(1, 7)))
    numbers = [(await desk.read(number))["number"] for number in range(1, 7)]
    assert sorted(numbers[:4]) == [f"建议函〔2026〕第{number}号" for number in range(1, 5)]
    assert sorted(numbers[4:]) == [f"消费提示〔2026〕第{number}号" for number in range(1, 3)]
    desk.clock.now = datetime(2026, 12, 31, 16, tzinfo=UTC)
    await desk.draft(LETTER | {"title": "函", "body": "消费者反映有异味。"}, key="key-00000009")
    assert (await desk.done("submit", "approve", number=7))["number"] == "建议函〔2027〕第1号"


async def test_a_published_warning_is_corrected_and_withdrawn_wherever_it_was_published(desk: Desk) -> None:
    await desk.draft({"kind": "warning", "title": "桶装水消费警示", "body": "消费者反映有异味。"})
    await desk.done("submit", "approve")
    assert await desk.refused("issue", sendings=[SENT]) == (409, "step_not_allowed")
    early = SENT | {"at": "2026-09-23T02:00:00Z"}
    assert await desk.refused("publish", sendings=[early]) == (400, "in_the_future")
    both = [SENT | {"channel": channel} for channel in ("website", "radio")]
    published = (await desk.step("publish", sendings=both)).json()
    assert (published["state"], published["channels"]) == ("published", ["radio", "website"])
    bad: dict[str, Any] = {"title": "更正", "body": "消费者反映张三。消费者反映13800138000。", "reason": "误植"}
    assert await desk.refused("propose_correction", **bad) == (409, "text_not_clean")
    proposal: dict[str, Any] = {"title": "更正", "body": "消费者反映有味道。", "reason": "误植"}
    proposed = (await desk.step("propose_correction", role=Role.DIRECTOR, **proposal)).json()
    assert proposed["correction"] == {**proposal, "by": "mei-director"}
    assert await desk.refused("correct", role=Role.DIRECTOR, sendings=both) == (403, "author_cannot_sign")
    again = (await desk.step("propose_correction", **proposal)).json()
    assert again["correction"]["by"] == "mei-supervisor"
    assert await desk.refused("correct", role=Role.DIRECTOR, sendings=both[:1]) == (400, "channels_missing")
    corrected = (await desk.step("correct", role=Role.DIRECTOR, sendings=both)).json()
    assert (corrected["title"], corrected["body"], corrected["correction"]) == ("更正", "消费者反映有味道。", None)
    assert await desk.refused("withdraw", role=Role.DIRECTOR, sendings=both) == (400, "invalid_input")
    withdrawn = (await desk.step("withdraw", role=Role.DIRECTOR, sendings=both, reason="情况已变化")).json()
    assert (withdrawn["state"], withdrawn["events"]) == ("withdrawn", [])
    log = (await desk.ask("GET", "/1/history")).json()["items"]
    assert [one["title"] for one in log if one["what"] in ("submit", "correct")] == ["桶装水消费警示", "更正"]


async def test_an_effect_is_measured_after_105_days_with_the_trade_beside_it(desk: Desk, database: Database) -> None:
    await desk.draft(LETTER | {"title": "建议函", "body": BODY})
    await desk.done("submit", "approve", "issue")
    async with database.sessions.begin() as session:
        user = await get_user(session, "mei-supervisor")
        await add_merchant(session, merchant_named("清泉"), by=user.id, at=NOW)
        await add_merchant(session, merchant_named("甜泉二店"), by=user.id, at=NOW)
        await session.execute(text("UPDATE merchants SET merged_into = 1 WHERE id = 3"))
    await add_complaints(database, before=20, after=5)
    await add_complaints(database, before=3, after=4, merchant="3")
    await add_complaints(database, before=12, after=10, merchant="2")
    await add_complaints(database, before=1, after=2, merchant="NULL")
    assert (await desk.step("reply", reply="已整改")).status_code == 200
    desk.clock.now = datetime(2027, 1, 6, 15, 59, tzinfo=UTC)
    assert await desk.refused("measure") == (409, "effect_too_early")
    assert (await desk.ask("GET", "?effect_due=true")).json()["items"] == []
    desk.clock.now += timedelta(minutes=1)
    assert [one["id"] for one in (await desk.ask("GET", "?effect_due=true")).json()["items"]] == [1]
    measured = (await desk.step("measure")).json()
    own, trade = measured["effect"]["own"], measured["effect"]["trade"]
    assert measured["state"] == "closed"
    assert {name: own[name] for name in ("before", "after", "ratio", "verdict")} == {
        "before": 24, "after": 9, "ratio": 0.375, "verdict": "improved",
    }  # fmt: skip
    assert (round(own["low"], 3), round(own["high"], 3)) == (0.153, 0.836)
    assert (trade["before"], trade["after"], trade["verdict"]) == (13, 12, "not_shown")


async def test_a_signed_page_is_the_same_for_ever_and_whoever_prints_it_is_written_down(
    desk: Desk, database: Database
) -> None:
    await desk.draft(LETTER | {"title": "建议函", "body": BODY})
    draft = await desk.ask("GET", "/1/pdf", role=Role.AGENT)
    assert (draft.status_code, draft.headers["content-type"]) == (200, "application/pdf")
    await desk.done("submit", "approve")
    first = await desk.ask("GET", "/1/pdf", role=Role.DIRECTOR)
    desk.clock.now += timedelta(days=3)
    second = await desk.ask("GET", "/1/pdf")
    assert first.content == second.content != draft.content
    async with database.engine.connect() as connection:
        printed = await connection.execute(text("SELECT what, subject FROM access_log ORDER BY id"))
    assert [tuple(row) for row in printed] == [("advisory", "advisories/1")] * 3


async def test_the_database_keeps_the_log_and_lets_nothing_leave_unsigned(desk: Desk, database: Database) -> None:
    await desk.draft()
    for statement, refusal in (
        ("UPDATE advisory_events SET at = now()", DBAPIError),
        ("DELETE FROM advisory_events", DBAPIError),
        ("UPDATE advisories SET state = 'issued'", IntegrityError),
        ("UPDATE advisories SET number = 1", IntegrityError),
        (
            "UPDATE advisories SET year = 2026, number = 1, approved_at = now(), approved_by = created_by",
            IntegrityError,
        ),
    ):
        with pytest.raises(refusal):
            async with database.engine.begin() as connection:
                await connection.execute(text(statement))


async def test_lists_are_of_what_is_asked_for_newest_first(desk: Desk) -> None:
    await desk.draft(LETTER | {"title": "函", "body": BODY})
    await desk.draft({"kind": "tip", "title": "提示13800138000", "body": "请注意。"}, key="key-00000002")
    await desk.done("submit")

    async def ids(query: str) -> list[int]:
        return [one["id"] for one in (await desk.ask("GET", query)).json()["items"]]

    assert [await ids(query) for query in ("", "?kind=tip", "?state=submitted", "?merchant_id=1")] == [
        [2, 1], [2], [1], [1],
    ]  # fmt: skip
    assert (await desk.ask("GET", "?kind=tip")).json()["items"][0]["title"] == "提示138****8000"


async def test_a_merchant_with_an_open_letter_is_no_candidate_until_three_months_more(
    desk: Desk, database: Database
) -> None:
    async with database.sessions.begin() as session:
        user = await get_user(session, "mei-supervisor")
        await add_merchant(session, merchant_named("甜泉二店"), by=user.id, at=NOW)
        await session.execute(text("UPDATE merchants SET merged_into = 1 WHERE id = 2"))

    async def kinds(*flagged: Flagged) -> list[tuple[CandidateKind, tuple[int, ...], tuple[int, ...]]]:
        async with database.sessions.begin() as session:
            found = await list_candidates(session, flagged, date(2026, 12, 31))
        return [(one.kind, one.merchant_ids, one.signal_ids) for one in found]

    september, december = (
        Flagged(signal_id=number, merchant_id=2, category=None, month_ends_on=day)
        for number, day in ((7, date(2026, 9, 30)), (8, date(2026, 12, 31)))
    )
    assert await kinds(september, december) == [(CandidateKind.LETTER, (1,), (7, 8))]
    await desk.draft(LETTER | {"title": "函", "body": BODY})
    assert await kinds(september, december) == []
    await desk.done("submit", "approve", "issue")
    assert await kinds(september) == []
    assert await kinds(september, december) == [(CandidateKind.INTERVIEW, (1,), (8,))]
