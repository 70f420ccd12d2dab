"""The HTTP application: the one place where the capabilities' routes come together."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter import api_docs
from callcenter.accounts.api import address_of
from callcenter.accounts.api import router as accounts
from callcenter.accounts.live_streams import LiveStreams
from callcenter.accounts.rules import lies_in
from callcenter.accounts.users_api import router as users
from callcenter.agents.api import router as agents
from callcenter.agents.inventory import PbxInventory
from callcenter.audit.api import router as audit
from callcenter.callbacks.api import router as callbacks
from callcenter.callbacks.work_api import router as callback_work
from callcenter.calls.api import call_router
from callcenter.calls.api import router as calls
from callcenter.calls.records import moment_to_json
from callcenter.calls.witness_store import count_dead_letters
from callcenter.clock import Clock, utc_now
from callcenter.database import Database
from callcenter.dependencies import Now, OpenDatabase
from callcenter.dialling.api import router as dialling
from callcenter.disagreements.api import router as disagreements
from callcenter.disagreements.store import find_settled
from callcenter.downloads import FILES_AT_ONCE
from callcenter.duty.api import router as duty
from callcenter.errors import RefusedError
from callcenter.hours.api import router as hours
from callcenter.mediation.api import router as mediations
from callcenter.mediation.recordings_api import router as mediation_recordings
from callcenter.mediation.statements_api import router as mediation_statements
from callcenter.outages import DATABASE_ERRORS
from callcenter.pbx.commands import AmiCommands
from callcenter.problems import answer_errors_with_problems, problem, unexpected_problem
from callcenter.process_alarms.api import router as process_alarms
from callcenter.recordings.api import router as recordings
from callcenter.recordings.service import list_kept_paths
from callcenter.settings import Settings
from callcenter.statistics.api import router as statistics
from callcenter.supervision import PartState, Supervisor
from callcenter.voicemail.api import router as voicemail
from callcenter.wallboard.api import router as wallboard
from callcenter.wallboard.following import LiveBoard

API = "/api/v1"

HEALTH_SECONDS = 2.0
"""For so long is waited for figures that whoever asks about our health can do without."""

REQUEST_SECONDS = Histogram("callcenter_http_request_seconds", "Time to answer a request.", ("operation", "status"))

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Only defaults: a route that needs another value sets it."""

LARGEST_BODY = 1 << 20
"""Bytes. Whoever may not even sign in must not fill our memory."""

_NO_OPERATION = "none"
"""One label for every address that does not exist, so that guessing addresses fills no memory."""


