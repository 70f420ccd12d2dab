"""Organisations with contacts, whose phones are played: what each does with a call, in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.calls.records import CallRecord, Outcome, Witness
from callcenter.calls.witness_store import save_heartbeat
from callcenter.casework.broadcasts.ring_chain import look_at_broadcasts
from callcenter.casework.key_calls.sound import Sounds
from tests.call_examples import ABANDONED
from tests.integration.callback_examples import outbound, still_up, store, store_confirmed
from tests.integration.dial_examples import Desk
from tests.integration.fake_ami import message

MILK = {"kind": "real", "subject": "问题奶粉下架", "spoken_text": "请立即下架批号为一二三的奶粉。"}
_OUTCOMES = {"busy": Outcome.BUSY, "no answer": Outcome.NO_ANSWER, "silent": Outcome.ANSWERED}


def number(organisation: int, position: int = 1) -> str:
    return f"1390519{organisation:02}{position:02}"


@dataclass
class Suppliers:
    """Merchants with contacts, and what their phones do; `plans` has a list for each number, the last for ever."""

    desk: Desk
    plans: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Of calls: what Asterisk's database has."""
    played: set[str] = field(default_factory=set)
    sounds: Sounds = field(default_factory=Sounds)

    async def send(
        self, method: str, path: str, body: Any = None, role: Role = Role.SUPERVISOR, *, key: str = ""
    ) -> Any:
        headers = self.desk.as_role[role] | ({"Idempotency-Key": key} if key else {})
        answer = await self.desk.client.request(method, f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def add(self, organisation: int, *plans: Sequence[str], numbers: Sequence[str] | None = None) -> None:
        """A merchant with a contact for each plan."""
        await self.send("POST", "/merchants", {"name": f"商户{organisation}"})
        for position, plan in enumerate(plans, 1):
            phone = number(organisation, position) if numbers is None else numbers[position - 1]
            self.plans[phone] = list(plan)
            contact = {"merchant_id": organisation, "name": f"Zhou {organisation}.{position}", "role": "contact"}
            await self.send("POST", "/contacts", contact | {"numbers": [phone], "position": position})

    async def start(self, key: str = "key-00000001", **other: Any) -> Any:
        return await self.send("POST", "/broadcasts", MILK | other, key=key)

    async def hear(self) -> None:
        """The PBX is heard now."""
        async with self.desk.database.sessions.begin() as session:
            await save_heartbeat(session, "pbx1", Witness.AMI, self.desk.clock.now)

    async def look(self, *, hears: bool = True, **later: float) -> None:
        """What the backend does in each second; the phones have done what they do with the calls so far."""
        now = self.desk.later(**later)
        if hears:
            await self.hear()
        await self.play()
        self.answer_for_keys()
        await look_at_broadcasts(self.desk.database, self.desk.pbxs, self.desk.settings, self.sounds, lambda: now)

    async def play(self) -> None:
        """The next of each plan, on every phone that rings."""
        rows = await self.desk.rows("SELECT call_id, number FROM broadcast_rings WHERE state = 'ringing' ORDER BY id")
        sent = {action["ChannelId"] for action in self.desk.originates()}
        for call_id, normalised in rows:
            if call_id in self.played or call_id not in sent:
                continue
            self.played.add(call_id)
            plan = self.plans[str(normalised).removeprefix("+86")]
            await self.do(call_id, plan.pop(0) if len(plan) > 1 else plan[0])

    async def do(self, call_id: str, deed: str) -> None:
        if deed in ("1", "3"):
            self.keys[call_id] = deed
        elif deed in _OUTCOMES:
            call = replace(outbound(50, 0, is_answered=False), call_id=call_id, outcome=_OUTCOMES[deed])
            await store_confirmed(self.desk.database, [call])

    def answer_for_keys(self) -> None:
        """What Asterisk's database has for calls."""
        action_id = ("ActionID", "ACTIONID")
        kept = b"".join(
            message(("Event", "DBGetTreeResponse"), ("Key", f"/broadcast/{call_id}"), ("Val", key), action_id)
            for call_id, key in self.keys.items()
        )
        begin = message(("Response", "Success"), action_id, ("EventList", "start"), ("Message", "Result will follow"))
        end = message(("Event", "DBGetTreeComplete"), action_id, ("EventList", "Complete"))
        nothing = message(("Response", "Error"), action_id, ("Message", "Database entry not found"))
        self.desk.pbx.answers["DBGetTree"] = begin + kept + end if kept else nothing

    def rung(self) -> list[str]:
        """The numbers, as they were rung."""
        return [sent["Channel"].removeprefix("PJSIP/").partition("@")[0] for sent in self.desk.originates()]

    def hung_up(self) -> list[str]:
        actions = [action for connection in self.desk.pbx.connections for action in connection.actions]
        return [action["Channel"] for action in actions if action["Action"] == "Hangup"]

    async def standing(self, broadcast: int = 1) -> dict[str, int]:
        """How the targets stand, as shown; states with none are left out."""
        view = await self.send("GET", f"/broadcasts/{broadcast}")
        counts: Mapping[str, int] = view["standing"]
        assert counts["targets"] == sum(count for state, count in counts.items() if state != "targets")
        return {state: count for state, count in counts.items() if count}

    async def rings(self, broadcast: int = 1) -> list[tuple[str, int, str]]:
        """Whom, in which round, and what became of it, as they were rung."""
        rows = await self.desk.rows(
            "SELECT person, round, broadcast_rings.state FROM broadcast_rings"
            " JOIN broadcast_targets ON broadcast_targets.id = target_id WHERE broadcast_id = :id"
            " ORDER BY broadcast_rings.id",
            id=broadcast,
        )
        return [(str(person), int(round_), str(state)) for person, round_, state in rows]

    async def let_wait(self, call_id: str = "pbx1-900.0") -> CallRecord:
        """A caller who waits in the hotline's queue."""
        visit = replace(ABANDONED.queue_visits[0], left_at=None, exit=None)
        call = replace(still_up(ABANDONED), call_id=call_id, started_at=self.desk.clock.now, queue_visits=(visit,))
        await store(self.desk.database, [call])
        return call

    async def execute(self, statement: str) -> None:
        async with self.desk.database.engine.begin() as connection:
            await connection.execute(text(statement))
