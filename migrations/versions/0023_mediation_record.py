"""What an office files of a mediation: a number of the year, the mediator's name, the sides' addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("mediator_name", "consumer_address", "merchant_address"):
        op.add_column("mediations", sa.Column(name, sa.Text))
    for name in ("record_year", "record_number"):
        op.add_column("mediations", sa.Column(name, sa.Integer))
    op.create_unique_constraint("uq_mediations_record", "mediations", ["record_year", "record_number"])
    op.create_index(
        "ix_mediations_not_numbered",
        "mediations",
        ["opened_at"],
        postgresql_where=sa.text("opened_at IS NOT NULL AND record_number IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_mediations_not_numbered", "mediations")
    op.drop_constraint("uq_mediations_record", "mediations")
    for name in ("record_number", "record_year", "merchant_address", "consumer_address", "mediator_name"):
        op.drop_column("mediations", name)
