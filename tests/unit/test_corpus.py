"""Tricky bytes from outside, each a file of `tests/corpus`; `scripts/fuzz` adds what it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_fuzz.targets import TARGETS

CORPUS = Path(__file__).parents[1] / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_tricky_bytes_raise_nothing_and_leave_the_calls_around_them_as_they_are(file: Path) -> None:
    TARGETS[file.parent.name](file.read_bytes())


@st.composite
def mixtures(draw: st.DrawFn, target: str) -> bytes:
    """Pieces of the corpus with anything between them."""
    seeds = [path.read_bytes() for path in FILES if path.parent.name == target]
    pieces = draw(st.lists(st.sampled_from(seeds) | st.binary(max_size=30), min_size=1, max_size=3))
    data = b"".join(pieces)[:LONGEST]
    begin, length = draw(st.integers(0, len(data))), draw(st.integers(0, 20))
    return data[:begin] + draw(st.binary(max_size=8)) + data[begin + length :]


LONGEST = 1500


@pytest.mark.parametrize("target", sorted(TARGETS))
@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_mixtures_of_tricky_bytes_do_no_more(target: str, data: st.DataObject) -> None:
    TARGETS[target](data.draw(mixtures(target)))
