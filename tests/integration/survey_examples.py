"""A month of complaints that were completed, frozen as it was, for the tests of surveys and of the quality of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.store import get_user
from callcenter.analysis.periods import Period, PeriodKind, whole_months
from callcenter.analysis.quality.bulletin_service import draft
from callcenter.analysis.snapshots.rows import FrozenClock, FrozenTicket
from callcenter.analysis.snapshots.store import add_snapshot
from callcenter.analysis.surveys import store
from callcenter.analysis.surveys.rules import Answers
from callcenter.analysis.surveys.service import Size, draw_sample, freeze
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.rules import IntakeChannel, TicketKind, TicketOutcome, TicketState
from callcenter.dialling.store import take_dial_id
from callcenter.dialling.tables import Dial
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.casework_examples import add_ticket
from tests.integration.conftest import NOW

OCTOBER = whole_months(PeriodKind.MONTH, date(2026, 10, 1))
COMPLETED_AT = datetime(2026, 10, 20, 2, tzinfo=UTC)
SHEET = "5" * 64
COMPLETED = FrozenTicket(
    number="",
    kind=TicketKind.COMPLAINT,
    state=TicketState.COMPLETED,
    channel=IntakeChannel.CALL,
    received_at=datetime(2026, 10, 2, 1, tzinfo=UTC),
    unit_id=1,
    merchant_id=None,
    goods_code="general_food",
    service_code=None,
    problem_code="quality",
    offence_code=None,
    sales_mode_code="shop",
    region=None,
    brand=None,
    amount_in_dispute_cents=None,
    amount_recovered_cents=None,
    accepted_at=None,
    refused_at=None,
    settled_at=None,
    ended_at=None,
    outcome=TicketOutcome.MEDIATED,
    completed_at=COMPLETED_AT,
    clocks=(FrozenClock(code="accept", number=1, state=ClockState.MET, ended_at=COMPLETED_AT),),
    flags=(),
    priority=Priority.P4,
    complainant_key=None,
    is_serial=False,
    group_id=None,
    is_merged=False,
    is_instructed=False,
)


def phone_of(number: int) -> str:
    """The number of the complainant of the ticket with that number."""
    return f"1390001{number:04}"


async def give_duties(database: Database, **duties: str) -> None:
    """Users of these roles get the duties that are named, apart by blanks."""
    async with database.engine.begin() as connection:
        for role, names in duties.items():
            await connection.execute(
                text("UPDATE users SET duties = :duties WHERE name = :name"),
                {"duties": names.split(), "name": f"mei-{role}"},
            )


async def signed_in(session: AsyncSession, role: Role) -> SignedIn:
    user = await get_user(session, f"mei-{role}")
    return SignedIn(user_id=user.id, name=user.name, role=role)


async def freeze_month(
    database: Database,
    changes: Sequence[Mapping[str, Any]],
    *,
    role: Role = Role.SUPERVISOR,
    period: Period = OCTOBER,
) -> tuple[int, list[str]]:
    """The id of a snapshot with a row for each of these changes of COMPLETED, and the numbers of its tickets.

    The tickets were registered by the user of that role.
    """
    async with database.sessions.begin() as session:
        user = await signed_in(session, role)
        numbers = [
            await add_ticket(session, user, f"{period.first}-{number:08}", phone=phone_of(number))
            for number in range(1, len(changes) + 1)
        ]
        rows = [
            replace(COMPLETED, number=number, complainant_key=f"person-{place}", **change)
            if "complainant_key" not in change
            else replace(COMPLETED, number=number, **change)
            for place, (number, change) in enumerate(zip(numbers, changes, strict=True))
        ]
        made: dict[str, Any] = {"last_event_id": 0, "metric_version": 1, "code_version": "0", "made_by": None}
        snapshot = await add_snapshot(session, period, rows, cut_off_at=NOW, **made)
        assert snapshot is not None
        return snapshot.id, numbers


async def add_sheet(database: Database, day: date, sha256: str = SHEET) -> None:
    """The day was frozen with this hash."""
    async with database.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO day_sheets (business_date, sheet, sha256) VALUES (:day, '{}', :sha256)"),
            {"day": day, "sha256": sha256},
        )


async def add_survey(database: Database) -> None:
    """A survey of October in which everybody is drawn, and two have answered."""
    settings = Settings()
    await freeze_month(database, [{}] * 4)
    await add_sheet(database, OCTOBER.last)
    async with database.sessions.begin() as session:
        user = await signed_in(session, Role.AGENT)
        size = Size(share=Decimal(1))
        survey_id = await freeze(session, OCTOBER, size, user=None, settings=settings, now=NOW)
        await draw_sample(session, survey_id, user=None, now=NOW)
        for sample in (await store.list_samples(session, survey_id))[:2]:
            dial_id = await take_dial_id(session)
            dial = {"id": dial_id, "user_id": user.user_id, "idempotency_key": f"survey-{dial_id}", "pbx": "pbx1"}
            dial |= {"request_sha256": "", "subject": f"+86{phone_of(dial_id)}", "call_id": f"pbx1-1.s{dial_id}"}
            dial |= {"survey_sample_id": sample.row.id, "interface": "PJSIP/1001", "requested_at": NOW}
            dial |= {"state": "ended", "outcome": "talked", "is_mailbox_suspected": False, "ended_at": NOW}
            await session.execute(insert(Dial).values(dial))
            answers = Answers(attitude=5, result=4, is_solved=True, is_kept=None)
            await store.add_answers(session, sample.row.id, answers, surveyor_id=user.user_id, at=NOW, dial_id=dial_id)


async def add_bulletin(database: Database) -> None:
    """A bulletin of September with two findings."""
    september = whole_months(PeriodKind.MONTH, date(2026, 9, 1))
    change = {"sales_mode_code": None, "completed_at": datetime(2026, 9, 20, 2, tzinfo=UTC)}
    snapshot_id, _ = await freeze_month(database, [change] * 2, period=september)
    async with database.sessions.begin() as session:
        await draft(session, snapshot_id, user=None, timezone=Settings().timezone, now=NOW)
