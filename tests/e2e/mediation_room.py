"""A centre with a PBX and a backend for mediations, and the screen of an agent who hosts them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from callcenter.pbx.channel_names import device_of
from callcenter.postgres.embedded import embedded_postgres
from hotline_demo.backend import Answer, Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage, list_channels
from hotline_lab.scenario import RUNG_STEPS, TALKING_STEPS, Line, Scenario, parse_plan
from tests.e2e.counting_caller import CountingCaller
from tests.e2e.desks import ANY_HOUR
from tests.e2e.places import backend_on, fresh_home, furnish

LIMIT = 45.0
LONGEST_GAP_SECONDS = 0.25
"""Ten packets, and the machine has other work; a leg that is cut off or moved to nowhere is silent for longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Centre:
    """The PBX, the backend and its database, for all tests of this file."""

    lab: Lab
    backend: Backend
    database_url: str
    home: Path

    async def sit_down(self, name: str, device: str) -> None:
        """An agent of this name sits at this device, and nobody else does."""
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute("UPDATE agent_sign_ons SET signed_off_at = now() WHERE signed_off_at IS NULL")
            await connection.execute(
                "INSERT INTO agent_sign_ons (user_id, pbx, interface, signed_on_at)"
                " SELECT id, $1, $2, now() FROM users WHERE name = $3",
                self.lab.info.pbx,
                f"PJSIP/{device}",
                name,
            )
        finally:
            await connection.close()


@asynccontextmanager
async def open_centre(state: Path, number: int) -> AsyncIterator[Centre]:
    """mei is an agent."""
    with fresh_home() as home:
        await furnish(home / "db")
        async with (
            embedded_postgres(home / "db") as url,
            Lab(pbx=number, state=state) as lab,
        ):
            address = url.replace("postgresql+asyncpg", "postgresql")
            settings = {
                "CALLCENTER_DATABASE_URL": address,
                "CALLCENTER_MEDIATION_RECORDINGS": str(state / "spool/monitor/mediation"),
                "CALLCENTER_RECORDINGS_DIR": lab.info.recordings_dir,
                "CALLCENTER_MEDIATION_RING_SECONDS": "2",
                "CALLCENTER_DIAL_PREFIXES": "+86",
                "CALLCENTER_DIALS_PER_NUMBER": "100",
                **ANY_HOUR,
            }
            async with backend_on(lab, home, settings) as backend:
                await backend.add_user("mei", role="agent")
                yield Centre(lab=lab, backend=backend, database_url=address, home=home)


def line(number: str, *plans: str) -> Line:
    return Line(number=number, calls=tuple(parse_plan(plan, RUNG_STEPS | TALKING_STEPS) for plan in plans))


@asynccontextmanager
async def phones(centre: Centre, *, agents: tuple[Line, ...], mobiles: tuple[Line, ...] = ()) -> AsyncIterator[Stage]:
    stage = Stage(Scenario(title="mediation", agents=agents, mobiles=mobiles), centre.lab)
    async with stage.ready():
        yield stage


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """What it gives once that is true, with a limit."""
    async with asyncio.timeout(LIMIT):
        while not (found := await condition()):
            await asyncio.sleep(0.1)
    return found


class Desk:
    """Mei's screen."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.mediation_id = 0

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.centre.backend.ask(method, f"/api/v1/mediations{path}", body, user="mei")

    async def start(self) -> None:
        """As soon as the call is there."""

        async def started() -> Answer | None:
            answer = await self.ask("POST", "")
            assert answer.status in (201, 409), answer
            return answer if answer.status == 201 else None

        self.mediation_id = (await until(started)).body["id"]
        await self.until(lambda told: told["state"] == "open")

    async def look(self) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{self.mediation_id}")
        assert answer.status == 200, answer
        told: dict[str, Any] = answer.body
        return told

    async def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async def told() -> dict[str, Any] | None:
            seen = await self.look()
            return seen if is_so(seen) else None

        try:
            found: dict[str, Any] = await until(told)
        except TimeoutError:
            raise AssertionError(f"It did not come true: {await self.look()}") from None
        return found

    async def leg(self, role: str) -> dict[str, Any]:
        """The newest of this role."""
        found: dict[str, Any] = [leg for leg in (await self.look())["legs"] if leg["role"] == role][-1]
        return found

    async def until_in(self, role: str, place: str) -> dict[str, Any]:
        await self.until(lambda told: [leg for leg in told["legs"] if leg["role"] == role][-1]["place"] == place)
        return await self.leg(role)

    async def ring(self, number: str, role: str = "merchant") -> None:
        answer = await self.ask("POST", f"/{self.mediation_id}/legs", {"role": role, "number": number})
        assert answer.status == 202, answer

    async def do(self, method: str, path: str, body: Any = None) -> None:
        answer = await self.ask(method, f"/{self.mediation_id}{path}", body)
        assert answer.status in (200, 201, 202, 204), answer

    async def command(self, role: str, command: str) -> None:
        leg = await self.leg(role)
        await self.do("POST", f"/legs/{leg['id']}/commands/{command}")


def check_sound(caller: CountingCaller, since: float) -> None:
    """Nobody cut them off, and sound came without a break."""
    now = asyncio.get_running_loop().time()
    heard = caller.heard(since, now)
    print(f"{caller.number} heard {heard}, share {heard.share:.4f}")
    assert caller.hung_up_at is None
    assert heard.longest_gap_seconds < LONGEST_GAP_SECONDS, heard
    assert heard.share >= 0.95, heard


def clock() -> float:
    return asyncio.get_running_loop().time()


def words(told: dict[str, Any], role: str) -> list[str]:
    """What the PBX told of a leg, in order."""
    leg = [leg for leg in told["legs"] if leg["role"] == role][-1]
    return [event["what"] for event in told["events"] if event["actor"] == "pbx" and event["leg_id"] == leg["id"]]


async def is_hung_up(caller: CountingCaller) -> bool:
    return caller.hung_up_at is not None


async def files_of(centre: Centre, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await centre.backend.get(path))["items"]
    return items


async def hang_up(lab: Lab, device: str) -> None:
    """End the call of a device, as a phone that dies."""
    names = [channel["Channel"] for channel in await list_channels(lab)]
    client = await lab.ami(commands=True)
    try:
        for name in names:
            if device_of(name) == device:
                await client.action("Hangup", Channel=name)
    finally:
        await client.close()


async def has_answered(stage: Stage, number: str) -> bool:
    return any(call.number == number and call.is_answered for call in stage.calls())


async def bridged(lab: Lab) -> dict[str, str] | None:
    """Uniqueids by device, once two share a bridge."""
    channels = [channel for channel in await list_channels(lab) if channel["BridgeId"]]
    legs = {device_of(channel["Channel"]): channel["Uniqueid"] for channel in channels}
    return legs if len(legs) == 2 else None
