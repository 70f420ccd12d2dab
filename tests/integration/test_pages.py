"""Whoever pages is told at the last row that it was the last: on every route that has pages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.store import log_access
from callcenter.accounts.tables import User
from callcenter.app import create_app
from callcenter.audio import retention_store
from callcenter.audio.rules import DeletionRule
from callcenter.audio.tables import AudioFile, Listening
from callcenter.callbacks.service import refresh
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import Witness
from callcenter.calls.witness_store import add_gap
from callcenter.dialling.directory import put_do_not_call
from callcenter.dialling.gate import Ground
from callcenter.dialling.rules import Purpose, RefusalReason
from callcenter.dialling.tables import DialRefusal
from callcenter.dialling.tables import OutgoingLeg as OutgoingLegRow
from callcenter.duty.tables import DutyAlarm, DutyHandover
from callcenter.http.openapi import describe
from callcenter.mediation.rules import MediationState
from callcenter.mediation.store import add_mediation
from callcenter.postgres.database import Database
from callcenter.process_alarms.tables import ProcessAlarm
from callcenter.settings import Settings
from tests.integration.callback_examples import SETTINGS, answered, as_ami, at, lost, store, store_confirmed
from tests.integration.conftest import NOW

ROWS = 4
"""On every list; pages of 2 are full to the last."""
DAY = {"day": "2026-11-23"}


PAGED = {
    "/api/v1/access-log": {},
    "/api/v1/anomalies": {},
    "/api/v1/callbacks": {},
    "/api/v1/calls": {},
    "/api/v1/dial-refusals": {},
    "/api/v1/disagreements": DAY,
    "/api/v1/do-not-call-history": {},
    "/api/v1/duty/alarms": {},
    "/api/v1/duty/handovers": {},
    "/api/v1/gaps": {},
    "/api/v1/mediation-recordings": {},
    "/api/v1/mediations": {},
    "/api/v1/messages": {},
    "/api/v1/outgoing-legs": {},
    "/api/v1/process-alarms": {},
    "/api/v1/recordings": {},
    "/api/v1/recordings/deletions": {},
    "/api/v1/recordings/listenings": {},
    "/api/v1/recordings/missing": DAY,
}
"""And what must be asked."""


@pytest.fixture
def app(database: Database) -> FastAPI:
    return create_app(
        database=database, settings=Settings(data_dir=Path("/nowhere"), cookie_secure=False), now=lambda: NOW
    )


def file(number: int, kind: str) -> dict[str, Any]:
    return {
        "pbx": "pbx1", "call_id": f"pbx1-{number}.0", "kind": kind, "path": f"{number}/{kind}.wav",
        "started_at": at(number), "duration": timedelta(seconds=3), "size": 48044, "sha256": "aa",
        "is_silent": False, "is_mended": False, "taken_in_at": NOW, "mailbox": "2000",
    }  # fmt: skip


@pytest.fixture
async def filled(database: Database, as_role: dict[Role, dict[str, str]]) -> None:
    """Some rows on every list."""
    await store_confirmed(database, [answered(number, 10 * number) for number in range(1, 1 + ROWS)])
    for number in range(11, 11 + ROWS):
        call = lost(number, 10 * number, caller=f"138000000{number}")
        await store(database, [as_ami(call), lost(number, 10 * number + 5, caller=f"138000000{number}", seconds=90)])
    await refresh(database, SETTINGS)
    async with database.sessions.begin() as session:
        user_id = (await session.scalars(select(User.id).where(User.name == "mei-admin"))).one()
        user = SignedIn(user_id=user_id, name="mei-admin", role=Role.ADMIN)
        for number in range(1, 1 + ROWS):
            await log_access(session, user, "caller_number", str(number), NOW)
            await add_gap(
                session, "pbx1", Witness.LEDGER, from_at=at(number), to_at=at(60), reason=GapReason.LEDGER_LOST
            )
            for kind in ("caller", "message", "room"):
                await session.execute(insert(AudioFile).values(file(number + 100, kind)))
            heard = {"file_id": 1, "user_id": user_id, "is_download": False, "at": NOW}
            await session.execute(insert(Listening).values(**heard, first_byte=0, bytes_asked=10))
            refused = {"at": NOW, "user_id": user_id, "target": "typed", "reason": RefusalReason.DO_NOT_CALL}
            await session.execute(insert(DialRefusal).values(refused))
            passed = {"at": NOW, "user_id": user_id, "number": "+8613900000001", "occasion": Purpose.DIAL}
            passed |= {"ground": Ground.CALLING_HOURS, "call_id": f"pbx1-{number}.0"}
            await session.execute(insert(OutgoingLegRow).values(passed))
            failed = {"incident_id": str(number), "host": "here", "part": "wallboard", "failed_at": NOW}
            await session.execute(
                insert(ProcessAlarm).values(failed | {"process": "h:1", "failures": 1, "reason": "A defect."})
            )
            await session.execute(insert(DutyHandover).values(written_by=user_id, written_at=NOW, note="Nothing"))
            await session.execute(insert(DutyAlarm).values(pbx="pbx1", call_id=f"pbx1-{number + 10}.0", raised_at=NOW))
            await put_do_not_call(session, "+8613900000001", reason="Asked us.", added_by=user_id, at=NOW)
            await add_mediation(
                session, pbx="pbx1", call_id=f"pbx1-{number}.0", host_user_id=user_id, state=MediationState.ENDED,
                opened_at=NOW, ended_at=NOW, created_at=NOW,
            )  # fmt: skip
        for deletable in await retention_store.list_deletable(session, started_before=NOW, limit=2):
            await retention_store.certify(session, [deletable], rule=DeletionRule.RETENTION, now=NOW)


def paged(app: FastAPI) -> set[str]:
    """Every route whose answer says where the next page begins, by the API's own description."""
    document = describe(app)
    found = set()
    for path, operations in document["paths"].items():
        answer = operations.get("get", {}).get("responses", {}).get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        if {"next_before", "next_cursor"} & set(document["components"]["schemas"].get(name, {}).get("properties", ())):
            found.add(path)
    return found


async def test_a_last_page_that_is_full_to_the_last_row_is_the_last(
    app: FastAPI, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], filled: None
) -> None:
    assert paged(app) == set(PAGED)

    async def read(path: str, limit: int, **more: Any) -> tuple[list[Any], dict[str, Any] | None]:
        answer = await client.get(path, params=PAGED[path] | {"limit": limit} | more, headers=as_role[Role.ADMIN])
        assert answer.status_code == 200, (path, answer.text)
        page = answer.json()
        (name,) = {"next_before", "next_cursor"} & set(page)
        following = None if page[name] is None else {name.removeprefix("next_"): page[name]}
        return page["items"], following

    for path in PAGED:
        everything, following = await read(path, 100)
        assert (len(everything) >= 2, following) == (True, None), path
        assert await read(path, len(everything)) == (everything, None), path
        one_by_one: list[Any] = []
        begin: dict[str, Any] | None = {}
        while begin is not None:
            items, begin = await read(path, 1, **begin)
            assert len(items) == 1, path
            one_by_one += items
        assert one_by_one == everything, path
