"""Ringing an agent's phone and then a number: what is checked, written down and sent, in this order, once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.agents.store import find_seat
from callcenter.calls.numbers import mask
from callcenter.dialling import store
from callcenter.dialling.gate import Target, pass_gate
from callcenter.dialling.rules import SEAT_PATTERN, DialPurpose, DialState, Number, NumberRefused, RefusalReason
from callcenter.dialling.tables import Dial
from callcenter.error_codes import ErrorCode
from callcenter.errors import (
    ActionRefused,
    CallcenterError,
    ConflictError,
    NoCommandLoginError,
    NotFoundError,
    Param,
    PbxError,
    RefusedError,
    ResultUnknown,
)
from callcenter.pbx import actions
from callcenter.pbx.actions import Extension
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.uniqueid import originated_id
from callcenter.postgres.database import Database
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

CONTEXT = "click-to-call"
"""The one place in the dialplan where a call of ours may go on."""

SEND_WITHIN = 5.0
"""Seconds from the request. What was held up for longer is not sent: its lease may soon be another's."""

_SENTENCES: dict[RefusalReason, tuple[type[CallcenterError], str]] = {
    RefusalReason.NO_SEAT: (RefusedError, "Sign on to a phone first: yours rings before the number does."),
    RefusalReason.NO_SUCH_TARGET: (
        NotFoundError,
        "There is no such episode, call, directory entry or person of a survey.",
    ),
    RefusalReason.NOT_AS_DESCRIBED: (
        RefusedError,
        "Name exactly one of episode, call, directory entry, person of a survey and number.",
    ),
    RefusalReason.NO_NUMBER: (RefusedError, "There is no number that could be rung."),
    RefusalReason.NOT_A_NUMBER: (RefusedError, "This is not a telephone number in plain digits."),
    RefusalReason.TYPED_NOT_ALLOWED: (RefusedError, "This number may not be typed."),
    RefusalReason.NUMBER_NOT_ALLOWED: (RefusedError, "Numbers of this kind may not be rung."),
    RefusalReason.DO_NOT_CALL: (RefusedError, "The number is on the do-not-call list."),
    RefusalReason.OUTSIDE_HOURS: (RefusedError, "Nobody may be called at this hour, unless they named this time."),
    RefusalReason.TOO_MANY_BY_AGENT: (RefusedError, "You have rung as many numbers today as an agent may."),
    RefusalReason.TOO_MANY_TO_NUMBER: (RefusedError, "The number was rung as often today as a number may be."),
    RefusalReason.TRIED_RECENTLY: (
        RefusedError,
        "The caller was tried in this part of the day already: the history says when to try again.",
    ),
    RefusalReason.WRONG_NUMBER: (
        RefusedError,
        "The number is out of service or somebody else's: look for another one, or ask a supervisor.",
    ),
    RefusalReason.CLAIM_LIMIT: (ConflictError, "You have as many callers as an agent may: release one first."),
    RefusalReason.CLAIMED_BY_OTHER: (ConflictError, "Another agent is working on this caller."),
    RefusalReason.NO_SKILL: (RefusedError, "The caller was lost in a queue that you have no skill for."),
    RefusalReason.EPISODE_CLOSED: (ConflictError, "The episode is closed: nobody waits for this call any more."),
    RefusalReason.CALLER_IS_HERE: (ConflictError, "The caller is calling us at this moment."),
    RefusalReason.SUBJECT_IN_FLIGHT: (ConflictError, "This person is being rung or talked to already."),
    RefusalReason.SEAT_IN_FLIGHT: (ConflictError, "Your phone is ringing or talking for another number already."),
    RefusalReason.DUTY_REQUIRED: (RefusedError, "Only surveyors ring whom a survey has drawn."),
    RefusalReason.SURVEYOR_INVOLVED: (RefusedError, "You had this matter in your hands: another surveyor asks."),
    RefusalReason.SAMPLE_STATE: (ConflictError, "This person is not to be asked, or not any more."),
    RefusalReason.KEY_REUSED: (ConflictError, "The Idempotency-Key was used for another request."),
}


