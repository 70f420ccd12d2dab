"""Saying what became of a call, and what the sheet of a day says of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.calls.store import get_call
from callcenter.casework.dispositions import store
from callcenter.casework.dispositions.rules import NoTicket, sum_up
from callcenter.casework.tickets import service as tickets
from callcenter.casework.tickets.rules import Linked


async def put_disposition(
    session: AsyncSession,
    pbx: str,
    call_id: str,
    *,
    tickets_of_call: Sequence[str],
    reason: NoTicket | None,
    remark: str | None,
    user: SignedIn,
    now: datetime,
) -> None:
    """Raises NotFoundError for a call or a ticket that there is not."""
    await get_call(session, pbx, call_id)
    if reason is not None:
        await store.put_reason(session, pbx, call_id, reason=reason, remark=remark, by=user.user_id, at=now)
    for number in tickets_of_call:
        await tickets.add_link(session, number, Linked.CALL, call=(pbx, call_id), ref_id=None, user=user, now=now)


async def describe_day(session: AsyncSession, day: date) -> dict[str, Any]:
    """For the sheet of a business day: what became of its answered calls, as far as it has been said by now."""
    return {"dispositions": sum_up(await store.count_accounts(session, day))}
