"""Who gets a letter: merchants ranked high for months, and trades in which many are. Pure; nothing sends itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

TRADE_MERCHANTS = 5
"""So many flagged merchants of one category are a matter of the trade."""
QUIET_MONTHS = 6
"""After a letter no other goes to the same merchant. Both proposed, until the office decides."""


class CandidateKind(StrEnum):
    """What is proposed. A closed list."""

    LETTER = "letter"
    INTERVIEW = "interview"
    """A letter did not end it: three months more."""
    TRADE = "trade"
    """A report, or advice to the regulator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flagged:
    """A confirmed signal: the merchant was ranked high in three months running up to the month that ends then."""

    signal_id: int
    merchant_id: int
    category: str | None
    """Of the goods or services that are complained of most."""
    month_ends_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class PastLetter:
    """A letter about a merchant. `issued_on` None for one that was not issued yet."""

    merchant_id: int
    issued_on: date | None
    is_open: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """What is proposed, of which merchants, by which signals."""

    kind: CandidateKind
    merchant_ids: tuple[int, ...]
    category: str | None
    signal_ids: tuple[int, ...]


def find_candidates(flagged: Sequence[Flagged], letters: Sequence[PastLetter], today: date) -> list[Candidate]:
    """By merchant, then by category.

    A merchant with an open letter or one in the last six months gets none; flagged again in months that ended after
    it was issued, they are invited.
    """
    found = []
    for merchant_id in sorted({one.merchant_id for one in flagged}):
        signals = [one for one in flagged if one.merchant_id == merchant_id]
        own = [letter for letter in letters if letter.merchant_id == merchant_id]
        recent = [letter for letter in own if letter.is_open or _is_recent(letter, today)]
        if not recent:
            found.append(_of_merchant(CandidateKind.LETTER, merchant_id, signals))
            continue
        issued = [letter.issued_on for letter in recent if letter.issued_on is not None]
        again = [one for one in signals if issued and _goes_on(one, max(issued))]
        if again:
            found.append(_of_merchant(CandidateKind.INTERVIEW, merchant_id, again))
    return found + _trades(flagged)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def _is_recent(letter: PastLetter, today: date) -> bool:
    return letter.issued_on is not None and months_later(letter.issued_on, QUIET_MONTHS) > today


def _goes_on(one: Flagged, issued_on: date) -> bool:
    """All three months of the signal lie after the month of the letter."""
    months = (one.month_ends_on.year - issued_on.year) * 12 + one.month_ends_on.month - issued_on.month
    return months >= 3


def _of_merchant(kind: CandidateKind, merchant_id: int, signals: Iterable[Flagged]) -> Candidate:
    ordered = sorted(signals, key=lambda one: one.signal_id)
    return Candidate(
        kind=kind,
        merchant_ids=(merchant_id,),
        category=ordered[-1].category,
        signal_ids=tuple(one.signal_id for one in ordered),
    )


def _trades(flagged: Sequence[Flagged]) -> list[Candidate]:
    found = []
    for month, category in sorted({(one.month_ends_on, one.category or "") for one in flagged}):
        of_it = [one for one in flagged if (one.month_ends_on, one.category or "") == (month, category)]
        merchants = tuple(sorted({one.merchant_id for one in of_it}))
        if category and len(merchants) >= TRADE_MERCHANTS:
            signals = tuple(sorted(one.signal_id for one in of_it))
            found.append(
                Candidate(kind=CandidateKind.TRADE, merchant_ids=merchants, category=category, signal_ids=signals)
            )
    return found
