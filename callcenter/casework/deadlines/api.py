"""The rules of time limits over HTTP, and what each would make due."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.casework.deadlines import service, store
from callcenter.casework.deadlines.rules import DeadlineRule
from callcenter.casework.deadlines.schemas import (
    DeadlineRulePage,
    DeadlineRulesQuery,
    DeadlineRuleView,
    DeadlineWarningView,
    DuePreview,
    ListedRuleView,
    PreviewQuery,
)
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, Snapshot, Timezone
from callcenter.http.pages import cut_whole

router = APIRouter(tags=["deadlines"])

_RULES = value_cursors("deadline-rules", int)


@router.get("/deadline-rules", dependencies=[require(Right.SEE_DEADLINES)])
async def list_deadline_rules(
    query: Annotated[DeadlineRulesQuery, Query()], session: Snapshot, now: Now, timezone: Timezone
) -> DeadlineRulePage:
    """The time limits that hold for what is received on a day, each with its source."""
    rules = await store.list_rules(session, query.received_on or now.astimezone(timezone).date())
    page, following = cut_whole(rules, query, _RULES, lambda row: row[0])
    views = [
        ListedRuleView(
            **_view(rule).model_dump(),
            ruleset_name=rules_of.name,
            valid_from=rules_of.valid_from,
            valid_to=rules_of.valid_to,
        )
        for _, rules_of, rule in page
    ]
    return DeadlineRulePage(items=views, next=following)


@router.get("/deadline-rules/{code}/preview", dependencies=[require(Right.SEE_DEADLINES)])
async def preview_deadline(
    code: Annotated[str, Path(max_length=40, pattern=r"^[a-z0-9_]+$")],
    query: Annotated[PreviewQuery, Query()],
    session: Snapshot,
    timezone: Timezone,
) -> DuePreview:
    """What would be due: the office's target and the law's limit, and the days that are counted on the way."""
    begins_at = query.start.astimezone(timezone)
    received_on = query.received_on or begins_at.date()
    rule = await service.find_rule(session, code, received_on=received_on, priority=query.priority)
    due = await service.preview(session, rule, begins_at, pauses=query.pauses, is_extended=query.is_extended)
    return DuePreview(
        rule=_view(rule),
        target_due_at=due.target_at,
        legal_due_at=due.legal_at,
        missing_year=due.missing_year,
        counted_days=list(due.counted_days),
        warnings=[DeadlineWarningView.model_validate(warned) for warned in due.warnings],
    )


def _view(rule: DeadlineRule) -> DeadlineRuleView:
    return DeadlineRuleView(
        ruleset=rule.ruleset,
        code=rule.code,
        priority=rule.priority,
        counted_in=rule.counted_in,
        days=rule.lasts.days if rule.counted_in.is_days else None,
        seconds=None if rule.counted_in.is_days else rule.lasts.total_seconds(),
        extended_by=rule.extended_by,
        begins_when=rule.begins_when,
        ends_when=rule.ends_when,
        paused_by=rule.paused_by,
        rolls_over_weekends=rule.rolls_over_weekends,
        certainty=rule.certainty,
        source=rule.source,
    )
