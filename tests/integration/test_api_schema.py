"""The API keeps to its own description for requests of every kind, from nobody and from every role.

Requests that fit the description and requests that do not are made by schemathesis, always the same ones.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
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
from sqlalchemy import select

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.tables import User
from callcenter.app import create_app
from callcenter.callbacks.service import refresh
from callcenter.casework.groups.store import add_group
from callcenter.casework.merchants.store import add_merchant
from callcenter.casework.units.rules import UnitKind
from callcenter.casework.units.store import add_unit
from callcenter.http.openapi import describe
from callcenter.mediation.recording_intake import take_in_recordings
from callcenter.mediation.rules import LegRole, MediationState
from callcenter.mediation.store import add_leg, add_mediation
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.pbx.session import Answer
from callcenter.postgres.database import Database, connect, create_engine, make_database
from callcenter.settings import Settings
from tests.audio_examples import write_wav
from tests.integration.advisory_examples import add_advisory, add_interview
from tests.integration.analysis_examples import add_analysis
from tests.integration.audio_house import settings_with_folders, sit, take_in_calls, take_in_message
from tests.integration.callback_examples import (
    answered,
    as_ami,
    at,
    lost,
    outbound,
    still_up,
    store,
    store_confirmed,
)
from tests.integration.casework_examples import (
    add_broadcast,
    add_contact,
    add_import,
    add_inspection,
    add_instruction,
    add_report,
    add_ticket,
    compare_import,
    merchant_named,
)
from tests.integration.conftest import NOW
from tests.integration.test_http import ROUTES
from tests.report_examples import month

EXAMPLES = 5
"""Requests for each operation and way of making them, by the least of those who may call it, a supervisor at least."""
EXAMPLES_OF_OTHERS = 1
"""By everybody else: who may call what is the subject of the table of routes."""

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

SETTINGS = Settings(data_dir=Path("/nowhere"), cookie_secure=False)

NOTHING_THERE = make_database(create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing"))
SCHEMA = schemathesis.openapi.from_dict(describe(create_app(database=NOTHING_THERE, settings=SETTINGS)))
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]

THERE: dict[str, dict[str, Any]] = {
    "/api/v1/calls/{pbx}/{call_id}": {"pbx": "pbx1", "call_id": "pbx1-1.0"},
    "/api/v1/callbacks/{episode_id}": {"episode_id": 1},
    "/api/v1/callbacks/{episode_id}/decision": {"episode_id": 1},
    "/api/v1/calls/{pbx}/{call_id}/note": {"pbx": "pbx1", "call_id": "pbx1-1.0"},
    "/api/v1/calls/{pbx}/{call_id}/move": {"pbx": "pbx1", "call_id": "pbx1-1.0"},
    "/api/v1/calls/{pbx}/{call_id}/recordings": {"pbx": "pbx1", "call_id": "pbx1-4.0"},
    "/api/v1/recordings/{file_id}/audio": {"file_id": 1},
    "/api/v1/recordings/{file_id}/download": {"file_id": 1},
    "/api/v1/recordings/{file_id}/legal-hold": {"file_id": 1},
    "/api/v1/messages/{file_id}/audio": {"file_id": 4},
    "/api/v1/audit/{day}": {"day": "2026-11-23"},
    "/api/v1/disagreements/{pbx}/{call_id}/settlements": {"pbx": "pbx1", "call_id": "pbx1-6.0"},
    "/api/v1/callbacks/{episode_id}/claim": {"episode_id": 2},
    "/api/v1/callbacks/{episode_id}/notes": {"episode_id": 1},
    "/api/v1/callbacks/{episode_id}/promise": {"episode_id": 1},
    "/api/v1/callbacks/{episode_id}/history": {"episode_id": 1},
    "/api/v1/calls/{pbx}/{call_id}/history": {"pbx": "pbx1", "call_id": "pbx1-1.0"},
    "/api/v1/directory/{entry_id}": {"entry_id": 1},
    **{
        f"/api/v1/agents/{{name}}/{deed}": {"name": "mei-agent"}
        for deed in ("skills", "sign-off", "pause", "resume", "supervise")
    },
    **{
        f"/api/v1/users/{{name}}{rest}": {"name": "mei-agent"}
        for rest in ("/disable", "/enable", "/role", "/duties", "/display-name", "/password", "/release", "/tokens")
    },
    "/api/v1/screens/{screen_id}": {"screen_id": 1},
    **{f"/api/v1/merchants/{{merchant_id}}{rest}": {"merchant_id": 1} for rest in ("", "/merges")},
    **{f"/api/v1/units/{{unit_id}}{rest}": {"unit_id": 1} for rest in ("", "/members", "/contacts")},
    "/api/v1/units/{unit_id}/members/{name}": {"unit_id": 1, "name": "mei-officer"},
    "/api/v1/units/{unit_id}/contacts/{position}": {"unit_id": 1, "position": 1},
    **{
        f"/api/v1/tickets/{{ticket}}{rest}": {"ticket": "12315-2026-00001"}
        for rest in (
            *(
                "",
                "/history",
                "/legal-hold",
                "/attachments",
                "/forms",
                "/duplicates",
                "/notes",
                "/notices",
                "/links",
                "/unmasking",
                "/priority",
                "/merges",
            ),
        )
    },
    "/api/v1/tickets/{ticket}/events/{step}": {"ticket": "12315-2026-00001", "step": "forward"},
    "/api/v1/tickets/{ticket}/parties/{role}": {"ticket": "12315-2026-00001", "role": "complainant"},
    "/api/v1/tickets/{ticket}/links/{link_id}": {"ticket": "12315-2026-00001", "link_id": 1},
    **{f"/api/v1/ticket-groups/{{group_id}}{rest}": {"group_id": 1} for rest in ("", "/representatives")},
    "/api/v1/ticket-groups/{group_id}/members/{ticket}": {"group_id": 1, "ticket": "12315-2026-00001"},
    "/api/v1/tickets/{ticket}/attachments/{attachment_id}": {"ticket": "12315-2026-00001", "attachment_id": 1},
    "/api/v1/tickets/{ticket}/forms/{form}": {"ticket": "12315-2026-00001", "form": 1},
    **{
        f"/api/v1/case-flags/{{flag_id}}{rest}": {"flag_id": 1}
        for rest in ("", "/proposal", "/signature", "/return", "/extension", "/withdrawal", "/result")
    },
    **{f"/api/v1/advisories/{{advisory_id}}{rest}": {"advisory_id": 1} for rest in ("", "/history", "/pdf")},
    "/api/v1/advisories/{advisory_id}/events/{event}": {"advisory_id": 1, "event": "submit"},
    **{f"/api/v1/interviews/{{interview_id}}{rest}": {"interview_id": 1} for rest in ("", "/history", "/pdf")},
    "/api/v1/interviews/{interview_id}/events/{event}": {"interview_id": 1, "event": "approve"},
    **{
        f"/api/v1/interviews/{{interview_id}}/commitments/{{commitment_id}}/{rest}": {
            "interview_id": 1,
            "commitment_id": 1,
        }
        for rest in ("done", "check")
    },
    **{f"/api/v1/ticket-imports/{{import_id}}{rest}": {"import_id": 1} for rest in ("", "/rows", "/confirmation")},
    **{f"/api/v1/broadcasts/{{broadcast_id}}{rest}": {"broadcast_id": 1} for rest in ("", "/targets", "/end")},
    "/api/v1/broadcasts/{broadcast_id}/targets/{target_id}/acknowledgement": {"broadcast_id": 1, "target_id": 1},
    **{f"/api/v1/contacts/{{contact_id}}{rest}": {"contact_id": 1} for rest in ("", "/verification", "/end")},
    **{
        f"/api/v1/instructions/{{instruction_id}}{rest}": {"instruction_id": 1}
        for rest in ("", "/history", "/acknowledgement", "/batches", "/tests")
    },
    "/api/v1/instructions/{instruction_id}/events/{step}": {"instruction_id": 1, "step": "arrive"},
    **{
        f"/api/v1/inspections/{{inspection_id}}{rest}": {"inspection_id": 1}
        for rest in ("", "/answers", "/finish", "/correction", "/record")
    },
    **{
        f"/api/v1/reports/{{report_id}}{rest}": {"report_id": 1}
        for rest in ("", "/paragraphs", "/pdf", "/xlsx", "/charts")
    },
    "/api/v1/reports/{report_id}/events/{event}": {"report_id": 1, "event": "submit"},
    "/api/v1/reports/{report_id}/tables/{table}.csv": {"report_id": 1, "table": "kinds"},
    "/api/v1/inspections/{inspection_id}/items/{item}/attachments": {"inspection_id": 1, "item": 1},
    "/api/v1/inspections/{inspection_id}/attachments/{attachment_id}": {"inspection_id": 1, "attachment_id": 1},
    "/api/v1/inspection-templates/{template}/{template_version}": {"template": "six-checks", "template_version": 1},
    "/api/v1/calls/{pbx}/{call_id}/tickets": {"pbx": "pbx1", "call_id": "pbx1-1.0"},
    "/api/v1/calls/{pbx}/{call_id}/disposition": {"pbx": "pbx1", "call_id": "pbx1-1.0"},
    **{f"/api/v1/snapshots/{{snapshot_id}}{rest}": {"snapshot_id": 1} for rest in ("", "/corrections")},
    **{f"/api/v1/signals/{{signal_id}}{rest}": {"signal_id": 1} for rest in ("", "/review")},
    "/api/v1/quality/years/{year}": {"year": 2026},
    "/api/v1/hours/days/{day}": {"day": "2026-11-23"},
    "/api/v1/reconciliations/{day}": {"day": "2026-11-23"},
    "/api/v1/mediations/{mediation_id}": {"mediation_id": 1},
    "/api/v1/mediations/{mediation_id}/record": {"mediation_id": 1},
    "/api/v1/mediations/{mediation_id}/legs": {"mediation_id": 1},
    "/api/v1/mediations/{mediation_id}/legs/{leg_id}/commands/{command}": {
        "mediation_id": 1,
        "leg_id": 1,
        "command": "hold",
    },
    "/api/v1/mediations/{mediation_id}/end": {"mediation_id": 1},
    "/api/v1/mediations/{mediation_id}/particulars": {"mediation_id": 1},
    "/api/v1/mediations/{mediation_id}/legs/{leg_id}/consent": {"mediation_id": 1, "leg_id": 1},
    "/api/v1/mediations/{mediation_id}/agreement": {"mediation_id": 1},
    "/api/v1/mediations/{mediation_id}/legs/{leg_id}/answer": {"mediation_id": 1, "leg_id": 1},
    "/api/v1/mediations/{mediation_id}/result": {"mediation_id": 1},
    "/api/v1/mediation-recordings/{file_id}/audio": {"file_id": 5},
    "/api/v1/mediation-recordings/{file_id}/download": {"file_id": 5},
    "/api/v1/mediation-recordings/{file_id}/legal-hold": {"file_id": 5},
}
"""What random parameters would hardly ever find."""


BUDGET = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


WITHOUT_END = "GET /api/v1/wallboard/events"
"""Were a board kept up; without one the answer is 503."""

NEEDS_MORE = {
    *(
        "POST /api/v1/session",
        "POST /api/v1/session/screen",
        "PUT /api/v1/session/password",
        "DELETE /api/v1/session/tokens/{token_name}",
    ),
    *("POST /api/v1/users", "PUT /api/v1/users/{name}/password"),
    *("POST /api/v1/users/{name}/tokens", "DELETE /api/v1/users/{name}/tokens/{token_name}"),
    "POST /api/v1/callbacks/{episode_id}/decision",
    *("POST /api/v1/callbacks/searches", "POST /api/v1/do-not-call", "POST /api/v1/do-not-call/removals"),
    "POST /api/v1/dials",
    "GET /api/v1/dials/{dial_id}",
    "POST /api/v1/dials/{dial_id}/judgements",
    "PUT /api/v1/callbacks/{episode_id}/promise",
    "POST /api/v1/directory",
    "PUT /api/v1/directory/{entry_id}",
    "DELETE /api/v1/directory/{entry_id}",
    *("POST /api/v1/calls/{pbx}/{call_id}/move", "PUT /api/v1/calls/{pbx}/{call_id}/note"),
    *("POST /api/v1/phone", "POST /api/v1/phone/reattach"),
    *(f"POST /api/v1/agents/me/{deed}" for deed in ("sign-on", "sign-off", "pause", "resume", "wrap-up")),
    "PUT /api/v1/agents/me/next-status",
    *(f"POST /api/v1/agents/{{name}}/{deed}" for deed in ("sign-off", "pause", "resume", "supervise")),
    WITHOUT_END,
    "GET /api/v1/duty/coverage",
    *("PUT /api/v1/hours/days/{day}", "DELETE /api/v1/hours/days/{day}"),
    *("POST /api/v1/duty/people", "PUT /api/v1/duty/people/{person_id}"),
    *("POST /api/v1/duty/shifts", "POST /api/v1/duty/busy", "POST /api/v1/duty/swaps"),
    *("POST /api/v1/duty/handovers", "POST /api/v1/duty/swaps/{swap_id}/{step}"),
    *("DELETE /api/v1/duty/shifts/{shift_id}", "DELETE /api/v1/duty/busy/{busy_id}"),
    "POST /api/v1/alarms/{alarm_id}/acknowledgement",
    *("POST /api/v1/codes/{axis}/{code}/end", "GET /api/v1/deadline-rules/{code}/preview"),
    "POST /api/v1/thresholds",
    *("POST /api/v1/reports", "POST /api/v1/reports/{report_id}/events/{event}"),
    *("POST /api/v1/snapshots", "POST /api/v1/signals/{signal_id}/review", "GET /api/v1/rankings/{axis}"),
    *("POST /api/v1/surveys", "GET /api/v1/surveys/{survey_id}", "POST /api/v1/surveys/{survey_id}/events/{event}"),
    *(f"GET /api/v1/surveys/{{survey_id}}/{rest}" for rest in ("frame", "sample", "interviews", "results")),
    "POST /api/v1/surveys/{survey_id}/interviews",
    *(f"POST /api/v1/quality/{rest}" for rest in ("rules", "findings", "bulletins")),
    *(f"GET /api/v1/quality/{rest}" for rest in ("findings/{finding_id}", "bulletins/{bulletin_id}")),
    *(f"POST /api/v1/quality/{rest}/events/{{event}}" for rest in ("findings/{finding_id}", "bulletins/{bulletin_id}")),
    *("POST /api/v1/tickets", "PATCH /api/v1/tickets/{ticket}", "DELETE /api/v1/tickets/{ticket}/links/{link_id}"),
    *(
        f"POST /api/v1/tickets/{{ticket}}/{rest}"
        for rest in ("attachments", "events/{step}", "notes", "notices", "links", "unmasking")
    ),
    *(f"{method} /api/v1/tickets/{{ticket}}/merges" for method in ("POST", "DELETE")),
    *(f"{method} /api/v1/tickets/{{ticket}}/legal-hold" for method in ("PUT", "DELETE")),
    "GET /api/v1/tickets/{ticket}/attachments/{attachment_id}",
    *("PUT /api/v1/tickets/{ticket}/priority", "PUT /api/v1/tickets/{ticket}/parties/{role}"),
    "PUT /api/v1/calls/{pbx}/{call_id}/disposition",
    *("POST /api/v1/advisories", "PATCH /api/v1/advisories/{advisory_id}"),
    "POST /api/v1/advisories/{advisory_id}/events/{event}",
    *("POST /api/v1/interviews", "POST /api/v1/interviews/{interview_id}/events/{event}"),
    *(f"PUT /api/v1/interviews/{{interview_id}}/commitments/{{commitment_id}}/{rest}" for rest in ("done", "check")),
    "POST /api/v1/case-flags",
    "POST /api/v1/ticket-groups",
    *("POST /api/v1/broadcasts", "POST /api/v1/broadcasts/{broadcast_id}/end"),
    *("POST /api/v1/broadcast-recordings", "GET /api/v1/broadcast-recordings/{recording_id}/audio"),
    "PUT /api/v1/broadcasts/{broadcast_id}/targets/{target_id}/acknowledgement",
    *("POST /api/v1/contacts", "PATCH /api/v1/contacts/{contact_id}"),
    *(f"POST /api/v1/contacts/{{contact_id}}/{rest}" for rest in ("verification", "end")),
    "POST /api/v1/instructions",
    "PUT /api/v1/instructions/{instruction_id}/acknowledgement",
    "POST /api/v1/instructions/{instruction_id}/events/{step}",
    *(f"POST /api/v1/instructions/{{instruction_id}}/{rest}" for rest in ("batches", "tests")),
    "POST /api/v1/inspection-templates",
    *("POST /api/v1/inspections", "PATCH /api/v1/inspections/{inspection_id}"),
    *(
        f"POST /api/v1/inspections/{{inspection_id}}/{rest}"
        for rest in ("answers", "items/{item}/attachments", "finish", "correction")
    ),
    "GET /api/v1/inspections/{inspection_id}/attachments/{attachment_id}",
    "PUT /api/v1/ticket-groups/{group_id}/representatives",
    "DELETE /api/v1/ticket-groups/{group_id}",
    *(f"{method} /api/v1/ticket-groups/{{group_id}}/members/{{ticket}}" for method in ("PUT", "DELETE")),
    *("POST /api/v1/ticket-searches", "POST /api/v1/ticket-imports", "PUT /api/v1/reconciliations/{day}"),
    "POST /api/v1/person-requests",
    *(
        f"PUT /api/v1/case-flags/{{flag_id}}/{rest}"
        for rest in ("proposal", "signature", "return", "extension", "withdrawal", "result")
    ),
    *("POST /api/v1/merchants", "PATCH /api/v1/merchants/{merchant_id}"),
    *(f"{method} /api/v1/merchants/{{merchant_id}}/merges" for method in ("POST", "DELETE")),
    *("PATCH /api/v1/units/{unit_id}", "DELETE /api/v1/units/{unit_id}/members/{name}"),
    *(f"{method} /api/v1/units/{{unit_id}}/contacts/{{position}}" for method in ("PUT", "DELETE")),
    *("POST /api/v1/mediations", "POST /api/v1/mediation-appointments"),
    "POST /api/v1/mediations/{mediation_id}/legs",
    "POST /api/v1/mediations/{mediation_id}/legs/{leg_id}/commands/{command}",
    "POST /api/v1/mediations/{mediation_id}/end",
    "PUT /api/v1/mediations/{mediation_id}/legs/{leg_id}/consent",
    "PUT /api/v1/mediations/{mediation_id}/legs/{leg_id}/answer",
    "PUT /api/v1/mediations/{mediation_id}/result",
}
"""A result whose parts belong together, a password, enough attempts, a phone, a time ahead, a number of the right kind,
a caller who waits, a file, a call of one's own, a device, an agent who is signed on, a board, a calendar that is taken
in, a code, the version of a unit, another merchant, or something that must be there before."""


class Obedient(AmiCommands):
    """A PBX that takes every command and has nothing to tell."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=1, username="nobody", secret="")

    async def _send(self, action: Mapping[str, str | Sequence[str]]) -> Answer:
        return Answer(response={"Response": "Success"})


