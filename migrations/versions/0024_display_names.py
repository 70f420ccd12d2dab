"""What users are called, besides the name they sign in with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("display_name", sa.Text))


def downgrade() -> None:
    op.drop_column("users", "display_name")
