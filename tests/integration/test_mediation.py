"""Mediations in the database and over HTTP, without a PBX: who may do what, what is kept, what is printed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import typst
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role as UserRole
from callcenter.accounts.rights import SignedIn
from callcenter.accounts.service import set_display_name
from callcenter.accounts.tables import User
from callcenter.agents.tables import SignOn
from callcenter.calls.records import Direction
from callcenter.errors import ConflictError
from callcenter.languages import Language
from callcenter.mediation import store
from callcenter.mediation.dossier import get_account
from callcenter.mediation.printed_record import Office, describe_account, number_of
from callcenter.mediation.printed_record_words import Copy
from callcenter.mediation.rules import LegRole, MediationState, RoomEvent, RoomWord
from callcenter.postgres.database import Database
from tests.integration.callback_examples import answered, outbound, still_up
from tests.integration.callback_examples import store as store_calls
from tests.integration.conftest import NOW

Headers = dict[UserRole, dict[str, str]]


async def user_id(session: AsyncSession, role: UserRole) -> int:
    return (await session.scalars(select(User.id).where(User.name == f"mei-{role}"))).one()


async def open_mediation(database: Database, host: UserRole = UserRole.AGENT, call: str = "pbx1-1.0") -> int:
    """In the room: host (1), consumer (2), merchant (3)."""
    async with database.sessions.begin() as session:
        mediation_id = await store.add_mediation(
            session,
            pbx="pbx1",
            call_id=call,
            host_user_id=await user_id(session, host),
            state=MediationState.OPEN,
            created_at=NOW,
            opened_at=NOW,
        )
        for role, number in (
            (LegRole.HOST, None),
            (LegRole.CONSUMER, "+8651988000051"),
            (LegRole.MERCHANT, "+8613805190051"),
        ):
            uniqueid = f"{call}{role}"
            await store.add_leg(session, mediation_id, role, number=number, uniqueid=uniqueid, joined_at=NOW)
    return mediation_id


async def leg_ids(database: Database, mediation_id: int) -> dict[str, int]:
    async with database.sessions.begin() as session:
        return {leg.role: leg.id for leg in await store.list_legs(session, mediation_id)}


async def test_a_host_and_a_call_are_in_one_mediation_at_a_time(database: Database, as_role: Headers) -> None:
    await open_mediation(database)
    with pytest.raises(ConflictError):
        await open_mediation(database, call="pbx1-2.0")
    with pytest.raises(ConflictError):
        await open_mediation(database, host=UserRole.SUPERVISOR)
    await open_mediation(database, host=UserRole.SUPERVISOR, call="pbx1-3.0")


async def test_what_the_pbx_tells_is_kept_once_however_often_it_is_read(database: Database, as_role: Headers) -> None:
    mediation_id = await open_mediation(database)
    told = [
        RoomEvent(at=NOW, uniqueid="pbx1-1.0consumer", word=RoomWord.ENTERED),
        RoomEvent(at=NOW + timedelta(seconds=2), uniqueid="pbx1-1.0consumer", word=RoomWord.QUEUED),
        RoomEvent(at=NOW, uniqueid="somebody else", word=RoomWord.GONE),
    ]
    for known in (told[:1], told, told):
        async with database.sessions.begin() as session:
            await store.save_room_events(session, mediation_id, known)
    async with database.sessions.begin() as session:
        events = await store.list_events(session, mediation_id)
        assert [(event.what, event.actor) for event in events] == [("entered", "pbx"), ("queued", "pbx")]
        consumer = (await store.list_legs(session, mediation_id))[1]
        assert (consumer.left_at, consumer.last_word) == (NOW + timedelta(seconds=2), "queued")


@pytest.mark.parametrize("statement", ["UPDATE mediation_events SET actor = 'x'", "DELETE FROM mediation_events"])
async def test_what_happened_is_never_changed(
    client: httpx.AsyncClient, database: Database, as_role: Headers, statement: str
) -> None:
    mediation_id = await open_mediation(database)
    path = f"/api/v1/mediations/{mediation_id}/particulars"
    assert (await client.put(path, json={}, headers=as_role[UserRole.AGENT])).status_code == 204
    with pytest.raises(DBAPIError, match="is never changed"):
        async with database.sessions.begin() as session:
            await session.execute(text(statement))


async def settle(client: httpx.AsyncClient, headers: dict[str, str], mediation_id: int, legs: dict[str, int]) -> Any:
    """All that belongs to a settlement; the last answer."""
    base = f"/api/v1/mediations/{mediation_id}"
    consent = {"takes_part": True, "may_be_recorded": True}
    steps: list[tuple[str, dict[str, Any]]] = [("/agreement", {"text": "退款88元", "amount_cents": 8800})]
    for role in ("consumer", "merchant"):
        steps += [(f"/legs/{legs[role]}/consent", consent), (f"/legs/{legs[role]}/answer", {"agrees": True})]
    for path, body in (*steps, ("/result", {"result": "settled"})):
        answer = await client.put(base + path, json=body, headers=headers)
        if answer.status_code != 204:
            break
    return answer


async def test_a_settlement_is_written_down_once_with_everybodys_yes(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    legs = await leg_ids(database, mediation_id)
    agent = as_role[UserRole.AGENT]
    base = f"/api/v1/mediations/{mediation_id}"

    assert (await settle(client, agent, mediation_id, legs)).status_code == 204

    told = (await client.get(base, headers=agent)).json()
    assert (told["result"], told["amount_cents"], told["agreement"]) == ("settled", 8800, "退款88元")
    assert [leg["agrees_at"] is not None for leg in told["legs"]] == [False, True, True]
    assert [event["what"] for event in told["events"]] == [
        *("agreement", "consent", "answer", "consent", "answer", "result"),
    ]
    for path, body in (
        ("/result", {"result": "refused"}),
        ("/agreement", {"text": "退款8元"}),
        (f"/legs/{legs['merchant']}/answer", {"agrees": False}),
    ):
        again = await client.put(base + path, json=body, headers=agent)
        assert (again.status_code, again.json()["detail"]) == (409, "The result is written down already.")


async def test_another_text_voids_every_yes(client: httpx.AsyncClient, database: Database, as_role: Headers) -> None:
    mediation_id = await open_mediation(database)
    legs = await leg_ids(database, mediation_id)
    agent = as_role[UserRole.AGENT]
    base = f"/api/v1/mediations/{mediation_id}"
    await client.put(f"{base}/agreement", json={"text": "退款88元"}, headers=agent)
    await client.put(f"{base}/legs/{legs['consumer']}/answer", json={"agrees": True}, headers=agent)
    await client.put(f"{base}/agreement", json={"text": "退款8元"}, headers=agent)
    told = (await client.get(base, headers=agent)).json()
    assert [leg["agrees"] for leg in told["legs"]] == [None, None, None]


async def test_who_is_not_there_says_nothing(client: httpx.AsyncClient, database: Database, as_role: Headers) -> None:
    mediation_id = await open_mediation(database)
    legs = await leg_ids(database, mediation_id)
    async with database.sessions.begin() as session:
        await store.change_leg(session, legs["merchant"], left_at=NOW)
    path = f"/api/v1/mediations/{mediation_id}/legs"
    consent = {"takes_part": True, "may_be_recorded": True}
    answers = [
        (await client.put(f"{path}/{leg}/consent", json=consent, headers=as_role[UserRole.AGENT])).status_code
        for leg in (legs["consumer"], legs["merchant"], legs["host"], 999)
    ]
    assert answers == [204, 409, 409, 404]


async def test_numbers_are_masked_unless_a_supervisor_says_why_and_that_is_logged(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    path = f"/api/v1/mediations/{mediation_id}"
    why = {"X-Reason": "complaint%2017"}
    seen = [
        [leg["number"] for leg in (await client.get(path, headers=as_role[role] | asked)).json()["legs"]]
        for role, asked in ((UserRole.AGENT, {}), (UserRole.SUPERVISOR, {}), (UserRole.SUPERVISOR, why))
    ]
    masked = [None, "0519-****0051", "138****0051"]
    assert seen == [masked, masked, [None, "+8651988000051", "+8613805190051"]]
    assert (await client.get(path, headers=as_role[UserRole.AGENT] | why)).status_code == 403
    log = (await client.get("/api/v1/access-log", headers=as_role[UserRole.ADMIN])).json()["items"]
    assert [(entry["user"], entry["subject"]) for entry in log] == [("mei-supervisor", f"mediations/{mediation_id}")]


async def test_another_agents_mediation_is_nobodys_business(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database, host=UserRole.SUPERVISOR)
    agent = as_role[UserRole.AGENT]
    base = f"/api/v1/mediations/{mediation_id}"
    asked = [
        await client.get(base, headers=agent),
        await client.get(f"{base}/record", headers=agent),
        await client.post(f"{base}/end", headers=agent),
        await client.put(f"{base}/result", json={"result": "refused"}, headers=agent),
        await client.post(f"{base}/legs", json={"role": "merchant", "number": "13805190051"}, headers=agent),
        await client.post(f"{base}/legs/1/commands/hold", headers=agent),
    ]
    assert [answer.status_code for answer in asked] == [403] * 6
    assert (await client.get("/api/v1/mediations", headers=agent)).json() == {"items": [], "next": None}


async def test_only_a_number_that_may_be_rung_is_appointed_and_only_ahead(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    ahead = (NOW + timedelta(hours=1)).isoformat()
    good = {"appointed_for": ahead, "consumer_number": "13805190001", "merchant_number": "86612345"}
    supervisor = as_role[UserRole.SUPERVISOR]
    for name, number in (("Consumer", "13805190001"), ("Shop", "86612345")):
        entry = {"name": name, "number": number, "kind": "merchant"}
        assert (await client.post("/api/v1/directory", json=entry, headers=supervisor)).status_code == 201
    asked = {}
    for name, change in {
        "good": {},
        "past": {"appointed_for": NOW.isoformat()},
        "service": {"merchant_number": "110"},
        "abroad": {"consumer_number": "+85221234567"},
        "injected": {"merchant_number": "13805190001@evil"},
        "nobody's": {"merchant_number": "13805190099"},
    }.items():
        answer = await client.post(
            "/api/v1/mediation-appointments", json=good | change, headers=as_role[UserRole.AGENT]
        )
        asked[name] = answer.status_code
    assert asked == {"good": 201, "past": 400, "service": 403, "abroad": 403, "injected": 422, "nobody's": 403}
    refusals = (await client.get("/api/v1/dial-refusals", headers=supervisor)).json()["items"]
    assert [(refusal["target"], refusal["reason"]) for refusal in refusals] == [
        ("mediation", "typed_not_allowed"),
        ("mediation", "number_not_allowed"),
        ("mediation", "number_not_allowed"),
    ]
    [kept] = (await client.get("/api/v1/mediations?state=appointed", headers=as_role[UserRole.AGENT])).json()["items"]
    called_off = await client.post(f"/api/v1/mediations/{kept['id']}/end", headers=as_role[UserRole.AGENT])
    assert called_off.status_code == 202
    assert called_off.headers["location"] == f"/api/v1/mediations/{kept['id']}"
    told = (await client.get(f"/api/v1/mediations/{kept['id']}", headers=as_role[UserRole.AGENT])).json()
    assert (told["state"], told["end_reason"]) == ("ended", "called_off")


async def test_who_is_in_no_call_starts_no_mediation(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    agent = as_role[UserRole.AGENT]
    unseated = await client.post("/api/v1/mediations", headers=agent)
    async with database.sessions.begin() as session:
        session.add(
            SignOn(user_id=await user_id(session, UserRole.AGENT), pbx="pbx1", interface="PJSIP/1001", signed_on_at=NOW)
        )
    idle = await client.post("/api/v1/mediations", headers=agent)
    assert [(answer.status_code, answer.json()["detail"]) for answer in (unseated, idle)] == [
        (409, "Sign on first."),
        (409, "The agent is not in a call."),
    ]


async def test_figures_have_their_denominators(client: httpx.AsyncClient, database: Database, as_role: Headers) -> None:
    for number, result in enumerate(("settled", "refused", None)):
        mediation_id = await open_mediation(database, call=f"pbx1-{number}.0")
        async with database.sessions.begin() as session:
            values = {"state": MediationState.ENDED, "ended_at": NOW, "result": result}
            await store.change_mediation(session, mediation_id, **values)
    day = NOW.date()
    path = f"/api/v1/mediations/statistics?from_day={day}&to_day={day}&complaints=20"
    told = (await client.get(path, headers=as_role[UserRole.SUPERVISOR])).json()
    assert (told["mediations"], told["without_result"]) == (3, 1)
    assert told["settled"] == {"numerator": 1, "denominator": 2, "ratio": 0.5}
    assert told["settled_of_complaints"] == {"numerator": 1, "denominator": 20, "ratio": 0.05}


async def test_the_record_prints_what_was_typed_and_obeys_none_of_it(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    base = f"/api/v1/mediations/{mediation_id}"
    agent = as_role[UserRole.AGENT]
    typed = '#panic("obeyed") #read("/etc/passwd") $ * _ ` < > @ \\ " [ ] { } // \n退款'
    for path, body in (
        ("/particulars", {"consumer_name": "#panic()", "merchant_name": "]", "matter": typed}),
        ("/agreement", {"text": typed}),
    ):
        assert (await client.put(base + path, json=body, headers=agent)).status_code == 204
    for language in ("zh", "en"):
        answer = await client.get(f"{base}/record?language={language}", headers=agent)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["content-disposition"] == (
            f'attachment; filename="mediation-{mediation_id}-{language}.pdf"'
        )


async def test_mediations_are_numbered_in_each_year_without_a_gap_in_the_order_in_which_they_began(
    database: Database, as_role: Headers
) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    begun = [
        new_year - timedelta(hours=1),
        new_year,
        None,
        new_year - timedelta(hours=2),
        new_year + timedelta(hours=1),
    ]
    ids = []
    for number, at in enumerate(begun):
        ids.append(await open_mediation(database, call=f"pbx1-{number}.0"))
        async with database.sessions.begin() as session:
            values = {"state": MediationState.ENDED, "ended_at": NOW, "opened_at": at}
            await store.change_mediation(session, ids[-1], **values)

    async def number_them() -> None:
        async with database.sessions.begin() as session:
            await store.number_begun(session, shanghai)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(number_them())
    async with database.sessions.begin() as session:
        rows = [await store.get_mediation(session, mediation_id) for mediation_id in ids]
    assert [number_of(row, "常市监调") for row in rows] == [
        *("常市监调〔2026〕2号", "常市监调〔2027〕1号", None, "常市监调〔2026〕1号", "常市监调〔2027〕2号"),
    ]


@pytest.mark.parametrize(
    ("display_name", "typed", "printed"),
    [(None, None, "mei-agent"), ("王芳", None, "王芳"), ("王芳", "李强", "李强")],
)
async def test_the_mediator_stands_in_the_record_by_the_display_name_unless_another_is_typed(
    client: httpx.AsyncClient,
    database: Database,
    as_role: Headers,
    display_name: str | None,
    typed: str | None,
    printed: str,
) -> None:
    mediation_id = await open_mediation(database)
    await set_display_name(database, name="mei-agent", display_name=display_name, at=NOW)
    path = f"/api/v1/mediations/{mediation_id}/particulars"
    answer = await client.put(path, json={"mediator_name": typed}, headers=as_role[UserRole.AGENT])
    assert answer.status_code == 204
    async with database.sessions.begin() as session:
        user = SignedIn(user_id=await user_id(session, UserRole.AGENT), name="mei-agent", role=UserRole.AGENT)
        account = await get_account(session, mediation_id, user)
    told = describe_account(account, language=Language.CHINESE, timezone=ZoneInfo("Asia/Shanghai"), area_code="0519")
    assert dict(told["facts"])["调解人"] == printed


async def test_the_record_has_what_an_office_files_and_only_its_own_copy_has_whole_numbers(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    base = f"/api/v1/mediations/{mediation_id}"
    agent, supervisor = as_role[UserRole.AGENT], as_role[UserRole.SUPERVISOR]
    particulars = {
        "consumer_name": "李明",
        "merchant_name": "某超市",
        "consumer_address": "常州市天宁区1号",
        "merchant_address": "常州市钟楼区2号",
        "mediator_name": "王芳",
    }
    assert (await client.put(f"{base}/particulars", json=particulars, headers=agent)).status_code == 204
    async with database.sessions.begin() as session:
        await store.number_begun(session, ZoneInfo("Asia/Shanghai"))
        user = SignedIn(user_id=await user_id(session, UserRole.AGENT), name="mei-agent", role=UserRole.AGENT)
        account = await get_account(session, mediation_id, user)
    printed: dict[Copy, dict[str, str]] = {}
    for copy in Copy:
        told = describe_account(
            account,
            language=Language.CHINESE,
            timezone=ZoneInfo("Asia/Shanghai"),
            area_code="0519",
            copy=copy,
            office=Office(name="常州市市场监督管理局", series="常市监调"),
        )
        printed[copy] = dict(told["facts"])
    refused = await client.get(f"{base}/record?copy=file", headers=agent)
    given = await client.get(f"{base}/record?copy=file", headers=supervisor)
    log = (await client.get("/api/v1/access-log", headers=as_role[UserRole.ADMIN])).json()["items"]

    assert printed[Copy.PARTY]["调解机关"] == "常州市市场监督管理局"
    assert printed[Copy.PARTY]["编号"] == "常市监调〔2026〕1号"
    assert printed[Copy.PARTY]["调解人"] == "王芳"
    assert printed[Copy.PARTY]["消费者"] == "李明 0519-****0051 常州市天宁区1号"
    assert printed[Copy.FILE]["消费者"] == "李明 +8651988000051 常州市天宁区1号"
    assert printed[Copy.FILE]["经营者"] == "某超市 +8613805190051 常州市钟楼区2号"
    assert (refused.status_code, given.status_code) == (403, 200)
    assert [entry["what"] for entry in log] == ["mediation record (zh, whole numbers)"]


async def test_without_a_chinese_font_no_record_is_printed(
    client: httpx.AsyncClient, database: Database, as_role: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_any = typst.Fonts(include_system_fonts=False)
    monkeypatch.setattr(typst, "Fonts", lambda: without_any)
    mediation_id = await open_mediation(database)
    answer = await client.get(f"/api/v1/mediations/{mediation_id}/record", headers=as_role[UserRole.AGENT])
    assert (answer.status_code, answer.json()["detail"]) == (
        500,
        "No Chinese font is installed; on Debian: apt-get install fonts-wqy-microhei.",
    )


async def test_who_is_in_a_room_already_is_in_one_call_and_not_in_as_many_as_there_are_customers(
    database: Database,
) -> None:
    consumer = answered(1, 0)
    open_talk = replace(consumer.talks[0], to=None)
    consumer = still_up(replace(consumer, talks=(open_talk,)))
    merchant = still_up(replace(outbound(2, 5, is_answered=True), talks=(open_talk,), joined=consumer.call_id))
    lasting = still_up(replace(answered(3, -500), direction=Direction.INTERNAL, talks=()))
    await store_calls(database, [consumer, merchant, lasting])
    seat = store.Seat(pbx="pbx1", interface="PJSIP/1001")
    async with database.sessions.begin() as session:
        assert [call.call_id for call in await store.list_live_calls(session, seat)] == [consumer.call_id]
