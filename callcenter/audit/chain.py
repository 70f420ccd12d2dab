"""The chain of frozen day sheets: whether each, and the list behind it, is as it was frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audit.store import list_days_without_sheet
from callcenter.callbacks.day_list_store import find_frozen_list, find_sheet_before, list_sheets
from callcenter.callbacks.day_sheet import HASH_RECIPE, find_breaks, hash_list
from callcenter.callbacks.tables import CallbackList, DaySheet
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.postgres.database import open_database
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainDay:
    """A frozen day as it stands in the database."""

    business_date: date
    sheet: Mapping[str, Any]
    previous_sha256: str | None
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainReport:
    """What was found of the sheets of [from_day, to_day]."""

    from_day: date
    to_day: date
    days: tuple[ChainDay, ...]
    breaks: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Of days that were never frozen nothing is proven."""
        return bool(self.days) and not self.breaks

    @property
    def sentence(self) -> str:
        """The answer in words."""
        span = f"{self.from_day} to {self.to_day}"
        if self.breaks:
            return f"{span}: what was frozen is not as it was."
        if not self.days:
            return f"{span}: no day was frozen."
        return f"{span}: {len(self.days)} frozen days, each as it was and chained to the one before."


async def run_verification(settings: Settings, from_day: date, to_day: date) -> ChainReport:
    """For the command line. Raises InputError where the days stand the wrong way round."""
    if from_day > to_day:
        raise InputError("The first day lies behind the last.", code=ErrorCode.RANGE_ENDS_BEFORE_IT_BEGINS)
    url = None if settings.database_url is None else settings.database_url.get_secret_value()
    async with open_database(url, settings.data_dir) as database:
        await database.migrate()
        async with database.snapshots.begin() as session:
            return await verify_chain(session, from_day, to_day)


async def verify_chain(session: AsyncSession, from_day: date, to_day: date) -> ChainReport:
    """Compute every hash of these days anew, those of the lists included."""
    rows = [row for row in await list_sheets(session) if from_day <= row.business_date <= to_day]
    before = await find_sheet_before(session, from_day)
    sheets = [(row.business_date, row.sheet, row.previous_sha256, row.sha256) for row in rows]
    breaks = find_breaks(sheets, before=before)
    gone = await list_days_without_sheet(session)
    breaks += [removed(day) for day in gone if from_day <= day <= to_day]
    for row in rows:
        frozen = await find_frozen_list(session, row.business_date)
        if not is_list_whole(row, frozen):
            breaks.append(list_changed(row.business_date))
    days = tuple(
        ChainDay(business_date=day, sheet=sheet, previous_sha256=previous, sha256=sha256)
        for day, sheet, previous, sha256 in sheets
    )
    return ChainReport(from_day=from_day, to_day=to_day, days=days, breaks=tuple(breaks))


def is_list_whole(row: DaySheet, frozen: CallbackList | None) -> bool:
    """Whether a frozen list has the hash that stands beside it and in its day's sheet."""
    if frozen is None:
        return False
    sha256 = hash_list(row.business_date, frozen.frozen_at, frozen.rows)
    return {sha256} == {frozen.sha256, row.sheet.get("list_sha256")}


def list_changed(day: date) -> str:
    return f"The frozen list of {day} was changed or removed."


def removed(day: date) -> str:
    return f"The sheet of {day} was removed."


def to_json(report: ChainReport) -> dict[str, Any]:
    """Everything that is needed to compute the hashes again elsewhere."""
    return {
        "from": report.from_day.isoformat(),
        "to": report.to_day.isoformat(),
        "is_whole": report.is_whole,
        "sentence": report.sentence,
        "breaks": list(report.breaks),
        "recipe": HASH_RECIPE,
        "days": [
            {"sheet": dict(day.sheet), "previous_sha256": day.previous_sha256, "sha256": day.sha256}
            for day in report.days
        ],
    }


def to_text(report: ChainReport) -> str:
    """A line for each day as `sha256sum` writes them, then what was found."""
    lines = [f"{day.sha256}  {day.business_date}" for day in report.days]
    return "\n".join([*lines, *report.breaks, report.sentence])
