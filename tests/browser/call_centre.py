"""A whole call centre for pages with a phone: a real PBX, the real backend, an agent, and a line that can be cut."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, WebSocket, expect

from hotline_demo.backend import SUPERVISOR, Backend
from hotline_lab.asterisk import Lab
from tests.browser.chromium import chromium, visitor
from tests.browser.pages import fill_in
from tests.e2e.places import backend_on

VOICES = {"chen": 700, "wang": 1050}
"""Hertz of what each agent says, in a browser of their own: bursts, because browsers take what lasts for noise."""
MUSIC_HERTZ = 440


@dataclass
class Line:
    """Between pages and the PBX: everything passes, until it is cut."""

    target: tuple[str, int]
    port: int = 0
    is_cut: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a page."""
        if self.is_cut:
            writer.close()
            return
        other_reader, other_writer = await asyncio.open_connection(*self.target)
        self._writers |= {writer, other_writer}
        await asyncio.gather(_pump(reader, other_writer), _pump(other_reader, writer))
        self._writers -= {writer, other_writer}

    def cut(self) -> None:
        """Every connection is lost, and none is made until `mend`."""
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Connections can be made again."""
        self.is_cut = False


@asynccontextmanager
async def line_to(address: str) -> AsyncIterator[tuple[Line, str]]:
    """A line to a backend, and the address at which pages find it."""
    at = urlsplit(address)
    line = Line(target=(str(at.hostname), int(at.port or 0)))
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    try:
        yield line, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        await _close(server, line)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@dataclass(frozen=True, kw_only=True)
class Centre:
    """What tests need of it."""

    lab: Lab
    backend: Backend
    browsers: Mapping[str, Browser]
    """Of each agent."""
    line: Line

    @asynccontextmanager
    async def at_desk(
        self, name: str, *, on: str | None = None, permissions: Sequence[str] = ("microphone", "notifications")
    ) -> AsyncIterator[BrowserContext]:
        """A browser of that agent, in which a page may use the microphone; at the end the agent is signed off.

        `on` names whose machine it is, if another's; what `permissions` leaves out the browser refuses.
        """
        browser = self.browsers[on or name]
        async with visitor(browser, self.backend.address, permissions=list(permissions)) as context:
            await context.add_init_script(REMEMBER)
            page = await context.new_page()
            await page.goto("/desk")
            await fill_in(page, name, self.backend.password)
            await expect(page.get_by_role("heading", name="坐席台")).to_be_visible()
            try:
                yield context
            finally:
                await context.request.post("/api/v1/agents/me/sign-off", headers={"Origin": self.backend.address})


REMEMBER = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
window.notices = [];
window.Notification = class extends Notification {
  constructor(title, options) { super(title, options); window.notices.push({ title, ...options, notice: this }); }
};
const play = AudioBufferSourceNode.prototype.start;
window.rings = [];
AudioBufferSourceNode.prototype.start = function (...given) {
  window.rings.push({ source: this, context: this.context });
  return play.apply(this, given);
};
"""
"""Tests ask the connections how much sound has come in, the notifications what they say, the rings if they play."""

TONES_IN = """async (hertz) => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  analyser.smoothingTimeConstant = 0;
  for (const connection of window.connections)
    for (const { track } of connection.getReceivers())
      if (track?.readyState === "live") context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const levels = new Float32Array(analyser.frequencyBinCount);
  const most = hertz.map(() => -200);
  for (let look = 0; look < 10; look++) {
    // the first is of whole windows too: where a tone begins it has every pitch
    await new Promise((resolve) => setTimeout(resolve, look === 0 ? 400 : 80));
    analyser.getFloatFrequencyData(levels);
    hertz.forEach((tone, place) => {
      const bin = Math.round((tone * analyser.fftSize) / context.sampleRate);
      most[place] = Math.max(most[place], levels[bin - 1], levels[bin], levels[bin + 1]);
    });
  }
  await context.close();
  return most;
}"""
"""How loud tones are in what the page hears within a second, in decibels."""
LOUD = -45.0


