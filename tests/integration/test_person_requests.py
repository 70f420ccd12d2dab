"""A person asks what is held of them: one document with everything of theirs, and nothing of anybody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select

from callcenter.accounts.rights import Duty, Role
from callcenter.accounts.store import set_duties
from callcenter.accounts.tables import User
from callcenter.app import create_app
from callcenter.audio import retention_store
from callcenter.audio.rules import DeletionRule
from callcenter.callbacks.service import refresh
from callcenter.callbacks.tables import EpisodeNote, EpisodePromise, EpisodeRow, PromiseChange
from callcenter.calls.tables import CallNote
from callcenter.casework.person_requests import service
from callcenter.casework.person_requests.document_text import Print
from callcenter.casework.person_requests.statement import Held, describe, print_statement
from callcenter.mediation.rules import LegRole, MediationState, Result
from callcenter.mediation.store import add_leg, add_mediation
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.audio_house import settings_with_folders, take_in_calls, take_in_message
from tests.integration.callback_examples import LI, SETTINGS, answered, lost, outbound, store_confirmed
from tests.integration.conftest import NOW, Clock
from tests.integration.test_tickets import NOTICE, Desk, Headers, desk, house

__all__ = ["desk", "house"]

ZHANG = "13812345678"
ADDRESS = "常州市武进区花园街12号"
OTHERS = (LI, "李四", "李小花", "王五", "常州市新北区太湖东路1号", "胡涂店的老赵", f"下午再打 {LI[-4:]}", "pbx1-5.0")
"""Whatever is planted of other people."""
ASKED: dict[str, Any] = {
    "phone": "138 1234 5678",
    "names": ["张三"],
    "reason": "本人申请查阅",
    "identity": "到场核验居民身份证",
}
VISIT = {"kind": "complaint", "channel": "visit", "register_now": True}


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    return settings_with_folders(tmp_path, office_name="常州市市场监督管理局")


@pytest.fixture
def app(database: Database, clock: Clock, settings: Settings) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


class Counter:
    """Where people ask; `given` is what the pages of the answers were printed of."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, given: list[dict[str, Any]]) -> None:
        self._client, self._headers, self.given = client, headers, given

    async def ask(self, role: Role = Role.SUPERVISOR, body: Any = None, **given: Any) -> httpx.Response:
        asked = body or ASKED | given
        return await self._client.post("/api/v1/person-requests", json=asked, headers=self._headers[role])

    async def log(self) -> list[tuple[str, str, str]]:
        answer = await self._client.get("/api/v1/access-log", headers=self._headers[Role.ADMIN])
        entries = [(one["user"], one["what"], one["subject"]) for one in answer.json()["items"]]
        return [entry for entry in reversed(entries) if entry[1].startswith(service.WHAT)]


