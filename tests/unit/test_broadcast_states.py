"""How an organisation stands in a broadcast: the table of the issue, whom it reaches, how long it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.broadcasts.rules import Reach, Standing, expect, length_of, list_reaches
from callcenter.casework.broadcasts.states import TABLE, TargetState, TargetStep, next_state, step_of
from callcenter.casework.contacts.rules import ContactPerson, ContactRole, Organisation
from callcenter.casework.key_calls.rules import RingState
from callcenter.errors import ConflictError

W, R, A, N, U = TargetState
STEPS = {
    TargetStep.RING: {W: R},
    TargetStep.ACCEPT: {R: A},
    TargetStep.REFUSE: {R: N},
    TargetStep.MISS: {R: W},
    TargetStep.GIVE_UP: {W: U},
    TargetStep.NOTE: {W: A, N: A, U: A},
}


def test_the_table_is_that_of_the_issue_and_all_else_is_refused() -> None:
    seen: dict[TargetStep, dict[TargetState, TargetState]] = {step: {} for step in TargetStep}
    for step in TargetStep:
        for state in TargetState:
            if (state, step) in TABLE:
                seen[step][state] = next_state(state, step)
            else:
                with pytest.raises(ConflictError):
                    next_state(state, step)
    assert seen == STEPS


def test_a_ring_that_is_over_is_a_key_or_a_miss() -> None:
    keys = {RingState.ACKNOWLEDGED: TargetStep.ACCEPT, RingState.REFUSED: TargetStep.REFUSE}
    over = set(RingState) - {RingState.RINGING}
    assert {state: step_of(state) for state in over} == {state: keys.get(state, TargetStep.MISS) for state in over}


@given(st.lists(st.sampled_from(TargetState), max_size=40))
def test_however_organisations_stand_they_are_all_counted_once(states: list[TargetState]) -> None:
    standing = Standing(**{state.value: states.count(state) for state in TargetState})
    assert (standing.targets, standing.is_over) == (len(states), not {W, R} & set(states))


def contact(id_: int, position: int, *numbers: str) -> ContactPerson:
    return ContactPerson(
        id=id_,
        version=1,
        organisation=Organisation(unit_id=1),
        name=f"Zhou {id_}",
        role=ContactRole.CONTACT,
        numbers=numbers,
        region=None,
        goods=(),
        brands=(),
        position=position,
        verified_at=None,
        verified_by=None,
        ended_at=None,
    )


def test_contacts_are_rung_by_position_and_each_number_once() -> None:
    reaches = list_reaches([contact(1, 2, "a", "b"), contact(2, 1, "c", "a"), contact(3, 2, "d")])
    assert [(one.contact_id, one.number) for one in reaches] == [(2, "c"), (2, "a"), (1, "b"), (3, "d")]
    assert reaches[0] == Reach(contact_id=2, person="Zhou 2", number="c")


def test_the_time_that_a_broadcast_takes_is_told_by_its_lines_rounds_and_text() -> None:
    apart = timedelta(minutes=10)
    told = expect([2] * 10, length_of("字" * 40), lines=2, rounds=3, apart=apart)
    assert told.shortest == 5 * timedelta(seconds=10 + 12 + 10)
    of_round = 10 * timedelta(seconds=25 + 44)
    assert told.longest == 2 * of_round + of_round, "a round takes longer than what lies between two"
    short = expect([1], length_of("字"), lines=2, rounds=3, apart=apart)
    assert short.longest == 2 * apart + timedelta(seconds=25 + 24.5)
