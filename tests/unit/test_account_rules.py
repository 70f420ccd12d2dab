"""Roles, throttling and cookie requests, as rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.accounts.rules import (
    ATTEMPT_WINDOW,
    Role,
    check_name,
    check_password,
    find_throttle_end,
    is_from_own_pages,
)
from callcenter.errors import InputError

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_each_role_includes_the_ones_below_it() -> None:
    assert {(one, other) for one in Role for other in Role if one.includes(other)} == {
        (Role.AGENT, Role.AGENT),
        (Role.SUPERVISOR, Role.AGENT),
        (Role.SUPERVISOR, Role.SUPERVISOR),
        (Role.ADMIN, Role.AGENT),
        (Role.ADMIN, Role.SUPERVISOR),
        (Role.ADMIN, Role.ADMIN),
    }


@pytest.mark.parametrize("name", ["mei", "m", "li.na-2_b", "1001", "a" * 64])
def test_good_names_are_taken_as_they_are(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "Mei", "-x", "a b", "梅", "a" * 65, "mei\n", "a/b", "a\0"])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        check_name(name)


@pytest.mark.parametrize("length", [0, 11, 257])
def test_passwords_too_short_or_too_long_are_refused_without_being_repeated(length: int) -> None:
    with pytest.raises(InputError) as caught:
        check_password("x" * length)
    assert str(caught.value) == "A password has 12 to 256 characters."


def test_attempts_below_the_limit_are_free() -> None:
    assert find_throttle_end([NOON] * 2, 3) is None


@given(st.lists(st.integers(0, 899), min_size=3, max_size=30), st.integers(1, 3))
def test_waiting_until_the_told_moment_brings_the_attempts_below_the_limit(ages: list[int], limit: int) -> None:
    attempts = sorted(NOON - timedelta(seconds=age) for age in ages)
    end = find_throttle_end(attempts, limit)
    assert end is not None
    assert end > NOON
    assert len([at for at in attempts if at > end - ATTEMPT_WINDOW]) < limit
    just_before = end - timedelta(microseconds=1)
    assert len([at for at in attempts if at > just_before - ATTEMPT_WINDOW]) >= limit


@pytest.mark.parametrize(
    ("method", "origin", "fetch_site", "is_allowed"),
    [
        ("GET", "https://evil.test", "cross-site", True),
        ("HEAD", None, None, True),
        ("POST", "https://hotline.test", None, True),
        ("POST", "http://hotline.test", "same-origin", True),
        ("POST", None, "none", True),
        ("POST", "https://hotline.test", "same-site", False),
        ("POST", "https://hotline.test", "cross-site", False),
        ("POST", "https://evil.test", None, False),
        ("POST", "https://hotline.test.evil.test", None, False),
        ("POST", "https://hotline.test:8443", None, False),
        ("POST", "null", None, False),
        ("POST", "", None, False),
        ("POST", None, None, False),
        ("DELETE", "https://evil.test", None, False),
        ("PATCH", "https://evil.test", "", False),
    ],
)
def test_a_cookie_writes_only_from_our_own_pages(
    method: str, origin: str | None, fetch_site: str | None, is_allowed: bool
) -> None:
    assert is_from_own_pages(method=method, host="hotline.test", origin=origin, fetch_site=fetch_site) is is_allowed


def test_a_request_without_a_host_writes_nothing() -> None:
    assert not is_from_own_pages(method="POST", host="", origin="null", fetch_site=None)
