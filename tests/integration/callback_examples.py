"""Callers for the tests of callbacks and audit: each function is one call, stored as the recorder would store it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.calls.numbers import normalise
from callcenter.calls.records import CallRecord, Direction, Outcome, Talk, TalkKind, Voicemail, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import store_reports
from callcenter.calls.witness_store import save_heartbeat
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.call_examples import ABANDONED, ANSWERED

SETTINGS = Settings()
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai."""
MEI = "13812345678"
LI = "13900000001"


def at(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


def lost(
    number: int,
    begin: float,
    *,
    caller: str | None = MEI,
    seconds: float = 30,
    outcome: Outcome = Outcome.ABANDONED_QUEUE,
    name: str | None = None,
) -> CallRecord:
    """An inbound call that nobody answers, as the ledger tells it."""
    return replace(
        ABANDONED,
        call_id=f"pbx1-{number}.0",
        caller_raw=caller,
        caller_number=normalise(caller).number,
        customer_number=normalise(caller).number,
        caller_name=name,
        started_at=at(begin),
        ended_at=at(begin + seconds),
        outcome=outcome,
        queue_visits=(),
        wait=timedelta(seconds=seconds),
        voicemail=Voicemail(mailbox="2000", file="msg0000", duration=timedelta(seconds=9))
        if outcome is Outcome.VOICEMAIL
        else None,
    )


def answered(number: int, begin: float, *, caller: str | None = MEI, seconds: float = 60) -> CallRecord:
    """An inbound call in which agent 1001 talks from the tenth second to the end."""
    return replace(
        ANSWERED,
        call_id=f"pbx1-{number}.0",
        caller_raw=caller,
        caller_number=normalise(caller).number,
        customer_number=normalise(caller).number,
        started_at=at(begin),
        answered_at=at(begin + 10),
        ended_at=at(begin + 10 + seconds),
        queue_visits=(),
        talks=(Talk(with_="1001", kind=TalkKind.AGENT, from_=at(begin + 10), to=at(begin + 10 + seconds)),),
    )


def outbound(number: int, begin: float, *, dialled: str = MEI, is_answered: bool = False) -> CallRecord:
    """Agent 1001 rings somebody."""
    call = answered(number, begin, caller="1001")
    customer = normalise(dialled).number
    called = replace(call, direction=Direction.OUTBOUND, dialled_number=dialled, customer_number=customer)
    if is_answered:
        return called
    return replace(called, answered_at=None, talks=(), outcome=Outcome.NO_ANSWER)


def still_up(record: CallRecord) -> CallRecord:
    return replace(record, ended_at=None, outcome=None, complete=False)


def as_ami(record: CallRecord) -> CallRecord:
    return replace(record, witnesses=(Witness.AMI,))


async def store(database: Database, tellings: Iterable[CallRecord]) -> None:
    """In one transaction."""
    locality = Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai"))
    async with database.sessions.begin() as session:
        await store_reports(session, tellings, locality=locality, now=datetime.now(UTC))


async def store_confirmed(database: Database, records: Iterable[CallRecord]) -> None:
    """As both witnesses tell it."""
    await store(database, [telling for record in records for telling in (as_ami(record), record)])


async def hear_all(database: Database, *, until: datetime | None = None) -> None:
    """Both witnesses of the PBX were heard without a gap, until now where nothing else is said."""
    async with database.sessions.begin() as session:
        for witness in Witness:
            await save_heartbeat(session, "pbx1", witness, until or datetime.now(UTC))
