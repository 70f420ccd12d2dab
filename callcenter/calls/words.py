"""The Chinese words for what is said of calls, for exports."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.calls.records import Anomaly, Direction, HungUpBy, Outcome, QueueExit, Witness

DIRECTIONS: Mapping[str, str] = {
    Direction.INBOUND: "呼入",
    Direction.OUTBOUND: "呼出",
    Direction.INTERNAL: "内部",
}

OUTCOMES: Mapping[str, str] = {
    Outcome.ANSWERED: "已接听",
    Outcome.VOICEMAIL: "已留言",
    Outcome.VOICEMAIL_ABANDONED: "留言前挂断",
    Outcome.QUEUE_TIMEOUT: "排队超时",
    Outcome.QUEUE_EMPTY: "无坐席在岗",
    Outcome.QUEUE_FULL: "队列已满",
    Outcome.QUEUE_EXIT_KEY: "按键离开队列",
    Outcome.ABANDONED_QUEUE: "排队时挂断",
    Outcome.EMERGENCY_UNANSWERED: "紧急来电无人接听",
    Outcome.NO_ANSWER: "无人接听",
    Outcome.BUSY: "占线",
    Outcome.REJECTED: "被拒绝",
    Outcome.AFTER_HOURS: "非工作时间",
    Outcome.ABANDONED_GREETING: "问候语时挂断",
    Outcome.CANCELLED: "已取消",
    Outcome.FAILED: "交换机中断",
    Outcome.UNKNOWN: "不明",
}


QUEUE_EXITS: Mapping[str, str] = {
    QueueExit.CONNECTED: "已接通",
    QueueExit.ABANDONED: "挂断",
    QueueExit.TIMEOUT: "超时",
    QueueExit.FULL: "队列已满",
    QueueExit.JOIN_EMPTY: "进入时无坐席",
    QueueExit.LEAVE_EMPTY: "等待中无坐席",
    QueueExit.EXIT_KEY: "按键离开",
    QueueExit.CALLBACK_REQUESTED: "按1要求回电",
    QueueExit.WITHDRAWN: "转出",
    QueueExit.UNKNOWN: "不明",
}

ENDED_BY: Mapping[str, str] = {
    HungUpBy.CALLER: "主叫",
    HungUpBy.CALLEE: "被叫",
    HungUpBy.PBX: "交换机",
}

WITNESSES: Mapping[str, str] = {Witness.AMI: "实时（AMI）", Witness.LEDGER: "账本（CEL）"}

ANOMALIES: Mapping[str, str] = {
    Anomaly.BIRTH_UNSEEN: "未见开始",
    Anomaly.END_UNSEEN: "未见结束",
    Anomaly.PBX_DIED: "通话中交换机中断",
    Anomaly.WITNESS_GAP: "通话中记录中断",
    Anomaly.MOMENTS_ESTIMATED: "时间为估计",
    Anomaly.LEDGER_IN_LOCAL_TIME: "账本为本地时间",
    Anomaly.QUEUE_EXIT_REASON_UNKNOWN: "离队原因不明",
    Anomaly.VOICEMAIL_UNCONFIRMED: "留言未证实",
    Anomaly.OUTSIDE_CALLER_OFF_TRUNK: "外线来电不在中继上",
    Anomaly.CALLED_TOO_OFTEN: "呼叫过于频繁",
    Anomaly.WITNESSES_DISAGREE_OUTCOME: "两方记录结果不一致",
    Anomaly.WITNESSES_DISAGREE_TALKS: "两方记录通话不一致",
    Anomaly.WITNESSES_DISAGREE_QUEUE_VISITS: "两方记录排队不一致",
    Anomaly.WITNESSES_DISAGREE_MOMENTS: "两方记录时间不一致",
    Anomaly.WITNESSES_DISAGREE_END: "两方记录挂断不一致",
}
