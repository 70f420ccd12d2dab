"""Lists over HTTP: what each of them takes and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from callcenter.http.cursors import LONGEST_CURSOR, Cursors

Item = TypeVar("Item")
Row = TypeVar("Row")
Place = TypeVar("Place")

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200


class PageQuery(BaseModel):
    """Which page of a list is wanted."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(
        default=None, max_length=LONGEST_CURSOR, description="The `next` of the page before; without it the first page."
    )
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="At most so many items.")

    def after(self, cursors: Cursors[Place]) -> Place | None:
        """The place behind which the page begins; None for the first page. Raises InputError."""
        return None if self.cursor is None else cursors.decode(self.cursor)


class Page(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


def cut_page(
    rows: Sequence[Row], query: PageQuery, cursors: Cursors[Place], place_of: Callable[[Row], Place]
) -> tuple[Sequence[Row], str | None]:
    """The page from rows of which one more than its limit was read, and its `next`."""
    page = rows[: query.limit]
    return page, cursors.encode(place_of(page[-1])) if len(rows) > query.limit else None


def cut_whole(
    rows: Iterable[Row], query: PageQuery, cursors: Cursors[Any], place_of: Callable[[Row], Any]
) -> tuple[Sequence[Row], str | None]:
    """The page from a list that was read whole, and its `next`; the list is put in the order of its places."""
    after = query.after(cursors)
    rest = sorted((row for row in rows if after is None or place_of(row) > after), key=place_of)
    return cut_page(rest, query, cursors, place_of)
