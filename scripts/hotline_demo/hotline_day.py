"""The plan of the morning: which scenarios play after one another, and what may play beside them.

Scenarios that share an agent, a queue or the mobiles stand in one lane, one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from hotline_lab.asterisk import Lab
from hotline_lab.play import PhoneCall, play
from hotline_lab.scenario import Scenario, load_scenario

HERE = Path(__file__).parent

LANES: Sequence[Sequence[str]] = (
    (
        "answered_by_an_agent",
        "caller_hangs_up_in_queue",
        "third_try_talks.toml",
        "chinese_display_name",
        "blind_transfer",
        "attended_transfer",
        "withheld_number",
        "withheld_number_hangs_up_in_queue",
        "mobile_caller_gives_up.toml",
        "queue_timeout",
        "callback_reached.toml",
    ),
    (
        "caller_hangs_up_in_greeting",
        "queue_full",
        "busy_line",
        "congested_line",
        "rejected_line",
        "unallocated_number",
        "after_hours_without_mailbox",
        "after_hours_message_left",
        "after_hours_mailbox_abandoned",
        "queue_join_empty",
        "queue_leave_when_empty",
    ),
)


async def play_morning(lab: Lab, say: Callable[[str], None]) -> list[PhoneCall]:
    """Play all lanes side by side. Returns what every phone did, in order of start."""
    async with asyncio.TaskGroup() as tasks:
        lanes = [tasks.create_task(_play_lane(lane, lab, say)) for lane in LANES]
    calls = [call for lane in lanes for call in lane.result()]
    return sorted(calls, key=lambda call: call.events[0].at)


def load(name: str) -> Scenario:
    """One of the recorded scenarios, or one that only the demo plays."""
    return load_scenario(str(HERE / name) if name.endswith(".toml") else name)


async def _play_lane(names: Sequence[str], lab: Lab, say: Callable[[str], None]) -> list[PhoneCall]:
    calls: list[PhoneCall] = []
    for name in names:
        scenario = load(name)
        say(scenario.title)
        calls += await play(scenario, lab)
    return calls
