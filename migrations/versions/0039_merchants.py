"""Whom matters are about: merchants, found by the bigrams of their names, and their versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merchants",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        *_values_of_a_merchant(),
        sa.Column("normalised_name", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("grams", sa.ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_merchants"),
        sa.UniqueConstraint("uscc", name="uq_merchants_uscc"),
        sa.ForeignKeyConstraint(["merged_into"], ["merchants.id"], name="fk_merchants_merged_into"),
    )
    op.create_index("ix_merchants_grams", "merchants", ["grams"], postgresql_using="gin")
    op.create_index("ix_merchants_merged_into", "merchants", ["merged_into"])
    op.create_table(
        "merchant_versions",
        sa.Column("merchant_id", sa.BigInteger, nullable=False),
        *_values_of_a_merchant(),
        sa.Column("changed_by", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "version", name="pk_merchant_versions"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_merchant_versions_merchant_id"),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name="fk_merchant_versions_changed_by"),
    )


def downgrade() -> None:
    op.drop_table("merchant_versions")
    op.drop_table("merchants")


def _values_of_a_merchant() -> list[sa.Column[object]]:
    return [
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("uscc", sa.Text),
        sa.Column("aliases", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("superior", sa.Text),
        sa.Column("superior_address", sa.Text),
        sa.Column("platform", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("scale", sa.Numeric),
        sa.Column("merged_into", sa.BigInteger),
    ]
