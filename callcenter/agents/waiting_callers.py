"""Moving a caller who waits: to the front of the queue, or into another one."""

from __future__ import annotations

from callcenter.error_codes import ErrorCode
from callcenter.errors import ActionRefused, ConflictError
from callcenter.pbx import actions
from callcenter.pbx.actions import Extension
from callcenter.pbx.answers import QueueEntry, queue_entries
from callcenter.pbx.commands import AmiCommands

MOVE_CONTEXT = "move-to-queue"
"""Of `asterisk_conf/extensions.conf`."""


async def move_up(commands: AmiCommands, uniqueid: str) -> None:
    """In front of everybody in the same queue who was not moved up before. Raises ConflictError, PbxError."""
    entry = await _get_entry(commands, uniqueid)
    await commands.ask(actions.move_to_front(entry.queue, channel_name=entry.channel_name))


async def move_to_queue(commands: AmiCommands, uniqueid: str, queue: str) -> None:
    """Into another queue, at its end. Raises ConflictError where nobody waits or can be moved there, PbxError.

    The dialplan is asked first: a caller who is sent to an exten that is not there is hung up on.
    """
    try:
        await commands.ask(actions.show_dialplan(MOVE_CONTEXT, exten=queue))
    except ActionRefused:
        raise ConflictError("The PBX has no such queue to move callers into.", code=ErrorCode.UNKNOWN_QUEUE) from None
    entry = await _get_entry(commands, uniqueid)
    if entry.queue == queue:
        raise ConflictError("The caller waits in that queue already.", code=ErrorCode.CALLER_IN_THAT_QUEUE)
    await commands.ask(actions.redirect(uniqueid, to=Extension(context=MOVE_CONTEXT, exten=queue)))


async def _get_entry(commands: AmiCommands, uniqueid: str) -> QueueEntry:
    for entry in queue_entries(await commands.ask(actions.queue_status())):
        if entry.uniqueid == uniqueid:
            return entry
    raise ConflictError("The caller does not wait in a queue.", code=ErrorCode.CALLER_NOT_WAITING)
