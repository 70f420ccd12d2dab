"""Time limits of casework: sets of rules, and what each of them says, with its source."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

ORDER_121 = "SAMR Order 121 (2025), 市场监督管理投诉举报处理办法"
ORDER_20 = "SAMR Order 20 (2019), 市场监督管理投诉举报处理暂行办法"
PENALTIES = "SAMR 市场监督管理行政处罚程序规定"
RECALLS = "食品召回管理办法, as the press had it in 2015; amended since: to be checked"
RAPID = "the office's plan of rapid response"

LAW = {
    "order_121": (ORDER_121, date(2026, 4, 15), None),
    "order_20": (ORDER_20, date(2020, 1, 1), date(2026, 4, 14)),
    "office": ("The office's own rules", date(2020, 1, 1), None),
    "food_recall": (RECALLS, date(2020, 1, 1), None),
}


def _rule(ruleset: str, code: str, counted_in: str, amount: int | timedelta, **named: object) -> dict[str, object]:
    return {
        "ruleset": ruleset,
        "code": code,
        "priority": None,
        "counted_in": counted_in,
        "lasts": timedelta(days=amount) if isinstance(amount, int) else amount,
        "extended_by": None,
        "paused_by": None,
        "rolls_over_weekends": False,
        "certainty": "published",
        **named,
    }


def _of_priorities(priorities: str, **named: object) -> list[dict[str, object]]:
    return [_rule("office", priority=priority, **named) for priority in priorities.split()]  # type: ignore[arg-type]


RULES = [
    _rule(
        "office",
        "platform_entry",
        "workdays",
        1,
        begins_when="registered",
        ends_when="platform_number_set",
        certainty="proposed",
        source="what the office handles itself is all entered into the national platform; one workday is our proposal",
    ),
    _rule(
        "order_121",
        "forward",
        "workdays",
        1,
        begins_when="registered",
        ends_when="forwarded_or_referred",
        certainty="proposed",
        source=f"{ORDER_121}, Art. 41 says 'promptly'; one workday is our proposal",
    ),
    _rule(
        "order_121",
        "accept",
        "workdays",
        7,
        begins_when="received",
        ends_when="accepted_or_refused_with_notice",
        source=f"{ORDER_121}, Art. 15; counted from receipt at the hotline, the stricter reading",
    ),
    _rule(
        "order_121",
        "mediate",
        "calendar_days",
        60,
        begins_when="accepted",
        ends_when="settled_or_ended",
        paused_by="test",
        source=f"{ORDER_121}, Art. 22 and 23",
    ),
    _rule(
        "order_121",
        "end_notice",
        "workdays",
        7,
        begins_when="ended",
        ends_when="both_sides_notified",
        source=f"{ORDER_121}, Art. 23",
    ),
    _rule(
        "order_121",
        "clue_check",
        "workdays",
        15,
        extended_by=15,
        begins_when="clue_discovered",
        ends_when="case_decision_signed",
        paused_by="test",
        source=f"{ORDER_121}, Art. 27; {PENALTIES}, Art. 18",
    ),
    _rule(
        "order_121",
        "report_check",
        "workdays",
        15,
        extended_by=15,
        begins_when="received_or_new_facts",
        ends_when="filed_or_not_filed",
        paused_by="test",
        source=f"{ORDER_121}, Art. 35; {PENALTIES}, Art. 18",
    ),
    _rule(
        "order_121",
        "dispute",
        "workdays",
        7,
        begins_when="dispute_noted",
        ends_when="unit_fixed",
        source=f"{ORDER_121}, Art. 33",
    ),
    _rule(
        "order_121",
        "case_decision",
        "calendar_days",
        90,
        extended_by=30,
        begins_when="filed",
        ends_when="result_noted",
        paused_by="listed_ground",
        source=f"{PENALTIES}, by a secondary text",
    ),
    _rule(
        "order_20",
        "accept",
        "workdays",
        7,
        begins_when="received",
        ends_when="accepted_or_refused_with_notice",
        source=f"{ORDER_20}, Art. 14",
    ),
    _rule(
        "order_20",
        "mediate",
        "workdays",
        45,
        begins_when="accepted",
        ends_when="settled_or_ended",
        paused_by="test",
        source=f"{ORDER_20}, Art. 21",
    ),
    _rule(
        "order_20",
        "end_notice",
        "workdays",
        7,
        begins_when="ended",
        ends_when="both_sides_notified",
        source=f"{ORDER_20}, Art. 21",
    ),
    _rule(
        "order_20",
        "report_check",
        "workdays",
        15,
        extended_by=15,
        begins_when="received_or_new_facts",
        ends_when="filed_or_not_filed",
        paused_by="test",
        source=f"{ORDER_20}, Art. 23; {PENALTIES}, Art. 18",
    ),
    _rule(
        "order_20",
        "report_notice",
        "workdays",
        5,
        begins_when="filing_decided",
        ends_when="reporter_notified",
        source=f"{ORDER_20}, Art. 31; for reporters with their real name",
    ),
    *_of_priorities(
        "P1",
        code="acknowledge",
        counted_in="hours",
        amount=timedelta(minutes=15),
        begins_when="instructed",
        ends_when="acknowledged",
        certainty="proposed",
        source=RAPID,
    ),
    *_of_priorities(
        "P2",
        code="acknowledge",
        counted_in="hours",
        amount=timedelta(minutes=30),
        begins_when="instructed",
        ends_when="acknowledged",
        certainty="proposed",
        source=RAPID,
    ),
    *_of_priorities(
        "P3 P4",
        code="acknowledge",
        counted_in="office_hours",
        amount=timedelta(hours=2),
        begins_when="instructed",
        ends_when="acknowledged",
        certainty="proposed",
        source=RAPID,
    ),
    *_of_priorities(
        "P1",
        code="arrive",
        counted_in="hours",
        amount=timedelta(hours=2),
        begins_when="instructed",
        ends_when="arrived",
        certainty="proposed",
        source=RAPID,
    ),
    *_of_priorities(
        "P2",
        code="arrive",
        counted_in="calendar_days",
        amount=0,
        begins_when="instructed",
        ends_when="arrived",
        certainty="proposed",
        source=RAPID,
    ),
    _rule(
        "office",
        "off_shelf",
        "hours",
        timedelta(hours=24),
        begins_when="instructed",
        ends_when="off_shelf_or_nothing_found",
        certainty="office",
        source=RAPID,
    ),
    *_of_priorities(
        "P1 P2",
        code="field_feedback",
        counted_in="hours",
        amount=timedelta(hours=24),
        begins_when="instructed",
        ends_when="feedback",
        certainty="office",
        source=RAPID,
    ),
    *_of_priorities(
        "P3 P4 P5",
        code="field_feedback",
        counted_in="workdays",
        amount=3,
        begins_when="instructed",
        ends_when="feedback",
        certainty="proposed",
        source=RAPID,
    ),
    *(
        _rule(
            "food_recall",
            f"{code}_{level}",
            counted_in,
            amount,
            begins_when="risk_known",
            ends_when=ends_when,
            certainty="unchecked",
            source=RECALLS,
        )
        for level, hours, days in ((1, 24, 10), (2, 48, 20), (3, 72, 30))
        for code, counted_in, amount, ends_when in (
            ("recall_begin", "hours", timedelta(hours=hours), "recall_begun"),
            ("recall_end", "workdays", days, "recall_ended"),
        )
    ),
]


def upgrade() -> None:
    sets = op.create_table(
        "rule_sets",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.PrimaryKeyConstraint("code", name="pk_rule_sets"),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to", name="ck_rule_sets_valid_from_before_valid_to"
        ),
    )
    rules = op.create_table(
        "deadline_rules",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ruleset", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("priority", sa.Text),
        sa.Column("counted_in", sa.Text, nullable=False),
        sa.Column("lasts", sa.Interval, nullable=False),
        sa.Column("extended_by", sa.Integer),
        sa.Column("begins_when", sa.Text, nullable=False),
        sa.Column("ends_when", sa.Text, nullable=False),
        sa.Column("paused_by", sa.Text),
        sa.Column("rolls_over_weekends", sa.Boolean, nullable=False),
        sa.Column("certainty", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deadline_rules"),
        sa.ForeignKeyConstraint(["ruleset"], ["rule_sets.code"], name="fk_deadline_rules_ruleset"),
        sa.UniqueConstraint(
            "ruleset",
            "code",
            "priority",
            name="uq_deadline_rules_ruleset_code_priority",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("lasts >= interval '0'", name="ck_deadline_rules_lasts_not_negative"),
    )
    op.bulk_insert(
        sets,
        [
            {"code": code, "name": name, "valid_from": first, "valid_to": last}
            for code, (name, first, last) in LAW.items()
        ],
    )
    op.bulk_insert(rules, RULES)


def downgrade() -> None:
    op.drop_table("deadline_rules")
    op.drop_table("rule_sets")
