"""The SQL of places kept in queues. Every function works in its caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, TextClause, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.agents.rules import SeatState
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.tables import QueueTurn
from callcenter.calls.records import QueueExit, Witness
from callcenter.dialling.rules import NEVER_RANG, DialOutcome, DialState
from callcenter.queue_callback.rules import HEARD_WITHIN, KEPT_FOR, LONGEST_WAIT, Line, Place


async def lock_turns(session: AsyncSession) -> None:
    """Let nobody else give turns until this transaction ends; what they gave before is seen from here on."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("queue turns", 0))))


_PLACES = text(
    """
    SELECT episodes.id AS episode_id, asked.pbx, asked.call_id,
           asked.visit ->> 'queue' AS queue, (asked.visit ->> 'joined_at')::timestamptz AS joined_at,
           taken.turns
      FROM episodes
     CROSS JOIN LATERAL (
           SELECT calls.pbx, calls.call_id, calls.ended_at, calls.record -> 'queue_visits' -> -1 AS visit
             FROM episode_calls JOIN calls USING (pbx, call_id)
            WHERE episode_calls.episode_id = episodes.id
            ORDER BY calls.started_at DESC
            LIMIT 1) AS asked
     CROSS JOIN LATERAL (
           SELECT count(*) AS turns FROM queue_turns
            WHERE queue_turns.pbx = asked.pbx AND queue_turns.call_id = asked.call_id
              AND queue_turns.taken_at IS NOT NULL) AS taken
     WHERE episodes.closed_at IS NULL AND episodes.caller_number IS NOT NULL
       AND asked.pbx = :pbx
       AND episodes.last_lost_at > :lost_since
       AND asked.visit ->> 'exit' = :exit AND asked.visit ->> 'joined_at' IS NOT NULL
       AND NOT EXISTS (
           SELECT 1 FROM dials
            WHERE dials.subject = episodes.subject AND dials.requested_at > asked.ended_at
              AND dials.state <> ALL (:never_rang) AND dials.outcome IS DISTINCT FROM :not_picked_up)
       AND taken.turns = (
           SELECT count(*) FROM dials
            WHERE dials.subject = episodes.subject AND dials.requested_at > asked.ended_at)
       AND NOT EXISTS (
           SELECT 1 FROM calls
            WHERE calls.customer_key = episodes.subject AND calls.outcome IS NULL AND calls.started_at > :up_since)
    """
)


async def list_places(session: AsyncSession, pbx: str, now: datetime) -> dict[str, list[Place]]:
    """Places that are kept on a PBX, by queue: of callers who were not rung since they asked, and do not call us.

    A turn of which no dial came, because the process died, is not given again.
    """
    rows = await session.execute(
        _PLACES,
        {
            "pbx": pbx,
            "lost_since": now - KEPT_FOR - LONGEST_WAIT,
            "exit": QueueExit.CALLBACK_REQUESTED,
            "never_rang": [state.value for state in NEVER_RANG],
            "not_picked_up": DialOutcome.AGENT_NO_ANSWER,
            "up_since": now - LONGEST_WAIT,
        },
    )
    places: dict[str, list[Place]] = {}
    for row in rows:
        place = Place(
            episode_id=row.episode_id,
            asked_in=CallKey(row.pbx, row.call_id),
            joined_at=row.joined_at,
            turns=row.turns,
        )
        places.setdefault(row.queue, []).append(place)
    return places


_WAITING = text(
    """
    SELECT (record -> 'queue_visits' -> -1 ->> 'joined_at')::timestamptz AS joined_at
      FROM calls
     WHERE pbx = :pbx AND outcome IS NULL AND started_at > :up_since
       AND record -> 'queue_visits' -> -1 ->> 'queue' = :queue
       AND record -> 'queue_visits' -> -1 ->> 'joined_at' IS NOT NULL
       AND record -> 'queue_visits' -> -1 ->> 'left_at' IS NULL
    """
)

_WAS_PLACE_LAST = text(
    """
    SELECT NOT EXISTS (
           SELECT 1
             FROM calls CROSS JOIN LATERAL jsonb_array_elements(record -> 'queue_visits') AS visit
            WHERE calls.pbx = :pbx AND calls.started_at > latest.taken_at - CAST(:longest_wait AS interval)
              AND visit ->> 'queue' = :queue
              AND (visit ->> 'connected_at')::timestamptz > latest.taken_at)
      FROM (SELECT max(taken_at) AS taken_at FROM queue_turns WHERE pbx = :pbx AND queue = :queue) AS latest
     WHERE latest.taken_at IS NOT NULL
    """
)

