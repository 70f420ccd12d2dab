"""Advisories and interviews, for tests of every list and route."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.advisories import store
from callcenter.analysis.advisories.states import AdvisoryState
from callcenter.analysis.interviews import store as interviews
from callcenter.analysis.interviews.states import InterviewState
from callcenter.casework.merchants.store import add_merchant
from tests.integration.casework_examples import merchant_named
from tests.integration.conftest import NOW


async def add_advisory(session: AsyncSession, user_id: int, key: str, *, words: str = "it is so") -> int:
    """The id of a letter about the first merchant, if any, that was answered with these words."""
    values: dict[str, Any] = {"version": 1, "kind": "letter", "state": AdvisoryState.DRAFT.value}
    values |= {"title": "A letter", "body": "消费者反映有异味。", "signal_ids": [], "tickets": [], "verified_facts": []}
    values |= {"may_name": False, "authors": [user_id], "created_by": user_id, "created_at": NOW, "channels": []}
    row = await store.add_advisory(session, values | {"idempotency_key": key, "request_hash": "", "reply": words})
    assert row is not None
    for what in ("draft", "write"):
        states = (AdvisoryState.DRAFT, AdvisoryState.DRAFT)
        await store.add_event(session, row.id, what, states, by=user_id, at=NOW, body={"reply": words})
    return row.id


async def add_interview(session: AsyncSession, user_id: int, key: str, *, words: str = "it is so") -> int:
    """The id of a proposed interview, in whose texts these words stand."""
    merchant = await add_merchant(session, merchant_named(f"Merchant of {key}"), by=user_id, at=NOW)
    values: dict[str, Any] = {"version": 1, "state": InterviewState.PROPOSED.value, "reason": "director"}
    values |= {"merchant_id": merchant.id, "signal_ids": [], "tickets": [], "basis": "law", "is_food": False}
    values |= {"proposed_by": user_id, "proposed_at": NOW, "hosts": [], "attendees": [], "request_hash": ""}
    values |= {"idempotency_key": key, "remark": words, "minutes": words, "problems": words}
    row = await interviews.add_interview(session, values)
    assert row is not None
    for what in ("propose", "reject"):
        state, body = InterviewState.PROPOSED, {"reason": words}
        await interviews.add_event(session, row.id, what, state, by=user_id, at=NOW, body=body)
    return row.id
