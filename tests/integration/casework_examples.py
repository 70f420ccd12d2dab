"""Examples of what matters are about, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.analysis.periods import Period
from callcenter.analysis.reports import service as reports
from callcenter.analysis.snapshots import store as snapshots
from callcenter.casework.attachments.kinds import FileKind
from callcenter.casework.attachments.store import lock_file
from callcenter.casework.broadcasts import store as broadcasts
from callcenter.casework.broadcasts.rules import BroadcastFilter
from callcenter.casework.broadcasts.service import note_acknowledgement
from callcenter.casework.contacts import store as contacts
from callcenter.casework.contacts.rules import Organisation
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch import finding_store
from callcenter.casework.dispatch.rules import Batch, GoodsTest, InstructionStep, Measure
from callcenter.casework.dispatch.service import instruct, take_step
from callcenter.casework.dispatch.states import InstructionGiven
from callcenter.casework.forms.store import add_issued
from callcenter.casework.imports import store as imports
from callcenter.casework.inspections import attachment_store as inspection_files
from callcenter.casework.inspections import store as inspections
from callcenter.casework.inspections.rules import Answer, ItemResult
from callcenter.casework.merchants.rules import NewMerchant
from callcenter.casework.reconciliations.service import compare
from callcenter.casework.tickets.attachment_store import add_attachment
from callcenter.casework.tickets.creation import NewTicket, create
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.log_tables import TicketEvent
from callcenter.casework.tickets.origins import Origin
from callcenter.casework.tickets.rules import IntakeChannel, Party, PartyRole, TicketKind
from callcenter.casework.tickets.tables import TicketRow
from callcenter.settings import Settings
from tests.integration.conftest import NOW
from tests.report_examples import ZONE, tickets_of

_NOTHING_KNOWN: dict[str, Any] = {
    **dict.fromkeys(("uscc", "superior", "superior_address", "platform", "region", "scale")),
    "aliases": (),
}


def merchant_named(name: str, **known: Any) -> NewMerchant:
    """A merchant of whom nothing else is known."""
    return NewMerchant(name=name, **(_NOTHING_KNOWN | known))


async def add_kept(session: AsyncSession, ticket_id: int, user_id: int, number: int) -> None:
    """A file that is attached to the ticket, and a form that was issued of it; neither is on any disk."""
    sha256 = f"{number:064x}"
    await lock_file(session, sha256, FileKind.PDF, size=1, at=NOW)
    await add_attachment(session, ticket_id, sha256=sha256, name="bill.pdf", by=user_id, at=NOW)
    event_id = await session.scalar(select(func.max(TicketEvent.id)).where(TicketEvent.ticket_id == ticket_id))
    values = {"ticket_id": ticket_id, "form": number, "event_id": event_id, "year": NOW.year, "number": 1}
    await add_issued(session, values | {"text": f"{number}", "sha256": sha256, "issued_at": NOW, "issued_by": user_id})


async def add_import(session: AsyncSession, user_id: int, *, facts: str = "奶粉过期") -> None:
    """An uploaded file with two new rows, which nobody has confirmed."""
    uploaded = await imports.add_import(session, sha256="0" * 64, size=1, by=user_id, at=NOW)
    for line in (2, 3):
        values = {"platform_number": f"A-{uploaded.id}-{line}", "kind": "complaint", "facts": facts}
        row: dict[str, Any] = {"import_id": uploaded.id, "line": line, "status": "new", "field": None, "problem": None}
        row |= {"platform_number": values["platform_number"], "changes": [], "kept": [], "values": values}
        await imports.add_rows(session, [row])


async def compare_import(session: AsyncSession, user: SignedIn, day: date, import_id: int) -> None:
    """The register of that day, compared with an uploaded file."""
    await compare(session, day, day, import_id, user=user, place=Place.of(Settings()), now=NOW)


async def add_ticket(session: AsyncSession, user: SignedIn, key: str, *, phone: str = "13900000001") -> str:
    """The number of a complaint that was just registered by whoever visited the office."""
    new = NewTicket(
        kind=TicketKind.COMPLAINT,
        origin=Origin(),
        channel=IntakeChannel.VISIT,
        received_at=NOW,
        part_of=None,
        fields={
            "title": f"Expired milk, ask {phone}",
            "facts": f"Bought on Sunday; the shop is {phone}",
            "respondent": f"Shop {phone}",
            "requests": ["refund"],
            "ill": 1,
        },
        party=Party(
            role=PartyRole.COMPLAINANT, name=phone, phone=phone, subject=None, address=f"Flat {phone}, Wujin District"
        ),
        is_registered=True,
        key=key,
        hash="",
    )
    place = Place(timezone=Settings().timezone, area_code=Settings().area_code)
    return await create(session, new, user=user, place=place, now=NOW)


async def add_contact(session: AsyncSession, unit_id: int, user_id: int, *, phone: str) -> int:
    """The id of somebody at a unit, who has this number."""
    values = {"name": "Zhou", "role": "contact", "numbers": [phone], "region": None, "goods": [], "brands": []}
    where = Organisation(unit_id=unit_id)
    return await contacts.add_contact(session, where, values | {"position": 1}, by=user_id, at=NOW)


async def add_broadcast(session: AsyncSession, user_id: int, key: str, *, how: str = "WeChat") -> None:
    """A broadcast to all organisations with contacts, of which the first has acknowledged."""
    new: dict[str, Any] = {"kind": "drill", "subject": "Milk", "spoken_text": "Take it off the shelf.", "filter": {}}
    new |= {"started_by": user_id, "started_at": NOW, "idempotency_key": key, "request_hash": ""}
    broadcast_id = await broadcasts.add_broadcast(session, new)
    assert broadcast_id is not None
    for organisation, (name, _) in (await broadcasts.list_reached(session, BroadcastFilter())).items():
        await broadcasts.add_target(session, broadcast_id, organisation, name, NOW)
    (first, *_) = await broadcasts.lock_waiting(session, broadcast_id)
    user = SignedIn(user_id=user_id, name="mei-agent", role=Role.SUPERVISOR)
    await note_acknowledgement(session, broadcast_id, first.id, "Zhou", how, user=user, now=NOW)


async def add_instruction(
    session: AsyncSession, user: SignedIn, ticket: str, unit_id: int, *, phone: str = "13900000001"
) -> int:
    """The id of an instruction that somebody at this number has acknowledged."""
    place = Place(timezone=Settings().timezone, area_code=Settings().area_code)
    words = f"Take it off the shelf, ask {phone}"
    instruction = await instruct(session, ticket, unit_id, Priority.P3, words, user=user, place=place, now=NOW)
    given = InstructionGiven(name=f"Wang {phone}", how=f"rang from {phone}")
    leader = replace(user, role=Role.SUPERVISOR)
    await take_step(
        session, instruction, InstructionStep.ACKNOWLEDGE, given, version=1, user=leader, place=place, now=NOW
    )
    await add_findings(session, user, instruction, phone=phone)
    return instruction


async def add_findings(session: AsyncSession, user: SignedIn, instruction: int, *, phone: str = "13900000001") -> None:
    """Goods that were found, and a test of them."""
    batch = Batch(
        name=f"Milk of {phone}", brand=phone, batch="7", quantity=Decimal(2), measured_in="box", measure=Measure.SEALED
    )
    await finding_store.add_batches(session, instruction, [batch], by=user.user_id, at=NOW)
    test = GoodsTest(item="Milk", method=f"by {phone}", result=f"ask {phone}", evidence=f"report of {phone}")
    await finding_store.add_test(session, instruction, test, by=user.user_id, at=NOW)


async def add_inspection(
    session: AsyncSession, user_id: int, ticket: str, unit_id: int, key: str, *, phone: str = "13900000001"
) -> int:
    """The id of a patrol, with two answers and a file, where somebody at this number was met."""
    ticket_id = await session.scalar(select(TicketRow.id).where(TicketRow.number == ticket))
    values: dict[str, Any] = {
        **{"version": 1, "state": "draft", "template_code": "six-checks", "template_version": 1},
        **{"unit_id": unit_id, "unidentified_reason": f"Ask {phone}", "ticket_id": ticket_id, "officers": [user_id]},
        **{"place": f"Stall of {phone}", "started_at": NOW, "created_by": user_id, "created_at": NOW},
        **{"idempotency_key": key, "request_hash": "", "offence_found": False},
    }
    row = await inspections.add_inspection(session, values)
    assert row is not None
    for item in (1, 2):
        answer = Answer(
            item=item,
            result=ItemResult.FAILED,
            note=f"Ask {phone}",
            no_evidence_reason=f"{phone} refused",
            key=f"{key}-{item}",
            answered_at=NOW,
        )
        await inspections.add_answer(session, row.id, answer, by=user_id, at=NOW)
    sha256 = f"{row.id:063x}f"
    await lock_file(session, sha256, FileKind.PDF, size=1, at=NOW)
    await inspection_files.add_attachment(session, row.id, 1, sha256=sha256, name=f"{phone}.pdf", by=user_id, at=NOW)
    return row.id


async def add_report(session: AsyncSession, period: Period) -> int:
    """The id of a draft on the snapshot of a period, with some made-up matters."""
    made = await snapshots.add_snapshot(
        session,
        period,
        tickets_of(period, 40, 1),
        cut_off_at=NOW,
        last_event_id=0,
        metric_version=1,
        code_version="1",
        made_by=None,
    )
    assert made is not None
    report_id = await reports.draft(session, made.id, by=None, now=NOW, timezone=ZONE)
    assert report_id is not None
    return report_id
