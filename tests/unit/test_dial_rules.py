"""Which numbers may be rung, and what became of a dial."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.calls.numbers import normalise
from callcenter.calls.records import CallRecord, Direction, HungUpBy, Outcome, Talk, TalkKind
from callcenter.dialling.rules import (
    DialOutcome,
    DialPurpose,
    Judgement,
    Number,
    NumberRefused,
    RefusalReason,
    check_number,
    is_mailbox_suspected,
    number_for,
    outcome_of_dial,
    propose_judgement,
)
from tests.call_examples import ANSWERED, after

OUTBOUND = replace(
    ANSWERED,
    direction=Direction.OUTBOUND,
    caller_number="1001",
    caller_raw="1001",
    dialled_number="13812345678",
    queue_visits=(),
)


@pytest.mark.parametrize(
    ("shown", "subject", "digits"),
    [
        ("13812345678", "+8613812345678", "13812345678"),
        ("+8613812345678", "+8613812345678", "13812345678"),
        ("051986612345", "+8651986612345", "051986612345"),
        ("86612345", "+8651986612345", "051986612345"),
        ("01062345678", "+861062345678", "01062345678"),
        ("4008123456", "+864008123456", "4008123456"),
        ("+8651986612345;ext=12", "+8651986612345;ext=12", "051986612345"),
    ],
)
def test_a_callers_number_is_dialled_as_the_trunk_takes_it(shown: str, subject: str, digits: str) -> None:
    assert check_number(normalise(shown), prefixes=()) == Number(subject=subject, digits=digits)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ("12345", RefusalReason.NUMBER_NOT_ALLOWED),
        ("10086", RefusalReason.NUMBER_NOT_ALLOWED),
        ("1001", RefusalReason.NUMBER_NOT_ALLOWED),
        ("1064812345678", RefusalReason.NUMBER_NOT_ALLOWED),
        ("+85221234567", RefusalReason.NUMBER_NOT_ALLOWED),
        ("+19002345678", RefusalReason.NUMBER_NOT_ALLOWED),
        ("96", RefusalReason.NUMBER_NOT_ALLOWED),
        ("anonymous", RefusalReason.NO_NUMBER),
        ("", RefusalReason.NO_NUMBER),
    ],
)
def test_services_machines_extensions_and_numbers_abroad_are_refused(shown: str, reason: RefusalReason) -> None:
    with pytest.raises(NumberRefused) as caught:
        check_number(normalise(shown), prefixes=())
    assert caught.value.reason is reason


def test_a_setting_allows_services_and_numbers_abroad_by_their_prefix_but_never_machines_or_extensions() -> None:
    assert check_number(normalise("12345"), prefixes=("12345",)) == Number(subject="12345", digits="12345")
    hong_kong = Number(subject="+85221234567", digits="0085221234567")
    assert check_number(normalise("+85221234567"), prefixes=("+852",)) == hong_kong
    for shown in ("1001", "1064812345678"):
        with pytest.raises(NumberRefused):
            check_number(normalise(shown), prefixes=("1",))


INJECTED = (
    "13800000000&PJSIP/1001",
    "13800000000@trunk-main",
    "13800000000,30,g",
    "13800000000|x",
    "13800000000\r\nContext: from-internal",
    "13800000000\0",
    "１３８００００００００",
    "١٣٨٠٠٠٠٠٠٠٠",
    "138 0000 0000",
    "sip:13800000000@evil",
    "1380000000O",
    "+",
    "",
    "*72",
    "#21#",
)


@pytest.mark.parametrize("typed", INJECTED)
def test_what_is_typed_is_plain_digits_or_refused(typed: str) -> None:
    with pytest.raises(NumberRefused) as caught:
        number_for(DialPurpose.TYPED, typed, area_code="0519", prefixes=("+86",))
    assert caught.value.reason is RefusalReason.NOT_A_NUMBER


@pytest.mark.parametrize("purpose", [purpose for purpose in DialPurpose if purpose is not DialPurpose.TYPED])
def test_a_number_that_is_not_typed_for_click_to_call_may_have_separators(purpose: DialPurpose) -> None:
    number = number_for(purpose, "138 0519-0051", area_code="0519", prefixes=())
    assert number == Number(subject="+8613805190051", digits="13805190051")


@pytest.mark.parametrize("purpose", DialPurpose)
def test_a_code_that_chooses_a_carrier_is_no_part_of_whose_number_it_is(purpose: DialPurpose) -> None:
    number = number_for(purpose, "17951013812345678", area_code="0519", prefixes=("+86", "17951"))
    assert number == Number(subject="+8613812345678", digits="13812345678")


def test_nothing_may_be_typed_unless_a_setting_allows_its_prefix() -> None:
    for prefixes in ((), ("+86519",)):
        with pytest.raises(NumberRefused) as caught:
            number_for(DialPurpose.TYPED, "13812345678", area_code="0519", prefixes=prefixes)
        assert caught.value.reason is RefusalReason.TYPED_NOT_ALLOWED
    number = number_for(DialPurpose.TYPED, "86612345", area_code="0519", prefixes=("+86519",))
    assert number == Number(subject="+8651986612345", digits="051986612345")


@given(
    st.sampled_from(DialPurpose),
    st.text(max_size=30),
    st.sampled_from([(), ("+86",), ("+", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")]),
)
def test_whatever_is_typed_only_digits_reach_the_trunk(
    purpose: DialPurpose, typed: str, prefixes: tuple[str, ...]
) -> None:
    try:
        number = number_for(purpose, typed, area_code="0519", prefixes=prefixes)
    except NumberRefused:
        return
    assert number.digits.isascii()
    assert number.digits.isdecimal()


def over(outcome: Outcome, cause: int) -> CallRecord:
    return replace(OUTBOUND, outcome=outcome, hangup_cause=cause, answered_at=None, talks=())


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (OUTBOUND, DialOutcome.TALKED),
        (over(Outcome.BUSY, 17), DialOutcome.BUSY),
        (over(Outcome.NO_ANSWER, 19), DialOutcome.NO_ANSWER),
        (over(Outcome.NO_ANSWER, 20), DialOutcome.SWITCHED_OFF),
        (over(Outcome.REJECTED, 27), DialOutcome.SWITCHED_OFF),
        (over(Outcome.REJECTED, 1), DialOutcome.WRONG_NUMBER),
        (over(Outcome.REJECTED, 28), DialOutcome.WRONG_NUMBER),
        (over(Outcome.REJECTED, 22), DialOutcome.WRONG_NUMBER),
        (over(Outcome.REJECTED, 21), DialOutcome.DECLINED),
        (over(Outcome.NO_ANSWER, 21), DialOutcome.DECLINED),
        (over(Outcome.REJECTED, 38), DialOutcome.FAILED),
        (over(Outcome.CANCELLED, 16), DialOutcome.CANCELLED),
        (over(Outcome.FAILED, 0), DialOutcome.FAILED),
        (over(Outcome.UNKNOWN, 0), DialOutcome.FAILED),
        (replace(over(Outcome.NO_ANSWER, 19), direction=Direction.INTERNAL), DialOutcome.AGENT_NO_ANSWER),
        (replace(over(Outcome.BUSY, 17), direction=Direction.INTERNAL), DialOutcome.AGENT_NO_ANSWER),
    ],
)
def test_the_record_of_the_call_says_what_became_of_the_dial(record: CallRecord, outcome: DialOutcome) -> None:
    assert outcome_of_dial(record) is outcome


@pytest.mark.parametrize(
    ("seconds", "by", "is_suspected"),
    [
        (3, HungUpBy.CALLEE, True),
        (20, HungUpBy.CALLEE, True),
        (20, HungUpBy.CALLER, False),
        (20, None, False),
        (2, HungUpBy.CALLEE, False),
        (21, HungUpBy.CALLEE, False),
        (60, HungUpBy.CALLEE, False),
    ],
)
def test_a_short_talk_that_the_far_side_ended_may_have_been_a_mailbox_and_an_ordinary_one_is_not_suspected(
    seconds: int, by: HungUpBy | None, is_suspected: bool
) -> None:
    talk = Talk(with_="1001", kind=TalkKind.AGENT, from_=after(10), to=after(10) + timedelta(seconds=seconds))
    assert is_mailbox_suspected(replace(OUTBOUND, talks=(talk,), hung_up_by=by)) is is_suspected


@pytest.mark.parametrize(
    ("outcome", "is_suspected", "proposed"),
    [
        (None, False, None),
        (DialOutcome.TALKED, False, Judgement.TALKED),
        (DialOutcome.TALKED, True, Judgement.MAILBOX),
        *((outcome, False, Judgement.NO_ANSWER) for outcome in ("no_answer", "busy", "declined", "switched_off")),
        *((outcome, False, None) for outcome in ("wrong_number", "agent_no_answer", "cancelled", "failed")),
    ],
)
def test_what_was_probably_heard_is_proposed_by_the_outcome(
    outcome: str | None, is_suspected: bool, proposed: Judgement | None
) -> None:
    known = None if outcome is None else DialOutcome(outcome)
    assert propose_judgement(known, is_mailbox_suspected=is_suspected) is proposed


def test_who_was_passed_on_to_somebody_else_was_no_mailbox() -> None:
    talk = Talk(with_="1001", kind=TalkKind.AGENT, from_=after(10), to=after(14))
    again = Talk(with_="1002", kind=TalkKind.AGENT, from_=after(20), to=after(24))
    record = replace(OUTBOUND, talks=(talk,), hung_up_by=HungUpBy.CALLEE)
    assert is_mailbox_suspected(record)
    assert not is_mailbox_suspected(replace(record, transferred=True))
    assert not is_mailbox_suspected(replace(record, talks=(talk, again)))
