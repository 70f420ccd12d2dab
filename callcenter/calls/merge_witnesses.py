"""The reports of two witnesses about one call, made into one record.

A call is recorded as soon as one witness has it and confirmed when both agree. The result depends on what the two
report alone, never on which of them came first; who stands where they differ is in `precedence`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from callcenter.calls.numbers import clearer_number
from callcenter.calls.precedence import MAILBOX_OUTCOMES, disagreements, find_outcome_row
from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Outcome,
    QueueExit,
    QueueVisit,
    Ring,
    Talk,
    Voicemail,
    Witness,
)
from callcenter.errors import InputError

BOTH = (Witness.AMI, Witness.LEDGER)

DISAGREEMENTS = frozenset(
    (
        Anomaly.WITNESSES_DISAGREE_OUTCOME,
        Anomaly.WITNESSES_DISAGREE_TALKS,
        Anomaly.WITNESSES_DISAGREE_QUEUE_VISITS,
        Anomaly.WITNESSES_DISAGREE_MOMENTS,
        Anomaly.WITNESSES_DISAGREE_END,
    )
)

_HALF_SEEN = frozenset((Anomaly.BIRTH_UNSEEN, Anomaly.END_UNSEEN))
_GUESSED_EXITS = frozenset((QueueExit.FULL, QueueExit.LEAVE_EMPTY))


def is_confirmed(record: CallRecord) -> bool:
    """Whether both witnesses reported this call to its end and agree about it."""
    return record.outcome is not None and record.witnesses == BOTH and DISAGREEMENTS.isdisjoint(record.anomalies)


def merge(ami: CallRecord | None, ledger: CallRecord | None) -> CallRecord:
    """The record of a call from the reports of AMI and of the ledger.

    A report that is over stands against one that is not, and a whole one against one seen in part, without that being
    a disagreement: `witnesses` then names the one that stands. Raises InputError when there is no report.
    """
    if ami is None or ledger is None:
        return _alone(ami, Witness.AMI) if ami is not None else _alone(ledger, Witness.LEDGER)
    if ami.outcome is None and ledger.outcome is None:
        further = ami if _count_moments(ami) > _count_moments(ledger) else completed(ledger, ami)
        unanswered_at = ledger.emergency_unanswered_at or ami.emergency_unanswered_at
        return replace(further, witnesses=BOTH, emergency_unanswered_at=unanswered_at)
    if ami.outcome is None:
        return _alone(ledger, Witness.LEDGER)
    if ledger.outcome is None:
        return _alone(ami, Witness.AMI)
    whole = completed(ledger, ami)
    differing = disagreements(whole, ami)
    if differing and not (_is_seamless(ami) and _is_seamless(ledger)):
        return _alone(ami, Witness.AMI) if _is_amis(ami, ledger) else _alone(whole, Witness.LEDGER)
    is_complete = ami.complete or ledger.complete
    found = {*whole.anomalies, *ami.anomalies, *differing}
    if Anomaly.MOMENTS_ESTIMATED not in ledger.anomalies:
        found.discard(Anomaly.MOMENTS_ESTIMATED)
    if is_complete:
        found -= _HALF_SEEN
    return replace(
        whole,
        witnesses=BOTH,
        complete=is_complete,
        anomalies=tuple(anomaly for anomaly in Anomaly if anomaly in found),
    )


def _is_seamless(record: CallRecord) -> bool:
    """Whether the witness saw birth, end, and all that was in between."""
    return record.complete and Anomaly.WITNESS_GAP not in record.anomalies


def _is_amis(ami: CallRecord, ledger: CallRecord) -> bool:
    """Whose report stands, of two that differ and of which one at least has a hole."""
    if ami.complete is not ledger.complete:
        return ami.complete
    if ami.complete:
        return _is_seamless(ami)
    return ledger.outcome is Outcome.UNKNOWN


def _alone(record: CallRecord | None, witness: Witness) -> CallRecord:
    if record is None:
        raise InputError("A call that no witness reported has no record.")
    return replace(record, witnesses=(witness,))


def _count_moments(record: CallRecord) -> int:
    """How far a report of a call still up has come."""
    return (
        len(record.talks)
        + sum(talk.to is not None for talk in record.talks)
        + sum(
            sum(moment is not None for moment in (visit.joined_at, visit.connected_at, visit.left_at))
            + len(visit.rings)
            + sum(ring.result is not None for ring in visit.rings)
            for visit in record.queue_visits
        )
    )


def completed(ledger: CallRecord, ami: CallRecord) -> CallRecord:
    """The report of the ledger with what only AMI knows: its doubts settled, its blanks filled."""
    row = find_outcome_row(ami, ledger)
    outcome = ledger.outcome if row is None else ami.outcome
    settled = set() if row is None else set(row.settles)
    visits = ledger.queue_visits
    if [visit.queue for visit in visits] == [visit.queue for visit in ami.queue_visits]:
        is_known = ami.outcome not in (None, Outcome.UNKNOWN)
        is_exit_guessed = is_known and Anomaly.QUEUE_EXIT_REASON_UNKNOWN in ledger.anomalies
        if is_exit_guessed:
            settled.add(Anomaly.QUEUE_EXIT_REASON_UNKNOWN)
        is_seamless = Anomaly.WITNESS_GAP not in ami.anomalies
        visits = tuple(
            _completed_visit(
                visit,
                other,
                is_exit_guessed=is_exit_guessed,
                is_cut_off=is_seamless and outcome is Outcome.FAILED and other.exit is QueueExit.UNKNOWN,
                are_rings_amis=is_seamless,
            )
            for visit, other in zip(visits, ami.queue_visits, strict=True)
        )
    voicemail = _completed_voicemail(ledger.voicemail, ami.voicemail)
    if Anomaly.VOICEMAIL_UNCONFIRMED in ledger.anomalies and ami.outcome in MAILBOX_OUTCOMES:
        settled.add(Anomaly.VOICEMAIL_UNCONFIRMED)
    return replace(
        ledger,
        caller_number=ledger.caller_number or ami.caller_number,
        caller_raw=ledger.caller_raw or ami.caller_raw,
        customer_number=clearer_number(ledger.customer_number, ami.customer_number),
        caller_name=_readable(ledger.caller_name, ami.caller_name),
        dialled_number=ledger.dialled_number or ami.dialled_number,
        outcome=outcome,
        hangup_cause=ami.hangup_cause if ledger.hangup_cause is None else ledger.hangup_cause,
        hung_up_by=ledger.hung_up_by or ami.hung_up_by,
        queue_visits=visits,
        talks=_completed_talks(ledger.talks, ami.talks),
        wait=sum((visit.wait for visit in visits if visit.wait is not None), timedelta()),
        voicemail=voicemail,
        recordings=tuple(dict.fromkeys((*ledger.recordings, *ami.recordings))),
        transferred=ledger.transferred or ami.transferred,
        lost_after_transfer=ledger.lost_after_transfer if ledger.transferred else ami.lost_after_transfer,
        emergency_unanswered_at=ledger.emergency_unanswered_at or ami.emergency_unanswered_at,
        joined=ledger.joined or ami.joined,
        anomalies=tuple(anomaly for anomaly in ledger.anomalies if anomaly not in settled),
    )


def _completed_talks(talks: tuple[Talk, ...], ami: tuple[Talk, ...]) -> tuple[Talk, ...]:
    """CEL names an originated trunk leg by its device only; only AMI has the number that was dialled."""
    if [talk.kind for talk in talks] != [talk.kind for talk in ami]:
        return talks
    return tuple(
        replace(talk, with_=other.with_) if _is_number(other.with_) and not _is_number(talk.with_) else talk
        for talk, other in zip(talks, ami, strict=True)
    )


def _is_number(with_: str) -> bool:
    return with_.lstrip("+").isdecimal()


def _completed_visit(
    visit: QueueVisit, ami: QueueVisit, *, is_exit_guessed: bool, is_cut_off: bool, are_rings_amis: bool
) -> QueueVisit:
    """`is_cut_off`: the caller stood in this queue when the PBX was shut down, which the ledger takes for an exit."""
    exit_ = visit.exit
    is_known = ami.exit not in (None, QueueExit.UNKNOWN)
    if is_cut_off or (is_exit_guessed and exit_ in _GUESSED_EXITS and is_known):
        exit_ = ami.exit
    return replace(
        visit,
        joined_at=visit.joined_at or ami.joined_at,
        left_at=visit.left_at or ami.left_at,
        exit=exit_,
        position=ami.position if visit.position is None else visit.position,
        rings=_completed_rings(visit.rings, ami.rings, are_amis=are_rings_amis),
    )


def _completed_rings(rings: tuple[Ring, ...], ami: tuple[Ring, ...], *, are_amis: bool) -> tuple[Ring, ...]:
    """AMI reports each ring and what became of it; the ledger has the member's channel and guesses from its end.

    The moments stay the ledger's where both know the same rings. An AMI that was blind may have missed some.
    """
    if not rings or not ami:
        return rings or ami
    if [ring.agent for ring in rings] != [ring.agent for ring in ami]:
        return ami if are_amis else rings
    return tuple(replace(ring, result=live.result or ring.result) for ring, live in zip(rings, ami, strict=True))


def _completed_voicemail(voicemail: Voicemail | None, ami: Voicemail | None) -> Voicemail | None:
    if voicemail is None or ami is None:
        return voicemail or ami
    return replace(
        voicemail,
        file=voicemail.file or ami.file,
        duration=ami.duration if voicemail.duration is None else voicemail.duration,
    )


def _readable(name: str | None, other: str | None) -> str | None:
    """The first name without a mark of failed decoding; a name hard to read is better than none."""
    names = [text for text in (name, other) if text]
    return next((text for text in names if "\N{REPLACEMENT CHARACTER}" not in text), names[0] if names else None)
