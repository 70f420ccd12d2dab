"""All SQL of the rules of time limits. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.deadlines.rules import Certainty, CountedIn, DeadlineRule, Priority, RuleSet
from callcenter.casework.deadlines.tables import DeadlineRuleRow, RuleSetRow


async def list_rules(session: AsyncSession, received_on: date) -> Sequence[tuple[int, RuleSet, DeadlineRule]]:
    """The rules that hold for what was received that day, each with its id and its set."""
    statement = (
        select(DeadlineRuleRow, RuleSetRow)
        .join(RuleSetRow, RuleSetRow.code == DeadlineRuleRow.ruleset)
        .where(
            RuleSetRow.valid_from <= received_on,
            or_(RuleSetRow.valid_to.is_(None), RuleSetRow.valid_to >= received_on),
        )
        .order_by(DeadlineRuleRow.id)
    )
    return [(rule.id, _rule_set(rules), _rule(rule)) for rule, rules in await session.execute(statement)]


def _rule_set(row: RuleSetRow) -> RuleSet:
    return RuleSet(code=row.code, name=row.name, valid_from=row.valid_from, valid_to=row.valid_to)


def _rule(row: DeadlineRuleRow) -> DeadlineRule:
    return DeadlineRule(
        ruleset=row.ruleset,
        code=row.code,
        priority=None if row.priority is None else Priority(row.priority),
        counted_in=CountedIn(row.counted_in),
        lasts=row.lasts,
        extended_by=row.extended_by,
        begins_when=row.begins_when,
        ends_when=row.ends_when,
        paused_by=row.paused_by,
        rolls_over_weekends=row.rolls_over_weekends,
        certainty=Certainty(row.certainty),
        source=row.source,
    )