@pytest.fixture
async def address(
    database_url: str, database: Database, as_role: dict[Role, dict[str, str]], tmp_path: Path
) -> AsyncIterator[str]:
    """Of a real server on a database in which some calls are recorded, one with its sound, and a message."""
    house = settings_with_folders(tmp_path, mediation_recordings=tmp_path / "mediations")
    await sit(database, "mei-agent", since=at(0))
    await take_in_calls(database, house, [answered(4, 300)])
    await take_in_message(database, house, 2, 100)
    await store_confirmed(
        database,
        [
            lost(1, 0, name='=1+1"\r\n\u202e'),
            lost(3, 200, caller=None),
            outbound(5, 400),
        ],
    )
    await store(database, [as_ami(lost(6, 500)), as_ami(still_up(lost(7, 600)))])
    await refresh(database, SETTINGS)
    async with database.sessions.begin() as session:
        host = (await session.scalars(select(User.id).where(User.name == f"mei-{Role.AGENT}"))).one()
        over = {"state": MediationState.ENDED, "opened_at": NOW, "ended_at": NOW, "created_at": NOW}
        mediation_id = await add_mediation(session, pbx="pbx1", call_id="pbx1-4.0", host_user_id=host, **over)
        await add_merchant(session, merchant_named("Shop"), by=host, at=NOW)
        unit = await add_unit(session, name="Unit", kind=UnitKind.BRANCH, regions=[], by=host, at=NOW)
        agent = SignedIn(user_id=host, name="mei-agent", role=Role.AGENT)
        ticket = await add_ticket(session, agent, "ticket-1")
        await add_instruction(session, agent, ticket, unit.id)
        await add_inspection(session, host, ticket, unit.id, "patrol-1")
        await add_analysis(session, 1)
        await add_report(session, month(2026, 8))
        await add_contact(session, unit.id, host, phone="+8613905190001")
        await add_broadcast(session, host, "key-00000001")
        await add_import(session, host)
        await add_advisory(session, host, "advisory-1")
        await add_interview(session, host, "interview-1")
        admin = SignedIn(user_id=host, name="mei-admin", role=Role.ADMIN)
        await compare_import(session, admin, NOW.date(), 1)
        await add_group(session, "Joint complaint", by=host, at=NOW)
        await add_leg(session, mediation_id, LegRole.CONSUMER, number="+8613812345678", joined_at=NOW, left_at=NOW)
    write_wav(tmp_path / f"mediations/{mediation_id}/room.wav")
    await take_in_recordings(database, tmp_path / "mediations", "pbx1", NOW + timedelta(minutes=1))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        servers: list[uvicorn.Server] = []

        async def serve() -> None:
            async with connect(database_url) as opened:
                app = create_app(
                    database=opened, settings=house, pbxs=PbxRegistry({"pbx1": Obedient()}), now=lambda: NOW
                )
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
    headers = ({} if role is None else as_role[role]) | {"Origin": address}
    own = {f"{method} {path}" for (method, path), (_, roles) in ROUTES.items() if role is tries_most(roles)}
    answered_with = {
        operation.label: ask(operation, address, headers, EXAMPLES if operation.label in own else EXAMPLES_OF_OTHERS)
        for operation in OPERATIONS
    }

    let_in = {label for label, statuses in answered_with.items() if statuses & {200, 201, 202, 204}}
    may_call = {f"{method} {path}" for (method, path), (_, roles) in ROUTES.items() if role in roles}
    assert let_in <= may_call
    assert let_in & own - NEEDS_MORE == own & set(answered_with) - NEEDS_MORE


