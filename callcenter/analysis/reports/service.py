"""What is done with reports: drafted, written, submitted, signed, corrected. One transaction each."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.analysis.reports import store
from callcenter.analysis.reports.bases import freeze
from callcenter.analysis.reports.consistency import check_tables
from callcenter.analysis.reports.documents import (
    Signature,
    describe_print,
    print_document,
    read_document,
    with_signature,
)
from callcenter.analysis.reports.frozen import to_json
from callcenter.analysis.reports.printed_report import Print
from callcenter.analysis.reports.rules import (
    WITH_REASON,
    Paragraph,
    Report,
    ReportEvent,
    ReportSection,
    ReportState,
    check_complete,
    check_event,
    check_text,
    write,
)
from callcenter.analysis.reports.tables import ReportRow
from callcenter.analysis.snapshots.store import get_snapshot, read_rows
from callcenter.analysis.snapshots.tables import SnapshotHead
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.http.versions import check_version
from callcenter.json_values import moment_to_json


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Who does it, when, and how the pages are printed that are signed."""

    user: SignedIn
    now: datetime
    how: Print
    area_code: str


async def draft(
    session: AsyncSession, snapshot_id: int, *, by: int | None, now: datetime, timezone: ZoneInfo
) -> int | None:
    """The id of the first edition; None where there is a report on this snapshot. Raises NotFoundError."""
    snapshot = await get_snapshot(session, snapshot_id)
    frozen = await freeze(session, snapshot, await read_rows(session, snapshot_id), timezone)
    values = {
        "snapshot_id": snapshot_id,
        "edition": 1,
        "state": ReportState.DRAFT.value,
        "frozen": to_json(frozen),
        "paragraphs": [],
        "drafted_by": by,
        "drafted_at": now,
    }
    report_id = await store.add_report(session, values)
    if report_id is not None:
        await store.add_event(session, report_id, "draft", by=by, at=now, body={})
    return report_id


async def draft_by_hand(session: AsyncSession, snapshot_id: int, asked: Asked) -> int:
    """Raises RefusedError, NotFoundError, ConflictError where there is one."""
    asked.user.check(Right.WRITE_REPORTS)
    report_id = await draft(session, snapshot_id, by=asked.user.user_id, now=asked.now, timezone=asked.how.timezone)
    if report_id is None:
        raise ConflictError("There is a report on this snapshot.", code=ErrorCode.REPORT_EXISTS)
    return report_id


async def write_paragraph(
    session: AsyncSession, report_id: int, section: ReportSection, text: str | None, *, version: int, asked: Asked
) -> None:
    """Without a text: there is nothing to say. Raises as `change` does."""
    _, _, report = await _open(session, report_id, version)
    check_event(report, ReportEvent.WRITE, asked.user)
    check_text(text, asked.area_code)
    new = Paragraph(section=section, text=text, author=asked.user.user_id)
    await store.change_report(session, report, {"paragraphs": _to_json(write(report.paragraphs, new))})
    body = {"section": section.value, "text": text}
    await store.add_event(session, report_id, ReportEvent.WRITE, by=asked.user.user_id, at=asked.now, body=body)


async def change(
    session: AsyncSession, report_id: int, event: ReportEvent, reason: str | None, *, version: int, asked: Asked
) -> int:
    """The id of the report, of a correction that of the new edition.

    Raises NotFoundError, StaleVersionError, RefusedError, ConflictError, InputError.
    """
    row, head, report = await _open(session, report_id, version)
    check_event(report, event, asked.user)
    if (event in WITH_REASON) != (reason is not None):
        raise InputError("Whoever sends a report back or corrects it says why, and nobody else.")
    check_text(reason, asked.area_code)
    user_id, now = asked.user.user_id, asked.now
    body = {} if reason is None else {"reason": reason}
    await store.add_event(session, report_id, event, by=user_id, at=now, body=body)
    match event:
        case ReportEvent.SUBMIT:
            await store.change_report(session, report, await _submitted(session, row, report, asked))
        case ReportEvent.SEND_BACK:
            await store.change_report(session, report, {"state": ReportState.DRAFT.value, "returned_reason": reason})
        case ReportEvent.RELEASE:
            await store.change_report(session, report, await _released(session, row, head, asked))
        case ReportEvent.CORRECT:
            return await _correct(session, row, report, reason, asked)
        case ReportEvent.WRITE:
            raise InputError("A report is written paragraph by paragraph.")
    return report_id


async def _open(session: AsyncSession, report_id: int, version: int) -> tuple[ReportRow, SnapshotHead, Report]:
    row, head = await store.get_report(session, report_id, is_locked=True)
    check_version(version, row.version)
    return row, head, await store.to_report(session, row)


async def _submitted(session: AsyncSession, row: ReportRow, report: Report, asked: Asked) -> dict[str, Any]:
    document = await read_document(session, row, asked.how.timezone, is_public=False)
    checked = check_tables(document.tables)
    check_complete(report.paragraphs, checked)
    return {
        "state": ReportState.SUBMITTED.value,
        "checks": {"comparisons": checked.comparisons, "at": moment_to_json(asked.now)},
        "submitted_by": asked.user.user_id,
        "submitted_at": asked.now,
    }


async def _released(session: AsyncSession, row: ReportRow, head: SnapshotHead, asked: Asked) -> dict[str, Any]:
    """With the hash of the pages as they bear the signature."""
    user_id = asked.user.user_id
    names = await store.names_of(session, {user_id})
    document = await read_document(session, row, asked.how.timezone, is_public=False)
    printed = await describe_print(session, row, head, asked.how, is_public=False)
    signed = with_signature(printed, Signature(name=names[user_id], at=asked.now), asked.how)
    pdf = await asyncio.to_thread(print_document, document, signed, asked.how)
    return {
        "state": ReportState.RELEASED.value,
        "released_by": user_id,
        "released_at": asked.now,
        "pdf_sha256": hashlib.sha256(pdf).hexdigest(),
    }


async def _correct(session: AsyncSession, row: ReportRow, report: Report, reason: str | None, asked: Asked) -> int:
    """The same matters and comparisons; only what was written can be written anew."""
    values = {
        "snapshot_id": row.snapshot_id,
        "edition": row.edition + 1,
        "state": ReportState.DRAFT.value,
        "frozen": row.frozen,
        "paragraphs": row.paragraphs,
        "reason": reason,
        "drafted_by": asked.user.user_id,
        "drafted_at": asked.now,
    }
    report_id = await store.add_report(session, values)
    if report_id is None:
        raise ConflictError("Somebody else has begun a correction.", code=ErrorCode.REPORT_EXISTS)
    body = {"reason": reason, "corrects": report.id}
    await store.add_event(session, report_id, "draft", by=asked.user.user_id, at=asked.now, body=body)
    return report_id


def _to_json(paragraphs: tuple[Paragraph, ...]) -> list[dict[str, Any]]:
    return [{**asdict(one), "section": one.section.value} for one in paragraphs]
