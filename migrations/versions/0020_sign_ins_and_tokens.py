"""Known browsers, sessions that end unused, tokens that expire, addresses as such, and accesses of nobody known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    # What was sent as an address may be anything; no attempt counts for more than an hour.
    op.execute("ALTER TABLE sign_in_attempts ALTER COLUMN address TYPE inet USING '0.0.0.0'::inet")
    op.add_column("sign_in_attempts", sa.Column("browser_hash", sa.LargeBinary))
    op.create_table(
        "known_browsers",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", "user_id", name="pk_known_browsers"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_known_browsers_user_id"),
    )
    op.create_index("ix_known_browsers_user_id", "known_browsers", ["user_id"])
    op.add_column("browser_sessions", sa.Column("last_seen_at", MOMENT))
    op.execute("UPDATE browser_sessions SET last_seen_at = now()")
    op.alter_column("browser_sessions", "last_seen_at", nullable=False)
    op.add_column("tokens", sa.Column("expires_at", MOMENT))
    op.add_column("tokens", sa.Column("last_used_at", MOMENT))
    # Scripts of today get as long as a new token would.
    op.execute("UPDATE tokens SET expires_at = now() + interval '90 days'")
    op.alter_column("tokens", "expires_at", nullable=False)
    op.alter_column("access_log", "user_id", nullable=True)
    op.drop_index("ix_access_log_user_id", "access_log")
    op.create_index("ix_access_log_user_id_at", "access_log", ["user_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_access_log_user_id_at", "access_log")
    op.create_index("ix_access_log_user_id", "access_log", ["user_id"])
    op.execute("DELETE FROM access_log WHERE user_id IS NULL")
    op.alter_column("access_log", "user_id", nullable=False)
    op.drop_column("tokens", "last_used_at")
    op.drop_column("tokens", "expires_at")
    op.drop_column("browser_sessions", "last_seen_at")
    op.drop_table("known_browsers")
    op.drop_column("sign_in_attempts", "browser_hash")
    op.execute("ALTER TABLE sign_in_attempts ALTER COLUMN address TYPE text USING host(address)")
