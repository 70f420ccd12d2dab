"""A later report of a call by the same witness is merged into the earlier one: nothing known is lost.

A witness loses sight when the link drops, when the recorder starts anew while calls are up, and when the ledger is read
again from an older position. What it then reports of a call whose birth it no longer saw goes on where it had stopped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.calls.numbers import clearer_number
from callcenter.calls.records import Anomaly, CallRecord, Outcome, QueueExit, QueueVisit, Talk


def merge_update(earlier: CallRecord, later: CallRecord) -> CallRecord:
    """What the witness knows of the call after the later report. The same report twice changes nothing."""
    if later.complete:
        return later
    is_half_seen = Anomaly.BIRTH_UNSEEN in later.anomalies
    if earlier.complete or (earlier.outcome is not None and (later.outcome is None or is_half_seen)):
        return earlier
    return _continued(earlier, later) if is_half_seen else later


def end_unseen(report: CallRecord) -> CallRecord:
    """The report of a call still up whose channels were gone when the witness looked again."""
    found = {*report.anomalies, Anomaly.END_UNSEEN, Anomaly.WITNESS_GAP}
    visits = report.queue_visits
    return replace(
        report,
        outcome=Outcome.UNKNOWN if report.answered_at is None else Outcome.ANSWERED,
        queue_visits=tuple(replace(visit, exit=visit.exit or QueueExit.UNKNOWN) for visit in visits),
        complete=False,
        anomalies=tuple(anomaly for anomaly in Anomaly if anomaly in found),
    )


def _continued(earlier: CallRecord, later: CallRecord) -> CallRecord:
    visits = _continued_visits(earlier.queue_visits, later.queue_visits, is_over=later.outcome is not None)
    answered_at = earlier.answered_at or later.answered_at
    found = {*earlier.anomalies, *later.anomalies, Anomaly.WITNESS_GAP}
    if Anomaly.BIRTH_UNSEEN not in earlier.anomalies:
        found.discard(Anomaly.BIRTH_UNSEEN)
    return replace(
        later,
        direction=earlier.direction,
        caller_number=earlier.caller_number or later.caller_number,
        caller_raw=earlier.caller_raw or later.caller_raw,
        customer_number=clearer_number(earlier.customer_number, later.customer_number),
        caller_name=earlier.caller_name or later.caller_name,
        dialled_number=earlier.dialled_number or later.dialled_number,
        started_at=min(earlier.started_at, later.started_at),
        answered_at=answered_at,
        outcome=_continued_outcome(later, is_answered=answered_at is not None),
        short=False,
        queue_visits=visits,
        talks=_continued_talks(earlier.talks, later.talks),
        wait=sum((visit.wait for visit in visits if visit.wait is not None), timedelta()),
        voicemail=later.voicemail or earlier.voicemail,
        recordings=tuple(dict.fromkeys((*earlier.recordings, *later.recordings))),
        transferred=earlier.transferred or later.transferred,
        lost_after_transfer=later.lost_after_transfer,
        emergency_unanswered_at=earlier.emergency_unanswered_at or later.emergency_unanswered_at,
        joined=earlier.joined or later.joined,
        anomalies=tuple(anomaly for anomaly in Anomaly if anomaly in found),
    )


def _continued_outcome(later: CallRecord, *, is_answered: bool) -> Outcome | None:
    """How far the call came while nobody looked stays unknown, unless a talk or the later queue visits say it."""
    if later.outcome is None:
        return None
    if is_answered:
        return Outcome.ANSWERED
    return later.outcome if later.queue_visits else Outcome.UNKNOWN


def _continued_visits(
    earlier: tuple[QueueVisit, ...], later: tuple[QueueVisit, ...], *, is_over: bool
) -> tuple[QueueVisit, ...]:
    rest = list(later)
    known: list[QueueVisit] = []
    for visit in earlier:
        again = next((other for other in rest if _is_same_visit(visit, other)), None)
        if again is not None:
            rest.remove(again)
            known.append(_continued_visit(visit, again))
        elif visit.exit is None and is_over:
            known.append(replace(visit, exit=QueueExit.UNKNOWN))
        else:
            known.append(visit)
    return (*known, *rest)


def _continued_visit(visit: QueueVisit, again: QueueVisit) -> QueueVisit:
    if visit.exit not in (None, QueueExit.UNKNOWN):
        return visit
    rings = {(ring.agent, ring.at): ring for ring in (*visit.rings, *again.rings)}
    return replace(
        again,
        joined_at=visit.joined_at or again.joined_at,
        position=again.position if visit.position is None else visit.position,
        rings=tuple(rings.values()),
    )


def _continued_talks(earlier: tuple[Talk, ...], later: tuple[Talk, ...]) -> tuple[Talk, ...]:
    rest = list(later)
    known: list[Talk] = []
    for talk in earlier:
        again = next((other for other in rest if _is_same_talk(talk, other)), None)
        if again is not None:
            rest.remove(again)
        known.append(talk if again is None or talk.to is not None else replace(talk, to=again.to))
    return tuple(sorted((*known, *rest), key=lambda talk: talk.from_))


def _is_same_visit(visit: QueueVisit, other: QueueVisit) -> bool:
    return visit.queue == other.queue and _overlap(visit.joined_at, visit.left_at, other.joined_at, other.left_at)


def _is_same_talk(talk: Talk, other: Talk) -> bool:
    return (talk.with_, talk.kind) == (other.with_, other.kind) and _overlap(talk.from_, talk.to, other.from_, other.to)


def _overlap(
    begin: datetime | None, end: datetime | None, other_begin: datetime | None, other_end: datetime | None
) -> bool:
    """Whether two stays can be one; an end that nobody saw may be anywhere."""
    is_before = end is not None and other_begin is not None and end < other_begin
    is_behind = other_end is not None and begin is not None and other_end < begin
    return not is_before and not is_behind
