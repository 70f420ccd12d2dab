"""An agent in a browser among the desks: a page with a phone that takes every call, and what it saw of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from playwright.async_api import Error as PageError
from playwright.async_api import Locator, Page

from hotline_demo.backend import SUPERVISOR, Backend, BackendError
from hotline_lab.chromium import chromium
from hotline_lab.phones import PhoneEvent
from hotline_lab.play import PhoneCall
from hotline_soak.page_kinds import LINE
from hotline_soak.pieces import PagePlan

QUEUE, SEAT, AGENT = "page", "2001", "page-agent"
CONFIG: Mapping[str, str] = {
    "queues.conf": f"\n[{QUEUE}](line)\n",
    "extensions.conf": f"\n[from-trunk](+)\nexten => {LINE},1,Gosub(greeting,s,1)\n"
    f" same => n,Gosub(wait-in-queue,s,1({QUEUE},${{QUEUE_SECONDS}}))\n same => n,Hangup(17)\n",
}
"""A line of its own: the page is the only one who can answer there."""
STEP_SECONDS, LOOK_SECONDS, START_SECONDS = 0.1, 2.0, 60.0
FREE_SECONDS = 90.0
"""So long after a fault the page may take until it is ready for a call again, while there is a backend."""


@dataclass
class PageSeat:
    """The page. It acts as the plan of the play says, and signs on again whenever it has to."""

    page: Page
    backend: Backend
    _plan: PagePlan | None = None
    _events: list[PhoneEvent] = field(default_factory=list)
    _acts_at: float | None = None
    """By the loop's clock, for what is planned in a talk."""

    async def follow(self) -> None:
        """Take calls until cancelled; a page that is being loaded or has nothing to show is looked at again."""
        while True:
            with suppress(PageError):
                await self._look()
            await asyncio.sleep(STEP_SECONDS)

    async def is_free(self) -> bool:
        """Whether the page says within its time that a call may come, and shows none any more.

        A page is not ready while there is no backend: that time is not the page's.
        """
        until = asyncio.get_running_loop().time() + FREE_SECONDS
        while asyncio.get_running_loop().time() < until:
            with suppress(PageError):
                if await self._free.is_visible() and not await self._bar.is_visible():
                    return True
            await asyncio.sleep(STEP_SECONDS)
            if not self.backend.is_running:
                until = asyncio.get_running_loop().time() + FREE_SECONDS
        return False

    async def read(self) -> str:
        """All that the page shows, in one line."""
        try:
            return " ".join((await self.page.inner_text("body")).split())
        except PageError as error:
            return f"nothing, {error.message}"

    def begin(self, plan: PagePlan) -> None:
        """A play begins; what the page sees from now on is of its caller."""
        self._plan, self._acts_at = plan, None
        self._events.clear()

    def end(self, number: str) -> list[PhoneCall]:
        """What was seen of this caller: nothing where the page never rang."""
        self._plan = None
        if not self._events:
            return []
        return [PhoneCall(kind="agent", number=SEAT, other=number or "anonymous", events=tuple(self._events))]

    async def sign_on(self) -> None:
        """As an agent does it in the morning. Raises BackendError if the page does not get ready."""
        async with asyncio.timeout(START_SECONDS):
            await self.page.goto("/desk", timeout=1000 * START_SECONDS)
            while not await self._free.is_visible():
                with suppress(PageError):
                    await self._look()
                await asyncio.sleep(STEP_SECONDS)

    async def _look(self) -> None:
        """One step, by what the page shows."""
        bar = self._bar
        if await bar.get_by_role("button", name="接听").is_visible():
            self._note("rung", once=True)
            await self.page.keyboard.press("F2")
        elif await bar.get_by_text("■ 通话").is_visible():
            self._note("answered")
            await self._act()
        elif not await bar.is_visible():
            if self._events and self._events[-1].name == "answered":
                self._note("ended")
            await self._get_ready()

    def _note(self, name: str, *, once: bool = False) -> None:
        names = [event.name for event in self._events]
        if self._plan is None or names[-1:] == [name] or (once and name in names):
            return
        self._events.append(PhoneEvent(at=datetime.now(UTC), name=name, detail=""))
        if name == "answered" and self._acts_at is None:
            self._acts_at = asyncio.get_running_loop().time() + self._plan.after

    async def _act(self) -> None:
        if self._plan is None or self._acts_at is None or asyncio.get_running_loop().time() < self._acts_at:
            return
        then, self._acts_at = self._plan.then, float("inf")
        if then == "hang up":
            await self.page.keyboard.press("F4")
        elif then == "reload":
            self._note("ended")
            await self.page.reload()

    async def _get_ready(self) -> None:
        if not await self._sign_in():
            await self._check_sound()

    async def _sign_in(self) -> bool:
        if not await self.page.get_by_label("用户名").is_visible():
            return False
        await self.page.get_by_label("用户名").fill(AGENT)
        await self.page.get_by_label("密码").fill(self.backend.password)
        await self.page.keyboard.press("Enter")
        await self.page.get_by_role("heading", name="坐席台").wait_for()
        return True

    async def _check_sound(self) -> None:
        for name in ("下一步：声音检查", "开始检查", "播放测试音", "听到了，完成"):
            button = self.page.get_by_role("button", name=name)
            if await button.is_visible() and await button.is_enabled():
                await button.click()

    @property
    def _bar(self) -> Locator:
        return self.page.get_by_role("region", name="当前通话")

    @property
    def _free(self) -> Locator:
        return self.page.get_by_role("button", name="我的状态: 空闲")


@asynccontextmanager
async def page_seat(backend: Backend) -> AsyncIterator[PageSeat]:
    """A page that is ready for calls. Raises BackendError."""
    await backend.add_user(AGENT, role="agent")
    answer = await backend.ask("PUT", f"/api/v1/agents/{AGENT}/skills", {"skills": [{"queue": QUEUE}]}, user=SUPERVISOR)
    if answer.status != 204:
        raise BackendError(f"The page's agent got no skills: {answer.body}")
    arguments = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--allow-loopback-in-peer-connection",
    )
    async with chromium(*arguments) as browser:
        context = await browser.new_context(base_url=backend.address, locale="zh-CN", permissions=["microphone"])
        context.set_default_timeout(1000 * LOOK_SECONDS)
        seat = PageSeat(page=await context.new_page(), backend=backend)
        try:
            await seat.sign_on()
        except TimeoutError:
            raise BackendError(f"The page is not ready: {await seat.read()}") from None
        following = asyncio.create_task(seat.follow())
        try:
            yield seat
        finally:
            following.cancel()
            await asyncio.wait([following])
