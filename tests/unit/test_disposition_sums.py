"""What the sheet of a day says of its answered calls adds up, whatever became of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.dispositions.rules import Account, Accounted, sum_up

ACCOUNTED = st.builds(
    Accounted,
    account=st.sampled_from(Account),
    agent=st.sampled_from(["PJSIP/1001", "PJSIP/1002", "SIP/7", None]),
    calls=st.integers(1, 50),
)


def test_what_is_missing_is_told_by_device_whoever_has_most_first() -> None:
    assert sum_up(
        [
            Accounted(Account.TICKET, "PJSIP/1001", 3),
            Accounted(Account.MISSING, "PJSIP/1001", 1),
            Accounted(Account.MISSING, None, 1),
            Accounted(Account.MISSING, "PJSIP/1002", 2),
            Accounted(Account.REASON, "PJSIP/1002", 4),
        ]
    ) == {
        "answered": 11,
        "with_ticket": 3,
        "with_reason": 4,
        "missing": 4,
        "missing_by_agent": [
            {"agent": "PJSIP/1002", "calls": 2},
            {"agent": None, "calls": 1},
            {"agent": "PJSIP/1001", "calls": 1},
        ],
    }


@given(st.lists(ACCOUNTED))
def test_answered_is_with_a_ticket_with_a_reason_and_missing(accounted: list[Accounted]) -> None:
    told = sum_up(accounted)
    assert told["answered"] == sum(one.calls for one in accounted)
    assert told["answered"] == told["with_ticket"] + told["with_reason"] + told["missing"]
    assert told["missing"] == sum(one["calls"] for one in told["missing_by_agent"])
