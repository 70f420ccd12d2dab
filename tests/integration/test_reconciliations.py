"""The register and an export of the national platform side by side, as it was at one moment."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from callcenter.accounts.rights import Role
from tests.integration.conftest import NOW, Clock
from tests.integration.test_ticket_imports import MILK, QUESTION, SHOP, THREE, Headers, Office, csv_of
from tests.integration.test_ticket_imports import office as office

DAY = "/reconciliations/2026-11-23"
WEEK = {"since": "2026-11-16"}


async def compare(office: Office, rows: Any, *, day: str = DAY, **more: str) -> dict[str, Any]:
    """With an export that nobody confirms; all of it that the register disagrees with."""
    import_id = (await office.upload(csv_of(rows)))["id"]
    made = await office.ask("PUT", day, json={"import_id": import_id} | more)
    assert made.status_code == 200, made.text
    found: dict[str, Any] = (await office.ask("GET", day, params={"limit": 200})).json()
    assert made.json() == {name: value for name, value in found.items() if name not in ("items", "next")}
    return found


def lines(found: dict[str, Any]) -> list[tuple[str, str | None, str | None, list[str]]]:
    return [(one["what"], one["platform_number"], one["ticket"], one["fields"]) for one in found["items"]]


def counts(found: dict[str, Any]) -> dict[str, int]:
    names = ("in_both", "differing", "not_compared", "only_here", "only_there", "unreadable")
    return {name: found[name] for name in names}


async def test_twenty_rows_removed_and_fifteen_added_are_exactly_what_is_found(office: Office) -> None:
    day = {"登记时间": "2026-11-20 10:00:00"}
    rows = [MILK | day | {"登记编号": f"1320400-{number:04d}"} for number in range(300)]
    await office.take_in(csv_of(rows))
    chosen = random.Random(7)
    removed = chosen.sample(rows, 20)
    added = [SHOP | {"登记编号": f"1320400-9{number:03d}"} for number in range(15)]
    export = [row for row in rows if row not in removed] + added
    chosen.shuffle(export)
    found = await compare(office, export, **WEEK)
    assert counts(found) == {
        "in_both": 280,
        "differing": 0,
        "not_compared": 0,
        "only_here": 20,
        "only_there": 15,
        "unreadable": 0,
    }
    of = {what: {one[1] for one in lines(found) if one[0] == what} for what in ("only_here", "only_there")}
    assert of == {
        "only_here": {row["登记编号"] for row in removed},
        "only_there": {row["登记编号"] for row in added},
    }


async def test_what_differs_is_named_by_field_and_a_decision_only_where_both_have_decided(office: Office) -> None:
    await office.take_in(csv_of(THREE))
    await office.change("12315-2026-00001", facts="当事人更正")
    other = [MILK | {"反馈内容": "已退款", "初查受理状态": "不予受理"}, SHOP | {"类型": "投诉"}, QUESTION]
    found = await compare(office, other, **WEEK)
    assert lines(found) == [
        ("differing", "1320400-001", "12315-2026-00001", ["facts", "feedback"]),
        ("differing", "1320400-002", "12315-2026-00002", ["kind"]),
    ]
    unit = await office.ask("POST", "/units", json={"name": "武进分局", "kind": "branch", "regions": []})
    assert unit.status_code == 201
    party = {"name": "张三", "phone": "13900001111"}
    version = {"If-Match": '"2"'}
    path = "/tickets/12315-2026-00001"
    for method, rest, body in (
        ("PUT", "/parties/complainant", party),
        ("POST", "/events/forward", {"unit_id": 1}),
        ("POST", "/events/accept", {}),
    ):
        done = await office.ask(method, path + rest, Role.SUPERVISOR, json=body, headers=version)
        assert done.status_code in (200, 204), done.text
        version = {"If-Match": f'"{(await office.ticket("12315-2026-00001"))["version"]}"'}
    found = await compare(office, other, **WEEK)
    assert lines(found)[0] == ("differing", "1320400-001", "12315-2026-00001", ["decision", "facts", "feedback"])


async def test_a_matter_that_the_platform_never_heard_of_is_only_here_and_an_enquiry_or_a_draft_is_not(
    office: Office,
) -> None:
    fields = {"title": "奶粉过期", "facts": "奶粉过期", "respondent": "苏果超市", "requests": ["refund"]}
    party = {"name": "张三", "phone": "13900001111"}
    for number, (kind, is_registered) in enumerate([("complaint", True), ("complaint", False), ("enquiry", True)]):
        body = {"kind": kind, "channel": "visit", "fields": fields, "party": party, "register_now": is_registered}
        key = {"Idempotency-Key": f"by-hand-{number}"}
        made = await office.ask("POST", "/tickets", Role.AGENT, json=body, headers=key)
        assert made.status_code == 201, made.text
    found = await compare(office, [QUESTION | {"登记时间": "2026-11-23 08:00"}])
    assert lines(found) == [
        ("only_there", "1320400-003", None, []),
        ("only_here", None, "12315-2026-00001", []),
    ]


async def test_days_outside_are_left_out_on_both_sides_and_rows_without_a_day_are_not(office: Office) -> None:
    await office.take_in(csv_of(THREE))
    found = await compare(office, [SHOP], day="/reconciliations/2026-11-21")
    assert (counts(found)["in_both"], lines(found)) == (1, [])
    found = await compare(office, [MILK | {"登记编号": "1320400-100"}], day="/reconciliations/2026-11-21")
    assert lines(found) == [("only_here", "1320400-002", "12315-2026-00002", [])]
    undated = {"登记编号": "1320400-100", "类型": "咨询", "诉求内容": "?"}
    found = await compare(office, [undated, SHOP | {"登记时间": ""}], day="/reconciliations/2026-11-21")
    assert lines(found) == [("only_there", "1320400-100", None, [])]


async def test_a_row_with_an_error_is_there_as_far_as_its_number_can_be_read(office: Office) -> None:
    await office.take_in(csv_of(THREE))
    export = [MILK | {"类型": "?"}, SHOP, SHOP | {"类型": "?"}, QUESTION, QUESTION | {"登记编号": "?"}]
    found = await compare(office, export, **WEEK)
    assert counts(found) == {
        "in_both": 3,
        "differing": 0,
        "not_compared": 1,
        "only_here": 0,
        "only_there": 0,
        "unreadable": 1,
    }


async def test_a_comparison_stays_as_it_was_and_a_later_one_stands_beside_it(office: Office, clock: Clock) -> None:
    first = await compare(office, THREE, **WEEK)
    page = (await office.ask("GET", DAY, params={"limit": 1})).json()
    await office.take_in(csv_of(THREE))
    assert (await office.ask("GET", DAY)).json()["items"] == first["items"]
    clock.now = NOW + timedelta(hours=1)
    second = await compare(office, THREE, **WEEK)
    assert (second["comparisons"], second["items"], second["compared_at"]) == (2, [], "2026-11-23T09:00:00.000Z")
    assert (second["compared_by"], second["sha256"]) == ("mei-admin", first["sha256"])
    rest = (await office.ask("GET", DAY, params={"cursor": page["next"]})).json()
    assert (page["items"] + rest["items"], rest["compared_at"]) == (first["items"], first["compared_at"])
    only = (await office.ask("GET", DAY, params={"what": "only_here"})).json()
    assert only["items"] == []


async def test_the_days_that_were_compared_are_listed_each_with_what_was_found_last(
    office: Office, clock: Clock
) -> None:
    assert (await office.ask("GET", "/reconciliations")).json() == {"items": [], "next": None}
    compared = [
        await compare(office, THREE, day="/reconciliations/2026-11-20"),
        await compare(office, THREE, **WEEK),
        await compare(office, THREE[:1], **WEEK),
        await compare(office, THREE, day="/reconciliations/2026-11-21"),
    ]
    views = [{name: value for name, value in one.items() if name not in ("items", "next")} for one in compared]
    assert [(one["day"], one["comparisons"]) for one in views] == [
        ("2026-11-20", 1),
        ("2026-11-23", 1),
        ("2026-11-23", 2),
        ("2026-11-21", 1),
    ]
    page = (await office.ask("GET", "/reconciliations", Role.SUPERVISOR, params={"limit": 2})).json()
    rest = (await office.ask("GET", "/reconciliations", Role.DIRECTOR, params={"cursor": page["next"]})).json()
    assert (page["items"], rest) == ([views[2], views[3]], {"items": [views[0]], "next": None})
    assert (await office.ask("GET", "/reconciliations", Role.AGENT)).status_code == 403


async def test_what_cannot_be_compared_is_refused(office: Office, clock: Clock, as_role: Headers) -> None:
    import_id = (await office.upload(csv_of(THREE)))["id"]

    async def refused(path: str, role: Role = Role.ADMIN, **body: Any) -> tuple[int, str]:
        answer = await office.ask("PUT", path, role, json={"import_id": import_id} | body)
        return answer.status_code, answer.json()["code"]

    assert await refused("/reconciliations/2026-11-24") == (400, "range_too_long")
    assert await refused(DAY, since="2026-11-24") == (400, "range_too_long")
    assert await refused(DAY, since="2025-11-01") == (400, "range_too_long")
    assert await refused(DAY, import_id=99) == (404, "not_found")
    assert await refused(DAY, Role.SUPERVISOR) == (403, "right_required")
    assert (await office.ask("GET", DAY, Role.SUPERVISOR)).json()["code"] == "not_found"
    assert (await office.ask("GET", DAY, Role.AGENT)).status_code == 403
    clock.now = NOW + timedelta(days=7)
    await office.work()
    assert await refused(DAY) == (409, "import_expired")
