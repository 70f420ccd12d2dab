"""What makes a duty roster good: no hole, no conflict, no one-sided load; who may swap; what the PBX rings by. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError
from callcenter.hours.rules import Calendar, Source

DAY = timedelta(days=1)

LONGEST_SHIFT = DAY

NIGHT_BEGINS = timedelta(hours=22)
NIGHT_ENDS = timedelta(hours=30)
"""06:00 of the next day."""

NIGHT_WORKED = timedelta(hours=4)
"""Whoever is on duty for half of a night has worked it."""

NIGHTS_APART = 3
"""At most one night in three."""

SENT_AHEAD = 60 * DAY

MOST_TURNS = 30
"""So many are sent to the PBX for one day: its lists are short texts, and nobody waits for the thirtieth."""

HOLIDAY_WEIGHT = 2

SPRING_FESTIVAL_WEIGHT = 3

SPRING_FESTIVAL = ("春节", "农历除夕")


class SwapStep(StrEnum):
    """What can happen to a swap."""

    ACCEPTANCE = "acceptance"
    APPROVAL = "approval"
    REFUSAL = "refusal"


class DutyRole(StrEnum):
    """What somebody on duty is there for; every hour of a non-working day needs one of each."""

    LEAD = "lead"
    AGENT = "agent"
    FIELD = "field"
    STANDBY = "standby"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """One person is on duty from `starts_at` until `ends_at`; who has position 1 is rung first."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    position: int
    role: DutyRole


