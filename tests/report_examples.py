"""Made-up matters of a period, the same for the same seed, and reports of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.analysis.periods import Period, PeriodKind, whole_months
from callcenter.analysis.reports.material import Material, MonthCount, Names, Part, to_part
from callcenter.analysis.snapshots.rows import FrozenClock, FrozenFlag, FrozenTicket
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.rules import IntakeChannel, TicketKind, TicketOutcome, TicketState

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = Names(
    codes={
        "goods": {f"goods_{number}": f"商品{number}" for number in range(20)},
        "service": {f"service_{number}": f"服务{number}" for number in range(20)},
        "problem": {f"problem_{number}": f"问题{number}" for number in range(20)},
        "offence": {f"offence_{number}": f"违法行为{number}" for number in range(20)},
    },
    units={1: "天宁分局", 2: "钟楼分局", 3: "新北分局"},
    merchants={number: f"经营者{number}有限公司" for number in range(1, 40)},
)
BLANK = FrozenTicket(
    number="12315-2026-00001",
    kind=TicketKind.ENQUIRY,
    state=TicketState.REGISTERED,
    channel=IntakeChannel.CALL,
    received_at=datetime(2026, 3, 2, 2, tzinfo=UTC),
    unit_id=None,
    merchant_id=None,
    goods_code=None,
    service_code=None,
    problem_code=None,
    offence_code=None,
    sales_mode_code=None,
    region=None,
    brand=None,
    amount_in_dispute_cents=None,
    amount_recovered_cents=None,
    accepted_at=None,
    refused_at=None,
    settled_at=None,
    ended_at=None,
    outcome=None,
    completed_at=None,
    clocks=(),
    flags=(),
    priority=Priority.P4,
    complainant_key=None,
    is_serial=False,
    group_id=None,
    is_merged=False,
    is_instructed=False,
)


def month(year: int, number: int) -> Period:
    """A month as a period."""
    return whole_months(PeriodKind.MONTH, date(year, number, 1))


def part(period: Period, tickets: list[FrozenTicket], days: int = 20) -> Part:
    """Its matters, of so many working days."""
    since = datetime.combine(period.first, datetime.min.time(), ZONE)
    until = datetime.combine(period.last + timedelta(days=1), datetime.min.time(), ZONE)
    return to_part(period, since, until, days, tickets)


def material(now: Part, year: Part | None, before: Part | None, **others: Any) -> Material:
    """Whatever is compared with it."""
    return Material(now=now, year=year, before=before, **{"months": (), "names": NAMES, **others})


def tickets_of(period: Period, count: int, seed: int) -> list[FrozenTicket]:
    """Of every kind, some received before the period and ended in it, some merged."""
    chance = random.Random(f"{period.first}{seed}")
    since = datetime.combine(period.first, datetime.min.time(), ZONE)
    return [_ticket(chance, since, period.days, number) for number in range(count)]


def months_before(period: Period, count: int = 13) -> tuple[MonthCount, ...]:
    """Counts by kind that rise slowly."""
    found = []
    first = period.first
    for number in range(count):
        kinds = {"enquiry": 2400 - 10 * number, "complaint": 350 - 4 * number, "report": 60 - number}
        found.append(MonthCount(first=first, kinds=kinds, days=20))
        first = (first - timedelta(days=1)).replace(day=1)
    return tuple(reversed(found))


def _ticket(chance: random.Random, since: datetime, days: int, number: int) -> FrozenTicket:
    kind = chance.choices(list(TicketKind), [70, 18, 8, 3, 1])[0]
    received = since + timedelta(minutes=chance.randrange(-10 * 1440, days * 1440))
    values: dict[str, Any] = {
        "number": f"12315-{since:%Y}-{since:%m}{number:04}",
        "kind": kind,
        "channel": chance.choice(list(IntakeChannel)),
        "received_at": received.astimezone(UTC),
        "is_merged": chance.random() < 0.02,
        "complainant_key": None if chance.random() < 0.1 else f"key{chance.randrange(200)}",
        "is_serial": chance.random() < 0.05,
    }
    if kind is TicketKind.COMPLAINT:
        values |= _complaint(chance, received)
    elif kind is TicketKind.REPORT:
        values |= {
            "offence_code": f"offence_{chance.randrange(6)}",
            "unit_id": chance.randint(1, 3),
            "region": "新北区",
        }
    else:
        completed = received + timedelta(hours=1)
        values |= {"outcome": TicketOutcome.ANSWERED, "state": TicketState.COMPLETED, "completed_at": completed}
    return _with(values)


def _complaint(chance: random.Random, received: datetime) -> dict[str, Any]:
    later = received + timedelta(days=chance.randint(0, 12))
    ended = later + timedelta(days=chance.randint(1, 20))
    is_goods = chance.random() < 0.6
    state = chance.choice([ClockState.MET, ClockState.MET, ClockState.MET, ClockState.BREACHED])
    values: dict[str, Any] = {
        "unit_id": chance.randint(1, 3),
        "merchant_id": min(int(chance.expovariate(0.15)) + 1, 39),
        "problem_code": f"problem_{min(int(chance.expovariate(0.3)), 15)}",
        "goods_code": f"goods_{min(int(chance.expovariate(0.2)), 15)}" if is_goods else None,
        "service_code": None if is_goods else f"service_{min(int(chance.expovariate(0.3)), 12)}",
        "brand": None if chance.random() < 0.5 else f"品牌{chance.randrange(12)}",
        "region": chance.choice([None, "天宁区", "钟楼区", "新北区"]),
        "is_instructed": chance.random() < 0.1,
        "clocks": (FrozenClock(code="accept", number=1, state=state, ended_at=later.astimezone(UTC)),),
    }
    if chance.random() < 0.05:
        flag_state = chance.choice(list(FlagState))
        values["flags"] = (
            FrozenFlag(trigger=chance.choice(list(Trigger)), state=flag_state, raised_at=received, decided_at=None),
        )
    if chance.random() < 0.2:
        return values | {"refused_at": later, "state": TicketState.NOT_ACCEPTED}
    values["accepted_at"] = later
    if chance.random() < 0.5:
        outcome = chance.choice([TicketOutcome.MEDIATED, TicketOutcome.SETTLED_ON_THE_SPOT])
        recovered = chance.randrange(1_000, 500_000)
        return values | {"settled_at": ended, "outcome": outcome, "amount_recovered_cents": recovered} | _done(ended)
    return values | {"ended_at": ended, "outcome": TicketOutcome.ENDED} | _done(ended)


def _done(at: datetime) -> dict[str, Any]:
    return {"state": TicketState.COMPLETED, "completed_at": at}


def _with(values: dict[str, Any]) -> FrozenTicket:
    return replace(BLANK, **values)
