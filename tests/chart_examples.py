"""The fixed charts of one month as tests draw them, with names that a chart must survive."""

from __future__ import annotations

from decimal import Decimal

from callcenter.analysis.arithmetic import shares
from callcenter.analysis.charts.figures import (
    Chart,
    ChartId,
    CountInterval,
    Figures,
    HourHeat,
    IntervalBars,
    KindCounts,
    LimitPoint,
    LimitsChart,
    MonthCounts,
    RankedBar,
    RankedBars,
    ShareBar,
    ShareBars,
    Step,
    StepBars,
)
from callcenter.analysis.statistics.intervals import poisson_mean

LONG = "常州市新北区三井街道通江中路六百号万达广场一层" + "某" * 18 + "餐饮管理有限公司新北万达分公司（个体）"
HOSTILE = (
    LONG,
    "\u202eغذاء\u202c 卡文 \u200f",
    "{a|x}{b}: {c} {value}",
    "<script>alert(1)</script>&amp;\"'",
    "\x00\x1b[31m红\n店\ufffe",
    "Z̸̢̛̗a̷̡͎l̵̡͙g̶̢͓o̴̢ 饭店",
)
PERIOD = "2026年3月"
MONTHS = (*(f"2025-{month:02}" for month in range(3, 13)), "2026-01", "2026-02", "2026-03")
DAYS = (21, 22, 19, 21, 23, 21, 22, 18, 21, 23, 20, 16, 22)
COMPLAINTS = (30, 41, 24, 33, 28, 31, 36, 29, 35, 26, 38, 33, 80)
CENTRE = sum(COMPLAINTS[:-1]) / sum(DAYS[:-1])


def ranking(names: tuple[str, ...], *, with_before: bool = False) -> RankedBars:
    """Falling counts."""
    counts = [203 - 17 * place for place in range(len(names))]
    parts: list[Decimal] = shares([*counts, 640])
    return RankedBars(
        rows=tuple(
            RankedBar(
                label=name,
                count=count,
                share=share,
                before=count - 9 + 5 * (count % 4) if with_before else None,
                year_before=count // 2 + 7 if with_before else None,
            )
            for name, count, share in zip(names, counts, parts, strict=False)
        ),
        whole=sum(counts) + 640,
    )


def limits() -> LimitsChart:
    """The last month lies above."""
    reach = [3 * (CENTRE / days) ** 0.5 for days in DAYS]
    points = (
        LimitPoint(label=label, count=count, days=days, low=max(0.0, CENTRE - width), high=CENTRE + width)
        for label, count, days, width in zip(MONTHS, COMPLAINTS, DAYS, reach, strict=True)
    )
    return LimitsChart(points=tuple(points), centre=CENTRE)


PROBLEMS = ("质量", "售后服务", "合同", "虚假宣传", "价格", "食品安全", "计量", "安全", "人身权利", "其他")
GOODS = ("普通食品", "家居用品", "通讯产品", "服装鞋帽", "交通工具", "家用电器", "化妆品", "保健食品", "计算机", "农资")
SERVICES = ("餐饮服务", "美容美发", "健身服务", "教育培训", "互联网服务", "住宿", "维修", "旅游", "停车", "物业")
UNITS = ("新北分局", "天宁分局", "钟楼分局", "武进分局", "经开区分局", "金坛分局", "溧阳分局", "稽查支队")
ON_TIME = ((38, 42), (30, 42), (52, 61), (9, 12), (118, 120), (0, 3), (77, 77), (0, 0))
ANSWERS = ("调解员态度", "处理结果", "总体满意")
SATISFIED = ((16, 18), (9, 12), (7, 8))


def charts() -> list[Chart]:
    """All twelve."""
    kinds = (("投诉", 210), ("举报", 130), ("咨询", 96), ("建议", 11))
    names = tuple(f"商户{place}号" for place in range(1, 5)) + HOSTILE
    merchants = (23, 17, 12, 11, 9, 9, 7, 6, 5, 5)
    figures: dict[ChartId, Figures] = {
        ChartId.MONTHS: MonthCounts(
            months=MONTHS,
            kinds=tuple(
                KindCounts(name=name, counts=tuple(base + (base * place * 7) % 31 for place in range(len(MONTHS))))
                for name, base in kinds
            ),
            year_before=(None, *(400 + 23 * (place % 5) for place in range(1, len(MONTHS)))),
        ),
        ChartId.CHANNELS: ranking(("热线电话", "互联网平台", "来访", "上级转办", "来信", "其他")),
        ChartId.PROBLEMS: ranking(PROBLEMS, with_before=True),
        ChartId.GOODS: ranking(GOODS),
        ChartId.SERVICES: ranking(SERVICES, with_before=True),
        ChartId.MERCHANTS: IntervalBars(
            rows=tuple(
                CountInterval(label=name, count=count, interval=poisson_mean(count))
                for name, count in zip(names, merchants, strict=True)
            ),
            whole=447,
        ),
        ChartId.HOURS: HourHeat(
            counts=tuple(
                tuple(max(0, 96 - 7 * abs(hour - 10) - 9 * day) if hour >= 7 else hour % 2 for hour in range(24))
                for day in range(7)
            )
        ),
        ChartId.LIMITS: limits(),
        ChartId.STEPS: StepBars(
            steps=tuple(
                Step(label=label, count=count)
                for label, count in (("登记", 1_447), ("受理决定", 1_398), ("调解终结", 1_102), ("办结", 1_065))
            )
        ),
        ChartId.UNITS: ShareBars(
            rows=tuple(
                ShareBar(label=label, part=part, whole=whole)
                for label, (part, whole) in zip(UNITS, ON_TIME, strict=True)
            ),
            overall=ShareBar(
                label="全部", part=sum(part for part, _ in ON_TIME), whole=sum(whole for _, whole in ON_TIME)
            ),
        ),
        ChartId.BRANDS: ranking(HOSTILE, with_before=True),
        ChartId.SATISFACTION: ShareBars(
            rows=tuple(
                ShareBar(label=label, part=part, whole=whole)
                for label, (part, whole) in zip(ANSWERS, SATISFIED, strict=True)
            ),
            overall=ShareBar(label="全部", part=32, whole=38),
        ),
    }
    return [Chart(id=of, period=PERIOD, figures=each) for of, each in figures.items()]
