"""Who refused to be recorded, and which recordings are known to be over since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.errors import ActionRefused, PbxError, ResultUnknown
from callcenter.mediation.recording_refusals import ROOM, Refusals, StopFailure, failure_to_stop

CONSUMER, MERCHANT = 2, 3


@dataclass
class Event:
    at: datetime
    what: str
    leg_id: int | None = None
    detail: str | None = None


def at(seconds: int) -> datetime:
    return datetime(2026, 11, 23, 8, 0, tzinfo=UTC) + timedelta(seconds=seconds)


def test_without_a_no_nothing_is_to_stop() -> None:
    refusals = Refusals.of([Event(at(1), "consent", CONSUMER, "yes,yes"), Event(at(2), "answer", CONSUMER, "no")])
    assert (refusals.not_stopped(), refusals.refused_at(ROOM)) == ([], None)


def test_a_no_concerns_the_leg_and_the_room_until_the_pbx_says_that_they_are_over() -> None:
    events = [Event(at(1), "consent", CONSUMER, "yes,yes"), Event(at(5), "consent", MERCHANT, "no,no")]
    assert Refusals.of(events).not_stopped() == [ROOM, MERCHANT]
    events.append(Event(at(5), "recording_stopped", ROOM))
    events.append(Event(at(5), "recording_goes_on", MERCHANT, "no_answer"))
    assert Refusals.of(events).not_stopped() == [MERCHANT]
    events.append(Event(at(9), "recording_stopped", MERCHANT))
    refusals = Refusals.of(events)
    assert refusals.not_stopped() == []
    assert refusals.stopped_at == {ROOM: at(5), MERCHANT: at(9)}
    assert [refusals.refused_at(of) for of in (ROOM, CONSUMER, MERCHANT)] == [at(5), None, at(5)]


def test_a_later_yes_undoes_no_refusal() -> None:
    events = [Event(at(1), "consent", CONSUMER, "yes,no"), Event(at(2), "consent", CONSUMER, "yes,yes")]
    assert Refusals.of(events).refused_at(CONSUMER) == at(1)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ActionRefused(), StopFailure.REFUSED),
        (ResultUnknown(), StopFailure.NO_ANSWER),
        (PbxError(), StopFailure.NOT_ASKED),
    ],
)
def test_an_error_tells_what_is_known_of_a_recording(error: PbxError, failure: StopFailure) -> None:
    assert failure_to_stop(error) is failure
