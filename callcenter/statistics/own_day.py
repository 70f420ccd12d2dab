"""What one user did with the calls of a day: the figures that agents see of themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.calls.records import CallRecord, RingResult
from callcenter.kpis.definitions import count_agents
from callcenter.statistics.intervals import Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """A time at a device, which is named as calls name it."""

    pbx: str
    device: str
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDay:
    """Calls talked in and how long; rings answered, and those that nobody answered before the queue gave up."""

    calls: int = 0
    talked: timedelta = timedelta()
    rings_answered: int = 0
    rings_unanswered: int = 0


def count_own(calls: Iterable[CallRecord], sittings: Sequence[Sitting]) -> OwnDay:
    """Of calls that are over, what happened at the user's devices while the user sat there."""
    total = OwnDay()
    for call in calls:
        for device in {sitting.device for sitting in sittings if sitting.pbx == call.pbx}:
            spans = [sitting.span for sitting in sittings if (sitting.pbx, sitting.device) == (call.pbx, device)]
            own = _only(call, device, spans)
            tally = count_agents(own).get(device)
            if tally is not None:
                rings = [ring.result for visit in own.queue_visits for ring in visit.rings]
                total = OwnDay(
                    calls=total.calls + tally.calls,
                    talked=total.talked + tally.talked,
                    rings_answered=total.rings_answered + rings.count(RingResult.ANSWERED),
                    rings_unanswered=total.rings_unanswered + tally.rings_unanswered,
                )
    return total


def _only(call: CallRecord, device: str, spans: Sequence[Span]) -> CallRecord:
    """The call without what others did in it."""

    def sat(at: datetime) -> bool:
        return any(span.from_at <= at < span.to_at for span in spans)

    visits = tuple(
        replace(visit, rings=tuple(ring for ring in visit.rings if ring.agent == device and sat(ring.at)))
        for visit in call.queue_visits
    )
    talks = tuple(talk for talk in call.talks if talk.with_ == device and sat(talk.from_))
    return replace(call, queue_visits=visits, talks=talks)
