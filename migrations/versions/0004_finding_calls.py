"""Indexes by which a page of calls is found among millions, whatever is asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OUTCOME = "COALESCE(outcome, '')"


def upgrade() -> None:
    for name in ("newest_first", "business_date_outcome", "unconfirmed", "odd", "changed_at"):
        op.drop_index(f"ix_calls_{name}", "calls")
    kind: list[str | sa.TextClause] = ["direction", sa.text(OUTCOME), "is_confirmed", "queues", "started_at"]
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_index("ix_calls_business_date_started_at", "calls", ["business_date", "started_at"])
    op.create_index("ix_calls_kind", "calls", kind)
    op.create_index(
        "ix_calls_agent",
        "calls",
        [sa.text("(agents[1])"), *kind],
        postgresql_where=sa.text("(agents[1]) IS NOT NULL"),
    )
    op.create_index(
        "ix_calls_second_agent",
        "calls",
        [sa.text("(agents[2])"), "started_at"],
        postgresql_where=sa.text("(agents[2]) IS NOT NULL"),
    )
    op.create_index(
        "ix_calls_further_agents",
        "calls",
        [sa.text("(agents[3:])")],
        postgresql_using="gin",
        postgresql_where=sa.text("(agents[3]) IS NOT NULL"),
    )
    op.create_index(
        "ix_calls_odd",
        "calls",
        ["anomalies", "started_at"],
        postgresql_include=["pbx", "call_id", "direction", "outcome", "is_confirmed", "queues", "agents"],
        postgresql_where=sa.text("anomalies <> '{}'"),
    )


def downgrade() -> None:
    for name in (
        "odd",
        "further_agents",
        "second_agent",
        "agent",
        "kind",
        "business_date_started_at",
        "started_at",
    ):
        op.drop_index(f"ix_calls_{name}", "calls")
    newest_first = [sa.text("started_at DESC"), sa.text("pbx DESC"), sa.text("call_id DESC")]
    op.create_index("ix_calls_newest_first", "calls", newest_first)
    op.create_index("ix_calls_business_date_outcome", "calls", ["business_date", "outcome"])
    op.create_index("ix_calls_changed_at", "calls", ["changed_at"])
    for name, where in (("unconfirmed", "outcome IS NOT NULL AND NOT is_confirmed"), ("odd", "anomalies <> '{}'")):
        op.create_index(f"ix_calls_{name}", "calls", ["started_at"], postgresql_where=sa.text(where))
