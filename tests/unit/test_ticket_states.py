"""What can happen to a ticket in which state, and what it lacks for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from callcenter.casework.tickets.preconditions import Lack
from callcenter.casework.tickets.rules import (
    Notice,
    NoticeBy,
    NoticeKind,
    NoticeTo,
    Party,
    PartyRole,
    Remedy,
    Ticket,
    TicketKind,
    TicketState,
)
from callcenter.casework.tickets.states import RULES, check_step, list_possible
from callcenter.casework.tickets.steps import TicketStep
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

PERSON = Party(role=PartyRole.COMPLAINANT, name="张三", phone="+8613812345678", subject="+8613812345678", address=None)


def ticket(kind: TicketKind = TicketKind.COMPLAINT, state: TicketState = TicketState.DRAFT) -> Ticket:
    return Ticket(
        number="12315-2026-00001",
        kind=kind,
        state=state,
        version=1,
        received_at=NOW - timedelta(days=1),
        facts="买到过期奶粉",
        respondent="某超市",
        requests=frozenset({Remedy.REFUND}),
        has_merchant=True,
        unit_id=1,
        returned_by=None,
        parties=(PERSON,),
        notices=(),
        test_begins_on=None,
        is_suspended=False,
        open_flags=0,
        reopened_until=None,
    )


def told(kind: NoticeKind, to: NoticeTo) -> Notice:
    return Notice(kind=kind, to=to, by=NoticeBy.CALL, at=NOW, recorded_at=NOW)


def lacks(one: Ticket, step: TicketStep) -> tuple[Lack, ...]:
    (found,) = [possible.lacks for possible in list_possible(one, NOW) if possible.rule.step is step]
    return found


STEPS = {
    (TicketKind.COMPLAINT, TicketState.DRAFT): "register void",
    (TicketKind.COMPLAINT, TicketState.REGISTERED): "forward refer void",
    (TicketKind.COMPLAINT, TicketState.FORWARDED): "give_back ask dispute accept refuse",
    (TicketKind.COMPLAINT, TicketState.ACCEPTED): "pause suspend settle end",
    (TicketKind.COMPLAINT, TicketState.NOT_ACCEPTED): "complete",
    (TicketKind.COMPLAINT, TicketState.SETTLED): "complete",
    (TicketKind.COMPLAINT, TicketState.ENDED): "complete",
    (TicketKind.REPORT, TicketState.DRAFT): "register void",
    (TicketKind.REPORT, TicketState.REGISTERED): "forward refer void",
    (TicketKind.REPORT, TicketState.FORWARDED): "give_back ask dispute start_check",
    (TicketKind.REPORT, TicketState.CHECKING): "new_facts pause file not_file",
    (TicketKind.REPORT, TicketState.FILED): "complete",
    (TicketKind.REPORT, TicketState.NOT_FILED): "complete",
    (TicketKind.ENQUIRY, TicketState.DRAFT): "register void",
    (TicketKind.ENQUIRY, TicketState.REGISTERED): "answer void",
}


def test_each_kind_in_each_state_allows_what_the_table_of_the_office_says_and_nothing_else() -> None:
    kinds = (TicketKind.COMPLAINT, TicketKind.REPORT, TicketKind.ENQUIRY)
    found = {
        (kind, state): " ".join(possible.rule.step for possible in list_possible(ticket(kind, state), NOW))
        for kind, state in product(kinds, TicketState)
    }
    reachable = {key: steps for key, steps in found.items() if steps}
    unreachable = {
        (TicketKind.COMPLAINT, TicketState.FILED),
        (TicketKind.COMPLAINT, TicketState.NOT_FILED),
        *((TicketKind.REPORT, state) for state in (TicketState.ACCEPTED, TicketState.SETTLED, TicketState.ENDED)),
        (TicketKind.REPORT, TicketState.NOT_ACCEPTED),
        (TicketKind.COMPLAINT, TicketState.CHECKING),
        *(
            (TicketKind.ENQUIRY, state)
            for state in TicketState
            if state not in (TicketState.DRAFT, TicketState.REGISTERED)
        ),
    }
    assert {key: steps for key, steps in reachable.items() if key not in unreachable} == STEPS


def test_no_step_leads_a_kind_into_a_state_that_is_not_its_own() -> None:
    reached: set[tuple[TicketKind, TicketState]] = {(kind, TicketState.DRAFT) for kind in TicketKind}
    before = -1
    while before != len(reached):
        before = len(reached)
        reached |= {
            (kind, rule.target)
            for kind, state in tuple(reached)
            for rule in RULES
            if rule.target is not None and kind in rule.kinds and state in rule.sources
        }
    assert {state for kind, state in reached if kind is TicketKind.ENQUIRY} == {
        TicketState.DRAFT,
        TicketState.REGISTERED,
        TicketState.COMPLETED,
        TicketState.VOID,
    }
    assert (TicketKind.REPORT, TicketState.ACCEPTED) not in reached
    assert (TicketKind.COMPLAINT, TicketState.CHECKING) not in reached


def test_a_step_that_the_state_does_not_allow_is_refused_with_those_that_it_allows() -> None:
    with pytest.raises(ConflictError, match="does not allow settle") as refused:
        check_step(ticket(), TicketStep.SETTLE, NOW)
    assert (refused.value.code, refused.value.params) == (
        ErrorCode.STEP_NOT_ALLOWED,
        {"step": "settle", "state": "draft", "allowed": "register,void"},
    )


def test_a_complaint_is_registered_with_all_that_the_law_asks_for_and_an_anonymous_report_with_its_facts() -> None:
    nobody = replace(ticket(), parties=(), facts=None, respondent=None, requests=frozenset())
    assert lacks(nobody, TicketStep.REGISTER) == (Lack.NAME, Lack.CONTACT, Lack.RESPONDENT, Lack.REQUESTS, Lack.FACTS)
    assert lacks(ticket(), TicketStep.REGISTER) == ()
    report = replace(ticket(TicketKind.REPORT), parties=(), respondent=None, requests=frozenset())
    assert lacks(report, TicketStep.REGISTER) == ()
    assert lacks(replace(report, facts=None), TicketStep.REGISTER) == (Lack.FACTS,)


def test_nobody_without_a_real_name_has_a_complaint_accepted() -> None:
    forwarded = ticket(state=TicketState.FORWARDED)
    assert lacks(forwarded, TicketStep.ACCEPT) == ()
    for party in (replace(PERSON, name=None), replace(PERSON, is_anonymous=True), replace(PERSON, phone=None)):
        assert lacks(replace(forwarded, parties=(party,)), TicketStep.ACCEPT) == (Lack.IDENTITY,)


def test_a_mediation_that_ended_is_completed_only_when_both_sides_were_told_and_a_merchant_is_named() -> None:
    ended = replace(ticket(state=TicketState.ENDED), has_merchant=False)
    missing = lacks(ended, TicketStep.COMPLETE)
    assert missing == (
        Lack.MERCHANT,
        Lack.ACCEPTANCE_NOTICE,
        Lack.END_NOTICE_TO_COMPLAINANT,
        Lack.END_NOTICE_TO_RESPONDENT,
    )
    notices = (
        told(NoticeKind.ACCEPTANCE, NoticeTo.COMPLAINANT),
        told(NoticeKind.END, NoticeTo.COMPLAINANT),
        told(NoticeKind.END, NoticeTo.RESPONDENT),
    )
    assert lacks(replace(ended, has_merchant=True, notices=notices), TicketStep.COMPLETE) == ()
    with pytest.raises(ConflictError) as refused:
        check_step(ended, TicketStep.COMPLETE, NOW)
    assert refused.value.code is ErrorCode.TICKET_LACKS
    assert refused.value.params["lacks"] == ",".join(missing)


def test_nothing_is_settled_during_a_test_or_while_another_mediator_is_asked_for() -> None:
    accepted = ticket(state=TicketState.ACCEPTED)
    assert lacks(replace(accepted, test_begins_on=NOW.date()), TicketStep.SETTLE) == (Lack.END_OF_TEST,)
    assert lacks(replace(accepted, is_suspended=True), TicketStep.END) == (Lack.END_OF_SUSPENSION,)


def test_a_completed_matter_is_opened_again_in_time_and_not_a_second_later() -> None:
    completed = replace(ticket(state=TicketState.COMPLETED), reopened_until=NOW)
    assert [possible.rule.target for possible in list_possible(completed, NOW)] == [TicketState.ACCEPTED]
    assert list_possible(completed, NOW + timedelta(seconds=1)) == []
