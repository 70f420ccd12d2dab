"""The list of tickets as a table, under the headings of the national platform: a row a ticket, persons masked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.classification.rules import Axis
from callcenter.casework.classification.store import list_codes
from callcenter.casework.tickets import store
from callcenter.casework.tickets.rules import was_accepted
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.views import Viewpoint
from callcenter.casework.tickets.words import CHANNELS, DECISIONS, KINDS, OUTCOMES, STATES
from callcenter.languages import Language, word_of
from callcenter.table_files import MOST_ROWS, Column, Kind, Row, Table

TICKETS = Table(
    name="tickets",
    columns=(
        # A number of twenty digits stays text as a telephone number does.
        Column("platform_number", "登记编号", 24, Kind.PHONE),
        Column("number", "工单编号", 18),
        Column("kind", "类型", 11),
        Column("channel", "接收方式", 14),
        Column("received_at", "登记时间", 19),
        Column("respondent", "企业名称", 30),
        Column("facts", "诉求内容", 50),
        Column("problem", "问题类别", 14),
        Column("goods", "商品类别", 14),
        Column("service", "服务类别", 14),
        Column("title", "具体问题", 30),
        Column("decision", "初查受理状态", 12),
        Column("unit", "处理机构", 20),
        Column("feedback", "反馈内容", 40),
        Column("state", "状态", 14),
        Column("outcome", "办理结果", 14),
        Column("priority", "优先级", 7),
        Column("next_due_at", "最近期限", 19),
    ),
)


async def stream_rows(
    session: AsyncSession,
    *conditions: ColumnElement[bool],
    order: Sequence[ColumnElement[object]],
    viewpoint: Viewpoint,
    language: Language,
) -> AsyncIterator[list[Row]]:
    """The cells of each ticket in the order of the columns, some tickets at a time, as they all stood at one moment."""
    problems = await _names_of_codes(session, Axis.PROBLEM)
    goods = await _names_of_codes(session, Axis.GOODS)
    services = await _names_of_codes(session, Axis.SERVICE)
    async for rows in store.stream_tickets(session, *conditions, order=order, limit=MOST_ROWS + 1):
        merchants = await store.names_of_merchants(session, _ids(rows, "merchant_id"))
        units = await store.names_of_units(session, _ids(rows, "unit_id"))
        yield [_row(row, merchants, units, problems, goods, services, viewpoint, language) for row in rows]


def _row(
    row: TicketRow,
    merchants: Mapping[int, str],
    units: Mapping[int, str],
    problems: Mapping[str, str],
    goods: Mapping[str, str],
    services: Mapping[str, str],
    viewpoint: Viewpoint,
    language: Language,
) -> Row:
    merchant = None if row.merchant_id is None else merchants.get(row.merchant_id)
    is_accepted = was_accepted(row.state, row.outcome)
    decision = None if is_accepted is None else "accepted" if is_accepted else "refused"
    return [
        row.platform_number,
        row.number,
        word_of(KINDS, row.kind, language),
        word_of(CHANNELS, row.channel, language),
        row.received_at,
        merchant or viewpoint.mask(row.respondent),
        viewpoint.mask(row.facts),
        _of_code(row.problem_code, problems, language),
        _of_code(row.goods_code, goods, language),
        _of_code(row.service_code, services, language),
        viewpoint.mask(row.title),
        None if decision is None else word_of(DECISIONS, decision, language),
        None if row.unit_id is None else units.get(row.unit_id),
        viewpoint.mask(row.feedback),
        word_of(STATES, row.state, language),
        None if row.outcome is None else word_of(OUTCOMES, row.outcome, language),
        row.priority,
        row.next_due_at,
    ]


def _of_code(code: str | None, names: Mapping[str, str], language: Language) -> str | None:
    return None if code is None else word_of(names, code, language)


async def _names_of_codes(session: AsyncSession, axis: Axis) -> dict[str, str]:
    return {code.code: code.name for code in await list_codes(session, axis, None)}


def _ids(rows: Sequence[TicketRow], name: str) -> Collection[int]:
    return {found for row in rows if (found := getattr(row, name)) is not None}
