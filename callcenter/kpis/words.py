"""The Chinese words for how a caller was lost, for exports."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.calls.records import QueueExit
from callcenter.calls.words import OUTCOMES
from callcenter.kpis.tallies import LOST_AFTER_TRANSFER

LOSSES: Mapping[str, str] = {
    **OUTCOMES,
    LOST_AFTER_TRANSFER: "转接后丢失",
    QueueExit.CALLBACK_REQUESTED: "按1要求回电",
}
"""How a caller was lost."""