async def tones_in(page: Page, *hertz: int) -> list[bool]:
    """Whether the page hears each of them."""
    return [level > LOUD for level in await page.evaluate(TONES_IN, list(hertz))]


SOUND_IN = """async () => {
  let found = { packets: 0, energy: 0 };
  for (const connection of window.connections)
    (await connection.getStats()).forEach((report) => {
      if (report.type === "inbound-rtp")
        found = { packets: found.packets + report.packetsReceived, energy: found.energy + report.totalAudioEnergy };
    });
  return found;
}"""


@asynccontextmanager
async def call_centre(
    tmp_path: Path, home: Path, *, pbx: int = 6, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Centre]:
    """A PBX with browser seats, a backend that knows where they find it, two agents of the hotline.

    `settings` are further ones of the backend.
    """
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context(Lab(pbx=pbx, state=tmp_path / "lab"))
        at = urlsplit(lab.info.websocket)
        line = Line(target=(str(at.hostname), int(at.port or 0)))
        server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
        stack.push_async_callback(_close, server, line)
        line.port = server.sockets[0].getsockname()[1]
        own_settings = {
            "CALLCENTER_PHONE_WEBSOCKET": f"ws://127.0.0.1:{line.port}{at.path}",
            "CALLCENTER_COOKIE_SECURE": "false",
            "CALLCENTER_WRAP_UP_SECONDS": "60",
            **(settings or {}),
        }
        backend = await stack.enter_async_context(backend_on(lab, home, own_settings))
        for name in VOICES:
            # with a password, as no user of other tests has one
            await Backend.add_user(backend, name, role="agent")
            skills = {"skills": [{"queue": "hotline", "penalty": 0}]}
            answer = await backend.ask("PUT", f"/api/v1/agents/{name}/skills", skills, user=SUPERVISOR)
            assert answer.status == 204, answer
        browsers = {}
        for name, hertz in VOICES.items():
            said = make_voice(tmp_path / f"{name}.wav", hertz)
            browsers[name] = await stack.enter_async_context(
                chromium(
                    "--use-fake-device-for-media-stream",
                    "--use-fake-ui-for-media-stream",
                    "--allow-loopback-in-peer-connection",
                    f"--use-file-for-fake-audio-capture={said}",
                )
            )
        yield Centre(lab=lab, backend=backend, browsers=browsers, line=line)


async def _close(server: asyncio.Server, line: Line) -> None:
    server.close()
    line.cut()
    await server.wait_closed()


def make_voice(path: Path, hertz: int) -> Path:
    """A file for Chromium's microphone, which plays it again and again."""
    rate = 48_000
    burst, pause = rate // 4, rate // 8
    samples = [round(12_000 * math.sin(2 * math.pi * hertz * place / rate)) for place in range(burst)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{burst + pause}h", *samples, *([0] * pause)) * 8)
    return path


def keep_sip(page: Page) -> list[str]:
    """Every byte that reaches the page over the phone's WebSocket, from the next one on."""
    told: list[str] = []

    def watch(socket: WebSocket) -> None:
        if socket.url.endswith("/ws"):
            socket.on("framereceived", lambda frame: told.append(str(frame)))

    page.on("websocket", watch)
    return told


async def check_sound(page: Page) -> None:
    """On the Chinese page, as an agent does it."""
    await page.get_by_role("button", name="开始检查").click()
    await expect(page.get_by_text("麦克风正常")).to_be_visible()
    await page.get_by_role("button", name="播放测试音").click()
    await page.get_by_role("button", name="听到了，完成").click()


async def sign_on(page: Page, seat: str = "2001") -> None:
    """At the first seat in a browser that is free, until the PBX says that it is registered."""
    await expect(page.get_by_role("radio", name="本浏览器")).to_be_checked()
    await page.get_by_role("button", name="下一步：声音检查").click()
    await check_sound(page)
    await expect(page.get_by_text(f"本浏览器 · {seat} ● 已注册")).to_be_visible()
    await expect(page.get_by_role("button", name="我的状态: 空闲")).to_be_visible()
