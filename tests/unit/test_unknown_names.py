"""Names that a rogue PBX makes up do not fill the memory."""

from __future__ import annotations

from collections import Counter

from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.unknown_names import LONGEST_NAME, MOST_NAMES, OTHERS, count_name


def test_the_first_names_are_kept_and_the_rest_counted_together() -> None:
    counts: Counter[str] = Counter()
    for number in range(10_000):
        count_name(counts, f"Made{number}" + "x" * 500)
    for _ in range(5):
        count_name(counts, "Made0" + "x" * 500)
    assert len(counts) == MOST_NAMES + 1
    assert counts[("Made0" + "x" * 500)[:LONGEST_NAME]] == 6
    assert counts[OTHERS] == 10_000 - MOST_NAMES


def test_events_that_a_pbx_makes_up_are_counted_so() -> None:
    facts = AmiFacts()
    for number in range(2 * MOST_NAMES):
        facts.translate(b"Event: Made%d\r\nX: 1\r\n\r\n" % number)
    assert len(facts.unknown_events) == MOST_NAMES + 1
    assert facts.unknown_events[OTHERS] == MOST_NAMES
