"""A caller whom the dialplan's brake refused is a miss of their own, whatever else happens in that call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from callcenter.calls.records import Anomaly, HungUpBy, Outcome, Witness
from callcenter.pbx import dialplan_facts as d
from callcenter.pbx import facts as f
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

AT = datetime(2026, 11, 28, 8, tzinfo=UTC)


def test_one_who_hangs_up_while_hearing_why_was_refused_and_waits_for_a_call_back() -> None:
    tracker = Tracker(witness=Witness.AMI, pbx="pbx1", rules=CallRules())
    told: list[f.Fact] = [
        f.ChannelStarted(
            at=AT,
            uniqueid="pbx1-1.0",
            linkedid="pbx1-1.0",
            channel="PJSIP/trunk-main-00000001",
            caller_number="13800000001",
            caller_name=None,
            exten="12315",
            context="from-trunk",
        ),
        d.RefusedForCallingTooOften(at=AT, uniqueid="pbx1-1.0"),
        f.HangupRequested(at=AT + timedelta(seconds=1), uniqueid="pbx1-1.0"),
        f.ChannelHungUp(at=AT + timedelta(seconds=1), uniqueid="pbx1-1.0", cause=16),
    ]
    for fact in told:
        tracker.feed(fact)
    (record,) = tracker.take_changed()

    assert (record.outcome, record.hung_up_by, record.anomalies) == (
        Outcome.REJECTED,
        HungUpBy.CALLER,
        (Anomaly.CALLED_TOO_OFTEN,),
    )
