"""The ordinary matters of a year: by calendar, weekday, hour and season, about merchants of whom few have many."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from callcenter.hours.rules import DayKind
from callcenter.hours.state_council import list_published
from hotline_year.matter import (
    CHANNELS,
    COMMONNESS,
    ENQUIRY,
    GOODS,
    PROBLEMS,
    REPORT,
    SERVICES,
    UNITS,
    Matter,
)

MERCHANTS = 600
DISPERSION = 1.2
"""Variance of a day's number to its mean: days differ more than by chance alone."""
MARCH = 1.8
"""The consumers' day is on the fifteenth."""
DAY_OFF = 0.45
HOURS = (1, 1, 0, 0, 0, 1, 2, 5, 14, 22, 22, 16, 10, 15, 20, 20, 17, 12, 8, 7, 6, 5, 3, 2)
NAMES_MERCHANT = 0.1
"""Of enquiries."""
MEAN_DAYS = 20.0
"""Until a complaint or a report is done."""


class Draw:
    """Draws whatever a matter needs; the same seed draws the same."""

    def __init__(self, year: int, seed: int, merchants: Sequence[str]) -> None:
        self.random = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
        self.year = year
        self._merchants = merchants
        self._ranks = list(accumulate(1 / rank for rank in range(1, len(merchants) + 1)))  # Zipf
        first = date(year, 1, 1)
        self.days = [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]
        self._weights = self._weigh_days()

    def matters(self, kind: str, count: int) -> list[Matter]:
        """So many of a kind, in the order of time."""
        days = self.random.choices(self.days, self._weights, k=count)
        return sorted((self.matter(kind, self.moment(day)) for day in days), key=lambda matter: matter.at)

    def moment(self, day: date) -> datetime:
        """Within office hours as a rule."""
        hour = self.random.choices(range(24), HOURS)[0]
        return datetime.combine(day, time(hour, self.random.randrange(60), self.random.randrange(60)))

    def matter(self, kind: str, at: datetime, **known: str) -> Matter:
        """With what is known of it; the rest is drawn."""
        is_service = "service" in known or ("goods" not in known and self.random.random() < 0.4)
        is_named = kind != ENQUIRY or self.random.random() < NAMES_MERCHANT
        drawn = {
            "merchant": self.random.choices(self._merchants, cum_weights=self._ranks)[0] if is_named else None,
            "goods": "" if is_service else self.random.choice(GOODS),
            "service": self.random.choice(SERVICES) if is_service else "",
            "problem": "" if kind == ENQUIRY else self.random.choices(PROBLEMS, COMMONNESS)[0],
            "unit": self.random.choice(UNITS),
            "person": self.person(),
        } | known
        text = drawn.pop("text", None) or self._text(kind, drawn["goods"] or drawn["service"], drawn["problem"])
        # As long as things take in an office: some at once, a few very long.
        handled = self.random.gammavariate(2.0, MEAN_DAYS / 2) if kind != ENQUIRY else 0.0
        return Matter(kind=kind, at=at, text=text, handled_days=handled, **drawn)  # type: ignore[arg-type]

    def person(self) -> str:
        """A telephone number, made up."""
        return f"1900000{self.random.randrange(10_000):04d}"

    def channel(self) -> str:
        """How it came."""
        return self.random.choices(CHANNELS, (50, 30, 15, 5))[0]

    def _text(self, kind: str, subject: str | None, problem: str | None) -> str:
        if kind == ENQUIRY:
            return f"咨询{subject}方面的维权途径和所需材料"
        if kind == REPORT:
            return f"举报该经营者在{subject}经营中存在{problem}问题, 请依法查处"
        price, remedy = self.random.randrange(20, 5000), self.random.choice(("退款", "更换", "赔偿"))
        return f"消费者反映{subject}存在{problem}问题, 涉及金额{price}元, 要求{remedy}"

    def _weigh_days(self) -> list[float]:
        published = {entry.business_date: entry.kind is DayKind.DAY_OFF for entry in list_published(self.year)}
        weights = []
        for day in self.days:
            is_off = published.get(day, day.weekday() >= 5)
            mean = (DAY_OFF if is_off else 1.0) * (1.15 if day.weekday() == 0 else 1.0)
            mean *= MARCH if day.month == 3 else 1.0
            shape = 96 * mean / (DISPERSION - 1)
            weights.append(mean * self.random.gammavariate(shape, 1 / shape))
        return weights
