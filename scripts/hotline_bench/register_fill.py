"""A throw-away database with ten years of matters beside the calls of one: most are closed, the last ones are open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from callcenter.casework.tickets.bulk_creation import RegisteredElsewhere, register_many
from callcenter.casework.tickets.creation import EMPTY
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.rules import TicketKind
from callcenter.casework.tickets.search import grams_of
from callcenter.postgres.database import connect
from callcenter.settings import Settings
from hotline_bench.database_fill import DAY, filled_store
from hotline_year.background import MERCHANTS, Draw
from hotline_year.matter import COMPLAINT, ENQUIRY, REPORT, UNITS, Matter, name_merchants

CALLS, CALLS_OF_DAY = 40_000, 200
YEARS = 10
OPEN_SHARE = 350
"""One of so many is open: a thousand of 350,000, as many as come in ten days."""
SHARES = {ENQUIRY: 30_000, COMPLAINT: 4_200, REPORT: 800}
KINDS = {ENQUIRY: TicketKind.ENQUIRY, COMPLAINT: TicketKind.COMPLAINT, REPORT: TicketKind.REPORT}
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(DAY.year, DAY.month, DAY.day, 10, tzinfo=UTC)
AT_ONCE = 200

_TICKETS = (
    *("id", "number", "kind", "state", "version", "channel", "received_at", "created_at", "created_by"),
    *("registered_at", "registered_by", "closed_at", "completed_at", "title", "facts", "respondent", "merchant_id"),
    *("priority", "priority_reason", "unit_id", "platform_number", "search_grams", *EMPTY),
)
_PARTIES = ("ticket_id", "role", "name", "phone", "subject", "is_anonymous", "is_confidential")
_EVENTS = ("ticket_id", "what", "from_state", "to_state", "at", "by", "body")
_CLOCKS = ("ticket_id", "code", "number", "begins_at", "target_due_at", "stopped_at", "state", "warned")


@dataclass(frozen=True, kw_only=True, slots=True)
class FilledRegister:
    """How many matters there are, and how many of them are open."""

    url: str
    tickets: int
    open: int


@asynccontextmanager
async def filled_register(tickets: int) -> AsyncIterator[FilledRegister]:
    """Closed matters by COPY; the open ones by the register's own way in, so that their clocks run."""
    async with filled_store(CALLS, CALLS_OF_DAY) as filled:
        connection: Any = await asyncpg.connect(filled.url.replace("+asyncpg", ""))
        try:
            user = await _add_people(connection)
            phones = [row["customer_key"] for row in await connection.fetch(_PHONES)]
            matters = _draw(tickets)
            count = len(matters) // OPEN_SHARE
            closed, still_open = matters[:-count], matters[-count:]
            await _copy_closed(connection, closed, phones, user)
            await _register_open(filled.url, still_open, user)
            await connection.execute(_OPEN_PARTIES, phones[:count], len(closed))
            await connection.execute(_FORWARD)
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
        yield FilledRegister(url=filled.url, tickets=len(matters), open=count)


_PHONES = "SELECT DISTINCT customer_key FROM calls WHERE direction = 'inbound' AND customer_key IS NOT NULL ORDER BY 1"

_OPEN_PARTIES = """
INSERT INTO ticket_parties (ticket_id, role, name, phone, subject, is_anonymous, is_confidential)
SELECT id, CASE kind WHEN 'report' THEN 'reporter' ELSE 'complainant' END, '王某', phone, phone, false, false
  FROM (SELECT id, kind, ($1::text[])[1 + (id - $2) % cardinality($1::text[])] AS phone FROM tickets WHERE id > $2) open
"""
_FORWARD = "UPDATE tickets SET unit_id = 1 + id % 7 WHERE closed_at IS NULL AND kind <> 'enquiry'"


async def _add_people(connection: Any) -> int:
    """Units and merchants, and the user who made everything."""
    user: int = await connection.fetchval(
        "INSERT INTO users (name, role, password_hash, created_at) VALUES ('clerk', 'agent', '', now()) RETURNING id"
    )
    for name in UNITS:
        await connection.execute(
            "INSERT INTO units (version, name, kind, regions) VALUES (1, $1, 'branch', '{}')", name
        )
    for name in name_merchants(MERCHANTS):
        await connection.execute(
            "INSERT INTO merchants (version, name, normalised_name, aliases, search_text, grams)"
            " VALUES (1, $1, $1, '{}', $1, $2)",
            name,
            grams_of({"respondent": name}),
        )
    return user


