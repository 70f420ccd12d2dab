"""Tickets made out of what is no call of now: what is left empty is taken over from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.mediation.rules import MediationState, Result
from callcenter.mediation.store import add_mediation, change_mediation
from callcenter.postgres.database import Database
from tests.integration.audio_house import settings_with_folders, take_in_message
from tests.integration.conftest import NOW
from tests.integration.test_tickets import NOTICE, Desk, desk, house

__all__ = ["desk", "house"]

NOBODY = {"name": None, "phone": None, "address": None}
ASKED: dict[str, Any] = {"kind": "complaint", "fields": {"requests": ["refund"]}, "party": NOBODY}
KNOWN = {"name": "李四", "phone": "+8613812345678", "address": "常州市武进区湖塘镇1号"}


@pytest.fixture
async def mediation(database: Database, desk: Desk) -> int:
    """That was held in an answered call, with what its host wrote down."""
    async with database.sessions.begin() as session:
        (host,) = (await session.execute(text("SELECT id FROM users WHERE name = 'mei-agent'"))).one()
        return await add_mediation(
            session,
            pbx="pbx1",
            call_id="pbx1-7.0",
            host_user_id=host,
            state=MediationState.ENDED,
            created_at=NOW,
            consumer_name=KNOWN["name"],
            consumer_address=KNOWN["address"],
            merchant_name="苏果超市武进店",
            matter="要求退还货款",
            amount_cents=20_000,
        )


async def parties(database: Database) -> list[dict[str, Any]]:
    async with database.sessions.begin() as session:
        found = await session.execute(text("SELECT name, phone, address FROM ticket_parties ORDER BY ticket_id"))
        return [dict(row) for row in found.mappings()]


async def test_of_a_mediation_all_that_nobody_typed_anew_is_taken_over(
    desk: Desk, mediation: int, database: Database
) -> None:
    made = (await desk.make(ASKED | {"mediation_id": mediation, "register_now": True})).json()
    assert {name: made[name] for name in ("state", "respondent", "facts", "amount_in_dispute_cents")} == {
        "state": "registered",
        "respondent": "苏果超市武进店",
        "facts": "要求退还货款",
        "amount_in_dispute_cents": 20_000,
    }
    assert [(link["what"], link["call_id"] or link["ref_id"]) for link in made["links"]] == [
        ("call", "pbx1-7.0"),
        ("mediation", mediation),
    ]
    corrected = ASKED | {"mediation_id": mediation, "party": NOBODY | {"name": "李思"}}
    await desk.make(corrected, key="key-00000002")
    unnamed = ASKED | {"mediation_id": mediation, "party": {"is_anonymous": True}}
    await desk.make(unnamed, key="key-00000003")
    assert await parties(database) == [KNOWN, KNOWN | {"name": "李思"}, NOBODY]


async def test_a_matter_is_settled_by_its_mediation_with_its_amount_once_both_said_yes(
    desk: Desk, mediation: int, database: Database
) -> None:
    number = await desk.forwarded()
    await desk.step(number, "accept", role=Role.OFFICER, notice=NOTICE)
    given: dict[str, Any] = {"how_settled": "mediated", "mediation_id": mediation}
    refused = await desk.refused(number, "settle", role=Role.OFFICER, **given)
    assert refused == (409, "mediation_not_settled")
    both: dict[str, Any] = {"agreement": "退还货款二百元", **given}
    assert await desk.refused(number, "settle", role=Role.OFFICER, **both) == (400, "invalid_input")
    async with database.sessions.begin() as session:
        await change_mediation(session, mediation, result=Result.SETTLED)
    settled = await desk.step(number, "settle", role=Role.OFFICER, **given)
    assert (settled["state"], settled["outcome"], settled["amount_recovered_cents"]) == ("settled", "mediated", 20_000)
    assert [link["ref_id"] for link in settled["links"] if link["what"] == "mediation"] == [mediation]


async def test_of_a_message_the_moment_and_the_number_are_taken_over(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    await take_in_message(database, settings_with_folders(tmp_path), 1)
    made = (await desk.make(ASKED | {"message_id": 1})).json()
    async with database.sessions.begin() as session:
        (left_at,) = (await session.execute(text("SELECT started_at FROM audio_files WHERE id = 1"))).one()
        (received_at,) = (await session.execute(text("SELECT received_at FROM tickets"))).one()
    assert received_at == left_at
    assert (made["channel"], [link["what"] for link in made["links"]]) == ("voicemail", ["call", "message"])
    assert await parties(database) == [NOBODY | {"phone": KNOWN["phone"]}]
