"""Signs that callers from outside are not counted as such, because the settings do not name their line. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from callcenter.callbacks.rules import CallKey


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """Why a day may have had callers whom nobody counted."""

    off_trunk: tuple[CallKey, ...] = ()
    """Calls of people outside that came in on no trunk."""
    is_inbound_missing: bool = False
    """There were calls, on a day that may be a workday, and not one of them was inbound."""

    def __bool__(self) -> bool:
        return bool(self.off_trunk) or self.is_inbound_missing

    def sentences(self) -> list[str]:
        """What to look at; none where nothing is suspicious."""
        found = []
        if self.off_trunk:
            found.append(
                f"{len(self.off_trunk)} callers with an outside number came in on a channel that is neither in"
                " CALLCENTER_TRUNKS nor in CALLCENTER_AGENT_DEVICES: they are not counted as inbound."
            )
        if self.is_inbound_missing:
            found.append(
                "There were calls and none of them was inbound: CALLCENTER_TRUNKS may match none of the lines"
                " (`callcenter doctor` compares them)."
            )
        return found


def suspect(*, calls: int, inbound: int, off_trunk: Collection[CallKey], is_workday: bool | None) -> Suspicion:
    """Judge a day by its number of calls and of inbound ones; `is_workday` is None where no calendar says it."""
    return Suspicion(
        off_trunk=tuple(sorted(off_trunk)), is_inbound_missing=is_workday is not False and calls > 0 and inbound == 0
    )
