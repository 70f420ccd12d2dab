"""Whose data a person's request finds: of one number, and of nobody who has another name."""

from __future__ import annotations

import pytest

from callcenter.casework.person_requests.rules import Person, find_person
from callcenter.casework.person_requests.words import LABELS, NOTICES, PARTY_ROLES, STEPS, WAYS
from callcenter.casework.tickets.rules import NoticeBy, NoticeKind, PartyRole
from callcenter.casework.tickets.steps import TicketStep
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

ZHANG = Person(number="+8613812345678", key="+8613812345678", names=("张三", "Zhang San"), since=None)


@pytest.mark.parametrize("shown", ["13812345678", "+86 138 1234 5678", "138-1234-5678", "013812345678"])
def test_the_number_is_found_in_any_usual_form(shown: str) -> None:
    assert find_person(shown, ["张三", "Zhang San"], None, area_code="0519") == ZHANG


@pytest.mark.parametrize("shown", ["anonymous", "12345", "1001", "4008001234", "no number", "1069123456789"])
def test_behind_these_stand_many_people_or_none(shown: str) -> None:
    with pytest.raises(InputError) as refused:
        find_person(shown, ["张三"], None, area_code="0519")
    assert refused.value.code is ErrorCode.NOT_A_NUMBER


@pytest.mark.parametrize(
    ("name", "is_anonymous", "is_theirs"),
    [
        ("张三", False, True),
        (" 张 三 ", False, True),
        ("ZHANG san", False, True),
        ("ｚｈａｎｇｓａｎ", False, True),
        ("李四", False, False),
        ("张三丰", False, False),
        (None, False, True),
        (None, True, False),
        ("张三", True, True),
    ],
)
def test_a_record_with_another_name_is_somebody_elses_and_of_an_anonymous_one_nobody_knows_whose(
    name: str | None, is_anonymous: bool, is_theirs: bool
) -> None:
    assert ZHANG.is_named(name, is_anonymous=is_anonymous) is is_theirs


def test_every_word_is_there() -> None:
    assert all(all(words) for words in LABELS.values())
    assert [set(NOTICES), set(PARTY_ROLES), set(STEPS), set(WAYS)] == [
        set(NoticeKind),
        set(PartyRole),
        set(TicketStep),
        set(NoticeBy),
    ]
