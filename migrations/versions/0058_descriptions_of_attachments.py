"""What an attachment shows, in words of whoever attached it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket_attachments", sa.Column("description", sa.Text))


def downgrade() -> None:
    op.drop_column("ticket_attachments", "description")
