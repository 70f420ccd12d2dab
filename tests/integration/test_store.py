"""What witnesses tell is stored once, in whatever order and however often it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from callcenter.calls import store as call_store
from callcenter.calls.list_store import CallFilter, CallPlace, list_calls
from callcenter.calls.merge_witnesses import BOTH, merge
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Direction,
    Outcome,
    Witness,
)
from callcenter.calls.rows import KnownCall, Locality, Reports, Row, row_after
from callcenter.calls.store import CHANNEL, Stored, get_call, store_reports
from callcenter.calls.tables import Call
from callcenter.calls.witness_store import list_dead_letters
from callcenter.errors import NotFoundError
from callcenter.postgres.database import Database
from tests.call_examples import ABANDONED, ANSWERED, OPEN, after, from_ami, records

LOCALITY = Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai"))
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)


async def store(database: Database, tellings: Iterable[CallRecord], now: datetime = NOW) -> Stored:
    async with database.sessions.begin() as session:
        return await store_reports(session, tellings, locality=LOCALITY, now=now)


async def find_call(database: Database, call_id: str = ANSWERED.call_id) -> Call:
    async with database.sessions.begin() as session:
        return await get_call(session, "pbx1", call_id)


async def dump(database: Database) -> list[tuple[Any, ...]]:
    """Everything that is told by the witnesses and not by our own clock."""
    async with database.engine.connect() as connection:
        columns = ", ".join(
            column.name
            for column in Call.__table__.columns
            if column.name not in ("recorded_at", "confirmed_at", "changed_at")
        )
        return [tuple(row) for row in await connection.execute(text(f"SELECT {columns} FROM calls ORDER BY 1, 2"))]


async def test_a_call_is_recorded_by_one_witness_and_confirmed_by_the_other(database: Database) -> None:
    assert await store(database, [from_ami(ANSWERED)]) == Stored(changed=1)
    call = await find_call(database)
    assert (call.is_confirmed, call.recorded_at, call.confirmed_at) == (False, NOW, None)
    assert call.record == record_to_json(from_ami(ANSWERED))

    assert await store(database, [ANSWERED], LATER) == Stored(changed=1, lags=(timedelta(seconds=3),))
    call = await find_call(database)
    assert {column.name: getattr(call, column.name) for column in Call.__table__.columns} == {
        "pbx": "pbx1",
        "call_id": "pbx1-1795395600.0",
        "direction": "inbound",
        "caller_number": "+8613812345678",
        "number_kind": "mobile",
        "dialled_number": "12315",
        "customer_number": "+8613812345678",
        "customer_key": "+8613812345678",
        "started_at": after(0),
        "answered_at": after(10),
        "ended_at": after(70),
        "business_date": date(2026, 11, 23),
        "outcome": "answered",
        "short": False,
        "wait": timedelta(seconds=8),
        "longest_talk": timedelta(seconds=60),
        "queues": ["hotline"],
        "agents": ["1001"],
        "joined": None,
        "complete": True,
        "is_confirmed": True,
        "anomalies": [],
        "record": record_to_json(replace(ANSWERED, witnesses=BOTH)),
        "told_by_ami": record_to_json(from_ami(ANSWERED)),
        "told_by_ledger": record_to_json(ANSWERED),
        "recorded_at": NOW,
        "confirmed_at": LATER,
        "changed_at": LATER,
    }


async def test_an_open_call_is_a_row_too_and_recorded_when_it_is_over(database: Database) -> None:
    await store(database, [OPEN])
    assert ((call := await find_call(database)).outcome, call.recorded_at) == (None, None)
    await store(database, [ABANDONED], LATER)
    assert ((call := await find_call(database)).outcome, call.recorded_at) == ("abandoned_queue", LATER)


async def test_the_same_told_again_changes_and_announces_nothing(database: Database) -> None:
    await store(database, [from_ami(ANSWERED), ANSWERED])
    before = await dump(database)
    assert await store(database, [ANSWERED, from_ami(ANSWERED), OPEN], LATER) == Stored()
    assert await dump(database) == before
    assert (await find_call(database)).changed_at == NOW


async def test_a_call_belongs_to_the_day_it_started_in_the_hotlines_timezone(database: Database) -> None:
    for name, started_at in (("before", "2026-11-23T15:59:59.999Z"), ("behind", "2026-11-23T16:00:00Z")):
        await store(database, [replace(OPEN, call_id=name, started_at=datetime.fromisoformat(started_at))])
    assert (await find_call(database, "before")).business_date == date(2026, 11, 23)
    assert (await find_call(database, "behind")).business_date == date(2026, 11, 24)


async def test_the_customer_is_the_same_in_both_directions_and_nobody_where_the_number_is_withheld(
    database: Database,
) -> None:
    outbound = replace(
        ANSWERED, call_id="out", direction=Direction.OUTBOUND, caller_raw="1001", dialled_number="9013812345678"
    )
    withheld = replace(ANSWERED, call_id="withheld", caller_raw="anonymous", caller_number=None)
    internal = replace(ANSWERED, call_id="internal", direction=Direction.INTERNAL, caller_raw="1001")
    unseen = replace(OPEN, call_id="unseen", caller_raw=None, caller_number=None, anomalies=(Anomaly.BIRTH_UNSEEN,))
    await store(database, [outbound, withheld, internal, unseen])
    found = {name: await find_call(database, name) for name in ("out", "withheld", "internal", "unseen")}
    assert {name: (call.customer_key, call.number_kind) for name, call in found.items()} == {
        "out": ("+8613812345678", "extension"),
        "withheld": (None, "withheld"),
        "internal": (None, "extension"),
        "unseen": (None, "unknown"),
    }


async def test_what_postgresql_cannot_hold_is_replaced_by_a_visible_sign(database: Database) -> None:
    odd = replace(ANSWERED, call_id="pbx1-1.0", caller_name="a\0b\ud800c", caller_raw="\0")
    assert await store(database, [odd, ANSWERED]) == Stored(changed=2)
    call = await find_call(database, "pbx1-1.0")
    assert (call.record["caller_name"], call.record["caller_raw"]) == ("a␀b?c", "␀")
    assert await store(database, [odd], LATER) == Stored()


async def test_a_number_longer_than_an_index_takes_loses_no_caller(database: Database) -> None:
    shown = "".join(str(number) for number in range(5000))
    call = replace(ABANDONED, caller_raw=shown, caller_number=shown)
    assert await store(database, [call]) == Stored(changed=1)
    kept = await find_call(database, call.call_id)
    assert (kept.caller_number, kept.record["caller_raw"]) == (shown[:200], shown)


async def test_one_telling_that_the_database_refuses_does_not_hold_up_the_others(database: Database) -> None:
    endless = replace(ANSWERED, call_id="".join(map(str, range(30_000))))
    others = [replace(ANSWERED, call_id=f"call {number}") for number in range(3)]
    assert await store(database, [others[0], endless, *others[1:]]) == Stored(changed=3, refused=1)
    async with database.sessions.begin() as session:
        assert len(await list_calls(session, CallFilter(), after=None, limit=10)) == 3
        (letter,) = await list_dead_letters(session)
    assert (letter.pbx, letter.witness, letter.at, letter.told_at) == ("pbx1", "ledger", NOW, ANSWERED.started_at)
    assert "index row" in letter.reason
    assert f"'call_id': '{endless.call_id}'" in letter.told
    with pytest.raises(NotFoundError):
        await find_call(database, endless.call_id)


async def test_one_call_that_our_own_program_cannot_follow_does_not_hold_up_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_one(known: KnownCall | None, told: Reports, *rest: Any, **more: Any) -> Row | None:
        if any(telling.call_id == "call 1" for telling in told.values()):
            raise ZeroDivisionError("a defect")
        return row_after(known, told, *rest, **more)

    monkeypatch.setattr(call_store, "row_after", fail_on_one)
    calls = [replace(ANSWERED, call_id=f"call {number}") for number in range(3)]
    assert await store(database, calls) == Stored(changed=2, refused=1)
    async with database.sessions.begin() as session:
        (letter,) = await list_dead_letters(session)
    assert (letter.reason, letter.told_at) == ("ZeroDivisionError: a defect", ANSWERED.started_at)
    assert "call 1" in letter.told


async def test_a_change_wakes_up_whoever_listens(database: Database, database_url: str) -> None:
    woken = asyncio.Event()
    listener = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await listener.add_listener(CHANNEL, lambda *_: woken.set())
    await store(database, [OPEN])
    await asyncio.wait_for(woken.wait(), 10)
    await listener.close()


async def test_writers_of_the_same_calls_wait_for_each_other(database: Database) -> None:
    calls = [replace(ANSWERED, call_id=f"call {number:02}") for number in range(30)]
    await asyncio.gather(
        *(store(database, calls[begin : begin + 7]) for begin in range(0, 30, 7)),
        *(store(database, map(from_ami, calls[begin : begin + 4][::-1])) for begin in range(28, -1, -4)),
    )
    async with database.sessions.begin() as session:
        found = await list_calls(session, CallFilter(), after=None, limit=100)
    assert [(call.call_id, call.is_confirmed) for call in found] == [(call.call_id, True) for call in reversed(calls)]


async def clear(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM calls"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ami=st.lists(st.integers(0, 2).flatmap(lambda n: records(call_id=f"c{n}", witness=Witness.AMI)), max_size=4),
    ledger=st.lists(st.integers(0, 2).flatmap(lambda n: records(call_id=f"c{n}")), max_size=4),
    turns=st.lists(st.booleans(), min_size=8, max_size=8),
)
async def test_the_order_in_which_two_witnesses_are_heard_does_not_matter(
    database: Database, ami: list[CallRecord], ledger: list[CallRecord], turns: list[bool]
) -> None:
    await clear(database)
    await store(database, [*ami, *ledger])
    at_once = await dump(database)
    await clear(database)
    rest = {True: list(ami), False: list(ledger)}
    for turn in turns:
        if rest[turn]:
            await store(database, [rest[turn].pop(0)])
    for remaining in rest.values():
        await store(database, remaining)
    assert await dump(database) == at_once


async def test_the_stored_record_is_what_both_stored_tellings_make(database: Database) -> None:
    disagreeing = replace(from_ami(ABANDONED), outcome=Outcome.QUEUE_TIMEOUT)
    await store(database, [ABANDONED])
    await store(database, [disagreeing])
    call = await find_call(database)
    assert call.record == record_to_json(merge(disagreeing, ABANDONED))
    assert (call.anomalies, call.is_confirmed) == (["witnesses_disagree_outcome"], False)


async def test_lists_are_filtered_and_paged_without_losing_or_repeating_a_call(database: Database) -> None:
    calls = [
        replace(ABANDONED if number % 3 else ANSWERED, call_id=f"call {number:02}", started_at=after(number // 4))
        for number in range(20)
    ]
    await store(database, calls)
    await store(database, [from_ami(call) for call in calls[:5]])

    async def names(wanted: CallFilter, limit: int = 100) -> list[str]:
        found: list[str] = []
        place: CallPlace | None = None
        async with database.sessions.begin() as session:
            while page := await list_calls(session, wanted, after=place, limit=limit):
                found += [call.call_id for call in page]
                place = CallPlace(started_at=page[-1].started_at, pbx=page[-1].pbx, call_id=page[-1].call_id)
        return found

    newest_first = [call.call_id for call in reversed(calls)]
    for limit in (1, 3, 20, 100):
        assert await names(CallFilter(), limit) == newest_first
    answered = [call.call_id for call in reversed(calls) if call.outcome is Outcome.ANSWERED]
    assert await names(CallFilter(outcomes=(Outcome.ANSWERED, Outcome.BUSY))) == answered
    assert await names(CallFilter(agent="1001")) == answered
    assert await names(CallFilter(queue="hotline", direction=Direction.INBOUND)) == newest_first
    assert await names(CallFilter(is_unconfirmed=True)) == newest_first[:15]
    assert await names(CallFilter(is_open=True)) == []
    assert await names(CallFilter(from_at=after(1), to_at=after(2))) == newest_first[12:16]
    assert await names(CallFilter(business_date=date(2026, 11, 23), caller_number="+8613812345678")) == newest_first
    assert await names(CallFilter(business_date=date(2026, 11, 22))) == []
    assert await names(CallFilter(anomaly=Anomaly.WITNESSES_DISAGREE_MOMENTS)) == await names(CallFilter(is_odd=True))
    assert await names(CallFilter(queue="x")) == await names(CallFilter(caller_number="1")) == []


async def test_the_migration_of_calls_runs_back_and_forward_on_a_filled_database(database: Database) -> None:
    await store(database, [ANSWERED, from_ami(ANSWERED)])
    await database.migrate_back("0001")
    await database.migrate()
    assert await dump(database) == []
