"""A wall in a real browser: how late a changed figure is on the screen, and what the page costs the machine.

From the moment of an AMI event, by Asterisk's own clock, to the frame that shows the changed tile, while 20 calls come
in each second and 99 further sockets hang on the board. Everything runs on this machine, whose cores it shares.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from playwright.async_api import Browser, CDPSession, Page
from sqlalchemy import text

from callcenter.postgres.database import Database, open_database
from hotline_bench.figure import Figure
from hotline_bench.queue_calls import CONFIG, call
from hotline_demo.backend import SUPERVISOR, Backend, BackendError
from hotline_demo.place import fresh_home
from hotline_demo.stage import witnesses_of
from hotline_lab.asterisk import Lab
from hotline_lab.chromium import chromium
from hotline_lab.ports import HTTP_PORTS

PBX = 6
SOCKETS = 99
CALLS_A_SECOND = 20
WHOLE_MINUTES = 60.0
SETTLED_SHARE = 1 / 6
"""Of the run: the heap is compared from minute 10 of 60 on."""
SAMPLES = 12
MOST_MILLISECONDS, MOST_OF_A_CORE, MOST_HEAP_CHANGE = 500, 15.0, 10.0
SIPP_SECONDS = 100
"""SIPp gives up after two minutes: longer runs are of several."""

WATCH = """
window.heard = [];
window.painted = [];
const Real = WebSocket;
window.WebSocket = class extends Real {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "delta") window.heard.push([performance.timeOrigin + performance.now(), message.changes
        .filter(({ op, path }) => (op === "add" && /^.calls.waiting.[^/]+$/.test(path))
          || (op === "remove" && /^.calls.up.[^/]+$/.test(path)))
        .map(({ op, path, value }) => op === "add" ? { begun: value.waiting_since } : { gone: path })]);
    });
  }
};
addEventListener("DOMContentLoaded", () => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => window.painted.push(performance.timeOrigin + performance.now());
  let isAwaited = false;
  const values = /^(等待中|接通|未接)$/;
  const isFigure = ({ target }) => values.test(target.parentElement?.closest(".figure")
    ?.querySelector(".name")?.textContent.replace(/^[●△▲]\\s*/, "").trim() ?? "");
  new MutationObserver((changes) => {
    if (isAwaited || !changes.some(isFigure)) return;
    isAwaited = true;
    requestAnimationFrame(() => { isAwaited = false; channel.port2.postMessage(null); });
  }).observe(document.body, { subtree: true, characterData: true, childList: true });
});
"""
"""What came, and when a frame with another value of a tile was made. Tiles that follow the clock alone do not count.
What is posted while a frame is made arrives behind it."""
TAKE = "() => { const found = [window.heard, window.painted]; window.heard = []; window.painted = []; return found; }"


@dataclass
class Seen:
    """What the page heard and painted, by the milliseconds of this machine's clock, and what it costs."""

    heard: list[tuple[float, list[dict[str, str]]]] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)
    heap: list[int] = field(default_factory=list)
    """Bytes after a collection, from the settled moment on."""
    page_seconds: float = 0.0
    browser_seconds: float = 0.0
    """Of processor time, of the page's own process and of all processes of the browser."""
    lasted: float = 0.0


async def measure_browser(minutes: float = WHOLE_MINUTES, pbx: int = PBX) -> list[Figure]:
    """A wall at 1920x1080 in Chromium, for so many minutes; fewer than 60 are said in the names of the figures."""
    with fresh_home("bench") as home:
        async with (
            Lab(pbx=pbx, state=home / "lab", more_config=CONFIG) as lab,
            open_database(None, home / "live") as database,
        ):
            environment = {
                **witnesses_of(lab.info),
                "CALLCENTER_DATA_DIR": str(home / "live"),
                "CALLCENTER_COOKIE_SECURE": "false",
                "CALLCENTER_LIVE_VIEWS_PER_USER": str(2 * SOCKETS),
            }
            port = HTTP_PORTS.keep()
            async with Backend(environment=environment, log=home / "live.log", http_port=port) as backend:
                token = (await backend.run("user", "token", SUPERVISOR, "sockets")).strip()
                made = await backend.ask("POST", "/api/v1/screens", {"name": "bench", "queues": []})
                async with _sockets(port, token), chromium() as browser:
                    seen = await _watch(browser, lab, f"{backend.address}/wall#{made.body['secret']}", minutes)
                ended = await _ended(database)
    return _figures(seen, ended, minutes)


