"""What random calls are made of: people, phones and their plans, and the outcomes that must be recorded.

Every kind of call keeps a second between what decides the outcome and what would decide it otherwise, so that a busy
machine does not turn one outcome into another.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from hotline_lab.scenario import DIALLING_STEPS, RUNG_STEPS, TALKING_STEPS, Dialler, Line, Scenario, parse_plan
from hotline_soak.desks import Desk

GREETING = 3.0
"""Seconds from the answer until a caller is in a queue, at most."""
NOTICE = 3.0
"""Seconds from the answer of a phone that was rung directly until the two can talk, at most."""
QUEUE, MEMBER_RINGS, RETRY, RINGS = 8.0, 4.0, 1.0, 5.0
"""As the lab's dialplan and queues have it."""
PEOPLE = 60
WITHHELD = 0.06
NAMES = {"1": "常州市消费者张三", "3": "Wang & Sons, 12315"}
"""By the last digit of the number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PagePlan:
    """What the agent in a browser does `after` seconds of talk."""

    then: Literal["stay", "hang up", "reload"] = "stay"
    after: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A play and the outcomes of its inbound callers, in the order in which they ring."""

    scenario: Scenario
    outcomes: tuple[str, ...]
    is_lost_after_transfer: bool = False
    notice_seconds: float = 0.0
    """The notice to both sides between the answer and the talk."""
    page: PagePlan | None = None
    """Of a call to the agent in a browser."""


def someone(random: Random) -> tuple[str, ...]:
    """One of the people, in every form in which a gateway may show the number."""
    if random.random() < 0.5:
        local = f"86{random.randrange(PEOPLE):06d}"
        return local, f"0519{local}"
    mobile = f"1380519{random.randrange(PEOPLE):04d}"
    return mobile, f"0{mobile}", f"86{mobile}", f"0086{mobile}"


def caller(random: Random) -> str:
    """One of the people, in one of these forms, or a number that is not in use."""
    return "" if random.random() < WITHHELD else random.choice(someone(random))


def rings(extension: str, *plans: str) -> Line:
    """A phone with one plan for each call, the last one for all that follow."""
    return Line(number=extension, calls=tuple(parse_plan(plan, RUNG_STEPS | TALKING_STEPS) for plan in plans))


def dials(number: str, exten: str, plan: str, *, at: float = 0.0) -> Dialler:
    """A caller; some have a display name."""
    words = parse_plan(plan, DIALLING_STEPS | TALKING_STEPS)
    return Dialler(number=number, name=NAMES.get(number[-1:], ""), dials=exten, at=at, plan=words)


def short_ring(random: Random) -> float:
    """Seconds that a phone rings before it is answered."""
    return round(random.uniform(0.3, 2.0), 1)


def seconds(random: Random, least: float, most: float) -> str:
    """A random number of seconds, as plans write it."""
    return f"{random.uniform(least, most):.1f}"


DEAF = "ring 60, busy"
"""It is not answered."""


def one_caller(title: str, desk: Desk, random: Random, exten: str, plan: str, outcome: str) -> Piece:
    """`plan` may give a least and a most of seconds: `talk 1 3 hang up`."""
    words = plan.split(maxsplit=3)
    if len(words) == 4:
        plan = f"{words[0]} {seconds(random, float(words[1]), float(words[2]))}, {words[3]}"
    return Piece(
        scenario=Scenario(title=title, callers=(dials(caller(random), desk.line(exten), plan),)), outcomes=(outcome,)
    )
