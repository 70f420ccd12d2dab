"""Range requests, as RFC 9110 section 14 has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.audio.byte_ranges import NotSatisfiable, Span, parse_range


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-499", Span(first=0, last=499)),
        ("bytes=500-999", Span(first=500, last=999)),
        ("bytes=-500", Span(first=9500, last=9999)),
        ("bytes=9500-", Span(first=9500, last=9999)),
        ("bytes=0-0", Span(first=0, last=0)),
        ("bytes=0-99999", Span(first=0, last=9999)),
        ("bytes=-99999", Span(first=0, last=9999)),
        ("BYTES=1-2", Span(first=1, last=2)),
        ("bytes=0-1,5-6", None),
        ("bytes=2-1", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("seconds=0-1", None),
        ("bytes=١-٢", None),
        ("bytes=99999999999999999999-", None),
        ("", None),
    ],
)
def test_what_is_asked_for(header: str | None, span: Span | None) -> None:
    assert parse_range(header, 10000) == span


@pytest.mark.parametrize("header", ["bytes=10000-", "bytes=10000-10001", "bytes=-0"])
def test_what_lies_behind_the_end_cannot_be_given(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        parse_range(header, 10000)


@given(st.text(max_size=30) | st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True), st.integers(1, 10**12))
def test_a_range_lies_within_the_file(header: str, size: int) -> None:
    try:
        span = parse_range(header, size)
    except NotSatisfiable:
        return
    if span is not None:
        assert 0 <= span.first <= span.last < size
