"""Throttling, passwords and cookie requests, as rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from callcenter.accounts.rules import (
    Throttle,
    check_name,
    check_password,
    find_pause_end,
    is_from_own_pages,
    is_own_origin,
    lies_in,
    place_of,
)
from callcenter.errors import InputError

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


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


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "139 1234 5678",
        "passwordpassword",
        "Password2026!!",
        "qwertyuiop1234",
        "poiuytrewq!!!!",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "hotline12315!",
        "CallCenter-2026",
        "mei.wang.1990",
        "abcdefghijklmn",
        "zxcvbnm,./123",
    ],
)
def test_what_everybody_tries_first_is_no_password(password: str) -> None:
    with pytest.raises(InputError, match=r"^The password is easily guessed"):
        check_password(password, name="mei.wang")


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "another long one", "明月几时有把酒问青天不知", "b7Xq-99rK_v2Lm", "a8f3c19e0b7d24e6"],
)
def test_words_and_random_signs_are_good_passwords(password: str) -> None:
    assert check_password(password, name="mei.wang") == password


THREE = Throttle(free=3, longest=timedelta(seconds=5))


def test_attempts_below_the_limit_are_free() -> None:
    assert find_pause_end([NOON] * 2, THREE) is None
    assert find_pause_end([], THREE) is None


def test_each_pause_is_twice_as_long_as_the_one_before_and_none_longer_than_the_longest() -> None:
    ends = [find_pause_end([NOON] * number, THREE) for number in (3, 4, 5, 6, 1000)]
    assert ends == [NOON + timedelta(seconds=seconds) for seconds in (1, 2, 4, 5, 5)]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("x" * 4000, "0.0.0.0"),
        ("", "0.0.0.0"),
        ("10.0.0.1, 10.0.0.2", "0.0.0.0"),
    ],
)
def test_an_address_counts_as_the_place_it_comes_from(address: str, place: str) -> None:
    assert place_of(address) == ip_address(place)


@pytest.mark.parametrize(
    ("address", "is_inside"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("2001:db8::1", False),
        ("", False),
        ("x" * 4000, False),
    ],
)
def test_an_address_lies_in_a_network_or_not(address: str, is_inside: bool) -> None:
    assert lies_in(address, ("127.0.0.0/8", "::1/128")) is is_inside


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
    for needs_https in (True, False):
        assert (
            is_from_own_pages(
                method=method, host="hotline.test", origin=origin, fetch_site=fetch_site, needs_https=needs_https
            )
            is is_allowed
        )


def test_a_request_without_a_host_writes_nothing() -> None:
    assert not is_from_own_pages(method="POST", host="", origin="null", fetch_site=None, needs_https=False)


@pytest.mark.parametrize(
    ("host", "origin", "with_https", "without"),
    [
        ("hotline.test", "https://hotline.test", True, True),
        ("hotline.test", "http://hotline.test", False, True),
        ("hotline.test", "ftp://hotline.test", False, False),
        ("hotline.test", "//hotline.test", False, False),
        ("localhost:8000", "http://localhost:8000", True, True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True, True),
        ("[::1]:8000", "http://[::1]:8000", True, True),
        ("localhost.test", "http://localhost.test", False, True),
    ],
)
def test_a_page_of_plain_http_is_none_of_ours_where_https_is_used(
    host: str, origin: str, with_https: bool, without: bool
) -> None:
    found = [is_own_origin(host=host, origin=origin, needs_https=needs_https) for needs_https in (True, False)]
    assert found == [with_https, without]
