"""Rights and roles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import callcenter
from callcenter.accounts import rights
from callcenter.accounts.rights import RIGHTS, Right, Role, SignedIn, list_roles
from callcenter.errors import RefusedError


def test_every_role_has_its_rights() -> None:
    assert set(RIGHTS) == set(Role)


def test_a_screen_sees_the_wallboard_and_nothing_else() -> None:
    assert Role.SCREEN.rights == {Right.SEE_BOARD}


def test_a_supervisor_may_what_an_agent_may_and_an_admin_everything() -> None:
    assert Role.SCREEN.rights < Role.AGENT.rights < Role.SUPERVISOR.rights < Role.ADMIN.rights == set(Right)


def test_a_user_has_the_rights_of_the_role() -> None:
    agent = SignedIn(user_id=1, name="mei", role=Role.AGENT)
    assert {right for right in Right if agent.may(right)} == Role.AGENT.rights
    agent.check(Right.DIAL)
    with pytest.raises(RefusedError, match=r"^Only users with the right manage_users may do this\.$"):
        agent.check(Right.MANAGE_USERS)


def test_the_roles_with_a_right_are_found() -> None:
    assert list_roles(Right.MANAGE_USERS) == [Role.ADMIN]
    assert list_roles(Right.SUPERVISE_CALLS) == [Role.SUPERVISOR, Role.ADMIN]
    assert list_roles(Right.DIAL) == [Role.AGENT, Role.SUPERVISOR, Role.ADMIN]


def test_every_right_is_asked_for() -> None:
    sources = [path for path in Path(callcenter.__path__[0]).rglob("*.py") if path != Path(rights.__file__)]
    asked = {
        name for path in sources for name in re.findall(r"(?:may|check|require)\(Right\.(\w+)\)", path.read_text())
    }
    assert asked == {right.name for right in Right}
