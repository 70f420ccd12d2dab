"""The text of an advisory as it stands: what is against it, and whether it may be signed."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.advisories import store
from callcenter.analysis.advisories.complaints import list_merchant_names
from callcenter.analysis.advisories.states import AdvisoryKind
from callcenter.analysis.advisories.tables import AdvisoryRow
from callcenter.analysis.advisories.text_objections import TextObjection, Wording, list_objections
from callcenter.analysis.personal_data import Known


async def scan(
    session: AsyncSession, row: AdvisoryRow, *, title: str | None = None, body: str | None = None
) -> list[TextObjection]:
    """What is against its text, or against these in its place, by all that is known of the persons of its tickets."""
    merchants = [] if row.merchant_id is None else await list_merchant_names(session, [row.merchant_id])
    persons = await store.list_persons(session, row.tickets)
    known = Known(
        names={name for name, _ in persons if name is not None},
        addresses={address for _, address in persons if address is not None},
        public=merchants,
    )
    wording = Wording(
        kind=AdvisoryKind(row.kind),
        title=row.title,
        body=row.body,
        may_name=row.may_name,
        is_verified=bool(row.verified_facts),
        merchants=merchants,
        addressee=row.addressee or "",
    )
    if title is not None and body is not None:
        wording = replace(wording, title=title, body=body)
    return list_objections(wording, known)
