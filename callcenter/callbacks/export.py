"""The callback list as a table: a row a caller."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from callcenter.callbacks.list_store import CallbackRow, losses_of
from callcenter.callbacks.words import CALENDAR_MISSING, KINDS, STATES
from callcenter.kpis.words import LOSSES
from callcenter.languages import Language, word_of
from callcenter.table_files import Column, Kind, Row, Table

CALLBACKS = Table(
    name="callbacks",
    columns=(
        Column("caller_number", "主叫号码", 18, Kind.PHONE),
        Column("caller_name", "姓名", 14),
        Column("shown_number", "来电显示", 18, Kind.PHONE),
        Column("state", "状态", 18),
        Column("kind", "类别", 11),
        Column("due_at", "回电期限", 19),
        Column("is_overdue", "已超期", 10),
        Column("has_message", "有留言", 12),
        Column("tries", "来电次数", 8),
        Column("tries_within_10_minutes", "10分钟内来电次数", 12),
        Column("longest_wait", "最长等待", 12, Kind.DURATION),
        Column("first_call_at", "首次来电", 19),
        Column("last_call_at", "末次来电", 19),
        Column("lost_by", "未接原因", 30),
        Column("attempts", "回电次数", 9),
        Column("closed_at", "办结时间", 19),
        Column("closed_by", "办结来电编号", 24),
        Column("decided_by", "签字人", 12),
        Column("decision_reason", "签字理由", 30),
        Column("episode_id", "编号", 10),
        Column("call_ids", "来电编号", 40),
    ),
)


def rows_of(rows: Iterable[CallbackRow], language: Language) -> list[Row]:
    """The cells of each row in the order of the columns."""
    return [_row(row, language) for row in rows]


def _row(row: CallbackRow, language: Language) -> Row:
    calls, decision, closed_by = row["calls"], row["decision"], row["closed_by"]
    names = dict.fromkeys(call["caller_name"] for call in calls if call["caller_name"])
    wait = row["longest_wait_seconds"]
    return [
        row["caller_number"],
        " / ".join(names) or None,
        calls[0]["caller_number"] if calls and row["caller_number"] is None else None,
        word_of(STATES, row["state"], language),
        word_of(KINDS, row["kind"], language),
        word_of(CALENDAR_MISSING, "calendar missing", language)
        if row["is_calendar_missing"]
        else _moment(row["due_at"]),
        row["is_overdue"],
        row["has_message"],
        row["tries"],
        row["tries_within_10_minutes"],
        None if wait is None else timedelta(seconds=wait),
        _moment(row["opened_at"]),
        _moment(calls[-1]["started_at"]) if calls else None,
        " ".join(word_of(LOSSES, loss, language) for loss in losses_of(row)),
        row["attempts"],
        _moment(row["closed_at"]),
        None if closed_by is None else closed_by["call_id"],
        None if decision is None else decision["by"],
        None if decision is None else decision["reason"],
        row["episode_id"],
        " ".join(call["call_id"] for call in calls),
    ]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
