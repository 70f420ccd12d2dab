"""Surveys over HTTP: a frame, a draw that anybody can repeat, calls to those who were drawn, and what they say."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.analysis.surveys.worker import draw_due
from callcenter.calls.records import Outcome
from callcenter.casework.tickets.rules import TicketKind, TicketOutcome
from callcenter.dialling.dial_results import settle
from callcenter.postgres.database import Database
from tests.integration.callback_examples import lost, outbound
from tests.integration.conftest import NOW, Clock
from tests.integration.dial_examples import Desk, desk_of
from tests.integration.survey_examples import OCTOBER, SHEET, add_sheet, freeze_month, give_duties, phone_of

ENDED = {"outcome": TicketOutcome.ENDED}
LAST_DAY = date(2026, 10, 31)
CONTENT = {"end": "interviewed", "attitude": 5, "result": 4, "is_solved": True, "is_kept": True}
SURVEYS = "/surveys"


@pytest.fixture
async def desk(database: Database, as_role: dict[Role, dict[str, str]], clock: Clock) -> AsyncIterator[Desk]:
    """The agent is a surveyor, the supervisor a quality officer; there are two units."""
    await give_duties(database, agent="surveyor", supervisor="quality")
    async with desk_of(database, as_role, clock) as desk:
        for name in ("武进分局", "新北分局"):
            body: dict[str, Any] = {"name": name, "kind": "branch", "regions": []}
            assert (await desk.ask("POST", "/units", body, role=Role.ADMIN)).status_code == 201
        yield desk


async def ask(desk: Desk, method: str, path: str = "", body: Any = None, role: Role = Role.SUPERVISOR) -> Any:
    answer = await desk.ask(method, SURVEYS + path, body, role=role)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


async def refused(
    desk: Desk, method: str, path: str, body: Any = None, role: Role = Role.SUPERVISOR
) -> tuple[int, str]:
    answer = await desk.ask(method, SURVEYS + path, body, role=role)
    return answer.status_code, answer.json()["code"]


async def drawn(desk: Desk, share: str = "0.5", count: int = 4) -> list[dict[str, Any]]:
    """A survey of so many complaints of one stratum, drawn; those who are to be asked."""
    snapshot_id, _ = await freeze_month(desk.database, [{}] * count)
    await add_sheet(desk.database, LAST_DAY)
    made = await ask(desk, "POST", "", {"snapshot_id": snapshot_id, "share": share})
    await ask(desk, "POST", f"/{made['id']}/events/draw")
    return await samples(desk)


async def samples(desk: Desk, role: Role = Role.AGENT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ask(desk, "GET", "/1/sample", role=role))["items"]
    return found


async def ring(desk: Desk, sample: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.dial({"survey_sample_id": sample["id"]})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def ended(desk: Desk, dial: dict[str, Any], *, is_answered: bool, outcome: Outcome | None = None) -> None:
    """The call of a dial is over, as its record says."""
    since = (desk.clock.now - NOW).total_seconds() + 7 * 3600
    record = replace(
        outbound(int(dial["id"]) + 100, since, dialled=phone_of(1), is_answered=is_answered), call_id=dial["call_id"]
    )
    await desk.given(record if outcome is None else replace(record, outcome=outcome))
    await settle(desk.database, desk.clock.now)


async def interview(desk: Desk, sample: dict[str, Any], **body: Any) -> None:
    await ask(desk, "POST", "/1/interviews", {"sample_id": sample["id"], **body}, Role.AGENT)


async def no_interview(desk: Desk, sample: dict[str, Any], **body: Any) -> tuple[int, str]:
    return await refused(desk, "POST", "/1/interviews", {"sample_id": sample["id"], **body}, Role.AGENT)


async def test_a_frame_has_the_complaints_completed_in_the_month_whose_complainant_can_be_asked(desk: Desk) -> None:
    snapshot_id, numbers = await freeze_month(
        desk.database,
        [
            {},
            ENDED,
            {"unit_id": 2},
            {"kind": TicketKind.REPORT},
            {"completed_at": None},
            {"is_merged": True},
            {},  # does not want to be rung
            {},  # is anonymous
            {},  # gave no number
            {"complainant_key": "person-0"},
        ],
    )
    await desk.rows("INSERT INTO do_not_call VALUES (:number, 'asked', 1, now())", number=f"+86{phone_of(7)}")
    await desk.rows("UPDATE ticket_parties SET is_anonymous = true WHERE ticket_id = 8")
    await desk.rows("UPDATE ticket_parties SET phone = NULL WHERE ticket_id = 9")
    made = await ask(desk, "POST", "", {"snapshot_id": snapshot_id, "share": "0.5"})

    lines = "".join(f"{number}\n" for number in numbers[:3])
    assert {name: made[name] for name in ("state", "members", "frame_sha256", "exclusions", "strata", "seed")} == {
        "state": "frozen",
        "members": 3,
        "frame_sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "exclusions": {
            "anonymous": 1,
            "consent_withdrawn": 0,
            "do_not_call": 1,
            "no_number": 1,
            "asked_lately": 0,
            "same_person": 1,
        },
        "strata": [
            {"unit_id": 1, "is_settled": False, "members": 1, "drawn": 1},
            {"unit_id": 1, "is_settled": True, "members": 1, "drawn": 1},
            {"unit_id": 2, "is_settled": True, "members": 1, "drawn": 1},
        ],
        "seed": None,
    }
    assert (made["kind"], made["first"], made["last"]) == ("month", "2026-10-01", "2026-10-31")
    frame = await ask(desk, "GET", "/1/frame")
    assert [one["number"] for one in frame["items"]] == numbers[:3]


async def test_a_period_has_one_survey_when_it_is_over_and_only_a_quality_officer_freezes_it(
    desk: Desk, clock: Clock
) -> None:
    snapshot_id, _ = await freeze_month(desk.database, [{}])
    body = {"snapshot_id": snapshot_id}
    for role in (Role.AGENT, Role.ADMIN, Role.DIRECTOR, Role.OFFICER):
        assert await refused(desk, "POST", "", body, role) == (403, "duty_required")
    both = body | {"share": "0.1", "margin": "0.05"}
    assert await refused(desk, "POST", "", both) == (400, "invalid_input")
    assert await refused(desk, "POST", "", {"snapshot_id": 99}) == (404, "not_found")
    clock.now = NOW - timedelta(days=24)
    assert await refused(desk, "POST", "", body) == (409, "period_not_over")
    clock.now = NOW
    answers = await asyncio.gather(*(desk.ask("POST", SURVEYS, body, role=Role.SUPERVISOR) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await refused(desk, "POST", "", body) == (409, "survey_exists")


async def test_a_draw_waits_for_the_last_days_sheet_and_follows_from_both_hashes(desk: Desk) -> None:
    snapshot_id, numbers = await freeze_month(desk.database, [{}] * 10)
    made = await ask(desk, "POST", "", {"snapshot_id": snapshot_id, "share": "0.3"})
    assert await refused(desk, "POST", "/1/events/draw") == (409, "day_sheet_missing")
    await add_sheet(desk.database, LAST_DAY)
    assert await refused(desk, "POST", "/1/events/draw", role=Role.AGENT) == (403, "duty_required")
    after = await ask(desk, "POST", "/1/events/draw")
    assert await refused(desk, "POST", "/1/events/draw") == (409, "survey_state")

    seed = hashlib.sha256((made["frame_sha256"] + SHEET).encode()).hexdigest()
    by_hash = sorted(numbers, key=lambda number: hashlib.sha256(f"{seed}|{number}".encode()).hexdigest())
    assert (after["state"], after["seed"], after["sheet_sha256"]) == ("drawn", seed, SHEET)
    assert [(one["number"], one["position"], one["state"]) for one in await samples(desk)] == [
        (number, place, "open") for place, number in enumerate(by_hash[:3], start=1)
    ]
    places = await desk.rows("SELECT number, position, is_reserve FROM survey_samples ORDER BY id")
    assert places == [(number, place, place > 3) for place, number in enumerate(by_hash, start=1)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM surveys",
        "UPDATE surveys SET frame_sha256 = 'other'",
        "UPDATE surveys SET seed = 'other'",
        "UPDATE surveys SET exclusions = '{}'",
        "DELETE FROM survey_frame",
        "UPDATE survey_frame SET unit_id = 2",
    ],
)
async def test_the_database_lets_nobody_change_a_frame_or_a_seed(desk: Desk, statement: str) -> None:
    await drawn(desk)
    with pytest.raises(DBAPIError):
        await desk.rows(statement)


async def test_a_surveyor_rings_with_one_click_and_keeps_the_answers_once(desk: Desk) -> None:
    first, second = await drawn(desk)
    dial = await ring(desk, first)
    assert (dial["survey_sample_id"], dial["episode_id"], dial["state"]) == (first["id"], None, "dialling")
    (order,) = desk.originates()
    ticket = int(first["number"][-5:])
    assert (order["Exten"], order["Context"]) == (phone_of(ticket), "click-to-call")
    assert (await samples(desk))[0]["state"] == "dialling"

    body = CONTENT | {"suggestion": "快一点, 打13900001111", "wants_call_back": True}
    assert await no_interview(desk, second, **CONTENT) == (409, "survey_no_talk")
    await interview(desk, first, **body)
    assert await no_interview(desk, first, **body) == (409, "sample_state")

    (kept,) = (await ask(desk, "GET", "/1/interviews"))["items"]
    assert kept == {
        "unit_id": 1,
        "is_settled": True,
        "sample_id": first["id"],
        "number": first["number"],
        "attitude": 5,
        "result": 4,
        "is_solved": True,
        "is_kept": True,
        "suggestion": "快一点, 打139****1111",
        "wants_call_back": True,
        "at": "2026-11-23T08:00:00.000Z",
        "surveyor": "mei-agent",
        "pbx": "pbx1",
        "call_id": dial["call_id"],
    }
    assert await desk.rows("SELECT ticket_id, note FROM ticket_notes") == [(ticket, "回访时要求回电")]
    with pytest.raises(DBAPIError):
        await desk.rows("UPDATE survey_answers SET result = 5")
    with pytest.raises(DBAPIError):
        await desk.rows("DELETE FROM survey_answers")


async def test_ten_answers_at_once_are_one(desk: Desk) -> None:
    first, _ = await drawn(desk)
    await ring(desk, first)
    body = {"sample_id": first["id"], **CONTENT}
    answers = await asyncio.gather(
        *(desk.ask("POST", f"{SURVEYS}/1/interviews", body, role=Role.AGENT) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [204] + [409] * 9


async def test_whoever_had_the_matter_in_hands_neither_rings_nor_asks(desk: Desk) -> None:
    await give_duties(desk.database, agent="surveyor", supervisor="quality surveyor")
    first, second = await drawn(desk)
    assert [one["may_ask"] for one in await samples(desk)] == [True, True]
    assert [one["may_ask"] for one in await samples(desk, Role.SUPERVISOR)] == [False, False]
    answer = await desk.dial({"survey_sample_id": first["id"]}, role=Role.SUPERVISOR)
    assert (answer.status_code, answer.json()["code"]) == (403, "surveyor_involved")
    assert [(one[1], one[2]) for one in await desk.refusals()] == [("survey", "surveyor_involved")]
    body = {"sample_id": first["id"], "end": "excluded", "reason": "died"}
    assert await refused(desk, "POST", "/1/interviews", body) == (403, "surveyor_involved")

    await desk.rows(
        "INSERT INTO ticket_events (ticket_id, what, to_state, at, by, body)"
        " SELECT t.id, 'changed', t.state, now(), u.id, '{}' FROM tickets t, users u"
        " WHERE t.number = :number AND u.name = 'mei-agent'",
        number=second["number"],
    )
    assert [one["may_ask"] for one in await samples(desk)] == [True, False]
    answer = await desk.dial({"survey_sample_id": second["id"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "surveyor_involved")
    assert desk.originates() == []
    await desk.rows(
        "INSERT INTO ticket_notes (ticket_id, at, by, note)"
        " SELECT t.id, now(), u.id, '已电话核实' FROM tickets t, users u"
        " WHERE t.number = :number AND u.name = 'mei-agent'",
        number=first["number"],
    )
    assert [one["may_ask"] for one in await samples(desk)] == [False, False]


async def test_whoever_hosted_a_mediation_of_a_ticket_merged_into_it_does_not_ask(desk: Desk) -> None:
    first, second = await drawn(desk)
    await desk.rows(
        "UPDATE tickets SET state = 'merged', merged_into = (SELECT id FROM tickets WHERE number = :target)"
        " WHERE id = (SELECT id FROM tickets WHERE number NOT IN (:target, :other) ORDER BY id LIMIT 1)",
        target=second["number"],
        other=first["number"],
    )
    await desk.rows(
        "INSERT INTO ticket_events (ticket_id, what, to_state, at, by, body)"
        " SELECT t.id, 'changed', t.state, now(), u.id, '{}' FROM tickets t, users u"
        " WHERE t.is_merged AND u.name = 'mei-agent'"
    )
    assert [one["may_ask"] for one in await samples(desk)] == [True, False]


async def test_only_surveyors_ring_whom_a_survey_has_drawn(desk: Desk) -> None:
    first, _ = await drawn(desk)
    await give_duties(desk.database, agent="analyst")
    answer = await desk.dial({"survey_sample_id": first["id"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "duty_required")
    answer = await desk.dial({"survey_sample_id": first["id"], "number": "13800000000"})
    assert answer.json()["code"] == "not_as_described"
    await give_duties(desk.database, agent="surveyor")
    answer = await desk.dial({"survey_sample_id": 4711})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_target")
    reserve = await desk.rows("SELECT id FROM survey_samples WHERE is_reserve ORDER BY id LIMIT 1")
    answer = await desk.dial({"survey_sample_id": reserve[0][0]})
    assert (answer.status_code, answer.json()["code"]) == (409, "sample_state")
    assert desk.originates() == []


async def test_nobody_is_rung_for_a_survey_outside_the_calling_hours_of_working_days(desk: Desk) -> None:
    first, _ = await drawn(desk)
    desk.clock.now = NOW + timedelta(days=5, hours=-6)  # Saturday, 10 o'clock, when callers may be called back
    answer = await desk.dial({"survey_sample_id": first["id"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_hours")
    assert answer.json()["params"] == {"retry_at": "2026-11-30T01:00:00.000Z"}
    desk.clock.now = NOW + timedelta(hours=5)  # Monday, 21 o'clock
    answer = await desk.dial({"survey_sample_id": first["id"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_hours")
    assert desk.originates() == []


async def test_after_tries_in_three_parts_of_the_day_the_next_reserve_opens(desk: Desk) -> None:
    first, second = await drawn(desk)
    assert await no_interview(desk, first, end="unreachable") == (409, "survey_not_tried")
    for hours, outcome in ((0, Outcome.NO_ANSWER), (1.5, Outcome.BUSY)):
        desk.clock.now = NOW + timedelta(hours=hours)
        await ended(desk, await ring(desk, first), is_answered=False, outcome=outcome)
        answer = await desk.dial({"survey_sample_id": first["id"]})
        assert (answer.status_code, answer.json()["code"]) == (403, "tried_recently")
        assert await no_interview(desk, first, end="unreachable") == (409, "survey_not_tried")
    desk.clock.now = NOW + timedelta(hours=17.5)  # Tuesday, half past nine
    dial = await ring(desk, first)
    await ended(desk, dial, is_answered=True)
    assert await no_interview(desk, first, end="unreachable") == (409, "survey_not_tried")
    heard = {"judgement": "mailbox", "note": "只有留言提示"}
    assert (await desk.ask("POST", f"/dials/{dial['id']}/judgements", heard)).status_code == 201
    assert await no_interview(desk, first, **CONTENT) == (409, "survey_no_talk")
    before = (await samples(desk))[0]
    assert (before["state"], before["attempts"], len(before["dials"])) == ("dialling", 3, 3)
    await interview(desk, first, end="unreachable")

    after = await samples(desk)
    assert [(one["position"], one["is_reserve"], one["state"], one["ended"]) for one in after] == [
        (1, False, "unreachable", "unreachable"),
        (2, False, "open", None),
        (3, True, "open", None),
    ]
    assert second["id"] == after[1]["id"]


async def test_a_refusal_is_an_answer_and_opens_no_reserve_but_a_wrong_person_and_an_exclusion_do(desk: Desk) -> None:
    first, second = await drawn(desk)
    assert await no_interview(desk, first, end="refused") == (409, "survey_no_talk")
    dial = await ring(desk, first)
    await ended(desk, dial, is_answered=True)
    await interview(desk, first, end="refused")
    assert len(await samples(desk)) == 2
    assert await no_interview(desk, second, end="excluded") == (400, "invalid_input")
    await interview(desk, second, end="excluded", reason="consent_withdrawn")
    (_, _, third) = await samples(desk)
    dial = await ring(desk, third)
    await ended(desk, dial, is_answered=True)
    heard = {"judgement": "wrong_person", "note": "号码已换人"}
    assert (await desk.ask("POST", f"/dials/{dial['id']}/judgements", heard)).status_code == 201
    assert await no_interview(desk, third, **CONTENT) == (409, "survey_no_talk")
    await interview(desk, third, end="wrong_person")
    assert [(one["state"], one["reason"]) for one in await samples(desk)] == [
        ("refused", None),
        ("excluded", "consent_withdrawn"),
        ("unreachable", None),
        ("open", None),
    ]


async def test_whoever_was_asked_within_ninety_days_or_wants_no_survey_is_not_drawn_again(desk: Desk) -> None:
    first, second = await drawn(desk)
    await ring(desk, first)
    await interview(desk, first, **CONTENT)
    await interview(desk, second, end="excluded", reason="consent_withdrawn")
    persons = dict(await desk.rows("SELECT number, person FROM survey_frame"))
    again = [{"complainant_key": persons[one["number"]]} for one in (first, second)]
    november = replace(OCTOBER, first=date(2026, 11, 1), last=date(2026, 11, 30))
    at = NOW.replace(day=20)
    snapshot_id, _ = await freeze_month(
        desk.database, [change | {"completed_at": at} for change in again], period=november
    )
    desk.clock.now = NOW + timedelta(days=20)
    await desk.rows("UPDATE survey_samples SET ended_at = ended_at - interval '70 days'")
    made = await ask(desk, "POST", "", {"snapshot_id": snapshot_id})
    assert made["members"] == 0
    assert {name: count for name, count in made["exclusions"].items() if count} == {
        "asked_lately": 1,
        "consent_withdrawn": 1,
    }


async def test_whoever_was_asked_more_than_ninety_days_ago_may_be_drawn_again(desk: Desk) -> None:
    first, _ = await drawn(desk)
    await ring(desk, first)
    await interview(desk, first, **CONTENT)
    await desk.rows("UPDATE survey_samples SET ended_at = ended_at - interval '91 days'")
    (person,) = await desk.rows("SELECT person FROM survey_frame WHERE number = :number", number=first["number"])
    september = replace(OCTOBER, first=date(2026, 9, 1), last=date(2026, 9, 30))
    change = {"complainant_key": person[0], "completed_at": NOW.replace(month=9)}
    snapshot_id, _ = await freeze_month(desk.database, [change], period=september)
    assert (await ask(desk, "POST", "", {"snapshot_id": snapshot_id}))["members"] == 1


async def test_a_survey_is_closed_with_its_figures_when_nobody_waits(desk: Desk) -> None:
    first, second = await drawn(desk)
    await ring(desk, first)
    await interview(desk, first, **CONTENT | {"result": 2})
    assert await refused(desk, "POST", "/1/events/close") == (409, "survey_has_open")
    before = await ask(desk, "GET", "/1/results", role=Role.AGENT)
    await interview(desk, second, end="excluded", reason="died")
    (_, _, third) = await samples(desk)
    desk.clock.now = NOW + timedelta(days=29)  # 20 working days later
    assert (await ask(desk, "POST", "/1/events/close"))["state"] == "closed"
    assert await no_interview(desk, third, end="excluded", reason="died") == (409, "survey_state")

    after = await ask(desk, "GET", "/1/results")
    assert (before["is_final"], after["is_final"]) == (False, True)
    assert (before["response"]["count"], before["response"]["of"]) == (1, 2)
    assert (after["response"]["count"], after["response"]["of"]) == (1, 2)
    assert (after["satisfied"]["city"]["value"], after["solved"]["city"]["value"]) == (0.0, 1.0)
    assert after["satisfied"]["units"] == [
        {
            "unit_id": 1,
            "share": {
                "count": 0,
                "of": 1,
                "interval": {"low": 0.0, "high": pytest.approx(0.7935, abs=1e-4)},
                "value": 0.0,
            },
            "rank": None,
        }
    ]
    assert (after["in_time"]["count"], after["in_time"]["of"]) == (4, 4)
    with pytest.raises(DBAPIError):
        await desk.rows("UPDATE surveys SET figures = '{}'")


async def test_nobody_without_a_reason_to_reads_a_survey(desk: Desk) -> None:
    await drawn(desk)
    for path in ("", "/1", "/1/frame", "/1/sample", "/1/interviews", "/1/results"):
        for role in (Role.SUPERVISOR, Role.AGENT, Role.DIRECTOR, Role.ADMIN):
            await ask(desk, "GET", path, role=role)
        assert await refused(desk, "GET", path, role=Role.OFFICER) == (403, "right_required")
    await give_duties(desk.database, agent="legal")
    assert await refused(desk, "GET", "/1", role=Role.AGENT) == (403, "right_required")


async def test_a_caller_who_waits_for_a_call_may_be_asked_at_the_same_hours_as_anybody(desk: Desk) -> None:
    first, _ = await drawn(desk)
    ticket = int(first["number"][-5:])
    await desk.given(replace(lost(1, 0), caller_number=f"+86{phone_of(ticket)}"))
    assert (await desk.dial({"survey_sample_id": first["id"]})).status_code == 202


async def test_a_whole_sheet_of_answers_is_needed_by_nobody_but_one_answer_is(desk: Desk) -> None:
    first, _ = await drawn(desk)
    await ring(desk, first)
    assert await no_interview(desk, first, end="interviewed") == (400, "invalid_input")
    assert await no_interview(desk, first, end="interviewed", attitude=6) == (422, "invalid_request")
    assert await no_interview(desk, first, end="refused", attitude=3) == (400, "invalid_input")
    await interview(desk, first, end="interviewed", attitude=1)
    assert await desk.rows("SELECT attitude, result, is_solved, is_kept FROM survey_answers") == [(1, None, None, None)]


async def test_each_month_that_the_night_has_frozen_gets_its_survey_and_is_drawn_when_its_last_day_has_its_sheet(
    desk: Desk,
) -> None:
    await freeze_month(desk.database, [{}] * 4)
    counts = await asyncio.gather(*(draw_due(desk.database, desk.settings, NOW) for _ in range(3)))
    assert sorted(counts) == [0, 0, 1]
    assert (await ask(desk, "GET", "/1"))["state"] == "frozen"
    await add_sheet(desk.database, LAST_DAY)
    counts = await asyncio.gather(*(draw_due(desk.database, desk.settings, NOW) for _ in range(3)))
    assert sorted(counts) == [0, 0, 1]
    assert await draw_due(desk.database, desk.settings, NOW) == 0
    assert await desk.rows("SELECT state, share, frozen_by, drawn_by FROM surveys") == [
        ("drawn", Decimal("0.10"), None, None)
    ]


async def test_a_month_that_somebody_froze_by_hand_is_not_drawn_by_itself(desk: Desk) -> None:
    snapshot_id, _ = await freeze_month(desk.database, [{}] * 4)
    await ask(desk, "POST", "", {"snapshot_id": snapshot_id})
    await add_sheet(desk.database, LAST_DAY)
    assert await draw_due(desk.database, desk.settings, NOW) == 0
