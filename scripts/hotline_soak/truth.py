"""What happened to every inbound caller, by the plan of the play and the events of its phones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hotline_lab.play import PhoneCall
from hotline_lab.scenario import Plan
from hotline_soak.persons import person_of
from hotline_soak.pieces import Piece

OFF_PLAN = timedelta(seconds=1)
"""A phone later than this was on a machine too busy for its plan; then only its own events count."""
TALK_ENDS = timedelta(seconds=2)
"""Between the ends of a talk, as a phone and a page see them."""
LEFT = timedelta(seconds=7)
"""A caller whose agent's page did not come back for so long was sent back to the queue; see `page_seat.py`."""
AT_ONCE = timedelta(seconds=0.5)
"""What a dying PBX may or may not have processed."""

ANSWERED = frozenset(("answered",))
MISSED = frozenset(
    (
        *("voicemail", "voicemail_abandoned", "queue_timeout", "queue_empty", "queue_full", "queue_exit_key"),
        *("abandoned_queue", "no_answer", "busy", "rejected", "after_hours", "abandoned_greeting"),
        "emergency_unanswered",
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Talked:
    """A talk with one of us; how long the backend must have it at least, and at most."""

    person: str | None
    begin: datetime
    least: timedelta
    most: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """One inbound call. `outcomes` are those a record may have; usually there is one."""

    kind: str
    number: str
    dialled: str
    begin: datetime
    end: datetime
    outcomes: frozenset[str]
    crashed_at: datetime | None = None
    """When the PBX died during the play."""
    planned: str
    is_sure: bool = True
    """False for one who dialled in the moment in which the PBX died, or whom it never answered: no record is right
    too."""
    is_off_plan: bool = False
    is_lost_after_transfer: bool = False
    talked_with: frozenset[str] | None = None
    """The phones of the people this caller talked to; None where the phones do not show it."""
    talk: Talked | None = None
    """The time in which they talked to anybody."""


def truths_of(
    kind: str,
    piece: Piece,
    calls: Sequence[PhoneCall],
    *,
    crashed_at: datetime | None = None,
    is_broken: bool = False,
) -> list[Truth]:
    """The callers who rang, in that order.

    `is_broken`: a phone of the play has failed. Then only the events of the phones count, not the plan.
    """
    callers = sorted((call for call in calls if call.kind == "caller"), key=lambda call: call.events[0].at)
    plans = [caller.plan for caller in sorted(piece.scenario.callers, key=lambda caller: caller.at)]
    found = []
    for call, plan, planned in zip(callers, plans, piece.outcomes, strict=False):
        begin, end = call.events[0].at, call.events[-1].at
        answered_at = _answered_at(call, calls, timedelta(seconds=piece.notice_seconds))
        has_left = piece.page is not None and piece.page.then == "reload"
        alone = _alone(call, calls) if has_left else timedelta()
        is_on_plan = (answered_at is not None) == (planned == "answered") and not _is_late(call, plan) and not is_broken
        is_on_plan = is_on_plan and not TALK_ENDS < alone <= LEFT
        if crashed_at is not None:
            outcomes, is_on_plan = _outcomes_of_crash(call, answered_at, crashed_at, planned), True
            if _was_about_to_answer(call, calls, piece, crashed_at):
                outcomes |= ANSWERED
        elif is_on_plan:
            outcomes = frozenset((planned,))
        else:
            outcomes = ANSWERED if answered_at is not None else MISSED
        found.append(
            Truth(
                kind=kind,
                number=call.number,
                dialled=call.other,
                begin=begin,
                end=end if crashed_at is None else max(end, crashed_at),
                outcomes=outcomes,
                crashed_at=crashed_at,
                planned=planned,
                is_sure=_has_reached_the_pbx(call) if is_broken else crashed_at is None or crashed_at - begin > AT_ONCE,
                is_off_plan=not is_on_plan,
                is_lost_after_transfer=(piece.is_lost_after_transfer or alone > LEFT)
                and crashed_at is None
                and is_on_plan,
                talked_with=_talked_with(call, calls) if is_on_plan and crashed_at is None else None,
                talk=_talked(call, calls, answered_at, end if crashed_at is None else max(end, crashed_at)),
            )
        )
    return found


def talks_with_people_rung(calls: Sequence[PhoneCall], *, crashed_at: datetime | None = None) -> list[Talked]:
    """Talks with customers whom an agent called; when the notice ended is known to a second only."""
    latest = crashed_at or datetime.fromtimestamp(0, UTC)
    return [
        Talked(person=person_of(call.number), begin=begin, least=timedelta(), most=max(end, latest) - begin + OFF_PLAN)
        for call in calls
        if call.kind == "mobile" and any(other.kind == "dialler" and other.other == call.number for other in calls)
        for begin, end in _spans(call)
    ]


def _spans(call: PhoneCall) -> list[tuple[datetime, datetime]]:
    """From the answer of a phone to its last event."""
    return [(event.at, call.events[-1].at) for event in call.events if event.name == "answered"][:1]


def _has_reached_the_pbx(call: PhoneCall) -> bool:
    """In a play with a failed phone this phone's own events count, if the PBX answered it at all."""
    return any(event.name in ("ringing", "answered", "refused", "ended", "cancelled") for event in call.events)


def _people_of(caller: PhoneCall, calls: Sequence[PhoneCall]) -> list[PhoneCall]:
    """The calls of phones that were rung for this caller and answered; a colleague is rung by an agent's phone."""
    is_alone = sum(call.kind == "caller" for call in calls) == 1
    shown = caller.number or "anonymous"
    return [
        call
        for call in calls
        if call.kind in ("agent", "mobile") and call.is_answered and (is_alone or call.other == shown)
    ]


def _talked_with(caller: PhoneCall, calls: Sequence[PhoneCall]) -> frozenset[str]:
    begin, end = caller.events[0].at, caller.events[-1].at
    people = [call for call in _people_of(caller, calls) if begin <= call.events[0].at <= end]
    return frozenset(call.number for call in people)


def _talked(
    caller: PhoneCall, calls: Sequence[PhoneCall], answered_at: datetime | None, end: datetime
) -> Talked | None:
    """The longest that one talk can have been; the shortest where there was one person on one phone."""
    if answered_at is None:
        return None
    least, people = timedelta(), _people_of(caller, calls)
    if len(people) == 1:
        least = max(min(end, people[0].events[-1].at) - answered_at - 2 * OFF_PLAN, timedelta())
    most = max(end - answered_at, timedelta()) + OFF_PLAN
    return Talked(person=person_of(caller.number), begin=answered_at, least=least, most=most)


def _answered_at(caller: PhoneCall, calls: Sequence[PhoneCall], notice: timedelta) -> datetime | None:
    """When a person could talk to this caller, by that person's own phone."""
    shown = caller.number or "anonymous"
    begin, end = caller.events[0].at, caller.events[-1].at
    answers = [
        event.at + notice
        for call in calls
        if call.kind in ("agent", "mobile") and call.other == shown
        for event in call.events
        if event.name == "answered" and event.at >= begin and (event.at + notice <= end or not _is_over(caller))
    ]
    return min(answers, default=None)


def _alone(caller: PhoneCall, calls: Sequence[PhoneCall]) -> timedelta:
    """How long the caller was there after the page's last talk."""
    ends = [call.events[-1].at for call in _people_of(caller, calls) if call.events[-1].name == "ended"]
    return max(caller.events[-1].at - max(ends, default=caller.events[-1].at), timedelta())


def _is_over(caller: PhoneCall) -> bool:
    return caller.events[-1].name in ("ended", "failed", "cancelled")


def _was_about_to_answer(caller: PhoneCall, calls: Sequence[PhoneCall], piece: Piece, crashed_at: datetime) -> bool:
    """A phone may have sent its request to the PBX without an answer yet."""
    rings = {
        plan[0].seconds
        for line in (*piece.scenario.agents, *piece.scenario.mobiles)
        for plan in line.calls
        if [step.word for step in plan[:2]] == ["ring", "answer"]
    }
    return any(
        call.kind in ("agent", "mobile")
        and call.other == (caller.number or "anonymous")
        and call.events[-1].name == "rung"
        and abs(call.events[-1].at + timedelta(seconds=ring) - crashed_at) < AT_ONCE
        for call in calls
        for ring in rings
    )


def _is_late(caller: PhoneCall, plan: Plan) -> bool:
    """Whether it hung up much later than planned."""
    if caller.ending not in (("ended", "self"), ("cancelled", "self")):
        return False
    since = next((event.at for event in caller.events if event.name == "answered"), caller.events[0].at)
    planned = timedelta(seconds=sum(step.seconds for step in plan))
    return caller.events[-1].at - since > planned + OFF_PLAN


def _outcomes_of_crash(
    caller: PhoneCall, answered_at: datetime | None, crashed_at: datetime, planned: str
) -> frozenset[str]:
    """A caller who was talked to was answered; any other had ended before, or failed with the PBX."""
    is_at_once = crashed_at - caller.events[-1].at < AT_ONCE
    if answered_at is not None and answered_at - crashed_at < AT_ONCE:
        return ANSWERED | {"failed"} if crashed_at - answered_at < AT_ONCE else ANSWERED
    if _is_over(caller):
        return frozenset((planned, "failed")) if is_at_once else frozenset((planned,))
    return frozenset(("failed",))
