"""How advisories are numbered, by kind and year without a gap. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.analysis.advisories.states import AdvisoryKind

WORDS: Mapping[AdvisoryKind, str] = {
    AdvisoryKind.WARNING: "消费警示",
    AdvisoryKind.TIP: "消费提示",
    AdvisoryKind.LETTER: "建议函",
    AdvisoryKind.REGULATORY: "监管建议",
    AdvisoryKind.GOVERNMENT: "专题报告",
}


def number_of(kind: AdvisoryKind, year: int, number: int) -> str:
    """As it is printed: 建议函〔2026〕第12号."""
    return f"{WORDS[kind]}〔{year}〕第{number}号"
