"""Numbers of identity documents over HTTP: kept sealed, shown masked, seen whole one at a time with a reason."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import Clock
from tests.integration.test_tickets import COMPLAINT, WHY, Desk, Headers
from tests.integration.test_tickets import desk as desk
from tests.integration.test_tickets import house as house

NUMBER = "11010519491231002X"
PERSON = {"name": "张三", "phone": "13812345678", "id_type": "id_card", "id_number": NUMBER}
WHOLE = {"field": "id_number", "role": "complainant"} | WHY


@pytest.fixture
def key() -> SecretStr | None:
    return SecretStr("0f" * 32)


@pytest.fixture
def app(database: Database, clock: Clock, key: SecretStr | None) -> FastAPI:
    return create_app(
        database=database, settings=Settings(cookie_secure=False, personal_data_key=key), now=lambda: clock.now
    )


def shown(ticket: dict[str, Any]) -> tuple[str | None, str | None]:
    (party,) = ticket["parties"]
    return party["id_type"], party["id_number"]


async def everything(database: Database) -> str:
    """Each row of each table, as text."""
    async with database.sessions.begin() as session:
        names = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = [await session.scalars(text(f'SELECT t::text FROM "{name}" t')) for name in names.all()]
        return "\n".join(row for found in rows for row in found)


async def test_a_number_is_sealed_shown_masked_and_seen_whole_with_a_reason_in_the_access_log(
    desk: Desk, database: Database, as_role: Headers, house: httpx.AsyncClient
) -> None:
    made = (await desk.make(COMPLAINT | {"party": PERSON})).json()
    number = made["number"]
    assert shown(made) == shown(await desk.read(number, Role.SUPERVISOR)) == ("id_card", "1101**********002X")
    assert NUMBER not in await everything(database)
    whole = await desk.send("POST", f"{number}/unmasking", WHOLE)
    assert (whole.status_code, whole.json()) == (200, {"value": NUMBER})
    log = (await house.get("/api/v1/access-log", headers=as_role[Role.ADMIN])).json()["items"]
    assert [(one["user"], one["what"], one["subject"]) for one in log][:1] == [
        ("mei-agent", f"ticket id_number of complainant ({WHY['reason']})", f"tickets/{number}")
    ]
    assert NUMBER not in await everything(database)


async def test_a_number_stays_while_nothing_is_said_of_it_and_goes_where_it_is_taken_back(desk: Desk) -> None:
    number = (await desk.make(COMPLAINT | {"party": PERSON})).json()["number"]
    path = f"{number}/parties/complainant"
    corrected = await desk.send("PUT", path, {"name": "张三", "phone": "13812345679"}, version=1)
    assert shown(corrected.json()) == ("id_card", "1101**********002X")
    assert (await desk.send("POST", f"{number}/unmasking", WHOLE)).json() == {"value": NUMBER}
    passport = {"name": "张三", "id_type": "passport", "id_number": "E12345678"}
    assert shown((await desk.send("PUT", path, passport, version=2)).json()) == ("passport", "E******78")
    gone = await desk.send("PUT", path, {"name": "张三", "id_type": None, "id_number": None}, version=3)
    assert shown(gone.json()) == (None, None)
    assert (await desk.send("POST", f"{number}/unmasking", WHOLE)).json() == {"value": None}


async def test_a_wrong_number_and_half_a_document_are_refused_without_repeating_them(desk: Desk) -> None:
    wrong = "110105194912310021"
    refused = await desk.make(COMPLAINT | {"party": PERSON | {"id_number": wrong}})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_id_number")
    half = await desk.make(COMPLAINT | {"party": {"name": "张三", "id_number": wrong}})
    assert half.status_code == 422
    assert wrong not in refused.text + half.text


@pytest.mark.parametrize("key", [None])
async def test_without_a_key_numbers_are_refused_and_all_else_works(desk: Desk) -> None:
    refused = await desk.make(COMPLAINT | {"party": PERSON})
    assert (refused.status_code, refused.json()["code"]) == (409, "personal_data_key_missing")
    assert (await desk.make()).status_code == 201
    assert (await desk.send("POST", "12315-2026-00001/unmasking", WHOLE)).json() == {"value": None}


async def test_under_another_key_a_number_is_not_made_up(desk: Desk, app: FastAPI) -> None:
    number = (await desk.make(COMPLAINT | {"party": PERSON})).json()["number"]
    app.state.settings = Settings(cookie_secure=False, personal_data_key=SecretStr("f0" * 32))
    refused = await desk.send("POST", f"{number}/unmasking", WHOLE)
    assert (refused.status_code, refused.json()["code"]) == (409, "personal_data_key_wrong")
    assert shown(await desk.read(number)) == ("id_card", "1101**********002X")


async def test_who_reported_stays_secret_with_the_number(desk: Desk, as_role: Headers) -> None:
    report = {"kind": "report", "channel": "call", "fields": {"facts": "无照经营"}, "party": PERSON}
    number = (await desk.make(report)).json()["number"]
    assert shown(await desk.read(number, Role.SUPERVISOR)) == (None, None)
    wanted = WHOLE | {"role": "reporter"}
    refused = await desk.send("POST", f"{number}/unmasking", wanted, role=Role.SUPERVISOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "reporter_not_shown")
    assert (await desk.send("POST", f"{number}/unmasking", wanted)).json() == {"value": NUMBER}
