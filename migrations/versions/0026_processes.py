"""Which process an alarm comes from, when each was last there, and who has taken an alarm in hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_processes"),
    )
    op.add_column("process_alarms", sa.Column("process", sa.Text))
    op.execute("UPDATE process_alarms SET process = host")
    op.alter_column("process_alarms", "process", nullable=False)
    op.add_column("process_alarms", sa.Column("acknowledged_by", sa.BigInteger))
    op.add_column("process_alarms", sa.Column("acknowledged_at", sa.TIMESTAMP(timezone=True)))
    op.create_foreign_key(
        "fk_process_alarms_acknowledged_by_users", "process_alarms", "users", ["acknowledged_by"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint("fk_process_alarms_acknowledged_by_users", "process_alarms")
    for name in ("acknowledged_at", "acknowledged_by", "process"):
        op.drop_column("process_alarms", name)
    op.drop_table("processes")
