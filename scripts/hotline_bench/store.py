"""The database with ten million calls, and with a sixteenth and a quarter of them: what grows with the load."""

from __future__ import annotations

from dataclasses import dataclass

from hotline_bench.call_pages import PageTimes, measure_pages
from hotline_bench.database_fill import DAY, Filled, filled_store
from hotline_bench.day_ledger import write_ledger
from hotline_bench.day_work import DayWork, do_day_work
from hotline_bench.figure import Figure

STORED_CALLS = 10_000_000
SHARE_OF_THE_DAY = 200
"""Of 10,000,000 calls 50,000 are of the measured day."""

SIZES = (16, 4, 1)
"""What the number of calls is divided by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Measured:
    filled: Filled
    work: DayWork
    pages: PageTimes


async def measure_store(calls: int = STORED_CALLS) -> list[Figure]:
    """Each size in a database of its own; the last figures say how much more 16 times the calls cost."""
    measured = [await _measure(calls // size) for size in SIZES]
    figures = [figure for one in measured for figure in _figures(one)]
    return figures + _growth(measured[0], measured[-1])


async def _measure(calls: int) -> _Measured:
    async with filled_store(calls, calls // SHARE_OF_THE_DAY) as filled:
        cel_csv = filled.home / "Master.csv"
        await write_ledger(filled.url, DAY, cel_csv)
        pages = await measure_pages(filled.url, DAY)
        return _Measured(filled=filled, work=do_day_work(filled.url, DAY, cel_csv), pages=pages)


def _figures(measured: _Measured) -> list[Figure]:
    filled, work, pages = measured.filled, measured.work, measured.pages
    stored, of_day = f"{filled.calls:,} stored", f"a day of {filled.calls_of_day:,} calls"
    first, deep = _p99(pages.first), _p99(pages.deep)
    return [
        _figure(f"generating {filled.calls:,} calls by COPY", filled.copy_seconds, "s", 180),
        _figure(f"their indexes, {filled.calls:,} calls", filled.index_seconds, "s", 180),
        _figure(
            f"nightly list of {of_day}, {stored}, against no indexes",
            work.list_,
            "s",
            1,
            peer=work.list_without_indexes,
        ),
        _figure(
            f"audit of {of_day}, {stored}, {work.unexplained} unexplained",
            work.audit,
            "s",
            2,
            is_right=work.unexplained == 0 and work.is_counted,
        ),
        _figure(f"memory of list and audit, {of_day}", work.memory / 1e6, "MB", 1000),
        _figure(f"callbacks in step after one more call, {stored}", 1000 * work.one_more_call, "ms", 100),
        _figure(
            f"call list, any filter or pair, p99 of {len(pages.of_50):,} pages of 50, {stored}",
            1000 * _p99(pages.of_50),
            "ms",
            50,
        ),
        _figure(f"call list, pages of 200, p99, {stored}", 1000 * _p99(pages.of_200), "ms", 100),
        _figure(
            f"call list, slowest filter, median ({pages.slowest}), {stored}", 1000 * pages.slowest_median, "ms", 50
        ),
        Figure(
            name=f"call list, p99 near page 1000, against that near page 1, {stored}",
            ours=round(1000 * deep, 1),
            unit="ms",
            peer=round(1000 * first, 1),
            ratio=round(deep / first, 2),
            target="at most 1.5x",
            met=deep <= 1.5 * first,
        ),
    ]


def _growth(least: _Measured, most: _Measured) -> list[Figure]:
    """What grows with the calls may do so in proportion, what does not may double by chance."""
    pairs = (
        ("nightly list", least.work.list_, most.work.list_, 16),
        ("day audit", least.work.audit, most.work.audit, 16),
        ("memory of list and audit", least.work.memory, most.work.memory, 16),
        ("callbacks after one more call", least.work.one_more_call, most.work.one_more_call, 2),
        ("call list, p99", _p99(least.pages.of_50), _p99(most.pages.of_50), 2),
    )
    return [
        Figure(
            name=f"{name}: 16 times the calls, how much more",
            ours=round(after / before, 1),
            unit="x",
            peer=None,
            ratio=None,
            target=f"at most {target}x",
            met=after <= target * before,
        )
        for name, before, after, target in pairs
    ]


def _figure(
    name: str, ours: float, unit: str, target: float, *, peer: float | None = None, is_right: bool = True
) -> Figure:
    return Figure(
        name=name,
        ours=round(ours, 2),
        unit=unit,
        peer=None if peer is None else round(peer, 2),
        ratio=None if peer is None else round(peer / ours, 1),
        target=f"under {target} {unit}",
        met=is_right and ours < target,
    )


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.99 * len(seconds))]
