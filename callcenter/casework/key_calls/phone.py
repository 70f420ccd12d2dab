"""Ringing somebody who answers with a key: sent once, the key read from where the dialplan keeps it.

The dialplan writes the key into Asterisk's database under the id of the call, so that it is found there also by a
process that was started after it was pressed. No transaction is open while the PBX is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from callcenter.casework.key_calls.rules import RING_FOR, RingState
from callcenter.dialling.rules import DialPurpose, number_for
from callcenter.dialling.service import SEND_WITHIN
from callcenter.errors import ActionRefused, NoCommandLoginError, PbxError, ResultUnknown
from callcenter.pbx import actions
from callcenter.pbx.actions import Extension
from callcenter.pbx.answers import astdb_entries
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)


async def send_ring(
    pbxs: PbxRegistry,
    settings: Settings,
    *,
    family: str,
    pbx: str,
    call_id: str,
    number: str,
    since: float,
    variables: Sequence[str] = (),
) -> RingState | None:
    """Ask the PBX, once, for a ring that is written down; whoever answers hears the context `family`.

    Nothing is sent that was written down too long before, at `since` by the loop's clock. The answer is how the ring
    ended where nothing rang. None otherwise: the record of the call shows what became of it, or its absence.
    """
    (wanted,) = [one for one in settings.pbxs if one.name == pbx]
    digits = number_for(DialPurpose.DUTY, number, area_code=settings.area_code, prefixes=settings.dial_prefixes).digits
    try:
        if asyncio.get_running_loop().time() - since > SEND_WITHIN:
            raise PbxError("The backend was held up for too long.")
        commands = pbxs.find(pbx)
        if commands is None:
            raise NoCommandLoginError
        await commands.ask(
            actions.originate(
                f"PJSIP/{digits}@{wanted.outbound_trunk}",
                uniqueid=call_id,
                to=Extension(context=family, exten="s"),
                caller_id=f"{wanted.hotline_number} <{wanted.hotline_number}>",
                ring_for=RING_FOR,
                variables=variables,
            )
        )
    except ResultUnknown:
        log.warning("key_call_result_unknown", family=family, call_id=call_id)
    except PbxError as error:
        log.warning("key_call_failed", family=family, call_id=call_id, reason=str(error))
        return RingState.REFUSED_BY_PBX if isinstance(error, ActionRefused) else RingState.NOT_SENT
    return None


async def read_key(commands: AmiCommands | None, family: str, call_id: str) -> str | None:
    """The key that was pressed, empty for none; None where the PBX cannot be asked.

    `family` is where the dialplan keeps it: the context that asked for it.
    """
    if commands is None:
        return None
    try:
        answer = await commands.ask(actions.db_get_tree(family, key=call_id))
    except ActionRefused:
        return ""  # nothing is kept there
    except PbxError:
        return None
    return next((entry.value for entry in astdb_entries(answer) if entry.key == f"{family}/{call_id}"), "")


async def hang_up(commands: AmiCommands | None, call_id: str) -> None:
    """End a ring that nobody needs any more, as far as the PBX can be asked."""
    if commands is None:
        return
    try:
        await commands.ask(actions.hangup(call_id))
    except PbxError as error:
        log.warning("key_call_not_hung_up", call_id=call_id, reason=str(error))
