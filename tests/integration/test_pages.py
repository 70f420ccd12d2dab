"""Every list of the API has one envelope, is read to its end by pages of any size, and misses and repeats nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select, update

from callcenter.accounts import store as accounts
from callcenter.accounts.rights import Duty, Role, SignedIn
from callcenter.accounts.store import add_token, log_access
from callcenter.accounts.tables import ScreenLink, User
from callcenter.app import create_app
from callcenter.audio import retention_store
from callcenter.audio.rules import DeletionRule
from callcenter.audio.tables import AudioFile, Listening
from callcenter.callbacks import claim_store
from callcenter.callbacks.service import refresh
from callcenter.callbacks.tables import EpisodeRow
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import Witness
from callcenter.calls.witness_store import Oddities, Unusable, add_counts, add_dead_letters, add_gap
from callcenter.casework.broadcasts.own_sound import OwnSound
from callcenter.casework.broadcasts.recording_store import add_recording
from callcenter.casework.groups import store as groups
from callcenter.casework.merchants import store as merchants
from callcenter.casework.units import store as units
from callcenter.casework.units.rules import ContactHours, UnitKind
from callcenter.dialling import directory
from callcenter.dialling.directory import put_do_not_call
from callcenter.dialling.gate import Ground
from callcenter.dialling.rules import DialPurpose, RefusalReason
from callcenter.dialling.tables import DialRefusal
from callcenter.dialling.tables import OutgoingLeg as OutgoingLegRow
from callcenter.duty import store as duty_store
from callcenter.duty.rules import DutyRole
from callcenter.duty.service import SwapState
from callcenter.duty.tables import DutyAlarm, DutyHandover, DutyPerson, DutyShift, DutySwap, OtherDuty
from callcenter.http.openapi import describe
from callcenter.mediation.rules import MediationState
from callcenter.mediation.store import add_mediation
from callcenter.postgres.database import Database
from callcenter.process_alarms.tables import ProcessAlarm
from callcenter.settings import Settings
from tests.integration.advisory_examples import add_advisory, add_interview
from tests.integration.analysis_examples import add_analysis
from tests.integration.callback_examples import SETTINGS, answered, as_ami, at, lost, store, store_confirmed
from tests.integration.casework_examples import (
    add_broadcast,
    add_contact,
    add_findings,
    add_import,
    add_inspection,
    add_instruction,
    add_kept,
    add_report,
    add_ticket,
    compare_import,
    merchant_named,
)
from tests.integration.conftest import NOW
from tests.integration.survey_examples import add_bulletin, add_survey
from tests.report_examples import month

ROWS = 4
"""On every list; pages of 2 are full to the last."""
DAY = {"day": "2026-11-23"}


DAYS = {"from_day": "2026-11-01", "to_day": "2026-11-30"}
YEAR = {"from_day": "2026-11-01", "to_day": "2027-10-31"}

LISTS: dict[str, dict[str, str]] = {
    "/access-log": {},
    "/advisories": {},
    "/advisories/{advisory_id}/history": {},
    "/agents": {},
    "/agents/times": {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"},
    "/alarms": {},
    "/anomalies": {},
    "/anomalies/counts": {},
    "/callbacks": {},
    "/callbacks/claims": {},
    "/broadcasts": {},
    "/broadcast-recordings": {},
    "/broadcasts/{broadcast_id}/targets": {},
    "/calls": {},
    "/calls/{pbx}/{call_id}/recordings": {},
    "/case-flags": {},
    "/codes": {"axis": "offence"},
    "/contacts": {},
    "/dead-letters": {},
    "/deadline-rules": {},
    "/deadlines": {},
    "/devices": {},
    "/dispatch/board": {},
    "/dial-refusals": {},
    "/dials": {},
    "/dispositions/missing": DAY,
    "/directory": {},
    "/disagreements": DAY,
    "/do-not-call": {},
    "/do-not-call-history": {},
    "/duty/busy": YEAR,
    "/duty/coverage": DAYS,
    "/duty/fairness": YEAR,
    "/duty/handovers": {},
    "/duty/people": {},
    "/duty/shifts": YEAR,
    "/duty/swaps": {},
    "/gaps": {},
    "/hours": DAYS,
    "/hours/weekdays": {},
    "/mediation-recordings": {},
    "/mediations": {},
    "/merchants": {},
    "/metric-definitions": {},
    "/messages": {},
    "/outgoing-legs": {},
    "/quality/bulletins": {},
    "/quality/findings": {},
    "/quality/rules": {},
    "/queues": {},
    "/reconciliations": {},
    "/reconciliations/{day}": {},
    "/recordings": {},
    "/recordings/deletions": {},
    "/recordings/listenings": {},
    "/recordings/missing": DAY,
    "/screens": {},
    "/session/tokens": {},
    "/inspection-templates": {},
    "/periods": {"kind": "month", "year": "2026"},
    "/rankings/{axis}": {"period": "2026-07"},
    "/signals": {},
    "/snapshots": {},
    "/snapshots/{snapshot_id}/corrections": {},
    "/inspections": {},
    "/reports": {},
    "/inspections/{inspection_id}/answers": {},
    "/interviews": {},
    "/interviews/{interview_id}/history": {},
    "/instructions": {},
    "/instructions/{instruction_id}/batches": {},
    "/instructions/{instruction_id}/history": {},
    "/ticket-deletions": {},
    "/instructions/{instruction_id}/tests": {},
    "/surveys": {},
    "/surveys/{survey_id}/frame": {},
    "/surveys/{survey_id}/interviews": {},
    "/surveys/{survey_id}/sample": {},
    "/thresholds": {},
    "/ticket-groups": {},
    "/ticket-imports": {},
    "/ticket-imports/{import_id}/rows": {},
    "/tickets": {},
    "/tickets/{ticket}/attachments": {},
    "/tickets/{ticket}/forms": {},
    "/tickets/{ticket}/history": {},
    "/units": {},
    "/units/{unit_id}/contacts": {},
    "/units/{unit_id}/members": {},
    "/users": {},
    "/users/{name}/tokens": {},
}
"""Every list and what must be asked."""

PLACES = {
    "{pbx}/{call_id}": "pbx1/pbx1-1.0",
    "{name}": "mei-admin",
    "{unit_id}": "1",
    "{import_id}": "1",
    "{day}": "2026-11-23",
    "{ticket}": "12315-2026-00001",
    "{instruction_id}": "1",
    "{inspection_id}": "1",
    "{broadcast_id}": "1",
    "{snapshot_id}": "1",
    "{axis}": "goods",
    "{survey_id}": "1",
    "{advisory_id}": "1",
    "{interview_id}": "1",
}

STEADY = {
    "/advisories/{advisory_id}/history", "/interviews/{interview_id}/history",
    "/agents", "/agents/times", "/broadcasts/{broadcast_id}/targets", "/callbacks/claims",
    "/calls/{pbx}/{call_id}/recordings", "/codes", "/deadline-rules", "/devices", "/dials", "/duty/coverage",
    "/hours", "/hours/weekdays", "/inspection-templates", "/periods", "/rankings/{axis}",
 "/inspections/{inspection_id}/answers",
    "/instructions/{instruction_id}/batches", "/instructions/{instruction_id}/history",
    "/instructions/{instruction_id}/tests", "/metric-definitions", "/quality/bulletins",
    "/quality/findings", "/quality/rules", "/queues", "/reconciliations",
    "/reconciliations/{day}", "/recordings/deletions", "/surveys", "/surveys/{survey_id}/frame",
    "/surveys/{survey_id}/interviews", "/surveys/{survey_id}/sample", "/thresholds", "/ticket-deletions",
    "/ticket-imports/{import_id}/rows",
    "/tickets/{ticket}/history",
}  # fmt: skip
"""Lists that do not grow by `add_rows`."""
SHORT = {
    "/agents/times", "/calls/{pbx}/{call_id}/recordings", "/devices", "/dials", "/quality/bulletins", "/queues",
    "/reconciliations", "/surveys", "/ticket-deletions",
}  # fmt: skip
"""Lists of fewer than two rows here."""


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


async def add_rows(database: Database, number: int) -> None:
    """A row on nearly every list."""
    await store_confirmed(database, [answered(number, 10 * number)])
    lost_at, caller, lost_number = 10 * number + 5, f"1380000{number:04}", 1000 + number
    call = lost(lost_number, lost_at, caller=caller)
    await store(database, [as_ami(call), lost(lost_number, lost_at + 5, caller=caller, seconds=90)])
    await refresh(database, SETTINGS)
    async with database.sessions.begin() as session:
        user_id = (await session.scalars(select(User.id).where(User.name == "mei-admin"))).one()
        user = SignedIn(user_id=user_id, name="mei-admin", role=Role.ADMIN)
        await log_access(session, user, "caller_number", str(number), NOW)
        await add_gap(session, "pbx1", Witness.LEDGER, from_at=at(number), to_at=at(900), reason=GapReason.LEDGER_LOST)
        for kind in ("caller", "message", "room"):
            await session.execute(insert(AudioFile).values(file(number + 100, kind)))
        heard = {"file_id": 1, "user_id": user_id, "is_download": False, "at": NOW}
        await session.execute(insert(Listening).values(**heard, first_byte=0, bytes_asked=10))
        refused = {"at": NOW, "user_id": user_id, "target": "typed", "reason": RefusalReason.DO_NOT_CALL}
        await session.execute(insert(DialRefusal).values(refused))
        passed = {"at": NOW, "user_id": user_id, "number": "+8613900000001", "occasion": DialPurpose.DIAL}
        passed |= {"ground": Ground.CALLING_HOURS, "call_id": f"pbx1-{number}.0"}
        await session.execute(insert(OutgoingLegRow).values(passed))
        failed = {"incident_id": str(number), "host": "here", "part": "wallboard", "failed_at": NOW}
        failed |= {"process": "h:1", "failures": 1, "reason": "A defect."}
        await session.execute(insert(ProcessAlarm).values(failed))
        screen = {"queues": [], "secret_hash": str(number).encode(), "created_by": user_id, "created_at": NOW}
        await session.execute(insert(ScreenLink).values(name=f"screen {number}", **screen))
        await session.execute(insert(DutyHandover).values(written_by=user_id, written_at=NOW, note="Nothing"))
        await session.execute(insert(DutyAlarm).values(pbx="pbx1", call_id=f"pbx1-{lost_number}.0", raised_at=NOW))
        for reason in ("Asked us.", "Asked us again."):
            await put_do_not_call(session, f"+8613900{number:06}", reason=reason, added_by=user_id, at=at(number))
        await add_mediation(
            session, pbx="pbx1", call_id=f"pbx1-{number}.0", host_user_id=user_id, state=MediationState.ENDED,
            opened_at=NOW, ended_at=NOW, created_at=NOW,
        )  # fmt: skip
        office = directory.DirectoryKind.OFFICE
        await directory.add_entry(session, name="Office", number=f"+8651288{number:06}", kind=office)
        unusable = Unusable(text="a row", told_at=NOW, reason="a defect")
        await add_dead_letters(session, "pbx1", Witness.LEDGER, [unusable], at=NOW)
        odd = f"Odd{number}"
        oddities = Oddities(counts={odd: 1}, samples={odd: "Event: Odd"})
        await add_counts(session, "pbx1", Witness.AMI, oddities, at=NOW)
        person = await duty_store.add_row(session, DutyPerson, name="Wang", number=f"512880{number:05}", unit="Office")
        begin = at(0) + number * timedelta(days=1)
        shift = {"person_id": person.id, "starts_at": begin, "ends_at": begin + timedelta(hours=8), "position": 1}
        shift |= {"role": DutyRole.LEAD, "changed_by": user_id, "changed_at": NOW}
        kept = await duty_store.add_row(session, DutyShift, **shift)
        away = {"person_id": person.id, "starts_at": begin, "ends_at": begin + timedelta(days=1), "what": "Away"}
        await duty_store.add_row(session, OtherDuty, **away)
        swap = {"shift_id": kept.id, "from_person_id": person.id, "to_person_id": person.id, "reason": "A wedding"}
        swap |= {"state": SwapState.REQUESTED, "requested_at": NOW, "requested_by": user_id}
        await duty_store.add_row(session, DutySwap, **swap)
        unit = await units.add_unit(
            session, name=f"Unit {number}", kind=UnitKind.BRANCH, regions=[], by=user_id, at=NOW
        )
        await accounts.add_user(session, name=f"officer{number}", role=Role.OFFICER, password_hash="", at=NOW)
        officer = await accounts.get_user(session, f"officer{number}")
        first = await units.get_unit(session, 1) if number > 1 else unit
        await units.add_member(session, first.id, officer, by=user_id, at=NOW)
        await units.put_contact(
            session, first, number, person="Wang", number=f"+8651288{number:06}", hours=ContactHours.ALWAYS,
            by=user_id, at=NOW,
        )  # fmt: skip
        await add_contact(session, unit.id, user_id, phone=f"+8651288{number:06}")
        own = OwnSound(wav=b"", sha256=str(number), duration=timedelta(seconds=3))
        await add_recording(session, own, "recall.wav", by=user_id, now=NOW)
        if number > 1:  # so that the first has two targets
            await add_broadcast(session, user_id, f"key-{number:08}")
        await merchants.add_merchant(session, merchant_named(f"Shop {number}"), by=user_id, at=NOW)
        agent = SignedIn(user_id=(await accounts.get_user(session, "mei-agent")).id, name="mei-agent", role=Role.AGENT)
        ticket = await add_ticket(session, agent, f"ticket-{number}")
        await add_instruction(session, agent, ticket, unit.id)
        if number == 1:
            await add_findings(session, agent, 1)
        await add_inspection(session, user_id, ticket, unit.id, f"patrol-{number}")
        await add_analysis(session, number)
        await add_report(session, month(2000 + number // 12, number % 12 + 1))
        await add_advisory(session, user_id, f"advisory-{number}")
        await add_interview(session, user_id, f"interview-{number}")
        await groups.add_group(session, f"Joint complaint {number}", by=user_id, at=NOW)
        await add_kept(session, 1, user_id, number)
        await add_import(session, user_id)
        tomorrow, name, secret = NOW + timedelta(days=1), f"token{number}", f"{number}".encode()
        await add_token(session, user_id=user_id, name=name, token_hash=secret, at=NOW, expires_at=tomorrow)


@pytest.fixture
async def filled(database: Database, as_role: dict[Role, dict[str, str]]) -> None:
    """Some rows on every list."""
    for number in range(1, 1 + ROWS):
        await add_rows(database, number)
    async with database.sessions.begin() as session:
        user_id = (await session.scalars(select(User.id).where(User.name == "mei-admin"))).one()
        admin = SignedIn(user_id=user_id, name="mei-admin", role=Role.ADMIN)
        await compare_import(session, admin, NOW.date(), 1)
        await session.execute(update(User).where(User.id == user_id).values(duties=[Duty.ANALYST.value]))
        episodes = (await session.scalars(select(EpisodeRow.id).order_by(EpisodeRow.id))).all()
        for slot, episode_id in enumerate(episodes[:2], 1):
            until = NOW + timedelta(minutes=10)
            await claim_store.add_claim(session, episode_id, user_id, slots=[slot], at=NOW, until=until)
        for deletable in await retention_store.list_deletable(session, started_before=NOW, limit=2):
            await retention_store.certify(session, [deletable], rule=DeletionRule.RETENTION, now=NOW)
    await add_survey(database)
    await add_bulletin(database)


def _reference(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def describe_lists(app: FastAPI) -> dict[str, tuple[set[str], set[str]]]:
    """By the API's own description: every GET whose answer has `items`, its query, and the keys of its answer."""
    document = describe(app)
    found = {}
    for path, operations in document["paths"].items():
        answer = operations.get("get", {}).get("responses", {}).get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        keys = set(document["components"]["schemas"].get(_reference(schema), {}).get("properties", ()))
        if "items" in keys:
            asked = {given["name"] for given in operations["get"]["parameters"] if given["in"] == "query"}
            found[path.removeprefix("/api/v1")] = (asked, keys)
    return found


