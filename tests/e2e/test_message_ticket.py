"""A message left after hours becomes a matter: its clock began with it, and only a talk ends the wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline_lab.asterisk import Lab
from tests.e2e.desks import ANY_HOUR, closed_by, dial, ended, ring_in, seat, stage, until, waiting
from tests.e2e.places import backend_on, fresh_home

NUMBER = 5
MOBILE = "13805190043"


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def test_a_matter_made_of_a_message_counts_from_the_message_and_its_caller_waits_until_somebody_talks_to_them(
    tmp_path: Path, home: Path
) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        settings = ANY_HOUR | {"CALLCENTER_VOICEMAIL_DIR": lab.info.voicemail_dir}
        async with backend_on(lab, home, settings) as backend:
            await seat(backend, {"chen": "PJSIP/1008"})
            await lab.cli("database put hours 12315 closed")
            await ring_in(lab, MOBILE, plan="talk 1, key 2, speak 8, hang up")
            episode = (await waiting(backend, 1))[f"+86{MOBILE}"]

            async def find_message() -> Any:
                return (await backend.get("/api/v1/messages", reason="test"))["items"]

            (message,) = await until(find_message)
            fields = {"title": "Bad milk", "facts": "It is sour.", "respondent": "A shop", "requests": ["refund"]}
            complaint = {
                "kind": "complaint",
                "message_id": message["id"],
                "fields": fields,
                "party": {"name": "Zhang", "phone": MOBILE},
                "register_now": True,
            }
            made = await backend.ask(
                "POST", "/api/v1/tickets", complaint, user="chen", headers={"Idempotency-Key": "key-00000001"}
            )
            assert made.status == 201, made
            place = f"/api/v1/tickets/{made.body['number']}"
            ticket = await backend.get(place)
            still = await backend.get(f"/api/v1/callbacks/{episode}")

            phones = stage(
                lab,
                agents={"1008": ["ring 0.5, answer, stay"]},
                mobiles={MOBILE: ["ring 0.5, answer, talk 6, hang up"]},
            )
            async with phones.ready():
                started = await dial(backend, "chen", {"episode_id": episode})
                assert started.status == 202, started
                talked = await ended(backend, started.body["id"], "talked")
            closed = await closed_by(backend, episode)
            afterwards = await backend.get(place)

    assert (ticket["channel"], ticket["state"]) == ("voicemail", "registered")
    assert ticket["received_at"] == message["started_at"]
    clocks = {clock["code"]: clock["begins_at"] for clock in ticket["deadlines"]}
    assert clocks["accept"] == message["started_at"], clocks
    assert (still["state"], still["closed_by"]) == ("open", None), "a matter is no talk"
    assert closed == ("reached", talked["call_id"])
    assert (afterwards["state"], afterwards["deadlines"]) == (ticket["state"], ticket["deadlines"]), "a talk is no step"
