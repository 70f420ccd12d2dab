"""Finding tickets by what stands in them, by a telephone number, and those that may be the same matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.bigrams import bigrams, likeness, plain
from callcenter.casework.thresholds.rules import Thresholds
from callcenter.casework.tickets.dossier import Dossier
from callcenter.casework.tickets.rules import TicketState
from callcenter.casework.tickets.tables import TicketParty, TicketRow

SEARCHED = ("title", "facts", "respondent", "brand")
"""Texts of a ticket in which words are looked for."""

MOST_DUPLICATES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Likely:
    """A ticket that may be the same matter, and how much both texts have in common, from 0 to 1."""

    row: TicketRow
    likeness: float
    has_same_merchant: bool
    """Both name the same chosen merchant; else whom they are about is told in much the same words."""
    has_same_goods: bool


def grams_of(texts: Mapping[str, Any]) -> list[str]:
    """By which a ticket with these texts is found."""
    return sorted(bigrams(" ".join(filter(None, (texts.get(name) for name in SEARCHED)))))


def has_words(words: str) -> Iterator[ColumnElement[bool]]:
    """The index finds the pairs of characters; that they stand together is looked at in the text itself."""
    for word in words.split():
        grams = sorted(bigrams(word))
        if grams:
            yield TicketRow.search_grams.contains(grams)
        pattern = "%" + plain(word).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        texts = [func.lower(func.normalize(getattr(TicketRow, name), literal_column("NFKC"))) for name in SEARCHED]
        yield or_(*(text.like(pattern, escape="\\") for text in texts))


def is_of_phone(number: str) -> ColumnElement[bool]:
    """Somebody in the ticket has this number, in its one form."""
    return exists().where(TicketParty.ticket_id == TicketRow.id, TicketParty.phone == number)


async def list_duplicates(
    session: AsyncSession, dossier: Dossier, thresholds: Thresholds, *conditions: ColumnElement[bool]
) -> list[Likely]:
    """Of the same person about the same merchant and goods, or in much the same words; the most alike first.

    They are suggested, and never merged by themselves.
    """
    row = dossier.row
    subjects = {party.subject for party in dossier.ticket.parties if party.subject is not None}
    if not subjects:
        return []
    same_within = thresholds.same_within
    statement = (
        select(TicketRow)
        .where(
            exists().where(TicketParty.ticket_id == TicketRow.id, TicketParty.subject.in_(subjects)),
            TicketRow.id != row.id,
            TicketRow.kind == row.kind,
            TicketRow.state.not_in([TicketState.VOID.value, TicketState.MERGED.value]),
            TicketRow.received_at.between(row.received_at - same_within, row.received_at + same_within),
            *conditions,
        )
        .order_by(TicketRow.id.desc())
        .limit(10 * MOST_DUPLICATES)
    )
    found = [_compare(row, other, thresholds.same_likeness) for other in await session.scalars(statement)]
    likely = sorted((one for one in found if one is not None), key=lambda one: -one.likeness)
    return likely[:MOST_DUPLICATES]


def _compare(row: TicketRow, other: TicketRow, least: float) -> Likely | None:
    of_both = likeness(bigrams(row.facts or ""), bigrams(other.facts or ""))
    has_same_goods = row.goods_code is not None and row.goods_code == other.goods_code
    if _is_about_same(row, other, least) and (has_same_goods or of_both >= least):
        has_same_merchant = row.merchant_id is not None and row.merchant_id == other.merchant_id
        return Likely(row=other, likeness=of_both, has_same_merchant=has_same_merchant, has_same_goods=has_same_goods)
    return None


def _is_about_same(row: TicketRow, other: TicketRow, least: float) -> bool:
    if row.merchant_id is not None and other.merchant_id is not None:
        return row.merchant_id == other.merchant_id
    return likeness(bigrams(row.respondent or ""), bigrams(other.respondent or "")) >= least
