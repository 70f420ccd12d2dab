"""The thresholds as the product brings them: what the database has before the office decides anything."""

from __future__ import annotations

from datetime import timedelta

from callcenter.casework.thresholds.rules import Thresholds

PROPOSED = Thresholds(
    many_ill=3,
    health_goods=frozenset({"general_food", "special_food", "drug", "medical_device", "cosmetic"}),
    health_problems=frozenset({"food_safety", "safety"}),
    farm_goods=frozenset({"farm_supplies"}),
    shoddy_problems=frozenset({"counterfeit", "quality", "false_publicity"}),
    group_people=5,
    group_within=timedelta(days=30),
    often_complaints=10,
    often_within=timedelta(days=90),
    same_within=timedelta(days=60),
    same_likeness=0.5,
    reopened_within=timedelta(days=30),
    late_entry=timedelta(hours=2),
    ring_rounds=2,
    ring_round_apart=timedelta(minutes=10),
    case_officers=2,
)
