"""What is asked of a number before it is rung: one test for each purpose and each rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.accounts.rights import Role
from callcenter.dialling.directory import DirectoryKind, add_entry, put_do_not_call
from callcenter.dialling.gate import Ground, Target, Verdict, judge
from callcenter.dialling.rules import RULES, DialPurpose, RefusalReason, Rule
from callcenter.dialling.store import add_outgoing_leg
from callcenter.errors import Param
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW
from tests.integration.test_mediation import user_id

MERCHANT, ABROAD, OTHER = "+8613805190051", "+85221234567", "+8613805190052"

ASKED = {
    DialPurpose.DIAL: {Rule.KIND, Rule.DO_NOT_CALL, Rule.HOURS, Rule.AGENT_CAP, Rule.NUMBER_CAP},
    DialPurpose.TYPED: set(Rule) - {Rule.KNOWN, Rule.WORKDAY},
    DialPurpose.QUEUE_CALLBACK: {Rule.KIND, Rule.DO_NOT_CALL, Rule.HOURS, Rule.AGENT_CAP, Rule.NUMBER_CAP},
    DialPurpose.MEDIATION: set(Rule) - {Rule.DIGITS, Rule.TYPED_PREFIX, Rule.WORKDAY},
    DialPurpose.SURVEY: {
        *(Rule.KIND, Rule.DO_NOT_CALL, Rule.HOURS, Rule.WORKDAY, Rule.AGENT_CAP, Rule.NUMBER_CAP),
    },
    DialPurpose.DUTY: {Rule.KIND, Rule.DO_NOT_CALL},
}
"""Written down a second time: whoever changes the table of the product says so here."""

REASONS = {
    Rule.DIGITS: RefusalReason.NOT_A_NUMBER,
    Rule.TYPED_PREFIX: RefusalReason.TYPED_NOT_ALLOWED,
    Rule.KIND: RefusalReason.NUMBER_NOT_ALLOWED,
    Rule.KNOWN: RefusalReason.TYPED_NOT_ALLOWED,
    Rule.DO_NOT_CALL: RefusalReason.DO_NOT_CALL,
    Rule.HOURS: RefusalReason.OUTSIDE_HOURS,
    Rule.WORKDAY: RefusalReason.OUTSIDE_HOURS,
    Rule.AGENT_CAP: RefusalReason.TOO_MANY_BY_AGENT,
    Rule.NUMBER_CAP: RefusalReason.TOO_MANY_TO_NUMBER,
}

PARAMS: dict[Rule, dict[str, Param]] = {
    Rule.HOURS: {"retry_at": datetime(2026, 11, 24, 1, tzinfo=UTC)},
    Rule.WORKDAY: {"retry_at": datetime(2026, 11, 30, 1, tzinfo=UTC)},
    Rule.AGENT_CAP: {"limit": 1, "retry_at": datetime(2026, 11, 23, 16, tzinfo=UTC)},
    Rule.NUMBER_CAP: {"limit": 1, "retry_at": datetime(2026, 11, 23, 16, tzinfo=UTC)},
}


def test_every_purpose_asks_what_is_written_here() -> None:
    assert {purpose: set(rules) for purpose, rules in RULES.items()} == ASKED


@pytest.mark.parametrize("rule", [*Rule, None])
@pytest.mark.parametrize("purpose", DialPurpose)
async def test_a_number_that_breaks_a_rule_is_refused_where_the_purpose_asks_for_it(
    database: Database, as_role: dict[Role, dict[str, str]], purpose: DialPurpose, rule: Rule | None
) -> None:
    number = {Rule.DIGITS: "138 0519 0051", Rule.KIND: ABROAD, Rule.KNOWN: OTHER}.get(rule or Rule.HOURS, MERCHANT)
    saturday = NOW + timedelta(days=5)
    at = {Rule.HOURS: NOW + timedelta(hours=6), Rule.WORKDAY: saturday}.get(rule or Rule.KIND, NOW)
    # what is typed needs a prefix; else these have none, so that a mediation's number must be known
    prefixes = ("+86138",) if purpose is DialPurpose.TYPED and rule is not Rule.TYPED_PREFIX else ()
    if purpose is DialPurpose.TYPED and rule is Rule.KIND:
        number, prefixes = "10648123456", ("1",)
    settings = Settings(data_dir=Path("/nowhere"), dials_per_agent=1, dials_per_number=1, dial_prefixes=prefixes)
    async with database.sessions.begin() as session:
        agent = await user_id(session, Role.AGENT)
        supervisor = await user_id(session, Role.SUPERVISOR)
        for known in (MERCHANT, ABROAD):
            await add_entry(session, name=known, number=known, kind=DirectoryKind.MERCHANT)
        if rule is Rule.DO_NOT_CALL:
            await put_do_not_call(session, MERCHANT, reason="诉讼", added_by=supervisor, at=NOW)
        before = {Rule.AGENT_CAP: (agent, OTHER), Rule.NUMBER_CAP: (supervisor, MERCHANT)}.get(rule or Rule.HOURS)
        if before is not None:
            user, rung = before
            leg = {"at": NOW, "episode_id": None, "call_id": "pbx1-1.m1", "ground": Ground.CALLING_HOURS}
            await add_outgoing_leg(session, user_id=user, number=rung, occasion=DialPurpose.MEDIATION, **leg)
        verdict = await judge(session, Target(number=number), purpose, settings, at, user_id=agent)
    if rule is not None and rule in ASKED[purpose]:
        assert verdict == Verdict(refusal=REASONS[rule], params=PARAMS.get(rule, {}))
    else:
        assert verdict == Verdict(ground=None if purpose is DialPurpose.DUTY else Ground.CALLING_HOURS)


OF_WAITING = [purpose for purpose, rules in RULES.items() if Rule.HOURS in rules and Rule.WORKDAY not in rules]
"""For what a caller may be rung who waits for it."""


@pytest.mark.parametrize("purpose", OF_WAITING)
async def test_at_any_hour_an_emergency_and_a_time_that_the_caller_named_are_grounds(
    database: Database, as_role: dict[Role, dict[str, str]], purpose: DialPurpose
) -> None:
    settings = Settings(data_dir=Path("/nowhere"), dial_prefixes=("+86138",))
    at = NOW + timedelta(hours=6)
    targets = (
        Target(number=MERCHANT, is_emergency=True),
        Target(number=MERCHANT, named_at=at),
        Target(number=MERCHANT, named_at=at - timedelta(hours=2)),
    )
    async with database.sessions.begin() as session:
        agent = await user_id(session, Role.AGENT)
        verdicts = [await judge(session, target, purpose, settings, at, user_id=agent) for target in targets]
    assert verdicts == [
        Verdict(ground=Ground.EMERGENCY),
        Verdict(ground=Ground.NAMED_TIME),
        Verdict(refusal=RefusalReason.OUTSIDE_HOURS, params=PARAMS[Rule.HOURS]),
    ]


async def test_neither_an_emergency_nor_a_named_time_is_a_ground_for_a_survey(
    database: Database, as_role: dict[Role, dict[str, str]]
) -> None:
    settings, at = Settings(data_dir=Path("/nowhere")), NOW + timedelta(hours=6)
    targets = (Target(number=MERCHANT, is_emergency=True), Target(number=MERCHANT, named_at=at))
    async with database.sessions.begin() as session:
        agent = await user_id(session, Role.AGENT)
        verdicts = [await judge(session, one, DialPurpose.SURVEY, settings, at, user_id=agent) for one in targets]
    assert verdicts == [Verdict(refusal=RefusalReason.OUTSIDE_HOURS, params=PARAMS[Rule.HOURS])] * 2
