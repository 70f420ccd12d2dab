"""An interview as a page to print: the notice before it was held, then the record of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from callcenter.analysis.interviews.schemas import InterviewView
from callcenter.analysis.interviews.states import InterviewReason, InterviewState
from callcenter.casework.forms.words import chinese_day, day_of
from callcenter.casework.printed_pages import print_page

_PAGE = Path(__file__).with_name("interview.typ")
_REASONS = {
    InterviewReason.OVERDUE_LETTER: "维权建议函逾期未回复",
    InterviewReason.TOP_THREE: "投诉量连续两个月居前三位",
    InterviewReason.GROUP_COMPLAINT: "群体性投诉",
    InterviewReason.REFUSED_MEDIATIONS: "90日内三次以上拒绝调解",
    InterviewReason.DIRECTOR: "典型或者特殊情况",
}
_UNSIGNED = (InterviewState.PROPOSED, InterviewState.REJECTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """For which office it is printed, where, in which font, and when."""

    office: str
    timezone: ZoneInfo
    font: str
    at: datetime


def print_interview(view: InterviewView, printed: Print, page: Literal["pdf", "png"] = "pdf") -> bytes:
    """The page."""
    return print_page(_PAGE, describe_interview(view, printed) | {"font": printed.font}, at=printed.at, page=page)


def describe_interview(view: InterviewView, printed: Print) -> dict[str, Any]:
    """What the page is given to print."""
    is_record = view.held_at is not None
    notice = view.notice
    rows: list[tuple[str, str | None]] = [
        ("约谈对象", view.merchant),
        ("约谈事由", _REASONS[view.reason]),
        ("依据", view.basis),
        ("约谈时间", _moment(view.held_at or view.meets_at, printed.timezone)),
        ("地点", None if notice is None else notice.place),
        ("携带材料", None if notice is None else notice.materials),
        ("通知方式", None if notice is None else notice.how),
    ]
    if is_record:
        rows += [
            ("约谈人", "、".join(view.hosts)),
            ("参加人", "；".join(f"{one.name}（{one.post}，{one.authority}）" for one in view.attendees)),
            ("指出的问题", view.problems),
            ("谈话内容", view.minutes),
        ]
    return {
        "office": printed.office,
        "title": "约谈记录" if is_record else "约谈通知书",
        "mark": "草　稿" if view.state in _UNSIGNED else "",
        "rows": [[label, text or "—"] for label, text in rows],
        "commitments": [
            [
                one.text,
                one.owner,
                chinese_day(one.due_on),
                "已核实" if one.verified_at else "已完成" if one.done_at else "",
            ]
            for one in view.commitments
        ],
        "header": ["整改承诺", "责任人", "期限", "落实情况"],
        "signatures": ["约谈人签名", "约谈人签名", "被约谈人签名", "日期"] if is_record else [],
        "date": day_of(printed.at, printed.timezone),
        "footer": f"约谈 {view.id}",
    }


def _moment(at: datetime | None, timezone: ZoneInfo) -> str | None:
    return None if at is None else f"{day_of(at, timezone)} {at.astimezone(timezone):%H:%M}"
