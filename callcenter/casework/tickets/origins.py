"""What is known of a matter from where it came: a call, a message, a caller of the callback list, a mediation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio.rules import Purpose
from callcenter.audio.store import get_file
from callcenter.callbacks.store import get_episode
from callcenter.callbacks.work_service import subject_of_call
from callcenter.calls.records import Direction
from callcenter.calls.store import get_call
from callcenter.calls.tables import Call
from callcenter.casework.tickets.rules import IntakeChannel, Linked
from callcenter.errors import InputError
from callcenter.mediation.store import get_mediation


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a ticket is made from: one of these, or none."""

    call: tuple[str, str] | None = None
    message_id: int | None = None
    episode_id: int | None = None
    mediation_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """What the ticket is linked with at once."""

    what: Linked
    pbx: str | None = None
    call_id: str | None = None
    ref_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Prefilled:
    """What is taken over from there. `fields` are columns of the ticket."""

    channel: IntakeChannel | None = None
    received_at: datetime | None = None
    phone: str | None = None
    subject: str | None = None
    name: str | None = None
    address: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    links: tuple[Link, ...] = ()


async def prefill(session: AsyncSession, origin: Origin) -> Prefilled:
    """Raises NotFoundError for what is not there."""
    if origin.call is not None:
        return _of_call(await get_call(session, *origin.call))
    if origin.message_id is not None:
        return await _of_message(session, origin.message_id)
    if origin.episode_id is not None:
        episode = await get_episode(session, origin.episode_id)
        return Prefilled(
            channel=IntakeChannel.CALLBACK,
            phone=episode.caller_number,
            subject=episode.subject if episode.caller_number is not None else None,
            links=(Link(what=Linked.EPISODE, ref_id=episode.id),),
        )
    if origin.mediation_id is not None:
        return await _of_mediation(session, origin.mediation_id)
    return Prefilled()


def _of_call(call: Call) -> Prefilled:
    """Withheld numbers and gateways say nothing about who called."""
    subject = subject_of_call(call)
    is_callback = call.direction == Direction.OUTBOUND
    return Prefilled(
        channel=IntakeChannel.CALLBACK if is_callback else IntakeChannel.CALL,
        received_at=call.started_at,
        phone=None if subject is None else subject.number,
        subject=None if subject is None or subject.number is None else subject.key,
        links=(Link(what=Linked.CALL, pbx=call.pbx, call_id=call.call_id),),
    )


async def _of_message(session: AsyncSession, message_id: int) -> Prefilled:
    """The matter was received when the message was left."""
    file = (await get_file(session, message_id, Purpose.MESSAGE)).file
    of_call = _of_call(await get_call(session, file.pbx, file.call_id))
    return Prefilled(
        channel=IntakeChannel.VOICEMAIL,
        received_at=file.started_at,
        phone=of_call.phone,
        subject=of_call.subject,
        links=(*of_call.links, Link(what=Linked.MESSAGE, ref_id=message_id)),
    )


async def _of_mediation(session: AsyncSession, mediation_id: int) -> Prefilled:
    mediation = await get_mediation(session, mediation_id)
    link = Link(what=Linked.MEDIATION, ref_id=mediation_id)
    of_call = Prefilled()
    if mediation.call_id is not None:
        of_call = _of_call(await get_call(session, mediation.pbx, mediation.call_id))
    respondent = ", ".join(filter(None, (mediation.merchant_name, mediation.merchant_address))) or None
    taken = {"respondent": respondent, "facts": mediation.matter, "amount_in_dispute_cents": mediation.amount_cents}
    return Prefilled(
        channel=of_call.channel,
        received_at=of_call.received_at or mediation.created_at,
        phone=of_call.phone,
        subject=of_call.subject,
        name=mediation.consumer_name,
        address=mediation.consumer_address,
        fields={name: value for name, value in taken.items() if value is not None},
        links=(*of_call.links, link),
    )


async def check_linked(
    session: AsyncSession, what: Linked, *, call: tuple[str, str] | None, ref_id: int | None
) -> None:
    """Raises NotFoundError where there is no such thing, InputError where it is not named as its kind is."""
    if (what is Linked.CALL) != (call is not None) or (what is Linked.CALL) == (ref_id is not None):
        raise InputError("A call is named by its PBX and its id there, everything else by its id.")
    if call is not None:
        await get_call(session, *call)
    elif ref_id is not None:
        match what:
            case Linked.EPISODE:
                await get_episode(session, ref_id)
            case Linked.MESSAGE:
                await get_file(session, ref_id, Purpose.MESSAGE)
            case Linked.MEDIATION:
                await get_mediation(session, ref_id)