def create_app(
    *,
    database: Database,
    settings: Settings,
    commands: AmiCommands | None = None,
    live_board: LiveBoard | None = None,
    supervisor: Supervisor | None = None,
    now: Clock = utc_now,
) -> FastAPI:
    """The application on an open, migrated database; opening and closing it, and the command login, is the caller's.

    Without a command login nothing can be asked of the PBX; without a live board, whose running is the caller's too,
    the wallboard is read anew for everybody who asks. Without a supervisor there are no parts that could fail.
    """
    app = FastAPI(
        title="Call centre",
        version=version("callcenter"),
        description="Every caller was talked to, or is on a list with a person and a deadline behind it.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.database = database
    app.state.settings = settings
    app.state.commands = commands
    app.state.inventory = PbxInventory()
    app.state.wallboard = live_board or LiveBoard(database=database, settings=settings, clock=now)
    app.state.supervisor = supervisor or Supervisor(now)
    app.state.now = now
    app.state.file_places = asyncio.Semaphore(FILES_AT_ONCE)
    app.state.recordings_of = list_kept_paths
    app.state.settled_of = find_settled
    app.state.streams = LiveStreams(database=database, per_user=settings.live_views_per_user, clock=now)
    app.include_router(accounts, prefix=API)
    app.include_router(users, prefix=API)
    app.include_router(calls, prefix=API)
    app.include_router(disagreements, prefix=API)
    app.include_router(dialling, prefix=API)
    app.include_router(agents, prefix=API)
    app.include_router(callbacks, prefix=API)
    app.include_router(callback_work, prefix=API)
    app.include_router(recordings, prefix=API)
    app.include_router(call_router, prefix=API)
    app.include_router(voicemail, prefix=API)
    app.include_router(mediations, prefix=API)
    app.include_router(mediation_statements, prefix=API)
    app.include_router(mediation_recordings, prefix=API)
    app.include_router(audit, prefix=API)
    app.include_router(wallboard, prefix=API)
    app.include_router(statistics, prefix=API)
    app.include_router(hours, prefix=API)
    app.include_router(duty, prefix=API)
    app.include_router(process_alarms, prefix=API)
    app.include_router(operations)
    # People script against either address; described once.
    app.include_router(operations, prefix=API, include_in_schema=False)
    app.include_router(api_docs.router)
    # made for the first who asks: it takes longer than everything else here
    document = cache(partial(api_docs.describe, app))
    app.add_api_route(api_docs.OPENAPI_PATH, lambda: document(), include_in_schema=False)
    answer_errors_with_problems(app)
    app.add_middleware(SmallBodies)
    app.add_middleware(HeadersAndTimes)
    return app


operations = APIRouter(tags=["operations"])


@operations.get("/health/live")
async def is_live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@operations.get("/health/ready")
async def is_ready(database: OpenDatabase, request: Request, now: Now) -> JSONResponse:
    """The process can do its work: the database answers, and calls are recorded.

    `degraded` names the parts that are down, or that failed less than a minute ago; `dead_letters` counts what was told
    within a day and could not be used (`refused` of /anomalies).
    """
    supervisor: Supervisor = request.app.state.supervisor
    if not await database.is_reachable():
        return problem(503, "The database does not answer.", headers={"Retry-After": "5"})
    if supervisor.is_recording_down:
        return problem(503, "Calls are not recorded at the moment.", headers={"Retry-After": "5"})
    parts = [
        {"part": part.name, "state": part.state, "since": moment_to_json(part.since), "restarts": part.restarts}
        for part in supervisor.list_parts()
        if part.state is not PartState.UP
    ]
    told: dict[str, Any] = {"status": "degraded", "parts": parts} if parts else {"status": "ready"}
    try:
        async with asyncio.timeout(HEALTH_SECONDS), database.sessions() as session:
            letters = await count_dead_letters(session, since=now - timedelta(days=1))
    except (*DATABASE_ERRORS, TimeoutError):
        letters = 0  # asked next time: calls are recorded by a pool of its own
    return JSONResponse(told | ({"dead_letters": letters} if letters else {}))


@operations.get("/metrics", response_class=Response)
async def get_metrics(request: Request) -> Response:
    """Figures for Prometheus, for the networks of METRICS_FROM."""
    if not lies_in(address_of(request), request.app.state.settings.metrics_from):
        raise RefusedError("Figures are for the networks of CALLCENTER_METRICS_FROM.")
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _operation(scope: Scope) -> str:
    """Method and path of the route, as the description has them; few, whatever is asked for."""
    route: Any = scope.get("route")
    if route is None:
        return _NO_OPERATION
    method = scope["method"] if scope["method"] in (route.methods or ()) else "OTHER"
    prefix = API if scope["path"].startswith(f"{API}/") else ""
    return f"{method} {prefix}{route.path_format}"


class SmallBodies:
    """Refuses to read more of a request than anybody has to send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def receive_little() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                raise HTTPException(413, f"A request has at most {LARGEST_BODY} bytes.")
            return message

        await self._app(scope, receive_little, send)


class HeadersAndTimes:
    """Adds the security headers to every answer, also to that for a defect of ours, and counts how long it took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                REQUEST_SECONDS.labels(_operation(scope), message["status"]).observe(time.perf_counter() - begin)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            # Answered here, since the framework's own answer would not come through here; raised on to be logged.
            if not has_begun:
                await unexpected_problem()(scope, receive, send_with_headers)
            raise
