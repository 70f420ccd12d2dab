"""The record of a patrol as a page to print: what was looked at by which template, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from callcenter.casework.inspections.printed_record_words import LABELS, RESULTS
from callcenter.casework.inspections.rules import InspectionState
from callcenter.casework.inspections.schemas import InspectionItem, InspectionView
from callcenter.casework.printed_pages import print_page
from callcenter.languages import Language

_PAGE = Path(__file__).with_name("record.typ")

_MARK_SIZES = {Language.CHINESE: 90, Language.ENGLISH: 70}
"""Points: a mark goes across the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replaced:
    """A finished patrol that a later one takes the place of; `reason` is why it was corrected."""

    id: int
    finished_by: str
    finished_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """How a record is printed: for which office, in which language, where, in which font, and when."""

    office: str
    language: Language
    timezone: ZoneInfo
    font: str
    at: datetime


def print_record(
    view: InspectionView, replaced: Sequence[Replaced], printed: Print, page: Literal["pdf", "png"] = "pdf"
) -> bytes:
    """The record as PDF; of a finished patrol the same, to the byte, until another takes its place."""
    content = describe_record(view, replaced, printed) | {"font": printed.font, "language": printed.language.value}
    return print_page(_PAGE, content, at=view.finished_at or printed.at, page=page)


def describe_record(view: InspectionView, replaced: Sequence[Replaced], printed: Print) -> dict[str, Any]:
    """What the page is given to print; `replaced` are those that the patrol takes the place of, newest first."""
    return _Writer(printed).write(view, replaced)


class _Writer:
    def __init__(self, printed: Print) -> None:
        self._printed = printed
        self._index = list(Language).index(printed.language)

    def write(self, view: InspectionView, replaced: Sequence[Replaced]) -> dict[str, Any]:
        merchant = view.merchant or self._label("unidentified", reason=view.unidentified_reason)
        successor = view.correction
        is_replaced = successor is not None and successor.state is InspectionState.FINISHED
        facts = {
            "number": str(view.id),
            "template": self._label(
                "version", name=view.template_name, code=view.template, version=view.template_version
            ),
            "unit": view.unit,
            "merchant": merchant,
            "place": view.place,
            "officers": "、".join(view.officer_names) if self._index == 0 else ", ".join(view.officer_names),
            "ticket": view.ticket,
            "instruction": view.instruction,
            "started": self._moment(view.started_at),
            "ended": self._moment(view.ended_at),
            "finished": self._signed(view.finished_by, view.finished_at),
            "results": self._label(
                "counts",
                passed=view.passed,
                failed=view.failed,
                not_applicable=view.not_applicable,
                unanswered=view.unanswered,
            ),
            "offence": view.offence_remark if view.offence_found else self._label("no_offence"),
        }
        if is_replaced and successor is not None:
            facts["replaced_by"] = self._label("patrol", id=successor.id)
        parts = [
            self._part(
                "checks",
                (1, 3, 5, 4, 2, 6),
                ("item", "check", "look", "basis", "result", "found"),
                [self._check(item) for item in view.checks],
            )
        ]
        if replaced:
            rows = [[str(one.id), self._signed(one.finished_by, one.finished_at), one.reason] for one in replaced]
            parts.append(self._part("corrected", (2, 5, 8), ("number", "finished", "reason"), rows))
        mark = "draft" if view.state is InspectionState.DRAFT else "replaced" if is_replaced else None
        return {
            "office": self._printed.office,
            "title": self._label("title"),
            "mark": "" if mark is None else self._label(mark),
            "mark_size": _MARK_SIZES[self._printed.language],
            "facts": [[self._label(name), value or self._label("none")] for name, value in facts.items()],
            "parts": parts,
            "times": f"{self._label('times')} {self._printed.timezone.key}",
            "signatures": [
                *(self._label("signature", name=name) for name in view.officer_names),
                self._label("merchant_signature"),
                self._label("date"),
            ],
            "footer": f"{self._label('title')} {view.id}",
        }

    def _check(self, item: InspectionItem) -> list[str]:
        found = [item.note] if item.note else []
        if item.no_evidence_reason:
            found.append(self._label("no_evidence", reason=item.no_evidence_reason))
        found += [self._label("file", name=file.name) for file in item.attachments]
        if item.answered_at is not None:
            found.append(self._signed(item.answered_by, item.answered_at))
        result = self._label("not_answered") if item.result is None else RESULTS[item.result][self._index]
        return [str(item.item), item.check, item.look, item.basis or "", result, "\n".join(found)]

    def _part(self, title: str, widths: tuple[int, ...], header: tuple[str, ...], rows: list[list[str]]) -> Any:
        return {
            "title": self._label(title),
            "widths": list(widths),
            "header": [self._label(name) for name in header],
            "rows": rows,
        }

    def _signed(self, by: str | None, at: datetime | None) -> str:
        return " ".join(filter(None, (by, self._moment(at))))

    def _label(self, key: str, /, **values: Any) -> str:
        return LABELS[key][self._index].format(**values)

    def _moment(self, at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(self._printed.timezone):%Y-%m-%d %H:%M:%S}"
