"""The HTTP application: the one place where the capabilities' routes come together."""

from __future__ import annotations

import asyncio
from functools import cache, partial
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from callcenter.accounts.api import router as accounts
from callcenter.accounts.live_streams import LiveStreams
from callcenter.accounts.screens_api import router as screens
from callcenter.accounts.users_api import router as users
from callcenter.agents.api import router as agents
from callcenter.agents.inventory import PbxInventory
from callcenter.agents.inventory_api import router as inventories
from callcenter.agents.store import list_seated
from callcenter.alarms.api import router as alarms
from callcenter.analysis.advisories.api import router as advisories
from callcenter.analysis.interviews.api import router as interviews
from callcenter.analysis.quality.api import router as quality
from callcenter.analysis.reports.api import router as report_checks
from callcenter.analysis.reports.report_api import router as reports
from callcenter.analysis.signals.api import router as signals
from callcenter.analysis.snapshots.api import router as period_snapshots
from callcenter.analysis.surveys.api import router as surveys
from callcenter.audit.api import router as audit
from callcenter.browser_phones.api import router as browser_phones
from callcenter.callbacks.api import router as callbacks
from callcenter.callbacks.work_api import router as callback_work
from callcenter.calls.api import call_router
from callcenter.calls.api import router as calls
from callcenter.casework.attachments import kinds
from callcenter.casework.broadcasts import own_sound
from callcenter.casework.broadcasts.api import router as broadcasts
from callcenter.casework.broadcasts.recording_api import router as broadcast_recordings
from callcenter.casework.cases.api import router as cases
from callcenter.casework.classification.api import router as codes
from callcenter.casework.contacts.api import router as contacts
from callcenter.casework.deadlines.api import router as deadlines
from callcenter.casework.dispatch.api import router as dispatch
from callcenter.casework.dispatch.finding_api import router as dispatch_findings
from callcenter.casework.dispositions.api import router as dispositions
from callcenter.casework.forms.api import router as ticket_forms
from callcenter.casework.groups.api import router as ticket_groups
from callcenter.casework.imports import files as imports
from callcenter.casework.imports.api import router as ticket_imports
from callcenter.casework.inspections.api import router as inspections
from callcenter.casework.inspections.attachment_api import router as inspection_attachments
from callcenter.casework.inspections.record_api import router as inspection_records
from callcenter.casework.inspections.template_api import router as inspection_templates
from callcenter.casework.merchants.api import router as merchants
from callcenter.casework.metrics.api import router as casework_metrics
from callcenter.casework.person_requests.api import router as person_requests
from callcenter.casework.reconciliations.api import router as reconciliations
from callcenter.casework.retention.api import router as ticket_retention
from callcenter.casework.thresholds.api import router as thresholds
from callcenter.casework.tickets.api import router as tickets
from callcenter.casework.tickets.attachment_api import router as attachments
from callcenter.casework.tickets.caller_api import router as tickets_of_callers
from callcenter.casework.tickets.change_api import router as ticket_changes
from callcenter.casework.tickets.deadlines_api import router as ticket_deadlines
from callcenter.casework.tickets.merge_api import router as ticket_merges
from callcenter.casework.tickets.search_api import router as ticket_searches
from callcenter.casework.units.api import router as units
from callcenter.click_to_call.api import router as click_to_call
from callcenter.clock import Clock, utc_now
from callcenter.desk.api import router as desk
from callcenter.desk.live_desks import LiveDesks
from callcenter.desk.schemas import DESK_SOCKET
from callcenter.dialling.api import router as dialling
from callcenter.disagreements.api import router as disagreements
from callcenter.disagreements.store import find_settled
from callcenter.duty.api import router as duty
from callcenter.hours.api import router as hours
from callcenter.http import openapi
from callcenter.http.downloads import FILES_AT_ONCE
from callcenter.http.middleware import API, HeadersAndTimes, SmallBodies
from callcenter.http.problems import answer_errors_with_problems
from callcenter.mediation.agreement_api import router as mediation_agreement
from callcenter.mediation.api import router as mediations
from callcenter.mediation.recordings_api import router as mediation_recordings
from callcenter.operations.api import router as operations
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.recordings.api import router as recordings
from callcenter.recordings.service import list_kept_paths
from callcenter.session.api import router as session
from callcenter.settings import Settings
from callcenter.statistics.api import router as statistics
from callcenter.supervision import Supervisor
from callcenter.voicemail.api import router as voicemail
from callcenter.wallboard.api import router as wallboard
from callcenter.wallboard.hours import HourCounts
from callcenter.wallboard.live_board import LiveBoard
from callcenter.wallboard.schemas import BOARD_SOCKET
from callcenter.web.page_files import BUILT, Pages


