"""The live line's figures, from calls of a real Asterisk."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from callcenter.calls.day_summary import DayFigures, count_day
from callcenter.calls.records import Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import store_reports
from callcenter.kpis.definitions import count_call
from callcenter.kpis.tallies import tally
from callcenter.postgres.database import Database
from callcenter.tracking.tracker import Tracker
from tests.scenarios.captures import RULES, ami_bytes, ami_facts, cel_facts, cel_rows, messages, records_of

LOCALITY = Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai"))


async def test_a_caller_in_the_queue_waits_and_later_is_a_miss_until_both_witnesses_agree(database: Database) -> None:
    facts = ami_facts(messages(ami_bytes("queue_timeout")))
    ledger = records_of(cel_facts(cel_rows("queue_timeout")), Witness.LEDGER)
    tracker = Tracker(witness=Witness.AMI, pbx="pbx1", rules=RULES)
    day = ledger[0].started_at.astimezone(LOCALITY.timezone).date()
    seen: list[DayFigures] = []

    for fact in facts:
        tracker.feed(fact)
        changed = tracker.take_changed()
        if not changed:
            continue
        async with database.sessions.begin() as session:
            await store_reports(session, changed, locality=LOCALITY, now=datetime.now(UTC))
            figures = await count_day(session, day)
        if not seen or seen[-1] != figures:
            seen.append(figures)
    async with database.sessions.begin() as session:
        await store_reports(session, ledger, locality=LOCALITY, now=datetime.now(UTC))
        seen.append(await count_day(session, day))

    assert seen == [
        DayFigures(up=1, waiting=0, answered=0, missed=0, unconfirmed=0),
        DayFigures(up=1, waiting=1, answered=0, missed=0, unconfirmed=0),
        DayFigures(up=1, waiting=0, answered=0, missed=0, unconfirmed=0),
        DayFigures(up=0, waiting=0, answered=0, missed=1, unconfirmed=1),
        DayFigures(up=0, waiting=0, answered=0, missed=1, unconfirmed=0),
    ]


async def test_every_figure_of_a_day_calls_a_caller_lost_by_a_transfer_missed(database: Database) -> None:
    names = ("lost_after_transfer", "answered_by_an_agent", "queue_timeout", "two_callers_joined", "outbound_answered")
    records = [record for name in names for record in records_of(cel_facts(cel_rows(name)), Witness.LEDGER)]
    async with database.sessions.begin() as session:
        await store_reports(session, records, locality=LOCALITY, now=datetime.now(UTC))

    days = {record.started_at.astimezone(LOCALITY.timezone).date() for record in records}
    async with database.sessions.begin() as session:
        shown = [await count_day(session, day) for day in days]
    counted = tally(more for record in records if (more := count_call(record).get(None)) is not None)
    assert (sum(day.answered for day in shown), sum(day.missed for day in shown)) == (3, 2)
    assert (counted.answered, counted.missed) == (3, {"lost_after_transfer": 1, "queue_timeout": 1})
