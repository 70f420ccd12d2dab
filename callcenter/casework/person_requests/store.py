"""All SQL of what is held of one person. Works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio.rules import AudioKind, Purpose, kinds_of
from callcenter.audio.store import KeptFile, list_files
from callcenter.audio.tables import AudioFile
from callcenter.callbacks.promise_store import list_promise_changes
from callcenter.callbacks.tables import EpisodeNote, EpisodeRow, PromiseChange
from callcenter.callbacks.work_store import list_notes as list_notes_of_episodes
from callcenter.calls.notes import WrittenNote, list_notes
from callcenter.calls.tables import Call
from callcenter.casework.person_requests.rules import Person
from callcenter.casework.tickets.attachment_tables import TicketAttachment
from callcenter.casework.tickets.log_tables import TicketEvent, TicketNote, TicketNotice
from callcenter.casework.tickets.rules import NoticeTo, PartyRole
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.tables import TicketParty, TicketRow
from callcenter.mediation.recording_intake import leg_of
from callcenter.mediation.rules import LegRole
from callcenter.mediation.tables import Mediation, MediationLeg

Belonging = TypeVar("Belonging", TicketEvent, TicketNotice, TicketNote, TicketAttachment)

MOST_CALLS = 5000
"""That are printed; of more the newest. A document of more pages nobody reads, and a number that floods has them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCalls:
    """Calls of the number with the sound that was kept of them, newest first; `total` may be more than are here."""

    calls: Sequence[Call]
    total: int
    files: Sequence[KeptFile]
    notes: Sequence[WrittenNote]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldEpisodes:
    """Times in which the person waited for a call back, newest first."""

    episodes: Sequence[EpisodeRow]
    notes: Sequence[EpisodeNote]
    promises: Sequence[PromiseChange]


class HeldMediation(NamedTuple):
    """A mediation, as whom the person took part, and the sound in which they can be heard."""

    mediation: Mediation
    leg: MediationLeg
    files: list[KeptFile]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldTicket:
    """A matter in which the person stands; of others there is only how many there are."""

    row: TicketRow
    party: TicketParty
    steps: Sequence[TicketEvent]
    notices: Sequence[TicketNotice]
    notes: Sequence[TicketNote]
    attachments: int
    others: Sequence[str]
    """Names of others in the matter, which stand nowhere in what is given."""

    @property
    def is_own(self) -> bool:
        """Whether the matter is theirs: whoever acts for somebody else is told of their own part alone."""
        return self.party.role != PartyRole.DELEGATE.value


async def find_calls(session: AsyncSession, person: Person) -> HeldCalls:
    """In either direction."""
    wanted = [Call.customer_key == person.key, _since(Call.started_at, person)]
    total = (await session.scalars(select(func.count()).select_from(Call).where(*wanted))).one()
    newest = select(Call).where(*wanted).order_by(Call.started_at.desc(), Call.pbx, Call.call_id).limit(MOST_CALLS)
    calls = (await session.scalars(newest)).all()
    kinds = [*kinds_of(Purpose.RECORDING), *kinds_of(Purpose.MESSAGE)]
    files = await list_files(session, AudioFile.kind.in_(kinds), *wanted)
    notes = await list_notes(session, [(call.pbx, call.call_id) for call in calls])
    return HeldCalls(calls=calls, total=total, files=files, notes=notes)


async def find_episodes(session: AsyncSession, person: Person) -> HeldEpisodes:
    """With what was noted and promised."""
    wanted = (EpisodeRow.subject == person.key, _since(EpisodeRow.opened_at, person))
    episodes = (await session.scalars(select(EpisodeRow).where(*wanted).order_by(EpisodeRow.id.desc()))).all()
    ids = [episode.id for episode in episodes]
    notes = [note for note, _ in await list_notes_of_episodes(session, ids)]
    promises = [change for change, _ in await list_promise_changes(session, ids)]
    return HeldEpisodes(episodes=episodes, notes=notes, promises=promises)


async def find_mediations(session: AsyncSession, person: Person) -> tuple[list[HeldMediation], int]:
    """Newest first, and how many were left out: those of a consumer with the number and another name."""
    statement = (
        select(Mediation, MediationLeg)
        .join(MediationLeg, MediationLeg.mediation_id == Mediation.id)
        .where(
            MediationLeg.number == person.number,
            MediationLeg.role != LegRole.HOST.value,
            _since(Mediation.created_at, person),
        )
        .order_by(Mediation.id.desc(), MediationLeg.id)
    )
    found, left_out = [], 0
    for mediation, leg in await session.execute(statement):
        if leg.role == LegRole.CONSUMER.value and not person.is_named(mediation.consumer_name):
            left_out += 1
            continue
        of_mediation = AudioFile.kind.in_(kinds_of(Purpose.MEDIATION)) & AudioFile.path.startswith(f"{mediation.id}/")
        files = [
            kept
            for kept in await list_files(session, of_mediation)
            if kept.file.kind == AudioKind.ROOM.value or leg_of(kept.file.path, [leg]) is not None
        ]
        found.append(HeldMediation(mediation, leg, files))
    return found, left_out


async def find_tickets(session: AsyncSession, person: Person) -> tuple[list[HeldTicket], int]:
    """Newest first, and how many were left out: those of somebody with the number who is another, or anonymous."""
    statement = (
        select(TicketRow, TicketParty)
        .join(TicketParty, TicketParty.ticket_id == TicketRow.id)
        .where(
            or_(TicketParty.subject == person.key, TicketParty.phone == person.number),
            _since(TicketRow.received_at, person),
        )
        .order_by(TicketRow.id.desc(), TicketParty.role)
    )
    rows = [(row, party) for row, party in await session.execute(statement)]
    own = [(row, party) for row, party in rows if person.is_named(party.name, is_anonymous=party.is_anonymous)]
    ids = [row.id for row, _ in own]
    steps = [step.value for step in TicketStep]
    events = await _of_tickets(session, TicketEvent, ids, TicketEvent.what.in_(steps))
    told = await _of_tickets(session, TicketNotice, ids, TicketNotice.to == NoticeTo.COMPLAINANT.value)
    notes = await _of_tickets(session, TicketNote, ids)
    files = Counter(file.ticket_id for file in await _of_tickets(session, TicketAttachment, ids))
    parties = (await session.scalars(select(TicketParty).where(TicketParty.ticket_id.in_(ids)))).all()
    held = [
        HeldTicket(
            row=row,
            party=party,
            steps=[event for event in events if event.ticket_id == row.id],
            notices=[notice for notice in told if notice.ticket_id == row.id],
            notes=[note for note in notes if note.ticket_id == row.id],
            attachments=files[row.id],
            others=[
                other.name
                for other in parties
                if other.ticket_id == row.id and other.name is not None and other.role != party.role
            ],
        )
        for row, party in own
    ]
    return held, len(rows) - len(own)


async def _of_tickets(
    session: AsyncSession, table: type[Belonging], ids: Collection[int], *conditions: ColumnElement[bool]
) -> Sequence[Belonging]:
    """As they came."""
    statement = select(table).where(table.ticket_id.in_(ids), *conditions).order_by(table.id)
    return (await session.scalars(statement)).all()


def _since(moment: Any, person: Person) -> ColumnElement[bool]:
    return true() if person.since is None else moment >= person.since
