"""When a user's password was last another one: the login of a phone in a page that is older ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("password_changed_at", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    op.drop_column("users", "password_changed_at")
