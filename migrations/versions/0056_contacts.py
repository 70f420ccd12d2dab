"""Whom to reach at units and merchants, and how many of them nobody has verified for long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def known() -> list[sa.Column[object]]:
    """What a version says of somebody."""
    return [
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("numbers", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("region", sa.Text),
        sa.Column("goods", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("brands", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("verified_at", MOMENT),
        sa.Column("verified_by", sa.Text),
        sa.Column("ended_at", MOMENT),
    ]


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.BigInteger),
        sa.Column("merchant_id", sa.BigInteger),
        *known(),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_contacts_unit_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_contacts_merchant_id"),
        sa.CheckConstraint("num_nonnulls(unit_id, merchant_id) = 1", name="ck_contacts_one_organisation"),
        sa.CheckConstraint("cardinality(numbers) > 0", name="ck_contacts_reachable"),
    )
    op.create_index("ix_contacts_unit_id", "contacts", ["unit_id"])
    op.create_index("ix_contacts_merchant_id", "contacts", ["merchant_id"])
    op.create_index(
        "ix_contacts_verified_at", "contacts", ["verified_at"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "contact_versions",
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *known(),
        sa.Column("changed_by", sa.BigInteger, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "version", name="pk_contact_versions"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_contact_versions_contact_id"),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name="fk_contact_versions_changed_by"),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON contact_versions"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "contact_days",
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("contacts", sa.Integer, nullable=False),
        sa.Column("stale", sa.Integer, nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("business_date", name="pk_contact_days"),
    )


def downgrade() -> None:
    for table in ("contact_days", "contact_versions", "contacts"):
        op.drop_table(table)
