"""Open or closed and the duty chain, on a real Asterisk, with the backend running and with it stopped."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import play
from hotline_lab.scenario import parse_scenario
from tests.e2e.places import backend_on, fresh_home

NUMBER = 9
SHANGHAI = ZoneInfo("Asia/Shanghai")
SETTLE_SECONDS = 30.0
BY_CALENDAR = {"extensions.conf": "\n[globals](+)\nHOURS_OVERRIDE =\n"}
DAY = timedelta(days=1)


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def set_clock(lab: Lab, moment: datetime) -> None:
    """Make it this moment for the hotline."""
    offset = int((moment - datetime.now(SHANGHAI)).total_seconds())
    await lab.cli(f"dialplan set global CLOCK_OFFSET {offset}")


async def set_day(backend: Backend, day: date, **change: Any) -> None:
    """Decide about a date, and wait until the PBX has it."""
    answer = await backend.ask("PUT", f"/api/v1/hours/days/{day}", change)
    assert answer.status == 200, answer.body
    async with asyncio.timeout(SETTLE_SECONDS):
        while not (await backend.get(f"/api/v1/hours?from_day={day}&to_day={day}"))["items"][0]["is_pushed"]:
            await asyncio.sleep(0.2)


async def is_told(lab: Lab, day: date) -> bool:
    """Whether the PBX knows that it is closed that day, and who is on duty."""
    hours = await lab.cli(f"database get hours {day:%Y%m%d}")
    duty = await lab.cli(f"database get duty {day:%Y%m%d}")
    return "closed/" in hours and "13905190003" in duty


async def add(backend: Backend, path: str, body: Any) -> int:
    answer = await backend.ask("POST", path, body)
    assert answer.status == 201, answer.body
    return int(answer.body["id"])


async def inbound(backend: Backend, count: int) -> dict[str, dict[str, Any]]:
    """The inbound calls by caller, once both witnesses or the ledger alone have told so many to the end."""
    seen: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                seen = (await backend.get("/api/v1/calls?limit=200", reason="test"))["items"]
                calls = [call for call in seen if call["direction"] == "inbound"]
                over = {call["caller_raw"]: call for call in calls if call["outcome"]}
                if len(over) == count and all("ledger" in call["witnesses"] for call in over.values()):
                    return over
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        told = ("call_id", "direction", "caller_raw", "started_at", "ended_at", "outcome", "witnesses", "anomalies")
        lines = [str({name: call[name] for name in told}) for call in seen]
        raise AssertionError("\n".join([f"{count} inbound calls were not told to the end:", *lines])) from error


async def waiting(backend: Backend, count: int) -> list[dict[str, Any]]:
    """Everybody who waits for a call back, once so many do: the list follows the records."""
    items: list[dict[str, Any]] = []
    async with asyncio.timeout(SETTLE_SECONDS):
        while len(items) < count:
            await asyncio.sleep(0.2)
            items = (await backend.get("/api/v1/callbacks", reason="test"))["items"]
    return items


async def recordings_of(backend: Backend, call_id: str) -> list[dict[str, Any]]:
    """The files of a call, once they have been taken in."""
    items: list[dict[str, Any]] = []
    async with asyncio.timeout(SETTLE_SECONDS):
        while not items:
            await asyncio.sleep(0.2)
            items = (await backend.get(f"/api/v1/calls/pbx{NUMBER}/{call_id}/recordings"))["items"]
    return items


def said_to(lab: Lab, caller: str) -> list[str]:
    """The names of the sounds that a caller was to hear in answer to a key, in order."""
    with Path(lab.info.cel_csv).open(encoding="utf-8", newline="") as rows:
        told = [
            row[11] for row in csv.reader(rows) if row[3] == caller and row[10] == "Read" and row[0] == "STREAM_BEGIN"
        ]
    return [sound.rpartition("/")[2] for sound in told[0].split(",")[1].split("&")] if told else []


def one_caller(number: str, plan: str) -> str:
    return f'\n[[callers]]\nnumber = "{number}"\ndials = "12315"\nplan = "{plan}"\n'


async def test_with_the_backend_stopped_callers_hear_when_we_open_leave_messages_and_are_on_the_list_afterwards(
    tmp_path: Path, home: Path
) -> None:
    today = datetime.now(SHANGHAI).date()
    saturday = today + (5 - today.weekday()) % 7 * DAY + 7 * DAY
    holiday, reopening = saturday + 2 * DAY, saturday + 3 * DAY
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab", more_config=BY_CALENDAR) as lab,
        backend_on(lab, home) as backend,
    ):
        worked = [{"opens": "08:30", "closes": "12:00"}, {"opens": "13:30", "closes": "17:30"}]
        await set_day(backend, saturday, kind="workday", spans=worked, note="调休上班")
        await set_day(backend, saturday + DAY, kind="day_off")
        await set_day(backend, holiday, kind="day_off", note="放假")
        await set_day(backend, reopening, kind="workday", spans=[{"opens": "09:05", "closes": "17:00"}])
        await backend.stop()

        calls = []
        for number, moment, plan in (
            ("13800000001", datetime.combine(saturday, time(20), SHANGHAI), "speak 55, hang up"),
            ("13800000002", datetime.combine(saturday, time(12, 30), SHANGHAI), "talk 2, key 2, talk 1, hang up"),
            ("13800000003", datetime.combine(holiday, time(20), SHANGHAI), "talk 2, key 2, speak 14, hang up"),
            ("13800000004", datetime.combine(saturday, time(14), SHANGHAI), "talk 5, hang up"),
        ):
            await set_clock(lab, moment)
            scenario = parse_scenario(f'title = "closed"{one_caller(number, plan)}')
            calls.append(asyncio.create_task(play(scenario, lab)))
            await asyncio.sleep(2)  # the caller is in before the clock moves on
        await asyncio.gather(*calls)
        heard = {f"1380000000{number}": said_to(lab, f"1380000000{number}") for number in range(1, 5)}

        await backend.restart()
        told = await inbound(backend, 4)
        listed = await waiting(backend, 4)
        internal = (await backend.get("/api/v1/calls?direction=internal"))["items"]

    def closed_until(*parts: str) -> list[str]:
        return ["closed", "next-opening", *parts, "emergency", "leave-message"]

    def on(day: date) -> list[str]:
        return [f"month-{day.month}", f"day-{day.day}"]

    assert heard == {
        "13800000001": closed_until(*on(reopening), "hour-9", "minute-5"),
        "13800000002": closed_until("today", "hour-13", "minute-30"),
        "13800000003": closed_until(*on(reopening), "hour-9", "minute-5"),
        "13800000004": [],
    }
    assert {number: call["outcome"] for number, call in told.items()} == {
        "13800000001": "voicemail",
        "13800000002": "voicemail_abandoned",
        "13800000003": "voicemail",
        "13800000004": "abandoned_queue",
    }
    assert {row["caller_number"]: row["has_message"] for row in listed} == {
        "+8613800000001": True,
        "+8613800000002": False,
        "+8613800000003": True,
        "+8613800000004": False,
    }
    assert internal == [], "what the backend writes into the PBX's database is no call"


DUTY_CHAIN = (
    """
