"""Plays a scenario on a running lab and returns what every phone did."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .asterisk import Lab
from .errors import LabError, ScenarioError, error_in
from .phones import PhoneEvent, Sipp, ringable, run
from .scenario import Action, Dialler, Scenario
from .sipp import dialler_xml, phone_xml, register_xml
from .sound import VOICES, voice
from .state_folder import TRUNK_HOST

PLAY_SECONDS = 120.0
IDLE_SECONDS = 40.0

_AGENT_HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneCall:
    """One call as seen by one phone: the ground truth for call records."""

    kind: str
    """caller (on the trunk), dialler (an agent who dials), agent or mobile (who are called)."""
    number: str
    """The phone's own number; empty when withheld."""
    other: str
    """The number it dialled, or the number that called it."""
    events: tuple[PhoneEvent, ...]

    @property
    def is_answered(self) -> bool:
        """Whether the call was answered (a caller's also by a machine)."""
        return any(event.name == "answered" for event in self.events)

    @property
    def ending(self) -> tuple[str, str]:
        """The last event and its detail, as ("ended", "self") or ("failed", "486")."""
        return self.events[-1].name, self.events[-1].detail


async def play(scenario: Scenario, lab: Lab) -> tuple[PhoneCall, ...]:
    """Play it until the PBX has no channel of it left. Returns the calls in order of their start.

    Several scenarios may play on one lab at once as long as they use different agents and at most one of them has
    mobiles. Raises LabError when a phone deviated from its plan or did not end.
    """
    stage = Stage(scenario, lab)
    await stage.play()
    calls = stage.calls()
    shutil.rmtree(stage.folder)
    return calls


async def wait_until_idle(lab: Lab, is_ours: Callable[[dict[str, str]], bool] = lambda _: True) -> None:
    """Wait until the PBX has no such channel."""
    async with asyncio.timeout(IDLE_SECONDS):
        while True:
            try:
                if not any(is_ours(channel) for channel in await list_channels(lab)):
                    return
            except (EOFError, OSError):
                pass  # a reload of the manager module ends the session
            await asyncio.sleep(0.2)


async def list_channels(lab: Lab) -> list[dict[str, str]]:
    """The channels of the PBX, as CoreShowChannel headers."""
    client = await lab.ami(commands=True)
    try:
        return await client.list("CoreShowChannels", until="CoreShowChannelsComplete")
    finally:
        await client.close()


