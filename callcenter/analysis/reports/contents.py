"""A report: its twelve sections in their fixed order, as published reports have them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from callcenter.analysis.reports.cells import ReportTable
from callcenter.analysis.reports.class_tables import (
    goods_tables,
    merchant_tables,
    offence_tables,
    place_tables,
    problem_tables,
)
from callcenter.analysis.reports.closing_tables import correction_tables, definition_tables
from callcenter.analysis.reports.handling_tables import handling_tables, rapid_tables
from callcenter.analysis.reports.material import Material
from callcenter.analysis.reports.volume_tables import channel_tables, volume_tables

HOT_SPOTS = 10
"""The section of what people write: no table of it is computed here."""

SECTIONS: Mapping[int, Callable[[Material], list[ReportTable]]] = {
    1: volume_tables,
    2: channel_tables,
    3: handling_tables,
    4: rapid_tables,
    5: problem_tables,
    6: goods_tables,
    7: merchant_tables,
    8: offence_tables,
    9: place_tables,
    11: correction_tables,
    12: definition_tables,
}


def make_tables(material: Material) -> list[ReportTable]:
    """All tables, in the order in which they are printed."""
    return [table for make in SECTIONS.values() for table in make(material)]
