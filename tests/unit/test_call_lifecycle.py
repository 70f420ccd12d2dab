"""The tables of what is known of a call's beginning and end: each cell, and that there are no others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from callcenter.calls.records import Anomaly, Outcome, Witness
from callcenter.errors import ImpossibleEvent
from callcenter.pbx import facts as f
from callcenter.tracking.lifecycle import Birth, BirthEvent, CallEvent, CallState
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

BIRTHS = """
                 channel_found_up  opener_shown  opener_not_listed
seen             unseen            -             -
unseen           unseen            -             -
opener_awaited   opener_awaited    unseen        opener_gone
opener_gone      opener_gone       unseen        opener_gone
"""

STATES = """
                    channel_up          channel_missed      last_channel_ended
up                  up                  up_after_gap        ended
up_after_gap        up_after_gap        up_after_gap        end_unseen
dropping            dropping            dropping_after_gap  dropped
dropping_after_gap  dropping_after_gap  dropping_after_gap  dropped_unseen
waiting             up                  -                   -
waiting_after_gap   up_after_gap        -                   -
ended               -                   -                   -
end_unseen          -                   -                   -
pbx_died            -                   -                   -
dropped             -                   -                   -
dropped_unseen      -                   -                   -

                    last_known_channel_ended  opener_given_up  lost            pbx_died        dropped
up                  waiting                   -                end_unseen      pbx_died        dropping
up_after_gap        waiting_after_gap         -                end_unseen      pbx_died        dropping_after_gap
dropping            -                         -                dropped_unseen  dropped_unseen  dropping
dropping_after_gap  -                         -                dropped_unseen  dropped_unseen  dropping_after_gap
waiting             -                         ended            end_unseen      pbx_died        -
waiting_after_gap   -                         end_unseen       end_unseen      pbx_died        -
ended               -                         -                -               -               dropped
end_unseen          -                         -                -               -               dropped_unseen
pbx_died            -                         -                -               -               dropped_unseen
dropped             -                         -                -               -               -
dropped_unseen      -                         -                -               -               -
"""

OVER = {CallState.ENDED, CallState.END_UNSEEN, CallState.PBX_DIED, CallState.DROPPED, CallState.DROPPED_UNSEEN}
START = datetime(2026, 11, 29, tzinfo=UTC)


def _cells(text: str) -> dict[tuple[str, str], str]:
    cells: dict[tuple[str, str], str] = {}
    for block in text.strip("\n").split("\n\n"):
        head, *rows = block.splitlines()
        for row in rows:
            state, *nexts = row.split()
            cells |= {(state, event): found for event, found in zip(head.split(), nexts, strict=True)}
    return cells


def _given(states: type[StrEnum], events: type[StrEnum]) -> Mapping[tuple[str, str], str]:
    found = {}
    for state in states:
        for event in events:
            try:
                found[str(state), str(event)] = str(state.after(event))  # type: ignore[attr-defined]
            except ImpossibleEvent:
                found[str(state), str(event)] = "-"
    return found


def test_each_event_at_a_birth_leads_where_the_table_says() -> None:
    assert _given(Birth, BirthEvent) == _cells(BIRTHS)


def test_each_event_of_a_call_leads_where_the_table_says() -> None:
    assert _given(CallState, CallEvent) == _cells(STATES)


def test_an_event_that_cannot_happen_in_a_state_is_named_with_the_state() -> None:
    with pytest.raises(ImpossibleEvent, match=r"^The event pbx_died cannot happen to a call in the state ended\.$"):
        CallState.ENDED.after(CallEvent.PBX_DIED)


def test_a_call_that_is_over_stays_over_and_a_missed_end_or_a_drop_is_never_forgotten() -> None:
    moves = [
        (CallState(state), CallState(found))
        for (state, _), found in _given(CallState, CallEvent).items()
        if found != "-"
    ]

    assert {state for state in CallState if state.is_over} == OVER
    assert [(a, b) for a, b in moves if a.is_over and not b.is_over] == []
    assert [(a, b) for a, b in moves if a.is_end_missed and not b.is_end_missed] == []
    assert [(a, b) for a, b in moves if a.is_by_pbx and not b.is_by_pbx] == []
    assert {state for state in CallState if state.is_by_pbx and not state.is_dropped} == {CallState.PBX_DIED}


def test_a_caller_whom_a_shutdown_dropped_before_the_crash_was_seen_has_both_in_the_record() -> None:
    tracker = Tracker(witness=Witness.AMI, pbx="pbx1", rules=CallRules())
    at, uniqueid = START, f"pbx1-{int(START.timestamp())}.1"
    tracker.feed(
        f.ChannelStarted(
            at=at,
            uniqueid=uniqueid,
            linkedid=uniqueid,
            channel="PJSIP/trunk-main-00000001",
            caller_number="13900000001",
            caller_name=None,
            exten="12315",
            context="from-trunk",
            pbx="pbx1",
        )
    )
    tracker.feed(f.DroppedByPbx(at=at + timedelta(seconds=5), uniqueid=uniqueid))
    tracker.feed(f.PbxStarted(at=at + timedelta(seconds=60), started_at=at + timedelta(seconds=58)))

    (record,) = tracker.take_changed()
    assert (record.outcome, record.complete, record.ended_at) == (Outcome.FAILED, False, None)
    assert record.anomalies == (Anomaly.END_UNSEEN, Anomaly.PBX_DIED)
