"""Tickets are found by the pairs of neighbouring characters in their texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from callcenter.casework.bigrams import bigrams

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("search_grams", sa.ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.alter_column("tickets", "search_grams", server_default=None)
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, title, facts, respondent, brand FROM tickets")).all()
    for row in rows:
        grams = sorted(bigrams(" ".join(filter(None, row[1:]))))
        connection.execute(
            sa.text("UPDATE tickets SET search_grams = :grams WHERE id = :id"), {"grams": grams, "id": row.id}
        )
    op.create_index("ix_tickets_search_grams", "tickets", ["search_grams"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_column("tickets", "search_grams")
