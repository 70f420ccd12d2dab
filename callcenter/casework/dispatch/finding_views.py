"""What was found on the way of an instruction as others see it, with the free text masked."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.casework.dispatch.finding_schemas import BatchView, TestView
from callcenter.casework.dispatch.tables import InstructionBatch, InstructionTest
from callcenter.casework.tickets.views import Viewpoint

_PLAIN = ("batch", "quantity", "measured_in", "measure", "attachment_id", "added_at")
"""The number of a batch is no text about anybody, though it may look like a number to ring."""


def view_batch(row: InstructionBatch, users: Mapping[int, str], viewpoint: Viewpoint) -> BatchView:
    """With the login name of who added it."""
    return BatchView(
        **{name: getattr(row, name) for name in _PLAIN},
        name=viewpoint.mask(row.name) or "",
        brand=viewpoint.mask(row.brand),
        added_by=users[row.added_by],
    )


def view_test(row: InstructionTest, users: Mapping[int, str], viewpoint: Viewpoint) -> TestView:
    """With the login name of who added it."""
    return TestView(
        **{name: viewpoint.mask(getattr(row, name)) or "" for name in ("item", "method", "result", "evidence")},
        added_by=users[row.added_by],
        added_at=row.added_at,
    )
