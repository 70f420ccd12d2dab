"""Sections 11 and 12 of a report: what was corrected since earlier ones, and what each figure means. Pure."""

from __future__ import annotations

from callcenter.analysis.reports.cells import Basis, ColumnKey, Line, ReportTable, Text
from callcenter.analysis.reports.material import Correction, Material
from callcenter.analysis.reports.words import DEFINITIONS, FIELDS, FIGURES, HEADINGS, TERMS, TITLES
from callcenter.languages import Words

_NONE: Words = ("—", "—")


def correction_tables(material: Material) -> list[ReportTable]:
    """Section 11: none where nothing was changed."""
    if not material.corrections:
        return []
    return [
        ReportTable(
            key="corrections",
            section=11,
            title=TITLES["corrections"],
            basis=Basis.NONE,
            period=material.now.period,
            heading=HEADINGS["matter"],
            columns=(ColumnKey.FIELD, ColumnKey.OLD, ColumnKey.NEW),
            lines=tuple(map(_line, material.corrections)),
            axis="number",
            is_internal=True,
        )
    ]


def definition_tables(material: Material) -> list[ReportTable]:
    """Section 12."""
    return [
        ReportTable(
            key="definitions",
            section=12,
            title=TITLES["definitions"],
            basis=Basis.NONE,
            period=material.now.period,
            heading=HEADINGS["figure"],
            columns=(ColumnKey.FORMULA,),
            lines=tuple(
                Line(key=key, name=FIGURES.get(key) or TERMS[key], cells=(Text(words=words),))
                for key, words in DEFINITIONS.items()
            ),
        )
    ]


def _line(one: Correction) -> Line:
    cells = (Text(words=FIELDS.get(one.field, (one.field, one.field))), _value(one.old), _value(one.new))
    return Line(key=one.number, name=(one.number, one.number), cells=cells)


def _value(value: str | None) -> Text:
    return Text(words=_NONE if value is None else (value, value))
