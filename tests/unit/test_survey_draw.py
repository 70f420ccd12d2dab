"""Who may be drawn, how many of each stratum, and a draw that anybody can repeat."""

from __future__ import annotations

import subprocess
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.analysis.surveys.draw import (
    Place,
    allot,
    draw,
    find_next_reserve,
    make_seed,
    order,
    size_by_margin,
    size_by_share,
)
from callcenter.analysis.surveys.frame import Completed, Exclusion, Frame, Stratum, build_frame, hash_frame

TWELVE = [f"12315-2026-{number:05}" for number in range(101, 113)]
TWELVE_HASH = "4550b56406c768778629e18f8a9b13746c63044d133f039f35d275c2f880c799"
NO_SHEET = "0" * 64


def unit(unit_id: int | None, *, is_settled: bool = True) -> Stratum:
    return Stratum(unit_id=unit_id, is_settled=is_settled)


def sizes_of(*counts: int) -> dict[Stratum, int]:
    return {unit(number): count for number, count in enumerate(counts, start=1)}


def frame_of(numbers: list[str]) -> Frame:
    return build_frame(Completed(number=number, stratum=unit(1), person=number) for number in numbers)


def test_whoever_is_not_asked_is_counted_with_the_first_reason() -> None:
    at = unit(1)
    frame = build_frame(
        [
            Completed(number="12", stratum=at, person="b"),
            Completed(number="11", stratum=at, person="a"),
            Completed(number="13", stratum=unit(None), person="a"),
            Completed(number="14", stratum=at, person=None, is_anonymous=True, is_dialable=False),
            Completed(number="15", stratum=at, person="c", is_dialable=False),
            Completed(number="16", stratum=at, person="d", is_do_not_call=True, was_asked_lately=True),
            Completed(number="17", stratum=at, person="e", has_withdrawn=True),
            Completed(number="18", stratum=at, person="f", was_asked_lately=True),
            Completed(number="19", stratum=unit(None), person=None),
            Completed(number="20", stratum=unit(None), person=None),
        ]
    )
    assert [member.number for member in frame.members] == ["11", "12", "19", "20"]
    assert frame.exclusions == {
        Exclusion.ANONYMOUS: 1,
        Exclusion.CONSENT_WITHDRAWN: 1,
        Exclusion.DO_NOT_CALL: 1,
        Exclusion.NO_NUMBER: 1,
        Exclusion.ASKED_LATELY: 1,
        Exclusion.SAME_PERSON: 1,
    }
    assert frame.sizes() == {unit(None): 2, unit(1): 2}


def test_somebody_who_is_left_out_keeps_no_other_complaint_of_theirs_out() -> None:
    frame = build_frame(
        [
            Completed(number="1", stratum=unit(1), person="a", is_dialable=False),
            Completed(number="2", stratum=unit(1), person="a"),
        ]
    )
    assert [member.number for member in frame.members] == ["2"]


def test_a_frame_has_the_hash_of_its_sorted_lines() -> None:
    assert frame_of(TWELVE[::-1]).sha256 == hash_frame(TWELVE) == TWELVE_HASH


@pytest.mark.parametrize(
    ("margin", "members", "right"),
    [
        *(("0.05", members, right) for members, right in ((60, 53), (417, 201), (1250, 295), (5000, 357))),
        *(("0.10", members, right) for members, right in ((60, 38), (417, 79), (1250, 90), (5000, 95))),
        ("0.05", 1, 1),
        ("0.05", 0, 0),
    ],
)
def test_a_margin_says_how_many(margin: str, members: int, right: int) -> None:
    assert size_by_margin(members, Decimal(margin)) == right


@pytest.mark.parametrize(("members", "right"), [(417, 42), (420, 42), (1, 1), (0, 0)])
def test_a_share_is_at_least_that_share(members: int, right: int) -> None:
    assert size_by_share(members, Decimal("0.10")) == right
    assert size_by_share(members, Decimal(1)) == members


@pytest.mark.parametrize(
    ("wanted", "counts", "right"),
    [
        (42, (180, 120, 75, 30, 12), [18, 12, 8, 3, 1]),
        (40, (133, 133, 134, 17), [13, 13, 13, 1]),
        (10, (50, 30, 15, 4, 1), [5, 3, 2, 1, 1]),
        (50, (3, 2), [3, 2]),
        (1, (1,), [1]),
        (3, (), []),
    ],
)
def test_strata_are_drawn_from_in_proportion_and_none_is_left_out(
    wanted: int, counts: tuple[int, ...], right: list[int]
) -> None:
    assert list(allot(sizes_of(*counts), wanted).values()) == right


@given(st.lists(st.integers(min_value=1, max_value=10**5), min_size=1, max_size=20), st.integers(0, 10**6))
def test_of_no_stratum_more_are_drawn_than_it_has(counts: list[int], wanted: int) -> None:
    sizes = sizes_of(*counts)
    found = allot(sizes, wanted)
    assert all(1 <= found[stratum] <= size for stratum, size in sizes.items())
    assert min(wanted, sum(counts)) <= sum(found.values()) <= min(wanted, sum(counts)) + len(counts)


def test_the_seed_is_made_of_the_frame_and_the_day_sheet() -> None:
    right = "cefd2a4532ba547cbd494ec98e8cc2f315c446aaf0546840f5da79acd3811dbc"
    assert make_seed(TWELVE_HASH, NO_SHEET) == right


def test_the_order_follows_from_the_seed() -> None:
    found = [number[-3:] for number in order("2026-03", TWELVE)]
    assert found == ["101", "105", "104", "112", "103", "106", "108", "102", "109", "111", "110", "107"]
    assert order("2026-03", reversed(TWELVE)) == order("2026-03", TWELVE)


def test_a_draw_can_be_repeated_with_sha256sum_alone() -> None:
    lines = "".join(f"{number}\n" for number in TWELVE)

    def sha256sum(text: str) -> str:
        done = subprocess.run(["/usr/bin/sha256sum"], input=text, capture_output=True, text=True, check=True)
        return done.stdout.split()[0]

    seed = sha256sum(sha256sum(lines) + NO_SHEET)
    by_hash = sorted(TWELVE, key=lambda number: sha256sum(f"{seed}|{number}"))
    places = draw(frame_of(TWELVE), {unit(1): 3}, make_seed(TWELVE_HASH, NO_SHEET))
    assert places == [
        Place(number=number, stratum=unit(1), position=position, is_reserve=position > 3)
        for position, number in enumerate(by_hash, start=1)
    ]


def test_the_reserve_of_the_same_stratum_opens_in_its_order() -> None:
    frame = build_frame(
        [Completed(number=number, stratum=unit(1 + int(number[-1]) % 2), person=None) for number in TWELVE]
    )
    places = draw(frame, allot(frame.sizes(), 4), "seed")
    of_first = [place for place in places if place.stratum == unit(1)]
    assert [place.is_reserve for place in of_first] == [False, False, True, True, True, True]
    assert find_next_reserve(places, unit(1), set()) == of_first[2]
    assert find_next_reserve(places, unit(1), {of_first[2].number}) == of_first[3]
    assert find_next_reserve(places, unit(1), set(TWELVE)) is None
