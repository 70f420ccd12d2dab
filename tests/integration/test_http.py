"""What holds for every route: who may call it, how it fails, which headers it sets, that it is described."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, WebSocketRoute

from callcenter.accounts.rights import RIGHTS, Right, Role
from callcenter.app import create_app
from callcenter.calls.records import Witness
from callcenter.calls.witness_store import Unusable, add_dead_letters
from callcenter.error_codes import ErrorCode
from callcenter.errors import (
    CallcenterError,
    DatabaseError,
    InputError,
    NotFoundError,
    NotSignedInError,
    PbxError,
    TooManyAttemptsError,
)
from callcenter.http.server import open_listener
from callcenter.json_values import moment_to_json
from callcenter.postgres import database as database_module
from callcenter.postgres.database import Database, create_engine, make_database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, PASSWORD
from tests.integration.sockets import knock

EVERYBODY = frozenset({None, *Role})
USERS = frozenset(Role) - {Role.SCREEN}
VIEWERS = frozenset(Role) - {Role.OFFICER}
READERS = USERS - {Role.OFFICER}
AGENTS = READERS - {Role.DIRECTOR}
DIRECTORS = frozenset({Role.SUPERVISOR, Role.DIRECTOR, Role.ADMIN})
SUPERVISORS = DIRECTORS - {Role.DIRECTOR}
ADMINS = frozenset({Role.ADMIN})
CASEWORKERS = AGENTS | {Role.OFFICER}
LEADERS = frozenset({Role.SUPERVISOR, Role.DIRECTOR})
WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR})
SIGNERS = frozenset({Role.DIRECTOR})
HANDLERS = frozenset({Role.OFFICER, Role.SUPERVISOR})
ON_TICKETS = WORKERS | {Role.OFFICER, Role.DIRECTOR}

ROUTES: dict[tuple[str, str], tuple[Right | None, frozenset[Role | None]]] = {
    ("GET", "/health/live"): (None, EVERYBODY),
    ("GET", "/health/ready"): (None, EVERYBODY),
    ("GET", "/metrics"): (None, EVERYBODY),
    ("GET", "/api/v1/alarms"): (Right.SEE_DUTY, READERS),
    ("POST", "/api/v1/alarms/{alarm_id}/acknowledgement"): (Right.HANDLE_ALARMS, SUPERVISORS),
    ("GET", "/api/v1/health/live"): (None, EVERYBODY),
    ("GET", "/api/v1/health/ready"): (None, EVERYBODY),
    ("GET", "/api/v1/metrics"): (None, EVERYBODY),
    ("GET", "/api/docs"): (None, EVERYBODY),
    ("GET", "/api/docs/start.js"): (None, EVERYBODY),
    ("GET", "/api/docs/{name}"): (None, EVERYBODY),
    ("GET", "/api/openapi.json"): (None, EVERYBODY),
    ("POST", "/api/v1/phone"): (Right.TAKE_CALLS, AGENTS),
    ("DELETE", "/api/v1/phone"): (Right.TAKE_CALLS, AGENTS),
    ("POST", "/api/v1/phone/reattach"): (Right.TAKE_CALLS, AGENTS),
    ("POST", "/api/v1/session"): (None, EVERYBODY),
    ("GET", "/api/v1/session"): (None, USERS),
    ("DELETE", "/api/v1/session"): (None, USERS),
    ("PATCH", "/api/v1/session/preferences"): (None, USERS),
    ("PUT", "/api/v1/session/password"): (None, USERS),
    ("GET", "/api/v1/session/tokens"): (None, USERS),
    ("DELETE", "/api/v1/session/tokens/{token_name}"): (None, USERS),
    ("POST", "/api/v1/session/screen"): (None, EVERYBODY),
    ("GET", "/api/v1/screens"): (Right.MANAGE_SCREENS, SUPERVISORS),
    ("POST", "/api/v1/screens"): (Right.MANAGE_SCREENS, SUPERVISORS),
    ("DELETE", "/api/v1/screens/{screen_id}"): (Right.MANAGE_SCREENS, SUPERVISORS),
    ("GET", "/api/v1/users"): (Right.MANAGE_USERS, ADMINS),
    ("POST", "/api/v1/users"): (Right.MANAGE_USERS, ADMINS),
    ("POST", "/api/v1/users/{name}/disable"): (Right.MANAGE_USERS, ADMINS),
    ("POST", "/api/v1/users/{name}/enable"): (Right.MANAGE_USERS, ADMINS),
    ("PUT", "/api/v1/users/{name}/role"): (Right.MANAGE_USERS, ADMINS),
    ("PUT", "/api/v1/users/{name}/duties"): (Right.MANAGE_USERS, ADMINS),
    ("PUT", "/api/v1/users/{name}/display-name"): (Right.MANAGE_USERS, ADMINS),
    ("PUT", "/api/v1/users/{name}/password"): (Right.MANAGE_USERS, ADMINS),
    ("POST", "/api/v1/users/{name}/release"): (Right.MANAGE_USERS, ADMINS),
    ("GET", "/api/v1/users/{name}/tokens"): (Right.MANAGE_USERS, ADMINS),
    ("POST", "/api/v1/users/{name}/tokens"): (Right.MANAGE_USERS, ADMINS),
    ("DELETE", "/api/v1/users/{name}/tokens/{token_name}"): (Right.MANAGE_USERS, ADMINS),
    ("GET", "/api/v1/access-log"): (Right.SEE_ACCESS_LOG, ADMINS),
    ("GET", "/api/v1/calls"): (Right.SEE_CALLS, READERS),
    ("GET", "/api/v1/calls/summary"): (Right.SEE_CALLS, READERS),
    ("POST", "/api/v1/calls/searches"): (Right.SEE_CALLS, READERS),
    ("GET", "/api/v1/calls/{pbx}/{call_id}"): (Right.SEE_CALLS, READERS),
    ("POST", "/api/v1/calls/{pbx}/{call_id}/move"): (Right.MANAGE_AGENTS, SUPERVISORS),
    ("GET", "/api/v1/me"): (Right.SEE_AGENTS, READERS),
    ("WEBSOCKET", "/api/v1/me/live"): (Right.SEE_AGENTS, READERS),
    ("GET", "/api/v1/agents"): (Right.SEE_AGENTS, READERS),
    ("GET", "/api/v1/agents/times"): (Right.SEE_AGENTS, READERS),
    ("GET", "/api/v1/queues"): (Right.SEE_AGENTS, READERS),
    ("GET", "/api/v1/devices"): (Right.SEE_AGENTS, READERS),
    ("POST", "/api/v1/agents/me/sign-on"): (Right.TAKE_CALLS, AGENTS),
    ("POST", "/api/v1/agents/me/sign-off"): (Right.TAKE_CALLS, AGENTS),
    ("POST", "/api/v1/agents/me/pause"): (Right.TAKE_CALLS, AGENTS),
    ("POST", "/api/v1/agents/me/resume"): (Right.TAKE_CALLS, AGENTS),
    ("POST", "/api/v1/agents/me/wrap-up"): (Right.TAKE_CALLS, AGENTS),
    ("PUT", "/api/v1/agents/me/next-status"): (Right.TAKE_CALLS, AGENTS),
    ("PUT", "/api/v1/agents/{name}/skills"): (Right.MANAGE_AGENTS, SUPERVISORS),
    ("POST", "/api/v1/agents/{name}/pause"): (Right.MANAGE_AGENTS, SUPERVISORS),
    ("POST", "/api/v1/agents/{name}/resume"): (Right.MANAGE_AGENTS, SUPERVISORS),
    ("POST", "/api/v1/agents/{name}/sign-off"): (Right.MANAGE_AGENTS, SUPERVISORS),
    ("POST", "/api/v1/agents/{name}/supervise"): (Right.SUPERVISE_CALLS, SUPERVISORS),
    ("GET", "/api/v1/anomalies"): (Right.SEE_CALLS, READERS),
    ("GET", "/api/v1/anomalies/counts"): (Right.SEE_CALLS, READERS),
    ("GET", "/api/v1/dead-letters"): (Right.SEE_CALLS, READERS),
    ("GET", "/api/v1/gaps"): (Right.SEE_CALLS, READERS),
    ("GET", "/api/v1/callbacks"): (Right.SEE_CALLBACKS, READERS),
    ("POST", "/api/v1/callbacks/searches"): (Right.SEE_CALLBACKS, READERS),
    ("GET", "/api/v1/callbacks/{episode_id}"): (Right.SEE_CALLBACKS, READERS),
    ("POST", "/api/v1/callbacks/{episode_id}/decision"): (Right.SIGN_UNREACHABLE, SUPERVISORS),
    ("GET", "/api/v1/recordings"): (Right.HEAR_RECORDINGS, READERS),
    ("GET", "/api/v1/calls/{pbx}/{call_id}/recordings"): (Right.HEAR_RECORDINGS, READERS),
    ("GET", "/api/v1/recordings/missing"): (Right.CHECK_RECORDINGS, DIRECTORS),
    ("GET", "/api/v1/recordings/deletions"): (Right.CHECK_RECORDINGS, DIRECTORS),
    ("GET", "/api/v1/recordings/listenings"): (Right.SEE_ACCESS_LOG, ADMINS),
    ("GET", "/api/v1/recordings/storage"): (Right.CHECK_RECORDINGS, DIRECTORS),
    ("GET", "/api/v1/recordings/{file_id}/audio"): (Right.HEAR_RECORDINGS, READERS),
    ("GET", "/api/v1/recordings/{file_id}/download"): (Right.DOWNLOAD_RECORDINGS, SUPERVISORS),
    ("PUT", "/api/v1/recordings/{file_id}/legal-hold"): (Right.HOLD_RECORDINGS, SUPERVISORS),
    ("DELETE", "/api/v1/recordings/{file_id}/legal-hold"): (Right.HOLD_RECORDINGS, SUPERVISORS),
    ("GET", "/api/v1/messages"): (Right.HEAR_MESSAGES, READERS),
    ("GET", "/api/v1/messages/{file_id}/audio"): (Right.HEAR_MESSAGES, READERS),
    ("GET", "/api/v1/audit/{day}"): (Right.SEE_AUDIT, DIRECTORS),
    ("GET", "/api/v1/disagreements"): (Right.SETTLE_DISAGREEMENTS, SUPERVISORS),
    ("POST", "/api/v1/disagreements/{pbx}/{call_id}/settlements"): (Right.SETTLE_DISAGREEMENTS, SUPERVISORS),
    ("POST", "/api/v1/dials"): (Right.DIAL, AGENTS),
    ("GET", "/api/v1/dials"): (Right.DIAL, AGENTS),
    ("GET", "/api/v1/dials/{dial_id}"): (Right.DIAL, AGENTS),
    ("POST", "/api/v1/dials/{dial_id}/judgements"): (Right.DIAL, AGENTS),
    ("GET", "/api/v1/dial-refusals"): (Right.SEE_DIALS, DIRECTORS),
    ("GET", "/api/v1/outgoing-legs"): (Right.SEE_DIALS, DIRECTORS),
    ("GET", "/api/v1/directory"): (Right.DIAL, AGENTS),
    ("POST", "/api/v1/directory"): (Right.MANAGE_DIRECTORY, SUPERVISORS),
    ("PUT", "/api/v1/directory/{entry_id}"): (Right.MANAGE_DIRECTORY, SUPERVISORS),
    ("DELETE", "/api/v1/directory/{entry_id}"): (Right.MANAGE_DIRECTORY, SUPERVISORS),
    ("GET", "/api/v1/do-not-call"): (Right.MANAGE_DO_NOT_CALL, SUPERVISORS),
    ("GET", "/api/v1/do-not-call-history"): (Right.MANAGE_DO_NOT_CALL, SUPERVISORS),
    ("POST", "/api/v1/do-not-call"): (Right.MANAGE_DO_NOT_CALL, SUPERVISORS),
    ("POST", "/api/v1/do-not-call/removals"): (Right.MANAGE_DO_NOT_CALL, SUPERVISORS),
    ("POST", "/api/v1/callbacks/claim"): (Right.WORK_CALLBACKS, AGENTS),
    ("GET", "/api/v1/callbacks/claims"): (Right.WORK_CALLBACKS, AGENTS),
    ("POST", "/api/v1/callbacks/hand-over"): (Right.WORK_CALLBACKS, AGENTS),
    ("GET", "/api/v1/callbacks/figures"): (Right.SEE_ALARMS, DIRECTORS),
    ("POST", "/api/v1/callbacks/{episode_id}/claim"): (Right.WORK_CALLBACKS, AGENTS),
    ("DELETE", "/api/v1/callbacks/{episode_id}/claim"): (Right.WORK_CALLBACKS, AGENTS),
    ("POST", "/api/v1/callbacks/{episode_id}/notes"): (Right.WORK_CALLBACKS, AGENTS),
    ("PUT", "/api/v1/callbacks/{episode_id}/promise"): (Right.WORK_CALLBACKS, AGENTS),
    ("GET", "/api/v1/callbacks/{episode_id}/history"): (Right.SEE_CALLBACKS, READERS),
    ("GET", "/api/v1/calls/{pbx}/{call_id}/history"): (Right.SEE_CALLBACKS, READERS),
    ("PUT", "/api/v1/calls/{pbx}/{call_id}/note"): (Right.TAKE_CALLS, AGENTS),
    ("GET", "/api/v1/wallboard"): (Right.SEE_BOARD, VIEWERS),
    ("GET", "/api/v1/wallboard/hours"): (Right.SEE_BOARD, VIEWERS),
    ("GET", "/api/v1/wallboard/events"): (Right.SEE_BOARD, VIEWERS),
    ("WEBSOCKET", "/api/v1/wallboard/live"): (Right.SEE_BOARD, VIEWERS),
    ("GET", "/api/v1/metric-definitions"): (Right.SEE_DEFINITIONS, READERS),
    ("GET", "/api/v1/statistics/calls"): (Right.SEE_STATISTICS, DIRECTORS),
    ("GET", "/api/v1/statistics/heat-map"): (Right.SEE_STATISTICS, DIRECTORS),
    ("POST", "/api/v1/report-checks"): (Right.SEE_STATISTICS, DIRECTORS),
    ("GET", "/api/v1/reports"): (Right.SEE_REPORTS, USERS),
    ("POST", "/api/v1/reports"): (Right.SEE_REPORTS, USERS),
    ("GET", "/api/v1/reports/{report_id}"): (Right.SEE_REPORTS, USERS),
    ("PUT", "/api/v1/reports/{report_id}/paragraphs"): (Right.SEE_REPORTS, USERS),
    ("POST", "/api/v1/reports/{report_id}/events/{event}"): (Right.SEE_REPORTS, USERS),
    ("GET", "/api/v1/reports/{report_id}/pdf"): (Right.SEE_REPORTS, USERS),
    ("GET", "/api/v1/reports/{report_id}/xlsx"): (Right.SEE_REPORTS, USERS),
    ("GET", "/api/v1/reports/{report_id}/tables/{table}.csv"): (Right.SEE_REPORTS, USERS),
    ("GET", "/api/v1/reports/{report_id}/charts"): (Right.SEE_REPORTS, USERS),
    ("GET", "/api/v1/periods"): (Right.SEE_ANALYSIS, DIRECTORS),
    ("GET", "/api/v1/snapshots"): (Right.SEE_ANALYSIS, DIRECTORS),
    ("POST", "/api/v1/snapshots"): (Right.ANALYSE, LEADERS),
    ("GET", "/api/v1/snapshots/{snapshot_id}"): (Right.SEE_ANALYSIS, DIRECTORS),
    ("GET", "/api/v1/snapshots/{snapshot_id}/corrections"): (Right.SEE_ANALYSIS, DIRECTORS),
    ("GET", "/api/v1/signals"): (Right.SEE_ANALYSIS, DIRECTORS),
    ("GET", "/api/v1/signals/{signal_id}"): (Right.SEE_ANALYSIS, DIRECTORS),
    ("POST", "/api/v1/signals/{signal_id}/review"): (Right.ANALYSE, LEADERS),
    ("GET", "/api/v1/rankings/{axis}"): (Right.SEE_ANALYSIS, DIRECTORS),
    ("GET", "/api/v1/statistics/casework"): (Right.SEE_STATISTICS, DIRECTORS),
    ("GET", "/api/v1/statistics/agents"): (Right.SEE_STATISTICS, DIRECTORS),
    ("GET", "/api/v1/statistics/me"): (Right.TAKE_CALLS, AGENTS),
    ("GET", "/api/v1/statistics/staffing"): (Right.SEE_STATISTICS, DIRECTORS),
    ("GET", "/api/v1/units"): (Right.SEE_UNITS, USERS),
    ("POST", "/api/v1/units"): (Right.MANAGE_UNITS, ADMINS),
    ("PATCH", "/api/v1/units/{unit_id}"): (Right.MANAGE_UNITS, ADMINS),
    ("GET", "/api/v1/units/{unit_id}/members"): (Right.SEE_UNITS, USERS),
    ("PUT", "/api/v1/units/{unit_id}/members/{name}"): (Right.MANAGE_UNITS, ADMINS),
    ("DELETE", "/api/v1/units/{unit_id}/members/{name}"): (Right.MANAGE_UNITS, ADMINS),
    ("GET", "/api/v1/units/{unit_id}/contacts"): (Right.SEE_UNITS, USERS),
    ("PUT", "/api/v1/units/{unit_id}/contacts/{position}"): (Right.MANAGE_UNITS, ADMINS),
    ("DELETE", "/api/v1/units/{unit_id}/contacts/{position}"): (Right.MANAGE_UNITS, ADMINS),
    ("GET", "/api/v1/merchants"): (Right.SEE_MERCHANTS, USERS),
    ("POST", "/api/v1/merchants"): (Right.MANAGE_MERCHANTS, CASEWORKERS),
    ("GET", "/api/v1/merchants/{merchant_id}"): (Right.SEE_MERCHANTS, USERS),
    ("PATCH", "/api/v1/merchants/{merchant_id}"): (Right.MANAGE_MERCHANTS, CASEWORKERS),
    ("POST", "/api/v1/merchants/{merchant_id}/merges"): (Right.LEAD_TICKETS, LEADERS),
    ("DELETE", "/api/v1/merchants/{merchant_id}/merges"): (Right.LEAD_TICKETS, LEADERS),
    ("POST", "/api/v1/ticket-imports"): (Right.IMPORT_TICKETS, ADMINS),
    ("GET", "/api/v1/ticket-imports"): (Right.IMPORT_TICKETS, ADMINS),
    ("GET", "/api/v1/ticket-imports/{import_id}"): (Right.IMPORT_TICKETS, ADMINS),
    ("GET", "/api/v1/ticket-imports/{import_id}/rows"): (Right.IMPORT_TICKETS, ADMINS),
    ("POST", "/api/v1/ticket-imports/{import_id}/confirmation"): (Right.IMPORT_TICKETS, ADMINS),
    ("GET", "/api/v1/retention-rules"): (Right.SEE_DEADLINES, USERS),
    ("GET", "/api/v1/ticket-deletions"): (Right.CHECK_RECORDINGS, DIRECTORS),
    ("GET", "/api/v1/tickets/{ticket}/legal-hold"): (Right.SEE_TICKETS, USERS),
    ("PUT", "/api/v1/tickets/{ticket}/legal-hold"): (Right.HOLD_RECORDINGS, SUPERVISORS),
    ("DELETE", "/api/v1/tickets/{ticket}/legal-hold"): (Right.HOLD_RECORDINGS, SUPERVISORS),
    ("GET", "/api/v1/reconciliations"): (Right.SEE_AUDIT, DIRECTORS),
    ("PUT", "/api/v1/reconciliations/{day}"): (Right.IMPORT_TICKETS, ADMINS),
    ("GET", "/api/v1/reconciliations/{day}"): (Right.SEE_AUDIT, DIRECTORS),
    ("GET", "/api/v1/tickets"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/tickets"): (Right.REGISTER_TICKETS, WORKERS),
    ("POST", "/api/v1/ticket-searches"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/tickets/{ticket}/duplicates"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/tickets/{ticket}"): (Right.SEE_TICKETS, USERS),
    ("PATCH", "/api/v1/tickets/{ticket}"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("POST", "/api/v1/tickets/{ticket}/attachments"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("GET", "/api/v1/tickets/{ticket}/attachments"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/tickets/{ticket}/attachments/{attachment_id}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/tickets/{ticket}/forms"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/tickets/{ticket}/forms/{form}"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("GET", "/api/v1/tickets/{ticket}/forms/{form}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/tickets/{ticket}/history"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/tickets/{ticket}/merges"): (Right.LEAD_TICKETS, LEADERS),
    ("DELETE", "/api/v1/tickets/{ticket}/merges"): (Right.LEAD_TICKETS, LEADERS),
    ("POST", "/api/v1/tickets/{ticket}/unmasking"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/tickets/{ticket}/events/{step}"): (Right.SEE_TICKETS, USERS),
    ("PUT", "/api/v1/tickets/{ticket}/parties/{role}"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("PUT", "/api/v1/tickets/{ticket}/priority"): (Right.FORWARD_TICKETS, ON_TICKETS - {Role.OFFICER}),
    ("POST", "/api/v1/tickets/{ticket}/notes"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("POST", "/api/v1/tickets/{ticket}/notices"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("POST", "/api/v1/tickets/{ticket}/links"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("DELETE", "/api/v1/tickets/{ticket}/links/{link_id}"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("GET", "/api/v1/ticket-groups"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/ticket-groups"): (Right.LEAD_TICKETS, LEADERS),
    ("GET", "/api/v1/ticket-groups/{group_id}"): (Right.SEE_TICKETS, USERS),
    ("DELETE", "/api/v1/ticket-groups/{group_id}"): (Right.LEAD_TICKETS, LEADERS),
    ("PUT", "/api/v1/ticket-groups/{group_id}/members/{ticket}"): (Right.LEAD_TICKETS, LEADERS),
    ("DELETE", "/api/v1/ticket-groups/{group_id}/members/{ticket}"): (Right.LEAD_TICKETS, LEADERS),
    ("PUT", "/api/v1/ticket-groups/{group_id}/representatives"): (Right.LEAD_TICKETS, LEADERS),
    ("GET", "/api/v1/advisories"): (Right.WRITE_ADVISORIES, LEADERS),
    ("POST", "/api/v1/advisories"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/advisories/{advisory_id}"): (Right.WRITE_ADVISORIES, LEADERS),
    ("PATCH", "/api/v1/advisories/{advisory_id}"): (Right.WRITE_ADVISORIES, LEADERS),
    ("POST", "/api/v1/advisories/{advisory_id}/events/{event}"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/advisories/{advisory_id}/history"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/advisories/{advisory_id}/pdf"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/case-flags"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/case-flags"): (Right.CHANGE_TICKETS, ON_TICKETS),
    ("GET", "/api/v1/case-flags/{flag_id}"): (Right.SEE_TICKETS, USERS),
    ("PUT", "/api/v1/case-flags/{flag_id}/proposal"): (Right.HANDLE_TICKETS, HANDLERS),
    ("PUT", "/api/v1/case-flags/{flag_id}/signature"): (Right.SIGN_CASES, SIGNERS),
    ("PUT", "/api/v1/case-flags/{flag_id}/return"): (Right.SIGN_CASES, SIGNERS),
    ("PUT", "/api/v1/case-flags/{flag_id}/extension"): (Right.SIGN_CASES, SIGNERS),
    ("PUT", "/api/v1/case-flags/{flag_id}/withdrawal"): (Right.SIGN_CASES, SIGNERS),
    ("PUT", "/api/v1/case-flags/{flag_id}/result"): (Right.HANDLE_TICKETS, HANDLERS),
    ("GET", "/api/v1/contacts"): (Right.SEE_CONTACTS, USERS),
    ("POST", "/api/v1/contacts"): (Right.MANAGE_CONTACTS, SUPERVISORS),
    ("GET", "/api/v1/contacts/{contact_id}"): (Right.SEE_CONTACTS, USERS),
    ("PATCH", "/api/v1/contacts/{contact_id}"): (Right.MANAGE_CONTACTS, SUPERVISORS),
    ("POST", "/api/v1/contacts/{contact_id}/verification"): (Right.MANAGE_CONTACTS, SUPERVISORS),
    ("POST", "/api/v1/contacts/{contact_id}/end"): (Right.MANAGE_CONTACTS, SUPERVISORS),
    ("GET", "/api/v1/broadcasts"): (Right.SEE_BROADCASTS, READERS),
    ("POST", "/api/v1/broadcasts"): (Right.LEAD_BROADCASTS, LEADERS),
    ("GET", "/api/v1/broadcast-recordings"): (Right.SEE_BROADCASTS, READERS),
    ("POST", "/api/v1/broadcast-recordings"): (Right.LEAD_BROADCASTS, LEADERS),
    ("GET", "/api/v1/broadcast-recordings/{recording_id}/audio"): (Right.SEE_BROADCASTS, READERS),
    ("GET", "/api/v1/broadcasts/{broadcast_id}"): (Right.SEE_BROADCASTS, READERS),
    ("GET", "/api/v1/broadcasts/{broadcast_id}/targets"): (Right.SEE_BROADCASTS, READERS),
    ("PUT", "/api/v1/broadcasts/{broadcast_id}/targets/{target_id}/acknowledgement"): (
        Right.LEAD_BROADCASTS,
        LEADERS,
    ),
    ("POST", "/api/v1/broadcasts/{broadcast_id}/end"): (Right.LEAD_BROADCASTS, LEADERS),
    ("GET", "/api/v1/instructions"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/instructions"): (Right.FORWARD_TICKETS, ON_TICKETS - {Role.OFFICER}),
    ("GET", "/api/v1/instructions/{instruction_id}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/instructions/{instruction_id}/history"): (Right.SEE_TICKETS, USERS),
    ("PUT", "/api/v1/instructions/{instruction_id}/acknowledgement"): (Right.HANDLE_TICKETS, HANDLERS),
    ("POST", "/api/v1/instructions/{instruction_id}/events/{step}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/instructions/{instruction_id}/batches"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/instructions/{instruction_id}/batches"): (Right.HANDLE_TICKETS, HANDLERS),
    ("GET", "/api/v1/instructions/{instruction_id}/tests"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/instructions/{instruction_id}/tests"): (Right.HANDLE_TICKETS, HANDLERS),
    ("GET", "/api/v1/dispatch/board"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/inspection-templates"): (Right.SEE_CODES, USERS),
    ("POST", "/api/v1/inspection-templates"): (Right.MANAGE_CODES, SUPERVISORS),
    ("GET", "/api/v1/inspection-templates/{template}/{template_version}"): (Right.SEE_CODES, USERS),
    ("POST", "/api/v1/person-requests"): (Right.UNMASK_NUMBERS, DIRECTORS),
    ("GET", "/api/v1/interviews"): (Right.WRITE_ADVISORIES, LEADERS),
    ("POST", "/api/v1/interviews"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/interviews/{interview_id}"): (Right.WRITE_ADVISORIES, LEADERS),
    ("POST", "/api/v1/interviews/{interview_id}/events/{event}"): (Right.WRITE_ADVISORIES, LEADERS),
    ("PUT", "/api/v1/interviews/{interview_id}/commitments/{commitment_id}/done"): (Right.WRITE_ADVISORIES, LEADERS),
    ("PUT", "/api/v1/interviews/{interview_id}/commitments/{commitment_id}/check"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/interviews/{interview_id}/history"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/interviews/{interview_id}/pdf"): (Right.WRITE_ADVISORIES, LEADERS),
    ("GET", "/api/v1/inspections"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/inspections"): (Right.HANDLE_TICKETS, HANDLERS),
    ("GET", "/api/v1/inspections/{inspection_id}"): (Right.SEE_TICKETS, USERS),
    ("PATCH", "/api/v1/inspections/{inspection_id}"): (Right.HANDLE_TICKETS, HANDLERS),
    ("GET", "/api/v1/inspections/{inspection_id}/answers"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/inspections/{inspection_id}/answers"): (Right.HANDLE_TICKETS, HANDLERS),
    ("POST", "/api/v1/inspections/{inspection_id}/items/{item}/attachments"): (Right.HANDLE_TICKETS, HANDLERS),
    ("GET", "/api/v1/inspections/{inspection_id}/attachments/{attachment_id}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/inspections/{inspection_id}/record"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/inspections/{inspection_id}/finish"): (Right.HANDLE_TICKETS, HANDLERS),
    ("POST", "/api/v1/inspections/{inspection_id}/correction"): (Right.HANDLE_TICKETS, HANDLERS),
    ("GET", "/api/v1/deadlines"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/calls/{pbx}/{call_id}/tickets"): (Right.SEE_CALLS, READERS),
    ("GET", "/api/v1/calls/{pbx}/{call_id}/disposition"): (Right.SEE_CALLS, READERS),
    ("PUT", "/api/v1/calls/{pbx}/{call_id}/disposition"): (Right.REGISTER_TICKETS, WORKERS),
    ("GET", "/api/v1/dispositions/missing"): (Right.SEE_DISPOSITIONS, DIRECTORS),
    ("GET", "/api/v1/codes"): (Right.SEE_CODES, USERS),
    ("POST", "/api/v1/codes"): (Right.MANAGE_CODES, SUPERVISORS),
    ("POST", "/api/v1/codes/{axis}/{code}/end"): (Right.MANAGE_CODES, SUPERVISORS),
    ("GET", "/api/v1/thresholds"): (Right.SEE_DEADLINES, USERS),
    ("POST", "/api/v1/thresholds"): (Right.DECIDE_RULES, frozenset({Role.DIRECTOR, Role.ADMIN})),
    ("GET", "/api/v1/surveys"): (Right.SEE_TICKETS, DIRECTORS),
    ("POST", "/api/v1/surveys"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/surveys/{survey_id}"): (Right.SEE_TICKETS, DIRECTORS),
    ("POST", "/api/v1/surveys/{survey_id}/events/{event}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/surveys/{survey_id}/frame"): (Right.SEE_TICKETS, DIRECTORS),
    ("GET", "/api/v1/surveys/{survey_id}/sample"): (Right.SEE_TICKETS, DIRECTORS),
    ("GET", "/api/v1/surveys/{survey_id}/interviews"): (Right.SEE_TICKETS, DIRECTORS),
    ("POST", "/api/v1/surveys/{survey_id}/interviews"): (Right.DIAL, AGENTS),
    ("GET", "/api/v1/surveys/{survey_id}/results"): (Right.SEE_TICKETS, DIRECTORS),
    ("GET", "/api/v1/quality/rules"): (Right.SEE_DEADLINES, USERS),
    ("POST", "/api/v1/quality/rules"): (Right.DECIDE_RULES, frozenset({Role.DIRECTOR, Role.ADMIN})),
    ("GET", "/api/v1/quality/findings"): (Right.SEE_TICKETS, DIRECTORS | {Role.OFFICER}),
    ("POST", "/api/v1/quality/findings"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/quality/findings/{finding_id}"): (Right.SEE_TICKETS, DIRECTORS | {Role.OFFICER}),
    ("POST", "/api/v1/quality/findings/{finding_id}/events/{event}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/quality/bulletins"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/quality/bulletins"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/quality/bulletins/{bulletin_id}"): (Right.SEE_TICKETS, USERS),
    ("POST", "/api/v1/quality/bulletins/{bulletin_id}/events/{event}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/quality/years/{year}"): (Right.SEE_TICKETS, USERS),
    ("GET", "/api/v1/deadline-rules"): (Right.SEE_DEADLINES, USERS),
    ("GET", "/api/v1/deadline-rules/{code}/preview"): (Right.SEE_DEADLINES, USERS),
    ("GET", "/api/v1/hours"): (Right.SEE_HOURS, READERS),
    ("GET", "/api/v1/hours/now"): (Right.SEE_HOURS, READERS),
    ("GET", "/api/v1/hours/weekdays"): (Right.SEE_HOURS, READERS),
    ("PUT", "/api/v1/hours/weekdays/{weekday}"): (Right.MANAGE_HOURS, SUPERVISORS),
    ("PUT", "/api/v1/hours/days/{day}"): (Right.MANAGE_HOURS, SUPERVISORS),
    ("DELETE", "/api/v1/hours/days/{day}"): (Right.MANAGE_HOURS, SUPERVISORS),
    ("GET", "/api/v1/duty/people"): (Right.SEE_DUTY, READERS),
    ("POST", "/api/v1/duty/people"): (Right.MANAGE_DUTY, SUPERVISORS),
    ("PUT", "/api/v1/duty/people/{person_id}"): (Right.MANAGE_DUTY, SUPERVISORS),
    ("GET", "/api/v1/duty/shifts"): (Right.SEE_DUTY, READERS),
    ("POST", "/api/v1/duty/shifts"): (Right.MANAGE_DUTY, SUPERVISORS),
    ("DELETE", "/api/v1/duty/shifts/{shift_id}"): (Right.MANAGE_DUTY, SUPERVISORS),
    ("GET", "/api/v1/duty/coverage"): (Right.SEE_DUTY, READERS),
    ("GET", "/api/v1/duty/fairness"): (Right.SEE_DUTY, READERS),
    ("GET", "/api/v1/duty/busy"): (Right.SEE_DUTY, READERS),
    ("POST", "/api/v1/duty/busy"): (Right.MANAGE_DUTY, SUPERVISORS),
    ("DELETE", "/api/v1/duty/busy/{busy_id}"): (Right.MANAGE_DUTY, SUPERVISORS),
    ("GET", "/api/v1/duty/swaps"): (Right.SEE_DUTY, READERS),
    ("POST", "/api/v1/duty/swaps"): (Right.SWAP_DUTY, AGENTS),
    ("POST", "/api/v1/duty/swaps/{swap_id}/{step}"): (Right.SWAP_DUTY, AGENTS),
    ("GET", "/api/v1/duty/handovers"): (Right.SEE_DUTY, READERS),
    ("POST", "/api/v1/duty/handovers"): (Right.MANAGE_DUTY, SUPERVISORS),
    ("POST", "/api/v1/mediations"): (Right.MEDIATE, AGENTS),
    ("POST", "/api/v1/mediation-appointments"): (Right.MEDIATE, AGENTS),
    ("GET", "/api/v1/mediations"): (Right.MEDIATE, AGENTS),
    ("GET", "/api/v1/mediations/statistics"): (Right.SEE_STATISTICS, DIRECTORS),
    ("GET", "/api/v1/mediations/{mediation_id}"): (Right.MEDIATE, AGENTS),
    ("GET", "/api/v1/mediations/{mediation_id}/record"): (Right.MEDIATE, AGENTS),
    ("POST", "/api/v1/mediations/{mediation_id}/legs"): (Right.MEDIATE, AGENTS),
    ("POST", "/api/v1/mediations/{mediation_id}/legs/{leg_id}/commands/{command}"): (Right.MEDIATE, AGENTS),
    ("POST", "/api/v1/mediations/{mediation_id}/end"): (Right.MEDIATE, AGENTS),
    ("PUT", "/api/v1/mediations/{mediation_id}/particulars"): (Right.MEDIATE, AGENTS),
    ("PUT", "/api/v1/mediations/{mediation_id}/legs/{leg_id}/consent"): (Right.MEDIATE, AGENTS),
    ("PUT", "/api/v1/mediations/{mediation_id}/agreement"): (Right.MEDIATE, AGENTS),
    ("PUT", "/api/v1/mediations/{mediation_id}/legs/{leg_id}/answer"): (Right.MEDIATE, AGENTS),
    ("PUT", "/api/v1/mediations/{mediation_id}/result"): (Right.MEDIATE, AGENTS),
    ("GET", "/api/v1/mediation-recordings"): (Right.HEAR_RECORDINGS, READERS),
    ("GET", "/api/v1/mediation-recordings/{file_id}/audio"): (Right.HEAR_RECORDINGS, READERS),
    ("GET", "/api/v1/mediation-recordings/{file_id}/download"): (Right.DOWNLOAD_RECORDINGS, SUPERVISORS),
    ("PUT", "/api/v1/mediation-recordings/{file_id}/legal-hold"): (Right.HOLD_RECORDINGS, SUPERVISORS),
    ("DELETE", "/api/v1/mediation-recordings/{file_id}/legal-hold"): (Right.HOLD_RECORDINGS, SUPERVISORS),
}
"""Every route, the right that it asks for, and who may call it: None is somebody who is not signed in.

