"""What really happened to every inbound caller, from the plan of a play and from what its phones lived through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline_lab.play import PhoneCall
from hotline_lab.scenario import Plan
from hotline_soak.pieces import Piece

OFF_PLAN = timedelta(seconds=1)
"""A phone that is later than this met a machine too busy for its plan; then only its own word counts."""
AT_ONCE = timedelta(seconds=0.5)
"""What a dying PBX may or may not have noticed."""

ANSWERED = frozenset(("answered",))
MISSED = frozenset(
    (
        *("voicemail", "voicemail_abandoned", "queue_timeout", "queue_empty", "queue_full", "queue_exit_key"),
        *("abandoned_queue", "no_answer", "busy", "rejected", "after_hours", "abandoned_greeting"),
        "emergency_unanswered",
    )
)


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
    """False for one who dialled in the moment in which the PBX died, or whose phone failed: no record is right too."""
    is_off_plan: bool = False
    is_lost_after_transfer: bool = False


def truths_of(
    kind: str,
    piece: Piece,
    calls: Sequence[PhoneCall],
    *,
    crashed_at: datetime | None = None,
    is_broken: bool = False,
) -> list[Truth]:
    """The callers who rang, in that order. `is_broken`: a phone of the play has failed."""
    callers = sorted((call for call in calls if call.kind == "caller"), key=lambda call: call.events[0].at)
    plans = [caller.plan for caller in sorted(piece.scenario.callers, key=lambda caller: caller.at)]
    found = []
    for call, plan, planned in zip(callers, plans, piece.outcomes, strict=False):
        begin, end = call.events[0].at, call.events[-1].at
        answered_at = _answered_at(call, calls, timedelta(seconds=piece.notice_seconds))
        is_on_plan = (answered_at is not None) == (planned == "answered") and not _is_late(call, plan)
        if is_broken:
            outcomes, is_on_plan = ANSWERED | MISSED, False
        elif crashed_at is not None:
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
                is_sure=not is_broken and (crashed_at is None or crashed_at - begin > AT_ONCE),
                is_off_plan=not is_on_plan,
                is_lost_after_transfer=piece.is_lost_after_transfer and crashed_at is None and is_on_plan,
            )
        )
    return found


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


def _is_over(caller: PhoneCall) -> bool:
    return caller.events[-1].name in ("ended", "failed", "cancelled")


def _was_about_to_answer(caller: PhoneCall, calls: Sequence[PhoneCall], piece: Piece, crashed_at: datetime) -> bool:
    """Somebody's phone had perhaps said so to the PBX, and not yet heard back."""
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
    """Who was talked to was answered; who was not, had ended before or failed with the PBX."""
    is_at_once = crashed_at - caller.events[-1].at < AT_ONCE
    if answered_at is not None and answered_at - crashed_at < AT_ONCE:
        return ANSWERED | {"failed"} if crashed_at - answered_at < AT_ONCE else ANSWERED
    if _is_over(caller):
        return frozenset((planned, "failed")) if is_at_once else frozenset((planned,))
    return frozenset(("failed",))