@asynccontextmanager
async def _sockets(port: int, token: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline_bench.board_sockets", str(port), token, str(SOCKETS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        if process.stdout is None or not await process.stdout.readline():
            raise BackendError("The sockets could not connect.")
        yield
        if process.returncode is not None:
            raise BackendError("The sockets were lost.")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _watch(browser: Browser, lab: Lab, address: str, minutes: float) -> Seen:
    """The wall while callers come and go."""
    loop = asyncio.get_running_loop()
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    await page.add_init_script(WATCH)
    await page.goto(address)
    await page.locator(".figure").first.wait_for()
    of_browser, of_page = await browser.new_browser_cdp_session(), await context.new_cdp_session(page)
    calling = asyncio.create_task(_call(lab, 60 * minutes))
    try:
        await asyncio.sleep(min(10.0, 6 * minutes))  # the first callers, and a page that has settled down
        await page.evaluate(TAKE)
        seen, begin, before = Seen(), loop.time(), await _processor_times(of_browser)
        while (lasted := loop.time() - begin) < 60 * minutes:
            if lasted >= SETTLED_SHARE * 60 * minutes:
                seen.heap.append(await _heap(of_page))
            await asyncio.sleep(min(60 * minutes / SAMPLES, 60 * minutes - lasted))
            await _take(page, seen)
        seen.lasted = loop.time() - begin
        after = await _processor_times(of_browser)
    finally:
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    spent = {process: time - before.get(process, 0.0) for process, time in after.items()}
    seen.browser_seconds = sum(spent.values())
    seen.page_seconds = max(time for (kind, _), time in spent.items() if kind == "renderer")
    return seen


async def _call(lab: Lab, seconds: float) -> None:
    """Callers at that rate, a little longer than the page is watched."""
    left = seconds + 30
    while left > 0:
        part = min(left, SIPP_SECONDS)
        await call(lab, rate=CALLS_A_SECOND, calls=int(CALLS_A_SECOND * part))
        left -= part


async def _take(page: Page, seen: Seen) -> None:
    heard, painted = await page.evaluate(TAKE)
    seen.heard += [(at, changes) for at, changes in heard]
    seen.painted += painted


async def _heap(page: CDPSession) -> int:
    await page.send("HeapProfiler.collectGarbage")
    return int((await page.send("Runtime.getHeapUsage"))["usedSize"])


async def _processor_times(browser: CDPSession) -> dict[tuple[str, int], float]:
    found = await browser.send("SystemInfo.getProcessInfo")
    return {(each["type"], each["id"]): float(each["cpuTime"]) for each in found["processInfo"]}


async def _ended(database: Database) -> dict[str, datetime]:
    async with database.sessions() as session:
        rows = await session.execute(text("SELECT pbx, call_id, ended_at FROM calls WHERE ended_at IS NOT NULL"))
        return {f"{pbx}~1{call_id}": ended_at for pbx, call_id, ended_at in rows}


def _lateness(seen: Seen, ended: Mapping[str, datetime]) -> tuple[list[float], list[float]]:
    """Milliseconds from each event, and from the message that told of it, to the first frame with other values."""
    late, of_page = [], []
    frames = iter(sorted(seen.painted))
    frame = next(frames, None)
    for at, changes in sorted(seen.heard, key=lambda heard: heard[0]):
        while frame is not None and frame < at:
            frame = next(frames, None)
        if frame is None:
            break
        moments = [moment for change in changes if (moment := _moment(change, ended)) is not None]
        late += [frame - 1000 * moment.timestamp() for moment in moments]
        of_page += [frame - at for _ in moments]
    return sorted(late), sorted(of_page)


def _moment(change: Mapping[str, str], ended: Mapping[str, datetime]) -> datetime | None:
    begun = change.get("begun")
    if begun is not None:
        return datetime.fromisoformat(begun)
    return ended.get(change["gone"].removeprefix("/calls/up/"))


def _figures(seen: Seen, ended: Mapping[str, datetime], minutes: float) -> list[Figure]:
    late, of_page = _lateness(seen, ended)
    if not late or not seen.heap:
        raise BackendError("The wall showed no call.")
    half, most = len(late) // 2, int(len(late) * 0.99)
    change = max(abs(bytes_ - seen.heap[0]) for bytes_ in seen.heap) / seen.heap[0]
    page, whole = (100 * seconds / seen.lasted for seconds in (seen.page_seconds, seen.browser_seconds))
    run = f"{minutes:g} minutes" if minutes >= WHOLE_MINUTES else f"shortened to {minutes:g} minutes"
    to_frame = (
        f"wall in Chromium, {run}: AMI event to the frame with it at {CALLS_A_SECOND} calls/s, {SOCKETS} sockets beside"
    )
    settled = f"from minute {minutes * SETTLED_SHARE:.1f} to {minutes:g}"
    return [
        _under(f"{to_frame}, p50 of {len(late)}", late[half], "ms", MOST_MILLISECONDS),
        _under(f"{to_frame}, p99", late[most], "ms", MOST_MILLISECONDS),
        _under("of that in the page, from the message to the frame, p50", of_page[half], "ms", None),
        _under("of that in the page, from the message to the frame, p99", of_page[most], "ms", None),
        _under("wall in Chromium: the page's own process", page, "% of a core", MOST_OF_A_CORE),
        _under("wall in Chromium: all processes of the browser", whole, "% of a core", None),
        _under(
            f"wall in Chromium: heap, furthest from {seen.heap[0] / 1e6:.1f} MB {settled}",
            100 * change,
            "%",
            MOST_HEAP_CHANGE,
        ),
    ]


def _under(name: str, value: float, unit: str, most: float | None) -> Figure:
    target = "" if most is None else f"under {most:g} {unit}"
    met = most is None or value < most
    return Figure(name=name, ours=round(value, 1), unit=unit, peer=None, ratio=None, target=target, met=met)