title = "Two emergencies"

[[mobiles]]
number = "13905190001"
calls = ["ring 1, answer, stay", "ring 1, answer, talk 2, hang up"]

[[mobiles]]
number = "13905190002"
calls = ["busy", "ring 20, answer, stay", "busy"]

[[mobiles]]
number = "13905190003"
calls = ["decline", "decline", "ring 1, answer, talk 9.5, key 1, speak 6, hang up", "decline"]
"""
    + one_caller("13800000011", "talk 2, key 1, speak 60, hang up")
    + one_caller("13800000012", "talk 2, key 1, speak 34, hang up").replace("dials", "at = 50\ndials")
)
"""Plans count the calls to all mobiles together: the first caller makes three of them ring. The third of those on duty
presses the key while English is spoken: Mandarin takes 6 s and a second, English 5 s. The second caller reaches one who
hangs up while being asked."""


ONE_PASSED_OVER = """
title = "An emergency while the first on duty is on the do-not-call list"

[[mobiles]]
number = "13905190002"
calls = ["ring 1, answer, talk 2, key 1, speak 4, hang up"]
""" + one_caller("13800000013", "talk 2, key 1, speak 30, hang up")


def rung_through_the_trunk(lab: Lab) -> list[str]:
    with Path(lab.info.cel_csv).open(encoding="utf-8", newline="") as rows:
        dials = [row[11] for row in csv.reader(rows) if row[0] == "APP_START" and row[11].startswith("PJSIP/")]
    return [dialled.partition("@")[0] for dialled in dials]


async def test_somebody_on_duty_who_asked_not_to_be_called_is_passed_over_by_the_pbx_itself(tmp_path: Path) -> None:
    today = datetime.now(SHANGHAI).date()
    async with Lab(pbx=NUMBER, state=tmp_path / "lab", more_config=BY_CALENDAR) as lab:
        for key, value in {
            f"hours {today:%Y%m%d}": "closed/unknown",
            f"duty {today:%Y%m%d}": "0000-2400:13905190001&0000-2400:00870776123456&0000-2400:13905190002",
            "do-not-call 13905190001": "1",
            f"calling {today:%Y%m%d}": "none",
        }.items():
            await lab.cli(f"database put {key} {value}")
        calls = await play(parse_scenario(ONE_PASSED_OVER), lab)
        rung = rung_through_the_trunk(lab)

    assert {call.number: call.is_answered for call in calls} == {"13905190002": True, "13800000013": True}
    assert rung == ["PJSIP/13905190002"]


async def raised_alarm(backend: Backend) -> dict[str, Any]:
    """The alarm that nobody has taken in hand, and how its call stood then."""
    async with asyncio.timeout(90):
        while not (alarms := (await backend.get("/api/v1/alarms?kind=emergency_unanswered&open=true"))["items"]):
            await asyncio.sleep(0.2)
    call = await backend.get(f"/api/v1/calls/{alarms[0]['call']['pbx']}/{alarms[0]['call']['call_id']}")
    return {**alarms[0], "call": call["call"]}


def prompts_until_accepted(lab: Lab, channel: str) -> list[str]:
    """How long each prompt on that channel waited for a key, in seconds."""
    with Path(lab.info.cel_csv).open(encoding="utf-8", newline="") as rows:
        begun = [row[11] for row in csv.reader(rows) if row[0] == "STREAM_BEGIN" and row[9] == channel]
    return [data.rpartition(",")[2] for data in begun]


async def test_an_emergency_reaches_the_third_on_duty_and_one_that_reaches_nobody_raises_an_alarm(
    tmp_path: Path, home: Path
) -> None:
    now = datetime.now(SHANGHAI)
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab", more_config=BY_CALENDAR) as lab,
        backend_on(lab, home, {"CALLCENTER_RECORDINGS_DIR": lab.info.recordings_dir}) as backend,
    ):
        await backend.add_user("agent", role="agent")
        for position, role in enumerate(("lead", "agent", "field"), start=1):
            person = {"name": f"Duty {position}", "number": f"1390519000{position}", "unit": "Centre"}
            shift = {
                "person_id": await add(backend, "/api/v1/duty/people", person),
                "starts_at": (now - timedelta(hours=1)).isoformat(),
                "ends_at": (now + timedelta(hours=2)).isoformat(),
                "position": position,
                "role": role,
            }
            await add(backend, "/api/v1/duty/shifts", shift)
        for day in (now.date() + DAY, now.date()):
            await set_day(backend, day, kind="day_off")
        await lab.cli("database deltree duty")
        await lab.cli("database deltree hours")
        await lab.kill()
        await lab.restart()
        async with asyncio.timeout(SETTLE_SECONDS):
            while not await is_told(lab, now.date()):
                await asyncio.sleep(0.2)

        async with asyncio.TaskGroup() as tasks:
            playing = tasks.create_task(play(parse_scenario(DUTY_CHAIN), lab))
            alarm = await raised_alarm(backend)
        calls = playing.result()
        # a phone that went another way explains what the backend lacks
        assert [(call.number, call.events[-1].name) for call in calls if call.kind == "mobile"] == [
            ("13905190001", "ended"),
            ("13905190002", "cancelled"),
            ("13905190003", "ended"),
            ("13905190001", "ended"),
            ("13905190002", "refused"),
            ("13905190003", "refused"),
        ]
        assert [(call.number, call.is_answered) for call in calls if call.kind == "caller"] == [
            ("13800000011", True),
            ("13800000012", True),
        ]
        told = await inbound(backend, 2)
        alarms = (await backend.get("/api/v1/alarms?kind=emergency_unanswered&open=true"))["items"]
        prompts = prompts_until_accepted(lab, "PJSIP/trunk-main-00000003")
        taken = await backend.ask("POST", f"/api/v1/alarms/{alarms[0]['id']}/acknowledgement")
        again = await backend.ask("POST", f"/api/v1/alarms/{alarms[0]['id']}/acknowledgement")
        listed = await waiting(backend, 1)
        files = await recordings_of(backend, told["13800000011"]["call_id"])
        people = (await backend.ask("GET", "/api/v1/duty/people", user="agent")).body["items"]
        metrics = await backend.text("/metrics")

    assert prompts == ["1", "5"], "Mandarin was heard to its end, and English until the key"
    assert sorted((file["kind"], file["notice_at"] is not None) for file in files) == [
        ("callee", True),
        ("caller", True),
        ("mixed", True),
    ]
    reached, lost = told["13800000011"], told["13800000012"]
    assert (reached["outcome"], [talk["with"] for talk in reached["talks"]]) == ("answered", ["13905190003"])
    assert (lost["outcome"], lost["talks"]) == ("emergency_unanswered", [])
    assert alarm["call"]["outcome"] is None, "the caller is still leaving a message"
    assert alarm["call"]["emergency_unanswered_at"] is not None
    emergency = alarms[0]["call"]
    assert (emergency["call_id"], emergency["caller_number"], len(alarms)) == (lost["call_id"], "138****0012", 1)
    assert (taken.status, taken.body["acknowledged_by"], again.status) == (200, "demo", 409)
    assert [(row["caller_number"], row["priority"][0]) for row in listed] == [("+8613800000012", -3)]
    assert [person["number"] for person in people] == ["139****0001", "139****0002", "139****0003"]
    assert "callcenter_duty_alarms_open" in metrics
