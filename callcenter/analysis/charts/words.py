"""The words of charts, in Chinese and in English."""

from __future__ import annotations

from callcenter.analysis.charts.figures import ChartId
from callcenter.languages import Language, Words

TITLES: dict[ChartId, Words] = {
    ChartId.MONTHS: ("各月接收量（按类型）", "Matters received each month, by kind"),
    ChartId.CHANNELS: ("接收渠道", "Channels"),
    ChartId.PROBLEMS: ("问题类别排行", "Problem classes"),
    ChartId.GOODS: ("商品类别排行", "Goods"),
    ChartId.SERVICES: ("服务类别排行", "Services"),
    ChartId.MERCHANTS: ("被诉经营者排行（内部资料）", "Merchants complained of (internal)"),
    ChartId.HOURS: ("来电时段分布", "Calls by weekday and hour"),
    ChartId.LIMITS: ("每个工作日投诉量（u 控制图）", "Complaints per working day (u-chart)"),
    ChartId.STEPS: ("办理进程", "From registration to completion"),
    ChartId.UNITS: ("各单位按期办结率", "Completed on time, by unit"),
    ChartId.BRANDS: ("品牌排行", "Brands"),
    ChartId.SATISFACTION: ("回访满意率", "Satisfied in the survey"),
}

WORDS: dict[str, Words] = {
    "matters": ("共 {n} 件", "{n} in all"),
    "months": ("{months} 个月共 {n} 件，末月 {last} 件", "{n} in {months} months, {last} in the last"),
    "calls": ("共 {n} 通来电", "{n} calls in all"),
    "listed": ("所列 {n} 件", "{n} listed"),
    "complaints": ("共 {n} 件投诉，{days} 个工作日", "{n} complaints in {days} working days"),
    "registered": ("登记 {n} 件", "{n} registered"),
    "overall_units": ("全部 {part}/{whole} 件，{share}", "all units {part}/{whole}, {share}"),
    "overall_satisfaction": ("全部 {part}/{whole} 人，{share}", "all asked {part}/{whole}, {share}"),
    "wilson": ("线段为 95% Wilson 区间", "lines: 95 % (Wilson)"),
    "poisson": ("线段为 95% Poisson 区间", "lines: 95 % (Poisson)"),
    "limits": ("虚线为控制限", "dashed: control limits"),
    "small": ("空心为小样本（少于 10）", "hollow: small sample (< 10)"),
    "nothing": ("没有数据", "no data"),
    "now": ("本期", "this period"),
    "before": ("上期", "period before"),
    "year_before": ("上年同期", "year before"),
    "last_year": ("上年", "Last year"),
    "total": ("合计", "Total"),
    "month": ("月份", "Month"),
    "name": ("名称", "Name"),
    "count": ("件数", "Count"),
    "share": ("占比", "Share"),
    "rate": ("比率", "Rate"),
    "part": ("分子", "Of these"),
    "whole": ("分母", "Of"),
    "low": ("下限", "Low"),
    "high": ("上限", "High"),
    "centre": ("实线为中心线 {rate}", "solid: centre {rate}"),
    "per_day": ("每工作日", "Per working day"),
    "days": ("工作日", "Days"),
    "step": ("环节", "Step"),
    "weekday": ("星期", "Weekday"),
    "sum": ("小计", "Sum"),
}

WEEKDAYS: tuple[Words, ...] = (
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
)


def word(name: str, language: Language, **values: str) -> str:
    """One of WORDS, with what belongs into it."""
    return pick(WORDS[name], language).format(**values)


def pick(words: Words, language: Language) -> str:
    """The one of that language."""
    return words[list(Language).index(language)]
