"""Interviews: their states, who may do what, when they are invited at the latest, who checks what was promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callcenter.accounts.rights import Duty, Role, SignedIn
from callcenter.analysis.advisories.replies import last_day_of_reply
from callcenter.analysis.interviews.states import (
    SIGNED,
    TABLE,
    Attendee,
    Escalation,
    Given,
    Interview,
    InterviewEvent,
    InterviewState,
    NewCommitment,
    Notice,
    check_checker,
    check_may,
    last_day_of_notice,
    list_allowed,
    list_possible,
    step,
)
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError
from callcenter.hours.rules import Calendar
from callcenter.hours.state_council import with_published

S, E = InterviewState, InterviewEvent
SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = with_published(Calendar(entries={}, weekday_hours={}, published_years=()), [2026])
NOW = datetime(2026, 10, 9, 17, tzinfo=SHANGHAI)
MEETS_AT = datetime(2026, 10, 9, 9, tzinfo=SHANGHAI)
NOTICE = Notice(
    at=datetime(2026, 9, 29, 16, tzinfo=SHANGHAI),
    how="送达",
    proof="回证",
    meets_at=MEETS_AT,
    place="三楼",
    materials=None,
)
NOTHING = Given()
HELD = Given(
    held_at=MEETS_AT,
    hosts=("wang", "li"),
    attendees=(Attendee(name="周某", post="经理", authority="法定代表人"),),
    problems="异味",
    minutes="……",
    commitments=(NewCommitment(text="整改", owner="周某", due_on=date(2026, 11, 9)),),
)


def user(role: Role, *duties: Duty, user_id: int = 2) -> SignedIn:
    return SignedIn(user_id=user_id, name="mei", role=role, duties=frozenset(duties))


def interview(state: InterviewState, **values: Any) -> Interview:
    return replace(Interview(state=state, proposed_by=1), **values)


def after(it: Interview, event: InterviewEvent, given: Given = NOTHING) -> InterviewState:
    return step(it, event, given, is_workday=CALENDAR.is_workday, now=NOW)


def test_only_what_stands_in_the_table_can_be_done() -> None:
    assert {state: list_allowed(state) for state in S} == {
        S.PROPOSED: [E.APPROVE, E.REJECT],
        S.APPROVED: [E.NOTIFY],
        S.REJECTED: [],
        S.NOTIFIED: [E.HOLD, E.REFUSE, E.NOT_APPEAR],
        S.RECTIFYING: [E.VERIFY, E.LAPSE],
        S.REFUSED: [E.NOTIFY, E.ESCALATE],
        S.OVERDUE: [E.VERIFY, E.ESCALATE],
        S.VERIFIED: [E.MEASURE],
        S.ESCALATED: [E.MEASURE],
        S.CLOSED: [],
    }
    assert set(TABLE.values()) | {S.PROPOSED} == set(S)
    with pytest.raises(ConflictError) as refused:
        after(interview(S.PROPOSED), E.HOLD, HELD)
    assert refused.value.code is ErrorCode.STEP_NOT_ALLOWED


@pytest.mark.parametrize("event", sorted(SIGNED))
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SCREEN])
def test_exactly_a_director_signs_and_never_who_proposed_it(event: InterviewEvent, role: Role) -> None:
    it = interview(S.PROPOSED)
    if role is not Role.DIRECTOR:
        with pytest.raises(RefusedError):
            check_may(it, event, user(role, *Duty))
        return
    check_may(it, event, user(role))
    check_may(interview(S.PROPOSED, proposed_by=None), event, user(role))
    with pytest.raises(RefusedError) as refused:
        check_may(it, event, user(role, user_id=1))
    assert refused.value.code is ErrorCode.AUTHOR_CANNOT_SIGN


def test_analysts_keep_the_file_and_nobody_says_that_a_commitment_is_late() -> None:
    assert list_possible(interview(S.RECTIFYING), user(Role.AGENT, Duty.ANALYST)) == [E.VERIFY]
    assert list_possible(interview(S.RECTIFYING), user(Role.AGENT)) == []
    assert list_possible(interview(S.OVERDUE), user(Role.DIRECTOR)) == [E.VERIFY, E.ESCALATE]


@pytest.mark.parametrize(
    ("meets_on", "last"),
    [
        (date(2026, 10, 9), date(2026, 9, 29)),
        (date(2026, 5, 6), date(2026, 4, 28)),
        (date(2026, 7, 2), date(2026, 6, 29)),
    ],
)
def test_they_are_invited_three_working_days_ahead(meets_on: date, last: date) -> None:
    assert last_day_of_notice(meets_on, CALENDAR.is_workday) == last


def test_a_reply_is_due_on_the_fifteenth_working_day() -> None:
    assert last_day_of_reply(date(2026, 9, 24), CALENDAR.is_workday) == date(2026, 10, 22)


def test_a_notice_on_the_last_day_is_in_time_and_one_on_the_next_is_not() -> None:
    for state in (S.APPROVED, S.REFUSED):
        assert after(interview(state), E.NOTIFY, Given(notice=NOTICE)) is S.NOTIFIED
    late = replace(NOTICE, at=datetime(2026, 9, 30, 0, 0, tzinfo=SHANGHAI))
    with pytest.raises(ConflictError) as refused:
        after(interview(S.APPROVED), E.NOTIFY, Given(notice=late))
    assert (refused.value.code, refused.value.params) == (ErrorCode.NOTICE_TOO_LATE, {"day": "2026-09-29"})
    with pytest.raises(InputError):
        after(interview(S.APPROVED), E.NOTIFY)
    with pytest.raises(InputError):
        after(interview(S.APPROVED), E.NOTIFY, Given(notice=replace(NOTICE, at=NOW.replace(hour=18))))


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_at": None}, {"minutes": None}, {"attendees": ()}, {"hosts": ("wang", "wang")}, {"commitments": ()},
        {"held_at": NOW.replace(hour=18)}, {"held_at": MEETS_AT.replace(day=8)},
        {"commitments": (NewCommitment(text="整改", owner="周某", due_on=date(2026, 10, 8)),)},
    ],
)  # fmt: skip
def test_what_was_held_has_its_minutes_hosts_attendees_and_commitments(wrong: dict[str, Any]) -> None:
    it = interview(S.NOTIFIED, meets_at=MEETS_AT)
    assert after(it, E.HOLD, HELD) is S.RECTIFYING
    with pytest.raises(InputError):
        after(it, E.HOLD, replace(HELD, **wrong))


def test_where_nothing_was_promised_it_says_why() -> None:
    it = interview(S.NOTIFIED, meets_at=MEETS_AT)
    assert after(it, E.HOLD, replace(HELD, commitments=(), reason="已整改完毕")) is S.RECTIFYING


@pytest.mark.parametrize(
    ("state", "event", "given"),
    [
        (S.PROPOSED, E.REJECT, Given()),
        (S.NOTIFIED, E.REFUSE, Given()),
        (S.NOTIFIED, E.NOT_APPEAR, Given(reason="未到")),
        (S.REFUSED, E.ESCALATE, Given(escalates_to=Escalation.PATROL)),
        (S.OVERDUE, E.ESCALATE, Given(reason="逾期")),
    ],
)
def test_what_an_event_needs_comes_with_it(state: InterviewState, event: InterviewEvent, given: Given) -> None:
    whole = Given(reason="逾期", proof="送达回证", escalates_to=Escalation.PATROL)
    assert after(interview(state), event, whole) is TABLE[state, event]
    with pytest.raises(InputError):
        after(interview(state), event, given)


def test_it_is_verified_only_when_every_commitment_was_checked_by_another_person() -> None:
    for state in (S.RECTIFYING, S.OVERDUE):
        assert after(interview(state, commitments=2, checked_commitments=2), E.VERIFY) is S.VERIFIED
        with pytest.raises(ConflictError) as open_still:
            after(interview(state, commitments=2, checked_commitments=1), E.VERIFY)
        assert open_still.value.code is ErrorCode.COMMITMENTS_OPEN
    check_checker(done_by=1, user_id=2)
    with pytest.raises(RefusedError) as refused:
        check_checker(done_by=2, user_id=2)
    assert refused.value.code is ErrorCode.OTHER_PERSON_CHECKS
    with pytest.raises(ConflictError):
        check_checker(done_by=None, user_id=2)