@dataclass(frozen=True, kw_only=True, slots=True)
class BusyTime:
    """Somebody is on another roster, the administrative one, or away."""

    person_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Hole:
    """A time of a non-working day for which these roles have nobody."""

    starts_at: datetime
    ends_at: datetime
    missing: tuple[DutyRole, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What one person's duty came to; `weighted` counts each hour by the weight of its day."""

    person_id: int
    shifts: int
    nights: int
    time: timedelta
    weighted: timedelta


def check_times(starts_at: datetime, ends_at: datetime) -> None:
    """Raises InputError."""
    if ends_at <= starts_at:
        raise InputError("A time ends after it begins.", code=ErrorCode.RANGE_ENDS_BEFORE_IT_BEGINS)


def check_changeable(shift: Shift, now: datetime) -> None:
    """Raises ConflictError for a shift that is over: the roster says who was on duty."""
    if shift.ends_at <= now:
        raise ConflictError("A shift that is over stays as it was.", code=ErrorCode.IN_THE_PAST)


def check_shift(new: Shift, others: Iterable[Shift], busy: Iterable[BusyTime], timezone: ZoneInfo) -> None:
    """Whether it can stand in the roster beside `others`.

    Raises InputError where it is none, ConflictError where the person is on duty or busy then or would have more than
    one night in three, or where another has the position.
    """
    check_times(new.starts_at, new.ends_at)
    if new.ends_at - new.starts_at > LONGEST_SHIFT:
        raise InputError("A shift lasts at most 24 hours.", code=ErrorCode.RANGE_TOO_LONG, params={"most_hours": 24})
    others = list(others)
    if any(_overlap(new, other) and other.position == new.position for other in others):
        raise ConflictError("Somebody else has this position at that time.", code=ErrorCode.POSITION_TAKEN)
    own = [other for other in others if other.person_id == new.person_id]
    if any(_overlap(new, other) for other in own):
        raise ConflictError("The person is on duty at that time already.", code=ErrorCode.PERSON_ON_DUTY)
    check_busy(new, busy)
    nights = nights_of(new, timezone)
    before = {night for other in own for night in nights_of(other, timezone)}
    if any(abs((night - other).days) < NIGHTS_APART for night in nights for other in before):
        raise ConflictError("The person would have more than one night in three.", code=ErrorCode.TOO_MANY_NIGHTS)


def check_busy(shift: Shift, busy: Iterable[BusyTime]) -> None:
    """Raises ConflictError where the person of the shift is on another roster then."""
    if any(other.person_id == shift.person_id and _overlap(shift, other) for other in busy):
        raise ConflictError("The person is on another roster, or away, at that time.", code=ErrorCode.PERSON_AWAY)


def check_swap_request(*, user_id: int, manages_duty: bool, holder_id: int | None) -> None:
    """Whether this user may ask that a shift goes to somebody else: supervisors for anybody, others for themselves.

    `holder_id` is the user who has the shift, None where that person is no user. Raises RefusedError.
    """
    if not manages_duty and user_id != holder_id:
        raise RefusedError(
            "Only a supervisor, or the person who has the shift, can ask for a swap of it.",
            code=ErrorCode.NOT_YOUR_SHIFT,
        )


def check_swap_step(
    step: SwapStep,
    *,
    user_id: int,
    manages_duty: bool,
    taker_id: int | None,
    requested_by: int,
    accepted_by: int | None,
) -> None:
    """Whether this user may take the step: nobody moves a shift alone, and whoever takes it agrees in person.

    `taker_id` is the user who takes the shift, None where that person is no user: then a supervisor who did not ask
    says that they agreed, and may approve it too. Raises RefusedError.
    """
    is_taker = user_id == taker_id
    if step is SwapStep.ACCEPTANCE:
        if user_id == requested_by:
            raise RefusedError("Who asked for a swap cannot accept it too.", code=ErrorCode.NOT_YOUR_SWAP)
        if taker_id is not None and not is_taker:
            raise RefusedError(
                "Only the person who is to take the shift can accept the swap.", code=ErrorCode.NOT_YOUR_SWAP
            )
    if not (manages_duty or (is_taker and step is not SwapStep.APPROVAL)):
        raise RefusedError(
            "Only a supervisor, or the person who is to take the shift, can do this.", code=ErrorCode.NOT_YOUR_SWAP
        )
    if step is SwapStep.APPROVAL and (user_id == requested_by or (taker_id is not None and user_id == accepted_by)):
        raise RefusedError(
            "A swap is approved by a supervisor who neither asked for it nor takes the shift.",
            code=ErrorCode.NOT_YOUR_SWAP,
        )


def find_holes(shifts: Iterable[Shift], days_off: Iterable[date], timezone: ZoneInfo) -> tuple[Hole, ...]:
    """Every time of these days, however short, for which a role has nobody; in order."""
    shifts = list(shifts)
    holes: list[Hole] = []
    for day in sorted(set(days_off)):
        begin, end = _midnight(day, timezone), _midnight(day + DAY, timezone)
        edges = {begin, end} | {
            edge for shift in shifts for edge in (shift.starts_at, shift.ends_at) if begin < edge < end
        }
        for starts_at, ends_at in pairwise(sorted(edges)):
            there = {shift.role for shift in shifts if shift.starts_at <= starts_at and shift.ends_at >= ends_at}
            missing = tuple(role for role in DutyRole if role not in there)
            if holes and holes[-1].ends_at == starts_at and holes[-1].missing == missing:
                holes[-1] = replace(holes[-1], ends_at=ends_at)
            elif missing:
                holes.append(Hole(starts_at=starts_at, ends_at=ends_at, missing=missing))
    return tuple(holes)


def nights_of(shift: Shift, timezone: ZoneInfo) -> set[date]:
    """The nights, by the day on which they begin, that the shift works."""
    first = shift.starts_at.astimezone(timezone).date() - DAY
    last = shift.ends_at.astimezone(timezone).date()
    days = (first + number * DAY for number in range((last - first).days + 1))
    return {day for day in days if _time_in_night(shift, day, timezone) >= NIGHT_WORKED}


def sum_up(shifts: Iterable[Shift], timezone: ZoneInfo, weight_of: Callable[[date], int]) -> list[Load]:
    """Each person's load, the heaviest first."""
    counts: Counter[int] = Counter()
    nights: dict[int, set[date]] = {}
    times: dict[int, timedelta] = {}
    weighted: dict[int, timedelta] = {}
    for shift in shifts:
        person = shift.person_id
        counts[person] += 1
        nights.setdefault(person, set()).update(nights_of(shift, timezone))
        for day, span in _by_day(shift, timezone):
            times[person] = times.get(person, timedelta()) + span
            weighted[person] = weighted.get(person, timedelta()) + span * weight_of(day)
    loads = [
        Load(
            person_id=person,
            shifts=counts[person],
            nights=len(nights[person]),
            time=times[person],
            weighted=weighted[person],
        )
        for person in counts
    ]
    return sorted(loads, key=lambda load: (-load.weighted, load.person_id))


def list_keys(
    shifts: Sequence[Shift], numbers: Mapping[int, str], today: date, timezone: ZoneInfo
) -> Iterator[tuple[str, str]]:
    """Keys and values for the PBX's own database (`[duty]` in extensions.conf): whom to ring on each day, in order."""
    ordered = sorted(shifts, key=lambda shift: (shift.position, shift.starts_at))
    for days in range(-1, SENT_AHEAD.days + 1):
        day = today + days * DAY
        begin, end = _midnight(day, timezone), _midnight(day + DAY, timezone)
        turns = [
            f"{_clock(max(shift.starts_at, begin), begin)}-{_clock(min(shift.ends_at, end), begin)}:"
            f"{numbers[shift.person_id]}"
            for shift in ordered
            if shift.starts_at < end and shift.ends_at > begin
        ]
        yield f"duty/{day:%Y%m%d}", "&".join(turns[:MOST_TURNS])


def _overlap(one: Shift, other: Shift | BusyTime) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _midnight(day: date, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), timezone)


def _time_in_night(shift: Shift, day: date, timezone: ZoneInfo) -> timedelta:
    midnight = _midnight(day, timezone)
    begin, end = max(shift.starts_at, midnight + NIGHT_BEGINS), min(shift.ends_at, midnight + NIGHT_ENDS)
    return max(end - begin, timedelta())


def _by_day(shift: Shift, timezone: ZoneInfo) -> Iterator[tuple[date, timedelta]]:
    at = shift.starts_at
    while at < shift.ends_at:
        day = at.astimezone(timezone).date()
        until = min(shift.ends_at, _midnight(day + DAY, timezone))
        yield day, until - at
        at = until


def _clock(moment: datetime, midnight: datetime) -> str:
    """`0830`; seconds are cut off, and the end of the day is 2400."""
    minutes = (moment - midnight) // timedelta(minutes=1)
    return f"{minutes // 60:02}{minutes % 60:02}"


def weigh_day(calendar: Calendar, day: date) -> int:
    """A named holiday counts twice, the Spring Festival three times."""
    entry = calendar.entries.get((day, Source.PUBLISHED))
    if entry is None or calendar.is_workday(day):
        return 1
    return SPRING_FESTIVAL_WEIGHT if entry.note.startswith(SPRING_FESTIVAL) else HOLIDAY_WEIGHT
