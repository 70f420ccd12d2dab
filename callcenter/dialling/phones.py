"""What phones that dial by themselves are held to: values for the PBX's own database, which its dialplan asks.

Click-to-call is checked here before anything is sent; a number keyed on a desk phone reaches the dialplan alone
(`[may-dial]` and `[may-ring]` in extensions.conf), also while the backend is away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.numbers import normalise
from callcenter.dialling.directory import list_do_not_call
from callcenter.dialling.rules import NumberRefused, check_number
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.rules import PLANNED_AHEAD, CalendarMissing
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings
from callcenter.time_spans import END_OF_DAY, Span

_EVERY_NUMBER = ("",)
_DAY = timedelta(days=1)


async def list_wanted(session: AsyncSession, today: date, settings: Settings) -> dict[str, str]:
    """Keys and values that the PBX should have on this day."""
    listed = [entry.number for entry, _ in await list_do_not_call(session)]
    is_workday = await load_is_workday(session)
    wanted = dict(list_calling_hours(CallingHours.of(settings), is_workday, today))
    wanted |= {f"do-not-call/{digits}": "1" for digits in list_digits(listed, settings.area_code)}
    return wanted | {"dial/prefixes": "&".join(list_prefixes(settings.dial_prefixes))}


def list_digits(numbers: Iterable[str], area_code: str) -> Iterator[str]:
    """As the dialplan compares them, which is as the trunk takes them; what can never be dialled is left out."""
    for number in numbers:
        try:
            yield check_number(normalise(number, area_code=area_code), prefixes=_EVERY_NUMBER).digits
        except NumberRefused:
            continue


def list_prefixes(prefixes: Sequence[str]) -> Iterator[str]:
    """DIAL_PREFIXES as they are dialled. The mainland's own numbers need none; 0 and 00 alone would open the world."""
    for prefix in prefixes:
        if prefix.startswith("+"):
            if not prefix.startswith("+86"):
                yield f"00{prefix[1:]}"
        elif prefix != "0" and not prefix.startswith("00"):
            yield prefix


def list_calling_hours(
    hours: CallingHours, is_workday: Callable[[date], bool], today: date
) -> Iterator[tuple[str, str]]:
    """`calling/20261001` and its spans, from yesterday on; without a calendar what both kinds of day allow."""
    for days in range(-1, PLANNED_AHEAD.days + 1):
        day = today + days * _DAY
        try:
            spans: Iterable[Span] = hours.workday if is_workday(day) else hours.day_off
        except CalendarMissing:
            spans = _common(hours.workday, hours.day_off)
        yield f"calling/{day:%Y%m%d}", "&".join(f"{_clock(span.begin)}-{_clock(span.end)}" for span in spans) or "none"


def _common(some: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    for one in some:
        for other in others:
            begin, end = max(one.begin, other.begin), min(one.end, other.end)
            if begin < end:
                yield Span(begin=begin, end=end)


def _clock(moment: time) -> str:
    return "2400" if moment == END_OF_DAY else f"{moment:%H%M}"
