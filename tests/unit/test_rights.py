"""Rights and roles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import callcenter
from callcenter.accounts import rights
from callcenter.accounts.rights import RIGHTS, Duty, Right, Role, SignedIn, UserRole, list_roles
from callcenter.casework.tickets.states import RULES
from callcenter.cli import DUTIES, ROLES
from callcenter.errors import RefusedError


def test_every_role_has_its_rights() -> None:
    assert set(RIGHTS) == set(Role)


def test_a_screen_sees_the_wallboard_and_nothing_else() -> None:
    assert Role.SCREEN.rights == {Right.SEE_BOARD}


def test_a_supervisor_may_what_an_agent_and_an_officer_may() -> None:
    assert Role.SCREEN.rights < Role.AGENT.rights < Role.SUPERVISOR.rights
    assert Role.OFFICER.rights < Role.SUPERVISOR.rights


def test_an_admin_may_everything_but_what_is_done_on_a_matter() -> None:
    assert Role.ADMIN.rights == set(Right) - {
        Right.REGISTER_TICKETS,
        Right.CHANGE_TICKETS,
        Right.FORWARD_TICKETS,
        Right.HANDLE_TICKETS,
        Right.LEAD_TICKETS,
        Right.SIGN_CASES,
        Right.SIGN_BULLETINS,
        Right.LEAD_BROADCASTS,
        Right.WRITE_REPORTS,
        Right.SIGN_REPORTS,
        Right.ANALYSE,
        Right.WRITE_ADVISORIES,
        Right.SIGN_ADVISORIES,
    }


def test_an_officer_sees_nothing_of_calls_callbacks_and_the_board() -> None:
    assert Role.OFFICER.rights == {
        Right.SEE_TICKETS,
        Right.CHANGE_TICKETS,
        Right.HANDLE_TICKETS,
        Right.SEE_UNITS,
        Right.SEE_CONTACTS,
        Right.SEE_MERCHANTS,
        Right.MANAGE_MERCHANTS,
        Right.SEE_CODES,
        Right.SEE_DEADLINES,
        Right.SEE_REPORTS,
    }


def test_a_director_sees_what_a_supervisor_sees_and_leads_matters_alone() -> None:
    def sees(role: Role) -> set[Right]:
        return {right for right in role.rights if right.startswith(("see_", "hear_", "unmask_", "check_"))}

    assert sees(Role.DIRECTOR) == sees(Role.SUPERVISOR)
    assert Role.DIRECTOR.rights - sees(Role.DIRECTOR) == {
        Right.CHANGE_TICKETS,
        Right.FORWARD_TICKETS,
        Right.LEAD_TICKETS,
        Right.SIGN_CASES,
        Right.SIGN_BULLETINS,
        Right.DECIDE_RULES,
        Right.LEAD_BROADCASTS,
        Right.WRITE_REPORTS,
        Right.SIGN_REPORTS,
        Right.ANALYSE,
        Right.WRITE_ADVISORIES,
        Right.SIGN_ADVISORIES,
    }


MATTERS = {
    Right.SEE_TICKETS: {Role.OFFICER, Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR, Role.ADMIN},
    Right.REGISTER_TICKETS: {Role.AGENT, Role.SUPERVISOR},
    Right.CHANGE_TICKETS: {Role.OFFICER, Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR},
    Right.FORWARD_TICKETS: {Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR},
    Right.HANDLE_TICKETS: {Role.OFFICER, Role.SUPERVISOR},
    Right.LEAD_TICKETS: {Role.SUPERVISOR, Role.DIRECTOR},
    Right.SIGN_CASES: {Role.DIRECTOR},
    Right.SIGN_BULLETINS: {Role.DIRECTOR},
    Right.DECIDE_RULES: {Role.DIRECTOR, Role.ADMIN},
    Right.LEAD_BROADCASTS: {Role.SUPERVISOR, Role.DIRECTOR},
    Right.SEE_REPORTS: {Role.OFFICER, Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR, Role.ADMIN},
    Right.WRITE_REPORTS: {Role.SUPERVISOR, Role.DIRECTOR},
    Right.SIGN_REPORTS: {Role.DIRECTOR},
    Right.ANALYSE: {Role.SUPERVISOR, Role.DIRECTOR},
    Right.WRITE_ADVISORIES: {Role.SUPERVISOR, Role.DIRECTOR},
    Right.SIGN_ADVISORIES: {Role.DIRECTOR},
}


def test_every_right_on_matters_is_that_of_exactly_its_roles() -> None:
    assert {right: set(list_roles(right)) for right in MATTERS} == MATTERS


def test_the_command_line_knows_all_roles_of_users_and_all_duties() -> None:
    assert get_args(UserRole) == ROLES
    assert tuple(Duty) == DUTIES


def test_a_user_has_the_rights_of_the_role() -> None:
    agent = SignedIn(user_id=1, name="mei", role=Role.AGENT)
    assert {right for right in Right if agent.may(right)} == Role.AGENT.rights
    agent.check(Right.DIAL)
    with pytest.raises(RefusedError, match=r"^Only users with the right manage_users may do this\.$"):
        agent.check(Right.MANAGE_USERS)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AGENT, Role.ADMIN])
def test_an_analyst_analyses_whatever_the_role_and_may_nothing_else_by_it(role: Role) -> None:
    analyst = SignedIn(user_id=1, name="mei", role=role, duties=frozenset({Duty.ANALYST, Duty.LEGAL}))
    assert analyst.rights == role.rights | {
        Right.SEE_ANALYSIS,
        Right.ANALYSE,
        Right.WRITE_REPORTS,
        Right.WRITE_ADVISORIES,
    }
    assert not SignedIn(user_id=1, name="mei", role=role).may(Right.ANALYSE)
    analyst.check(Right.ANALYSE)


def test_the_roles_with_a_right_are_found() -> None:
    assert list_roles(Right.MANAGE_USERS) == [Role.ADMIN]
    assert list_roles(Right.SUPERVISE_CALLS) == [Role.SUPERVISOR, Role.ADMIN]
    assert list_roles(Right.DIAL) == [Role.AGENT, Role.SUPERVISOR, Role.ADMIN]
    assert list_roles(Right.SEE_CALLS) == [Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR, Role.ADMIN]


def test_every_right_is_asked_for() -> None:
    sources = [path for path in Path(callcenter.__path__[0]).rglob("*.py") if path != Path(rights.__file__)]
    asked = {
        name for path in sources for name in re.findall(r"(?:may|check|require)\(Right\.(\w+)\)", path.read_text())
    }
    asked |= {rule.right.name for rule in RULES}  # those of steps stand in the table of states
    assert asked == {right.name for right in Right}
