"""Moving a caller who waits: to the front of the queue, or into another one."""

from __future__ import annotations

from callcenter.agents.seat_commands import MOVE_CONTEXT
from callcenter.error_codes import ErrorCode
from callcenter.errors import ActionRefused, ConflictError
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Headers

HIGHEST_PRIORITY = "1000"
"""Callers of our dialplan wait with priority 0; among those who were moved up the first stays in front."""


async def move_up(commands: AmiCommands, uniqueid: str) -> None:
    """In front of everybody in the same queue who was not moved up before. Raises ConflictError, PbxError."""
    entry = await _get_entry(commands, uniqueid)
    await commands.ask(
        {
            "Action": "QueueChangePriorityCaller",
            "Queue": str(entry["Queue"]),
            "Caller": str(entry["Channel"]),
            "Priority": HIGHEST_PRIORITY,
            "Immediate": "yes",
        }
    )


async def move_to_queue(commands: AmiCommands, uniqueid: str, queue: str) -> None:
    """Into another queue, at its end. Raises ConflictError where nobody waits or can be moved there, PbxError.

    The dialplan is asked first: a caller who is sent to an exten that is not there is hung up on.
    """
    try:
        await commands.ask({"Action": "ShowDialPlan", "Context": MOVE_CONTEXT, "Extension": queue})
    except ActionRefused:
        raise ConflictError("The PBX has no such queue to move callers into.", code=ErrorCode.UNKNOWN_QUEUE) from None
    entry = await _get_entry(commands, uniqueid)
    if entry["Queue"] == queue:
        raise ConflictError("The caller waits in that queue already.", code=ErrorCode.CALLER_IN_THAT_QUEUE)
    await commands.ask(
        {"Action": "Redirect", "Channel": uniqueid, "Context": MOVE_CONTEXT, "Exten": queue, "Priority": "1"}
    )


async def _get_entry(commands: AmiCommands, uniqueid: str) -> Headers:
    """The caller as QueueStatus shows them.

    A caller who writes headers of his own into his number makes lists of the values in his own entry, which is nobody's
    then, and cannot make an entry of another: he does not know the ActionID.
    """
    answer = await commands.ask({"Action": "QueueStatus"})
    for event in answer.events:
        is_the_caller = event.get("Event") == "QueueEntry" and event.get("Uniqueid") == uniqueid
        if is_the_caller and isinstance(event.get("Queue"), str) and isinstance(event.get("Channel"), str):
            return event
    raise ConflictError("The caller does not wait in a queue.", code=ErrorCode.CALLER_NOT_WAITING)
