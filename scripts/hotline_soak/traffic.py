"""Seeded random traffic: scenarios drawn in lanes, callers' numbers in all the forms in which they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from hotline_lab.asterisk import Lab
from hotline_lab.paths import SCENARIOS
from hotline_lab.play import PhoneCall, play
from hotline_lab.scenario import Dialler, Scenario, load_scenario

LANES: Sequence[Sequence[str]] = (
    (
        "answered_by_an_agent",
        "agent_hangs_up_first",
        "caller_hangs_up_in_queue",
        "hold_and_unhold",
        "no_answer_then_another_agent",
        "queue_exit_key",
        "queue_overflow",
        "queue_timeout",
        "withheld_number",
        "withheld_number_hangs_up_in_queue",
    ),
    (
        "after_hours_mailbox_abandoned",
        "after_hours_message_left",
        "after_hours_without_mailbox",
        "busy_line",
        "caller_hangs_up_in_greeting",
        "congested_line",
        "local_channel_member",
        "queue_full",
        "queue_join_empty",
        "rejected_line",
        "unallocated_number",
    ),
    (
        "direct_call_answered",
        "direct_call_busy",
        "direct_call_given_up",
        "direct_call_no_answer",
        "forwarded_mobile_no_answer",
        "forwarded_to_mobile",
        "outbound_answered",
        "outbound_busy",
        "outbound_no_answer",
        "ring_group",
    ),
)
"""Scenarios that share an agent, a queue or the mobiles stand in one lane, one after the other.

A pick-up is not among them: it takes whichever phone of the house rings, those of other lanes too.
"""

PEOPLE = 40
PAUSE_SECONDS = 1.0
"""Mean of the pause between two scenarios of a lane; at the peak, in the middle, a third of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """One scenario that was played: what the phones did, and the outcomes its inbound callers must have."""

    name: str
    calls: tuple[PhoneCall, ...]
    outcomes: tuple[str, ...]


class Traffic:
    """Plays until `until`, a moment of the loop's clock. `hold` keeps new scenarios from starting."""

    def __init__(self, lab: Lab, *, seed: int, until: float) -> None:
        self._lab = lab
        self._seed = seed
        self._until = until
        self._begin = asyncio.get_running_loop().time()
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.playing = 0
        self.played: list[Played] = []

    async def run(self) -> None:
        """All lanes side by side."""
        async with asyncio.TaskGroup() as tasks:
            for number, lane in enumerate(LANES):
                tasks.create_task(self._run_lane(lane, Random(self._seed * 100 + number)))  # noqa: S311

    async def _run_lane(self, lane: Sequence[str], random: Random) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < self._until:
            await asyncio.sleep(random.expovariate(1 / (PAUSE_SECONDS * self._calm(loop.time()))))
            await self.is_open.wait()
            await self.play(random.choice(lane), random)

    async def play(self, name: str, random: Random) -> None:
        """One scenario, its callers given other numbers."""
        scenario = _disguised(load_scenario(name), random)
        self.playing += 1
        try:
            calls = await play(scenario, self._lab)
        finally:
            self.playing -= 1
        self.played.append(Played(name=name, calls=calls, outcomes=_outcomes(name)))

    def _calm(self, now: float) -> float:
        """1 at both ends, a third in the middle: a morning with a peak."""
        part = (now - self._begin) / max(self._until - self._begin, 1.0)
        return 1.0 - (2 / 3) * (1 - abs(2 * part - 1))


def _disguised(scenario: Scenario, random: Random) -> Scenario:
    """A caller who withholds his number still does; one who rings several times is the same person each time."""
    people = {caller.number: _number(random) for caller in scenario.callers if caller.number}
    return replace(
        scenario,
        callers=tuple(_as_person(caller, people.get(caller.number, "")) for caller in scenario.callers),
    )


def _as_person(caller: Dialler, number: str) -> Dialler:
    return replace(caller, number=number)


def _number(random: Random) -> str:
    """One of the people, in one of the forms a gateway may show: see the numbers' own tests."""
    local = f"86{random.randrange(PEOPLE):06d}"
    mobile = f"1380519{random.randrange(PEOPLE):04d}"
    return random.choice((local, f"0519{local}", mobile, f"0{mobile}", f"86{mobile}", f"0086{mobile}"))


def _outcomes(name: str) -> tuple[str, ...]:
    expected = json.loads((SCENARIOS / name / "records.json").read_text(encoding="utf-8"))["ami"]
    return tuple(record["outcome"] for record in expected if record["direction"] == "inbound")
