"""What we ask of a PBX about seats. Whether it was done the event login tells, not the answer."""

from __future__ import annotations

from callcenter.agents.rules import Skill, Supervision
from callcenter.errors import ActionRefused
from callcenter.pbx.commands import AmiCommands

SUPERVISE_CONTEXT = "supervise"
MOVE_CONTEXT = "move-to-queue"
"""Of `asterisk_conf/extensions.conf`."""

RING_MILLISECONDS = 20_000
"""How long a supervisor's phone rings."""


async def add_member(commands: AmiCommands, interface: str, skill: Skill, *, name: str) -> bool:
    """Whether the seat is new in the queue; one that stands in the PBX's configuration is there already."""
    try:
        await commands.ask(
            {
                "Action": "QueueAdd",
                "Queue": skill.queue,
                "Interface": interface,
                "StateInterface": interface,
                "MemberName": name,
                "Penalty": str(skill.penalty),
            }
        )
    except ActionRefused as error:
        if "Already there" in str(error):
            return False
        raise
    return True


async def remove_member(commands: AmiCommands, interface: str, queue: str) -> None:
    """Take the seat out of the queue. One that is not in it, or stands in the PBX's configuration, stays as it is."""
    try:
        await commands.ask({"Action": "QueueRemove", "Queue": queue, "Interface": interface})
    except ActionRefused as error:
        if not any(reason in str(error) for reason in ("Not there", "Member not dynamic", "No such queue")):
            raise


async def set_penalty(commands: AmiCommands, interface: str, skill: Skill) -> None:
    await commands.ask(
        {"Action": "QueuePenalty", "Queue": skill.queue, "Interface": interface, "Penalty": str(skill.penalty)}
    )


async def pause(commands: AmiCommands, interface: str, reason: str) -> None:
    """In all its queues; a seat that is paused gets the new reason."""
    await commands.ask({"Action": "QueuePause", "Interface": interface, "Paused": "true", "Reason": reason})


async def resume(commands: AmiCommands, interface: str) -> None:
    await commands.ask({"Action": "QueuePause", "Interface": interface, "Paused": "false"})


async def supervise(commands: AmiCommands, mode: Supervision, *, agent: str, supervisor: str, has_tone: bool) -> None:
    """Ring the supervisor's device and let it into the calls of the agent's device, which is told by a tone."""
    spied = f"SUPERVISED={agent}-"
    originate = {"Action": "Originate", "Context": SUPERVISE_CONTEXT, "Priority": "1", "Async": "true"}
    await commands.ask(
        originate
        | {
            "Channel": supervisor,
            "Exten": mode.value,
            "Variable": spied,
            "CallerID": "Supervision <0>",
            "Timeout": str(RING_MILLISECONDS),
        }
    )
    if has_tone:
        await commands.ask(
            originate
            | {"Channel": f"Local/{Supervision.WHISPER}@{SUPERVISE_CONTEXT}/n", "Exten": "tone", "Variable": spied}
        )
