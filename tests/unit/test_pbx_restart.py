"""A PBX that begins anew without a word: whose calls have ended with the old one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.calls.records import CallRecord, HungUpBy, Outcome, Witness
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.pbx.dialplan_facts import EmergencyRequested
from callcenter.pbx.facts import ChannelHungUp, ChannelStarted
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

BEGIN = datetime(2026, 11, 24, 12, tzinfo=UTC)


def born(second: int, counter: int) -> ChannelStarted:
    uniqueid = f"pbx1-{int(BEGIN.timestamp()) + second}.{counter}"
    return ChannelStarted(
        at=BEGIN + timedelta(seconds=second),
        uniqueid=uniqueid,
        linkedid=uniqueid,
        channel=f"PJSIP/trunk-main-{counter:08x}",
        caller_number="13800000000",
        caller_name=None,
        exten="12315",
        context="from-trunk",
    )


def gone(second: int, counter: int, *, at: int, source: str) -> ChannelHungUp:
    uniqueid = f"pbx1-{int(BEGIN.timestamp()) + second}.{counter}"
    return ChannelHungUp(at=BEGIN + timedelta(seconds=at), uniqueid=uniqueid, cause=0, source=source)


CAPTURES = Path(__file__).parent / "captures"
"""Orderly restarts while a phone that answered a Dial() heard its notice, each with the first call behind it."""


def records_of_ledger(rows: list[list[str]], *, pbx: str) -> list[CallRecord]:
    facts, tracker = CelFacts(), Tracker(witness=Witness.LEDGER, pbx=pbx, rules=CallRules())
    for row in rows:
        for fact in facts.translate(row):
            tracker.feed(fact)
    return tracker.take_changed()


def outcomes(tracker: Tracker) -> list[Outcome | None]:
    return [record.outcome for record in tracker.take_changed()]


def test_only_calls_of_the_old_process_fail_however_soon_the_new_one_began() -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())

    for fact in (born(0, 56), born(1, 57), born(2, 0), born(3, 1)):
        tracker.feed(fact)

    assert outcomes(tracker) == [Outcome.FAILED, Outcome.FAILED, None, None]


def test_those_hung_up_by_nobody_just_before_a_restart_were_hung_up_by_it() -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    for fact in (born(0, 55), born(0, 56), gone(0, 55, at=9, source="PJSIP/trunk-main-00000037")):
        tracker.feed(fact)
    tracker.feed(gone(0, 56, at=10, source=""))
    before = outcomes(tracker)

    tracker.feed(born(20, 0))

    assert before == [Outcome.ABANDONED_GREETING, Outcome.ABANDONED_GREETING]
    assert outcomes(tracker) == [Outcome.FAILED, None]


def test_a_reader_of_finished_calls_gets_such_a_call_once_and_in_order() -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    for fact in (born(0, 55), gone(0, 55, at=10, source="")):
        tracker.feed(fact)
    before = (tracker.take_finished(), tracker.oldest_open_start())

    tracker.feed(born(20, 0))

    assert before == ([], BEGIN)
    assert [record.outcome for record in tracker.take_finished()] == [Outcome.FAILED]


@pytest.mark.parametrize("later", [6, 60])
def test_a_call_whose_dialplan_just_ended_long_before_is_none_of_the_restart(later: int) -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    for fact in (born(0, 55), gone(0, 55, at=1, source=""), born(2, 56)):
        tracker.feed(fact)
    tracker.feed(gone(2, 56, at=1 + later, source="PJSIP/trunk-main-00000038"))

    tracker.feed(born(100, 0))

    ended = [Outcome.ABANDONED_GREETING, Outcome.ABANDONED_GREETING]
    assert outcomes(tracker) == [*ended, None]


def test_whoever_had_an_emergency_when_the_pbx_died_has_reached_nobody_on_duty() -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    asked = born(0, 55)
    tracker.feed(asked)
    tracker.feed(EmergencyRequested(at=BEGIN + timedelta(seconds=5), uniqueid=asked.uniqueid))

    tracker.feed(born(20, 0))

    assert outcomes(tracker) == [Outcome.EMERGENCY_UNANSWERED, None]


@pytest.mark.parametrize(("apart", "first"), [(17, Outcome.FAILED), (21, Outcome.ABANDONED_GREETING)])
def test_a_busy_pbx_takes_its_time_to_shut_down_but_not_for_ever(apart: int, first: Outcome) -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    for fact in (born(0, 55), born(0, 56), gone(0, 55, at=10, source=""), gone(0, 56, at=10 + apart, source="")):
        tracker.feed(fact)

    tracker.feed(born(60, 0))

    assert outcomes(tracker) == [first, Outcome.FAILED, None]


def test_a_call_of_which_nothing_was_heard_for_long_does_not_hide_who_was_hung_up_by_the_restart() -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    for fact in (born(0, 55), born(60, 56), gone(60, 56, at=70, source="")):
        tracker.feed(fact)

    tracker.feed(born(90, 0))

    assert outcomes(tracker) == [Outcome.FAILED, Outcome.FAILED, None]


def test_a_pbx_that_takes_a_new_channel_is_not_shutting_down() -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    for fact in (born(0, 55), gone(0, 55, at=10, source=""), born(11, 56), gone(11, 56, at=12, source="")):
        tracker.feed(fact)

    tracker.feed(born(20, 0))

    assert outcomes(tracker) == [Outcome.ABANDONED_GREETING, Outcome.FAILED, None]


@pytest.mark.parametrize("capture", ["restart_in_notice", "restart_in_notice_of_one"])
def test_who_was_cut_off_in_the_notice_behind_a_dial_failed_though_the_cause_is_that_of_a_talk(capture: str) -> None:
    rows = list(read_cel_rows(CAPTURES / f"{capture}.csv"))
    restarted_at = next(number for number, row in enumerate(rows) if row[14].endswith(".0"))
    before, after = records_of_ledger(rows[:restarted_at], pbx="pbx6"), records_of_ledger(rows, pbx="pbx6")
    assert before[0].outcome is Outcome.NO_ANSWER
    assert after[0].outcome is Outcome.FAILED
    assert (after[0].hangup_cause, after[0].hung_up_by) == (16, HungUpBy.PBX)


def test_who_answers_after_the_transfer_of_a_ringing_call_leaves_none_that_a_restart_hung_up() -> None:
    """The consultation call had ended 3.8 s before the restart; the phone that it rang was up until then."""
    rows = list(read_cel_rows(CAPTURES / "restart_after_transfer.csv"))

    records = {record.dialled_number: record for record in records_of_ledger(rows, pbx="pbx4")}

    assert (records["1103"].outcome, records["1103"].hung_up_by) == (Outcome.CANCELLED, None)
    assert records["1103"].joined == records["81315"].call_id
    assert records["81315"].outcome is Outcome.ANSWERED


@pytest.mark.parametrize(("later", "outcome"), [(5, Outcome.FAILED), (25, Outcome.ABANDONED_GREETING)])
def test_it_counts_when_the_caller_was_hung_up_not_when_the_last_of_the_call_was(later: int, outcome: Outcome) -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    rung = replace(born(1, 56), linkedid=born(0, 55).uniqueid, channel="PJSIP/1001-00000001")
    for fact in (born(0, 55), rung, gone(0, 55, at=10, source=""), gone(1, 56, at=10 + later, source="")):
        tracker.feed(fact)

    tracker.feed(born(60, 0))

    assert outcomes(tracker) == [outcome, None]


def test_a_caller_behind_whom_the_pbx_took_a_new_channel_was_not_hung_up_by_a_restart() -> None:
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    rung = replace(born(1, 56), linkedid=born(0, 55).uniqueid, channel="PJSIP/1001-00000001")
    for fact in (born(0, 55), rung, gone(0, 55, at=10, source=""), born(11, 57), gone(1, 56, at=12, source="")):
        tracker.feed(fact)
    tracker.feed(gone(11, 57, at=13, source="PJSIP/trunk-main-00000039"))

    tracker.feed(born(60, 0))

    assert outcomes(tracker) == [Outcome.ABANDONED_GREETING, Outcome.ABANDONED_GREETING, None]
