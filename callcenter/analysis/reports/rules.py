"""How a report comes to be released: written, checked, submitted, signed by a director who is no author. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from callcenter.accounts.rights import Right, SignedIn
from callcenter.analysis.personal_data import Known, find_personal_data
from callcenter.analysis.reports.checks import Checked
from callcenter.casework.masks import mask_text
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError


class ReportState(StrEnum):
    """How far a report is. A closed list."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    """Waits for a director's signature."""
    RELEASED = "released"
    """Never changed again."""


class ReportSection(StrEnum):
    """What people write. A closed list."""

    HOT_SPOTS = "hot_spots"
    """热点."""
    CAUSES = "causes"
    """原因."""
    ADVICE = "advice"
    """建议."""


class ReportEvent(StrEnum):
    """What is done with a report. A closed list."""

    WRITE = "write"
    SUBMIT = "submit"
    RELEASE = "release"
    SEND_BACK = "send_back"
    CORRECT = "correct"
    """A new edition begins; the released one stays readable."""


_SOURCES: Mapping[ReportEvent, ReportState] = {
    ReportEvent.WRITE: ReportState.DRAFT,
    ReportEvent.SUBMIT: ReportState.DRAFT,
    ReportEvent.RELEASE: ReportState.SUBMITTED,
    ReportEvent.SEND_BACK: ReportState.SUBMITTED,
    ReportEvent.CORRECT: ReportState.RELEASED,
}
SIGNED = frozenset({ReportEvent.RELEASE, ReportEvent.SEND_BACK})
"""By a director alone, and not by an author."""
WITH_REASON = frozenset({ReportEvent.SEND_BACK, ReportEvent.CORRECT})


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """What somebody wrote in a section; no text where they marked that there is nothing to say."""

    section: ReportSection
    text: str | None
    author: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A report as its next event sees it."""

    id: int
    snapshot_id: int
    edition: int
    version: int
    state: ReportState
    paragraphs: tuple[Paragraph, ...]
    is_last: bool
    """There is no later edition."""
    authors: frozenset[int]
    """Whoever drafted, wrote or submitted anything of it, in this edition or an earlier one, though others went on."""


def may_write(user: SignedIn) -> bool:
    """Supervisors and directors, and analysts of whatever role."""
    return user.may(Right.WRITE_REPORTS)


def list_allowed(report: Report, user: SignedIn) -> list[ReportEvent]:
    """What this user may do with it now."""
    events = [
        event for event, state in _SOURCES.items() if state is report.state and (report.is_last or event in SIGNED)
    ]
    can_sign = user.may(Right.SIGN_REPORTS) and user.user_id not in report.authors
    return [event for event in events if (can_sign if event in SIGNED else may_write(user))]


def check_event(report: Report, event: ReportEvent, user: SignedIn) -> None:
    """Raises RefusedError without the right and for an author who signs, ConflictError where the state forbids it."""
    if event in SIGNED:
        user.check(Right.SIGN_REPORTS)
    else:
        user.check(Right.WRITE_REPORTS)
    if _SOURCES[event] is not report.state or _is_late(report, event):
        raise ConflictError(
            f"A report that is {report.state} does not allow {event}.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={"step": event, "state": report.state, "allowed": ",".join(list_allowed(report, user))},
        )
    if event in SIGNED and user.user_id in report.authors:
        raise RefusedError("Nobody signs what they wrote.", code=ErrorCode.AUTHOR_CANNOT_SIGN)


def _is_late(report: Report, event: ReportEvent) -> bool:
    """Only the last edition is corrected."""
    return event is ReportEvent.CORRECT and not report.is_last


def check_text(text: str | None, area_code: str) -> None:
    """Raises InputError where a telephone or identity number or an address stands in it, however disguised."""
    plain = unicodedata.normalize("NFKC", text or "")
    if mask_text(plain, area_code=area_code) != plain or find_personal_data(text or "", Known()):
        raise InputError("A report holds no number of a person.", code=ErrorCode.REPORT_HOLDS_NUMBER)


def check_complete(paragraphs: Sequence[Paragraph], checked: Checked) -> None:
    """Before it is submitted: raises ConflictError for a section that is not written, and for sums that do not fit."""
    written = {one.section for one in paragraphs}
    missing = [section for section in ReportSection if section not in written]
    if missing:
        raise ConflictError(
            f"Write these sections, or mark that there is nothing to say: {', '.join(missing)}.",
            code=ErrorCode.REPORT_LACKS,
            params={"missing": ",".join(missing)},
        )
    if checked.findings:
        raise ConflictError(
            f"{len(checked.findings)} figures do not fit together.",
            code=ErrorCode.REPORT_NOT_CLEAN,
            params={"findings": len(checked.findings)},
        )


def write(paragraphs: Sequence[Paragraph], new: Paragraph) -> tuple[Paragraph, ...]:
    """With the new one in its place, in the order of sections."""
    others = [one for one in paragraphs if one.section is not new.section]
    order = list(ReportSection)
    return tuple(sorted([*others, new], key=lambda one: order.index(one.section)))


def list_changed(before: Sequence[Paragraph], now: Sequence[Paragraph]) -> list[ReportSection]:
    """Sections that say something else than those of the edition before."""
    old, new = ({one.section: one.text for one in paragraphs} for paragraphs in (before, now))
    return [section for section in ReportSection if old.get(section) != new.get(section)]
