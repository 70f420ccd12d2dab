"""The API keeps to its own description for requests of every kind, from nobody and from every role.

Requests that fit the description and requests that do not are made by schemathesis, always the same ones.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from callcenter.accounts.rules import Role
from callcenter.api_docs import describe
from callcenter.app import create_app
from callcenter.callbacks.service import refresh
from callcenter.calls.records import Outcome
from callcenter.database import Database, connect, create_engine, make_database
from callcenter.settings import Settings
from tests.integration.callback_examples import answered, as_ami, lost, outbound, still_up, store, store_confirmed
from tests.integration.conftest import NOW
from tests.integration.test_http import ROUTES

EXAMPLES = 5
"""Requests for each operation, role and way of making them."""

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

SETTINGS = Settings(data_dir=Path("/nowhere"), cookie_secure=False)

NOTHING_THERE = make_database(create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing"))
SCHEMA = schemathesis.openapi.from_dict(describe(create_app(database=NOTHING_THERE, settings=SETTINGS)))
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]

THERE: dict[str, dict[str, Any]] = {
    "/api/v1/calls/{pbx}/{call_id}": {"pbx": "pbx1", "call_id": "pbx1-1.0"},
    "/api/v1/callbacks/{episode_id}": {"episode_id": 1},
    "/api/v1/callbacks/{episode_id}/decision": {"episode_id": 1},
    "/api/v1/audit/{business_date}": {"business_date": "2026-11-23"},
    "/api/v1/hours/days/{business_date}": {"business_date": "2026-11-23"},
}
"""What random parameters would hardly ever find."""


BUDGET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


NEEDS_MORE = {"POST /api/v1/session", "POST /api/v1/callbacks/{episode_id}/decision"} | {
    "GET /api/v1/duty/coverage",
    *("POST /api/v1/duty/people", "POST /api/v1/duty/shifts", "POST /api/v1/duty/busy", "POST /api/v1/duty/swaps"),
    *("POST /api/v1/duty/handovers", "POST /api/v1/duty/swaps/{swap_id}/{step}"),
    *("DELETE /api/v1/duty/shifts/{shift_id}", "DELETE /api/v1/duty/busy/{busy_id}"),
    "POST /api/v1/duty/alarms/{alarm_id}/acknowledgement",
}
"""A password, enough attempts, a calendar that is taken in, or something that must be there before."""


@pytest.fixture
async def address(database_url: str, database: Database) -> AsyncIterator[str]:
    """Of a real server on a database in which some calls are recorded."""
    await store_confirmed(
        database,
        [
            lost(1, 0, name='=1+1"\r\n\u202e'),
            lost(2, 100, outcome=Outcome.VOICEMAIL, caller="05198800001"),
            lost(3, 200, caller=None),
            answered(4, 300),
            outbound(5, 400),
        ],
    )
    await store(database, [as_ami(lost(6, 500)), as_ami(still_up(lost(7, 600)))])
    await refresh(database, SETTINGS)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        servers: list[uvicorn.Server] = []

        async def serve() -> None:
            async with connect(database_url) as opened:
                app = create_app(database=opened, settings=SETTINGS, now=lambda: NOW)
                servers.append(uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off")))
                await servers[0].serve(sockets=[bound])

        thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        thread.start()
        async with asyncio.timeout(10):
            while not (servers and servers[0].started):
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        servers[0].should_exit = True
        await asyncio.to_thread(thread.join)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_answer_is_as_described(address: str, as_role: dict[Role, dict[str, str]], role: Role | None) -> None:
    headers = {"Origin": address} | ({} if role is None else as_role[role])
    answered_with = {operation.label: ask(operation, address, headers) for operation in OPERATIONS}

    let_in = {label for label, statuses in answered_with.items() if statuses & {200, 204}}
    may_call = {f"{method} {path}" for (method, path), roles in ROUTES.items() if role in roles}
    assert let_in == may_call & set(answered_with) - NEEDS_MORE


def ask(operation: APIOperation[Any, Any, Any, Any], address: str, headers: dict[str, str]) -> set[int]:
    """Ask for it in every way; the statuses that came back."""
    statuses: set[int] = set()

    def ask_once(case: schemathesis.Case[Any], is_there: bool) -> None:
        if is_there and case.path in THERE:
            case.path_parameters = dict(THERE[case.path])
        answer = case.call(base_url=address, headers=headers)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    for mode in GenerationMode:
        if mode is GenerationMode.NEGATIVE and not takes_anything(operation):
            continue
        cases = operation.as_strategy(generation_mode=mode)
        BUDGET(given(case=cases, is_there=st.booleans())(ask_once))()
    return statuses


def takes_anything(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether a request for it can be wrong."""
    return bool([*operation.path_parameters, *operation.query, *operation.body])
