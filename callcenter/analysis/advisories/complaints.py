"""Complaints counted in the register by the day they were received, for drafts and for effects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.advisories.effect import Effect, Window, Windows, measure
from callcenter.casework.classification.rules import Axis
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.casework.tickets.rules import TicketKind, TicketState
from callcenter.casework.tickets.tables import TicketRow
from callcenter.hours.rules import DAY

MEASURED_AXES = (Axis.GOODS, Axis.SERVICE)
"""Of which a category is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplaintSubject:
    """A merchant, a category, or a merchant with the category of the trade."""

    merchant_id: int | None
    axis: Axis | None
    code: str | None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to count."""
        return self.merchant_id is not None or self.code is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredEffect:
    """Of the subject, and beside it of its trade: all others of the category, or all others."""

    own: Effect
    trade: Effect


async def count_in(session: AsyncSession, condition: ColumnElement[bool], window: Window, timezone: ZoneInfo) -> int:
    """Complaints of the condition that were received on these local days; what was merged or voided is none."""
    since, until = (datetime.combine(day, time(), timezone) for day in (window.first, window.last + DAY))
    statement = select(func.count()).where(
        TicketRow.kind == TicketKind.COMPLAINT.value,
        TicketRow.merged_into.is_(None),
        TicketRow.state.not_in([TicketState.DRAFT.value, TicketState.VOID.value]),
        TicketRow.received_at >= since,
        TicketRow.received_at < until,
        condition,
    )
    return (await session.scalars(statement)).one()


async def measure_effect(
    session: AsyncSession, subject: ComplaintSubject, windows: Windows, timezone: ZoneInfo
) -> MeasuredEffect:
    """Of a subject that is known."""
    own = of_subject(subject)
    of_category = true() if subject.merchant_id is None else of_category_of(subject)
    counts = [
        await count_in(session, condition, window, timezone)
        for condition in (own, of_category & _others(own))
        for window in (windows.before, windows.after)
    ]
    return MeasuredEffect(own=measure(counts[0], counts[1]), trade=measure(counts[2], counts[3]))


def of_subject(subject: ComplaintSubject) -> ColumnElement[bool]:
    """Of the merchant, whatever the category; of a category where there is no merchant."""
    if subject.merchant_id is None:
        return of_category_of(subject)
    return or_(TicketRow.merchant_id == subject.merchant_id, TicketRow.merchant_id.in_(_merged_into(subject)))


def of_category_of(subject: ComplaintSubject) -> ColumnElement[bool]:
    """All where there is no category."""
    match subject.axis:
        case Axis.GOODS:
            return TicketRow.goods_code == subject.code
        case Axis.SERVICE:
            return TicketRow.service_code == subject.code
        case _:
            return true()


async def list_merchant_names(session: AsyncSession, merchant_ids: Collection[int]) -> list[str]:
    """All that these merchants, and those merged into them, are called."""
    statement = select(MerchantRow.name, MerchantRow.aliases).where(
        or_(MerchantRow.id.in_(merchant_ids), MerchantRow.merged_into.in_(merchant_ids))
    )
    return [name for row in await session.execute(statement.order_by(MerchantRow.id)) for name in (row[0], *row[1])]


def _others(own: ColumnElement[bool]) -> ColumnElement[bool]:
    """Without those of the subject; a complaint of which the merchant is not known is another's."""
    return not_(func.coalesce(own, False))


def _merged_into(subject: ComplaintSubject) -> Select[tuple[int]]:
    chain = (
        select(MerchantRow.id).where(MerchantRow.merged_into == subject.merchant_id).cte("merged_into", recursive=True)
    )
    chain = chain.union(select(MerchantRow.id).join(chain, MerchantRow.merged_into == chain.c.id))
    return select(chain.c.id)
