"""First texts of advisories, with the figures filled in. Somebody writes them on; nothing is sent by itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcenter.analysis.advisories.replies import REPLY_WORKDAYS
from callcenter.analysis.advisories.states import AdvisoryKind

_BLANK = "＿＿＿＿＿＿"
_ORDER_121 = "《市场监督管理投诉举报处理办法》第三十八条"
_CONSUMER_LAW = "《中华人民共和国消费者权益保护法》第三十三条"


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthCount:
    """Complaints of a month."""

    year: int
    month: int
    complaints: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftFigures:
    """What a draft is made of. `subject` is a merchant or the name of a category, None where neither was chosen."""

    subject: str | None
    months: Sequence[MonthCount]

    @property
    def complaints(self) -> int:
        """Of all months."""
        return sum(one.complaints for one in self.months)


_TITLES: Mapping[AdvisoryKind, str] = {
    AdvisoryKind.WARNING: "关于{trade}的消费警示",
    AdvisoryKind.TIP: "关于{trade}的消费提示",
    AdvisoryKind.LETTER: "关于{subject}消费投诉情况的维权建议函",
    AdvisoryKind.REGULATORY: "关于{subject}的监管建议",
    AdvisoryKind.GOVERNMENT: "关于{subject}消费投诉情况的专题报告",
}
_REPORTED = "{first}至{last}，12315热线共接到消费者反映{named}问题的投诉{total}件{months}。"
_PARTS: Mapping[AdvisoryKind, Sequence[str]] = {
    AdvisoryKind.WARNING: (
        _REPORTED,
        f"消费者反映的问题主要是：{_BLANK}。",
        f"提醒广大消费者：{_BLANK}。如遇消费纠纷，可拨打12315。",
    ),
    AdvisoryKind.TIP: (f"选购和使用时，请注意：{_BLANK}。", "如遇消费纠纷，可拨打12315。"),
    AdvisoryKind.LETTER: (
        _REPORTED,
        f"消费者反映的问题主要是：{_BLANK}。以上为消费者反映的情况。",
        f"根据{_CONSUMER_LAW}和{_ORDER_121}，建议督促其：{_BLANK}。",
        f"请于收到本函之日起{REPLY_WORKDAYS}个工作日内书面回复处理情况。",
    ),
    AdvisoryKind.REGULATORY: (
        _REPORTED,
        f"根据{_ORDER_121}，建议：重点抽检的商品{_BLANK}；重点检查的对象{_BLANK}；专项整治的行业{_BLANK}。",
    ),
    AdvisoryKind.GOVERNMENT: (
        _REPORTED,
        f"消费者反映的问题主要是：{_BLANK}。原因分析：{_BLANK}。",
        f"根据{_ORDER_121}，特此报告，并建议：{_BLANK}。",
    ),
}


def write_draft(kind: AdvisoryKind, figures: DraftFigures) -> tuple[str, str]:
    """Title and text, a paragraph a line. The public is not told who the merchant is."""
    is_public = kind in (AdvisoryKind.WARNING, AdvisoryKind.TIP)
    subject = figures.subject or _BLANK
    words = {"subject": subject, "trade": _BLANK if is_public else subject, **_months(figures)}
    words["named"] = words["trade"]
    return _TITLES[kind].format(**words), "\n".join(part.format(**words) for part in _PARTS[kind])


def _months(figures: DraftFigures) -> dict[str, str | int]:
    if not figures.months:
        return {"first": _BLANK, "last": _BLANK, "total": 0, "months": ""}
    each = "、".join(f"{one.year}年{one.month}月{one.complaints}件" for one in figures.months)
    first, last = figures.months[0], figures.months[-1]
    return {
        "first": f"{first.year}年{first.month}月",
        "last": f"{last.year}年{last.month}月",
        "total": figures.complaints,
        "months": f"（{each}）" if len(figures.months) > 1 else "",
    }
