"""Health and metrics over HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from callcenter.accounts.api import address_of
from callcenter.accounts.rules import lies_in
from callcenter.calls.witness_store import count_dead_letters
from callcenter.error_codes import ErrorCode
from callcenter.errors import RefusedError, UnavailableError
from callcenter.http.dependencies import Now, OpenDatabase
from callcenter.http.problems import database_problem
from callcenter.json_values import moment_to_json
from callcenter.postgres.outages import DATABASE_ERRORS
from callcenter.supervision import PartState, Supervisor

router = APIRouter(tags=["operations"])


HEALTH_SECONDS = 2.0
"""For so long is waited for figures that whoever asks about our health can do without."""


@router.get("/health/live")
async def is_live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready")
async def is_ready(database: OpenDatabase, request: Request, now: Now) -> JSONResponse:
    """The process can do its work: the database answers, and calls are recorded.

    `degraded` names the parts that are down, or that failed less than a minute ago; `dead_letters` counts reports of
    the last day that could not be used (GET /dead-letters).
    """
    supervisor: Supervisor = request.app.state.supervisor
    if not await database.is_reachable():
        return database_problem()
    if supervisor.is_recording_down:
        raise UnavailableError("Calls are not recorded at the moment.", code=ErrorCode.RECORDING_DOWN)
    parts = [
        {"part": part.name, "state": part.state, "since": moment_to_json(part.since), "restarts": part.restarts}
        for part in supervisor.list_parts()
        if part.state is not PartState.UP
    ]
    health: dict[str, Any] = {"status": "degraded", "parts": parts} if parts else {"status": "ready"}
    try:
        async with asyncio.timeout(HEALTH_SECONDS), database.sessions() as session:
            letters = await count_dead_letters(session, since=now - timedelta(days=1))
    except (*DATABASE_ERRORS, TimeoutError):
        letters = 0  # asked next time: calls are recorded by a pool of its own
    return JSONResponse(health | ({"dead_letters": letters} if letters else {}))


@router.get("/metrics", response_class=Response)
async def get_metrics(request: Request) -> Response:
    """Figures for Prometheus, for the networks of METRICS_FROM."""
    if not lies_in(address_of(request), request.app.state.settings.metrics_from):
        raise RefusedError("Figures are for the networks of CALLCENTER_METRICS_FROM.", code=ErrorCode.FOREIGN_NETWORK)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
