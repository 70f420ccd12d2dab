"""Matters to work on, for the tests of pages: made over HTTP, as people make them."""

from __future__ import annotations

from typing import Any

from playwright.async_api import APIRequestContext, BrowserContext

from tests.integration.conftest import PASSWORD

TICKETS = "/api/v1/tickets"
UNIT, OTHER_UNIT = "武进分局", "新北分局"


class Worker:
    """Somebody who asks the backend without a page."""

    def __init__(self, request: APIRequestContext, address: str) -> None:
        self._request = request
        self._headers = {"Origin": address}

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """What is answered; a refusal fails the test."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._request.fetch(path, method=method, data=body, headers=self._headers | named)
        assert answer.ok, await answer.text()
        return await answer.json() if await answer.body() else None

    async def register(
        self,
        key: str,
        *,
        call: tuple[str, str] | None = None,
        party: dict[str, str] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> str:
        """The number of a complaint that was just registered; by Zhang San, where nobody else is named."""
        origin = {"channel": "visit"} if call is None else {"call": {"pbx": call[0], "call_id": call[1]}}
        body = {
            "kind": "complaint",
            **origin,
            "fields": {
                "title": "奶粉过期",
                "facts": "11月20日购买的奶粉已过期，联系电话13900001111",
                "respondent": "苏果超市武进店",
                "requests": ["refund"],
                **(fields or {}),
            },
            "party": party or {"name": "张三", "phone": "13812345678", "address": "常州市武进区湖塘镇1号"},
            "register_now": True,
        }
        made = await self.ask("POST", TICKETS, body, Idempotency_Key=key)
        return str(made["number"])

    async def step(self, number: str, step: str, **given: Any) -> dict[str, Any]:
        """The matter after it."""
        before = await self.ask("GET", f"{TICKETS}/{number}")
        path = f"{TICKETS}/{number}/events/{step}"
        after: dict[str, Any] = await self.ask("POST", path, given, If_Match=f'"{before["version"]}"')
        return after


async def worker(context: BrowserContext, address: str, name: str, password: str = PASSWORD) -> Worker:
    """In a browser in which nobody else is signed in."""
    one = Worker(context.request, address)
    await one.ask("POST", "/api/v1/session", {"name": name, "password": password})
    return one


async def open_units(admin: Worker, officer: str) -> None:
    """Two units; the officer belongs to the first, which has the id 1."""
    for name in (UNIT, OTHER_UNIT):
        await admin.ask("POST", "/api/v1/units", {"name": name, "kind": "branch", "regions": []})
    await admin.ask("PUT", f"/api/v1/units/1/members/{officer}")
