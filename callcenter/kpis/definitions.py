"""Every figure about calls, defined once. Pure: call records in, what each counts and ratios of their sums out.

First what is counted, in words and as the rule that counts it; then the ratios, each with its formula beside it.

Wallboard, statistics and staffing count with these functions alone, so that they cannot disagree. Asterisk's own
service levels are not used: they leave out or praise those who hung up, and begin anew at every restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.calls.causes import OUTCOME_OF_EXIT
from callcenter.calls.records import CallRecord, Direction, Outcome, QueueExit, QueueVisit, RingResult, Talk, TalkKind
from callcenter.kpis.tallies import ANSWERED, LOST_AFTER_TRANSFER, WITHIN_SECONDS, AgentTally, Counted, Ratio, Tally

VERSION = 1
"""Goes up whenever a formula changes, so that figures of different versions are not compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """A figure: its name, what it is of, its formula in words, and its unit."""

    name: str
    of: str
    formula: str
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRatio(Definition):
    """A ratio of calls."""

    of: str = "calls"
    count: Callable[[Tally], tuple[float, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRatio(Definition):
    """A ratio of agents; None where the agents' states are not known."""

    of: str = "agents"
    count: Callable[[AgentTally], tuple[float, float] | None]


_COUNTS = (
    Definition(
        name="offered",
        of="calls",
        formula="inbound calls that are over, short ones and those after hours included, on the business day on which "
        "they began; = answered + every kind of missed. A call still up is in none of them. In all a call counts once; "
        "in a queue once however often it was there, so that the queues add up to more than all",
        unit="calls",
    ),
    Definition(
        name="answered",
        of="calls",
        formula="the caller talked with somebody the PBX rang for them, and no transfer lost them afterwards; in a "
        "queue: the queue connected them",
        unit="calls",
    ),
    Definition(
        name="missed",
        of="calls",
        formula="offered and not answered, by kind: the outcome of the call, or lost_after_transfer; in a queue: how "
        "the last stay there ended, unknown where that is none of a queue's own ends",
        unit="calls",
    ),
    Definition(
        name="short", of="calls", formula="missed, and shorter than the setting SHORT_BELOW_SECONDS (5 s)", unit="calls"
    ),
    Definition(name="handled", of="calls", formula="answered, or lost by a transfer after an answer", unit="calls"),
    Definition(
        name="wait",
        of="calls",
        formula="answered: from entering the first queue (without one, from the start of the call) to the answer; "
        "missed: the sum of the stays in queues",
        unit="seconds",
    ),
    Definition(name="longest_wait_seconds", of="calls", formula="the longest wait of offered calls", unit="seconds"),
)

_KIND_OF_EXIT = OUTCOME_OF_EXIT | {
    QueueExit.WITHDRAWN: Outcome.UNKNOWN,  # moved to another queue, which counts how it ended
    QueueExit.CONNECTED: Outcome.UNKNOWN,
}


def count_call(call: CallRecord) -> dict[str | None, Counted]:
    """What a call counts: under None in all, and under the name of each queue that it visited.

    Empty for calls that are no one's who rang us, and for those still up.
    """
    if call.direction is not Direction.INBOUND or call.outcome is None:
        return {}
    kind = LOST_AFTER_TRANSFER if call.lost_after_transfer and call.outcome is Outcome.ANSWERED else call.outcome.value
    rings, rings_unanswered = _rings_over(call.queue_visits)
    return {
        None: Counted(
            kind=kind,
            is_short=call.short,
            waited=call.wait if call.answered_at is None else _time_to_answer(call, call.answered_at),
            is_handled=call.answered_at is not None,
            talked=call.talk_time,
            rings=rings,
            rings_unanswered=rings_unanswered,
        ),
        **{visit.queue: _in_queue(call, visit.queue) for visit in call.queue_visits if visit.queue is not None},
    }


def _time_to_answer(call: CallRecord, answered_at: datetime) -> timedelta:
    """From entering the first queue, or from the start of a call where that moment is not known."""
    joined_at = call.queue_visits[0].joined_at if call.queue_visits else None
    return max(timedelta(), answered_at - (joined_at or call.started_at))


def _in_queue(call: CallRecord, queue: str) -> Counted:
    visits = [visit for visit in call.queue_visits if visit.queue == queue]
    connected_at = next((visit.connected_at for visit in visits if visit.connected_at is not None), None)
    if connected_at is not None:
        kind = ANSWERED
        waited = max(timedelta(), connected_at - (visits[0].joined_at or call.started_at))
    else:
        kind = _KIND_OF_EXIT[visits[-1].exit or QueueExit.UNKNOWN].value
        waited = sum((visit.wait for visit in visits if visit.wait is not None), timedelta())
    rings, rings_unanswered = _rings_over(visits)
    return Counted(
        kind=kind,
        is_short=call.short and kind != ANSWERED,
        waited=waited,
        is_handled=kind == ANSWERED,
        talked=replace(call, talks=tuple(talk for talk in call.talks if _queue_behind(call, talk) == queue)).talk_time,
        rings=rings,
        rings_unanswered=rings_unanswered,
    )


def _rings_over(visits: Iterable[QueueVisit]) -> tuple[int, int]:
    """How many rings are over, and how many of them nobody answered."""
    results = [ring.result for visit in visits for ring in visit.rings if ring.result is not None]
    return len(results), results.count(RingResult.NO_ANSWER)


def _queue_behind(call: CallRecord, talk: Talk) -> str | None:
    """The queue that had last connected the caller when the talk began."""
    before = (
        visit for visit in call.queue_visits if visit.connected_at is not None and visit.connected_at <= talk.from_
    )
    return next((visit.queue for visit in reversed(list(before))), None)


def count_agents(call: CallRecord) -> dict[str, AgentTally]:
    """What a call that is over counts for each device of the house that it rang or talked with."""
    if call.outcome is None:
        return {}
    rings = [ring for visit in call.queue_visits for ring in visit.rings if ring.result is not None]
    talks = [talk for talk in call.talks if talk.kind is TalkKind.AGENT]
    agents = dict.fromkeys([*(ring.agent for ring in rings), *(talk.with_ for talk in talks)])
    return {
        agent: AgentTally(
            calls=any(talk.with_ == agent for talk in talks),
            talked=replace(call, talks=tuple(talk for talk in talks if talk.with_ == agent)).talk_time,
            rings=sum(ring.agent == agent for ring in rings),
            rings_unanswered=sum(ring.agent == agent and ring.result is RingResult.NO_ANSWER for ring in rings),
        )
        for agent in agents
    }


def ratios(of: Tally) -> dict[str, Ratio]:
    """Every ratio of calls, by name."""
    counted = ((ratio.name, ratio.count(of)) for ratio in CALL_RATIOS)
    return {name: Ratio(numerator=numerator, denominator=denominator) for name, (numerator, denominator) in counted}


def agent_ratios(of: AgentTally) -> dict[str, Ratio | None]:
    """Every ratio of agents, by name."""
    counted = ((ratio.name, ratio.count(of)) for ratio in AGENT_RATIOS)
    return {name: None if parts is None else Ratio(numerator=parts[0], denominator=parts[1]) for name, parts in counted}


def _service_level(index: int, limit: int) -> CallRatio:
    return CallRatio(
        name=f"service_level_{limit}",
        formula=f"answered within {limit} s of entering the queue / offered",
        unit="share",
        count=lambda of: (of.answered_within[index], of.offered),
    )


def _abandoned(of: Tally) -> int:
    return of.missed.get(Outcome.ABANDONED_QUEUE, 0)


def _total_seconds(*durations: timedelta | None) -> float | None:
    known = [duration.total_seconds() for duration in durations if duration is not None]
    return sum(known) if len(known) == len(durations) else None


def _occupancy(of: AgentTally) -> tuple[float, float] | None:
    busy = _total_seconds(of.talking, of.on_hold, of.wrap_up)
    idle = _total_seconds(of.ringing, of.available)
    return None if busy is None or idle is None else (busy, busy + idle)


def _handling(of: AgentTally) -> tuple[float, float] | None:
    handling = _total_seconds(of.talked, of.wrap_up)
    return None if handling is None else (handling, of.calls)


CALL_RATIOS = (
    *(_service_level(index, limit) for index, limit in enumerate(WITHIN_SECONDS)),
    CallRatio(
        name="connect_rate",
        formula="answered / offered",
        unit="share",
        count=lambda of: (of.answered, of.offered),
    ),
    CallRatio(
        name="connect_rate_without_short",
        formula="answered / (offered - short)",
        unit="share",
        count=lambda of: (of.answered, of.offered - of.short),
    ),
    CallRatio(
        name="abandon_rate",
        formula="abandoned_queue (hung up while waiting in a queue) / offered",
        unit="share",
        count=lambda of: (_abandoned(of), of.offered),
    ),
    CallRatio(
        name="abandon_rate_without_short",
        formula="(abandoned_queue - short ones of them) / (offered - short)",
        unit="share",
        count=lambda of: (_abandoned(of) - of.abandoned_short, of.offered - of.short),
    ),
    CallRatio(
        name="asa_seconds",
        formula="average speed of answer: sum of the waits of answered calls / answered",
        unit="seconds",
        count=lambda of: (of.answer_wait.total_seconds(), of.answered),
    ),
    CallRatio(
        name="patience_seconds",
        formula="how long callers are willing to wait, as if that were spread exponentially and an answer or the end "
        "of the queue's patience cut it off: sum of all waits of offered calls / abandoned_queue",
        unit="seconds",
        count=lambda of: (of.waited.total_seconds(), _abandoned(of)),
    ),
    CallRatio(
        name="talk_seconds",
        formula="time callers talked with somebody, hold included, overlapping talks once / handled",
        unit="seconds",
        count=lambda of: (of.talked.total_seconds(), of.handled),
    ),
    CallRatio(
        name="ring_no_answer_rate",
        formula="rings at queue members with result no_answer / rings at queue members",
        unit="share",
        count=lambda of: (of.rings_unanswered, of.rings),
    ),
)

AGENT_RATIOS = (
    AgentRatio(
        name="occupancy",
        formula="(talking + on_hold + wrap_up) / (talking + on_hold + wrap_up + ringing + available); "
        "paused, unreachable and signed off are in neither",
        unit="share",
        count=_occupancy,
    ),
    AgentRatio(
        name="aht_seconds",
        formula="average handling time: (time talked in calls of any direction, hold included, + wrap_up) / "
        "calls talked in",
        unit="seconds",
        count=_handling,
    ),
    AgentRatio(
        name="ring_no_answer_rate",
        formula="rings at the agent's device with result no_answer / rings at it",
        unit="share",
        count=lambda of: (of.rings_unanswered, of.rings),
    ),
)

DEFINITIONS: tuple[Definition, ...] = (*_COUNTS, *CALL_RATIOS, *AGENT_RATIOS)
