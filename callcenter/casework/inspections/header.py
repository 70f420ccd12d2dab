"""The header of a patrol: which unit, who goes, where, which matter or instruction it is for; begun and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.casework.dispatch import store as dispatch
from callcenter.casework.dispatch.tables import InstructionRow
from callcenter.casework.inspections import store, template_store
from callcenter.casework.inspections.rules import InspectionState, check_not_later, check_officers
from callcenter.casework.inspections.tables import InspectionRow
from callcenter.casework.inspections.templates import Template
from callcenter.casework.merchants.store import get_merchant
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.merge_rules import check_not_merged
from callcenter.casework.tickets.rules import LAWFUL_KINDS
from callcenter.casework.tickets.store import get_by_id
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.units.store import find_unit_of, get_unit
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, NotFoundError
from callcenter.http.versions import check_version


@dataclass(frozen=True, kw_only=True, slots=True)
class NewInspection:
    """A patrol that is to begin. `hash` is of the whole request."""

    template: str
    ticket: str | None
    instruction_id: int | None
    unit_id: int | None
    merchant_id: int | None
    unidentified_reason: str | None
    officers: Sequence[str]
    place: str
    started_at: datetime | None
    key: str
    hash: str


async def begin(session: AsyncSession, new: NewInspection, *, user: SignedIn, place: Place, now: datetime) -> int:
    """The id of the patrol; the same again for the same key.

    Raises NotFoundError, InputError, ConflictError where the key was used for another request or the matter is none
    that is patrolled for.
    """
    known = await store.find_by_key(session, user.user_id, new.key)
    if known is not None:
        return same(known, new.hash)
    started_at = new.started_at or now
    check_not_later(started_at, now)
    instruction = await _find_instruction(session, new.instruction_id, user)
    ticket = await _find_ticket(session, new.ticket, instruction, user)
    unit_id = await _find_unit(session, new.unit_id, instruction, ticket, user)
    template = await _find_template(session, new.template, started_at, place)
    officers = await _find_officers(session, unit_id, new.officers, template)
    merchant_id, reason = await _check_merchant(session, new.merchant_id, new.unidentified_reason)
    values: dict[str, Any] = {
        "version": 1,
        "state": InspectionState.DRAFT.value,
        "template_code": template.code,
        "template_version": template.version,
        "unit_id": unit_id,
        "merchant_id": merchant_id,
        "unidentified_reason": reason,
        "ticket_id": None if ticket is None else ticket.id,
        "instruction_id": None if instruction is None else instruction.id,
        "officers": officers,
        "place": new.place,
        "started_at": started_at,
        "created_by": user.user_id,
        "created_at": now,
        "idempotency_key": new.key,
        "request_hash": new.hash,
        "offence_found": False,
    }
    row = await store.add_inspection(session, values)
    if row is not None:
        return row.id
    # the same request came twice at once
    known = await store.find_by_key(session, user.user_id, new.key)
    if known is None:
        raise ConflictError("The Idempotency-Key was used for another request.", code=ErrorCode.KEY_REUSED)
    return same(known, new.hash)


def same(known: InspectionRow, request_hash: str) -> int:
    """The patrol that was begun with a key. Raises ConflictError where that was for another request."""
    if known.request_hash != request_hash:
        raise ConflictError("The Idempotency-Key was used for another request.", code=ErrorCode.KEY_REUSED)
    return known.id


async def change(
    session: AsyncSession,
    inspection_id: int,
    changes: Mapping[str, Any],
    *,
    version: int,
    user: SignedIn,
    now: datetime,
) -> None:
    """Another header of a draft, of what was given.

    Raises NotFoundError, StaleVersionError, ConflictError for one that is finished, InputError.
    """
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, user), is_locked=True)
    if store.is_finished(row):
        raise ConflictError("The patrol is finished.", code=ErrorCode.INSPECTION_FINISHED)
    check_version(version, row.version)
    values: dict[str, Any] = {name: changes[name] for name in ("place", "started_at") if changes.get(name)}
    if "started_at" in values:
        check_not_later(values["started_at"], now)
    if changes.get("officers"):
        template = await template_store.get_template(session, row.template_code, row.template_version)
        values["officers"] = await _find_officers(session, row.unit_id, changes["officers"], template)
    if "ticket" in changes:
        instruction = await _find_instruction(session, row.instruction_id, user)
        ticket = await _find_ticket(session, changes["ticket"], instruction, user)
        values["ticket_id"] = None if ticket is None else ticket.id
    if {"merchant_id", "unidentified_reason"} & changes.keys():
        found = await _check_merchant(session, changes.get("merchant_id"), changes.get("unidentified_reason"))
        values["merchant_id"], values["unidentified_reason"] = found
    if values:
        await store.change_inspection(session, row, values)


async def _find_instruction(session: AsyncSession, instruction_id: int | None, user: SignedIn) -> InstructionRow | None:
    if instruction_id is None:
        return None
    return await dispatch.get_instruction(session, instruction_id, await dispatch.may_see(session, user))


async def _find_ticket(
    session: AsyncSession, number: str | None, instruction: InstructionRow | None, user: SignedIn
) -> TicketRow | None:
    """The matter that is named, or that of the instruction: one on which a flag can stand."""
    if instruction is not None:
        row = await get_by_id(session, instruction.ticket_id)
        if number is not None and number != row.number:
            raise InputError("The instruction is about another ticket.")
        return row
    if number is None:
        return None
    dossier = await open_dossier(session, number, user)
    check_not_merged(dossier.ticket)
    if dossier.ticket.kind not in LAWFUL_KINDS:
        raise InputError("Patrols are for complaints and reports.")
    return dossier.row


async def _find_unit(
    session: AsyncSession,
    asked: int | None,
    instruction: InstructionRow | None,
    ticket: TicketRow | None,
    user: SignedIn,
) -> int:
    """The unit of the instruction, else the officer's own, else the one that is named or handles the ticket."""
    if user.role is Role.OFFICER:
        own = await find_unit_of(session, user.user_id)
        found = None if own is None else own.id
        if found is None or (asked is not None and asked != found):
            raise NotFoundError("There is no such unit.")
    else:
        found = asked or (None if ticket is None else ticket.unit_id)
    if instruction is not None:
        if asked is not None and asked != instruction.unit_id:
            raise InputError("The instruction is for another unit.")
        found = instruction.unit_id
    if found is None:
        raise InputError("Say which unit goes on the patrol.")
    return (await get_unit(session, found)).id


async def _find_template(session: AsyncSession, code: str, at: datetime, place: Place) -> Template:
    """The version that holds on the day."""
    day = at.astimezone(place.timezone).date()
    for template in await template_store.list_templates(session, day):
        if template.code == code:
            return template
    raise NotFoundError(f"There is no template {code} on {day}.")


async def _find_officers(session: AsyncSession, unit_id: int, names: Sequence[str], template: Template) -> list[int]:
    check_officers(names, template.least_officers)
    found = await store.find_members(session, unit_id, names)
    for name in names:
        if name not in found:
            raise InputError(
                f"The user {name} does not belong to this unit.",
                code=ErrorCode.NOT_OF_THE_UNIT,
                params={"user": name},
            )
    return [found[name] for name in dict.fromkeys(names)]


async def _check_merchant(
    session: AsyncSession, merchant_id: int | None, reason: str | None
) -> tuple[int | None, str | None]:
    if (merchant_id is None) == (reason is None):
        raise InputError("A patrol is at a merchant, or says why none can be named.")
    if merchant_id is not None:
        await get_merchant(session, merchant_id)
    return merchant_id, reason
