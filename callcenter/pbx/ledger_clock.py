"""The moments of a ledger's rows: in UTC, or in the PBX's local time where cel.conf has a dateformat without an offset.

A channel's id and the row of its birth are written by the same clock within the same second, the id in seconds since
1970. So a row that is off by a whole number of quarter hours is in local time, and by how much is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from callcenter.pbx.cel_rows import COLUMNS
from callcenter.pbx.timestamps import moment_from_epoch, moment_from_iso
from callcenter.pbx.uniqueid import epoch_of

_EVENTTYPE, _EVENTTIME, _UNIQUEID = 0, 1, 14

QUARTER = timedelta(minutes=15)
"""Every local time differs from UTC by a whole number of these."""

SUMMER_TIME = timedelta(hours=1)

WRITTEN_WITHIN = timedelta(seconds=3)
"""Between the second in an id and the row of its birth."""

_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")


def parse_eventtime(text: str) -> datetime | None:
    """Epoch with microseconds (the default), or `%F %T.%6q` with an offset or in UTC; None if it is neither."""
    return moment_from_iso(text) if "-" in text else moment_from_epoch(text)


def shift_of(row: Sequence[str]) -> timedelta | None:
    """How far ahead of UTC the row of a channel's birth is written; None for a row that does not show it.

    Found by ids of Asterisk, and only by the row of birth: later rows of a long or transferred call have the same
    id. Ids of the backend follow another machine's clock.
    """
    if row[_EVENTTYPE] != "CHAN_START" or ".d" in row[_UNIQUEID] or not is_without_offset(row[_EVENTTIME]):
        return None
    epoch, at = epoch_of(row[_UNIQUEID]), moment_from_iso(row[_EVENTTIME])
    born_at = None if epoch is None else moment_from_epoch(str(epoch))
    if born_at is None or at is None:
        return None
    ahead = at - born_at
    shift = round(ahead / QUARTER) * QUARTER
    is_local_time = abs(shift) <= timedelta(hours=14)
    return shift if is_local_time and abs(ahead - shift) <= WRITTEN_WITHIN else None


def is_without_offset(eventtime: str) -> bool:
    """Whether the row has a date and time and does not say of which place."""
    return "-" in eventtime and _OFFSET.search(eventtime) is None


class LedgerClock:
    """Reads the moments of one ledger's rows, in order."""

    def __init__(self) -> None:
        self.shift: timedelta | None = None
        """How far ahead of UTC the rows are; None while no row says. It changes with summer time."""
        self._latest: datetime | None = None
        """The moment of the row before, in UTC: rows are written one after the other."""

    def look_ahead(self, rows: Iterable[Sequence[str]]) -> None:
        """Where reading begins in the middle, the first birth behind it shows the shift of the rows in front of it."""
        if self.shift is None:
            shifts = (shift_of(row) for row in rows if len(row) == COLUMNS)
            self.shift = next((shift for shift in shifts if shift is not None), None)

    def moment(self, row: Sequence[str]) -> datetime | None:
        """When the row was written, in UTC."""
        text = row[_EVENTTIME]
        if "-" not in text:
            return moment_from_epoch(text)
        shift = shift_of(row)
        if shift is not None:
            self.shift = shift
        at = moment_from_iso(text)
        if at is None or not self.is_shifted(text):
            self._latest = None
            return at
        at -= self.shift or timedelta()
        if shift is None and self._latest is not None and QUARTER < self._latest - at <= SUMMER_TIME and self.shift:
            self.shift -= SUMMER_TIME  # the clock was put back, and no channel has been born since
            at += SUMMER_TIME
        self._latest = at
        return at

    def is_shifted(self, eventtime: str) -> bool:
        """Whether the row is in local time and was repaired."""
        return bool(self.shift) and is_without_offset(eventtime)
