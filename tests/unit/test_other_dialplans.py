"""Captures of other dialplans and versions than ours: both witnesses say what happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.calls.records import CallRecord, HungUpBy, Outcome, RingResult, TalkKind, Witness
from callcenter.calls.replay import replay
from callcenter.calls.rules import CallRules
from callcenter.calls.witnesses import is_confirmed, merge

FOLDER = Path(__file__).parent.parent / "other_dialplans"
BOTH = pytest.mark.parametrize("witness", list(Witness))


def told(name: str, witness: Witness) -> CallRecord:
    is_cel = witness is Witness.LEDGER
    path = FOLDER / name / ("cel.csv" if is_cel else "capture.ami")
    (record,) = replay([path], is_cel=is_cel, pbx="pbx1", rules=CallRules())
    return record


@BOTH
def test_the_pbx_ends_a_call_in_which_the_agent_had_left_the_caller_to_a_survey(witness: Witness) -> None:
    record = told("survey_after_the_talk", witness)

    assert (record.outcome, record.hung_up_by) == (Outcome.ANSWERED, HungUpBy.PBX)
    assert [(talk.with_, talk.kind) for talk in record.talks] == [("1001", TalkKind.AGENT)]


@BOTH
def test_a_phone_that_forwards_a_queues_ring_has_missed_none(witness: Witness) -> None:
    record = told("member_forwards_by_302", witness)

    (visit,) = record.queue_visits
    assert (record.outcome, visit.agent) == (Outcome.ANSWERED, "13900000001")
    assert [(ring.agent, ring.result) for ring in visit.rings] == [
        ("1090", RingResult.CANCELLED),
        ("13900000001", RingResult.ANSWERED),
    ]


@BOTH
def test_a_caller_whom_the_dialplan_sends_elsewhere_before_it_answers_is_rejected(witness: Witness) -> None:
    record = told("transfer_before_answer", witness)

    assert (record.outcome, record.hung_up_by, record.transferred) == (Outcome.REJECTED, HungUpBy.PBX, False)


@pytest.mark.parametrize("name", ["survey_after_the_talk", "member_forwards_by_302", "transfer_before_answer"])
def test_both_witnesses_agree_about_other_dialplans(name: str) -> None:
    assert is_confirmed(merge(told(name, Witness.AMI), told(name, Witness.LEDGER)))
