"""Reports over HTTP: drafted, written, checked, signed; read in the browser, printed, and as files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right, SignedIn
from callcenter.analysis.reports import service, store
from callcenter.analysis.reports.documents import Document, describe_print, print_document, read_document
from callcenter.analysis.reports.files import csv_file, xlsx_file
from callcenter.analysis.reports.printed_report import Print
from callcenter.analysis.reports.report_schemas import (
    Audience,
    NewParagraph,
    NewReport,
    ReportCharts,
    ReportPage,
    ReportQuery,
    ReportReason,
    ReportsQuery,
    ReportSummary,
    ReportView,
)
from callcenter.analysis.reports.rules import ReportEvent, ReportState, may_write
from callcenter.analysis.reports.service import Asked
from callcenter.analysis.reports.tables import ReportRow
from callcenter.analysis.reports.views import people_of, summarise, view_charts, view_report
from callcenter.analysis.snapshots.tables import SnapshotHead
from callcenter.errors import NotFoundError
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AskedSettings, Now, RowId, Snapshot, Transaction
from callcenter.http.downloads import MEDIA_TYPES
from callcenter.http.pages import cut_page
from callcenter.http.versions import AskedVersion
from callcenter.languages import Language
from callcenter.mediation.printed_record import find_chinese_font
from callcenter.settings import Settings
from callcenter.table_files import Shape

router = APIRouter(tags=["reports"])

_REPORTS = value_cursors("reports", int)
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": _BINARY}}}
_XLSX: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPES[Shape.XLSX]: _BINARY}}}
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

TableKey = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
How = Annotated[ReportQuery, Query()]


@router.get("/reports", dependencies=[require(Right.SEE_REPORTS)])
async def list_reports(query: Annotated[ReportsQuery, Query()], user: SignedInUser, session: Snapshot) -> ReportPage:
    """Newest first; those that are not released for whoever writes or signs them."""
    conditions = [*_may_see(user), *_conditions(query)]
    found = await store.list_reports(session, *conditions, before=query.after(_REPORTS), limit=query.limit + 1)
    page, following = cut_page(found, query, _REPORTS, lambda one: one[0].id)
    names = await store.names_of(session, {person for row, _ in page for person in people_of(row)})
    items = [summarise(row, head, await store.to_report(session, row), names, user) for row, head in page]
    return ReportPage(items=items, next=following)


@router.post("/reports", status_code=201, dependencies=[require(Right.SEE_REPORTS)])
async def draft_report(
    body: NewReport, user: SignedInUser, session: Transaction, now: Now, settings: AskedSettings
) -> ReportSummary:
    """Draft the report on a snapshot, where the nightly job has not."""
    report_id = await service.draft_by_hand(session, body.snapshot_id, _asked(user, now, settings))
    return await _summary(session, report_id, user)


@router.get("/reports/{report_id}", dependencies=[require(Right.SEE_REPORTS)])
async def get_report(
    report_id: RowId, query: How, user: SignedInUser, session: Snapshot, settings: AskedSettings
) -> ReportView:
    """A report as it will print, with the check of its figures."""
    row, head, document = await _read(session, report_id, query, user, settings)
    names = await store.names_of(session, people_of(row))
    printed = await describe_print(session, row, head, _print(settings, query.language), is_public=document.is_public)
    summary = summarise(row, head, await store.to_report(session, row), names, user)
    return view_report(summary, row, printed, document, names, query.language)


@router.put("/reports/{report_id}/paragraphs", dependencies=[require(Right.SEE_REPORTS)])
async def write_paragraph(
    report_id: RowId,
    body: NewParagraph,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    settings: AskedSettings,
) -> ReportSummary:
    """Write a section of a draft, or mark that there is nothing to say."""
    asked = _asked(user, now, settings)
    await service.write_paragraph(session, report_id, body.section, body.text, version=version, asked=asked)
    return await _summary(session, report_id, user)


@router.post("/reports/{report_id}/events/{event}", dependencies=[require(Right.SEE_REPORTS)])
async def change_report(
    report_id: RowId,
    event: ReportEvent,
    body: ReportReason,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    settings: AskedSettings,
) -> ReportSummary:
    """Submit, release, send back, correct. Of a correction the new edition is answered."""
    asked = _asked(user, now, settings)
    changed = await service.change(session, report_id, event, body.reason, version=version, asked=asked)
    return await _summary(session, changed, user)


@router.get(
    "/reports/{report_id}/pdf",
    response_class=Response,
    responses=_PDF,
    dependencies=[require(Right.SEE_REPORTS)],
)
async def get_report_pdf(
    report_id: RowId, query: How, user: SignedInUser, session: Snapshot, settings: AskedSettings
) -> Response:
    """The report to print; the same snapshot and paragraphs give the same bytes."""
    row, head, document = await _read(session, report_id, query, user, settings)
    how = _print(settings, query.language)
    printed = await describe_print(session, row, head, how, is_public=document.is_public)
    pdf = await asyncio.to_thread(print_document, document, printed, how)
    return _file(pdf, "application/pdf", f"{_name(row, head, query)}.pdf")


@router.get(
    "/reports/{report_id}/xlsx",
    response_class=Response,
    responses=_XLSX,
    dependencies=[require(Right.SEE_REPORTS)],
)
async def get_report_xlsx(
    report_id: RowId, query: How, user: SignedInUser, session: Snapshot, settings: AskedSettings
) -> Response:
    """A workbook with a sheet for each table, the definitions among them."""
    row, head, document = await _read(session, report_id, query, user, settings)
    file = await asyncio.to_thread(xlsx_file, document.tables, query.language, at=head.cut_off_at)
    return _file(file, MEDIA_TYPES[Shape.XLSX], f"{_name(row, head, query)}.xlsx")


@router.get(
    "/reports/{report_id}/tables/{table}.csv",
    response_class=Response,
    responses=_CSV,
    dependencies=[require(Right.SEE_REPORTS)],
)
async def get_report_table(
    report_id: RowId, table: TableKey, query: How, user: SignedInUser, session: Snapshot, settings: AskedSettings
) -> Response:
    """One table as CSV."""
    row, head, document = await _read(session, report_id, query, user, settings)
    found = next((one for one in document.tables if one.key == table), None)
    if found is None:
        raise NotFoundError("The report has no such table.")
    file = csv_file(found, query.language)
    return _file(file, MEDIA_TYPES[Shape.CSV], f"{_name(row, head, query)}-{table}.csv")


@router.get("/reports/{report_id}/charts", dependencies=[require(Right.SEE_REPORTS)])
async def get_report_charts(
    report_id: RowId, query: How, user: SignedInUser, session: Snapshot, settings: AskedSettings
) -> ReportCharts:
    """The fixed charts, from the same options as in the printed report."""
    _, _, document = await _read(session, report_id, query, user, settings)
    return ReportCharts(charts=view_charts(document.draw(query.language)))


def _may_see(user: SignedIn) -> Iterator[ColumnElement[bool]]:
    if not (may_write(user) or user.may(Right.SIGN_REPORTS)):
        yield ReportRow.state == ReportState.RELEASED.value


def _conditions(query: ReportsQuery) -> Iterator[ColumnElement[bool]]:
    if query.kind is not None:
        yield SnapshotHead.kind == query.kind.value
    if query.state is not None:
        yield ReportRow.state == query.state.value
    if query.snapshot_id is not None:
        yield ReportRow.snapshot_id == query.snapshot_id


async def _read(
    session: AsyncSession, report_id: int, query: ReportQuery, user: SignedIn, settings: Settings
) -> tuple[ReportRow, SnapshotHead, Document]:
    row, head = await store.get_report(session, report_id, *_may_see(user))
    is_public = query.audience is Audience.PUBLIC
    return row, head, await read_document(session, row, settings.timezone, is_public=is_public)


async def _summary(session: AsyncSession, report_id: int, user: SignedIn) -> ReportSummary:
    row, head = await store.get_report(session, report_id, *_may_see(user))
    names = await store.names_of(session, people_of(row))
    return summarise(row, head, await store.to_report(session, row), names, user)


def _asked(user: SignedIn, now: Now, settings: Settings) -> Asked:
    """What is signed are the Chinese pages."""
    return Asked(user=user, now=now, how=_print(settings, Language.CHINESE), area_code=settings.area_code)


def _print(settings: Settings, language: Language) -> Print:
    return Print(office=settings.office_name, language=language, timezone=settings.timezone, font=find_chinese_font())


def _name(row: ReportRow, head: SnapshotHead, query: ReportQuery) -> str:
    return f"report-{head.kind}-{head.first}-{row.edition}-{query.audience.value}-{query.language.value}"


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
