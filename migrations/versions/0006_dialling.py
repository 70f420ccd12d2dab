"""Click-to-call, the directory and the do-not-call list, and work on the callback list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
IN_FLIGHT = sa.text("state = 'dialling'")


def upgrade() -> None:
    _dialling()
    _work()


def _id(*, always: bool = True) -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=always), nullable=False)


def _user(table: str, column: str = "user_id") -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(column, sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint([column], ["users.id"], name=f"fk_{table}_{column}"),
    ]


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _dialling() -> None:
    op.create_table(
        "directory",
        _id(),
        _text("name"),
        _text("number"),
        _text("kind"),
        sa.PrimaryKeyConstraint("id", name="pk_directory"),
        sa.UniqueConstraint("number", name="uq_directory_number"),
    )
    op.create_table(
        "do_not_call",
        _text("number"),
        _text("reason"),
        *_user("do_not_call", "added_by"),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_do_not_call"),
    )
    op.create_table(
        "dials",
        _id(always=False),
        *_user("dials"),
        _text("idempotency_key"),
        _text("request_sha256"),
        _text("subject"),
        sa.Column("episode_id", sa.BigInteger),
        _text("pbx"),
        _text("call_id"),
        _text("interface"),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("withdrawn_at", MOMENT),
        _text("state"),
        _text("outcome", nullable=True),
        sa.Column("hangup_cause", sa.Integer),
        sa.Column("talk", sa.Interval),
        sa.Column("is_mailbox_suspected", sa.Boolean, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_dials"),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_dials_user_id_idempotency_key"),
        sa.UniqueConstraint("pbx", "call_id", name="uq_dials_pbx_call_id"),
    )
    op.create_index("uq_dials_subject", "dials", ["subject"], unique=True, postgresql_where=IN_FLIGHT)
    op.create_index("uq_dials_seat", "dials", ["pbx", "interface"], unique=True, postgresql_where=IN_FLIGHT)
    op.create_index("ix_dials_of_subject", "dials", ["subject", "requested_at"])
    op.create_index("ix_dials_user_id_requested_at", "dials", ["user_id", "requested_at"])
    op.create_index("ix_dials_episode_id", "dials", ["episode_id"])
    op.create_index("ix_dials_ended_at", "dials", ["ended_at"])
    op.create_index("ix_dials_not_ended", "dials", ["state", "id"], postgresql_where=sa.text("state <> 'ended'"))
    op.create_table(
        "dial_judgements",
        _id(),
        sa.Column("dial_id", sa.BigInteger, nullable=False),
        *_user("dial_judgements"),
        sa.Column("at", MOMENT, nullable=False),
        _text("judgement"),
        _text("note"),
        sa.PrimaryKeyConstraint("id", name="pk_dial_judgements"),
        sa.ForeignKeyConstraint(["dial_id"], ["dials.id"], name="fk_dial_judgements_dial_id"),
    )
    op.create_index("ix_dial_judgements_dial_id", "dial_judgements", ["dial_id"])
    op.create_table(
        "dial_refusals",
        _id(),
        sa.Column("at", MOMENT, nullable=False),
        *_user("dial_refusals"),
        _text("target"),
        _text("reason"),
        _text("masked_number", nullable=True),
        sa.Column("episode_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_dial_refusals"),
    )
    op.create_table(
        "caller_priorities",
        _text("pbx"),
        _text("call_id"),
        sa.Column("dial_id", sa.BigInteger),
        sa.Column("noticed_at", MOMENT, nullable=False),
        sa.Column("raised_at", MOMENT),
        sa.PrimaryKeyConstraint("pbx", "call_id", name="pk_caller_priorities"),
        sa.ForeignKeyConstraint(["dial_id"], ["dials.id"], name="fk_caller_priorities_dial_id"),
    )


def _work() -> None:
    op.add_column("episodes", sa.Column("next_try_at", MOMENT))
    op.create_table(
        "episode_claims",
        _id(),
        sa.Column("episode_id", sa.BigInteger, nullable=False),
        *_user("episode_claims"),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        _text("ended_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_episode_claims"),
    )
    op.create_index(
        "uq_episode_claims_present",
        "episode_claims",
        ["episode_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_episode_claims_user_id", "episode_claims", ["user_id"])
    op.create_table(
        "episode_notes",
        _id(),
        sa.Column("episode_id", sa.BigInteger, nullable=False),
        *_user("episode_notes"),
        sa.Column("at", MOMENT, nullable=False),
        _text("note"),
        sa.PrimaryKeyConstraint("id", name="pk_episode_notes"),
    )
    op.create_index("ix_episode_notes_episode_id", "episode_notes", ["episode_id"])
    op.create_table(
        "episode_promises",
        sa.Column("episode_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("promised_at", MOMENT, nullable=False),
        *_user("episode_promises", "set_by"),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("episode_id", name="pk_episode_promises"),
    )


def downgrade() -> None:
    op.drop_column("episodes", "next_try_at")
    for table in (
        "episode_promises",
        "episode_notes",
        "episode_claims",
        "caller_priorities",
        "dial_refusals",
        "dial_judgements",
        "dials",
        "do_not_call",
        "directory",
    ):
        op.drop_table(table)
