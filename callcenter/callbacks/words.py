"""The Chinese words of the callback list, for exports."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.callbacks.list_store import EpisodeKind
from callcenter.callbacks.rules import EpisodeState

STATES: Mapping[str, str] = {
    EpisodeState.OPEN: "待回电",
    EpisodeState.UNKNOWN: "待回电（记录不全）",
    EpisodeState.WRONG_NUMBER: "空号，待查",
    EpisodeState.SELF_RECOVERED: "已自行打通",
    EpisodeState.REACHED: "已回电",
    EpisodeState.UNREACHABLE: "无法联系",
}

KINDS: Mapping[str, str] = {EpisodeKind.CALLER: "有号码", EpisodeKind.NO_NUMBER: "无号码"}

CALENDAR_MISSING = {"calendar missing": "缺工作日历"}