_AGENTS: TextClause = text(
    """
    SELECT users.id, users.name, users.role, agent_states.interface, agent_states.state, agent_states.from_at
      FROM agent_states
      JOIN agent_sign_ons USING (pbx, interface)
      JOIN users ON users.id = agent_sign_ons.user_id
      JOIN witness_heartbeats USING (pbx)
      LEFT JOIN LATERAL (
           SELECT max(taken_at) AS taken_at FROM queue_turns WHERE queue_turns.user_id = users.id) AS latest ON true
     WHERE agent_states.to_at IS NULL AND :queue = ANY (agent_states.queues)
       AND agent_sign_ons.signed_off_at IS NULL AND agent_states.pbx = :pbx
       AND witness_heartbeats.witness = :witness AND witness_heartbeats.at > :heard_since
       AND NOT EXISTS (
           SELECT 1 FROM dials
            WHERE dials.pbx = agent_states.pbx AND dials.interface = agent_states.interface AND dials.state = :dialling)
     ORDER BY latest.taken_at NULLS FIRST, agent_states.from_at
    """
).bindparams(bindparam("queue", type_=Text))


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatedAgent:
    """An agent who takes calls of a queue, and what their seat does since when."""

    user: SignedIn
    interface: str
    state: SeatState
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """A busy agent who is kept for a place."""

    asked_in: CallKey
    number: int
    user_id: int
    interface: str
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueNow:
    """A queue as it stands, its agents and who of them is kept.

    The agents are those whom no dial of ours holds: who has had a turn least recently first, then who was longest in
    their state.
    """

    line: Line
    agents: tuple[SeatedAgent, ...]
    reservations: tuple[Reservation, ...]


async def read_queue(session: AsyncSession, pbx: str, queue: str, now: datetime) -> QueueNow:
    """Who waits, who could take calls, who is kept."""
    wanted: dict[str, Any] = {"pbx": pbx, "queue": queue, "up_since": now - LONGEST_WAIT}
    waiting = tuple((await session.scalars(_WAITING, wanted)).all())
    asked = {"pbx": pbx, "queue": queue, "longest_wait": LONGEST_WAIT}
    was_place_last = (await session.scalars(_WAS_PLACE_LAST, asked)).first()
    agents = await session.execute(
        _AGENTS,
        {
            "pbx": pbx,
            "queue": queue,
            "witness": Witness.AMI,
            "heard_since": now - HEARD_WITHIN,
            "dialling": DialState.DIALLING,
        },
    )
    reserved = select(QueueTurn).where(QueueTurn.pbx == pbx, QueueTurn.queue == queue, QueueTurn.taken_at.is_(None))
    return QueueNow(
        line=Line(waiting=waiting, was_place_last=bool(was_place_last)),
        agents=tuple(
            SeatedAgent(
                user=SignedIn(user_id=row.id, name=row.name, role=Role(row.role)),
                interface=row.interface,
                state=SeatState(row.state),
                since=row.from_at,
            )
            for row in agents
        ),
        reservations=tuple(
            Reservation(
                asked_in=CallKey(turn.pbx, turn.call_id),
                number=turn.number,
                user_id=turn.user_id,
                interface=turn.interface,
                until=turn.reserved_until or now,
            )
            for turn in await session.scalars(reserved)
        ),
    )


async def list_reserved_queues(session: AsyncSession, pbx: str) -> set[str]:
    """Queues of a PBX in which an agent is kept for a place."""
    kept = select(QueueTurn.queue).where(QueueTurn.pbx == pbx, QueueTurn.taken_at.is_(None))
    return set(await session.scalars(kept))


async def add_turn(
    session: AsyncSession,
    place: Place,
    *,
    queue: str,
    agent: SeatedAgent,
    taken_at: datetime | None,
    reserved_until: datetime | None = None,
) -> None:
    """The place's next turn: taken, or reserved. Belongs behind `lock_turns`; a reserved one becomes taken."""
    values = {
        "queue": queue,
        "user_id": agent.user.user_id,
        "interface": agent.interface,
        "reserved_until": reserved_until,
        "taken_at": taken_at,
    }
    statement = insert_or(QueueTurn).values(
        pbx=place.asked_in.pbx, call_id=place.asked_in.call_id, number=place.turns + 1, **values
    )
    await session.execute(statement.on_conflict_do_update(index_elements=["pbx", "call_id", "number"], set_=values))


async def remove_reservation(session: AsyncSession, reservation: Reservation) -> None:
    """The agent is kept no longer."""
    await session.execute(
        delete(QueueTurn).where(
            QueueTurn.pbx == reservation.asked_in.pbx,
            QueueTurn.call_id == reservation.asked_in.call_id,
            QueueTurn.number == reservation.number,
            QueueTurn.taken_at.is_(None),
        )
    )
