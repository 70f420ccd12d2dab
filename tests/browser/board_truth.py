"""What the Chinese wallboard has to show of a document of `GET /wallboard`, worked out a second time; what it shows."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from playwright.async_api import APIRequestContext, Page

from callcenter.agents.rules import PauseReason, SeatState
from callcenter.calls.records import Outcome
from callcenter.clock import Clock

Shown = dict[str, Any]

SLACK_SECONDS = 2.5
"""Between what runs on the page and what is worked out here: each is cut to whole seconds, and asked for in turn."""

KINDS = {
    Outcome.ABANDONED_QUEUE: "放弃",
    Outcome.QUEUE_TIMEOUT: "超时",
    Outcome.QUEUE_EXIT_KEY: "按键",
    Outcome.QUEUE_FULL: "满线",
    Outcome.AFTER_HOURS: "下班",
    Outcome.ABANDONED_GREETING: "问候时",
    Outcome.BUSY: "占线",
    Outcome.VOICEMAIL: "留言",
    Outcome.FAILED: "中断",
    Outcome.UNKNOWN: "不明",
}
STATES = {
    SeatState.SIGNED_OFF: "签退",
    SeatState.UNREACHABLE: "未注册",
    SeatState.AVAILABLE: "空闲",
    SeatState.RINGING: "振铃",
    SeatState.TALKING: "通话",
    SeatState.ON_HOLD: "保持",
    SeatState.WRAP_UP: "整理",
    SeatState.PAUSED: "示忙",
}
REASONS = {
    PauseReason.BREAK: "休息",
    PauseReason.MEAL: "用餐",
    PauseReason.TRAINING: "培训",
    PauseReason.MEETING: "会议",
    PauseReason.AFTER_CALL_WORK: "话后工作",
    PauseReason.CASEWORK: "办案",
    PauseReason.TECHNICAL: "技术原因",
}

# The tiles whose detail counts kinds, with the word of each; a queue is shown by its own name.
WORDS: dict[str, dict[Any, str] | None] = {"空闲坐席": STATES, "未接": KINDS, "等待中": None}

READ = """() => {
    const text = (element) => element?.textContent.replace(/\\s+/g, " ").trim() ?? null;
    const seconds = (element) => text(element)?.split(":").reduce((sum, part) => 60 * sum + Number(part), 0) ?? -1;
    const detail = (tile) => {
        const parts = [...tile.querySelectorAll(".parts > li")].map(text);
        return parts.length ? parts.join(" · ") : text(tile.querySelector(".detail"));
    };
    const of = (tile) => [
        text(tile.querySelector(".name")).replace(/^[●△▲]\\s*/, ""),
        [text(tile.querySelector(".value")), detail(tile), tile.classList.contains("old")],
    ];
    return {
        tiles: Object.fromEntries([...document.querySelectorAll(".figure")].map(of)),
        audit: [...document.querySelectorAll(".zero-miss .part")].map(text),
        witnesses: text(document.querySelector(".data > :not(.age)")),
        callers: Object.fromEntries([...document.querySelectorAll(".callers .row")].map((row) =>
            [text(row).replace(/ ?[\\d:]+ ?⋯?$/, ""), seconds(row.querySelector("time"))])),
        seats: Object.fromEntries([...document.querySelectorAll(".seats .seat")].map((seat) =>
            [`${text(seat.querySelector(".name"))} ${text(seat.querySelector(".state"))}`,
             seconds(seat.querySelector("time"))])),
    };
}"""


async def read_page(page: Page) -> Shown:
    """Every figure on the wallboard: tiles as value, detail and whether hatched; of what runs, its seconds."""
    shown: Shown = await page.evaluate(READ)
    return shown


def expected(document: dict[str, Any], now: datetime) -> Shown:
    """The same from the document of the API."""
    waiting = document["calls"]["waiting"].values()
    total = document["today"]["total"]
    level = total["ratios"]["service_level_15"]
    seats = document["agents"]["seats"].values()
    states = Counter(seat["state"] for seat in seats)
    present = len(seats) - states[SeatState.SIGNED_OFF]
    callbacks, audit = document["callbacks"], document["audit"]
    queues = Counter(caller["queue"] for caller in waiting)
    overdue = [f"逾期 {callbacks['overdue']}"] if callbacks["overdue"] else []
    unknown_due = [f"期限不明 {callbacks['deadline_unknown']}"] if callbacks["deadline_unknown"] else []
    longest = max((_seconds_since(caller["waiting_since"], now) for caller in waiting), default=0.0)
    within, offered = level["numerator"], level["denominator"]
    share = _percent(within, offered) if offered else "0/0"
    return {
        "tiles": {
            "等待中": [str(len(waiting)), queues],
            "最长等待": longest,
            "通话中": [str(sum(bool(call["talking_with"]) for call in document["calls"]["up"].values())), ""],
            "空闲坐席": [f"{states[SeatState.AVAILABLE]}/{present}", Counter(states)],
            "15秒接通率": [share, f"{within}/{offered}" if offered else "尚无来电"],
            "接通": [str(total["answered"]), f"来电 {total['offered']}"],
            "未接": [str(total["missed"]), dict(total["missed_by_kind"])],
            "待回拨": [str(callbacks["open"]), " · ".join([*overdue, *unknown_due])],
        },
        "audit": [
            f"无法解释 {_or_dash(audit['unexplained'])}",
            f"未确认 {_or_dash(audit['unconfirmed'])}",
            f"盲区 {'—' if audit['blind_minutes'] is None else str(audit['blind_minutes']) + ' 分'}",
            f"未处置 {_or_dash(audit['undisposed'])}",
        ],
        "unconfirmed": document["today"]["unconfirmed"],
        "callers": {
            f"{caller['queue']} 第 {caller['position']} 位，{caller['caller_number']}": _seconds_since(
                caller["waiting_since"], now
            )
            for caller in waiting
        },
        "seats": {
            f"{seat['display_name'] or seat['user'] or seat['member_name']} {_state(seat)}": _seconds_since(
                seat["state_since"], now
            )
            for seat in seats
        },
    }


def differences(shown: Shown, wanted: Shown) -> list[str]:
    """What is on the page and not so in the document, in words; empty if every figure is right."""
    found = []
    tiles, of = shown["tiles"], wanted["tiles"]
    if sorted(tiles) != sorted(of):
        found.append(f"tiles: {sorted(tiles)}")
        return found
    for name, (value, detail, is_old) in tiles.items():
        if is_old:
            found.append(f"{name} is hatched")
        if name == "最长等待":
            if abs(_seconds(value) - of[name]) > SLACK_SECONDS:
                found.append(f"{name}: {value}, not {of[name]:.0f} s")
        elif name in WORDS:
            words = WORDS[name] or {queue: queue for queue in of[name][1]}
            if value != of[name][0] or not _are_parts_of(detail, of[name][1], words):
                found.append(f"{name}: {value} {detail}, not {of[name]}")
        elif [value, detail] != of[name]:
            found.append(f"{name}: {value} {detail}, not {of[name]}")
    if shown["audit"] != wanted["audit"]:
        found.append(f"audit: {shown['audit']}, not {wanted['audit']}")
    pending = wanted["unconfirmed"]
    if pending and shown["witnesses"] != f"◍ 待双证确认 {pending}":
        found.append(f"witnesses: {shown['witnesses']}, not {pending} pending")
    for part in ("callers", "seats"):
        if sorted(shown[part]) != sorted(wanted[part]):
            found.append(f"{part}: {sorted(shown[part])}, not {sorted(wanted[part])}")
            continue
        late = {
            name: seconds for name, seconds in shown[part].items() if abs(seconds - wanted[part][name]) > SLACK_SECONDS
        }
        if late:
            found.append(f"{part}: {late}, not { ({name: wanted[part][name] for name in late}) }")
    return found


async def is_true(page: Page, api: APIRequestContext, clock: Clock, *, caller: str, within: float) -> float:
    """Wait until the API knows this caller, and the page shows what the API answers; return after how many seconds.

    Without the caller a page and a board that have both heard nothing yet would be right.
    """
    begin = time.monotonic()
    while True:
        shown = await read_page(page)
        answer = await (await api.get("/api/v1/wallboard")).json()
        document = answer["document"]
        found = differences(shown, expected(document, clock()))
        if document["agents"]["is_blind"]:
            found = ["the PBX is not heard"]
        if caller not in document["calls"]["waiting"]:
            found = [f"{caller} has not come through"]
        took = time.monotonic() - begin
        if not found:
            return took
        assert took < within, found
        await asyncio.sleep(0.1)


def _are_parts_of(detail: str, counts: dict[str, int], words: dict[Any, str]) -> bool:
    """Some by name and the others together, as there is room; free agents are the value itself."""
    rest = {words[kind]: count for kind, count in counts.items() if count and kind != SeatState.AVAILABLE}
    parts = dict(part.rsplit(" ", 1) for part in detail.split(" · ") if part)
    others = int(parts.pop("其他", 0))
    named = {name: int(count) for name, count in parts.items()}
    return all(rest.pop(name, None) == count for name, count in named.items()) and sum(rest.values()) == others


def _state(seat: dict[str, Any]) -> str:
    shapes = {"signed_off": "▨", "unreachable": "▲", "available": "●", "ringing": "◍", "talking": "■", "on_hold": "■"}
    shape = shapes.get(seat["state"]) or {"wrap_up": "◆", "paused": "❚❚"}[seat["state"]]
    word = REASONS[seat["reason"]] if seat["state"] == SeatState.PAUSED else STATES[seat["state"]]
    return f"{shape} {word}"


def _percent(part: int, whole: int) -> str:
    """To a tenth, a half upwards; never 100 where one is lacking."""
    if part == whole:
        return "100%"
    tenths = Decimal(100 * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{min(Decimal('99.9'), tenths)}%"


def _or_dash(count: int | None) -> str:
    return "—" if count is None else str(count)


def _seconds(text: str) -> float:
    minutes, _, seconds = text.partition(":")
    return 60 * int(minutes) + int(seconds)


def _seconds_since(moment: str, now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(moment)).total_seconds())
