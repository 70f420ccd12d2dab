"""One figure of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What was measured. `ratio` is how many times better than the peer, `target` what to reach."""

    name: str
    ours: float
    unit: str
    peer: float | None
    ratio: float | None
    target: str
    met: bool

    def to_json(self) -> dict[str, object]:
        """For scripts."""
        return {
            "name": self.name,
            "ours": self.ours,
            "unit": self.unit,
            "peer": self.peer,
            "ratio": self.ratio,
            "target": self.target,
            "met": self.met,
        }
