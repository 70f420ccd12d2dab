"""Bigrams of Chinese texts, credit codes, names that are alike, and what may be merged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.bigrams import bigrams, likeness, searchable
from callcenter.casework.merchants.credit_code import check_credit_code, read_credit_code
from callcenter.casework.merchants.rules import (
    Merchant,
    check_merge,
    choose_hints,
    compact,
    how_alike,
    normalise_name,
)
from callcenter.errors import ConflictError, InputError

RT_MART = "常州大润发商业有限公司"
WUJIN_RT_MART = "常州大润发商业有限公司武进店"
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("食品过期，ＡＢ-12", {"12", "ab", "品过", "过期", "食品"}),
        ("奶", set()),
        ("奶 粉", set()),
        ("奶粉", {"奶粉"}),
        ("a_b", set()),
        ("ﬁne", {"fi", "in", "ne"}),
        ("", set()),
    ],
)
def test_a_text_is_the_pairs_of_letters_and_digits_that_stand_together(text: str, pairs: set[str]) -> None:
    assert bigrams(text) == pairs


@pytest.mark.parametrize("text", ["奶", "", "  ", "，。", "a b c"])
def test_single_characters_cannot_be_searched_for(text: str) -> None:
    with pytest.raises(ValueError, match="two letters"):
        searchable(text)


@given(st.text())
def test_pairs_are_of_two_characters_of_the_text_in_their_one_form(text: str) -> None:
    assert all(len(pair) == 2 and pair == pair.lower() and pair.isalnum() for pair in bigrams(text))


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [
        (RT_MART, WUJIN_RT_MART, 0.7692),
        ("苏果超市", "苏果超市有限公司", 0.4286),
        ("苏果超市", "苏宁易购", 0),
        ("", "苏果", 0),
        ("", "", 0),
    ],
)
def test_the_likeness_of_two_texts_is_what_they_have_in_common_of_all(one: str, other: str, right: float) -> None:
    assert round(likeness(bigrams(one), bigrams(other)), 4) == right
    assert likeness(bigrams(one), bigrams(other)) == likeness(bigrams(other), bigrams(one))


@pytest.mark.parametrize(
    ("name", "normalised"),
    [
        ("苏果超市有限公司", "苏果超市"),
        ("苏果超市（江苏）有限责任公司", "苏果超市江苏"),
        (WUJIN_RT_MART, "常州大润发商业武进店"),
        ("红星 集团股份有限公司", "红星"),
        ("Ａ.B．商店", "ab商店"),
        ("有限公司", "有限公司"),
    ],
)
def test_a_name_is_normalised_without_blanks_punctuation_and_the_forms_of_companies(name: str, normalised: str) -> None:
    assert normalise_name(name) == normalised
    assert normalise_name(normalised) == normalised


def test_names_are_compared_without_the_forms_of_companies() -> None:
    assert how_alike("苏果超市", ["苏果超市有限公司"]) == 1
    assert round(how_alike(RT_MART, [WUJIN_RT_MART]), 4) == 0.6667
    assert how_alike("苏果超市", ["苏宁易购", "苏果"]) == 1 / 3
    assert how_alike("苏果超市", []) == 0


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91320400123456789Y"])
def test_a_credit_code_with_its_check_digit_is_taken_in_any_width_and_case(code: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    assert [read_credit_code(text) for text in (code, code.lower(), f" {code}\t", wide)] == [code] * 4


@pytest.mark.parametrize(
    "text", ["91320400123456789A", "91320400123456789", "91320400123456789YY", "9132O400123456789Y", "I" * 18, ""]
)
def test_what_is_no_credit_code_is_refused(text: str) -> None:
    assert read_credit_code(text) is None
    with pytest.raises(InputError, match="credit code"):
        check_credit_code(text)


def test_no_credit_code_is_one_too() -> None:
    assert check_credit_code(None) is None


@given(st.integers(min_value=0, max_value=16), st.sampled_from(SIGNS), st.booleans())
def test_any_one_wrong_sign_and_any_two_that_changed_places_are_noticed(place: int, sign: str, is_swap: bool) -> None:
    code = "91350100M000100Y43"
    wrong = list(code)
    if is_swap:
        wrong[place], wrong[place + 1] = wrong[place + 1], wrong[place]
    else:
        wrong[place] = sign
    assert read_credit_code("".join(wrong)) == (code if "".join(wrong) == code else None)


def merchant(number: int, name: str, *, merged_into: int | None = None, aliases: tuple[str, ...] = ()) -> Merchant:
    return Merchant(
        id=number,
        version=1,
        name=name,
        uscc=None,
        aliases=aliases,
        superior=None,
        superior_address=None,
        platform=None,
        region=None,
        scale=None,
        merged_into=merged_into,
    )


def test_hints_are_those_with_half_in_common_at_least_the_likest_first_and_five_at_most() -> None:
    others = [
        merchant(1, "苏宁易购"),
        merchant(2, "苏果超市武进店"),
        merchant(3, "便利超市", aliases=("苏果超市有限公司",)),
        *(merchant(number, f"苏果超市{number}店") for number in range(4, 9)),
    ]
    hints = choose_hints("苏果超市", others)
    assert [(hint.merchant.id, round(hint.likeness, 4)) for hint in hints] == [
        (3, 1.0),
        (4, 0.6),
        (5, 0.6),
        (6, 0.6),
        (7, 0.6),
    ]


def test_nothing_is_merged_into_itself_twice_or_into_what_is_merged() -> None:
    one, two, three = merchant(1, "a"), merchant(2, "b"), merchant(3, "c", merged_into=2)
    check_merge(one, two)
    refused = []
    for source, target in ((one, one), (three, one), (one, three)):
        with pytest.raises(ConflictError) as found:
            check_merge(source, target)
        refused.append((found.value.code, found.value.params))
    assert refused == [
        ("merge_into_itself", {}),
        ("merged_already", {}),
        ("target_is_merged", {"merchant_id": 2}),
    ]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5) | st.none()), max_size=40))
def test_whatever_is_merged_and_taken_apart_there_is_no_circle(steps: list[tuple[int, int | None]]) -> None:
    kept = {number: merchant(number, "x") for number in range(6)}
    for source, target in steps:
        if target is None:
            kept[source] = replace(kept[source], merged_into=None)
            continue
        try:
            check_merge(kept[source], kept[target])
        except ConflictError:
            continue
        kept[source] = replace(kept[source], merged_into=target)
    for one in kept.values():
        for _ in kept:
            one = one if one.merged_into is None else kept[one.merged_into]
        assert one.merged_into is None


def test_a_compact_name_is_what_is_searched_in() -> None:
    assert compact("Ｋ 歌-之王 (武进)") == "k歌之王武进"
