"""Who handles matters: officers and directors, duties beside a role, and units with their members and contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
LASTS = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _allow_roles("'officer', 'agent', 'supervisor', 'director', 'admin'")
    op.add_column("users", sa.Column("duties", sa.ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.create_check_constraint(
        "ck_users_duties", "users", "duties <@ ARRAY['analyst', 'quality', 'surveyor', 'privacy', 'legal']"
    )
    op.create_table(
        "units",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        *_values_of_a_unit(),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.UniqueConstraint("name", name="uq_units_name"),
    )
    op.create_table(
        "unit_versions",
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        *_values_of_a_unit(),
        sa.Column("changed_by", sa.BigInteger, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "version", name="pk_unit_versions"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_unit_versions_unit_id"),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name="fk_unit_versions_changed_by"),
    )
    op.create_table(
        "unit_members",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        *_from_and_until(),
        sa.PrimaryKeyConstraint("id", name="pk_unit_members"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_unit_members_unit_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_unit_members_user_id"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_unit_members_added_by"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_unit_members_ended_by"),
    )
    op.create_index("ix_unit_members_one_unit", "unit_members", ["user_id"], unique=True, postgresql_where=LASTS)
    op.create_index("ix_unit_members_unit_id", "unit_members", ["unit_id"])
    op.create_table(
        "unit_contacts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("hours", sa.Text, nullable=False),
        *_from_and_until(),
        sa.PrimaryKeyConstraint("id", name="pk_unit_contacts"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_unit_contacts_unit_id"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_unit_contacts_added_by"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_unit_contacts_ended_by"),
    )
    op.create_index(
        "ix_unit_contacts_one_at_a_position",
        "unit_contacts",
        ["unit_id", "position"],
        unique=True,
        postgresql_where=LASTS,
    )


def downgrade() -> None:
    for table in ("unit_contacts", "unit_members", "unit_versions", "units"):
        op.drop_table(table)
    op.drop_column("users", "duties")
    # An agent may do what an officer may not: whoever has one of the new roles is let in no more.
    op.execute(
        "UPDATE users SET role = 'agent', disabled_at = coalesce(disabled_at, now()) "
        "WHERE role IN ('officer', 'director')"
    )
    _allow_roles("'agent', 'supervisor', 'admin'")


def _allow_roles(roles: str) -> None:
    op.drop_constraint("ck_users_role", "users")
    op.create_check_constraint("ck_users_role", "users", f"role IN ({roles})")


def _values_of_a_unit() -> list[sa.Column[object]]:
    return [
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("regions", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("closed_at", MOMENT),
    ]


def _from_and_until() -> list[sa.Column[object]]:
    return [
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.BigInteger),
        sa.Column("ended_at", MOMENT),
    ]
