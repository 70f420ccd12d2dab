"""The audit of a day as a table: each figure with its count, and a row for each call behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from callcenter.audit.render import verdict
from callcenter.audit.report import Answer, AuditReport
from callcenter.callbacks.rules import CallKey
from callcenter.calls.blind_times import GapReason, UnknownReason
from callcenter.calls.words import WITNESSES
from callcenter.casework.dispositions.rules import Account
from callcenter.kpis.words import LOSSES
from callcenter.languages import Language, word_of
from callcenter.table_files import Column, Row, Table

AUDIT = Table(
    name="audit",
    columns=(
        Column("figure", "项目", 30),
        Column("kind", "类别", 20),
        Column("count", "数量", 8),
        Column("pbx", "交换机", 9),
        Column("call_id", "来电编号", 24),
        Column("episode_id", "回电编号", 10),
        Column("from", "起", 19),
        Column("to", "止", 19),
        Column("note", "说明", 60),
    ),
)

FIGURES: Mapping[str, str] = {
    "answer": "结论",
    "made_at": "制表时间",
    "day_sheet_sha256": "日报SHA-256",
    "previous_sha256": "前一日报SHA-256",
    "day_sheet_breaks": "日报被改动",
    "doubts": "设置疑点",
    "inbound": "呼入",
    "answered": "已接听",
    "missed": "未接",
    "still_open": "通话中",
    "inbound_in_ledger": "账本中的呼入",
    "unexplained": "无法解释",
    "differences": "与账本重算不一致",
    "not_derived": "账本重算失败",
    "suspicious": "可疑",
    "unconfirmed": "两方记录不一致",
    "unconfirmed_in_gap": "两方记录不一致（记录中断时）",
    "settled": "两方记录不一致，主管已说明",
    "missed_without_episode": "未接而不在回电名单",
    "missed_in_several_episodes": "未接而重复在回电名单",
    "missed_after_freeze": "名单封存后才发现的未接",
    "overdue_episodes": "超期未回电",
    "unknown_deadlines": "期限不明",
    "dispositions": "接通来电的处置",
    "gaps": "记录中断",
    "unknown_times": "无任何记录的时段",
}

ANSWERS: Mapping[str, str] = {
    Answer.ACCOUNTED_FOR: "全部有着落",
    Answer.NOT_ACCOUNTED_FOR: "账目不平",
    Answer.NOT_KNOWN: "部分时段不明",
}

DISPOSITIONS: Mapping[str, str] = {
    Account.TICKET: "已登记事项",
    Account.REASON: "有原因",
    Account.MISSING: "未处置",
}

BLIND: Mapping[str, str] = {
    GapReason.RECORDER_DOWN: "记录程序未运行",
    GapReason.LINK_DOWN: "实时连接中断",
    GapReason.OVERFLOW: "数据库中断，容量不足",
    GapReason.LEDGER_UNREADABLE: "账本无法读取",
    GapReason.LEDGER_LOST: "账本缺失",
    GapReason.BEFORE_FIRST_LINK: "首次连接之前",
    UnknownReason.BOTH_BLIND: "两方均无记录",
    UnknownReason.NOT_BEGUN: "尚未开始",
    UnknownReason.DEAD_LETTER: "程序无法处理的记录",
    UnknownReason.BEFORE_FIRST_CALL: "首次记录之前",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A row in the order of the columns; `figure`, `kind` and `note` as JSON has them."""

    figure: str
    kind: str | None = None
    count: int | None = None
    pbx: str | None = None
    call_id: str | None = None
    episode_id: int | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    note: str | None = None


def rows_of(report: AuditReport, language: Language) -> list[Row]:
    """The answer first, then the figures in the order of JSON."""
    kinds = {**LOSSES, **WITNESSES, **ANSWERS, **DISPOSITIONS}
    return [
        [
            word_of(FIGURES, line.figure, language),
            None if line.kind is None else word_of(kinds, line.kind, language),
            line.count,
            line.pbx,
            line.call_id,
            line.episode_id,
            line.from_at,
            line.to_at,
            None if line.note is None else word_of(BLIND, line.note, language),
        ]
        for line in _lines(report)
    ]


def _lines(report: AuditReport) -> Iterator[_Line]:
    yield _Line("answer", kind=report.answer.value, note=verdict(report))
    yield _Line("made_at", from_at=report.made_at)
    if report.sheet_sha256 is not None:
        yield _Line("day_sheet_sha256", note=report.sheet_sha256)
        yield _Line("previous_sha256", note=report.sheet_previous_sha256)
    for figure, sentences in (("day_sheet_breaks", report.breaks), ("doubts", report.doubts)):
        yield _Line(figure, count=len(sentences))
        yield from (_Line(figure, note=sentence) for sentence in sentences)
    yield from _calls("inbound", report.inbound)
    yield from _calls("answered", report.answered)
    yield _Line("missed", count=sum(map(len, report.missed.values())))
    for kind, calls in report.missed.items():
        yield from _calls("missed", calls, kind=kind)
    yield from _calls("still_open", report.still_open)
    if report.ledger is not None:
        yield from _calls("inbound_in_ledger", report.ledger_inbound)
    yield from _reasons("unexplained", report.unexplained)
    if report.differences is not None:
        yield _Line("differences", count=len(report.differences))
        for found in report.differences:
            yield _Line(
                "differences",
                pbx=found.call.pbx,
                call_id=found.call.call_id,
                episode_id=found.episode_id,
                note=found.reason,
            )
    if report.not_derived is not None:
        yield from _calls("not_derived", report.not_derived.calls)
    yield from _reasons("suspicious", report.suspicious)
    yield from _calls("unconfirmed", report.unconfirmed)
    yield from _calls("unconfirmed_in_gap", report.unconfirmed_in_gap)
    yield from _calls("settled", report.settled)
    yield from _calls("missed_without_episode", report.missed_without_episode)
    yield from _calls("missed_in_several_episodes", report.missed_in_several_episodes)
    yield from _calls("missed_after_freeze", report.missed_after_freeze)
    for figure, episodes in (
        ("overdue_episodes", report.overdue_episodes),
        ("unknown_deadlines", report.unknown_deadlines),
    ):
        yield _Line(figure, count=len(episodes))
        yield from (_Line(figure, episode_id=episode) for episode in episodes)
    for account, calls in report.dispositions.items():
        yield from _calls("dispositions", calls, kind=account.value)
    yield _Line("gaps", count=len(report.gaps))
    for gap in report.gaps:
        yield _Line("gaps", kind=gap.witness.value, pbx=gap.pbx, from_at=gap.from_at, to_at=gap.to_at, note=gap.reason)
    yield _Line("unknown_times", count=len(report.unknown))
    for time in report.unknown:
        yield _Line("unknown_times", pbx=time.pbx, from_at=time.from_at, to_at=time.to_at, note=time.reason.value)


def _calls(figure: str, calls: Iterable[CallKey], *, kind: str | None = None) -> Iterator[_Line]:
    keys = list(calls)
    yield _Line(figure, kind=kind, count=len(keys))
    yield from (_Line(figure, kind=kind, pbx=key.pbx, call_id=key.call_id) for key in keys)


def _reasons(figure: str, found: Iterable[tuple[CallKey, str]]) -> Iterator[_Line]:
    lines = list(found)
    yield _Line(figure, count=len(lines))
    yield from (_Line(figure, pbx=key.pbx, call_id=key.call_id, note=reason) for key, reason in lines)
