"""Sections 5 to 9 of a report: of what, of whom and where people complain, and what they report. Pure."""

from __future__ import annotations

from dataclasses import replace

from callcenter.analysis.reports import cells
from callcenter.analysis.reports.cells import Basis, Between, Cell, ColumnKey, Count, Line, ReportTable
from callcenter.analysis.reports.comparisons import (
    UNKNOWN,
    CountOf,
    Counts,
    Head,
    count_table,
    ranked_table,
    tally,
)
from callcenter.analysis.reports.handling_tables import count_in_time
from callcenter.analysis.reports.material import Material, Part
from callcenter.analysis.reports.volume_tables import complaints
from callcenter.analysis.reports.words import HEADINGS, TITLES
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.analysis.statistics.intervals import poisson_mean
from callcenter.casework.classification.rules import Axis
from callcenter.casework.metrics.definitions import COMPLETED_BY, DECIDED_BY
from callcenter.casework.tickets.rules import LAWFUL_KINDS, TicketKind
from callcenter.languages import Words

TOP = 10


def problem_tables(material: Material) -> list[ReportTable]:
    """Section 5."""
    return [_ranked_codes(material, "problems", 5, Axis.PROBLEM, lambda one: one.problem_code)]


def goods_tables(material: Material) -> list[ReportTable]:
    """Section 6: what names no goods is a service, and the other way round."""
    return [
        _ranked_codes(material, "goods", 6, Axis.GOODS, lambda one: one.goods_code),
        _ranked_codes(material, "services", 6, Axis.SERVICE, lambda one: one.service_code),
    ]


def merchant_tables(material: Material) -> list[ReportTable]:
    """Section 7. Merchants are for the house alone: complaints are allegations."""
    of_complaints = ("kinds", TicketKind.COMPLAINT.value)
    brands = Head(
        key="brands", section=7, basis=Basis.RECEIVED, heading="brand", part_of=of_complaints, is_internal=True
    )
    merchants = Head(
        key="merchants",
        section=7,
        basis=Basis.RECEIVED,
        heading="merchant",
        axis="merchant_id",
        part_of=of_complaints,
        is_internal=True,
    )
    of_merchants = tally(material, complaints, _merchant)
    ranked = ranked_table(merchants, of_merchants, lambda key: material.names.of_merchant(int(key)), wanted=TOP)
    of_brands = tally(material, complaints, lambda one: one.brand)
    return [
        ranked_table(brands, of_brands, lambda brand: (brand, brand), wanted=TOP),
        ranked,
        _merchant_ranks(material, ranked),
    ]


def offence_tables(material: Material) -> list[ReportTable]:
    """Section 8, of reports."""
    head = Head(
        key="offences",
        section=8,
        basis=Basis.RECEIVED,
        heading="offence",
        axis="offence_code",
        part_of=("kinds", TicketKind.REPORT.value),
    )
    counted = tally(material, _reports, lambda one: one.offence_code)
    return [ranked_table(head, counted, lambda code: material.names.of_code(Axis.OFFENCE, code), wanted=TOP)]


def place_tables(material: Material) -> list[ReportTable]:
    """Section 9, of complaints and reports; regions are those of the merchants."""
    regions = Head(key="regions", section=9, basis=Basis.RECEIVED, heading="region")
    units = Head(key="units", section=9, basis=Basis.RECEIVED, heading="unit", axis="unit_id")
    of_regions = tally(material, _lawful, lambda one: one.region)
    of_units = tally(material, _lawful, _unit)
    return [
        count_table(regions, of_regions, [(key, (key, key)) for key in _by_count(of_regions.now)]),
        count_table(units, of_units, [(key, _unit_name(material, key)) for key in _by_count(of_units.now)]),
        _unit_ratios(material, "units_decided", DECIDED_BY),
        _unit_ratios(material, "units_completed", *COMPLETED_BY),
    ]


def _ranked_codes(material: Material, key: str, section: int, axis: Axis, code: CountOf) -> ReportTable:
    head = Head(
        key=key,
        section=section,
        basis=Basis.RECEIVED,
        heading=axis.value,
        axis=f"{axis.value}_code",
        part_of=("kinds", TicketKind.COMPLAINT.value),
    )
    counted = tally(material, complaints, code)
    return ranked_table(head, counted, lambda found: material.names.of_code(axis, found), wanted=TOP)


def _merchant_ranks(material: Material, ranked: ReportTable) -> ReportTable:
    """Beside each count between which values its mean lies, and how many people are behind it."""
    lines = []
    for line in ranked.lines[: ranked.top or 0]:
        of_merchant = [one for one in complaints(material.now) if _merchant(one) == line.key]
        people = {one.complainant_key for one in of_merchant if one.complainant_key is not None}
        nameless = sum(one.complainant_key is None for one in of_merchant)
        found: tuple[Cell, ...] = (
            line.cells[0],
            Count(value=len(of_merchant)),
            Between(interval=poisson_mean(len(of_merchant))),
            Count(value=len(people) + nameless),
            cells.ratio_cell(sum(one.is_serial for one in of_merchant), len(of_merchant)),
        )
        lines.append(Line(key=line.key, name=line.name, cells=found))
    return replace(
        ranked,
        key="merchant_ranks",
        title=TITLES["merchant_ranks"],
        columns=(
            ColumnKey.RANK,
            ColumnKey.COUNT,
            ColumnKey.INTERVAL,
            ColumnKey.COMPLAINANTS,
            ColumnKey.SERIAL,
        ),
        lines=tuple(lines),
        total=None,
        top=None,
        top_share=None,
        part_of=None,
    )


def _unit_ratios(material: Material, key: str, *codes: str) -> ReportTable:
    """With Wilson's interval, in order of unit and not of rate: few cases order units by chance."""
    pairs = {unit: count_in_time(limits, *codes) for unit, limits in material.now.limits_of_units.items()}
    return ReportTable(
        key=key,
        section=9,
        title=TITLES[key],
        basis=Basis.ENDED,
        period=material.now.period,
        heading=HEADINGS["unit"],
        columns=(ColumnKey.RATIO,),
        lines=tuple(
            Line(key=str(unit), name=material.names.of_unit(unit), cells=(cells.ratio_cell(*pairs[unit]),))
            for unit in sorted(pairs)
            if pairs[unit][1]
        ),
        axis="unit_id",
    )


def _by_count(counts: Counts) -> list[str]:
    return sorted((key for key in counts if key != UNKNOWN), key=lambda key: (-counts[key], key))


def _merchant(one: FrozenTicket) -> str | None:
    return None if one.merchant_id is None else str(one.merchant_id)


def _unit(one: FrozenTicket) -> str | None:
    return None if one.unit_id is None else str(one.unit_id)


def _unit_name(material: Material, key: str) -> Words:
    return material.names.of_unit(int(key))


def _lawful(part: Part) -> list[FrozenTicket]:
    return [one for one in part.received if one.kind in LAWFUL_KINDS]


def _reports(part: Part) -> list[FrozenTicket]:
    return [one for one in part.received if one.kind is TicketKind.REPORT]