class DialRefused(Exception):
    """Nothing is rung; `number` is whom it was about, where that is known."""

    def __init__(
        self, reason: RefusalReason, number: str | None = None, params: Mapping[str, Param] | None = None
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.number = number
        self.params = dict(params or {})

    def to_error(self) -> CallcenterError:
        """The error for whoever asked; its code is the reason."""
        kind, sentence = _SENTENCES[self.reason]
        return kind(sentence, code=ErrorCode(self.reason.value), params=self.params)


@dataclass(frozen=True, kw_only=True, slots=True)
class DialOrder:
    """What an agent wants rung; `named_at` is the time that the caller named."""

    user: SignedIn
    idempotency_key: str
    request_sha256: str
    number: Number
    purpose: DialPurpose
    episode_id: int | None
    survey_sample_id: int | None = None
    named_at: datetime | None = None
    is_emergency: bool = False


async def find_repeat(session: AsyncSession, *, user_id: int, key: str, request_sha256: str) -> Dial | None:
    """The dial that this very request led to before. Raises DialRefused where the key was used for another one."""
    found = await store.find_by_key(session, user_id, key)
    if found is not None and found.request_sha256 != request_sha256:
        raise DialRefused(RefusalReason.KEY_REUSED)
    return found


async def write_down(session: AsyncSession, order: DialOrder, settings: Settings, now: datetime) -> Dial:
    """Lease the person and the seat and write the dial down, in the caller's transaction. Raises DialRefused."""
    subject = order.number.subject
    seat = await find_seat(session, order.user.user_id)
    if seat is None or seat.pbx not in settings.pbx_names or not re.fullmatch(SEAT_PATTERN, seat.interface):
        raise DialRefused(RefusalReason.NO_SEAT, subject)
    dial_id = await store.take_dial_id(session)
    call_id = originated_id(seat.pbx, int(now.timestamp()), dial_id)
    target = Target(
        number=subject,
        episode_id=order.episode_id,
        is_emergency=order.is_emergency,
        named_at=order.named_at,
    )
    try:
        await pass_gate(session, target, order.purpose, settings, now, user_id=order.user.user_id, call_id=call_id)
    except NumberRefused as refused:
        raise DialRefused(refused.reason, subject, refused.params) from None
    call = await store.find_call_to_us(session, subject, now)
    if call is not None:
        raise DialRefused(RefusalReason.CALLER_IS_HERE, subject, call)
    values = {
        "id": dial_id,
        "user_id": order.user.user_id,
        "idempotency_key": order.idempotency_key,
        "request_sha256": order.request_sha256,
        "subject": subject,
        "episode_id": order.episode_id,
        "survey_sample_id": order.survey_sample_id,
        "pbx": seat.pbx,
        "call_id": call_id,
        "interface": seat.interface,
        "requested_at": now,
        "state": DialState.DIALLING,
        "is_mailbox_suspected": False,
    }
    others: Sequence[Dial] = ()
    for _ in range(2):  # a dial in the way may have ended before it is looked at
        if await store.add_dial(session, values):
            return await store.get_dial(session, dial_id)
        others = await store.list_in_the_way(session, subject=subject, pbx=seat.pbx, interface=seat.interface)
        if others:
            break
    to_subject = [other for other in others if other.subject == subject]
    in_the_way = to_subject or others
    reason = RefusalReason.SUBJECT_IN_FLIGHT if to_subject else RefusalReason.SEAT_IN_FLIGHT
    raise DialRefused(reason, subject, {"dial_id": in_the_way[0].id if in_the_way else None})


async def note_refusal(
    database: Database,
    refused: DialRefused,
    *,
    user: SignedIn,
    target: str,
    episode_id: int | None,
    settings: Settings,
    now: datetime,
) -> None:
    """Write down who wanted what, in a transaction of its own, and say so in the log.

    A person who is calling us goes before the others: somebody was about to ring them.
    """
    number = mask(refused.number, area_code=settings.area_code)
    values = {
        "at": now,
        "user_id": user.user_id,
        "target": target,
        "reason": refused.reason,
        "masked_number": number,
        "episode_id": episode_id,
    }
    async with database.sessions.begin() as session:
        await store.add_refusal(session, values)
        if refused.reason is RefusalReason.CALLER_IS_HERE and refused.number is not None:
            await store.add_priorities(session, refused.number, now, dial_id=None)
    log.warning("dial_refused", user=user.name, number=number, target=target, reason=refused.reason)


async def send(
    database: Database, commands: AmiCommands | None, dial: Dial, number: Number, settings: Settings, *, since: float
) -> None:
    """Ask the PBX, once, for a dial that is written down; `since` is the loop's time of the request.

    An answer that does not come changes nothing: the record of the call will show it, or its absence.
    """
    try:
        if asyncio.get_running_loop().time() - since > SEND_WITHIN:
            raise PbxError("The backend was held up for too long.")
        if commands is None:
            raise NoCommandLoginError
        await commands.ask(
            actions.originate(
                dial.interface,
                uniqueid=dial.call_id,
                to=Extension(context=CONTEXT, exten=number.digits),
                caller_id=f'"Call to {mask(dial.subject, area_code=settings.area_code)}" <callback>',
                ring_for=timedelta(seconds=settings.agent_ring_seconds),
                variables=[f"PJSIP_HEADER(add,{actions.CALL_HEADER})={dial.call_id}"],
            )
        )
    except ResultUnknown:
        log.warning("dial_result_unknown", dial_id=dial.id)
    except PbxError as error:
        state = DialState.REFUSED_BY_PBX if _was_sent(error) else DialState.NOT_SENT
        log.warning("dial_failed", dial_id=dial.id, reason=str(error))
        async with database.sessions.begin() as session:
            await store.end_in_flight(session, dial.id, state, datetime.now(UTC))
    else:
        async with database.sessions.begin() as session:
            is_withdrawn = await store.note_answer(session, dial.id, datetime.now(UTC))
        if is_withdrawn and commands is not None:
            # Whoever withdrew it had nothing to hang up yet.
            await hang_up(commands, dial)


async def hang_up(commands: AmiCommands, dial: Dial) -> None:
    """End the dial's call, if there is one."""
    try:
        await commands.ask(actions.hangup(dial.call_id))
    except PbxError as error:
        log.warning("dial_not_withdrawn", dial_id=dial.id, reason=str(error))


def _was_sent(error: PbxError) -> bool:
    return isinstance(error, ActionRefused)
