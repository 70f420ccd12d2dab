"""What is found on the way of an instruction: goods and tests, added over HTTP and never changed."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.casework.attachments.kinds import FileKind
from callcenter.casework.attachments.store import lock_file
from callcenter.casework.tickets.attachment_store import add_attachment
from callcenter.postgres.database import Database
from tests.integration.conftest import NOW
from tests.integration.test_instructions import BATCH, Dispatch, dispatch, visited
from tests.integration.test_tickets import Desk, desk, house

__all__ = ["desk", "dispatch", "house"]

TEST = {"item": "全脂奶粉", "method": "GB 4789.10", "result": "检出金黄色葡萄球菌", "evidence": "报告 2026-771"}
AT = "2026-11-23T08:00:00.000Z"
BY_OFFICER = {"added_by": "mei-officer", "added_at": AT}


async def at_the_place(desk: Desk, dispatch: Dispatch, priority: str = "P3") -> str:
    """The number of the ticket of an instruction whose unit is there."""
    ticket = await visited(desk)
    await dispatch.instruct(ticket, priority)
    await dispatch.acknowledge()
    await dispatch.step("arrive")
    return ticket


async def add(dispatch: Dispatch, what: str, body: object, *, role: Role = Role.OFFICER) -> httpx.Response:
    version = (await dispatch.read(role=Role.SUPERVISOR))["version"]
    return await dispatch.ask("POST", f"/1/{what}", body, role=role, version=version)


async def attach(database: Database, ticket_id: int, sha256: str) -> int:
    """The id of a file of the ticket."""
    async with database.sessions.begin() as session:
        await lock_file(session, sha256, FileKind.JPEG, size=1, at=NOW)
        found = await add_attachment(session, ticket_id, sha256=sha256, name="照片.jpg", by=1, at=NOW)
    assert found is not None
    return found


async def test_goods_and_tests_are_added_one_by_one_and_stand_in_the_log(
    desk: Desk, dispatch: Dispatch, database: Database
) -> None:
    await at_the_place(desk, dispatch)
    assert (await dispatch.read())["findings"] == ["batch", "test"]
    photo = await attach(database, 1, "0" * 64)
    shown = BATCH | {"name": "奶粉, 电话13900001111", "brand": "甲牌", "batch": "13900001111", "attachment_id": photo}
    made = await add(dispatch, "batches", shown)
    assert made.status_code == 201, made.text
    assert (await add(dispatch, "tests", TEST, role=Role.SUPERVISOR)).status_code == 201
    batch = shown | BY_OFFICER | {"name": "奶粉, 电话139****1111"}
    test = TEST | {"added_by": "mei-supervisor", "added_at": AT}
    now = await dispatch.read()
    assert (now["batches"], now["tests"], now["version"], now["state"]) == ([batch], [test], 5, "on_site")
    for what, item in (("batches", batch), ("tests", test)):
        for role in (Role.OFFICER, Role.AGENT):
            page = (await dispatch.ask("GET", f"/1/{what}", role=role)).json()
            assert page == {"items": [item], "next": None}
    assert [(one["what"], one["by"], one["body"]) for one in await dispatch.history()][-2:] == [
        (
            "batch_added",
            "mei-officer",
            {"name": "奶粉, 电话139****1111", "quantity": "12.5", "measured_in": "箱", "measure": "sealed"},
        ),
        ("test_added", "mei-supervisor", TEST),
    ]
    for table in ("instruction_batches", "instruction_tests"):
        for change in (f"UPDATE {table} SET added_at = now()", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="rows are only added"):
                async with database.sessions.begin() as session:
                    await session.execute(text(change))


async def test_goods_that_were_written_down_before_need_not_come_again_with_what_became_of_them(
    desk: Desk, dispatch: Dispatch
) -> None:
    await at_the_place(desk, dispatch)
    assert (await dispatch.step("off_shelf", outcome="taken_off")).status_code == 400
    await add(dispatch, "batches", BATCH)
    taken_off = await dispatch.step("off_shelf", outcome="taken_off")
    assert (taken_off.status_code, len(taken_off.json()["batches"])) == (200, 1)


async def test_of_the_same_goods_sent_twice_the_second_is_stale(desk: Desk, dispatch: Dispatch) -> None:
    await at_the_place(desk, dispatch)
    version = (await dispatch.read())["version"]
    twice = await asyncio.gather(*(dispatch.ask("POST", "/1/batches", BATCH, version=version) for _ in range(2)))
    assert sorted(answer.status_code for answer in twice) == [201, 412]
    assert len((await dispatch.read())["batches"]) == 1


async def test_what_is_not_of_this_instruction_or_not_of_its_time_is_refused(
    desk: Desk, dispatch: Dispatch, database: Database
) -> None:
    ticket = await visited(desk)
    other = await visited(desk, "key-00000002")
    await dispatch.instruct(ticket, "P3")
    for what, body in (("batches", BATCH), ("tests", TEST)):
        early = await add(dispatch, what, body)
        assert (early.status_code, early.json()["code"]) == (409, "step_not_allowed"), "nobody is there yet"
    await dispatch.acknowledge()
    await dispatch.step("arrive")
    foreign = await attach(database, int(other[-1]), "1" * 64)
    assert (await add(dispatch, "batches", BATCH | {"attachment_id": foreign})).status_code == 404
    with_step = await dispatch.step("off_shelf", outcome="taken_off", batches=[BATCH | {"attachment_id": foreign}])
    assert with_step.status_code == 404
    for wrong in ({"quantity": -1}, {"quantity": 1.2345}, {"measure": "eaten"}, {"name": "a\u202eb"}, {"kind": "x"}):
        assert (await add(dispatch, "batches", BATCH | wrong)).status_code == 422, wrong
    assert (await add(dispatch, "tests", TEST | {"result": ""})).status_code == 422
    for role in (Role.AGENT, Role.DIRECTOR, Role.ADMIN):
        assert (await add(dispatch, "batches", BATCH, role=role)).status_code == 403
        assert (await dispatch.read(role=role))["findings"] == []
    assert (await dispatch.read())["batches"] == []
    await dispatch.step("feedback", feedback="已查看")
    await dispatch.step("close")
    assert (await dispatch.read())["findings"] == ["test"]
    assert (await add(dispatch, "batches", BATCH)).json()["code"] == "step_not_allowed"
    assert (await add(dispatch, "tests", TEST)).status_code == 201, "the laboratory answers later"


async def test_another_unit_sees_nothing_of_it(desk: Desk, dispatch: Dispatch) -> None:
    ticket = await visited(desk)
    await dispatch.instruct(ticket, "P3", unit=2)
    for what, body in (("batches", BATCH), ("tests", TEST)):
        assert (await dispatch.ask("GET", f"/1/{what}")).status_code == 404
        assert (await dispatch.ask("POST", f"/1/{what}", body, version=1)).status_code == 404
