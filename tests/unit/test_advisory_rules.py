"""Advisories: their states, who may do what, what a text may say, who gets a letter, whether it helped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from callcenter.accounts.rights import Duty, Role, SignedIn
from callcenter.analysis.advisories.candidates import (
    Candidate,
    CandidateKind,
    Flagged,
    PastLetter,
    find_candidates,
    months_later,
)
from callcenter.analysis.advisories.effect import EffectVerdict, Window, measure, windows_of
from callcenter.analysis.advisories.numbers import number_of
from callcenter.analysis.advisories.states import (
    SIGNED,
    TABLE,
    Advisory,
    AdvisoryEvent,
    AdvisoryKind,
    AdvisoryState,
    Correction,
    Given,
    Sending,
    check_may,
    list_allowed,
    list_possible,
    step,
)
from callcenter.analysis.advisories.text_objections import (
    FactKind,
    Objection,
    TextObjection,
    TextPart,
    VerifiedFact,
    Wording,
    check_clean,
    check_naming,
    list_objections,
)
from callcenter.analysis.personal_data import Known
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError

S, E, K = AdvisoryState, AdvisoryEvent, AdvisoryKind
AT = datetime(2026, 9, 24, 2, tzinfo=UTC)
SENT = Given(sendings=(Sending(channel="website", at=AT, proof="https://example.org/1"),), reason="误植")
CORRECTION = Correction(title="更正", body="消费者反映……", reason="误植", by=7)
AUTHOR, OTHER = 1, 2


def user(role: Role, *duties: Duty, user_id: int = OTHER) -> SignedIn:
    return SignedIn(user_id=user_id, name="mei", role=role, duties=frozenset(duties))


def advisory(kind: AdvisoryKind, state: AdvisoryState, **values: object) -> Advisory:
    return replace(Advisory(kind=kind, state=state, authors=frozenset({AUTHOR})), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", AdvisoryKind)
def test_only_what_stands_in_the_table_can_be_done_and_only_with_its_kind(kind: AdvisoryKind) -> None:
    public = {K.WARNING, K.TIP}
    expected = {
        S.DRAFT: [E.SUBMIT],
        S.SUBMITTED: [E.APPROVE, E.SEND_BACK],
        S.APPROVED: [E.PUBLISH] if kind in public else [E.ISSUE],
        S.PUBLISHED: [E.PROPOSE_CORRECTION, E.CORRECT, E.WITHDRAW, E.MEASURE],
        S.ISSUED: [E.REPLY, E.LAPSE] if kind is K.LETTER else [E.REPLY, E.MEASURE],
        S.REPLIED: [E.MEASURE],
        S.OVERDUE: [E.REPLY, E.MEASURE],
        S.WITHDRAWN: [],
        S.CLOSED: [],
    }
    assert {state: list_allowed(advisory(kind, state, correction=CORRECTION)) for state in S} == expected


def test_a_correction_is_signed_only_after_somebody_has_proposed_one() -> None:
    assert list_allowed(advisory(K.TIP, S.PUBLISHED)) == [E.PROPOSE_CORRECTION, E.WITHDRAW, E.MEASURE]


def test_what_cannot_be_done_now_says_what_can() -> None:
    with pytest.raises(ConflictError) as refused:
        step(advisory(K.LETTER, S.DRAFT), E.ISSUE, SENT)
    assert (refused.value.code, refused.value.params["allowed"]) == (ErrorCode.STEP_NOT_ALLOWED, "submit")


@pytest.mark.parametrize("event", sorted(SIGNED))
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SCREEN])
def test_exactly_a_director_signs_whatever_the_duties(event: AdvisoryEvent, role: Role) -> None:
    it = advisory(K.WARNING, S.PUBLISHED, correction=CORRECTION)
    if role is Role.DIRECTOR:
        check_may(it, event, user(role))
        return
    with pytest.raises(RefusedError) as refused:
        check_may(it, event, user(role, *Duty))
    assert refused.value.code is ErrorCode.RIGHT_REQUIRED


@pytest.mark.parametrize(
    ("event", "author"), [(E.APPROVE, AUTHOR), (E.SEND_BACK, AUTHOR), (E.WITHDRAW, AUTHOR), (E.CORRECT, CORRECTION.by)]
)
def test_no_director_signs_what_they_wrote(event: AdvisoryEvent, author: int) -> None:
    it = advisory(K.WARNING, S.PUBLISHED, correction=CORRECTION)
    with pytest.raises(RefusedError) as refused:
        check_may(it, event, user(Role.DIRECTOR, user_id=author))
    assert refused.value.code is ErrorCode.AUTHOR_CANNOT_SIGN


def test_analysts_supervisors_and_directors_write_and_nobody_else() -> None:
    draft = advisory(K.LETTER, S.DRAFT)
    may = {role: E.SUBMIT in list_possible(draft, user(role)) for role in Role if role is not Role.SCREEN}
    assert [role for role, writes in may.items() if writes] == [Role.SUPERVISOR, Role.DIRECTOR]
    assert list_possible(draft, user(Role.AGENT, Duty.ANALYST)) == [E.SUBMIT]
    assert list_possible(draft, user(Role.AGENT, Duty.QUALITY)) == []


def test_nobody_says_that_the_time_for_a_reply_is_over() -> None:
    with pytest.raises(RefusedError):
        check_may(advisory(K.LETTER, S.ISSUED), E.LAPSE, user(Role.DIRECTOR, Duty.ANALYST))


@pytest.mark.parametrize(
    ("state", "event", "given"),
    [
        (S.SUBMITTED, E.SEND_BACK, Given()),
        (S.PUBLISHED, E.WITHDRAW, Given(sendings=SENT.sendings)),
        (S.PUBLISHED, E.WITHDRAW, Given(reason="误植")),
        (S.PUBLISHED, E.WITHDRAW, SENT),
        (S.PUBLISHED, E.CORRECT, SENT),
        (S.PUBLISHED, E.PROPOSE_CORRECTION, Given(reason="误植", title="更正")),
        (S.APPROVED, E.PUBLISH, Given()),
    ],
)
def test_what_an_event_needs_comes_with_it(state: AdvisoryState, event: AdvisoryEvent, given: Given) -> None:
    it = advisory(K.WARNING, state, channels=frozenset({"website", "newspaper"}), correction=CORRECTION)
    with pytest.raises(InputError):
        step(it if state is not S.APPROVED else replace(it, channels=frozenset()), event, given)


def test_a_withdrawal_is_made_known_wherever_it_was_published() -> None:
    it = advisory(K.WARNING, S.PUBLISHED, channels=frozenset({"website"}))
    assert step(it, E.WITHDRAW, SENT) is S.WITHDRAWN
    with pytest.raises(InputError) as refused:
        step(replace(it, channels=frozenset({"website", "radio"})), E.WITHDRAW, SENT)
    assert (refused.value.code, refused.value.params) == (ErrorCode.CHANNELS_MISSING, {"channels": "radio"})


def test_every_state_is_reached_and_none_leads_out_of_the_last_ones() -> None:
    assert set(TABLE.values()) | {S.DRAFT} == set(S)
    assert {state for state, _ in TABLE} == set(S) - {S.WITHDRAWN, S.CLOSED}


FACT = VerifiedFact(kind=FactKind.TEST, reference="检字〔2026〕5号", text="霉菌超标")
WORDING = Wording(
    kind=K.WARNING,
    title="桶装水消费警示",
    body="消费者反映桶装水有异味。",
    may_name=False,
    is_verified=False,
    merchants=("甜泉水业有限公司", "甜泉"),
)
KNOWN = Known(names=("张三",), public=WORDING.merchants)


def test_the_addressee_is_scanned_too() -> None:
    found = list_objections(replace(WORDING, addressee="张三 １３８ 1234 5678"), KNOWN)
    assert [(one.part, one.objection) for one in found] == [
        (TextPart.ADDRESSEE, Objection.NAME),
        (TextPart.ADDRESSEE, Objection.MOBILE),
    ]


def test_a_text_that_repeats_what_consumers_say_has_nothing_against_it() -> None:
    assert list_objections(WORDING, KNOWN) == []
    check_clean([])


def test_all_that_is_against_a_text_is_found_at_its_place() -> None:
    bad = replace(WORDING, title="甜 泉水质不合格，经查实", body="张三13800138000")
    found = list_objections(bad, KNOWN)
    assert found == [
        TextObjection(part=TextPart.TITLE, begins=0, ends=3, objection=Objection.NAMED),
        TextObjection(part=TextPart.TITLE, begins=9, ends=12, objection=Objection.ASSERTED),
        TextObjection(part=TextPart.BODY, begins=0, ends=0, objection=Objection.NOT_REPORTED),
        TextObjection(part=TextPart.BODY, begins=0, ends=2, objection=Objection.NAME),
        TextObjection(part=TextPart.BODY, begins=2, ends=13, objection=Objection.MOBILE),
    ]
    with pytest.raises(ConflictError) as refused:
        check_clean(found)
    assert refused.value.params == {"found": "asserted,mobile,name,named,not_reported"}


def test_verified_facts_may_be_said_as_such_and_a_letter_names_its_merchant() -> None:
    asserted = replace(WORDING, body="经查实，桶装水霉菌超标。")
    assert [one.objection for one in list_objections(asserted, KNOWN)] == [Objection.NOT_REPORTED, Objection.ASSERTED]
    assert list_objections(replace(asserted, is_verified=True), KNOWN) == []
    letter = replace(WORDING, kind=K.LETTER, body="消费者反映甜泉水业有限公司的桶装水有异味。")
    assert list_objections(letter, KNOWN) == []
    assert list_objections(replace(letter, kind=K.WARNING, may_name=True), KNOWN) == []
    assert [one.objection for one in list_objections(replace(letter, kind=K.TIP), KNOWN)] == [Objection.NAMED]


def test_a_tip_need_not_say_that_consumers_say_so() -> None:
    assert list_objections(replace(WORDING, kind=K.TIP, body="购买桶装水请查看标签。"), KNOWN) == []


@pytest.mark.parametrize(
    ("facts", "law", "is_grounded"),
    [
        ([FACT], "《中华人民共和国消费者权益保护法》第三十三条", True),
        ([FACT], "《食品安全法》第114条", True),
        ([], "《食品安全法》第114条", False),
        ([FACT], None, False),
        ([FACT], "食品安全法", False),
    ],
)
def test_naming_needs_verified_facts_and_a_line_of_law(
    facts: list[VerifiedFact], law: str | None, *, is_grounded: bool
) -> None:
    check_naming(may_name=False, facts=facts, law=law)
    if is_grounded:
        check_naming(may_name=True, facts=facts, law=law)
        return
    with pytest.raises(ConflictError) as refused:
        check_naming(may_name=True, facts=facts, law=law)
    assert refused.value.code is ErrorCode.NAMING_NOT_GROUNDED


def test_numbers_are_written_as_offices_write_them() -> None:
    assert [number_of(kind, 2026, 12) for kind in K] == [
        "消费警示〔2026〕第12号",
        "消费提示〔2026〕第12号",
        "建议函〔2026〕第12号",
        "监管建议〔2026〕第12号",
        "专题报告〔2026〕第12号",
    ]


TODAY = date(2026, 11, 3)
OCTOBER = date(2026, 10, 31)


def flagged(signal_id: int, merchant_id: int, month: date = OCTOBER, category: str | None = "water") -> Flagged:
    return Flagged(signal_id=signal_id, merchant_id=merchant_id, category=category, month_ends_on=month)


def letter(issued_on: date | None, *, is_open: bool) -> PastLetter:
    return PastLetter(merchant_id=5, issued_on=issued_on, is_open=is_open)


LETTER_TO_5 = Candidate(kind=CandidateKind.LETTER, merchant_ids=(5,), category="water", signal_ids=(1,))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ([], [LETTER_TO_5]),
        ([letter(None, is_open=True)], []),
        ([letter(date(2026, 9, 24), is_open=True)], []),
        ([letter(date(2026, 5, 4), is_open=False)], [replace(LETTER_TO_5, kind=CandidateKind.INTERVIEW)]),
        ([letter(date(2026, 5, 3), is_open=False)], [LETTER_TO_5]),
        ([letter(date(2026, 8, 1), is_open=False)], []),
        ([letter(date(2026, 7, 31), is_open=True)], [replace(LETTER_TO_5, kind=CandidateKind.INTERVIEW)]),
        ([letter(date(2025, 1, 1), is_open=True)], [replace(LETTER_TO_5, kind=CandidateKind.INTERVIEW)]),
    ],
)
def test_a_merchant_gets_one_letter_in_six_months_and_is_invited_after_three_months_more(
    letters: list[PastLetter], expected: list[Candidate]
) -> None:
    assert find_candidates([flagged(1, 5)], letters, TODAY) == expected


def test_five_merchants_of_one_category_are_a_matter_of_the_trade() -> None:
    four = [flagged(number, number) for number in range(1, 5)]
    others = [flagged(8, 8, category="shoes"), flagged(9, 9, category=None), flagged(7, 7, month=date(2026, 9, 30))]
    assert [one.kind for one in find_candidates(four + others, [], TODAY)] == [CandidateKind.LETTER] * 7
    found = find_candidates([*four, flagged(6, 6)], [], TODAY)
    assert found[-1] == Candidate(
        kind=CandidateKind.TRADE, merchant_ids=(1, 2, 3, 4, 6), category="water", signal_ids=(1, 2, 3, 4, 6)
    )


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 5, 31), 1, date(2026, 6, 30)),
        (date(2026, 12, 24), 1, date(2027, 1, 24)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("counts", "days", "ratio", "interval", "verdict"),
    [
        ((24, 9), (90, 90), 0.375, (0.153, 0.836), EffectVerdict.IMPROVED),
        ((12, 4), (60, 62), 0.323, (0.076, 1.064), EffectVerdict.NOT_SHOWN),
        ((6, 0), (90, 90), 0.0, (0.0, 0.849), EffectVerdict.TOO_FEW),
        ((0, 12), (90, 90), None, (2.779, None), EffectVerdict.NOT_SHOWN),
        ((0, 0), (90, 90), None, (None, None), EffectVerdict.TOO_FEW),
        ((9, 24), (90, 90), 2.667, (1.197, 6.519), EffectVerdict.NOT_SHOWN),
    ],
)
def test_it_helped_only_where_the_whole_interval_lies_below_one(
    counts: tuple[int, int],
    days: tuple[int, int],
    ratio: float | None,
    interval: tuple[float | None, float | None],
    verdict: EffectVerdict,
) -> None:
    effect = measure(*counts, days_before=days[0], days_after=days[1])
    shown = [None if value is None else round(value, 3) for value in (effect.ratio, effect.low, effect.high)]
    assert (shown, effect.verdict) == ([ratio, *interval], verdict)


def test_ninety_days_before_and_ninety_after_from_the_fifteenth_day_on() -> None:
    windows = windows_of(date(2026, 9, 24))
    assert windows.before == Window(first=date(2026, 6, 26), last=date(2026, 9, 23))
    assert windows.after == Window(first=date(2026, 10, 9), last=date(2027, 1, 6))
    assert (windows.before.days, windows.after.days, windows.measurable_from) == (90, 90, date(2027, 1, 7))
    assert (windows.measurable_from - date(2026, 9, 24)).days == 105
