"""The soak's own count of the CEL file and the product's figures agree on every recorded scenario."""

from __future__ import annotations

from collections import Counter

import pytest

from callcenter.calls.metrics import WITHIN_SECONDS, count_call, tally
from callcenter.calls.records import Witness
from hotline_soak.cel_figures import CelFigures, count
from tests.scenarios.captures import FOLDER, cel_facts, cel_rows, records_of, scenario_names


@pytest.mark.parametrize("name", scenario_names())
def test_two_counts_of_the_same_ledger_that_share_no_code_are_equal(name: str) -> None:
    counted = [
        counts for record in records_of(cel_facts(cel_rows(name)), Witness.LEDGER) if (counts := count_call(record))
    ]
    total = tally(counts[None] for counts in counted)

    assert count(FOLDER / name / "cel.csv", lambda _: True) == CelFigures(
        offered=total.offered,
        handled=total.handled,
        answered=total.answered,
        answered_within=total.answered_within,
        answer_wait_seconds=round(total.answer_wait.total_seconds(), 3),
        by_queue=Counter(queue for counts in counted for queue in counts if queue is not None),
    )


def test_both_count_by_the_same_limits() -> None:
    assert WITHIN_SECONDS == (15, 20, 30)