A new route needs a line here.
"""


def list_routes(app: FastAPI) -> set[tuple[str, str]]:
    def walk(routes: list[BaseRoute], prefix: str) -> Iterator[tuple[str, str]]:
        for route in routes:
            included: APIRouter | None = getattr(route, "original_router", None)
            if included is not None:
                context: Any = route.include_context  # type: ignore[attr-defined]
                yield from walk(included.routes, prefix + context.prefix)
            else:
                other = "WEBSOCKET" if isinstance(route, WebSocketRoute) else "ANY"
                for method in getattr(route, "methods", None) or {other}:
                    # As the description has it: without what a parameter must look like.
                    yield method, prefix + re.sub(r":\w+\}", "}", route.path)  # type: ignore[attr-defined]

    return set(walk(app.routes, ""))


def test_every_route_says_who_may_call_it(app: FastAPI) -> None:
    assert list_routes(app) == set(ROUTES)


async def _open_to_all() -> None:
    """A route that somebody forgot to guard."""


async def _socket_open_to_all(socket: WebSocket) -> None:
    """The same over a socket."""


def _nested() -> APIRouter:
    inner, outer = APIRouter(), APIRouter()
    inner.add_api_route("/deep", _open_to_all)
    outer.include_router(inner, prefix="/under")
    return outer


@pytest.mark.parametrize(
    ("add", "found"),
    [
        (lambda app: app.add_api_route("/new", _open_to_all), {("GET", "/new")}),
        (
            lambda app: app.add_api_route("/api/v1/calls", _open_to_all, methods=["PUT", "PATCH"]),
            {("PUT", "/api/v1/calls"), ("PATCH", "/api/v1/calls")},
        ),
        (lambda app: app.add_api_route("/new", _open_to_all, include_in_schema=False), {("GET", "/new")}),
        (lambda app: app.include_router(_nested(), prefix="/api/v1"), {("GET", "/api/v1/under/deep")}),
        (lambda app: app.add_api_websocket_route("/live", _socket_open_to_all), {("WEBSOCKET", "/live")}),
        (lambda app: app.mount("/files", Starlette()), {("ANY", "/files")}),
        (lambda app: app.add_route("/plain", Starlette()), {("ANY", "/plain")}),
    ],
)
def test_a_new_route_of_any_kind_is_noticed(
    app: FastAPI, add: Callable[[FastAPI], None], found: set[tuple[str, str]]
) -> None:
    add(app)
    assert list_routes(app) - set(ROUTES) == found


SIGNING_IN = {("POST", "/api/v1/session"), ("POST", "/api/v1/session/screen")}
ALSO_CALLS = {("GET", f"/api/v1/calls/{{pbx}}/{{call_id}}/{word}") for word in ("move", "note")}
"""The id of a call may hold slashes, so that these ask for the calls `1/move` and `1/note`."""


@pytest.mark.parametrize("role", [None, *Role])
async def test_a_method_that_is_not_in_the_table_is_nobodys(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], role: Role | None
) -> None:
    headers = {} if role is None else as_role[role]
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
    others = [(method, path) for path in {path for kind, path in ROUTES if kind != "WEBSOCKET"} for method in methods]
    answered = {}
    for method, path in sorted(set(others) - set(ROUTES) - ALSO_CALLS):
        answer = await client.request(method, re.sub(r"\{.*?\}", "1", path), headers=headers)
        answered[method, path] = (answer.status_code, answer.headers["content-type"])
    assert set(answered.values()) == {(405, "application/problem+json")}


@pytest.mark.parametrize("role", [None, *Role])
async def test_every_route_lets_in_exactly_its_roles(
    app: FastAPI, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], role: Role | None
) -> None:
    headers = {} if role is None else as_role[role]
    let_in = {}
    for method, path in ROUTES:
        if method == "WEBSOCKET":
            status = await knock(app, path, headers)
            let_in[method, path] = status not in (401, 403)
            assert let_in[method, path] or status == (401 if role is None else 403)
            continue
        if (method, path) in SIGNING_IN:
            answer = await client.request(method, path)
            assert answer.status_code == 403, "signing in asks for our own page, not for a role"
            continue
        answer = await client.request(method, re.sub(r"\{.*?\}", "1", path), headers=headers)
        let_in[method, path] = answer.status_code not in (401, 403)
        if not let_in[method, path]:
            assert answer.status_code == (401 if role is None else 403)
            assert answer.headers["content-type"] == "application/problem+json"
    assert let_in == {route: role in roles for route, (_, roles) in ROUTES.items() if route not in SIGNING_IN}


async def test_every_route_asks_for_its_right(
    app: FastAPI, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = as_role[Role.AGENT]
    monkeypatch.setitem(RIGHTS, Role.AGENT, frozenset())
    asked: dict[tuple[str, str], str | None] = {}
    for method, path in ROUTES:
        if method == "WEBSOCKET":
            continue
        answer = await client.request(method, re.sub(r"\{.*?\}", "1", path), headers=headers)
        is_refused = answer.status_code == 403 and "right" in answer.text
        asked[method, path] = answer.json()["detail"] if is_refused else None
    assert asked == {
        route: right and f"Only users with the right {right} may do this."
        for route, (right, _) in ROUTES.items()
        if route[0] != "WEBSOCKET"
    }


async def test_every_socket_asks_for_its_right(
    app: FastAPI, as_role: dict[Role, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for (method, path), (right, _) in ROUTES.items():
        if method == "WEBSOCKET":
            assert right is not None
            monkeypatch.setitem(RIGHTS, Role.AGENT, frozenset(Right) - {right})
            assert await knock(app, path, as_role[Role.AGENT]) == 403
            monkeypatch.setitem(RIGHTS, Role.AGENT, frozenset({right}))
            assert await knock(app, path, as_role[Role.AGENT]) not in (401, 403)


async def test_every_socket_with_a_cookie_is_opened_by_our_own_pages_only(
    app: FastAPI, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    own = {"Origin": "http://callcenter.test"}
    signed_in = await client.post("/api/v1/session", json={"name": "mei-agent", "password": PASSWORD}, headers=own)
    cookie = {"Cookie": f"callcenter_session={signed_in.cookies['callcenter_session']}"}
    for method, path in ROUTES:
        if method == "WEBSOCKET":
            for origin in ("http://elsewhere.test", "https://callcenter.test.elsewhere.test", "null", "http://[", ""):
                assert await knock(app, path, cookie | {"Origin": origin}) == 403, (path, origin)
            assert await knock(app, path, cookie) == 403
            assert await knock(app, path, cookie | own) not in (401, 403)


async def test_an_origin_that_cannot_be_read_is_no_page_of_ours(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    broken = {"Origin": "http://[", "Sec-Fetch-Site": ""}
    answer = await client.post("/api/v1/session", json={"name": "mei-agent", "password": PASSWORD}, headers=broken)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    del broken["Sec-Fetch-Site"]
    answer = await client.post("/api/v1/session", json={"name": "mei-agent", "password": PASSWORD}, headers=broken)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


async def test_an_address_that_does_not_exist_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "code": "not_found",
        "params": {},
    }


async def test_a_method_that_does_not_exist_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.put("/health/live")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "method_not_allowed", "GET")


async def test_an_invalid_request_names_its_fields_and_repeats_no_value(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/session",
        json={"name": "No Name", "password": "hunter2" * 100, "more": 1},
        headers={"Origin": "http://callcenter.test"},
    )
    assert answer.json() == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "The request is not as described.",
        "code": "invalid_request",
        "params": {},
        "errors": [
            {"field": "body.name", "message": "String should match pattern '^[a-z0-9][a-z0-9._-]{0,63}$'"},
            {"field": "body.password", "message": "Value should have at most 256 items after validation, not 700"},
            {"field": "body.more", "message": "Extra inputs are not permitted"},
        ],
    }


async def test_broken_json_is_a_problem_document(client: httpx.AsyncClient) -> None:
    headers = {"Origin": "http://callcenter.test", "Content-Type": "application/json"}
    answer = await client.post("/api/v1/session", content=b'{"name', headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, "JSON decode error")


async def test_a_body_is_read_no_further_than_anybody_needs(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 << 20:
            sent += 1 << 16
            yield bytes(1 << 16)

    headers = {"Origin": "http://callcenter.test", "Content-Type": "application/json"}
    answer = await client.post("/api/v1/session", content=endless(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert (answer.json()["code"], answer.json()["params"]) == ("body_too_large", {"most_bytes": 1 << 20})
    assert sent <= 2 << 20


@pytest.mark.parametrize(
    ("error", "status", "document"),
    [
        (NotFoundError(), 404, {"detail": "There is no such thing.", "code": "not_found", "params": {}}),
        (
            InputError("Too late.", code=ErrorCode.IN_THE_PAST, params={"since": NOW, "day": NOW.date(), "user": None}),
            400,
            {
                "detail": "Too late.",
                "code": "in_the_past",
                "params": {"since": moment_to_json(NOW), "day": NOW.date().isoformat()},
            },
        ),
        (NotSignedInError(), 401, {"detail": "Sign in first.", "code": "not_signed_in", "params": {}}),
        (
            TooManyAttemptsError(retry_at=NOW + timedelta(seconds=90.5)),
            429,
            {
                "detail": "Too many sign-ins have failed; try again later.",
                "code": "too_many_attempts",
                "params": {"retry_after": 91},
            },
        ),
        (PbxError("The PBX is away."), 502, {"detail": "The PBX is away.", "code": "pbx_unavailable", "params": {}}),
        (
            DatabaseError("The database is away."),
            503,
            {"detail": "The database is away.", "code": "database_unavailable", "params": {"retry_after": 5}},
        ),
        (HTTPException(418), 418, {"detail": "I'm a Teapot", "code": "unexpected", "params": {}}),
        (
            HTTPException(400, "There was an error parsing the body"),
            422,
            {
                "detail": "The request is not as described.",
                "code": "invalid_request",
                "params": {},
                "errors": [{"field": "body", "message": "There was an error parsing the body"}],
            },
        ),
        (
            RuntimeError("hunter2"),
            500,
            {"detail": "Something went wrong here; it has been logged.", "code": "unexpected", "params": {}},
        ),
    ],
)
async def test_an_error_in_a_route_is_a_problem_document(
    app: FastAPI, client: httpx.AsyncClient, error: Exception, status: int, document: dict[str, Any]
) -> None:
    async def fail() -> None:
        raise error

    app.add_api_route("/fail", fail)
    answer = await client.get("/fail")
    assert answer.status_code == status
    phrase = HTTPStatus(status).phrase
    assert answer.json() == {"type": "about:blank", "title": phrase, "status": status, **document}
    assert answer.headers.get("retry-after") == (str(wait) if (wait := document["params"].get("retry_after")) else None)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_database_the_process_lives_but_is_not_ready() -> None:
    database = make_database(create_engine("postgresql+asyncpg://u:hunter2@127.0.0.1:1/x"))
    app = create_app(database=database, settings=Settings())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://callcenter.test") as client:
        assert (await client.get("/health/live")).json() == {"status": "live"}
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.headers["retry-after"]) == (503, "5")
        answer = await client.get("/api/v1/session", headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert answer.headers["retry-after"] == "5"
        assert "hunter2" not in answer.text


async def test_with_a_database_that_hangs_the_process_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "REACHED_WITHIN_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = create_engine(f"postgresql+asyncpg://u:x@127.0.0.1:{silent.getsockname()[1]}/x")
        transport = httpx.ASGITransport(app=create_app(database=make_database(engine), settings=Settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://callcenter.test") as client:
            assert (await client.get("/health/ready")).status_code == 503


async def test_with_a_database_the_process_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/ready")).json() == {"status": "ready"}


async def test_dead_letters_of_the_last_day_show_in_the_health(client: httpx.AsyncClient, database: Database) -> None:
    async with database.sessions.begin() as session:
        for days in (0, 2):
            letter = Unusable(text="a row", told_at=NOW, reason="a defect")
            await add_dead_letters(session, "pbx1", Witness.LEDGER, [letter], at=NOW - timedelta(days=days))
    assert (await client.get("/health/ready")).json() == {"status": "ready", "dead_letters": 1}


@pytest.mark.parametrize("path", ["/health/live", "/api/v1/session", "/api/v1/nothing", "/fail"])
async def test_every_answer_carries_the_security_headers(app: FastAPI, client: httpx.AsyncClient, path: str) -> None:
    async def fail() -> None:
        raise RuntimeError

    app.add_api_route("/fail", fail)
    headers = (await client.get(path)).headers
    assert {name: headers[name] for name in headers if name not in ("content-length", "content-type")} == {
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    } | ({"www-authenticate": "Bearer"} if path == "/api/v1/session" else {})


async def test_the_page_of_the_api_needs_nothing_from_outside(client: httpx.AsyncClient) -> None:
    page = await client.get("/api/docs")
    assert "'unsafe-inline'" not in page.headers["content-security-policy"].partition("style-src")[0]
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sources == [
        "data:,",
        "/api/docs/swagger-ui.css",
        "/api/docs/swagger-ui-bundle.js",
        "/api/docs/start.js",
    ]
    sizes = [len((await client.get(source)).content) for source in sources[1:]]
    assert sizes[0] > 50_000
    assert sizes[1] > 500_000
    assert "/api/openapi.json" in (await client.get("/api/docs/start.js")).text
    for name in ("..%2f__init__.py", "index.html", "swagger-ui.js"):
        assert (await client.get(f"/api/docs/{name}")).status_code == 404


async def test_the_description_is_complete(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    described = {
        (method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    undescribed = ("/api/docs", "/api/openapi", "/api/v1/health")
    http = {route for route in ROUTES if route[0] != "WEBSOCKET" and route[1] != "/api/v1/metrics"}
    assert set(described) == {route for route in http if not route[1].startswith(undescribed)}
    for route, operation in described.items():
        assert operation["description"], route
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        is_guarded = None not in ROUTES[route][1]
        assert bool(operation.get("security")) is is_guarded, route
    references = set(re.findall(r'"#/components/schemas/(\w+)"', (await client.get("/api/openapi.json")).text))
    assert references <= set(document["components"]["schemas"])


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CallcenterError, match=r"^The server cannot listen on 127\.0\.0\.1:\d+: the port is taken"),
    ):
        open_listener("127.0.0.1", taken.getsockname()[1])


async def test_requests_are_counted_by_operation_and_unknown_addresses_as_one(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/session")
    await client.get("/api/v1/surprise")
    await client.request("SURPRISE", "/api/v1/session")
    text = (await client.get("/metrics")).text
    assert 'callcenter_http_request_seconds_count{operation="GET /api/v1/session",status="401"}' in text
    assert 'callcenter_http_request_seconds_count{operation="OTHER /api/v1/session",status="405"}' in text
    assert 'callcenter_http_request_seconds_count{operation="none",status="404"}' in text
    assert "surprise" not in text.lower()


async def test_figures_are_for_this_machine_unless_the_setting_names_others(app: FastAPI) -> None:
    for networks, statuses in ((("127.0.0.0/8",), [200, 403]), (("10.0.0.0/8",), [403, 200])):
        app.state.settings = app.state.settings.model_copy(update={"metrics_from": networks})
        found = []
        for address in ("127.0.0.1", "10.1.2.3"):
            transport = httpx.ASGITransport(app=app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://callcenter.test") as client:
                found += [(await client.get(path)).status_code for path in ("/metrics",)]
                assert (await client.get("/api/v1/metrics")).status_code == found[-1]
        assert found == statuses


async def test_no_two_operations_share_a_label(app: FastAPI, client: httpx.AsyncClient) -> None:
    routes = [(method, path) for method, path in ROUTES if method != "WEBSOCKET"]
    for method, path in routes:
        await client.request(method, re.sub(r"\{.*?\}", "1", path))
    text = (await client.get("/metrics")).text
    counted = set(re.findall(r'callcenter_http_request_seconds_count\{operation="([^"]+)"', text))
    assert {f"{method} {path}" for method, path in routes} <= counted
