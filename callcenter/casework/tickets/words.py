"""The Chinese words of tickets, for exports."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.casework.tickets.rules import IntakeChannel, TicketKind, TicketOutcome, TicketState

KINDS: Mapping[str, str] = {
    TicketKind.ENQUIRY: "咨询",
    TicketKind.COMPLAINT: "投诉",
    TicketKind.REPORT: "举报",
    TicketKind.SUGGESTION: "建议",
    TicketKind.PRAISE: "表扬",
}

CHANNELS: Mapping[str, str] = {
    IntakeChannel.CALL: "来电",
    IntakeChannel.CALLBACK: "回拨",
    IntakeChannel.VOICEMAIL: "留言",
    IntakeChannel.TRANSFER_12345: "12345转办",
    IntakeChannel.WEB: "网上",
    IntakeChannel.VISIT: "来访",
    IntakeChannel.LETTER: "来信",
    IntakeChannel.IMPORT: "全国平台",
}

STATES: Mapping[str, str] = {
    TicketState.DRAFT: "草稿",
    TicketState.REGISTERED: "已登记",
    TicketState.FORWARDED: "已分送",
    TicketState.REFERRED: "已告知其他途径",
    TicketState.ACCEPTED: "已受理",
    TicketState.NOT_ACCEPTED: "不予受理",
    TicketState.CHECKING: "核查中",
    TicketState.SETTLED: "已解决",
    TicketState.ENDED: "终止调解",
    TicketState.FILED: "已立案",
    TicketState.NOT_FILED: "不予立案",
    TicketState.COMPLETED: "办结",
    TicketState.MERGED: "已合并",
    TicketState.VOID: "作废",
    TicketState.ARCHIVED: "归档",
}

OUTCOMES: Mapping[str, str] = {
    TicketOutcome.ANSWERED: "已答复",
    TicketOutcome.REFERRED: "已告知其他途径",
    TicketOutcome.NOT_ACCEPTED: "不予受理",
    TicketOutcome.MEDIATED: "调解成功",
    TicketOutcome.SETTLED_ON_THE_SPOT: "当场解决",
    TicketOutcome.ENDED: "终止调解",
    TicketOutcome.FILED: "立案",
    TicketOutcome.NOT_FILED: "不予立案",
}

DECISIONS: Mapping[str, str] = {"accepted": "受理", "refused": "不予受理"}
