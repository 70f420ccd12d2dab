"""Of which times nothing is known: neither witness could see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.calls.blind_times import Gap, GapReason, UnknownReason, UnknownTime, find_unknown_times, sum_blind
from callcenter.calls.records import Witness

DAY = datetime(2026, 11, 22, 16, tzinfo=UTC)
END = DAY + timedelta(days=1)
AFTERWARDS = END + timedelta(hours=1)
BOTH = {("pbx1", Witness.AMI): AFTERWARDS, ("pbx1", Witness.LEDGER): AFTERWARDS}


def hour(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def gap(witness: Witness, begin: float, end: float | None, reason: GapReason, pbx: str = "pbx1") -> Gap:
    return Gap(pbx=pbx, witness=witness, from_at=hour(begin), to_at=None if end is None else hour(end), reason=reason)


def unknown(
    *gaps: Gap,
    heard: dict[tuple[str, Witness], datetime] = BOTH,
    now: datetime = AFTERWARDS,
    first_known_at: datetime | None = DAY,
) -> list[tuple[str | None, float, float]]:
    found = find_unknown_times(
        pbxs=["pbx1"], heard=heard, gaps=gaps, from_at=DAY, to_at=END, now=now, first_known_at=first_known_at
    )
    assert {time.reason for time in found} <= {UnknownReason.BOTH_BLIND}
    hours = timedelta(hours=1)
    return [(time.pbx, (time.from_at - DAY) / hours, (time.to_at - DAY) / hours) for time in found]


LINK_DOWN = gap(Witness.AMI, 2, 5, GapReason.LINK_DOWN)
LOST = gap(Witness.LEDGER, 4, 9, GapReason.LEDGER_LOST)


@pytest.mark.parametrize("gaps", [(), (LINK_DOWN,), (LOST,)])
def test_what_one_witness_saw_is_known(gaps: tuple[Gap, ...]) -> None:
    assert unknown(*gaps) == []


def test_what_both_did_not_see_is_not_known() -> None:
    assert unknown(LINK_DOWN, LOST) == [("pbx1", 4, 5)]


def test_gaps_of_different_switchboards_have_nothing_to_do_with_each_other() -> None:
    heard = {**BOTH, ("pbx2", Witness.AMI): AFTERWARDS, ("pbx2", Witness.LEDGER): AFTERWARDS}
    elsewhere = gap(Witness.LEDGER, 4, 9, GapReason.LEDGER_LOST, pbx="pbx2")
    assert unknown(LINK_DOWN, elsewhere, heard=heard) == []
    both_elsewhere = gap(Witness.AMI, 3, None, GapReason.LINK_DOWN, pbx="pbx2")
    assert unknown(both_elsewhere, elsewhere, heard=heard) == [("pbx2", 4, 9)]


def test_what_could_not_be_read_was_read_afterwards_unless_it_still_cannot_be() -> None:
    assert unknown(LINK_DOWN, gap(Witness.LEDGER, 1, 9, GapReason.LEDGER_UNREADABLE)) == []
    assert unknown(LINK_DOWN, gap(Witness.LEDGER, 3, None, GapReason.LEDGER_UNREADABLE)) == [("pbx1", 3, 5)]


def test_the_time_before_the_first_link_is_known_where_there_is_a_ledger() -> None:
    before = gap(Witness.AMI, 0, 7, GapReason.BEFORE_FIRST_LINK)
    assert unknown(before) == []
    assert unknown(before, heard={("pbx1", Witness.AMI): AFTERWARDS}) == [("pbx1", 0, 7)]


def test_a_witness_that_is_heard_no_more_is_blind_since_then() -> None:
    assert unknown(heard={**BOTH, ("pbx1", Witness.AMI): hour(6)}) == []
    assert unknown(heard={("pbx1", Witness.LEDGER): hour(8), ("pbx1", Witness.AMI): hour(6)}) == [("pbx1", 8, 24)]


def test_of_a_day_that_is_not_over_the_time_until_now_counts() -> None:
    just_now = hour(10) - timedelta(seconds=2)
    heard = {("pbx1", Witness.LEDGER): just_now, ("pbx1", Witness.AMI): just_now}
    assert unknown(heard=heard, now=hour(10)) == []
    ((pbx, begin, end),) = unknown(heard=heard, now=hour(11))
    assert (pbx, round(begin, 2), end) == ("pbx1", 10, 11)


def test_where_nobody_was_ever_heard_nothing_is_known() -> None:
    assert unknown(heard={}) == [("pbx1", 0, 24)]


def test_a_switchboard_that_was_taken_away_long_ago_is_not_missed_and_one_of_last_week_is() -> None:
    gone = {("old", Witness.LEDGER): DAY - timedelta(days=8), ("other", Witness.LEDGER): DAY - timedelta(days=2)}
    assert unknown(heard={**BOTH, **gone}) == [("other", 0, 24)]


@pytest.mark.parametrize(
    ("now", "first_known_at", "reason"),
    [
        (DAY - timedelta(days=1000), DAY - timedelta(days=2000), UnknownReason.NOT_BEGUN),
        (AFTERWARDS, END, UnknownReason.BEFORE_FIRST_CALL),
        (AFTERWARDS, None, UnknownReason.BEFORE_FIRST_CALL),
    ],
)
def test_nothing_is_known_of_a_day_to_come_nor_of_one_before_all_calls(
    now: datetime, first_known_at: datetime | None, reason: UnknownReason
) -> None:
    found = find_unknown_times(
        pbxs=["pbx1"], heard=BOTH, gaps=(), from_at=DAY, to_at=END, now=now, first_known_at=first_known_at
    )
    assert found == (UnknownTime(pbx=None, from_at=DAY, to_at=END, reason=reason),)


def test_the_blind_time_of_several_switchboards_counts_once_where_it_overlaps_and_dead_letters_not() -> None:
    def time(pbx: str, begin: float, end: float, reason: UnknownReason = UnknownReason.BOTH_BLIND) -> UnknownTime:
        return UnknownTime(pbx=pbx, from_at=hour(begin), to_at=hour(end), reason=reason)

    assert sum_blind(()) == timedelta()
    assert sum_blind([time("pbx1", 1, 3), time("pbx2", 2, 4), time("pbx1", 6, 7)]) == timedelta(hours=4)
    assert sum_blind([time("pbx1", 1, 3, UnknownReason.DEAD_LETTER)]) == timedelta()
