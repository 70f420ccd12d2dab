"""The outside person's number of each call: inbound the caller's, outbound what the line was asked to ring.

Of calls stored before, outbound ones have what was dialled: which number their line rang was not kept.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TELLINGS = ("record", "told_by_ami", "told_by_ledger")


def _number(telling: str) -> str:
    """SQL of the number in one telling; the identity key of whoever was dialled begins with it."""
    return (
        f"CASE {telling} ->> 'direction' WHEN 'inbound' THEN {telling} ->> 'caller_number'"
        " WHEN 'outbound' THEN split_part(customer_key, ';', 1) END"
    )


def _set(changes: str) -> None:
    """Change all calls; nobody has to look at them again for that."""
    op.execute("ALTER TABLE calls DISABLE TRIGGER USER")
    op.execute(f"UPDATE calls SET {changes}")  # noqa: S608
    op.execute("ALTER TABLE calls ENABLE TRIGGER USER")


def upgrade() -> None:
    op.add_column("calls", sa.Column("customer_number", sa.Text))
    filled = (f"{name} = {name} || jsonb_build_object('customer_number', {_number(name)})" for name in TELLINGS)
    _set(", ".join([f"customer_number = left({_number('record')}, 200)", *filled]))


def downgrade() -> None:
    _set(", ".join(f"{name} = {name} - 'customer_number'" for name in TELLINGS))
    op.drop_column("calls", "customer_number")
