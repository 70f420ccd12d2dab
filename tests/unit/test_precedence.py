"""Which witness stands where they differ: one test a row of the table, and that the table is whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.calls.causes import outcome_of_refusal
from callcenter.calls.merge_witnesses import BOTH, is_confirmed, merge
from callcenter.calls.precedence import FIELDS, OUTCOMES
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Direction,
    HungUpBy,
    Outcome,
    QueueExit,
    Ring,
    RingResult,
    Voicemail,
    Witness,
)
from tests.call_examples import ABANDONED, ANSWERED, after, from_ami, with_visit

GREETING = replace(ABANDONED, queue_visits=(), wait=timedelta(), outcome=Outcome.ABANDONED_GREETING, hung_up_by=None)
CUT_OFF = {"outcome": Outcome.FAILED, "hung_up_by": HungUpBy.PBX, "anomalies": (Anomaly.PBX_DIED,)}
OUTBOUND = replace(GREETING, direction=Direction.OUTBOUND)
MAILBOX = replace(GREETING, outcome=Outcome.VOICEMAIL)
MESSAGE = Voicemail(mailbox="2000", file="msg0000", duration=timedelta(seconds=4))


def agreed(ledger: CallRecord, **changes: Any) -> CallRecord:
    return replace(ledger, witnesses=BOTH, **changes)


# The PBX went down


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.ABANDONED_GREETING,
        Outcome.AFTER_HOURS,
        Outcome.NO_ANSWER,
        Outcome.QUEUE_EXIT_KEY,
        Outcome.QUEUE_TIMEOUT,
        Outcome.REJECTED,
        Outcome.VOICEMAIL_ABANDONED,
    ],
)
def test_whoever_the_end_of_the_pbx_cuts_off_has_failed_whatever_the_ledger_takes_it_for(outcome: Outcome) -> None:
    ledger = replace(GREETING, outcome=outcome)

    merged = merge(from_ami(GREETING, **CUT_OFF), ledger)

    assert merged == agreed(ledger, **CUT_OFF)
    assert is_confirmed(merged)


def test_the_queue_in_which_the_end_of_the_pbx_cut_somebody_off_did_not_let_them_go() -> None:
    doubt = (Anomaly.QUEUE_EXIT_REASON_UNKNOWN,)
    ledger = with_visit(
        replace(ABANDONED, outcome=Outcome.QUEUE_EMPTY, hung_up_by=None, anomalies=doubt), exit=QueueExit.LEAVE_EMPTY
    )

    merged = merge(with_visit(from_ami(ABANDONED, **CUT_OFF), exit=QueueExit.UNKNOWN), ledger)

    assert merged == with_visit(agreed(ledger, **CUT_OFF), exit=QueueExit.UNKNOWN)
    assert is_confirmed(merged)


def test_a_link_that_broke_before_the_hang_ups_were_read_still_tells_that_the_pbx_went_down() -> None:
    seen = {"outcome": Outcome.FAILED, "ended_at": None, "complete": False, "hangup_cause": None, "hung_up_by": None}
    anomalies = (Anomaly.END_UNSEEN, Anomaly.PBX_DIED)

    merged = merge(from_ami(GREETING, **seen, anomalies=anomalies), GREETING)

    assert merged == agreed(GREETING, outcome=Outcome.FAILED, anomalies=(Anomaly.PBX_DIED,))
    assert is_confirmed(merged)


@pytest.mark.parametrize(
    "known",
    [
        {"outcome": Outcome.ABANDONED_GREETING, "hung_up_by": HungUpBy.CALLER},
        {"outcome": Outcome.REJECTED, "hung_up_by": HungUpBy.PBX},
        {"outcome": Outcome.VOICEMAIL, "voicemail": MESSAGE},
    ],
)
def test_whoever_was_gone_by_themselves_or_had_left_a_message_was_not_cut_off(known: dict[str, Any]) -> None:
    ledger = replace(GREETING, **known)
    torn = (Anomaly.END_UNSEEN, Anomaly.PBX_DIED, Anomaly.WITNESS_GAP)
    ami = from_ami(GREETING, outcome=Outcome.FAILED, ended_at=None, complete=False, anomalies=torn)

    assert merge(ami, ledger) == ledger


# The queue let the caller go, a message was left or not


@pytest.mark.parametrize("outcome", [Outcome.QUEUE_EMPTY, Outcome.QUEUE_EXIT_KEY, Outcome.QUEUE_TIMEOUT])
def test_why_a_queue_let_somebody_go_is_amis_where_the_ledger_guesses(outcome: Outcome) -> None:
    guess = replace(ABANDONED, outcome=Outcome.QUEUE_FULL, anomalies=(Anomaly.QUEUE_EXIT_REASON_UNKNOWN,))
    ledger = with_visit(guess, exit=QueueExit.FULL)

    merged = merge(with_visit(from_ami(ABANDONED, outcome=outcome), exit=QueueExit.TIMEOUT), ledger)

    assert merged == with_visit(agreed(ledger, outcome=outcome, anomalies=()), exit=QueueExit.TIMEOUT)


def test_whether_there_is_a_message_is_amis_where_the_ledger_guesses() -> None:
    ledger = replace(MAILBOX, anomalies=(Anomaly.VOICEMAIL_UNCONFIRMED,))

    merged = merge(from_ami(MAILBOX, outcome=Outcome.VOICEMAIL_ABANDONED), ledger)

    assert merged == agreed(ledger, outcome=Outcome.VOICEMAIL_ABANDONED, anomalies=())


def test_whether_there_is_a_message_is_a_disagreement_where_both_know() -> None:
    merged = merge(from_ami(MAILBOX, outcome=Outcome.VOICEMAIL_ABANDONED), MAILBOX)

    assert merged == agreed(MAILBOX, anomalies=(Anomaly.WITNESSES_DISAGREE_OUTCOME,))


# Whoever was rung did not answer


@pytest.mark.parametrize("ami", [Outcome.BUSY, Outcome.REJECTED, Outcome.CANCELLED, Outcome.NO_ANSWER])
@pytest.mark.parametrize("ledger", [Outcome.BUSY, Outcome.REJECTED, Outcome.CANCELLED, Outcome.NO_ANSWER])
def test_what_it_came_to_with_people_who_were_rung_is_amis(ami: Outcome, ledger: Outcome) -> None:
    told = replace(OUTBOUND, outcome=ledger)

    merged = merge(from_ami(OUTBOUND, outcome=ami), told)

    assert merged == agreed(told, outcome=ami)
    assert is_confirmed(merged)


def test_whether_anybody_was_talked_to_is_a_disagreement() -> None:
    merged = merge(from_ami(OUTBOUND, outcome=Outcome.ANSWERED), replace(OUTBOUND, outcome=Outcome.NO_ANSWER))

    assert merged.outcome is Outcome.NO_ANSWER
    assert merged.anomalies == (Anomaly.WITNESSES_DISAGREE_OUTCOME,)


# The dialplan sent the caller away


def test_a_caller_whom_the_dialplan_sent_away_is_amis_to_tell() -> None:
    ami = from_ami(GREETING, outcome=Outcome.REJECTED, hung_up_by=HungUpBy.PBX)

    merged = merge(ami, GREETING)

    assert merged == agreed(GREETING, outcome=Outcome.REJECTED, hung_up_by=HungUpBy.PBX)


# Fields


def test_every_key_of_the_record_is_in_the_table_with_a_reason() -> None:
    assert set(record_to_json(ANSWERED)) <= set(FIELDS)
    assert all(row.reason.endswith(".") for row in FIELDS.values())
    assert all(row.ami_knows.endswith(".") and row.ledger_knows.endswith(".") for row in OUTCOMES)


RINGS = ANSWERED.queue_visits[0].rings
OTHER_MAILBOX = replace(MESSAGE, mailbox="2001")


@pytest.mark.parametrize(
    ("ami", "ledger", "anomaly"),
    [
        (replace(ANSWERED, hung_up_by=HungUpBy.PBX), ANSWERED, Anomaly.WITNESSES_DISAGREE_END),
        (replace(ANSWERED, hangup_cause=17), ANSWERED, Anomaly.WITNESSES_DISAGREE_END),
        (replace(ANSWERED, direction=Direction.INTERNAL), ANSWERED, Anomaly.WITNESSES_DISAGREE_OUTCOME),
        (
            replace(ANSWERED, transferred=True, lost_after_transfer=True),
            replace(ANSWERED, transferred=True),
            Anomaly.WITNESSES_DISAGREE_OUTCOME,
        ),
        (
            replace(MAILBOX, voicemail=OTHER_MAILBOX),
            replace(MAILBOX, voicemail=MESSAGE),
            Anomaly.WITNESSES_DISAGREE_OUTCOME,
        ),
        (replace(ANSWERED, started_at=after(2)), ANSWERED, Anomaly.WITNESSES_DISAGREE_MOMENTS),
        (replace(ANSWERED, answered_at=after(12)), ANSWERED, Anomaly.WITNESSES_DISAGREE_MOMENTS),
        (replace(ANSWERED, ended_at=after(72)), ANSWERED, Anomaly.WITNESSES_DISAGREE_MOMENTS),
        (replace(ANSWERED, emergency_unanswered_at=after(5)), ANSWERED, None),
        (replace(ANSWERED, talks=()), ANSWERED, Anomaly.WITNESSES_DISAGREE_TALKS),
        (replace(ANSWERED, queue_visits=()), ANSWERED, Anomaly.WITNESSES_DISAGREE_QUEUE_VISITS),
        (replace(ANSWERED, caller_raw="1", caller_number="1", dialled_number="2", caller_name="X"), ANSWERED, None),
        (replace(ANSWERED, transferred=True), ANSWERED, None),
        (replace(ANSWERED, hung_up_by=None, hangup_cause=None), ANSWERED, None),
    ],
)
def test_what_both_can_know_and_tell_differently_is_a_disagreement(
    ami: CallRecord, ledger: CallRecord, anomaly: Anomaly | None
) -> None:
    merged = merge(from_ami(ami), ledger)

    assert set(merged.anomalies) == ({anomaly} if anomaly else set())
    assert is_confirmed(merged) is (anomaly is None)


def ring(agent: str, result: RingResult, *, at: float = 5) -> Ring:
    return Ring(agent=agent, at=after(at), duration=timedelta(seconds=5), result=result)


@pytest.mark.parametrize(
    ("ami", "ledger", "expected"),
    [
        (
            [ring("1090", RingResult.CANCELLED, at=5.2), ring("1001", RingResult.ANSWERED)],
            [ring("1090", RingResult.NO_ANSWER), ring("1001", RingResult.ANSWERED)],
            [ring("1090", RingResult.CANCELLED), ring("1001", RingResult.ANSWERED)],
        ),
        (
            [ring("1090", RingResult.CANCELLED), ring("1001", RingResult.ANSWERED)],
            [ring("1090", RingResult.NO_ANSWER)],
            [ring("1090", RingResult.CANCELLED), ring("1001", RingResult.ANSWERED)],
        ),
        ([], [ring("1090", RingResult.NO_ANSWER)], [ring("1090", RingResult.NO_ANSWER)]),
    ],
)
def test_what_became_of_a_ring_is_amis_and_its_moment_the_ledgers(
    ami: Iterable[Ring], ledger: Iterable[Ring], expected: Iterable[Ring]
) -> None:
    merged = merge(with_visit(from_ami(ANSWERED), rings=tuple(ami)), with_visit(ANSWERED, rings=tuple(ledger)))

    assert merged == with_visit(agreed(ANSWERED), rings=tuple(expected))


def test_rings_that_a_blind_ami_may_have_missed_are_the_ledgers() -> None:
    ami = with_visit(from_ami(ANSWERED, anomalies=(Anomaly.WITNESS_GAP,)), rings=())
    told = with_visit(ANSWERED, rings=(ring("1002", RingResult.NO_ANSWER), *RINGS))

    assert merge(with_visit(ami, rings=RINGS), told).queue_visits == told.queue_visits
    assert Witness.LEDGER in merge(ami, told).witnesses


# Causes


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, Outcome.BUSY),
        (18, Outcome.NO_ANSWER),
        (19, Outcome.NO_ANSWER),
        *((cause, Outcome.REJECTED) for cause in (1, 3, 21, 22, 27, 28, 29, 34, 38, 41, 58, 102, 127)),
        (0, None),
        (16, None),
        (23, None),
        (26, None),
        (None, None),
    ],
)
def test_each_cause_that_a_sip_answer_becomes_has_its_outcome(cause: int | None, outcome: Outcome | None) -> None:
    assert outcome_of_refusal(cause) is outcome
