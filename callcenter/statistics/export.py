"""The statistics as tables: what JSON shows, a row an interval, an hour of the week, a seat, a forecast."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from callcenter.agents.rules import PauseReason, SeatState
from callcenter.calls.records import Outcome
from callcenter.kpis.definitions import AGENT_RATIOS, CALL_RATIOS
from callcenter.kpis.schemas import RatioView
from callcenter.kpis.tallies import LOST_AFTER_TRANSFER
from callcenter.kpis.words import LOSSES
from callcenter.languages import Language, word_of
from callcenter.statistics.intervals import Interval
from callcenter.statistics.schemas import (
    AgentFiguresView,
    AgentStatistics,
    CallStatistics,
    HeatMap,
    IntervalView,
    StaffingView,
)
from callcenter.table_files import Cell, Column, Kind, Row, Table

INTERVALS: Mapping[str, str] = {
    Interval.QUARTER_OF_AN_HOUR: "一刻钟",
    Interval.HOUR: "小时",
    Interval.DAY: "日",
    Interval.WEEK: "周",
    Interval.MONTH: "月",
    "total": "合计",
}

WEEKDAYS: Mapping[str, str] = {str(number): f"星期{sign}" for number, sign in enumerate("一二三四五六日", start=1)}

STATES: Mapping[str, str] = {
    SeatState.SIGNED_OFF: "签退",
    SeatState.UNREACHABLE: "话机离线",
    SeatState.AVAILABLE: "空闲",
    SeatState.RINGING: "振铃",
    SeatState.TALKING: "通话",
    SeatState.ON_HOLD: "保持",
    SeatState.WRAP_UP: "话后处理",
    SeatState.PAUSED: "示忙",
}

PAUSES: Mapping[str, str] = {
    PauseReason.BREAK: "休息",
    PauseReason.MEAL: "用餐",
    PauseReason.TRAINING: "培训",
    PauseReason.MEETING: "会议",
    PauseReason.AFTER_CALL_WORK: "话后工作",
    PauseReason.CASEWORK: "办案",
    PauseReason.TECHNICAL: "技术原因",
}

RATIOS: Mapping[str, str] = {
    "service_level_15": "15秒服务水平",
    "service_level_20": "20秒服务水平",
    "service_level_30": "30秒服务水平",
    "connect_rate": "接通率",
    "connect_rate_without_short": "接通率（不含短呼叫）",
    "abandon_rate": "放弃率",
    "abandon_rate_without_short": "放弃率（不含短呼叫）",
    "asa_seconds": "平均应答速度",
    "patience_seconds": "平均耐心时长",
    "talk_seconds": "平均通话时长",
    "ring_no_answer_rate": "振铃未接率",
    "occupancy": "占用率",
    "aht_seconds": "平均处理时长",
}

_KINDS_OF_MISS = (
    *(kind.value for kind in Outcome if kind not in (Outcome.ANSWERED, Outcome.CANCELLED)),
    LOST_AFTER_TRANSFER,
)
"""Nobody who rings us cancels a call; a kind that should come nevertheless is in the number of all misses."""


def _ratio_column(name: str, unit: str) -> Column:
    kind = Kind.DURATION if unit == "seconds" else Kind.SHARE
    return Column(name.removesuffix("_seconds"), RATIOS[name], 12, kind)


def _ratio(ratio: RatioView | None, name: str) -> Cell:
    if ratio is None or ratio.value is None:
        return None
    return timedelta(seconds=ratio.value) if name.endswith("_seconds") else ratio.value


CALLS = Table(
    name="statistics-calls",
    columns=(
        Column("interval", "时段", 9),
        Column("from", "起", 19),
        Column("to", "止", 19),
        Column("offered", "呼入量", 9),
        Column("answered", "接听量", 9),
        Column("missed", "未接量", 9),
        *(Column(f"missed_{kind}", f"未接：{LOSSES[kind]}", 12) for kind in _KINDS_OF_MISS),
        Column("short", "短呼叫", 9),
        Column("handled", "处理量", 9),
        Column("longest_wait", "最长等待", 12, Kind.DURATION),
        *(_ratio_column(ratio.name, ratio.unit) for ratio in CALL_RATIOS),
        Column("unconfirmed", "两方记录不一致", 12),
        Column("settled", "不一致而主管已说明", 12),
        Column("still_up", "通话中", 9),
        Column("blind", "记录中断", 30),
    ),
)

HEAT_MAP = Table(
    name="statistics-heat-map",
    columns=(
        Column("weekday", "星期", 9),
        Column("hour", "时", 6),
        Column("times", "出现次数", 9),
        Column("offered", "呼入量", 9),
        Column("offered_mean", "平均呼入量", 12),
        Column("missed", "未接量", 9),
        Column("missed_mean", "平均未接量", 12),
    ),
)

AGENTS = Table(
    name="statistics-agents",
    columns=(
        Column("device", "话机", 12),
        Column("users", "坐席", 18),
        *(Column(state.value, STATES[state], 12, Kind.DURATION) for state in SeatState),
        *(Column(f"paused_{reason}", f"示忙：{PAUSES[reason]}", 12, Kind.DURATION) for reason in PauseReason),
        Column("paused_otherwise", "示忙：其他", 12, Kind.DURATION),
        Column("calls", "通话量", 9),
        Column("talked", "通话时长", 12, Kind.DURATION),
        Column("rings", "振铃次数", 9),
        Column("rings_unanswered", "振铃未接", 9),
        *(_ratio_column(ratio.name, ratio.unit) for ratio in AGENT_RATIOS),
        Column("pbx", "交换机", 9),
        Column("interface", "接口", 18),
    ),
)

STAFFING = Table(
    name="statistics-staffing",
    columns=(
        Column("seats", "坐席数", 9),
        Column("is_advised", "建议", 9),
        Column("people", "需要人数", 9),
        Column("service_level", "服务水平（Erlang C）", 18, Kind.SHARE),
        Column("asa", "平均应答速度（Erlang C）", 18, Kind.DURATION),
        Column("must_wait", "需等待（Erlang A）", 18, Kind.SHARE),
        Column("abandon", "放弃（Erlang A）", 18, Kind.SHARE),
        Column("occupancy", "占用率", 12, Kind.SHARE),
        Column("busy_hour", "忙时", 9),
        Column("calls_an_hour", "每小时呼入", 12),
        Column("aht", "平均处理时长", 12, Kind.DURATION),
        Column("patience", "平均耐心时长", 12, Kind.DURATION),
    ),
)


def call_rows(of: CallStatistics, language: Language) -> list[Row]:
    """The intervals in order, and all of them together."""
    return [
        *(_interval(item, word_of(INTERVALS, of.interval, language)) for item in of.intervals),
        _interval(of.total, word_of(INTERVALS, "total", language)),
    ]


def _interval(item: IntervalView, name: str) -> Row:
    figures, seen = item.figures, item.completeness
    longest = figures.longest_wait_seconds
    return [
        name,
        item.from_,
        item.to,
        figures.offered,
        figures.answered,
        figures.missed,
        *(figures.missed_by_kind.get(kind, 0) for kind in _KINDS_OF_MISS),
        figures.short,
        figures.handled,
        None if longest is None else timedelta(seconds=longest),
        *(_ratio(figures.ratios[ratio.name], ratio.name) for ratio in CALL_RATIOS),
        seen.unconfirmed,
        seen.settled,
        seen.still_up,
        " ".join(f"{witness} {timedelta(seconds=round(blind))}" for witness, blind in seen.blind_seconds.items()),
    ]


def heat_rows(of: HeatMap, language: Language) -> list[Row]:
    """The hours from Monday on."""
    return [
        [
            word_of(WEEKDAYS, str(cell.weekday), language) if language is Language.CHINESE else cell.weekday,
            cell.hour,
            cell.offered.denominator,
            int(cell.offered.numerator),
            cell.offered.value,
            int(cell.missed.numerator),
            cell.missed.value,
        ]
        for cell in of.cells
    ]


def agent_rows(of: AgentStatistics) -> list[Row]:
    """The seats by device."""
    return [_seat(seat) for seat in of.seats]


def _seat(seat: AgentFiguresView) -> Row:
    others = [spent for reason, spent in seat.pause_seconds.items() if reason not in PAUSES]

    def spent(times: Mapping[str, float], name: str) -> Cell:
        """Where no state is known, neither is the time in one."""
        return timedelta(seconds=times.get(name, 0)) if seat.state_seconds else None

    return [
        seat.device,
        " ".join(seat.users),
        *(spent(seat.state_seconds, state) for state in SeatState),
        *(spent(seat.pause_seconds, reason) for reason in PauseReason),
        timedelta(seconds=sum(others)) if seat.state_seconds else None,
        seat.calls,
        timedelta(seconds=seat.talked_seconds),
        seat.rings,
        seat.rings_unanswered,
        *(_ratio(seat.ratios[ratio.name], ratio.name) for ratio in AGENT_RATIOS),
        seat.pbx,
        seat.interface,
    ]


def staffing_rows(of: StaffingView) -> list[Row]:
    """What the load meets at so many seats; none where no load is known."""
    load = of.load
    if load is None:
        return []
    return [
        [
            forecast.seats,
            forecast.seats == of.seats,
            of.people if forecast.seats == of.seats else None,
            forecast.service_level,
            None if forecast.asa_seconds is None else timedelta(seconds=forecast.asa_seconds),
            forecast.must_wait,
            forecast.abandon,
            forecast.occupancy,
            of.busy_hour,
            load.calls_an_hour,
            timedelta(seconds=load.aht_seconds),
            timedelta(seconds=load.patience_seconds),
        ]
        for forecast in of.forecasts
    ]