def test_every_list_has_the_same_envelope_and_takes_a_cursor_and_a_limit(app: FastAPI) -> None:
    lists = describe_lists(app)
    assert set(lists) == set(LISTS)
    for path, (asked, keys) in lists.items():
        assert {"cursor", "limit"} <= asked, path
        assert {"items", "next"} <= keys, path


Read = Callable[..., Awaitable[tuple[list[Any], str | None]]]


@pytest.fixture
def read(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> Read:
    async def read_page(path: str, **more: Any) -> tuple[list[Any], str | None]:
        address = path
        for name, value in PLACES.items():
            address = address.replace(name, value)
        answer = await client.get(f"/api/v1{address}", params=LISTS[path] | more, headers=as_role[Role.ADMIN])
        assert answer.status_code == 200, (path, answer.text)
        page = answer.json()
        return page["items"], page["next"]

    return read_page


async def walk(
    read: Read, path: str, limit: int, between: Callable[[], Awaitable[None]] | None = None
) -> tuple[list[Any], list[int]]:
    """All items, and how many each page had; `between` is done after every page."""
    items, following = await read(path, limit=limit)
    sizes = [len(items)]
    while following is not None:
        if between is not None:
            await between()
        more, following = await read(path, limit=limit, cursor=following)
        items += more
        sizes.append(len(more))
    return items, sizes


async def test_every_list_is_read_to_its_end_with_pages_of_any_size(filled: None, read: Read) -> None:
    for path in LISTS:
        everything, following = await read(path, limit=200)
        assert following is None, path
        rows = len(everything)
        assert rows >= 2 or path in SHORT, path
        for limit in range(1, rows + 2):
            items, sizes = await walk(read, path, limit)
            whole, rest = divmod(rows, limit)
            assert sizes == [limit] * whole + ([rest] if rest or not rows else []), (path, limit)
            assert items == everything, (path, limit)


async def test_a_list_that_grows_while_it_is_read_misses_nothing_and_repeats_nothing(
    database: Database, filled: None, read: Read
) -> None:
    number, growths = ROWS, 0

    async def grow() -> None:
        nonlocal number, growths
        if growths > 0:
            growths -= 1
            number += 1
            await add_rows(database, number)

    for path in sorted(set(LISTS) - STEADY):
        before, _ = await read(path, limit=200)
        growths = 2
        items, sizes = await walk(read, path, 1 + len(before) // 2, between=grow)
        texts = [json.dumps(item) for item in items]
        assert len(set(texts)) == len(texts), path
        assert {json.dumps(item) for item in before} <= set(texts), path
        grown, _ = await read(path, limit=200)
        assert len(grown) > len(before) or len(sizes) == 1, path


async def test_a_list_refuses_the_cursor_of_another_list(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], filled: None, read: Read
) -> None:
    _, following = await read("/calls", limit=1)
    for path in ("/gaps", "/anomalies", "/callbacks"):
        answer = await client.get(f"/api/v1{path}", params={"cursor": following}, headers=as_role[Role.ADMIN])
        assert (answer.status_code, answer.json()["detail"]) == (400, "The cursor is none that this list has given.")


def test_neither_a_reason_nor_a_number_stands_in_an_address(app: FastAPI) -> None:
    named = {
        (method, path, given["name"])
        for path, operations in describe(app)["paths"].items()
        for method, operation in operations.items()
        for given in operation.get("parameters", ())
        if given["in"] in ("query", "path") and re.search("reason|number|caller|unmask", given["name"])
    }
    of_closed_lists = ("/api/v1/recordings/missing", "/api/v1/interviews")
    assert named == {("get", path, "reason") for path in of_closed_lists}
