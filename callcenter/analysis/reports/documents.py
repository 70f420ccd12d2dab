"""A report read whole: its tables and charts, made again from snapshots whenever somebody asks. Always the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.charts.chart_parts import Drawing
from callcenter.analysis.charts.options import draw
from callcenter.analysis.charts.render import render_svgs
from callcenter.analysis.periods import DAY, Period
from callcenter.analysis.reports import store
from callcenter.analysis.reports.cell_text import choose, period_name
from callcenter.analysis.reports.cells import ReportTable
from callcenter.analysis.reports.chart_figures import make_charts
from callcenter.analysis.reports.contents import make_tables
from callcenter.analysis.reports.frozen import Frozen, FrozenPart, from_json
from callcenter.analysis.reports.material import Correction, Material, Part, to_part
from callcenter.analysis.reports.printed_report import Print, Printed, print_report
from callcenter.analysis.reports.public_edition import hides, make_public
from callcenter.analysis.reports.rules import ReportState, list_changed
from callcenter.analysis.reports.tables import ReportRow
from callcenter.analysis.reports.words import LABELS, PARAGRAPHS
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.analysis.snapshots.store import list_corrections, read_rows
from callcenter.analysis.snapshots.tables import SnapshotHead
from callcenter.languages import Language

_OF_A_PERSON = "complainant_key"
"""Of corrections: that it was changed is said, and not to what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """Who released it, by name."""

    name: str
    at: datetime


async def read_tickets(session: AsyncSession, part: FrozenPart) -> list[FrozenTicket]:
    """All rows of its snapshots; of a matter that several have, the latest one."""
    found: dict[str, FrozenTicket] = {}
    for snapshot_id in part.snapshot_ids:
        found.update((one.number, one) for one in await read_rows(session, snapshot_id))
    return list(found.values())


async def read_material(session: AsyncSession, snapshot_id: int, frozen: Frozen, timezone: ZoneInfo) -> Material:
    """What the tables are made from."""

    async def read(part: FrozenPart | None) -> Part | None:
        return None if part is None else part_of(part, await read_tickets(session, part), timezone)

    corrections = await list_corrections(session, snapshot_id)
    return Material(
        now=part_of(frozen.now, await read_tickets(session, frozen.now), timezone),
        before=await read(frozen.before),
        year=await read(frozen.year),
        months=frozen.months,
        names=frozen.names,
        corrections=tuple(
            Correction(
                number=one.number,
                field=one.correction.field,
                old=_shown(one.correction.field, one.correction.old),
                new=_shown(one.correction.field, one.correction.new),
            )
            for one in corrections
        ),
        zero_miss=frozen.zero_miss,
        hours=frozen.hours,
        notes=frozen.notes,
    )


def part_of(part: FrozenPart, tickets: Iterable[FrozenTicket], timezone: ZoneInfo) -> Part:
    """The days of the period are those of `timezone`."""
    since, until = bounds(part.period, timezone)
    return to_part(part.period, since, until, part.days, tickets)


def bounds(period: Period, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """[since, until) of its days."""
    return datetime.combine(period.first, time(), timezone), datetime.combine(period.last + DAY, time(), timezone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A report as somebody reads it. `material` has what is internal too."""

    material: Material
    tables: tuple[ReportTable, ...]
    is_public: bool
    has_charts: bool
    """None where anything is left out: a bar shows what a figure hides."""

    def draw(self, language: Language) -> list[Drawing]:
        """Its charts."""
        if not self.has_charts:
            return []
        charts = make_charts(self.tables, self.material, language, is_public=self.is_public)
        return [draw(chart, language) for chart in charts]


async def read_document(session: AsyncSession, row: ReportRow, timezone: ZoneInfo, *, is_public: bool) -> Document:
    """Tables of the whole report, or of what may be published of it."""
    material = await read_material(session, row.snapshot_id, from_json(row.frozen), timezone)
    tables = make_tables(material)
    if not is_public:
        return Document(material=material, tables=tuple(tables), is_public=False, has_charts=True)
    public = tuple(make_public(tables))
    is_whole = len(public) == sum(not table.is_internal for table in tables)
    has_charts = is_whole and not any(hides(table) for table in public)
    return Document(material=material, tables=public, is_public=True, has_charts=has_charts)


async def describe_print(
    session: AsyncSession, row: ReportRow, head: SnapshotHead, how: Print, *, is_public: bool
) -> Printed:
    """What is printed beside the tables."""
    names = await store.names_of(session, {row.released_by} - {None})  # type: ignore[arg-type]
    signature = None
    if row.released_by is not None and row.released_at is not None:
        signature = Signature(name=names.get(row.released_by, ""), at=row.released_at)
    earlier = await store.find_edition(session, row.snapshot_id, row.edition - 1)
    period = from_json(row.frozen).now.period
    return Printed(
        period=period_name(period, how.language),
        cut_off_at=head.cut_off_at,
        snapshot_id=head.id,
        sha256=head.sha256,
        metric_version=head.metric_version,
        version=row.edition,
        state=row.state,
        released=None if signature is None else _released(signature, how),
        is_public=is_public,
        changes=() if earlier is None else tuple(_changes(earlier, row, how.language)),
        paragraphs={one["section"]: one["text"] or "" for one in row.paragraphs},
    )


def with_signature(printed: Printed, signature: Signature, how: Print) -> Printed:
    """As it will be once it is signed."""
    return replace(printed, state=ReportState.RELEASED.value, released=_released(signature, how))


def print_document(document: Document, printed: Printed, how: Print) -> bytes:
    """As PDF. Takes a processor for about a second: for `asyncio.to_thread`. Raises MissingChartsError."""
    drawings = document.draw(how.language)
    pictures = render_svgs(drawings, font=how.font)
    return print_report(printed, document.tables, drawings, pictures, how)


def _released(signature: Signature, how: Print) -> str:
    at = f"{signature.at.astimezone(how.timezone):%Y-%m-%d %H:%M}"
    return choose(LABELS["released_by"], how.language).format(name=signature.name, at=at)


def _changes(earlier: ReportRow, row: ReportRow, language: Language) -> Iterable[str]:
    if row.reason is not None:
        yield choose(LABELS["change_reason"], language).format(reason=row.reason)
    for section in list_changed(store.to_paragraphs(earlier), store.to_paragraphs(row)):
        title = choose(PARAGRAPHS[section.value], language)
        yield choose(LABELS["change_paragraph"], language).format(section=title)


def _shown(field: str, value: object) -> str | None:
    """As a line of text; of a clock or flag its state."""
    if value is None:
        return None
    if field == _OF_A_PERSON:
        return "***"
    if isinstance(value, dict):
        return str(value.get("state", ""))
    return str(value)
