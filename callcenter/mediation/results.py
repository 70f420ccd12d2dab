"""How many mediations there were and what came of them, each rate with what it is a part of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.mediation.rules import Result
from callcenter.mediation.schemas import Share, StatisticsView


def span_of(from_day: date, to_day: date, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight. Raises InputError for days in the wrong order or beyond the calendar."""
    if to_day < from_day:
        raise InputError("The last day lies before the first.", code=ErrorCode.RANGE_ENDS_BEFORE_IT_BEGINS)
    if not date(1970, 1, 2) <= from_day or to_day > date(9999, 1, 1):
        raise InputError("There is no such day.")
    begin = datetime.combine(from_day, time.min, timezone)
    return begin, datetime.combine(to_day + timedelta(days=1), time.min, timezone)


def describe_results(
    counts: Mapping[Result | None, int], *, from_day: date, to_day: date, complaints: int | None
) -> StatisticsView:
    """The figures from how often each result came."""
    total = sum(counts.values())
    without_result = counts.get(None, 0)
    settled = counts.get(Result.SETTLED, 0)
    return StatisticsView(
        from_day=from_day,
        to_day=to_day,
        mediations=total,
        without_result=without_result,
        results={result: counts.get(result, 0) for result in Result},
        settled=_share(settled, total - without_result),
        settled_of_all=_share(settled, total),
        settled_of_complaints=None if complaints is None else _share(settled, complaints),
    )


def _share(numerator: int, denominator: int) -> Share:
    ratio = None if denominator == 0 else round(numerator / denominator, 4)
    return Share(numerator=numerator, denominator=denominator, ratio=ratio)
