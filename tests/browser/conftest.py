"""A backend with all its parts on a PBX that is not one, and a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext

from callcenter.accounts.rights import Role
from callcenter.accounts.store import add_user
from callcenter.clock import Clock, utc_now
from callcenter.postgres.database import Database
from callcenter.supervision import Supervisor
from tests.browser.callers import House
from tests.browser.chromium import chromium, visitor
from tests.integration.backend import Backend, serving
from tests.integration.conftest import database, database_url, password_hash, server, server_folder, server_url
from tests.integration.fake_ami import FakeAmi

__all__ = ["database", "database_url", "password_hash", "server", "server_folder", "server_url"]

USERS = {
    "chen": (Role.AGENT, "陈丽"),
    "wang": (Role.SUPERVISOR, "王芳"),
    "root": (Role.ADMIN, None),
    "zhao": (Role.OFFICER, "赵敏"),
    "sun": (Role.DIRECTOR, "孙主任"),
}
"""Who may sign in, with `tests.integration.conftest.PASSWORD`."""


@pytest.fixture
def clock() -> Clock:
    """The backend's; a module that needs another time of the day has its own."""
    return utc_now


@pytest.fixture
async def users(database: Database, password_hash: str, clock: Clock) -> None:
    async with database.sessions.begin() as session:
        for name, (role, display_name) in USERS.items():
            await add_user(
                session,
                name=name,
                role=role,
                password_hash=password_hash,
                display_name=display_name,
                at=clock(),
            )


@pytest.fixture
async def backend(database: Database, users: None, tmp_path: Path, clock: Clock) -> AsyncIterator[Backend]:
    async with (
        FakeAmi.serving() as pbx,
        serving(database, pbx, tmp_path, supervisor=Supervisor(), clock=clock) as backend,
    ):
        yield backend


@pytest.fixture
async def house(backend: Backend, database: Database, clock: Clock) -> House:
    house = House(backend=backend, database=database, clock=clock)
    await house.is_open()
    return house


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def context(browser: Browser, backend: Backend) -> AsyncIterator[BrowserContext]:
    async with visitor(browser, str(backend.client.base_url)) as context:
        yield context


@pytest.fixture
async def other(browser: Browser, backend: Backend) -> AsyncIterator[BrowserContext]:
    """The browser of somebody else."""
    async with visitor(browser, str(backend.client.base_url)) as context:
        yield context
