"""When somebody was in a mediation, when it counts as settled, who may be rung."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.calls.records import Outcome
from callcenter.errors import ConflictError, InputError
from callcenter.mediation.host_watch import Heard, hear
from callcenter.mediation.printed_record_words import ENDS, FAILURES, HAPPENED, LABELS, RESULTS, ROLES, STOP_FAILURES
from callcenter.mediation.recording_refusals import StopFailure
from callcenter.mediation.results import describe_results, span_of
from callcenter.mediation.room import Sound
from callcenter.mediation.rules import (
    EndReason,
    HostWord,
    LegCommand,
    LegFailure,
    LegRole,
    Place,
    Result,
    RoomEvent,
    RoomWord,
    Side,
    Stay,
    check_result,
    failure_of,
    other_legs,
    stay_of,
)

AT = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


def word(seconds: float, said: RoomWord, uniqueid: str = "a") -> RoomEvent:
    return RoomEvent(at=AT + timedelta(seconds=seconds), uniqueid=uniqueid, word=said)


STORY = [
    word(0, RoomWord.ENTERED),
    word(5, RoomWord.HELD),
    word(9, RoomWord.ENTERED),
    word(12, RoomWord.QUEUED),
    word(12.5, RoomWord.GONE),
    word(1, RoomWord.GONE, "b"),
]


@given(st.permutations(STORY))
def test_a_stay_is_the_same_in_whatever_order_and_how_often_its_words_are_told(told: list[RoomEvent]) -> None:
    stay = stay_of([*told, *told[:2]], "a")
    assert stay == Stay(joined_at=AT, left_at=AT + timedelta(seconds=12), is_on_hold=False, last_word=RoomWord.QUEUED)


@pytest.mark.parametrize(
    ("count", "place"), [(0, (None, False)), (1, (RoomWord.ENTERED, False)), (2, (RoomWord.HELD, True))]
)
def test_a_stay_that_goes_on_says_where(count: int, place: tuple[RoomWord | None, bool]) -> None:
    stay = stay_of(STORY[:count], "a")
    assert (stay.last_word, stay.is_on_hold, stay.left_at) == (*place, None)


@pytest.mark.parametrize(
    ("outcome", "cause", "failure"),
    [
        (Outcome.BUSY, 17, LegFailure.BUSY),
        (Outcome.NO_ANSWER, 19, LegFailure.NO_ANSWER),
        (Outcome.CANCELLED, 127, LegFailure.NO_ANSWER),
        (Outcome.REJECTED, 1, LegFailure.UNALLOCATED),
        (Outcome.REJECTED, 21, LegFailure.DECLINED),
        (Outcome.NO_ANSWER, 21, LegFailure.DECLINED),
        (Outcome.REJECTED, 38, LegFailure.UNREACHABLE),
        (Outcome.FAILED, None, LegFailure.UNREACHABLE),
        (Outcome.UNKNOWN, None, LegFailure.UNKNOWN),
        (Outcome.ANSWERED, 16, LegFailure.UNKNOWN),
    ],
)
def test_why_somebody_did_not_come(outcome: Outcome, cause: int | None, failure: LegFailure) -> None:
    assert failure_of(outcome, cause) is failure


def side(role: LegRole, *said: bool | None) -> Side:
    takes_part, agrees = said
    return Side(role=role, takes_part=takes_part, agrees=agrees)


WILLING = side(LegRole.CONSUMER, True, True)


@pytest.mark.parametrize(
    ("sides", "has_agreement", "lacks"),
    [
        ([WILLING, side(LegRole.MERCHANT, True, True)], False, "A settlement needs the text of the agreement."),
        ([side(LegRole.CONSUMER, None, None)], True, "The consumer has not agreed to take part."),
        ([side(LegRole.CONSUMER, True, None)], True, "The consumer has not said yes to the agreement."),
        ([WILLING], True, "The other side has not agreed to take part."),
        ([WILLING, side(LegRole.INTERPRETER, True, True)], True, "The other side has not agreed to take part."),
        (
            [WILLING, side(LegRole.MERCHANT, True, False)],
            True,
            "The other side has not said yes to the agreement.",
        ),
        (
            [WILLING, side(LegRole.MERCHANT, True, None), side(LegRole.MERCHANT, False, True)],
            True,
            "The other side has not said yes to the agreement.",
        ),
        ([WILLING, side(LegRole.MERCHANT, True, True)], True, None),
        ([WILLING, side(LegRole.MERCHANT, None, None), side(LegRole.MARKET_OFFICE, True, True)], True, None),
    ],
)
def test_settled_is_what_both_sides_wanted_heard_and_agreed_to(
    sides: list[Side], has_agreement: bool, lacks: str | None
) -> None:
    lack = None
    try:
        check_result(Result.SETTLED, sides, has_agreement=has_agreement, amount_cents=100, due_on=None)
    except ConflictError as error:
        lack = str(error)
    assert lack == lacks


@pytest.mark.parametrize("result", [result for result in Result if result is not Result.SETTLED])
def test_no_settlement_needs_nobodys_yes(result: Result) -> None:
    check_result(result, [], has_agreement=False, amount_cents=None, due_on=None)
    with pytest.raises(ConflictError, match=r"^A due date needs an amount\.$"):
        check_result(result, [], has_agreement=False, amount_cents=None, due_on=date(2026, 12, 1))


def test_a_private_word_puts_everybody_else_in_the_room_on_hold() -> None:
    places = {1: Place.ROOM, 2: Place.ROOM, 3: Place.HOLD, 4: Place.LEFT, 5: Place.DIALLED}
    assert other_legs(places, 1) == [2]


def test_the_record_has_a_word_for_everything_in_both_languages() -> None:
    assert set(ROLES) == set(LegRole)
    assert set(RESULTS) == set(Result)
    assert set(ENDS) == set(EndReason)
    assert set(FAILURES) == set(LegFailure)
    assert set(HAPPENED) == {*HostWord, *LegCommand, *RoomWord}
    assert set(STOP_FAILURES) == set(StopFailure)
    for words in (ROLES, RESULTS, ENDS, FAILURES, HAPPENED, STOP_FAILURES, LABELS):
        assert all(chinese and english for chinese, english in words.values())


def test_every_rate_says_of_what_it_is_a_part() -> None:
    days = {"from_day": date(2026, 11, 1), "to_day": date(2026, 11, 30)}
    told = describe_results({Result.SETTLED: 3, Result.NO_ANSWER: 1, None: 2}, complaints=40, **days)
    assert told.model_dump(mode="json") == {
        "from_day": "2026-11-01",
        "to_day": "2026-11-30",
        "mediations": 6,
        "without_result": 2,
        "results": {"settled": 3, "not_settled": 0, "refused": 0, "no_answer": 1},
        "settled": {"numerator": 3, "denominator": 4, "ratio": 0.75},
        "settled_of_all": {"numerator": 3, "denominator": 6, "ratio": 0.5},
        "settled_of_complaints": {"numerator": 3, "denominator": 40, "ratio": 0.075},
    }
    nothing = describe_results({}, complaints=None, **days)
    assert (nothing.settled.ratio, nothing.settled_of_complaints) == (None, None)


def test_days_are_cut_at_local_midnight() -> None:
    begin, end = span_of(date(2026, 11, 25), date(2026, 11, 25), ZoneInfo("Asia/Shanghai"))
    assert begin == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert end - begin == timedelta(days=1)
    for first, last in ((date(2026, 11, 26), date(2026, 11, 25)), (date.min, date.max)):
        with pytest.raises(InputError):
            span_of(first, last, ZoneInfo("Asia/Shanghai"))


def test_a_phone_is_silent_from_its_last_packet_on_and_never_while_it_holds_or_before_it_spoke() -> None:
    seen: Heard | None = None
    since: list[float | None] = []
    for now, packets, is_on_hold in (
        (0.0, 0, False),
        (1.0, 50, False),
        (2.0, 100, False),
        (3.0, 100, False),
        (4.0, 100, True),
        (5.0, 100, False),
        (6.0, 100, False),
        (7.0, 101, False),
    ):
        seen = hear(seen, Sound(packets=packets, is_on_hold=is_on_hold), now)
        since.append(None if seen is None else seen.since)
    assert since == [None, 1.0, 2.0, 2.0, None, 5.0, 5.0, 7.0]
    assert hear(seen, None, 8.0) is None
