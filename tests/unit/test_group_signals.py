"""Who is one person, how many people are a signal, and how many complaints of one are many."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.tickets.signal_rules import People, Voice, count_people, is_often, is_signal
from tests.thresholds import PROPOSED

_ids = count(1)


def voice(
    number: str | None = None,
    address: str | None = None,
    name: str | None = "张三",
    *,
    is_anonymous: bool = False,
    is_by_telephone: bool = True,
) -> Voice:
    return Voice(
        ticket_id=next(_ids),
        number=number,
        address=address,
        name=name,
        is_anonymous=is_anonymous,
        is_by_telephone=is_by_telephone,
    )


def test_five_complaints_two_by_one_number_and_one_withheld_are_three_people_and_two_more_numbers_a_signal() -> None:
    five = [voice("1"), voice("1"), voice("2"), voice("3"), voice(None, "武进区1号")]
    assert count_people(five) == People(number=3, several_names=0)
    assert not is_signal(count_people(five), PROPOSED)
    seven = [*five, voice("4"), voice("5")]
    assert count_people(seven) == People(number=5, several_names=0)
    assert is_signal(count_people(seven), PROPOSED)


def test_one_number_or_one_address_under_several_names_is_one_person_and_hinted_at() -> None:
    by_number = [voice("1", name="张三"), voice("1", name="李四"), voice("1", name=None)]
    assert count_people(by_number) == People(number=1, several_names=1)
    by_address = [voice("1", "武进区1号", "张三"), voice("2", "武进区1号", "李四"), voice("3", "武进区2号", "王五")]
    assert count_people(by_address) == People(number=2, several_names=1)
    through_others = [voice("1", "武进区1号"), voice("2", "武进区2号"), voice("1", "武进区2号")]
    assert count_people(through_others) == People(number=1, several_names=0)


def test_anonymous_people_are_nobody_and_whoever_wrote_is_known_by_the_address() -> None:
    assert count_people([voice("1", is_anonymous=True)]).number == 0
    letter = voice(None, "武进区1号", is_by_telephone=False)
    assert count_people([letter, voice("1", "武进区1号"), voice(None, None, is_by_telephone=False)]).number == 1


VOICES = st.lists(
    st.builds(
        voice,
        st.sampled_from([None, "1", "2", "3", "4"]),
        st.sampled_from([None, "A", "B", "C"]),
        st.sampled_from([None, "张三", "李四"]),
        is_anonymous=st.booleans(),
        is_by_telephone=st.booleans(),
    ),
    max_size=10,
)


@given(VOICES, st.randoms())
def test_neither_the_order_nor_a_repeated_voice_changes_how_many_people_there_are(
    voices: list[Voice], chance: object
) -> None:
    people = count_people(voices)
    mixed = [*voices, *voices[:3]]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert count_people(mixed) == people
    known = [one for one in voices if one.keys]
    assert people.number <= len({tuple(one.keys) for one in known})
    assert (people.number == 0) == (known == [])


def test_more_than_ten_complaints_of_one_person_are_often() -> None:
    assert (is_often(10, PROPOSED), is_often(11, PROPOSED)) == (False, True)