def create_app(
    *,
    database: Database,
    settings: Settings,
    pbxs: PbxRegistry | None = None,
    live_board: LiveBoard | None = None,
    live_desks: LiveDesks | None = None,
    supervisor: Supervisor | None = None,
    now: Clock = utc_now,
) -> FastAPI:
    """The application on an open, migrated database; opening and closing it, and the command logins, is the caller's.

    Without `pbxs` nothing can be asked of any PBX; without a live board and live desks, whose running is the caller's
    too, they are read anew for everybody who asks. Without a supervisor there are no parts that could fail.
    """
    pbxs = pbxs or PbxRegistry(dict.fromkeys(settings.pbx_names))
    app = FastAPI(
        title="Call centre",
        version=version("callcenter"),
        description="Every caller was talked to, or is on a list with a person and a deadline behind it.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.name_operation,
        separate_input_output_schemas=False,
    )
    app.state.database = database
    app.state.settings = settings
    app.state.pbxs = pbxs
    app.state.inventories = {name: PbxInventory(pbxs.find(name)) for name in pbxs.names}
    app.state.wallboard = live_board or LiveBoard(database=database, settings=settings, clock=now)
    app.state.hours = HourCounts(database=database, timezone=settings.timezone)
    app.state.desks = live_desks or LiveDesks(database=database, settings=settings, clock=now)
    app.state.supervisor = supervisor or Supervisor(now)
    app.state.now = now
    app.state.sockets = (BOARD_SOCKET, DESK_SOCKET)
    app.state.file_places = asyncio.Semaphore(FILES_AT_ONCE)
    app.state.recordings_of = list_kept_paths
    app.state.settled_of = find_settled
    app.state.people_of = list_seated
    app.state.streams = LiveStreams(database=database, per_user=settings.live_views_per_user, clock=now)
    app.router.routes.extend(_routes())
    # made for the first who asks: it takes longer than everything else here
    document = cache(partial(openapi.describe, app))
    app.add_api_route(openapi.OPENAPI_PATH, lambda: document(), include_in_schema=False)
    websockets = settings.phone_websockets.values()
    app.router.default = Pages(BUILT, otherwise=app.router.default, phone_websockets=websockets)
    answer_errors_with_problems(app)
    files = {
        ("POST", f"{API}/ticket-imports"): imports.LARGEST_FILE,
        ("POST", f"{API}/broadcast-recordings"): own_sound.LARGEST_FILE,
        ("POST", f"{API}/tickets/*/attachments"): kinds.LARGEST_FILE,
        ("POST", f"{API}/inspections/*/items/*/attachments"): kinds.LARGEST_FILE,
    }
    app.add_middleware(SmallBodies, files=files)
    app.add_middleware(HeadersAndTimes)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Of every part. What each takes and gives is worked out with the first request, once for all apps of a process."""
    router = APIRouter(generate_unique_id_function=openapi.name_operation)
    router.include_router(accounts, prefix=API)
    router.include_router(session, prefix=API)
    router.include_router(screens, prefix=API)
    router.include_router(users, prefix=API)
    router.include_router(calls, prefix=API)
    router.include_router(disagreements, prefix=API)
    router.include_router(dialling, prefix=API)
    router.include_router(agents, prefix=API)
    router.include_router(inventories, prefix=API)
    router.include_router(browser_phones, prefix=API)
    router.include_router(click_to_call, prefix=API)
    router.include_router(callbacks, prefix=API)
    router.include_router(callback_work, prefix=API)
    router.include_router(recordings, prefix=API)
    router.include_router(dispositions, prefix=API)
    router.include_router(tickets_of_callers, prefix=API)
    router.include_router(call_router, prefix=API)
    router.include_router(voicemail, prefix=API)
    router.include_router(mediations, prefix=API)
    router.include_router(mediation_agreement, prefix=API)
    router.include_router(mediation_recordings, prefix=API)
    router.include_router(units, prefix=API)
    router.include_router(merchants, prefix=API)
    router.include_router(contacts, prefix=API)
    router.include_router(broadcasts, prefix=API)
    router.include_router(broadcast_recordings, prefix=API)
    router.include_router(codes, prefix=API)
    router.include_router(deadlines, prefix=API)
    router.include_router(ticket_searches, prefix=API)
    router.include_router(tickets, prefix=API)
    router.include_router(ticket_changes, prefix=API)
    router.include_router(ticket_merges, prefix=API)
    router.include_router(attachments, prefix=API)
    router.include_router(ticket_forms, prefix=API)
    router.include_router(ticket_deadlines, prefix=API)
    router.include_router(ticket_groups, prefix=API)
    router.include_router(ticket_imports, prefix=API)
    router.include_router(reconciliations, prefix=API)
    router.include_router(ticket_retention, prefix=API)
    router.include_router(thresholds, prefix=API)
    router.include_router(casework_metrics, prefix=API)
    router.include_router(report_checks, prefix=API)
    router.include_router(reports, prefix=API)
    router.include_router(surveys, prefix=API)
    router.include_router(period_snapshots, prefix=API)
    router.include_router(signals, prefix=API)
    router.include_router(quality, prefix=API)
    router.include_router(advisories, prefix=API)
    router.include_router(interviews, prefix=API)
    router.include_router(person_requests, prefix=API)
    router.include_router(cases, prefix=API)
    router.include_router(dispatch, prefix=API)
    router.include_router(dispatch_findings, prefix=API)
    router.include_router(inspection_templates, prefix=API)
    router.include_router(inspections, prefix=API)
    router.include_router(inspection_attachments, prefix=API)
    router.include_router(inspection_records, prefix=API)
    router.include_router(audit, prefix=API)
    router.include_router(wallboard, prefix=API)
    router.include_router(desk, prefix=API)
    router.include_router(statistics, prefix=API)
    router.include_router(hours, prefix=API)
    router.include_router(duty, prefix=API)
    router.include_router(alarms, prefix=API)
    router.include_router(operations)
    # People script against either address; described once.
    router.include_router(operations, prefix=API, include_in_schema=False)
    router.include_router(openapi.router)
    return tuple(router.routes)
