"""What each figure of casework is made of."""

from __future__ import annotations

from dataclasses import replace

from callcenter.casework.metrics.definitions import RATIOS, CaseworkCounts, Kept, ratios
from callcenter.kpis.tallies import Ratio

NOTHING = CaseworkCounts(
    received=0,
    completed=0,
    lawful=0,
    complaints=0,
    on_the_spot=0,
    rapid=0,
    accepted=0,
    not_accepted=0,
    settled=0,
    ended=0,
    recovered_cents=0,
    flagged=0,
    filed=0,
    limits={},
    answered_calls=0,
    calls_with_account=0,
)
A_MONTH = CaseworkCounts(
    received=30,
    completed=24,
    lawful=20,
    complaints=15,
    on_the_spot=3,
    rapid=2,
    accepted=12,
    not_accepted=4,
    settled=8,
    ended=2,
    recovered_cents=123_45,
    flagged=6,
    filed=3,
    limits={
        "accept": Kept(met=9, breached=1),
        "mediate": Kept(met=7, breached=1),
        "report_check": Kept(met=1, breached=1),
        "off_shelf": Kept(met=2, breached=0),
    },
    answered_calls=100,
    calls_with_account=98,
)


def test_every_ratio_says_what_it_was_made_of_and_nothing_of_nothing_is_no_share() -> None:
    assert {name: (ratio.numerator, ratio.denominator) for name, ratio in ratios(A_MONTH).items() if ratio} == {
        "completion": (24, 30),
        "decided_in_time": (9, 10),
        "completed_in_time": (8, 10),
        "acceptance": (12, 16),
        "settled_of_concluded": (8, 10),
        "settled_of_accepted": (8, 12),
        "filed_of_flagged": (3, 6),
        "filed_of_complaints": (3, 15),
        "off_shelf_in_time": (2, 2),
        "acknowledged_in_time": (0, 0),
        "three_way_share": (3, 20),
        "rapid_and_three_way_share": (5, 20),
        "disposition": (98, 100),
    }
    assert {ratio.value for ratio in ratios(NOTHING).values() if ratio} == {None}


def test_of_five_thousand_matters_only_the_rapid_ones_with_those_settled_on_the_spot_are_nearly_a_tenth() -> None:
    seed = ratios(replace(NOTHING, lawful=5000, on_the_spot=200, rapid=261))
    assert (seed["three_way_share"], seed["rapid_and_three_way_share"]) == (
        Ratio(numerator=200, denominator=5000),
        Ratio(numerator=461, denominator=5000),
    )
    shares = [one.value for one in (seed["three_way_share"], seed["rapid_and_three_way_share"]) if one is not None]
    assert shares == [0.04, 0.0922]


def test_calls_are_not_of_one_unit_and_each_figure_has_a_name_of_its_own_and_a_formula() -> None:
    assert ratios(replace(A_MONTH, answered_calls=None, calls_with_account=None))["disposition"] is None
    assert len({ratio.name for ratio in RATIOS}) == len(RATIOS)
    assert all("/" in ratio.formula and ratio.unit == "share" for ratio in RATIOS)
