"""Places kept in a queue come up in their order, and nobody who waits starves behind them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks.rules import CallKey
from callcenter.queue_callback.rules import KEPT_FOR, MOST_TURNS, Line, Place, find_turn

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
FIRST = Place(episode_id=1, asked_in=CallKey("pbx1", "1"), joined_at=NOW - timedelta(minutes=5))
SECOND = Place(episode_id=2, asked_in=CallKey("pbx1", "2"), joined_at=NOW - timedelta(minutes=4))


def line(*minutes_waiting: float, was_place_last: bool = False) -> Line:
    waiting = [NOW - timedelta(minutes=minutes) for minutes in minutes_waiting]
    return Line(waiting=waiting, was_place_last=was_place_last)


def test_the_oldest_place_comes_up_when_nobody_waits() -> None:
    assert find_turn([SECOND, FIRST], line(), now=NOW) == FIRST


def test_no_place_comes_up_before_those_who_joined_before_it() -> None:
    assert find_turn([FIRST], line(3, 6), now=NOW) is None


def test_a_place_comes_up_before_those_who_joined_after_it() -> None:
    assert find_turn([FIRST], line(3), now=NOW) == FIRST


def test_after_a_place_one_who_waits_is_taken_first() -> None:
    assert find_turn([SECOND], line(3, was_place_last=True), now=NOW) is None


def test_with_nobody_waiting_one_place_follows_another() -> None:
    assert find_turn([SECOND], line(was_place_last=True), now=NOW) == SECOND


def test_a_place_lapses() -> None:
    old = replace(FIRST, joined_at=NOW - KEPT_FOR)
    older = replace(SECOND, joined_at=NOW - KEPT_FOR - timedelta(milliseconds=1))

    assert find_turn([old, older], line(), now=NOW) == old
    assert find_turn([older], line(), now=NOW) is None


def test_a_place_for_which_no_agent_picked_up_their_own_phone_comes_up_again_but_not_for_ever() -> None:
    tried = replace(FIRST, turns=MOST_TURNS - 1)

    assert find_turn([tried, SECOND], line(), now=NOW) == tried
    assert find_turn([replace(FIRST, turns=MOST_TURNS), SECOND], line(), now=NOW) == SECOND


@dataclass
class Centre:
    """A queue, simulated: callers join, some leave with key 1, agents become free and take whose turn it is."""

    now: datetime = NOW
    waiting: list[datetime] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    was_place_last: bool = False
    taken: list[tuple[str, datetime, bool]] = field(default_factory=list)
    """What, when it had joined, and whether somebody was left waiting."""

    def join(self) -> None:
        self.now += timedelta(seconds=1)
        self.waiting.append(self.now)

    def press_1(self, index: int) -> None:
        if self.waiting:
            joined_at = self.waiting.pop(index % len(self.waiting))
            number = len(self.taken) + len(self.places)
            self.places.append(Place(episode_id=number, asked_in=CallKey("pbx1", str(number)), joined_at=joined_at))

    def agent_becomes_free(self) -> None:
        state = Line(waiting=self.waiting, was_place_last=self.was_place_last)
        place = find_turn(self.places, state, now=self.now)
        if place is not None:
            self.places.remove(place)
            assert all(joined_at > place.joined_at for joined_at in self.waiting)
            self.taken.append(("place", place.joined_at, bool(self.waiting)))
            self.was_place_last = True
        elif self.waiting:
            self.taken.append(("waiting", self.waiting.pop(0), bool(self.waiting)))
            self.was_place_last = False


@given(st.lists(st.one_of(st.just("join"), st.just("free"), st.integers(0, 5)), max_size=60))
def test_whatever_happens_no_two_places_in_a_row_are_taken_while_somebody_waits_and_all_are_taken_in_the_end(
    happenings: list[str | int],
) -> None:
    centre = Centre()
    for happening in happenings:
        if happening == "join":
            centre.join()
        elif happening == "free":
            centre.agent_becomes_free()
        else:
            centre.press_1(int(happening))
    left = len(centre.waiting) + len(centre.places)
    for _ in range(left):
        centre.agent_becomes_free()

    assert (centre.waiting, centre.places) == ([], [])
    in_a_row = zip(centre.taken, centre.taken[1:], strict=False)
    assert [pair for pair in in_a_row if pair[0][0] == pair[1][0] == "place" and pair[1][2]] == []
