"""Forms of a ticket: drafts at any time, and each issued once for what it says."""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.store import log_access
from callcenter.casework.attachments.folder import keep_file, open_kept
from callcenter.casework.attachments.kinds import FileKind
from callcenter.casework.attachments.store import lock_file
from callcenter.casework.forms import store
from callcenter.casework.forms.content import Matter, Print, write_form
from callcenter.casework.forms.pdf import print_form
from callcenter.casework.forms.rules import Form, Occasion, Standing, find_occasion, list_standings, number_of
from callcenter.casework.forms.tables import IssuedForm
from callcenter.casework.tickets import deadline_store, log_store
from callcenter.casework.tickets import store as tickets
from callcenter.casework.tickets.attachment_service import TAKES_NOTHING
from callcenter.casework.tickets.dossier import Dossier, open_dossier
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.views import Viewpoint
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.mediation.printed_record import find_chinese_font
from callcenter.mediation.store import get_mediation
from callcenter.settings import Settings

_LIMITS = ("accept", "report_check")
"""Time limits of a unit to which a matter is sent, by their codes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Who prints, and with what."""

    viewpoint: Viewpoint
    settings: Settings
    folder: Path


async def issue(session: AsyncSession, number: str, form: Form, desk: Desk) -> IssuedForm:
    """Number the form and keep it; for the same happening the same form, however often it is asked.

    Raises NotFoundError, RefusedError, ConflictError where nothing has happened that it could say.
    """
    user, now = desk.viewpoint.user, desk.viewpoint.now
    dossier = await open_dossier(session, number, user, is_locked=True)
    desk.viewpoint.check_sees_whole(dossier.row)
    state = dossier.ticket.state
    if state in TAKES_NOTHING:
        raise ConflictError(f"The ticket is {state}: nothing is issued of it.", code=ErrorCode.TICKET_CLOSED)
    occasion = await _find_occasion(session, form, dossier)
    known = await store.find_issued(session, form, occasion.event_id)
    if known is not None:
        return known
    year = now.astimezone(desk.settings.timezone).year
    counted = await store.take_number(session, form, year)
    text = number_of(form, desk.settings.form_series, year, counted)
    pdf = await _print(session, form, dossier, occasion, desk, text)
    sha256 = hashlib.sha256(pdf).hexdigest()
    await lock_file(session, sha256, FileKind.PDF, size=len(pdf), at=now)
    await asyncio.to_thread(keep_file, desk.folder, io.BytesIO(pdf), sha256)
    values: dict[str, Any] = {
        "ticket_id": dossier.row.id,
        "form": form.value,
        "event_id": occasion.event_id,
        "year": year,
    }
    values |= {"number": counted, "text": text, "sha256": sha256, "issued_at": now, "issued_by": user.user_id}
    issued = await store.add_issued(session, values)
    body = {"form": form.value, "number": text, "sha256": sha256}
    await log_store.add_event(
        session, dossier.row.id, TicketEventKind.FORM_ISSUED, state=state, by=user.user_id, at=now, body=body
    )
    return issued


async def read_form(
    session: AsyncSession, number: str, form: Form, issued_id: int | None, desk: Desk
) -> tuple[str, BinaryIO]:
    """A name and the page: the issued one, to the byte, or a draft of what would be issued now.

    It names persons, so it is for who may see the ticket whole, and stands in the access log. Raises NotFoundError,
    RefusedError, ConflictError.
    """
    dossier = await open_dossier(session, number, desk.viewpoint.user)
    desk.viewpoint.check_sees_whole(dossier.row)
    if issued_id is not None:
        issued: IssuedForm | None = await store.get_issued(session, dossier.row.id, form, issued_id)
        occasion = None
    else:
        occasion = await _find_occasion(session, form, dossier)
        issued = await store.find_issued(session, form, occasion.event_id)
    what = f"form {form.value} of a ticket ({'draft' if issued is None else issued.text})"
    await log_access(session, desk.viewpoint.user, what, f"tickets/{number}", desk.viewpoint.now)
    if issued is None and occasion is not None:
        return f"draft-{number}-{form.value}", io.BytesIO(await _print(session, form, dossier, occasion, desk, None))
    file = None if issued is None else await asyncio.to_thread(open_kept, desk.folder, issued.sha256)
    if issued is None or file is None:
        raise NotFoundError("The form is not on the disk as it was issued.", code=ErrorCode.FILE_MISSING)
    return f"{issued.year}-{form.value}-{issued.number}", file


async def list_forms(session: AsyncSession, dossier: Dossier) -> list[tuple[Standing, int | None]]:
    """How far each form of the ticket is, with the id of the issued one of what happened last."""
    standings = list_standings(dossier.ticket.kind, await _list_taken(session, dossier))
    events = {one.occasion.event_id for one in standings if one.occasion is not None}
    issued = await store.find_last_issued(session, events)
    return [(one, None if one.occasion is None else issued.get((one.form, one.occasion.event_id))) for one in standings]


async def _find_occasion(session: AsyncSession, form: Form, dossier: Dossier) -> Occasion:
    return find_occasion(form, dossier.ticket.kind, await _list_taken(session, dossier))


async def _list_taken(session: AsyncSession, dossier: Dossier) -> list[Occasion]:
    events = await log_store.list_events(session, dossier.row.id)
    return [Occasion(event_id=event.id, step=event.what, at=event.at, body=event.body) for event, _ in events]


async def _print(
    session: AsyncSession, form: Form, dossier: Dossier, occasion: Occasion, desk: Desk, number: str | None
) -> bytes:
    settings, now = desk.settings, desk.viewpoint.now
    matter = await _read_matter(session, dossier, occasion)
    printed = Print(
        office=settings.office_name, timezone=settings.timezone, area_code=settings.area_code, at=now, number=number
    )
    content = write_form(form, matter, printed)
    return await asyncio.to_thread(print_form, content, font=find_chinese_font(), at=now)


async def _read_matter(session: AsyncSession, dossier: Dossier, occasion: Occasion) -> Matter:
    row = dossier.row
    merchants = await tickets.names_of_merchants(session, [] if row.merchant_id is None else [row.merchant_id])
    unit_id = occasion.body.get("unit_id", row.unit_id)
    units = await tickets.names_of_units(session, [] if unit_id is None else [unit_id])
    limits = [one for one in await deadline_store.list_deadlines(session, row.id) if one.code in _LIMITS]
    agreement, mediation_id = occasion.body.get("agreement"), occasion.body.get("mediation_id")
    if agreement is None and mediation_id is not None:
        agreement = (await get_mediation(session, mediation_id)).agreement
    return Matter(
        number=row.number,
        channel=row.channel,
        received_at=row.received_at,
        title=row.title,
        facts=row.facts,
        requests=tuple(row.requests),
        amount_in_dispute_cents=row.amount_in_dispute_cents,
        amount_recovered_cents=row.amount_recovered_cents,
        respondent=next(iter(merchants.values()), row.respondent),
        parties=dossier.ticket.parties,
        unit=next(iter(units.values()), None),
        agreement=agreement,
        feedback=row.feedback,
        report_by=next((one.target_due_at for one in limits if one.target_due_at is not None), None),
        occasion=occasion,
    )
