"""Whether a gap of a witness explains that it does not know a call. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from callcenter.audit.report import AuditedCall
from callcenter.calls.blind_times import Gap
from callcenter.calls.records import Witness

ON_ITS_WAY = timedelta(seconds=2)
"""A gap begins at the last event received; events sent just before may have been lost with the link."""


def is_in_gap(call: AuditedCall, gaps: Sequence[Gap]) -> bool:
    """Whether the missing witness was blind during the call. Where both reported it and disagree, neither was.

    A call whose end was not seen, because the PBX died, may have lasted until any later gap.
    """
    until = None if call.ended_at is None else call.ended_at + ON_ITS_WAY
    return is_blind(call, frozenset(Witness) - call.witnesses, gaps, until=until)


def is_blind(call: AuditedCall, witnesses: Collection[Witness], gaps: Sequence[Gap], *, until: datetime | None) -> bool:
    return any(
        gap.witness in witnesses
        and gap.pbx == call.key.pbx
        and (until is None or gap.from_at <= until)
        and (gap.to_at is None or gap.to_at > call.started_at)
        for gap in gaps
    )
