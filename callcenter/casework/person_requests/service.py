"""Answering a person who asks what is held of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Duty, SignedIn
from callcenter.accounts.store import log_accesses
from callcenter.calls.numbers import mask
from callcenter.casework.person_requests import store
from callcenter.casework.person_requests.document_text import Print
from callcenter.casework.person_requests.rules import Person
from callcenter.casework.person_requests.statement import Held, print_statement
from callcenter.casework.tickets.views import Viewpoint
from callcenter.error_codes import ErrorCode
from callcenter.errors import RefusedError
from callcenter.languages import Language
from callcenter.mediation.printed_record import find_chinese_font
from callcenter.settings import Settings

WHAT = "personal data given"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request: whose data, why, and how it was confirmed that they are the ones who ask."""

    person: Person
    reason: str
    identity: str
    language: Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The document, and how many matters and mediations under the number are somebody else's, or of nobody known."""

    pdf: bytes
    left_out: int


async def answer_person(session: AsyncSession, asked: Asked, settings: Settings, viewpoint: Viewpoint) -> Answer:
    """Everything that is held of the person, as one document; the request and each matter in it are logged.

    Raises RefusedError without the duty of privacy: it may name who reported (SAMR Order 121, Art. 37), to that person
    alone.
    """
    check_duty(viewpoint.user)
    person = asked.person
    mediations, left_out = await store.find_mediations(session, person)
    tickets, others = await store.find_tickets(session, person)
    held = Held(
        calls=await store.find_calls(session, person),
        episodes=await store.find_episodes(session, person),
        mediations=mediations,
        tickets=tickets,
    )
    subjects = [
        mask(person.number, area_code=settings.area_code) or "",
        *dict.fromkeys(f"tickets/{one.row.number}" for one in tickets),
        *dict.fromkeys(f"mediations/{one.mediation.id}" for one in mediations),
    ]
    what = f"{WHAT} ({asked.reason}; identity: {asked.identity})"
    await log_accesses(session, viewpoint.user, what, subjects, viewpoint.now)
    printed = Print(
        person=person,
        reason=asked.reason,
        identity=asked.identity,
        by=viewpoint.user.name,
        office=settings.office_name,
        at=viewpoint.now,
        language=asked.language,
        timezone=settings.timezone,
        area_code=settings.area_code,
        sound_kept=timedelta(days=settings.audio_retention_days),
        font=find_chinese_font(),
    )
    return Answer(pdf=await asyncio.to_thread(print_statement, held, printed), left_out=left_out + others)


def check_duty(user: SignedIn) -> None:
    """Raises RefusedError."""
    if Duty.PRIVACY not in user.duties:
        raise RefusedError(
            f"Only users with the duty {Duty.PRIVACY} may do this.",
            code=ErrorCode.DUTY_REQUIRED,
            params={"duty": Duty.PRIVACY},
        )
