"""The fields of a ticket: which codes they take, which the log keeps, and whether what is said can be so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.numbers import identity_key, normalise
from callcenter.casework.classification.rules import Axis
from callcenter.casework.classification.store import check_codes
from callcenter.casework.merchants.store import get_merchant
from callcenter.casework.tickets.priorities import Known
from callcenter.casework.tickets.rules import Party, TicketKind
from callcenter.casework.tickets.tables import TicketRow
from callcenter.errors import InputError
from callcenter.settings import Settings

CODE_FIELDS: dict[str, Axis] = {
    "goods_code": Axis.GOODS,
    "service_code": Axis.SERVICE,
    "problem_code": Axis.PROBLEM,
    "offence_code": Axis.OFFENCE,
    "sales_mode_code": Axis.SALES_MODE,
}
OF_PRIORITY = frozenset({"goods_code", "problem_code", "ill", "injured", "endangers_life", "is_of_group", "kind"})
KEPT_IN_LOG = frozenset({*CODE_FIELDS, *OF_PRIORITY, "merchant_id", "platform_number", "amount_in_dispute_cents"})
"""Fields of which the log keeps what they were and are; of texts, which may name persons, only that they changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the hotline is: its timezone, and where bare numbers belong."""

    timezone: ZoneInfo
    area_code: str

    @classmethod
    def of(cls, settings: Settings) -> Place:
        """As the settings have it."""
        return cls(timezone=settings.timezone, area_code=settings.area_code)


async def check_fields(
    session: AsyncSession, fields: Mapping[str, Any], *, received_at: datetime, place: Place, now: datetime
) -> None:
    """Raises InputError, NotFoundError for a code or a merchant that there is not."""
    received_on = received_at.astimezone(place.timezone).date()
    codes = {axis: fields[name] for name, axis in CODE_FIELDS.items() if fields.get(name) is not None}
    await check_codes(session, codes, received_on)
    if fields.get("merchant_id") is not None:
        await get_merchant(session, fields["merchant_id"])
    occurred_on: date | None = fields.get("occurred_on")
    if occurred_on is not None and occurred_on > now.astimezone(place.timezone).date():
        raise InputError("Nothing has happened on a day to come.")


def known_of(kind: TicketKind, fields: Mapping[str, Any]) -> Known:
    """What of these fields says how urgent a matter is."""
    return Known(
        kind=kind,
        goods_code=fields.get("goods_code"),
        problem_code=fields.get("problem_code"),
        ill=fields.get("ill") or 0,
        injured=fields.get("injured") or 0,
        endangers_life=bool(fields.get("endangers_life")),
        is_of_group=bool(fields.get("is_of_group")),
    )


def known_of_row(row: TicketRow) -> Known:
    """The same of a ticket as it stands."""
    return known_of(TicketKind(row.kind), {name: getattr(row, name) for name in OF_PRIORITY})


def normalise_party(party: Party, known: Party | None, area_code: str) -> Party:
    """With the number in its one form; whoever keeps the number keeps the identity key of the call."""
    if known is not None and party.phone == known.phone:
        return replace(party, subject=known.subject)
    found = normalise(party.phone, area_code=area_code)
    if party.phone is None or found.number is None:
        return replace(party, subject=None)
    return replace(party, phone=found.number, subject=identity_key(found))
