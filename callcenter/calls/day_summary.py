"""The few figures of a day that a live line shows, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, kw_only=True, slots=True)
class DayFigures:
    """Calls of one business day; `answered` and `missed` are inbound ones, `waiting` stand in a queue now.

    A call that a transfer lost after an answer is missed, as in every other figure (metrics.py).
    """

    up: int
    waiting: int
    answered: int
    missed: int
    unconfirmed: int


_STATEMENT = text(
    """
    SELECT count(*) FILTER (WHERE outcome IS NULL),
           count(*) FILTER (WHERE outcome IS NULL
                              AND record -> 'queue_visits' -> -1 ->> 'joined_at' IS NOT NULL
                              AND record -> 'queue_visits' -> -1 ->> 'left_at' IS NULL),
           count(*) FILTER (WHERE direction = 'inbound' AND outcome = 'answered' AND NOT is_lost),
           count(*) FILTER (WHERE direction = 'inbound' AND (outcome <> 'answered' OR is_lost)),
           count(*) FILTER (WHERE outcome IS NOT NULL AND NOT is_confirmed)
      FROM calls,
           LATERAL (SELECT CASE WHEN direction = 'inbound' AND outcome = 'answered'
                                THEN record ->> 'lost_after_transfer' = 'true' ELSE false END AS is_lost) AS transfer
     WHERE business_date = :day
    """
)


async def count_day(session: AsyncSession, day: date) -> DayFigures:
    """The figures of a business day as they stand now."""
    up, waiting, answered, missed, unconfirmed = (await session.execute(_STATEMENT, {"day": day})).one()
    return DayFigures(up=up, waiting=waiting, answered=answered, missed=missed, unconfirmed=unconfirmed)
