"""Random calls to the agent in a browser."""

from __future__ import annotations

from random import Random

from hotline_lab.scenario import Scenario
from hotline_soak.desks import Desk
from hotline_soak.pieces import GREETING, PagePlan, Piece, caller, dials

LINE = "96320"
ANSWERS = 2.0
"""Seconds from the agent's turn until the page has answered, at most."""


def page_answers(_desk: Desk, random: Random) -> Piece:
    """The caller hangs up."""
    return _call(random, "page answers", PagePlan(), GREETING + ANSWERS + random.uniform(2, 9))


def page_hangs_up(_desk: Desk, random: Random) -> Piece:
    """The agent hangs up."""
    return _call(random, "page hangs up", PagePlan(then="hang up", after=random.uniform(1.5, 8)), None)


def page_reloads(_desk: Desk, random: Random) -> Piece:
    """The page is loaded anew in the talk, and gets its caller back."""
    after = random.uniform(1.5, 3)
    talk = GREETING + ANSWERS + after + random.uniform(8, 12)
    return _call(random, "page reloads", PagePlan(then="reload", after=after), talk)


def _call(random: Random, title: str, page: PagePlan, talk: float | None) -> Piece:
    plan = "stay" if talk is None else f"talk {talk:.1f}, hang up"
    return Piece(
        scenario=Scenario(title=title, callers=(dials(caller(random), LINE, plan),)), outcomes=("answered",), page=page
    )
