"""Which calls are an agent's own."""

from __future__ import annotations

from sqlalchemy import TextClause, text

_TOOK_PART = """
EXISTS (SELECT FROM agent_sign_ons AS seat, jsonb_array_elements(calls.record -> 'talks') AS talk
         WHERE seat.user_id = :user_id
           AND seat.pbx = calls.pbx
           AND talk ->> 'kind' = 'agent'
           AND talk ->> 'with' = split_part(split_part(seat.interface, '/', 2), '@', 1)
           AND CAST(talk ->> 'from' AS timestamptz) < coalesce(seat.signed_off_at, 'infinity')
           AND coalesce(CAST(talk ->> 'to' AS timestamptz), 'infinity') > seat.signed_on_at)
"""

_RANG_OUT = """
EXISTS (SELECT FROM agent_sign_ons AS seat
         WHERE seat.user_id = :maker_id
           AND seat.pbx = calls.pbx
           AND calls.direction <> 'inbound'
           AND calls.record ->> 'caller_number' = split_part(split_part(seat.interface, '/', 2), '@', 1)
           AND calls.started_at >= seat.signed_on_at
           AND calls.started_at < coalesce(seat.signed_off_at, 'infinity'))
"""


def took_part(user_id: int) -> TextClause:
    """Condition on `calls`: the device at which the user was signed on was in a talk of the call meanwhile."""
    return text(_TOOK_PART).bindparams(user_id=user_id)


def rang_out(user_id: int) -> TextClause:
    """Condition on `calls`: the call was made at the device at which the user was signed on."""
    return text(_RANG_OUT).bindparams(maker_id=user_id)
