"""Ringing a unit about an instruction: one phone after the other, each sent once, until somebody presses 1."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from callcenter.accounts.rights import Role
from callcenter.calls.records import Outcome
from callcenter.casework.dispatch.ring_chain import look_at_rings
from callcenter.casework.dispatch.ring_service import write_next_ring
from callcenter.casework.dispatch.store import CHANNEL
from callcenter.casework.dispatch.worker import look_at_clocks
from callcenter.casework.key_calls.sound import Sounds
from callcenter.errors import UnavailableError
from callcenter.postgres.database import Database
from callcenter.postgres.notifications import listening
from tests.integration.callback_examples import outbound, store_confirmed
from tests.integration.conftest import NOW, Clock
from tests.integration.dial_examples import Desk, desk_of
from tests.integration.fake_ami import message
from tests.integration.test_instructions import VISIT

NUMBERS = {1: "13905190001", 2: "13905190002", 3: "13905190003"}


class Unit:
    """A unit with three people to ring, and an instruction to it."""

    def __init__(self, phones: Desk) -> None:
        self.phones = phones
        self.key = ""
        self.sounds = Sounds()

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        role: Role = Role.SUPERVISOR,
        *,
        version: int | None = None,
        key: str = "",
    ) -> Any:
        headers = {"Idempotency-Key": key} | ({} if version is None else {"If-Match": f'"{version}"'})
        answer = await self.phones.client.request(
            method, f"/api/v1{path}", json=body, headers=self.phones.as_role[role] | headers
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def set_up(self, hours: str = "always") -> None:
        await self.send("POST", "/units", {"name": "武进分局", "kind": "branch", "regions": []}, Role.ADMIN)
        for position, number in NUMBERS.items():
            contact = {"person": f"Wang {position}", "number": number, "hours": hours}
            await self.send("PUT", f"/units/1/contacts/{position}", contact, Role.ADMIN)

    async def instruct(self, priority: str = "P2", key: str = "key-00000001", unit: int = 1) -> int:
        ticket = await self.send("POST", "/tickets", VISIT, Role.AGENT, key=key)
        body = {"ticket": ticket["number"], "unit_id": unit, "priority": priority, "text": "立即下架"}
        made: int = (await self.send("POST", "/instructions", body))["id"]
        return made

    async def look(self, **later: float) -> None:
        """What the backend does in each second."""
        now = self.phones.later(**later)
        await self.answer_for_keys()
        await look_at_rings(self.phones.database, self.phones.pbxs, self.phones.settings, self.sounds, lambda: now)

    async def answer_for_keys(self) -> None:
        """What Asterisk's database has for the calls that ring: the key that is pressed, or nothing."""
        rows = await self.phones.rows("SELECT call_id FROM instruction_rings WHERE state = 'ringing'")
        action_id = ("ActionID", "ACTIONID")
        kept = b"".join(
            message(("Event", "DBGetTreeResponse"), ("Key", f"/instruction/{call_id}"), ("Val", self.key), action_id)
            for (call_id,) in rows
        )
        begin = message(("Response", "Success"), action_id, ("EventList", "start"), ("Message", "Result will follow"))
        end = message(("Event", "DBGetTreeComplete"), action_id, ("EventList", "Complete"))
        nothing = message(("Response", "Error"), action_id, ("Message", "Database entry not found"))
        self.phones.pbx.answers["DBGetTree"] = begin + kept + end if self.key else nothing

    def press(self, key: str) -> None:
        """On every phone that rings, from now on."""
        self.key = key

    async def end_call(self, outcome: Outcome) -> None:
        """The last call is over, by both witnesses."""
        ring = (await self.read())["rings"][-1]
        call = outbound(50, 0, dialled=NUMBERS[ring["position"]], is_answered=False)
        await store_confirmed(self.phones.database, [replace(call, call_id=ring["call_id"], outcome=outcome)])

    async def read(self, instruction: int = 1) -> dict[str, Any]:
        found: dict[str, Any] = await self.send("GET", f"/instructions/{instruction}")
        return found

    async def states(self, instruction: int = 1) -> list[tuple[int, int, str]]:
        rings = (await self.read(instruction))["rings"]
        return [(ring["round"], ring["position"], ring["state"]) for ring in rings]

    def rung(self) -> list[str]:
        return [sent["Channel"] for sent in self.phones.originates()]

    async def alarms(self) -> list[str]:
        items = (await self.send("GET", "/alarms?kind=instruction_unanswered&open=true"))["items"]
        return [item["message"] for item in items]


@pytest.fixture
async def unit(database: Database, as_role: dict[Role, dict[str, str]], clock: Clock) -> AsyncIterator[Unit]:
    async with desk_of(database, as_role, clock) as phones:
        unit = Unit(phones)
        unit.press("")
        await unit.set_up()
        yield unit


