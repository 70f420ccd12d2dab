"""What two witnesses tell of one call becomes one record, the same whoever spoke first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from callcenter.calls.merge_witnesses import BOTH, is_confirmed, merge
from callcenter.calls.record_json import record_from_json, record_to_json
from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    HungUpBy,
    Outcome,
    QueueExit,
    Voicemail,
    Witness,
)
from callcenter.errors import InputError
from tests.call_examples import ABANDONED, ANSWERED, OPEN, after, from_ami, records, with_visit


@given(records())
def test_a_record_comes_back_from_its_json_as_it_went_in(record: CallRecord) -> None:
    assert record_from_json(json.loads(json.dumps(record_to_json(record)))) == record


@pytest.mark.parametrize("record", [ANSWERED, ABANDONED, OPEN])
def test_one_witness_alone_is_recorded_and_not_confirmed(record: CallRecord) -> None:
    assert merge(None, record) == record
    assert merge(from_ami(record), None) == from_ami(record)
    assert not is_confirmed(record)


def test_nothing_told_is_no_record() -> None:
    with pytest.raises(InputError):
        merge(None, None)


def test_witnesses_that_agree_within_a_second_confirm_the_call_with_the_ledgers_moments() -> None:
    ami = with_visit(
        from_ami(ANSWERED, started_at=after(-0.4), answered_at=after(11), ended_at=after(70.9), hung_up_by=None),
        position=3,
        joined_at=after(2.9),
    )
    merged = merge(ami, ANSWERED)
    assert merged == with_visit(replace(ANSWERED, witnesses=BOTH), position=3)
    assert is_confirmed(merged)


def test_blanks_of_the_ledger_are_filled_from_ami() -> None:
    ledger = replace(
        with_visit(ABANDONED, joined_at=None, rings=()),
        caller_number=None,
        caller_raw=None,
        caller_name="\N{REPLACEMENT CHARACTER}三",
        dialled_number=None,
        hangup_cause=None,
        hung_up_by=None,
        wait=timedelta(),
    )
    ami = from_ami(
        with_visit(ABANDONED, rings=ANSWERED.queue_visits[0].rings),
        caller_name="张三",
        hung_up_by=HungUpBy.CALLER,
        recordings=("a.wav",),
        joined="pbx1-1.0",
    )
    assert merge(ami, ledger) == replace(ami, witnesses=BOTH)


def test_the_ledgers_readable_name_stands_against_amis() -> None:
    ledger = replace(ANSWERED, caller_name="张三")
    assert merge(from_ami(ANSWERED, caller_name="寮犱笁"), ledger) == replace(ledger, witnesses=BOTH)


@pytest.mark.parametrize(
    ("exit_", "outcome"),
    [(QueueExit.FULL, Outcome.QUEUE_FULL), (QueueExit.JOIN_EMPTY, Outcome.QUEUE_EMPTY)],
)
def test_a_queue_exit_that_the_ledger_had_to_guess_is_amis(exit_: QueueExit, outcome: Outcome) -> None:
    ledger = replace(
        with_visit(ABANDONED, exit=QueueExit.FULL),
        outcome=Outcome.QUEUE_FULL,
        anomalies=(Anomaly.QUEUE_EXIT_REASON_UNKNOWN,),
    )
    ami = with_visit(from_ami(ABANDONED, outcome=outcome), exit=exit_, joined_at=None)
    merged = merge(ami, ledger)
    assert merged == replace(with_visit(ledger, exit=exit_), outcome=outcome, witnesses=BOTH, anomalies=())
    assert is_confirmed(merged)


@pytest.mark.parametrize(
    ("outcome", "voicemail"),
    [
        (Outcome.VOICEMAIL, Voicemail(mailbox="100", file="msg0000", duration=timedelta(seconds=12))),
        (Outcome.VOICEMAIL_ABANDONED, None),
    ],
)
def test_whether_a_message_was_left_is_amis_word_where_the_ledger_cannot_tell(
    outcome: Outcome, voicemail: Voicemail | None
) -> None:
    ledger = replace(ABANDONED, outcome=Outcome.VOICEMAIL, anomalies=(Anomaly.VOICEMAIL_UNCONFIRMED,))
    ami = from_ami(ABANDONED, outcome=outcome, voicemail=voicemail)
    assert merge(ami, ledger) == replace(ABANDONED, outcome=outcome, voicemail=voicemail, witnesses=BOTH)


@pytest.mark.parametrize(
    ("ami", "anomaly"),
    [
        (replace(ABANDONED, outcome=Outcome.QUEUE_TIMEOUT), Anomaly.WITNESSES_DISAGREE_OUTCOME),
        (replace(ABANDONED, talks=ANSWERED.talks), Anomaly.WITNESSES_DISAGREE_TALKS),
        (with_visit(ABANDONED, exit=QueueExit.TIMEOUT), Anomaly.WITNESSES_DISAGREE_QUEUE_VISITS),
        (with_visit(ABANDONED, agent="1001"), Anomaly.WITNESSES_DISAGREE_QUEUE_VISITS),
        (replace(ABANDONED, ended_at=after(31.001)), Anomaly.WITNESSES_DISAGREE_MOMENTS),
        (with_visit(ABANDONED, left_at=after(28.999)), Anomaly.WITNESSES_DISAGREE_MOMENTS),
    ],
)
def test_a_disagreement_is_shown_and_the_ledger_stands(ami: CallRecord, anomaly: Anomaly) -> None:
    merged = merge(from_ami(ami), ABANDONED)
    assert merged == replace(ABANDONED, witnesses=BOTH, anomalies=(anomaly,))
    assert not is_confirmed(merged)


HALF_SEEN = replace(OPEN, outcome=Outcome.UNKNOWN, anomalies=(Anomaly.END_UNSEEN, Anomaly.WITNESS_GAP))


def test_a_whole_telling_stands_against_a_half_seen_one_without_disagreement() -> None:
    assert merge(from_ami(HALF_SEEN), ABANDONED) == ABANDONED
    assert merge(from_ami(ABANDONED), HALF_SEEN) == from_ami(ABANDONED)


def test_a_seamless_telling_stands_against_one_with_a_hole_in_it_without_disagreement() -> None:
    holed = replace(ABANDONED, outcome=Outcome.QUEUE_TIMEOUT, anomalies=(Anomaly.WITNESS_GAP,))
    assert merge(from_ami(holed), ABANDONED) == ABANDONED
    assert merge(from_ami(ABANDONED), holed) == from_ami(ABANDONED)


def test_of_two_half_seen_tellings_the_one_that_knows_the_outcome_stands() -> None:
    known = replace(ABANDONED, complete=False, anomalies=(Anomaly.BIRTH_UNSEEN,))
    assert merge(from_ami(HALF_SEEN), known) == known
    assert merge(from_ami(known), HALF_SEEN) == from_ami(known)


def test_a_call_cut_short_by_the_end_of_the_pbx_is_confirmed_when_both_saw_that() -> None:
    died = replace(OPEN, outcome=Outcome.FAILED, anomalies=(Anomaly.END_UNSEEN, Anomaly.PBX_DIED))
    merged = merge(from_ami(died), died)
    assert merged == replace(died, witnesses=BOTH)
    assert is_confirmed(merged)


def test_a_half_seen_telling_that_agrees_in_everything_confirms_the_call() -> None:
    ami = from_ami(ABANDONED, complete=False, anomalies=(Anomaly.BIRTH_UNSEEN, Anomaly.MOMENTS_ESTIMATED))
    assert merge(ami, ABANDONED) == replace(ABANDONED, witnesses=BOTH)


def test_a_call_that_is_over_stands_against_one_still_up() -> None:
    assert merge(from_ami(OPEN), ABANDONED) == ABANDONED
    assert merge(from_ami(ABANDONED), OPEN) == from_ami(ABANDONED)


def test_of_two_tellings_of_a_call_still_up_the_one_that_has_come_further_stands() -> None:
    talking = replace(ANSWERED, outcome=None, ended_at=None, complete=False)
    assert merge(from_ami(talking), OPEN) == replace(talking, witnesses=BOTH)
    assert merge(from_ami(OPEN), talking) == replace(talking, witnesses=BOTH)
    assert not is_confirmed(merge(from_ami(talking), talking))


@given(records(witness=Witness.AMI), records())
def test_no_pair_of_tellings_is_confirmed_and_in_doubt_at_once(ami: CallRecord, ledger: CallRecord) -> None:
    merged = merge(ami, ledger)
    assert set(merged.witnesses) <= {*ami.witnesses, *ledger.witnesses}
    if is_confirmed(merged):
        assert merged.outcome == ami.outcome
        assert [talk.with_ for talk in merged.talks] == [talk.with_ for talk in ami.talks]
    if None not in (ami.outcome, ledger.outcome):
        assert merged.outcome is not None
    assert merged == merge(ami, ledger)