class Stage:
    """The phones of one play."""

    def __init__(self, scenario: Scenario, lab: Lab) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="play-", dir=lab.state / "sipp"))
        self._scenario = scenario
        self._lab = lab
        self._pbx = f"{lab.info.sip_host}:{lab.info.sip_port}"
        self._secrets = lab.info.sip_secrets
        for kind in VOICES:
            self._voice(kind).write_bytes(voice(kind))
        self._agents = {line.number: self._agent(line.number) for line in scenario.agents}
        self._banks = list(self._agents.values())
        if scenario.mobiles:
            xml = phone_xml(scenario.mobiles, secret=None, sound=str(self._voice("mobile")))
            self._banks.append(self._sipp("mobiles", xml, host=TRUNK_HOST, port=lab.info.trunk_port, calls=None))
        self._callers = [self._caller(index, dialler) for index, dialler in enumerate(scenario.callers)]
        self._diallers = [self._dialler(index, dialler) for index, dialler in enumerate(scenario.diallers)]
        self._ports: dict[str, int] = {}
        """The addresses of started banks of phones, by name."""

    async def play(self) -> None:
        """Play it to the end. When cancelled, all phones are killed. Raises LabError as `play` does."""
        try:
            async with asyncio.timeout(PLAY_SECONDS):
                await self._play()
        except TimeoutError:
            raise LabError(f"{self._scenario.title}: not over in {PLAY_SECONDS:.0f} s; see {self.folder}.") from None
        except ExceptionGroup as group:
            raise error_in(group, LabError, OSError) or group.exceptions[0] from None

    async def _play(self) -> None:
        scenario = self._scenario
        async with self.ready():
            diallers = scenario.callers + scenario.diallers
            async with asyncio.TaskGroup() as tasks:
                for sipp, dialler in zip(self._callers + self._diallers, diallers, strict=True):
                    tasks.create_task(_at(dialler.at, partial(run, sipp)))
                for action in scenario.actions:
                    tasks.create_task(_at(action.at, partial(self._act, action)))

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Inside the block the phones take calls; at its end their calls are waited for."""
        async with AsyncExitStack() as phones:
            for bank in self._banks:
                self._ports[bank.name] = await phones.enter_async_context(ringable(bank))
            await asyncio.gather(*(self._register(number, 3600) for number in self._agents))
            yield
            await wait_until_idle(self._lab, self._is_ours)
            await self.sign_off()

    async def sign_off(self) -> None:
        """Unregister the agents' phones at the PBX."""
        await asyncio.gather(*(self._register(number, 0) for number in self._agents))

    def calls(self) -> tuple[PhoneCall, ...]:
        """The calls of the phones so far."""
        scenario = self._scenario
        calls = [
            PhoneCall(kind=kind, number=dialler.number, other=dialler.dials, events=events)
            for kind, sipps, plans in (
                ("caller", self._callers, scenario.callers),
                ("dialler", self._diallers, scenario.diallers),
            )
            for sipp, dialler in zip(sipps, plans, strict=True)
            for events in sipp.events().values()
        ]
        for bank in self._banks:
            kind = "mobile" if bank.name == "mobiles" else "agent"
            calls += [_rung(kind, events) for events in bank.events().values()]
        return tuple(sorted(calls, key=lambda call: call.events[0].at))

    def _voice(self, kind: str) -> Path:
        return self.folder / f"{kind}.alaw"

    def _sipp(self, name: str, xml: str, *, host: str, port: int | None = None, calls: int | None) -> Sipp:
        return Sipp(name=name, folder=self.folder, xml=xml, host=host, port=port, pbx=self._pbx, calls=calls)

    def _agent(self, number: str) -> Sipp:
        lines = tuple(line for line in self._scenario.agents if line.number == number)
        xml = phone_xml(lines, secret=self._secrets.get(number), sound=str(self._voice(lines[0].voice or "agent")))
        return self._sipp(f"agent-{number}", xml, host=_AGENT_HOST, calls=None)

    def _caller(self, index: int, dialler: Dialler) -> Sipp:
        xml = dialler_xml(dialler, secret=None, sound=str(self._voice("caller")))
        return self._sipp(f"caller-{index}", xml, host=TRUNK_HOST, calls=1)

    def _dialler(self, index: int, dialler: Dialler) -> Sipp:
        xml = dialler_xml(dialler, secret=self._secrets[dialler.number], sound=str(self._voice("dialler")))
        return self._sipp(f"dialler-{index}", xml, host=_AGENT_HOST, calls=1)

    async def _register(self, number: str, expires: int) -> None:
        port = self._ports.get(self._agents[number].name)
        if port is None or not self._lab.is_up:
            return
        xml = register_xml(number, contact_port=port, secret=self._secrets[number], expires=expires)
        name = f"register-{number}-{expires}"
        await run(self._sipp(name, xml, host=_AGENT_HOST, calls=1))

    def _is_ours(self, channel: dict[str, str]) -> bool:
        scenario = self._scenario
        devices = {line.number for line in scenario.agents} | {dialler.number for dialler in scenario.diallers}
        numbers = {dialler.number for dialler in scenario.callers if dialler.number} | devices
        device = channel["Channel"].removeprefix("PJSIP/").rpartition("-")[0]
        return device in devices or bool(numbers & {channel["CallerIDNum"], channel["ConnectedLineNum"]})

    async def _act(self, action: Action) -> None:
        if action.name == "kill":
            await self._lab.kill()
        elif action.name == "restart":
            await self._lab.restart()
        elif action.name == "restart now":
            await self._lab.restart_now()
        else:
            channels = [channel["Channel"] for channel in await list_channels(self._lab)]
            headers = {name: _resolve(value, channels) for name, value in action.headers.items()}
            client = await self._lab.ami(commands=True)
            try:
                answer = await client.action(action.name, **headers)
                if action.name == "Originate":
                    await client.wait_for("OriginateResponse")
            finally:
                await client.close()
            if answer["Response"] != "Success":
                raise LabError(f"Asterisk refused {action.name}: {answer.get('Message', '')}")


def _resolve(value: str, channels: list[str]) -> str:
    if not value.startswith("@"):
        return value
    found = [channel for channel in channels if channel.startswith(value[1:])]
    if len(found) != 1:
        raise ScenarioError(f"{len(found)} channels start with {value[1:]}; an action needs exactly one.")
    return found[0]


def _rung(kind: str, events: tuple[PhoneEvent, ...]) -> PhoneCall:
    number, _, from_header = events[0].detail.partition(" ")
    match = re.search(r"sip:([^@>]*)@", from_header)
    return PhoneCall(kind=kind, number=number, other=match[1] if match else "", events=events)


async def _at(seconds: float, deed: Callable[[], Awaitable[None]]) -> None:
    """Run it at its time after the start of the play."""
    await asyncio.sleep(seconds)
    await deed()
