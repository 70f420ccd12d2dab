"""Comparing the register with an uploaded export: at one moment, and kept with it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.accounts.store import log_access
from callcenter.casework.imports.looks import make_look
from callcenter.casework.imports.rules import RowStatus
from callcenter.casework.imports.store import find_known, get_import
from callcenter.casework.imports.tables import ImportedRow
from callcenter.casework.imports.taking_in import values_of
from callcenter.casework.reconciliations import store
from callcenter.casework.reconciliations.rules import Discrepancy, check_days, differing_fields, moments_of
from callcenter.casework.tickets.fields import Place
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

AT_ONCE = 250
"""Rows that are compared between two looks at whatever else the process has to do."""


async def compare(
    session: AsyncSession, day: date, since: date, import_id: int, *, user: SignedIn, place: Place, now: datetime
) -> None:
    """Keep how the matters from `since` to `day` agree with an export; the session sees one moment of the register.

    Raises InputError, NotFoundError, ConflictError for an export whose rows are deleted.
    """
    check_days(since, day, now.astimezone(place.timezone).date())
    uploaded, _, _ = await get_import(session, import_id)
    if uploaded.emptied_at is not None:
        raise ConflictError("The import is too old: upload the file again.", code=ErrorCode.IMPORT_EXPIRED)
    look = await make_look(session, uploaded, place)
    differing: list[dict[str, Any]] = []
    only_there: list[dict[str, Any]] = []
    in_both = not_compared = after = 0
    while rows := await store.list_readable(session, import_id, since, day, after=after, limit=AT_ONCE):
        after = rows[-1].line
        known = await find_known(session, {_number(row) for row in rows})
        for row in rows:
            number = _number(row)
            ticket = known.get(number)
            if ticket is None:
                only_there.append(_line(Discrepancy.ONLY_THERE, number, None))
                continue
            in_both += 1
            if row.status == RowStatus.ERROR:
                not_compared += 1
                continue
            values = values_of(row)
            fields = differing_fields(values, ticket, look.codes_on(ticket.received_at))
            if fields:
                differing.append(_line(Discrepancy.DIFFERING, number, ticket.number, fields))
    here = await store.list_only_here(session, import_id, *moments_of(since, day, place.timezone))
    only_here = [_line(Discrepancy.ONLY_HERE, platform_number, number) for number, platform_number in here]
    values_of_whole = {
        "day": day,
        "since": since,
        "import_id": import_id,
        "compared_at": now,
        "compared_by": user.user_id,
        "in_both": in_both,
        "unreadable": await store.count_unreadable(session, import_id),
        "not_compared": not_compared,
        "only_here": len(only_here),
        "only_there": len(only_there),
        "differing": len(differing),
    }
    comparison_id = await store.add_comparison(session, values_of_whole)
    await store.add_lines(session, comparison_id, [*differing, *only_there, *only_here])
    await log_access(session, user, "comparison with the platform", f"reconciliations/{day}", now)


def _number(row: ImportedRow) -> str:
    return row.platform_number or ""


def _line(
    what: Discrepancy, platform_number: str | None, ticket_number: str | None, fields: list[str] | None = None
) -> dict[str, Any]:
    return {
        "what": what.value,
        "platform_number": platform_number,
        "ticket_number": ticket_number,
        "fields": fields or [],
    }
