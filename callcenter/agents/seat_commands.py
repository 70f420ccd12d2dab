"""What we ask of a PBX about seats. Whether it was done shows in the events, not in the answer."""

from __future__ import annotations

from callcenter.agents.rules import SUPERVISOR_RUNG_FOR, Skill, Supervision
from callcenter.errors import ActionRefused
from callcenter.pbx import actions
from callcenter.pbx.actions import Extension
from callcenter.pbx.commands import AmiCommands

SUPERVISE_CONTEXT = "supervise"
"""Of `asterisk_conf/extensions.conf`."""


async def add_member(commands: AmiCommands, interface: str, skill: Skill, *, name: str) -> bool:
    """Whether the seat is new in the queue; one that stands in the PBX's configuration is there already."""
    try:
        await commands.ask(actions.queue_add(skill.queue, interface, name=name, penalty=skill.penalty))
    except ActionRefused as error:
        if "Already there" in str(error):
            return False
        raise
    return True


async def remove_member(commands: AmiCommands, interface: str, queue: str) -> None:
    """Take the seat out of the queue. One that is not in it, or stands in the PBX's configuration, stays as it is."""
    try:
        await commands.ask(actions.queue_remove(queue, interface))
    except ActionRefused as error:
        if not any(reason in str(error) for reason in ("Not there", "Member not dynamic", "No such queue")):
            raise


async def set_penalty(commands: AmiCommands, interface: str, skill: Skill) -> None:
    await commands.ask(actions.queue_penalty(skill.queue, interface, penalty=skill.penalty))


async def pause(commands: AmiCommands, interface: str, reason: str) -> None:
    """In all its queues; a seat that is paused gets the new reason."""
    await commands.ask(actions.queue_pause(interface, reason=reason))


async def resume(commands: AmiCommands, interface: str) -> None:
    await commands.ask(actions.queue_unpause(interface))


async def end_wrap_up(commands: AmiCommands, interface: str, next_reason: str | None) -> None:
    """Begin the pause that comes behind it, or take calls again."""
    if next_reason is None:
        await resume(commands, interface)
    else:
        await pause(commands, interface, next_reason)


async def supervise(commands: AmiCommands, mode: Supervision, *, agent: str, supervisor: str, has_tone: bool) -> None:
    """Ring the supervisor's device and let it into the calls of the agent's device, who hears a tone."""
    spied = [f"SUPERVISED={agent}-"]
    to = Extension(context=SUPERVISE_CONTEXT, exten=mode.value)
    await commands.ask(
        actions.originate(supervisor, to=to, caller_id="Supervision <0>", ring_for=SUPERVISOR_RUNG_FOR, variables=spied)
    )
    if has_tone:
        channel = f"Local/{Supervision.WHISPER}@{SUPERVISE_CONTEXT}/n"
        tone = Extension(context=SUPERVISE_CONTEXT, exten="tone")
        await commands.ask(actions.originate(channel, to=tone, variables=spied))
