"""What the rows of one file are looked at with: the codes of their days, and a moment for what does not say its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.classification.rules import Code
from callcenter.casework.imports import store
from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.rows import Values
from callcenter.casework.imports.rules import (
    CodesByName,
    KnownTicket,
    Plan,
    columns_of,
    plan_change,
    received_at,
    valid_codes,
)
from callcenter.casework.imports.tables import ImportRow
from callcenter.casework.tickets.fields import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Made once for a file, whose days are few."""

    import_id: int
    uploaded_at: datetime
    codes: Mapping[str, Sequence[Code]]
    place: Place
    of_days: dict[date, CodesByName]

    def received_at(self, values: Values) -> datetime:
        """When the matter came to the platform, or else to us."""
        return received_at(values, self.uploaded_at)

    def columns_of(self, values: Values, merchants: Mapping[str, int]) -> dict[str, Any]:
        """All columns of a new ticket that the platform has a say in."""
        merchant_id = merchants.get(values.get(PlatformField.MERCHANT_NAME, ""))
        return columns_of(values, self.codes_on(self.received_at(values))) | {"merchant_id": merchant_id}

    def plan_change(self, values: Values, known: KnownTicket, merchants: Mapping[str, int]) -> Plan:
        """What a ticket takes over of a row."""
        merchant_id = merchants.get(values.get(PlatformField.MERCHANT_NAME, ""))
        return plan_change(values, known, self.codes_on(known.received_at), merchant_id)

    def codes_on(self, moment: datetime) -> CodesByName:
        """That what was received then can have."""
        day = moment.astimezone(self.place.timezone).date()
        if day not in self.of_days:
            self.of_days[day] = valid_codes(self.codes, day)
        return self.of_days[day]


async def make_look(session: AsyncSession, row: ImportRow, place: Place) -> Look:
    """For the rows of this import."""
    codes = await store.list_all_codes(session)
    return Look(import_id=row.id, uploaded_at=row.uploaded_at, codes=codes, place=place, of_days={})


async def merchants_of(session: AsyncSession, rows: Sequence[Values]) -> dict[str, int]:
    """The merchants whom these rows name beyond doubt."""
    names = {name for values in rows if (name := values.get(PlatformField.MERCHANT_NAME)) is not None}
    return await store.find_merchants(session, names) if names else {}
