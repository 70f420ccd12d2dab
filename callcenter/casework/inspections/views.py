"""What patrols look like to whoever asks: names beside ids, free text masked, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right
from callcenter.casework.attachments.kinds import FileKind
from callcenter.casework.inspections import attachment_store, store, template_store
from callcenter.casework.inspections.attachment_store import Attached
from callcenter.casework.inspections.rules import InspectionState, ItemResult, list_current, list_lacks
from callcenter.casework.inspections.schemas import (
    AnswerView,
    InspectionCorrection,
    InspectionFile,
    InspectionItem,
    InspectionSummary,
    InspectionView,
)
from callcenter.casework.inspections.tables import InspectionAnswer, InspectionRow
from callcenter.casework.tickets.store import names_of_merchants, names_of_units, numbers_of
from callcenter.casework.tickets.views import Viewpoint

_PLAIN = (
    *("id", "version", "state", "template_version", "unit_id", "merchant_id", "instruction_id", "started_at"),
    *("ended_at", "finished_at", "offence_found", "flag_id", "corrects"),
)


async def summarise(
    session: AsyncSession, rows: Sequence[InspectionRow], viewpoint: Viewpoint
) -> list[InspectionSummary]:
    """In the same order."""
    return [InspectionSummary(**values) for values in await _summaries(session, rows, viewpoint)]


async def view_inspection(session: AsyncSession, row: InspectionRow, viewpoint: Viewpoint) -> InspectionView:
    """With every item."""
    (summary,) = await _summaries(session, [row], viewpoint)
    template = await template_store.get_template(session, row.template_code, row.template_version)
    answers = await store.list_answers(session, [row.id])
    files = await attachment_store.list_attachments(session, [row.id])
    known = [store.to_answer(answer) for answer, _ in answers]
    current = list_current(known)
    said_by = {answer.key: name for answer, name in answers}
    lacks = {one.item: one.lack for one in list_lacks(len(template.checks), known, {file.row.item for file in files})}
    checks = []
    for number, item in enumerate(template.checks, 1):
        answer = current.get(number)
        checks.append(
            InspectionItem(
                item=number,
                check=item.check,
                look=item.look,
                basis=item.basis,
                result=None if answer is None else answer.result,
                note=None if answer is None else viewpoint.mask(answer.note),
                no_evidence_reason=None if answer is None else viewpoint.mask(answer.no_evidence_reason),
                answered_at=None if answer is None else answer.answered_at,
                answered_by=None if answer is None else said_by[answer.key],
                attachments=[view_file(file, viewpoint) for file in files if file.row.item == number],
                lack=lacks.get(number),
            )
        )
    may_handle = viewpoint.user.may(Right.HANDLE_TICKETS)
    return InspectionView(
        **summary,
        checks=checks,
        may_change=may_handle and not store.is_finished(row),
        may_correct=may_handle and store.is_finished(row) and summary["correction"] is None,
    )


def view_file(attached: Attached, viewpoint: Viewpoint) -> InspectionFile:
    """Without the file itself."""
    return InspectionFile(
        id=attached.row.id,
        item=attached.row.item,
        name=viewpoint.mask(attached.row.name) or "",
        kind=FileKind(attached.file.kind),
        bytes=attached.file.size,
        sha256=attached.file.sha256,
        attached_at=attached.row.attached_at,
        attached_by=attached.by,
    )


def view_answer(row: InspectionAnswer, name: str, viewpoint: Viewpoint) -> AnswerView:
    """As it came."""
    return AnswerView(
        item=row.item,
        result=ItemResult(row.result),
        note=viewpoint.mask(row.note),
        no_evidence_reason=viewpoint.mask(row.no_evidence_reason),
        answered_at=row.answered_at,
        answered_by=name,
        recorded_at=row.recorded_at,
    )


async def _summaries(
    session: AsyncSession, rows: Sequence[InspectionRow], viewpoint: Viewpoint
) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    templates = await template_store.find_templates(
        session, {(row.template_code, row.template_version) for row in rows}
    )
    units = await names_of_units(session, {row.unit_id for row in rows})
    merchants = await names_of_merchants(session, {row.merchant_id for row in rows if row.merchant_id is not None})
    tickets = await numbers_of(session, {row.ticket_id for row in rows if row.ticket_id is not None})
    instructions = await store.numbers_of_instructions(
        session, {row.instruction_id for row in rows if row.instruction_id is not None}
    )
    people = {user for row in rows for user in (*row.officers, row.created_by, row.finished_by) if user is not None}
    names = await store.names_of(session, people)
    corrections = await store.find_corrections(session, ids)
    counts = await store.count_results(session, ids)
    summaries = []
    for row in rows:
        template = templates[row.template_code, row.template_version]
        found, correction = counts.get(row.id, {}), corrections.get(row.id)
        summaries.append(
            {name: getattr(row, name) for name in _PLAIN}
            | {
                "template": row.template_code,
                "template_name": template.name,
                "unit": units[row.unit_id],
                "merchant": None if row.merchant_id is None else merchants[row.merchant_id],
                "ticket": None if row.ticket_id is None else tickets[row.ticket_id],
                "instruction": None if row.instruction_id is None else instructions[row.instruction_id],
                "officers": [names[user][0] for user in row.officers],
                "officer_names": [names[user][1] for user in row.officers],
                "place": viewpoint.mask(row.place),
                "unidentified_reason": viewpoint.mask(row.unidentified_reason),
                "offence_remark": viewpoint.mask(row.offence_remark),
                "correction_reason": viewpoint.mask(row.correction_reason),
                "created_by": names[row.created_by][0],
                "finished_by": None if row.finished_by is None else names[row.finished_by][0],
                "passed": found.get(ItemResult.PASSED, 0),
                "failed": found.get(ItemResult.FAILED, 0),
                "not_applicable": found.get(ItemResult.NOT_APPLICABLE, 0),
                "unanswered": len(template.checks) - sum(found.values()),
                "correction": None
                if correction is None
                else InspectionCorrection(id=correction.id, state=InspectionState(correction.state)),
            }
        )
    return summaries