def _draw(tickets: int) -> list[Matter]:
    """The same share of each kind in every year, the last of which ends with the measured day."""
    merchants = name_merchants(MERCHANTS)
    drawn: list[Matter] = []
    for year in range(DAY.year - YEARS, DAY.year):
        draw = Draw(year, year, merchants)
        for kind, share in SHARES.items():
            drawn += draw.matters(kind, tickets * share // (YEARS * sum(SHARES.values())))
    return sorted(drawn, key=lambda matter: matter.at)


def _moment(matter: Matter) -> datetime:
    """Moved so that the last year ends with the measured day."""
    until_day = datetime(DAY.year, 1, 1, tzinfo=ZONE) - datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZONE)
    return matter.at.replace(tzinfo=ZONE) - until_day


async def _copy_closed(connection: Any, matters: Sequence[Matter], phones: Sequence[str], user: int) -> None:
    rows = list(enumerate(matters, start=1))
    merchants = {name: number for number, name in enumerate(name_merchants(MERCHANTS), start=1)}
    await _copy(connection, "tickets", _TICKETS, (_ticket(n, matter, merchants, user) for n, matter in rows))
    await _copy(connection, "ticket_parties", _PARTIES, (_party(n, matter, phones) for n, matter in rows))
    await _copy(
        connection, "ticket_events", _EVENTS, (event for n, matter in rows for event in _events(n, matter, user))
    )
    await _copy(connection, "ticket_deadlines", _CLOCKS, (one for n, matter in rows for one in _clocks(n, matter)))
    await connection.execute("SELECT setval(pg_get_serial_sequence('tickets', 'id'), $1)", len(rows))


async def _copy(connection: Any, table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, records=rows, columns=columns)


def _ended(matter: Matter) -> datetime:
    return _moment(matter) + timedelta(days=matter.handled_days)


def _ticket(number: int, matter: Matter, merchants: Mapping[str, int], user: int) -> tuple[Any, ...]:
    at, ended = _moment(matter), _ended(matter)
    kind = KINDS[matter.kind]
    texts = {"title": matter.text[:20], "facts": matter.text, "respondent": matter.merchant}
    unit = None if kind is TicketKind.ENQUIRY else 1 + UNITS.index(matter.unit)
    merchant = merchants.get(matter.merchant or "")
    return (
        *(number, f"12315-{at.year}-{number:06d}", kind.value, "completed", 5, "call", at, at, user, at, user, ended),
        *(ended, *texts.values(), merchant, "P4" if unit else "P5", "", unit),
        *(f"P{number:09d}", grams_of(texts), *EMPTY.values()),
    )


def _party(number: int, matter: Matter, phones: Sequence[str]) -> tuple[Any, ...]:
    phone = phones[number * 7919 % len(phones)]
    role = "reporter" if matter.kind == REPORT else "complainant"
    return number, role, "李某", phone, phone, False, False


def _events(number: int, matter: Matter, user: int) -> Iterator[tuple[Any, ...]]:
    at, ended = _moment(matter), _ended(matter)
    yield number, "created", None, "draft", at, user, "{}"
    yield number, "register", "draft", "registered", at, user, "{}"
    if matter.kind == ENQUIRY:
        yield number, "answer", "registered", "completed", ended, user, "{}"
        return
    yield number, "forward", "registered", "forwarded", at, user, "{}"
    is_report = matter.kind == REPORT
    step, state = ("start_check", "checking") if is_report else ("accept", "accepted")
    yield number, step, "forwarded", state, at, user, "{}"
    step, after = ("not_file", "not_filed") if is_report else ("settle", "settled")
    yield number, step, state, after, ended, user, "{}"
    yield number, "complete", after, "completed", ended, user, "{}"


def _clocks(number: int, matter: Matter) -> Iterator[tuple[Any, ...]]:
    at, ended = _moment(matter), _ended(matter)
    for code in ("platform_entry", "forward", "accept", "mediate") if matter.kind == COMPLAINT else ("report_check",):
        if matter.kind != ENQUIRY:
            yield number, code, 1, at, at + timedelta(days=60), ended, "met", []


async def _register_open(url: str, matters: Sequence[Matter], user: int) -> None:
    place = Place.of(Settings())
    async with connect(url) as database:
        numbered = enumerate(matters)
        while part := list(islice(numbered, AT_ONCE)):
            known = [
                RegisteredElsewhere(
                    kind=KINDS[matter.kind],
                    platform_number=f"Q{number:09d}",
                    received_at=_moment(matter),
                    fields={"title": matter.text[:20], "facts": matter.text, "respondent": matter.merchant},
                )
                for number, matter in part
            ]
            async with database.sessions.begin() as session:
                await register_many(session, known, by=user, place=place, now=NOW)
