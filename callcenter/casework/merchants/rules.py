"""What a merchant is, which names are alike, and what may be merged. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from callcenter.casework.bigrams import bigrams, likeness, plain
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

MOST_ALIASES = 20
MOST_HINTS = 5
"""Merchants that a new one may be; more nobody reads."""
LIKE = 0.5
"""Names with so much in common may be one merchant's: worth a look, and never merged without one."""

_PUNCTUATION = re.compile(r"[\W_]+")
_COMPANY_FORM = re.compile("(?:集团)?(?:股份有限|有限责任|有限|责任)?公司")
"""Wherever it stands, since the name of a branch goes on behind it."""


def compact(name: str) -> str:
    """A name in small letters and usual width, without blanks and punctuation."""
    return _PUNCTUATION.sub("", plain(name))


def normalise_name(name: str) -> str:
    """The same without the forms of companies, unless there is nothing else."""
    whole = compact(name)
    return _COMPANY_FORM.sub("", whole) or whole


def how_alike(name: str, names: Iterable[str]) -> float:
    """The likeness of a name to the one of the names that is most like it."""
    wanted = bigrams(normalise_name(name))
    return max((likeness(wanted, bigrams(normalise_name(other))) for other in names), default=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMerchant:
    """What is known of a merchant."""

    name: str
    uscc: str | None
    aliases: tuple[str, ...]
    superior: str | None
    superior_address: str | None
    platform: str | None
    region: str | None
    scale: Decimal | None

    @property
    def names(self) -> tuple[str, ...]:
        """All that they are called."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, kw_only=True, slots=True)
class Merchant(NewMerchant):
    """A merchant as they stand. `version` grows with every change."""

    id: int
    version: int
    merged_into: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchKeys:
    """What a merchant is found by: all names compact, and the bigrams of these and of the normalised ones."""

    search_text: str
    grams: tuple[str, ...]


def search_keys(names: Sequence[str]) -> SearchKeys:
    """For all that a merchant is called."""
    search_text = " ".join(compact(name) for name in names)
    grams = bigrams(search_text).union(*(bigrams(normalise_name(name)) for name in names))
    return SearchKeys(search_text=search_text, grams=tuple(sorted(grams)))


@dataclass(frozen=True, kw_only=True, slots=True)
class LikeMerchant:
    """A merchant that another may be."""

    merchant: Merchant
    likeness: float


def choose_hints(name: str, candidates: Iterable[Merchant]) -> list[LikeMerchant]:
    """The merchants that one of this name may be, the likest first."""
    found = [LikeMerchant(merchant=one, likeness=how_alike(name, one.names)) for one in candidates]
    likely = sorted((hint for hint in found if hint.likeness >= LIKE), key=lambda hint: -hint.likeness)
    return likely[:MOST_HINTS]


def check_merge(source: Merchant, target: Merchant) -> None:
    """Raises ConflictError. Nothing is merged into what is merged itself, so no circle can come about."""
    if source.id == target.id:
        raise ConflictError("A merchant cannot be merged into itself.", code=ErrorCode.MERGE_INTO_ITSELF)
    if source.merged_into is not None:
        raise ConflictError("This merchant is merged already.", code=ErrorCode.MERGED_ALREADY)
    if target.merged_into is not None:
        raise ConflictError(
            "That merchant is merged itself: merge into the one that it is merged into.",
            code=ErrorCode.TARGET_IS_MERGED,
            params={"merchant_id": target.merged_into},
        )
