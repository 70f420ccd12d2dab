"""The list of calls as a table: what JSON shows of each call, a row a call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from callcenter.calls.schemas import CallQuery, CallView
from callcenter.calls.words import ANOMALIES, DIRECTIONS, ENDED_BY, OUTCOMES, QUEUE_EXITS, WITNESSES
from callcenter.http.downloads import days_in_name
from callcenter.languages import Language, word_of
from callcenter.table_files import Column, Kind, Row, Table

CALLS = Table(
    name="calls",
    columns=(
        Column("business_date", "业务日", 11),
        Column("started_at", "开始时间", 19),
        Column("direction", "方向", 9),
        Column("caller_number", "主叫号码", 18, Kind.PHONE),
        Column("caller_name", "主叫姓名", 14),
        Column("customer_number", "客户号码", 18, Kind.PHONE),
        Column("dialled_number", "被叫号码", 14, Kind.PHONE),
        Column("outcome", "结果", 18),
        Column("answered_at", "接听时间", 19),
        Column("ended_at", "结束时间", 19),
        Column("wait", "等待时长", 10, Kind.DURATION),
        Column("talk", "通话时长", 10, Kind.DURATION),
        Column("queues", "队列", 14),
        Column("queue_exits", "离队原因", 16),
        Column("talked_with", "通话对象", 16),
        Column("short", "短呼叫", 8),
        Column("transferred", "曾转接", 8),
        Column("lost_after_transfer", "转接后丢失", 10),
        Column("emergency_unanswered_at", "紧急来电无人接听时间", 19),
        Column("hung_up_by", "挂断方", 9),
        Column("hangup_cause", "挂断原因码", 10),
        Column("has_message", "有留言", 8),
        Column("message", "留言时长", 10, Kind.DURATION),
        Column("recordings", "录音数", 8),
        Column("confirmed", "两方记录一致", 12),
        Column("witnesses", "记录来源", 22),
        Column("anomalies", "异常", 30),
        Column("pbx", "交换机", 9),
        Column("call_id", "来电编号", 24),
        Column("joined", "并入来电", 24),
    ),
)


def rows_of(calls: Iterable[CallView], language: Language) -> list[Row]:
    """The cells of each call in the order of the columns."""
    return [_row(call, language) for call in calls]


def name_of(query: CallQuery) -> str:
    """Which days the file is about, as its name says it; the moments of a period are UTC."""
    if query.day is not None:
        return days_in_name(query.day, query.day)
    begin = "begin" if query.from_ is None else f"{query.from_:%Y-%m-%dT%H%M%SZ}"
    end = "now" if query.to is None else f"{query.to:%Y-%m-%dT%H%M%SZ}"
    return "all" if query.from_ is None and query.to is None else f"{begin}-to-{end}"


def _row(call: CallView, language: Language) -> Row:
    message = call.voicemail
    return [
        call.business_date,
        call.started_at,
        word_of(DIRECTIONS, call.direction, language),
        call.caller_number,
        call.caller_name,
        call.customer_number,
        call.dialled_number,
        None if call.outcome is None else word_of(OUTCOMES, call.outcome, language),
        call.answered_at,
        call.ended_at,
        timedelta(seconds=call.wait_seconds),
        timedelta(seconds=call.talk_seconds),
        " ".join(dict.fromkeys(visit.queue for visit in call.queue_visits if visit.queue is not None)),
        " ".join(word_of(QUEUE_EXITS, visit.exit, language) for visit in call.queue_visits if visit.exit is not None),
        " ".join(dict.fromkeys(talk.with_ for talk in call.talks)),
        call.short,
        call.transferred,
        call.lost_after_transfer,
        call.emergency_unanswered_at,
        None if call.hung_up_by is None else word_of(ENDED_BY, call.hung_up_by, language),
        call.hangup_cause,
        message is not None,
        None if message is None or message.seconds is None else timedelta(seconds=message.seconds),
        len(call.recordings),
        call.confirmed,
        " ".join(word_of(WITNESSES, witness, language) for witness in call.witnesses),
        " ".join(word_of(ANOMALIES, anomaly, language) for anomaly in call.anomalies),
        call.pbx,
        call.call_id,
        call.joined,
    ]
