"""Who refuses to be recorded is recorded no longer, and nobody is told so before the PBX has said it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from callcenter.accounts.rights import Role as UserRole
from callcenter.app import create_app
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import Clock
from tests.integration.fake_ami import HASTE, FakeAmi, message
from tests.integration.test_mediation import Headers, leg_ids, open_mediation

ACTION_ID = ("ActionID", "ACTIONID")
HOST, MERCHANT = "pbx1-1.0host", "pbx1-1.0merchant"
STOPS = [
    ("Getvar", HOST, "MEDIATION_ROOM"),
    ("StopMixMonitor", HOST, "0x7f01"),
    ("Getvar", MERCHANT, "MEDIATION_MIX"),
    ("StopMixMonitor", MERCHANT, "0x7f01"),
    ("Setvar", MERCHANT, "MAY_NOT_BE_RECORDED"),
]


def refused(reason: str) -> bytes:
    return message(("Response", "Error"), ACTION_ID, ("Message", reason))


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    """A PBX that records everybody under an id."""
    async with FakeAmi.serving() as fake:
        told = message(("Response", "Success"), ACTION_ID, ("Variable", "X"), ("Value", "0x7f01"))
        fake.answers["Getvar"] = told
        yield fake


@pytest.fixture
async def commands(fake: FakeAmi) -> AsyncIterator[AmiCommands]:
    commands = AmiCommands(host="127.0.0.1", port=fake.port, username="u", secret=fake.secret, patience=HASTE)
    await commands.open()
    yield commands
    await commands.close()


@pytest.fixture
def app(database: Database, clock: Clock, commands: AmiCommands) -> FastAPI:
    return create_app(
        database=database,
        settings=Settings(cookie_secure=False),
        pbxs=PbxRegistry({"pbx1": commands}),
        now=lambda: clock.now,
    )


def sent(fake: FakeAmi) -> list[tuple[str, str, str]]:
    """What was asked about whom, in order."""
    return [
        (action["Action"], action["Channel"], action.get("Variable") or action.get("MixMonitorID", ""))
        for action in fake.connections[0].actions
        if "Channel" in action
    ]


async def say(client: httpx.AsyncClient, headers: dict[str, str], mediation_id: int, leg: int, answer: bool) -> Any:
    path = f"/api/v1/mediations/{mediation_id}/legs/{leg}/consent"
    return await client.put(path, json={"takes_part": True, "may_be_recorded": answer}, headers=headers)


async def account(client: httpx.AsyncClient, headers: dict[str, str], mediation_id: int) -> Any:
    return (await client.get(f"/api/v1/mediations/{mediation_id}", headers=headers)).json()


def happened(told: Any) -> list[tuple[str, str, int | None, str | None]]:
    return [(event["what"], event["actor"], event["leg_id"], event["detail"]) for event in told["events"]]


async def test_a_no_stops_the_room_and_the_leg_once_and_the_account_has_the_pbxs_word(
    client: httpx.AsyncClient, database: Database, as_role: Headers, fake: FakeAmi
) -> None:
    mediation_id = await open_mediation(database)
    merchant = (await leg_ids(database, mediation_id))["merchant"]
    agent = as_role[UserRole.AGENT]
    answers = [(await say(client, agent, mediation_id, merchant, yes)).status_code for yes in (True, False, False)]
    assert answers == [204, 204, 204]
    assert sent(fake) == STOPS
    told = await account(client, agent, mediation_id)
    assert happened(told) == [
        ("consent", "mei-agent", merchant, "yes,yes"),
        ("consent", "mei-agent", merchant, "yes,no"),
        ("consent", "mei-agent", merchant, "yes,no"),
        ("recording_stopped", "pbx", None, None),
        ("recording_stopped", "pbx", merchant, None),
    ]
    assert told["room_recording_stopped_at"] is not None
    assert [leg["recording_stopped_at"] is not None for leg in told["legs"]] == [False, False, True]


async def test_who_refuses_to_be_recorded_settles_all_the_same(
    client: httpx.AsyncClient, database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    legs = await leg_ids(database, mediation_id)
    agent = as_role[UserRole.AGENT]

    async def put(path: str, body: Any) -> int:
        answer = await client.put(f"/api/v1/mediations/{mediation_id}{path}", json=body, headers=agent)
        return answer.status_code

    answers = [await put("/agreement", {"text": "退款88元", "amount_cents": 8800})]
    for role, may_be_recorded in (("consumer", True), ("merchant", False)):
        answers.append((await say(client, agent, mediation_id, legs[role], may_be_recorded)).status_code)
        answers.append(await put(f"/legs/{legs[role]}/answer", {"agrees": True}))
    answers.append(await put("/result", {"result": "settled"}))

    assert answers == [204] * 6
    told = await account(client, agent, mediation_id)
    assert (told["result"], [leg["may_be_recorded"] for leg in told["legs"]]) == ("settled", [None, True, False])


async def test_a_second_no_leaves_the_room_alone_that_is_recorded_no_longer(
    client: httpx.AsyncClient, database: Database, as_role: Headers, fake: FakeAmi
) -> None:
    mediation_id = await open_mediation(database)
    legs = await leg_ids(database, mediation_id)
    for role in ("merchant", "consumer"):
        assert (await say(client, as_role[UserRole.AGENT], mediation_id, legs[role], False)).status_code == 204
    consumer = [(action, "pbx1-1.0consumer", what) for action, _, what in STOPS[2:]]
    assert sent(fake) == [*STOPS, *consumer]


@pytest.mark.parametrize(
    ("answer", "detail", "reason"),
    [
        (refused("Permission denied"), "refused", "The PBX refused StopMixMonitor: Permission denied."),
        (None, "no_answer", "The PBX did not answer StopMixMonitor within 0.5 s."),
    ],
)
async def test_a_pbx_that_says_no_or_nothing_is_believed_to_record_and_is_not_asked_again_by_itself(
    client: httpx.AsyncClient,
    database: Database,
    as_role: Headers,
    fake: FakeAmi,
    answer: bytes | None,
    detail: str,
    reason: str,
) -> None:
    fake.answers["StopMixMonitor"] = answer
    mediation_id = await open_mediation(database)
    merchant = (await leg_ids(database, mediation_id))["merchant"]
    agent = as_role[UserRole.AGENT]
    said = await say(client, agent, mediation_id, merchant, False)
    assert (said.status_code, said.json()["detail"]) == (
        502,
        "The refusal is written down, but the recording of the room and the merchant may go on. " + reason,
    )
    assert [action for action, _, _ in sent(fake)] == ["Getvar", "StopMixMonitor"] * 2
    told = await account(client, agent, mediation_id)
    assert sorted(happened(told), key=str) == sorted(
        [
            ("consent", "mei-agent", merchant, "yes,no"),
            ("recording_goes_on", "backend", None, detail),
            ("recording_goes_on", "backend", merchant, detail),
        ],
        key=str,
    )
    assert told["room_recording_stopped_at"] is None
    assert [leg["may_be_recorded"] for leg in told["legs"]] == [None, None, False]
    assert [leg["recording_stopped_at"] for leg in told["legs"]] == [None, None, None]

    del fake.answers["StopMixMonitor"]
    assert (await say(client, agent, mediation_id, merchant, False)).status_code == 204
    assert (await account(client, agent, mediation_id))["room_recording_stopped_at"] is not None


@pytest.mark.parametrize(
    ("action", "reason"), [("StopMixMonitor", "Could not stop monitoring channel"), ("Getvar", "No such channel")]
)
async def test_a_recording_that_is_over_by_itself_has_stopped(
    client: httpx.AsyncClient, database: Database, as_role: Headers, fake: FakeAmi, action: str, reason: str
) -> None:
    fake.answers[action] = refused(reason)
    mediation_id = await open_mediation(database)
    merchant = (await leg_ids(database, mediation_id))["merchant"]
    assert (await say(client, as_role[UserRole.AGENT], mediation_id, merchant, False)).status_code == 204


async def test_a_pbx_that_does_not_say_how_it_records_is_not_asked_to_stop_just_anything(
    client: httpx.AsyncClient, database: Database, as_role: Headers, fake: FakeAmi
) -> None:
    fake.answers["Getvar"] = message(("Response", "Success"), ACTION_ID, ("Variable", "X"), ("Value", ""))
    mediation_id = await open_mediation(database)
    merchant = (await leg_ids(database, mediation_id))["merchant"]
    said = await say(client, as_role[UserRole.AGENT], mediation_id, merchant, False)
    assert said.status_code == 502
    assert said.json()["detail"].endswith("The PBX does not say under which id it records.")
    assert [action for action, _, _ in sent(fake)] == ["Getvar", "Getvar"]


async def test_without_a_connection_the_no_is_kept_and_the_answer_says_that_recording_may_go_on(
    client: httpx.AsyncClient, database: Database, as_role: Headers, commands: AmiCommands
) -> None:
    await commands.close()
    mediation_id = await open_mediation(database)
    consumer = (await leg_ids(database, mediation_id))["consumer"]
    agent = as_role[UserRole.AGENT]
    said = await say(client, agent, mediation_id, consumer, False)
    assert said.status_code == 502
    told = await account(client, agent, mediation_id)
    assert [event["detail"] for event in told["events"] if event["what"] == "recording_goes_on"] == ["not_asked"] * 2
    assert told["legs"][1]["may_be_recorded"] is False
