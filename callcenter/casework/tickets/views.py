"""What tickets look like to whoever asks: names beside ids, persons masked, reporters kept secret."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Duty, Right, Role, SignedIn
from callcenter.casework.masks import mask_address, mask_name, mask_phone, mask_text
from callcenter.casework.seals import Seal
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import deadline_store, log_store, party_store, store
from callcenter.casework.tickets.dossier import Dossier
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.flags import list_flags
from callcenter.casework.tickets.log_tables import TicketDeadline
from callcenter.casework.tickets.rules import Linked, Party, PartyRole, Ticket, TicketKind
from callcenter.casework.tickets.schemas import MaskedField
from callcenter.casework.tickets.signal_rules import is_often
from callcenter.casework.tickets.states import list_possible
from callcenter.casework.tickets.steps import SIGNED_STEPS
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.view_schemas import (
    DeadlineView,
    FlagOfMerged,
    HistoryEntry,
    LinkView,
    MergedTicket,
    NoticeView,
    PartyView,
    StepView,
    TicketSummary,
    TicketView,
)
from callcenter.error_codes import ErrorCode
from callcenter.errors import NotFoundError, RefusedError

_OF_SUMMARY = ("number", "kind", "state", "priority", "channel", "received_at", "merchant_id", "unit_id", "next_due_at")
_MASKED_OR_NAMED = {*TicketSummary.model_fields, "facts", "feedback", "created_by"}
_OF_ROW = tuple(
    name for name in TicketView.model_fields if name in TicketRow.__table__.columns and name not in _MASKED_OR_NAMED
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Viewpoint:
    """Who looks, where and when."""

    user: SignedIn
    place: Place
    now: datetime

    def mask(self, text: str | None) -> str | None:
        """Free text as everybody sees it."""
        return mask_text(text, area_code=self.place.area_code)

    def sees_reporter(self, row: TicketRow) -> bool:
        """Whether the user may know who reported (SAMR Order 121, Art. 37).

        The unit that handles it, whoever registered it on the same day, and who has the duty of privacy.
        """
        user = self.user
        if row.kind != TicketKind.REPORT or user.role is Role.OFFICER or Duty.PRIVACY in user.duties:
            return True
        days = [moment.astimezone(self.place.timezone).date() for moment in (row.created_at, self.now)]
        return row.created_by == user.user_id and days[0] == days[1]

    def check_sees_whole(self, row: TicketRow) -> None:
        """Raises RefusedError: what nobody can mask is for who may see every field of the ticket whole."""
        if self.user.role is not Role.OFFICER and self.user.user_id != row.created_by:
            self.user.check(Right.UNMASK_NUMBERS)
        if not self.sees_reporter(row):
            raise RefusedError("Who reported is kept secret.", code=ErrorCode.REPORTER_NOT_SHOWN)

    def may_find(self) -> ColumnElement[bool]:
        """Tickets that may be found by a person: reports only by those who may know who reported."""
        user, day = self.user, self.now.astimezone(self.place.timezone).date()
        if user.role is Role.OFFICER or Duty.PRIVACY in user.duties:
            return true()
        midnight = datetime.combine(day, time(), self.place.timezone)
        is_own = (TicketRow.created_by == user.user_id) & (TicketRow.created_at >= midnight)
        return (TicketRow.kind != TicketKind.REPORT.value) | is_own


async def summarise(session: AsyncSession, rows: Sequence[TicketRow], viewpoint: Viewpoint) -> list[TicketSummary]:
    """In the same order."""
    merchants = await store.names_of_merchants(session, _ids(rows, "merchant_id"))
    units = await store.names_of_units(session, _ids(rows, "unit_id"))
    targets = await store.numbers_of(session, _ids(rows, "merged_into"))
    return [TicketSummary(**_summary(row, merchants, units, targets, viewpoint)) for row in rows]


async def view_ticket(session: AsyncSession, dossier: Dossier, viewpoint: Viewpoint) -> TicketView:
    """Everything but the log."""
    row, ticket = dossier.row, dossier.ticket
    merchants = await store.names_of_merchants(session, _ids([row], "merchant_id"))
    units = await store.names_of_units(session, _ids([row], "unit_id"))
    targets = await store.numbers_of(session, _ids([row], "merged_into"))
    steps = [
        StepView(
            step=possible.rule.step,
            needs=list(possible.rule.needs),
            takes=list(possible.rule.takes),
            lacks=list(possible.lacks),
        )
        for possible in list_possible(ticket, viewpoint.now)
        if viewpoint.user.may(possible.rule.right) and possible.rule.step not in SIGNED_STEPS
    ]
    return TicketView(
        **{name: getattr(row, name) for name in _OF_ROW},
        **_summary(row, merchants, units, targets, viewpoint),
        facts=viewpoint.mask(row.facts),
        feedback=viewpoint.mask(row.feedback),
        created_by=await store.get_user_name(session, row.created_by),
        part_of=await store.list_submission(session, row),
        parties=[_party(party, row, viewpoint) for party in ticket.parties],
        deadlines=[view_deadline(one) for one in await deadline_store.list_deadlines(session, row.id)],
        notices=[
            NoticeView(
                kind=notice.kind,  # type: ignore[arg-type]
                to=notice.to,  # type: ignore[arg-type]
                by=notice.told_by,  # type: ignore[arg-type]
                at=notice.at,
                recorded_at=notice.recorded_at,
                pbx=notice.pbx,
                call_id=notice.call_id,
                proof=viewpoint.mask(notice.proof),
            )
            for notice in await log_store.list_notice_rows(session, row.id)
        ],
        links=[
            LinkView(id=link.id, what=Linked(link.what), pbx=link.pbx, call_id=link.call_id, ref_id=link.ref_id)
            for link in await store.list_links(session, row.id)
        ],
        steps=steps,
        merged=await _merged_into(session, row, viewpoint),
        complaints_of_person=await _count_complaints(session, ticket, viewpoint),
        is_suspended=ticket.is_suspended,
        is_in_test=ticket.is_in_test,
    )


def read_whole(
    dossier: Dossier, field: MaskedField, role: PartyRole | None, viewpoint: Viewpoint, seal: Seal
) -> str | None:
    """One field as it is. Raises RefusedError, NotFoundError for a party that there is not, ConflictError of a seal."""
    row, user = dossier.row, viewpoint.user
    if user.role is not Role.OFFICER and user.user_id != row.created_by:
        user.check(Right.UNMASK_NUMBERS)
    if role is None:
        value: str | None = getattr(row, field.value)
        return value
    party = dossier.ticket.find_party(role)
    if party is None:
        raise NotFoundError("Nobody stands in the ticket as that.")
    if role is PartyRole.REPORTER and not viewpoint.sees_reporter(row):
        raise RefusedError("Who reported is kept secret.", code=ErrorCode.REPORTER_NOT_SHOWN)
    if field is MaskedField.ID_NUMBER:
        return None if party.id_number_sealed is None else seal.open(party.id_number_sealed)
    of_party: str | None = getattr(party, field.value)
    return of_party


def view_deadline(row: TicketDeadline) -> DeadlineView:
    """As it was derived last."""
    return DeadlineView(**{name: getattr(row, name) for name in DeadlineView.model_fields})


async def list_history(session: AsyncSession, dossier: Dossier, viewpoint: Viewpoint) -> list[tuple[str, HistoryEntry]]:
    """Events and notes, oldest first, each with its place in the list."""
    ticket_id = dossier.row.id
    entries = [
        (
            f"{event.at.isoformat()} e{event.id:012d}",
            HistoryEntry(
                at=event.at,
                by=name,
                what=event.what,  # type: ignore[arg-type]
                from_state=event.from_state,  # type: ignore[arg-type]
                to_state=event.to_state,  # type: ignore[arg-type]
                note=None,
                body=mask_body(event.body, viewpoint),
            ),
        )
        for event, name in await log_store.list_events(session, ticket_id)
    ]
    entries += [
        (
            f"{note.at.isoformat()} n{note.id:012d}",
            HistoryEntry(
                at=note.at,
                by=name,
                what=None,
                from_state=None,
                to_state=None,
                note=viewpoint.mask(note.note),
                body={},
            ),
        )
        for note, name in await log_store.list_notes(session, ticket_id)
    ]
    return sorted(entries, key=lambda entry: entry[0])


def mask_body(value: Any, viewpoint: Viewpoint) -> Any:
    """What came with an event, with the free text in it as everybody sees it."""
    if isinstance(value, str):
        return viewpoint.mask(value)
    if isinstance(value, Mapping):
        return {name: mask_body(inner, viewpoint) for name, inner in value.items()}
    if isinstance(value, list):
        return [mask_body(inner, viewpoint) for inner in value]
    return value


def _party(party: Party, row: TicketRow, viewpoint: Viewpoint) -> PartyView:
    is_hidden = party.role is PartyRole.REPORTER and not viewpoint.sees_reporter(row)
    phone = mask_phone(party.phone, area_code=viewpoint.place.area_code)
    return PartyView(
        role=party.role,
        name=None if is_hidden else mask_name(party.name),
        phone=None if is_hidden else phone,
        address=None if is_hidden else mask_address(party.address),
        id_type=None if is_hidden else party.id_type,
        id_number=None if is_hidden else party.id_number_masked,
        is_anonymous=party.is_anonymous,
        is_confidential=party.is_confidential,
        may_publish=party.may_publish,
        may_entrust=party.may_entrust,
        is_hidden=is_hidden,
    )


async def _count_complaints(session: AsyncSession, ticket: Ticket, viewpoint: Viewpoint) -> int | None:
    party = ticket.find_party(PartyRole.COMPLAINANT)
    if party is None or party.subject is None or not viewpoint.user.may(Right.HANDLE_TICKETS):
        return None
    thresholds = await read_thresholds(session, viewpoint.now)
    since = viewpoint.now - thresholds.often_within
    number = await party_store.count_complaints(session, [party.subject], since)
    return number if ticket.kind is TicketKind.COMPLAINT and is_often(number, thresholds) else None


async def _merged_into(session: AsyncSession, row: TicketRow, viewpoint: Viewpoint) -> list[MergedTicket]:
    merged = await store.list_merged(session, row.id)
    flags = await list_flags(session, row.id) if merged else []
    return [
        MergedTicket(
            number=one.number,
            merged_at=one.closed_at,  # type: ignore[arg-type]
            received_at=one.received_at,
            title=viewpoint.mask(one.title),
            flags=[
                FlagOfMerged(id=flag.id, trigger=flag.trigger, state=flag.state)  # type: ignore[arg-type]
                for flag in flags
                if flag.ticket_id == one.id
            ],
            deadlines=[view_deadline(clock) for clock in await deadline_store.list_deadlines(session, one.id)],
        )
        for one in merged
    ]


def _summary(
    row: TicketRow,
    merchants: Mapping[int, str],
    units: Mapping[int, str],
    targets: Mapping[int, str],
    viewpoint: Viewpoint,
) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _OF_SUMMARY},
        "title": viewpoint.mask(row.title),
        "respondent": viewpoint.mask(row.respondent),
        "merchant": None if row.merchant_id is None else merchants.get(row.merchant_id),
        "unit": None if row.unit_id is None else units.get(row.unit_id),
        "outcome": row.outcome,
        "merged_into": None if row.merged_into is None else targets[row.merged_into],
    }


def _ids(rows: Sequence[TicketRow], name: str) -> Collection[int]:
    return {found for row in rows if (found := getattr(row, name)) is not None}
