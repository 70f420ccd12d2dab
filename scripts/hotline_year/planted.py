"""What is hidden in a synthetic year, and what must not be taken for a finding; each part says what it has hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hotline_year.background import Draw
from hotline_year.matter import COMPLAINT, UNITS, Matter

Hidden = tuple[list[Matter], dict[str, Any]]
"""Matters that come to the others, and what is said of them in `expected.json`."""

TOP_MONTHS = (5, 6, 7)
TOP_A_MONTH = 18
TRIPLED = ("家用电器", "售后服务")
GYM_COMPLAINANTS, GYM_AGAIN, GYM_DAYS = 12, 3, 9
DRIFTING = "教育培训"
DRIFT_BEGINS, DRIFT_A_MONTH = 6, 0.15
SLOW_UNIT, SLOW_FROM = UNITS[1], 8
SERIAL_COMPLAINTS, SERIAL_MERCHANTS = 40, 30
SPELLED_EACH = 4


def hide_all(draw: Draw, merchants: Sequence[str], background: Sequence[Matter]) -> Hidden:
    """Everything but the slow unit, which changes what is there."""
    matters: list[Matter] = []
    expected: dict[str, Any] = {}
    for name, (hidden, said) in {
        "top_ten_merchant": _hide_top_merchant(draw, merchants[150]),
        "tripled_pair": _hide_tripled_pair(draw, background),
        "gym": _hide_gym(draw),
        "food_poisoning": _hide_food_poisoning(draw, merchants[300]),
        "education_drift": _hide_drift(draw, background),
        "serial_complainant": _hide_serial_complainant(draw, merchants),
        "six_spellings": _hide_spellings(draw, merchants[200]),
        "decoy_small_rise": _hide_small_rise(draw, merchants[400]),
    }.items():
        matters += hidden
        expected[name] = said | {"rows": len(hidden)}
    expected["decoy_march"] = {"is_finding": False, "what": "everything rises in March"}
    return matters, expected


def is_counted_on(matter: Matter) -> bool:
    """Whether what is hidden was measured by such matters: none of them may go."""
    return (matter.goods, matter.problem) == TRIPLED or matter.service == DRIFTING


def slow_down(matters: Sequence[Matter]) -> tuple[list[Matter], dict[str, Any]]:
    """One unit takes twice as long from a month on."""
    slower = [
        replace(matter, handled_days=2 * matter.handled_days)
        if matter.unit == SLOW_UNIT and matter.at.month >= SLOW_FROM
        else matter
        for matter in matters
    ]
    return slower, {"is_finding": True, "unit": SLOW_UNIT, "from_month": SLOW_FROM, "times": 2}


def _hide_top_merchant(draw: Draw, merchant: str) -> Hidden:
    matters = [_complaint(draw, month, merchant=merchant) for month in TOP_MONTHS for _ in range(TOP_A_MONTH)]
    return matters, {"is_finding": True, "merchant": merchant, "months": list(TOP_MONTHS)}


def _hide_tripled_pair(draw: Draw, background: Sequence[Matter]) -> Hidden:
    months = Counter(m.at.month for m in background if (m.goods, m.problem) == TRIPLED)
    usual = max(2, round(sum(months[month] for month in range(1, 13) if month != 9) / 11))
    goods, problem = TRIPLED
    missing = max(0, 3 * usual - months[9])
    matters = [_complaint(draw, 9, goods=goods, problem=problem) for _ in range(missing)]
    said = {"goods": goods, "problem": problem, "month": 9, "usual_a_month": usual, "in_the_month": months[9] + missing}
    return matters, {"is_finding": True} | said


def _hide_gym(draw: Draw) -> Hidden:
    """Distinct persons on one prepaid gym within days; some of them complain again."""
    merchant, first = "常州力健健身服务有限公司", date(draw.year, 4, 14)
    persons = [f"1900001{number:04d}" for number in range(GYM_COMPLAINANTS)]
    told = [(person, number * (GYM_DAYS - 1) // (GYM_COMPLAINANTS - 1)) for number, person in enumerate(persons)]
    told += [(person, GYM_DAYS - 1) for person in persons[:GYM_AGAIN]]
    matters = [
        _at(draw, first + timedelta(days=day), merchant=merchant, person=person, service="预付卡", problem="合同")
        for person, day in told
    ]
    matters = [replace(one, text="健身房停业, 预付卡余额无法退还, 要求退款") for one in matters]
    said = {"merchant": merchant, "distinct": GYM_COMPLAINANTS, "again": GYM_AGAIN, "first_day": first.isoformat()}
    return matters, {"is_finding": True, "days": GYM_DAYS} | said


def _hide_food_poisoning(draw: Draw, merchant: str) -> Hidden:
    at = datetime(draw.year, 10, 2, 22)  # noqa: DTZ001
    known = {"merchant": merchant, "goods": "一般食品", "problem": "食品安全"}
    matter = draw.matter(COMPLAINT, at, text="聚餐后4人呕吐腹泻, 已送医", **known)
    return [matter], {"is_finding": True, "merchant": merchant, "at": at.isoformat(), "ill": 4}


def _hide_drift(draw: Draw, background: Sequence[Matter]) -> Hidden:
    usual = max(2, round(sum(matter.service == DRIFTING and matter.kind == COMPLAINT for matter in background) / 12))
    months = range(DRIFT_BEGINS, 13)
    more = {month: round(usual * DRIFT_A_MONTH * (month - DRIFT_BEGINS + 1)) for month in months}
    matters = [_complaint(draw, month, service=DRIFTING) for month in months for _ in range(more[month])]
    said = {"service": DRIFTING, "from_month": DRIFT_BEGINS, "usual_a_month": usual, "more": more}
    return matters, {"is_finding": True} | said


def _hide_serial_complainant(draw: Draw, merchants: Sequence[str]) -> Hidden:
    """Many complaints of one person about many merchants: a hint, and no signal about any merchant."""
    person, first = "19000029999", date(draw.year, 2, 10)
    about = merchants[250 : 250 + SERIAL_MERCHANTS]
    matters = [
        _at(draw, first + timedelta(days=2 * number), merchant=about[number % SERIAL_MERCHANTS], person=person)
        for number in range(SERIAL_COMPLAINTS)
    ]
    said = {"person": person, "complaints": SERIAL_COMPLAINTS, "merchants": SERIAL_MERCHANTS}
    return matters, {"is_finding": True, "is_merchant_signal": False} | said


def _hide_spellings(draw: Draw, merchant: str) -> Hidden:
    short = merchant.removesuffix("有限公司")
    spellings = [
        merchant,
        short,
        short.removeprefix("常州"),
        f"{short}有限责任公司",
        f"常州市{merchant.removeprefix('常州')}",
        f" {merchant[:4]} {merchant[4:]}（武进店）",
    ]
    matters = [
        _complaint(draw, 1 + number % 12, merchant=spelling) for number, spelling in enumerate(spellings * SPELLED_EACH)
    ]
    return matters, {"is_finding": True, "spellings": spellings, "each": SPELLED_EACH}


def _hide_small_rise(draw: Draw, merchant: str) -> Hidden:
    """From three to six in a month, which is chance."""
    matters = [_complaint(draw, month, merchant=merchant) for month in (7, 8, 9) for _ in range(6 if month == 8 else 3)]
    return matters, {"is_finding": False, "merchant": merchant, "month": 8, "from": 3, "to": 6}


def _complaint(draw: Draw, month: int, **known: str) -> Matter:
    days = [day for day in draw.days if day.month == month]
    return _at(draw, draw.random.choice(days), **known)


def _at(draw: Draw, day: date, **known: str) -> Matter:
    return draw.matter(COMPLAINT, draw.moment(day), **known)