def channel(position: int) -> str:
    return f"PJSIP/{NUMBERS[position]}@trunk-main"


async def test_where_the_number_cannot_be_spoken_the_unit_is_rung_without_it_and_that_is_told_once(
    database: Database,
    as_role: dict[Role, dict[str, str]],
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def speak(_text: str, **_: Any) -> bytes:
        raise UnavailableError("espeak-ng is missing")

    monkeypatch.setattr("callcenter.casework.key_calls.sound.speak", speak)
    async with desk_of(database, as_role, clock, spoken_dir=tmp_path) as phones:
        unit = Unit(phones)
        await unit.set_up()
        await unit.instruct()
        with structlog.testing.capture_logs() as logs:
            for _ in range(3):
                await unit.look(seconds=1)
        assert unit.rung() == [channel(1)]
        assert [one["event"] for one in logs].count("text_not_spoken") == 1


async def test_everything_that_happens_is_said_to_whoever_shows_it(unit: Unit) -> None:
    async def press() -> None:
        unit.press("3")
        await unit.look(seconds=5)

    async def pass_by() -> None:
        later = unit.phones.later(minutes=20)
        await look_at_clocks(unit.phones.database, unit.phones.settings.timezone, lambda: later)

    async def call_off() -> None:
        unit.press("")
        version = (await unit.read())["version"]
        await unit.send("POST", "/instructions/1/events/cancel", {"reason": "误报"}, version=version)

    heard = asyncio.Event()
    async with listening(unit.phones.database, [CHANNEL], heard):

        async def is_heard() -> bool:
            await asyncio.sleep(0.2)
            found = heard.is_set()
            heard.clear()
            return found

        # at the end nothing is known of the last ring
        for happens in (unit.instruct, unit.look, press, pass_by, call_off, unit.look):
            await happens()
            assert await is_heard(), happens
        await unit.look(seconds=30)
        assert not await is_heard(), "nothing happened"


async def test_one_is_rung_after_the_other_until_the_third_presses_1(unit: Unit) -> None:
    await unit.instruct()
    await unit.look()
    await unit.look()
    assert unit.rung() == [channel(1)], "one at a time"
    (sent,) = unit.phones.originates()
    (ring,) = (await unit.read())["rings"]
    assert {name: sent[name] for name in ("ChannelId", "Context", "Exten", "Async", "Timeout")} == {
        "ChannelId": ring["call_id"],
        "Context": "instruction",
        "Exten": "s",
        "Async": "true",
        "Timeout": "25000",
    }
    assert (ring["number"], ring["person"]) == ("139****0001", "Wang 1")
    await unit.end_call(Outcome.BUSY)
    await unit.look(seconds=5)
    assert unit.rung() == [channel(1), channel(2)]
    await unit.end_call(Outcome.NO_ANSWER)
    await unit.look(seconds=25)
    unit.press("1")
    await unit.look(seconds=8)
    await unit.look(seconds=1)
    assert await unit.states() == [(1, 1, "busy"), (1, 2, "no_answer"), (1, 3, "acknowledged")]
    done = await unit.read()
    assert {name: done[name] for name in ("state", "acknowledged_by", "acknowledged_via", "acknowledged_at")} == {
        "state": "acknowledged",
        "acknowledged_by": "Wang 3",
        "acknowledged_via": "phone",
        "acknowledged_at": "2026-11-23T08:00:38.000Z",
    }
    assert (done["clocks"][0]["code"], done["clocks"][0]["state"]) == ("acknowledge", "met")
    assert (len(unit.rung()), await unit.alarms()) == (3, [])


async def test_a_ring_that_was_written_down_and_never_sent_is_not_sent_later(unit: Unit, database: Database) -> None:
    await unit.instruct()
    async with database.sessions.begin() as session:
        assert await write_next_ring(session, 1, "pbx1", unit.phones.settings, NOW) is not None
    await unit.look(seconds=1)
    await unit.look(seconds=118)
    assert (unit.rung(), await unit.states()) == ([], [(1, 1, "ringing")])
    await unit.look(seconds=1)
    assert (unit.rung(), await unit.states()) == ([channel(2)], [(1, 1, "unknown"), (1, 2, "ringing")])


async def test_a_key_that_was_pressed_while_the_backend_was_away_counts_once(unit: Unit) -> None:
    await unit.instruct()
    await unit.look()
    unit.press("1")
    await unit.end_call(Outcome.NO_ANSWER)
    for _ in range(3):
        await unit.look(minutes=5)
    assert (await unit.states(), unit.rung()) == ([(1, 1, "acknowledged")], [channel(1)])
    history = (await unit.send("GET", "/instructions/1/history"))["items"]
    assert [one["body"]["name"] for one in history if one["what"] == "acknowledge"] == ["Wang 1"]


async def test_nobody_in_two_rounds_ten_minutes_apart_is_an_alarm_until_somebody_acts(unit: Unit) -> None:
    await unit.instruct()
    for _ in NUMBERS:
        await unit.look(seconds=1)
        await unit.end_call(Outcome.NO_ANSWER)
    await unit.look(seconds=1)
    await unit.look(minutes=9, seconds=55)
    assert len(unit.rung()) == 3
    unit.press("3")
    for _ in range(5):
        await unit.look(seconds=2)
    assert [one[0] for one in await unit.states()] == [1, 1, 1, 2, 2, 2]
    assert {one[2] for one in (await unit.states())[3:]} == {"refused"}
    assert (await unit.read())["state"] == "unanswered"
    assert await unit.alarms() == ["Nobody of 武进分局 acknowledges 指令2026-0001."]
    version = (await unit.read())["version"]
    again = await unit.send("POST", "/instructions/1/events/ring_again", {}, version=version)
    assert (again["state"], again["unanswered_at"], await unit.alarms()) == ("issued", None, [])
    unit.press("")
    await unit.look(seconds=1)
    assert (await unit.states())[6:] == [(1, 1, "ringing")]


async def test_whoever_is_rung_is_hung_up_once_somebody_acknowledged_on_the_screen(unit: Unit) -> None:
    await unit.instruct()
    await unit.look()
    body = {"name": "Li", "how": "by radio"}
    await unit.send("PUT", "/instructions/1/acknowledgement", body, version=1)
    await unit.look(seconds=1)
    unit.press("1")
    await unit.look(seconds=1)
    call_id = (await unit.read())["rings"][0]["call_id"]
    actions = [action for connection in unit.phones.pbx.connections for action in connection.actions]
    assert [action["Channel"] for action in actions if action["Action"] == "Hangup"] == [call_id]
    done = await unit.read()
    assert (done["acknowledged_by"], done["acknowledged_via"], len(unit.rung())) == ("Li", "screen", 1)


async def test_nobody_is_rung_about_two_instructions_at_once(unit: Unit) -> None:
    await unit.send("POST", "/units", {"name": "新北分局", "kind": "branch", "regions": []}, Role.ADMIN)
    contact = {"person": "Wang 1", "number": NUMBERS[1], "hours": "always"}
    await unit.send("PUT", "/units/2/contacts/1", contact, Role.ADMIN)
    await unit.instruct()
    second = await unit.instruct(key="key-00000002", unit=2)
    await unit.look()
    await unit.look(seconds=1)
    assert unit.rung() == [channel(1)]
    await unit.end_call(Outcome.BUSY)
    await unit.look(seconds=1)
    await unit.look(seconds=1)
    assert (sorted(unit.rung()), await unit.states(second)) == (
        [channel(1), channel(1), channel(2)],
        [(1, 1, "ringing")],
    )


async def test_what_is_not_urgent_waits_for_the_office_and_whoever_must_not_be_called_is_passed_over(
    unit: Unit,
) -> None:
    listed = {"number": NUMBERS[1], "reason": "Asked us."}
    await unit.send("POST", "/do-not-call", listed)
    unit.phones.later(hours=4)
    await unit.instruct("P3")
    await unit.look()
    assert (unit.rung(), await unit.states()) == ([], [])
    await unit.look(hours=13)
    await unit.look(seconds=1)
    assert (unit.rung(), await unit.states()) == ([channel(2)], [(1, 1, "not_allowed"), (1, 2, "ringing")])


@pytest.mark.parametrize(
    ("answer", "states"),
    [
        (
            message(("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", "no")),
            [(1, 1, "refused_by_pbx"), (1, 2, "refused_by_pbx")],
        ),
        (None, [(1, 1, "ringing")]),
    ],
)
async def test_a_pbx_that_refuses_leads_to_the_next_and_one_that_does_not_answer_is_waited_for(
    unit: Unit, answer: bytes | None, states: list[tuple[int, int, str]]
) -> None:
    unit.phones.pbx.answers["Originate"] = answer
    await unit.instruct()
    await unit.look()
    await unit.look(seconds=1)
    assert await unit.states() == states


async def test_an_empty_chain_is_an_alarm_at_once(unit: Unit) -> None:
    for position in NUMBERS:
        await unit.send("DELETE", f"/units/1/contacts/{position}", role=Role.ADMIN)
    await unit.instruct()
    await unit.look()
    assert (len(await unit.alarms()), unit.rung()) == (1, [])