def tries_most(roles: frozenset[Role | None]) -> Role:
    """Who asks most for an operation that these may call."""
    return Role.SUPERVISOR if Role.SUPERVISOR in roles else Role.ADMIN


def ask(operation: APIOperation[Any, Any, Any, Any], address: str, headers: dict[str, str], examples: int) -> set[int]:
    """Ask for it in every way, so many times; the statuses that came back."""
    statuses: set[int] = set()

    def ask_once(case: schemathesis.Case[Any], is_there: bool) -> None:
        if is_there and case.path in THERE:
            case.path_parameters = dict(THERE[case.path])
        reason = {"X-Reason": "test"} if is_there else {}
        answer = case.call(base_url=address, headers=headers | reason, timeout=60)
        statuses.add(answer.status_code)
        is_refused = operation.label == WITHOUT_END and answer.status_code == 503
        case.validate_response(answer, checks=CHECKS[1:] if is_refused else CHECKS)

    for mode in GenerationMode:
        if mode is GenerationMode.NEGATIVE and not takes_anything(operation):
            continue
        cases = operation.as_strategy(generation_mode=mode)
        settings(BUDGET, max_examples=examples)(given(case=cases, is_there=st.booleans())(ask_once))()
    return statuses


def takes_anything(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether a request for it can be wrong."""
    return bool([*operation.path_parameters, *operation.query, *operation.body])
