"""Pages of calls hold exactly what was asked for, whichever index finds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.calls.list_store import CallFilter, CallPlace, list_calls
from callcenter.calls.records import Anomaly, CallRecord, Direction, Outcome, Talk, TalkKind, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import store_reports
from callcenter.calls.tables import Call
from callcenter.postgres.database import Database
from tests.call_examples import ANSWERED, MORNING, after

LOCALITY = Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai"))
AGENTS = ("1001", "1002", "1003", "1004")
QUEUES = ("hotline", "night", "mediation")

ASKED: list[tuple[dict[str, Any], Callable[[Call], bool]]] = [
    ({}, bool),
    ({"business_date": date(2026, 11, 23)}, lambda call: call.business_date == date(2026, 11, 23)),
    ({"from_at": after(7200), "to_at": after(14400)}, lambda call: after(7200) <= call.started_at < after(14400)),
    ({"direction": Direction.OUTBOUND}, lambda call: call.direction == "outbound"),
    ({"outcomes": (Outcome.BUSY,)}, lambda call: call.outcome == "busy"),
    ({"outcomes": (Outcome.BUSY, Outcome.ANSWERED)}, lambda call: call.outcome in ("busy", "answered")),
    ({"caller_number": "+8613800000001"}, lambda call: call.caller_number == "+8613800000001"),
    ({"queue": "night"}, lambda call: "night" in call.queues),
    ({"agent": "1003"}, lambda call: "1003" in call.agents),
    ({"agent": "100"}, lambda call: "100" in call.agents),
    ({"anomaly": Anomaly.PBX_DIED}, lambda call: "pbx_died" in call.anomalies),
    ({"is_odd": True}, lambda call: bool(call.anomalies)),
    ({"is_open": True}, lambda call: call.outcome is None),
    ({"is_unconfirmed": True}, lambda call: call.outcome is not None and not call.is_confirmed),
]


def some_call(number: int, random: Random) -> CallRecord:
    started_at = after(random.randrange(12) * 3600)  # many begin in the same moment
    agents = random.sample(AGENTS, random.randrange(5))
    queues = random.sample(QUEUES, random.randrange(3))
    (visit,) = ANSWERED.queue_visits
    return replace(
        ANSWERED,
        call_id=f"pbx1-1795395600.{number}",
        pbx=random.choice(("pbx1", "pbx2")),
        direction=random.choice((Direction.INBOUND, Direction.INBOUND, Direction.OUTBOUND)),
        caller_number=f"+861380000000{number % 3}",
        caller_raw=f"1380000000{number % 3}",
        started_at=started_at,
        ended_at=started_at + timedelta(minutes=1),
        answered_at=None,
        outcome=random.choice((Outcome.ANSWERED, Outcome.ABANDONED_QUEUE, Outcome.BUSY, None)),
        queue_visits=tuple(replace(visit, queue=queue) for queue in queues),
        talks=tuple(
            Talk(with_=agent, kind=TalkKind.AGENT, from_=after(turn), to=after(turn + 1))
            for turn, agent in enumerate(agents)
        ),
        anomalies=tuple(anomaly for anomaly in (Anomaly.END_UNSEEN, Anomaly.PBX_DIED) if random.random() < 0.2),
        complete=False,
    )


async def test_every_pair_of_filters_gives_page_by_page_what_fits_both(database: Database) -> None:
    random = Random(5)
    calls = [some_call(number, random) for number in range(300)]
    witnessed = [random.choice(((Witness.AMI,), (Witness.LEDGER,), (Witness.AMI, Witness.LEDGER))) for _ in calls]
    told = [
        replace(call, witnesses=(witness,)) for call, heard in zip(calls, witnessed, strict=True) for witness in heard
    ]
    async with database.sessions.begin() as session:
        await store_reports(session, told, locality=LOCALITY, now=MORNING)
        everything = sorted(
            await list_calls(session, CallFilter(), after=None, limit=1000),
            key=lambda call: (call.started_at, call.pbx, call.call_id),
            reverse=True,
        )
        assert len(everything) == 300
        seen = 0
        for (one, fits_one), (other, fits_other) in combinations(ASKED, 2):
            if one.keys() & other.keys():
                continue
            fitting = [call for call in everything if fits_one(call) and fits_other(call)]
            found: list[Call] = []
            place: CallPlace | None = None
            while page := await list_calls(session, CallFilter(**one, **other), after=place, limit=20):
                found += page
                place = CallPlace(started_at=page[-1].started_at, pbx=page[-1].pbx, call_id=page[-1].call_id)
            assert [call.call_id for call in found] == [call.call_id for call in fitting], (one, other)
            seen += len(found)
        assert seen > 1000
