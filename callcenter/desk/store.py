"""The SQL of desks. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.tables import User
from callcenter.agents import store as agents
from callcenter.agents.rules import Seat
from callcenter.browser_phones.store import list_leases
from callcenter.callbacks.tables import EpisodeClaim, EpisodePromise, EpisodeRow
from callcenter.calls.tables import Call
from callcenter.desk.inputs import Floor, OwnClaim, OwnDial, OwnMediation, StoredCall
from callcenter.desk.rules import ENDED_SHOWN
from callcenter.dialling.rules import DialState
from callcenter.dialling.tables import Dial
from callcenter.mediation.rules import MediationState
from callcenter.mediation.tables import Mediation


async def read_floor(session: AsyncSession, now: datetime) -> Floor:
    """What concerns each user, without alarms."""
    people = await session.execute(select(User.id, User.name, User.role).where(User.disabled_at.is_(None)))
    calls = await _list_calls(session, now)
    return Floor(
        people={row.id: SignedIn(user_id=row.id, name=row.name, role=Role(row.role)) for row in people},
        seats=await agents.list_seats_taken(session),
        present={Seat(pbx=seat.pbx, interface=seat.interface): seat for seat in await agents.list_present(session)},
        phones={lease.seat: lease for lease in await list_leases(session)},
        heard=await agents.list_heard(session),
        calls=calls,
        episodes=await _find_episodes(session, {call.subject for call in calls if call.subject is not None}),
        dials=await _list_dials(session),
        claims=await _list_claims(session),
        mediations=await _list_mediations(session),
    )


async def _list_calls(session: AsyncSession, now: datetime) -> list[StoredCall]:
    """The oldest first. Two questions, so that each is answered by its index."""
    wanted = select(Call.pbx, Call.call_id, Call.customer_key, Call.record)
    found = []
    for condition in (Call.outcome.is_(None), Call.outcome.is_not(None) & (Call.ended_at > now - ENDED_SHOWN)):
        rows = await session.execute(wanted.where(condition).order_by(Call.started_at, Call.pbx, Call.call_id))
        found += [StoredCall(key=(row.pbx, row.call_id), subject=row.customer_key, record=row.record) for row in rows]
    return found


async def _find_episodes(session: AsyncSession, subjects: set[str]) -> dict[str, int]:
    if not subjects:
        return {}
    is_theirs = EpisodeRow.subject.in_(sorted(subjects)) & EpisodeRow.closed_at.is_(None)
    rows = await session.execute(select(EpisodeRow.subject, EpisodeRow.id).where(is_theirs).order_by(EpisodeRow.id))
    return {row.subject: row.id for row in rows}


async def _list_dials(session: AsyncSession) -> dict[int, OwnDial]:
    """A user's newest dial in flight: a second one needs another seat."""
    statement = select(Dial).where(Dial.state == DialState.DIALLING).order_by(Dial.id)
    return {
        dial.user_id: OwnDial(
            dial_id=dial.id,
            episode_id=dial.episode_id,
            subject=dial.subject,
            key=(dial.pbx, dial.call_id),
            requested_at=dial.requested_at,
        )
        for dial in await session.scalars(statement)
    }


async def _list_claims(session: AsyncSession) -> dict[int, list[OwnClaim]]:
    statement = (
        select(EpisodeClaim.user_id, EpisodeClaim.episode_id, EpisodeClaim.expires_at, EpisodePromise.promised_at)
        .join(EpisodeRow, EpisodeRow.id == EpisodeClaim.episode_id)
        .outerjoin(EpisodePromise, EpisodePromise.episode_id == EpisodeClaim.episode_id)
        .where(EpisodeClaim.ended_at.is_(None), EpisodeRow.closed_at.is_(None))
        .order_by(EpisodeClaim.episode_id)
    )
    claims: dict[int, list[OwnClaim]] = {}
    for row in await session.execute(statement):
        claim = OwnClaim(episode_id=row.episode_id, expires_at=row.expires_at, promised_at=row.promised_at)
        claims.setdefault(row.user_id, []).append(claim)
    return claims


async def _list_mediations(session: AsyncSession) -> dict[int, OwnMediation]:
    """By host, who is in one at a time."""
    is_on = Mediation.state.in_((MediationState.CALLING, MediationState.OPEN))
    return {
        mediation.host_user_id: OwnMediation(
            mediation_id=mediation.id,
            key=None if mediation.call_id is None else (mediation.pbx, mediation.call_id),
            state=MediationState(mediation.state),
        )
        for mediation in await session.scalars(select(Mediation).where(is_on).order_by(Mediation.id))
    }
