"""The forms of a ticket: which belong to what happened, and what never stands in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.forms.content import Matter, Print, write_form
from callcenter.casework.forms.law import END_GROUNDS, REFUSAL_GROUNDS
from callcenter.casework.forms.rules import RULES, Form, Occasion, Reader, find_occasion, number_of
from callcenter.casework.forms.words import DOCUMENTS, REMEDIES
from callcenter.casework.identity import IdType
from callcenter.casework.tickets import rules
from callcenter.casework.tickets.rules import Party, PartyRole, Remedy, TicketKind
from callcenter.casework.tickets.steps import TicketStep
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CONSUMER = Party(
    role=PartyRole.COMPLAINANT,
    name="张三",
    phone="+8613812345678",
    subject=None,
    address="常州市武进区湖塘镇花园街12号",
    id_type=IdType.ID_CARD,
    id_number_masked="1101**********002X",
)
REPORTER = Party(
    role=PartyRole.REPORTER, name="李四", phone="+8613900001111", subject=None, address="常州市新北区太湖东路1号"
)
BODIES: dict[TicketStep, dict[str, Any]] = {
    TicketStep.ASK: {"due_on": "2026-12-07", "reason": "请提供小票"},
    TicketStep.REFUSE: {"ground": 3, "reason": "不是生活消费"},
    TicketStep.END: {"ground": 2, "reason": "拒绝调解"},
}
OFFICE = Print(
    office="武进区市场监督管理局",
    timezone=ZoneInfo("Asia/Shanghai"),
    area_code="0519",
    at=AT,
    number="常市监受〔2026〕第1号",
)


def matter(form: Form, **over: Any) -> Matter:
    """All that is known of it."""
    step = RULES[form].steps[0]
    known: dict[str, Any] = {
        "number": "12315-2026-00041",
        "channel": "call",
        "received_at": AT - timedelta(days=2),
        "title": "奶粉过期",
        "facts": "在苏果超市买的奶粉已过期",
        "requests": ("refund",),
        "amount_in_dispute_cents": 35000,
        "amount_recovered_cents": 135005,
        "respondent": "苏果超市武进店",
        "parties": (REPORTER,) if RULES[form].kinds == {TicketKind.REPORT} else (CONSUMER, REPORTER),
        "unit": "武进分局",
        "agreement": "退还价款",
        "feedback": None,
        "report_by": datetime(2026, 12, 2, 16, 0, tzinfo=UTC),
        "occasion": Occasion(event_id=1, step=step, at=AT, body=BODIES.get(step, {})),
    }
    return Matter(**known | over)


def text_of(form: Form, **over: Any) -> str:
    return json.dumps(write_form(form, matter(form, **over), OFFICE), ensure_ascii=False)


def taken(*steps: TicketStep) -> list[Occasion]:
    return [Occasion(event_id=number, step=step, at=AT, body={}) for number, step in enumerate(steps, 1)]


def test_a_form_is_made_of_the_last_step_that_it_says_and_of_no_other_kind_of_ticket() -> None:
    steps = taken(TicketStep.REGISTER, TicketStep.FORWARD, TicketStep.GIVE_BACK, TicketStep.FORWARD, TicketStep.ACCEPT)
    events = {
        form: find_occasion(form, TicketKind.COMPLAINT, steps).event_id
        for form in (Form.COMPLAINT, Form.FORWARDING, Form.ACCEPTANCE, Form.MEDIATION)
    }
    assert events == {Form.COMPLAINT: 1, Form.FORWARDING: 4, Form.ACCEPTANCE: 5, Form.MEDIATION: 5}
    for form, kind in (
        *((form, TicketKind.ENQUIRY) for form in Form),
        *((form, TicketKind.COMPLAINT) for form in (Form.REPORT, Form.REFUSAL, Form.END, Form.AGREEMENT, Form.RESULT)),
    ):
        with pytest.raises(ConflictError) as caught:
            find_occasion(form, kind, steps)
        assert caught.value.code is ErrorCode.FORM_NOT_DUE


def test_every_form_has_a_word_of_its_own_and_every_ground_and_word_is_there() -> None:
    assert set(RULES) == set(Form)
    assert len({rule.word for rule in RULES.values()}) == len({rule.title for rule in RULES.values()}) == 10
    assert number_of(Form.REFUSAL, "常市监", 2026, 12) == "常市监不受〔2026〕第12号"
    assert (set(REFUSAL_GROUNDS), set(END_GROUNDS)) == (set(rules.REFUSAL_GROUNDS), set(rules.END_GROUNDS))
    assert (set(REMEDIES), set(DOCUMENTS)) == (set(Remedy), set(IdType))


@pytest.mark.parametrize("form", Form)
def test_no_form_holds_a_whole_number_or_address(form: Form) -> None:
    told = "电话13812345678、0519-86612345，证件11010519491231002X"
    written = text_of(form, title=told, facts=told, agreement=told, feedback=told, respondent=f"苏果 {told}")
    for secret in ("13812345678", "13900001111", "86612345", "11010519491231002X", "花园街", "太湖东路"):
        assert secret not in written


@given(
    st.sampled_from([form for form, rule in RULES.items() if rule.reader is Reader.BOTH]),
    st.lists(
        st.sampled_from(["李四", "张三", CONSUMER.address, REPORTER.address, REPORTER.phone, "的", " "]), max_size=6
    ),
)
def test_nothing_of_a_reporter_stands_in_what_goes_to_the_respondent(form: Form, parts: list[str]) -> None:
    told = "".join(parts)
    occasion = Occasion(event_id=1, step=RULES[form].steps[0], at=AT, body={"ground": 2, "reason": told or "无"})
    written = text_of(form, title=told, agreement=told, respondent=told or None, occasion=occasion)
    for secret in ("李四", "太湖东路", "花园街", "13900001111", "13812345678"):
        assert secret not in written
    assert "张三" in written


def test_who_wants_to_stay_confidential_is_masked_for_both_sides_and_a_reporter_on_the_office_form() -> None:
    hidden = Party(
        role=PartyRole.COMPLAINANT, name="张三", phone=None, subject=None, address=None, is_confidential=True
    )
    assert "张三" not in text_of(Form.END, parties=(hidden,), title="张三投诉")
    assert "张三" in text_of(Form.ACCEPTANCE, parties=(hidden,))
    assert "李四" not in text_of(Form.REPORT)
    anonymous = Party(role=PartyRole.REPORTER, name=None, phone=None, subject=None, address=None, is_anonymous=True)
    assert "匿名" in text_of(Form.REPORT, parties=(anonymous,))
    occasion = Occasion(event_id=1, step=TicketStep.NOT_FILE, at=AT, body={})
    result = text_of(Form.RESULT, parties=(anonymous,), occasion=occasion)
    assert "举报人：" in result
    assert "不予立案" in result


def test_a_matter_of_before_the_new_order_cites_the_old_one_and_none_of_its_articles() -> None:
    before = datetime(2026, 4, 14, 15, 59, tzinfo=UTC)
    for form in Form:
        old = text_of(form, received_at=before)
        assert "121号" not in old
        assert "项：" not in old
    assert "令第121号）第十六条第（三）项" in text_of(Form.REFUSAL, received_at=before + timedelta(minutes=1))


def test_a_unit_reports_back_by_the_last_day_of_its_time_and_money_is_in_yuan() -> None:
    assert "2026年12月2日前" in text_of(Form.FORWARDING)
    assert "1350.05" in text_of(Form.AGREEMENT)
    assert "350.00" in text_of(Form.COMPLAINT)
