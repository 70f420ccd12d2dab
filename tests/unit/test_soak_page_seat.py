"""When the soak's page was not ready for a call: the time in which there is no backend is not the page's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

import pytest
from playwright.async_api import Page

from hotline_demo.backend import Backend
from hotline_soak import page_seat
from hotline_soak.page_seat import PageSeat


@dataclass
class Shown:
    """A page on which all that is looked for is seen, or nothing."""

    is_ready: bool = False

    def get_by_role(self, _: str, *, name: str) -> Shown:
        return Shown(is_ready=self.is_ready and name != "当前通话")

    async def is_visible(self) -> bool:
        return self.is_ready


@dataclass
class Machine:
    """A backend that runs, or not."""

    is_running: bool = True


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> PageSeat:
    monkeypatch.setattr(page_seat, "FREE_SECONDS", 0.2)
    monkeypatch.setattr(page_seat, "STEP_SECONDS", 0.01)
    return PageSeat(page=cast(Page, Shown()), backend=cast(Backend, Machine()))


async def test_a_page_that_does_not_get_ready_is_not_ready(seat: PageSeat) -> None:
    assert not await seat.is_free()


async def test_a_page_is_waited_for_until_there_is_a_backend_again(seat: PageSeat) -> None:
    page, machine = cast(Shown, seat.page), cast(Machine, seat.backend)
    machine.is_running = False
    looking = asyncio.create_task(seat.is_free())
    done, _ = await asyncio.wait([looking], timeout=0.5)
    assert not done
    machine.is_running = page.is_ready = True
    assert await looking
