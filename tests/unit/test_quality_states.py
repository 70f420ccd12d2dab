"""What can happen to findings and bulletins, who may, and by when."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from callcenter.accounts.rights import Duty, Role, SignedIn
from callcenter.analysis.quality.states import (
    BULLETINS,
    FINDINGS,
    UNCOUNTED,
    Acting,
    BulletinEvent,
    BulletinState,
    FindingEvent,
    FindingState,
    check_bulletin_event,
    check_finding_event,
    last_day_to_appeal,
    last_day_to_rectify,
    step_bulletin,
    step_finding,
)
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, RefusedError
from callcenter.hours.state_council import published_calendar

UNIT, OTHER_UNIT = 3, 4
PUBLISHED = date(2026, 2, 6)


def user(role: Role, *duties: Duty, user_id: int = 7) -> SignedIn:
    return SignedIn(name="anna", role=role, user_id=user_id, duties=frozenset(duties))


EVERYBODY = [
    user(role, *duties) for role in Role if role is not Role.SCREEN for duties in ((), (Duty.QUALITY,), tuple(Duty))
]


def acting(who: SignedIn, *, confirmed_by: int | None = 8, published_on: date | None = None) -> Acting:
    unit_id = UNIT if who.role is Role.OFFICER else None
    return Acting(user=who, unit_id=unit_id, confirmed_by=confirmed_by, published_on=published_on)


def may(event: FindingEvent, by: Acting) -> bool:
    try:
        check_finding_event(event, by, unit_id=UNIT)
    except RefusedError:
        return False
    return True


def test_a_finding_goes_only_the_ways_of_the_table() -> None:
    for state, event in product(FindingState, FindingEvent):
        if (state, event) in FINDINGS:
            assert step_finding(state, event) is FINDINGS[state, event]
            continue
        with pytest.raises(ConflictError) as caught:
            step_finding(state, event)
        assert (caught.value.code, caught.value.params) == (ErrorCode.FINDING_STATE, {"state": state.value})
    ends = set(FindingState) - {state for state, _ in FINDINGS}
    assert ends == {FindingState.DROPPED, FindingState.GRANTED, FindingState.VERIFIED, FindingState.UNRECTIFIED}
    assert {FindingState.PROPOSED, FindingState.DROPPED, FindingState.GRANTED} == UNCOUNTED


def test_a_bulletin_is_reviewed_signed_and_then_published() -> None:
    for state, event in product(BulletinState, BulletinEvent):
        if (state, event) in BULLETINS:
            assert step_bulletin(state, event) is BULLETINS[state, event]
            continue
        with pytest.raises(ConflictError):
            step_bulletin(state, event)
    assert {event for state, event in BULLETINS if state is BulletinState.DRAFT} == {BulletinEvent.REVIEW}


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: f"{who.role}-{len(who.duties)}")
def test_who_may_do_what_with_a_finding(who: SignedIn) -> None:
    has_duty, is_of_unit = Duty.QUALITY in who.duties, who.role is Role.OFFICER
    before, after = acting(who), acting(who, published_on=PUBLISHED)
    assert {event: (may(event, before), may(event, after)) for event in FindingEvent} == {
        FindingEvent.CONFIRM: (has_duty, has_duty),
        FindingEvent.DROP: (has_duty, has_duty),
        FindingEvent.VERIFY: (has_duty, has_duty),
        FindingEvent.APPEAL: (is_of_unit, is_of_unit),
        FindingEvent.RECTIFY: (is_of_unit, is_of_unit),
        FindingEvent.GRANT: (has_duty, who.role is Role.DIRECTOR),
        FindingEvent.UPHOLD: (has_duty, who.role is Role.DIRECTOR),
        FindingEvent.LAPSE: (False, False),
    }


def test_whoever_confirmed_it_decides_no_appeal_before_or_after_publication() -> None:
    officer, director = user(Role.AGENT, Duty.QUALITY), user(Role.DIRECTOR, Duty.QUALITY)
    with pytest.raises(RefusedError) as caught:
        check_finding_event(FindingEvent.GRANT, acting(officer, confirmed_by=7), unit_id=UNIT)
    assert caught.value.code is ErrorCode.OTHER_OFFICER_NEEDED
    with pytest.raises(RefusedError) as caught:
        check_finding_event(FindingEvent.GRANT, acting(director, confirmed_by=7, published_on=PUBLISHED), unit_id=UNIT)
    assert caught.value.code is ErrorCode.AUTHOR_CANNOT_SIGN


def test_another_unit_neither_appeals_nor_rectifies() -> None:
    with pytest.raises(RefusedError) as caught:
        check_finding_event(FindingEvent.APPEAL, acting(user(Role.OFFICER)), unit_id=OTHER_UNIT)
    assert caught.value.code is ErrorCode.NOT_OF_THE_UNIT


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: f"{who.role}-{len(who.duties)}")
def test_exactly_a_director_signs_a_bulletin(who: SignedIn) -> None:
    for event in BulletinEvent:
        is_right = Duty.QUALITY in who.duties if event is BulletinEvent.REVIEW else who.role is Role.DIRECTOR
        if is_right:
            check_bulletin_event(event, who, reviewed_by=8)
            continue
        with pytest.raises(RefusedError):
            check_bulletin_event(event, who, reviewed_by=8)


def test_the_reviewer_does_not_sign() -> None:
    with pytest.raises(RefusedError) as caught:
        check_bulletin_event(BulletinEvent.APPROVE, user(Role.DIRECTOR, Duty.QUALITY), reviewed_by=7)
    assert caught.value.code is ErrorCode.AUTHOR_CANNOT_SIGN


def test_times_are_counted_in_working_days_after_publication() -> None:
    is_workday = published_calendar((2026,)).is_workday
    assert last_day_to_rectify(PUBLISHED, is_workday) == date(2026, 2, 27)
    assert last_day_to_appeal(PUBLISHED, is_workday) == date(2026, 2, 13)
