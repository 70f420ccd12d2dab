"""One matter of a synthetic year, and the words of which it is made. Names and numbers are made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

ENQUIRY, COMPLAINT, REPORT = "咨询", "投诉", "举报"

UNITS = ("武进分局", "新北分局", "天宁分局", "钟楼分局", "经开分局", "金坛分局", "溧阳分局")
GOODS = ("一般食品", "家用电器", "服装鞋帽", "通讯产品", "化妆品", "家具", "日用百货", "药品", "儿童用品")
SERVICES = ("餐饮和住宿", "教育培训", "美容美发", "电信", "文化娱乐体育", "快递邮政", "物业", "预付卡")
PROBLEMS = ("质量", "售后服务", "价格", "合同", "虚假宣传", "假冒", "食品安全", "计量")
COMMONNESS = (30, 20, 14, 12, 10, 6, 5, 3)
"""Of the problems."""
CHANNELS = ("互联网", "电话", "微信小程序", "来访")
_TRADES = ("商业", "百货", "食品", "电器", "餐饮", "教育咨询", "健身服务", "网络科技", "家居", "服饰")
_SYLLABLES = "宏达利丰华泰安瑞嘉盛德信源康美佳远恒新"


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """As somebody told it; `at` is local. What the platform does not export is beside it in the file."""

    at: datetime
    kind: str
    merchant: str | None = None
    goods: str = ""
    service: str = ""
    problem: str = ""
    text: str
    unit: str
    person: str
    """A telephone number, made up."""
    handled_days: float
    """From the receipt to the end."""


COLUMNS = (
    *("登记编号", "类型", "接收方式", "企业名称", "企业地址", "诉求内容", "问题类别", "事发地", "具体问题"),
    *("初查受理状态", "处理机构", "处理部门", "反馈内容", "商品类别", "服务类别", "登记时间", "联系电话", "办理天数"),
)
"""The headings of the platform, those that the import knows besides, and the last two, which it passes over."""


def name_merchants(count: int) -> list[str]:
    """Different names, always the same ones."""
    signs = len(_SYLLABLES)
    pairs = [(first, second) for first in range(signs) for second in range(signs) if first != second]
    names = [f"常州{_SYLLABLES[a]}{_SYLLABLES[b]}{trade}有限公司" for trade in _TRADES for a, b in pairs]
    return names[:: max(1, len(names) // count)][:count]


def row_of(number: int, year: int, matter: Matter, channel: str) -> Sequence[str]:
    """The cells of a matter under COLUMNS."""
    subject = matter.goods or matter.service
    return (
        f"1320400{year}{number:07d}",
        matter.kind,
        channel,
        matter.merchant or "",
        f"常州市{matter.unit[:2]}区" if matter.merchant else "",
        matter.text,
        matter.problem,
        f"常州市{matter.unit[:2]}区",
        f"{subject}{matter.problem}",
        "" if matter.kind == ENQUIRY else "受理",
        matter.unit,
        "投诉举报科",
        "",
        matter.goods,
        matter.service,
        f"{matter.at:%Y-%m-%d %H:%M:%S}",
        matter.person,
        f"{matter.handled_days:.1f}",
    )
