"""What a page learns of the user before it shows anything, and how users like the pages."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.agents.rules import Seat
from callcenter.agents.store import add_sign_on
from callcenter.calls.records import Witness
from callcenter.calls.witness_store import save_heartbeat
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW

SESSION = "/api/v1/session"
PREFERENCES = f"{SESSION}/preferences"
DEFAULTS = {
    "language": "zh",
    "theme": "system",
    "queues": None,
    "ringer_volume": 80,
    "waiting_yellow_seconds": 15,
    "waiting_red_seconds": 60,
}


@pytest.fixture
def agent(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.AGENT])
    return client


async def change(client: httpx.AsyncClient, **chosen: Any) -> httpx.Response:
    return await client.patch(PREFERENCES, json=chosen)


async def test_a_user_who_sits_nowhere_learns_what_can_be_done_here(agent: httpx.AsyncClient) -> None:
    assert (await agent.get(SESSION)).json() == {
        "name": "mei-agent",
        "role": "agent",
        "duties": [],
        "rights": sorted(Role.AGENT.rights),
        "display_name": None,
        "skills": [],
        "seat": None,
        "phone": None,
        "preferences": DEFAULTS,
        "timezone": "Asia/Shanghai",
        "server_time": "2026-11-23T08:00:00.000Z",
        "features": {
            "commands": False,
            "recordings": False,
            "messages": False,
            "browser_phone": False,
            "typed_numbers": False,
        },
        "version": version("callcenter"),
    }


async def test_skills_and_the_seat_as_the_pbx_tells_it_stand_in_the_session(
    agent: httpx.AsyncClient, database: Database
) -> None:
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE users SET display_name = '王芳' WHERE name = 'mei-agent'"))
        await session.execute(
            text("INSERT INTO agent_skills SELECT id, 'hotline', 3 FROM users WHERE name = 'mei-agent'")
        )
        (user_id,) = await session.scalars(text("SELECT id FROM users WHERE name = 'mei-agent'"))
        await add_sign_on(session, user_id, Seat(pbx="pbx1", interface="PJSIP/1001"), NOW)
    told = (await agent.get(SESSION)).json()
    assert (told["display_name"], told["skills"]) == ("王芳", [{"queue": "hotline", "penalty": 3}])
    nowhere = dict.fromkeys(("member_name", "state", "reason", "since", "wrap_up_ends_at"))
    assert told["seat"] == {"pbx": "pbx1", "interface": "PJSIP/1001", "queues": [], **nowhere}

    async with database.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO agent_states (pbx, interface, user_id, member_name, queues, state, began_at, from_at)"
                " VALUES ('pbx1', 'PJSIP/1001', :user_id, 'Mei', '{hotline}', 'talking', :at, :at)"
            ),
            {"user_id": user_id, "at": NOW},
        )
        await save_heartbeat(session, "pbx1", Witness.AMI, NOW)
    seat = (await agent.get(SESSION)).json()["seat"]
    assert (seat["state"], seat["since"], seat["queues"]) == ("talking", "2026-11-23T08:00:00.000Z", ["hotline"])


async def test_what_is_set_up_is_told_as_a_feature(app: FastAPI, agent: httpx.AsyncClient) -> None:
    somewhere = Path("/somewhere")
    pbx = Pbx(
        recordings_dir=somewhere,
        voicemail_dir=somewhere,
        ami_commands_secret=SecretStr("x"),
        phone_websocket="wss://hotline.example/ws",
    )
    app.state.settings = Settings(
        pbxs=(pbx,),
        dial_prefixes=("12345",),
        cookie_secure=False,
    )
    assert set((await agent.get(SESSION)).json()["features"].values()) == {True}


async def test_choices_are_kept_by_person_and_what_is_not_sent_stays(
    agent: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    first = await change(agent, language="en", queues=["hotline"], waiting_red_seconds=90)
    chosen = DEFAULTS | {"language": "en", "queues": ["hotline"], "waiting_red_seconds": 90}
    assert (first.status_code, first.json()) == (200, chosen)
    second = await change(agent, theme="dark", ringer_volume=0, queues=None)
    chosen |= {"theme": "dark", "ringer_volume": 0, "queues": None}
    assert second.json() == chosen
    assert (await change(agent)).json() == chosen
    assert (await agent.get(SESSION)).json()["preferences"] == chosen
    other = await agent.get(SESSION, headers=as_role[Role.SUPERVISOR])
    assert other.json()["preferences"] == DEFAULTS
    assert (await change(agent, **dict.fromkeys(chosen))).json() == DEFAULTS


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "fr"},
        {"theme": "pink"},
        {"queues": ["hotline", "hotline"]},
        {"queues": ["two words"]},
        {"queues": [f"q{number}" for number in range(101)]},
        {"ringer_volume": 101},
        {"ringer_volume": -1},
        {"waiting_yellow_seconds": 0},
        {"waiting_red_seconds": 3601},
        {"font": "large"},
    ],
)
async def test_a_choice_that_is_none_is_refused(agent: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    assert (await change(agent, **wrong)).status_code == 422


@pytest.mark.parametrize("red", [60, 59])
async def test_a_wait_that_would_be_red_before_it_is_yellow_is_refused_and_nothing_is_kept(
    agent: httpx.AsyncClient, red: int
) -> None:
    answer = await change(agent, theme="dark", waiting_yellow_seconds=60, waiting_red_seconds=red)
    assert (answer.status_code, answer.json()["code"]) == (400, "red_before_yellow")
    assert (await agent.get(SESSION)).json()["preferences"] == DEFAULTS