@pytest.fixture
async def counter(
    house: httpx.AsyncClient, as_role: Headers, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Counter:
    """The supervisor has the duty of privacy."""
    given: list[dict[str, Any]] = []

    def keep(held: Held, printed: Print) -> bytes:
        given.append(describe(held, printed))
        return print_statement(held, printed)

    monkeypatch.setattr(service, "print_statement", keep)
    async with database.sessions.begin() as session:
        user_id = (await session.scalars(select(User.id).where(User.name == "mei-supervisor"))).one()
        await set_duties(session, user_id=user_id, duties=[Duty.PRIVACY])
    return Counter(house, as_role, given)


async def made(desk: Desk, key: str, name: str | None, phone: str, **over: Any) -> str:
    kind = over.pop("kind", "complaint")
    party = {"name": name, "phone": phone} | over.pop("party", {})
    fields = {"title": "奶粉过期", "facts": "奶粉已过期", "respondent": "苏果超市", "requests": ["refund"]} | over
    if kind == "report":
        fields = {"facts": fields["facts"]}
    answer = await desk.make(VISIT | {"kind": kind, "fields": fields, "party": party}, key=key, role=Role.SUPERVISOR)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["number"]
    return number


@pytest.fixture
async def planted(database: Database, settings: Settings, desk: Desk, counter: Counter) -> None:
    """One of everything of Zhang San, and of others: of Li, and of whoever had Zhang's number before."""
    await take_in_calls(database, settings, [answered(4, 300), answered(5, 400, caller=LI)])
    await take_in_message(database, settings, 2, 100)
    await store_confirmed(database, [lost(1, 0), lost(6, 500, caller=LI), outbound(8, 900, is_answered=True)])
    await refresh(database, SETTINGS)
    number = await made(
        desk,
        "key-00000001",
        "张三",
        ZHANG,
        facts=f"在苏果超市买的奶粉已过期，王五在场，他的电话{LI}",
        party={"address": ADDRESS, "id_type": None},
    )
    version = (await desk.read(number))["version"]
    delegate = {"name": "王五", "phone": LI}
    put = await desk.send("PUT", f"{number}/parties/delegate", delegate, version=version, role=Role.SUPERVISOR)
    assert put.status_code == 200, put.text
    for note in ("来电人催办", f"王五来电 {LI}"):
        version = (await desk.read(number))["version"]
        written = await desk.send("POST", f"{number}/notes", {"note": note}, version=version, role=Role.SUPERVISOR)
        assert written.status_code < 300, written.text
    await desk.step(number, "forward", unit_id=1)
    await desk.step(number, "accept", role=Role.OFFICER, notice=NOTICE)
    await made(desk, "key-00000002", "张三", ZHANG, kind="report", facts="无照经营的小饭店")
    await made(desk, "key-00000003", "李小花", ZHANG, facts="胡涂店的老赵不退钱")
    await made(desk, "key-00000004", "李四", LI, party={"address": "常州市新北区太湖东路1号"})
    async with database.sessions.begin() as session:
        user_id = (await session.scalars(select(User.id).where(User.name == "mei-agent"))).one()
        for call in ("pbx1-4.0", "pbx1-5.0"):
            written_by = {"pbx": "pbx1", "call_id": call, "user_id": user_id, "written_at": NOW, "changed_at": NOW}
            await session.execute(insert(CallNote).values(note=f"问了 {call}", **written_by))
        for episode in await session.scalars(select(EpisodeRow)):
            said = f"下午再打 {episode.subject[-4:]}"
            await session.execute(insert(EpisodeNote).values(episode_id=episode.id, user_id=user_id, at=NOW, note=said))
        of_zhang = select(EpisodeRow.id).where(EpisodeRow.subject == f"+86{ZHANG}").limit(1)
        promise = {"promised_at": NOW, "set_by": user_id, "set_at": NOW, "named_by": "customer", "opens_hours": False}
        episode_id = (await session.scalars(of_zhang)).one()
        for table in (EpisodePromise, PromiseChange):
            await session.execute(insert(table).values(episode_id=episode_id, **promise))
        ended = {"state": MediationState.ENDED, "created_at": NOW, "opened_at": NOW, "ended_at": NOW}
        mediation = await add_mediation(
            session,
            pbx="pbx1",
            call_id="pbx1-4.0",
            host_user_id=user_id,
            consumer_name="张三",
            merchant_name="李四",
            matter=f"退货，李四的电话{LI}",
            agreement="李四退款三百元",
            result=Result.SETTLED,
            result_at=NOW,
            **ended,
        )
        leg = {"joined_at": NOW, "left_at": NOW, "takes_part": True, "may_be_recorded": False, "agrees": True}
        await add_leg(session, mediation, LegRole.CONSUMER, number=f"+86{ZHANG}", **leg)
        await add_leg(session, mediation, LegRole.MERCHANT, number=f"+86{LI}", **leg)
        other = await add_mediation(
            session, pbx="pbx1", call_id="pbx1-5.0", host_user_id=user_id, consumer_name="李小花", **ended
        )
        await add_leg(session, other, LegRole.CONSUMER, number=f"+86{ZHANG}", **leg)


def parts_of(content: dict[str, Any]) -> dict[str, Any]:
    return {part["title"]: part["rows"] or dict(part["facts"]) for part in content["parts"]}


@pytest.mark.usefixtures("planted")
async def test_everything_that_is_held_of_a_person_is_in_one_document(counter: Counter) -> None:
    answer = await counter.ask()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-disposition"] == 'attachment; filename="personal-data-zh.pdf"'
    assert answer.headers["x-left-out"] == "2"
    (content,) = counter.given
    assert dict(content["facts"]) == {
        "依据": "《个人信息保护法》第四十五条（查阅、复制）",
        "电话号码": f"+86{ZHANG}",
        "姓名": "张三",
        "身份核验方式": "到场核验居民身份证",
        "申请事由": "本人申请查阅",
        "出具时间": "2026-11-23 16:00:00",
        "经办人": "mei-supervisor",
    }
    parts = parts_of(content)
    assert list(parts) == [
        *("通话记录", "通话备注", "留言", "回电记录", "回电备注和约定", "电话调解"),
        *("诉求 12315-2026-00002", "办理过程", "告知", "诉求 12315-2026-00001", "办理备注"),
    ]
    assert parts["通话记录"] == [
        ["2026-11-23 09:15:00", "呼出", "已接听", "70", "无"],
        ["2026-11-23 09:05:00", "呼入", "已接听", "70", "保存至 2028-11-22"],
        ["2026-11-23 09:01:40", "呼入", "已留言", "30", "无"],
        ["2026-11-23 09:00:00", "呼入", "排队时挂断", "30", "无"],
        ["2026-11-23 09:00:00", "呼入", "已接听", "70", "无"],
    ]
    assert parts["通话备注"] == [["2026-11-23 16:00:00", "问了 pbx1-4.0"]]
    assert [row[2] for row in parts["留言"]] == ["保存至 2028-11-22"]
    assert parts["电话调解"] == [
        [
            "2026-11-23 16:00:00",
            "消费者",
            f"退货，李**的电话139****{LI[-4:]}",
            "是 / 否 / 是",
            "达成协议\n李**退款三百元",
            "无",
        ]
    ]


@pytest.mark.usefixtures("planted")
async def test_a_matter_has_their_own_words_and_what_was_done_and_told(counter: Counter) -> None:
    await counter.ask()
    (content,) = counter.given
    found = {part["title"]: dict(part["facts"]) for part in content["parts"] if part["facts"]}
    complaint = found["诉求 12315-2026-00001"]
    assert (complaint["身份"], complaint["状态"], complaint["登记电话"], complaint["登记地址"]) == (
        "投诉人",
        "已受理",
        f"+86{ZHANG}",
        ADDRESS,
    )
    assert complaint["诉求内容"] == f"在苏果超市买的奶粉已过期，王**在场，他的电话139****{LI[-4:]}"
    assert found["诉求 12315-2026-00002"]["身份"] == "举报人"
    tables = [(part["title"], part["rows"]) for part in content["parts"] if part["level"] == 2]
    of_complaint = dict(tables[2:])
    assert [row[1:] for row in of_complaint["办理过程"]] == [["登记", "已登记"], ["分送", "已分送"], ["受理", "已受理"]]
    assert of_complaint["告知"] == [["2026-11-23 16:00:00", "受理", "电话"]]
    assert [row[1] for row in of_complaint["办理备注"]] == ["来电人催办", f"王**来电 139****{LI[-4:]}"]


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nothing_of_anybody_else_is_in_it(counter: Counter, language: str) -> None:
    assert (await counter.ask(language=language)).status_code == 200
    text = json.dumps(counter.given, ensure_ascii=False)
    assert [planted for planted in OTHERS if planted in text] == []
    assert "12315-2026-00003" not in text
    assert "12315-2026-00004" not in text


@pytest.mark.usefixtures("planted")
async def test_who_asks_under_both_names_gets_both_and_who_has_the_number_since_today_nothing_older(
    counter: Counter,
) -> None:
    both = await counter.ask(names=["张三", "李小花"])
    assert both.headers["x-left-out"] == "0"
    assert "诉求 12315-2026-00003" in parts_of(counter.given[0])
    later = await counter.ask(since="2026-11-24")
    assert later.headers["x-left-out"] == "0"
    assert {title: rows for title, rows in parts_of(counter.given[1]).items() if rows} == {}


@pytest.mark.usefixtures("planted")
async def test_each_request_is_logged_with_each_matter_in_its_answer_and_never_with_the_number(
    counter: Counter,
) -> None:
    await counter.ask()
    what = "personal data given (本人申请查阅; identity: 到场核验居民身份证)"
    subjects = ["138****5678", "tickets/12315-2026-00002", "tickets/12315-2026-00001", "mediations/1"]
    assert await counter.log() == [("mei-supervisor", what, subject) for subject in subjects]


async def test_it_is_for_who_may_see_whole_numbers_and_has_the_duty_of_privacy(counter: Counter) -> None:
    answers = {role: await counter.ask(role) for role in (Role.AGENT, Role.OFFICER, Role.DIRECTOR, Role.ADMIN)}
    assert {role: (answer.status_code, answer.json()["code"]) for role, answer in answers.items()} == {
        Role.AGENT: (403, "right_required"),
        Role.OFFICER: (403, "right_required"),
        Role.DIRECTOR: (403, "duty_required"),
        Role.ADMIN: (403, "duty_required"),
    }
    assert await counter.log() == []
    nobody = await counter.ask(phone="13800000000")
    assert (nobody.status_code, nobody.headers["x-left-out"]) == (200, "0")
    for phone in ("12345", "anonymous"):
        refused = await counter.ask(phone=phone)
        assert (refused.status_code, refused.json()["code"]) == (400, "not_a_number")
    for missing in ("names", "reason", "identity"):
        assert (await counter.ask(body=ASKED | {missing: None})).status_code == 422


async def test_a_deleted_recording_and_one_under_a_hold_are_said_to_be_so(
    counter: Counter, database: Database, settings: Settings, house: httpx.AsyncClient, as_role: Headers
) -> None:
    await take_in_calls(database, settings, [answered(4, 300), answered(9, 100)])
    held = await house.put(
        "/api/v1/recordings/1/legal-hold", json={"reason": "法院调取"}, headers=as_role[Role.SUPERVISOR]
    )
    assert held.status_code == 200, held.text
    async with database.sessions.begin() as session:
        files = await retention_store.list_deletable(session, started_before=NOW, limit=100)
        await retention_store.certify(session, files, rule=DeletionRule.RETENTION, now=NOW)
    await counter.ask(language="en")
    assert [row[4] for row in parts_of(counter.given[0])["Calls"]] == ["kept under a legal hold", "deleted", "none"]
