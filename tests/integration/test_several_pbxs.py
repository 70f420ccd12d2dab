"""A backend with two PBXs hears both, commands the one that is meant, and never takes one's call for the other's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import insert, select, text, update

from callcenter import supervision
from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.tables import User
from callcenter.agents.rules import DeviceKind, Seat, kind_of
from callcenter.agents.tables import AgentState, SignOn
from callcenter.audio.folders import list_folders
from callcenter.audio.retention import keep
from callcenter.audio.rules import Purpose, Space
from callcenter.audit.render import to_text
from callcenter.audit.service import audit_day
from callcenter.callbacks.service import refresh
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import CallRecord
from callcenter.calls.tables import WitnessHeartbeat
from callcenter.cli import main
from callcenter.dialling import store as dials
from callcenter.dialling.dial_results import raise_priorities
from callcenter.errors import ConflictError, ResultUnknown
from callcenter.mediation import leg_control, start
from callcenter.mediation import store as mediations
from callcenter.mediation.appointments import begin_due
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.pbx.wire import LINK_STARTED
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.queue_callback.worker import take_turns
from callcenter.settings import Settings, load_settings
from callcenter.wallboard.board import Board
from callcenter.wallboard.inputs import CallRow
from tests.call_examples import ABANDONED, ANSWERED, OPEN
from tests.integration.backend import LIMIT, Backend, Saboteur, make_pbx, serving
from tests.integration.callback_examples import SETTINGS, as_ami, at, lost, still_up, store
from tests.integration.conftest import NOW
from tests.integration.fake_ami import HASTE, FakeAmi, message, until
from tests.integration.test_queue_callback_turns import asked, seat
from tests.scenarios.captures import FOLDER, ami_bytes, messages

SCENARIO = "answered_by_an_agent"
NAMES = ("north", "south")
Headers = dict[Role, dict[str, str]]


def without_systemname(data: bytes) -> bytes:
    """As a PBX writes it that has none: two of them give the same ids."""
    return data.replace(b"pbx1-", b"")


def live() -> list[bytes]:
    """The events of one call."""
    parts = (part for part in messages(without_systemname(ami_bytes(SCENARIO))) if part != LINK_STARTED)
    return [part + b"\r\n\r\n" for part in parts if not part.startswith(b"Response: ")]


@dataclass(kw_only=True)
class Centre:
    """A backend with two PBXs, and these."""

    backend: Backend
    settings: Settings
    pbxs: dict[str, FakeAmi]

    def say(self, name: str, parts: Sequence[bytes]) -> None:
        for connection in self.pbxs[name].connections:
            if not connection.is_gone and "CoreShowChannels" in connection.names():
                for part in parts:
                    connection.say(part)

    async def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> httpx.Response:
        return await self.backend.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    def asked_of(self, name: str, device: str) -> list[str]:
        """What this PBX was asked about a device."""
        actions = [action for connection in self.pbxs[name].connections for action in connection.actions]
        return [action["Action"] for action in actions if action.get("Interface") == device]


@asynccontextmanager
async def two_pbxs(database: Database, folder: Path, supervisor: Saboteur) -> AsyncIterator[Centre]:
    async with AsyncExitStack() as stack:
        fakes = {name: await stack.enter_async_context(FakeAmi.serving()) for name in NAMES}
        pbxs = tuple(make_pbx(fake, folder / name, name=name) for name, fake in fakes.items())
        settings = Settings(data_dir=folder / "data", pbxs=pbxs, cookie_secure=False)
        backend = await stack.enter_async_context(
            serving(database, fakes["north"], folder, supervisor=supervisor, settings=settings)
        )
        await until(lambda: all({"CoreShowChannels", "DBGetTree"} <= set(fake.actions) for fake in fakes.values()))
        yield Centre(backend=backend, settings=settings, pbxs=fakes)


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_two_pbxs_that_give_the_same_ids_are_both_recorded_and_the_audit_counts_both_ledgers(
    database: Database, tmp_path: Path
) -> None:
    async with two_pbxs(database, tmp_path, Saboteur()) as centre:
        for name in NAMES:
            centre.say(name, live())
            ledger = without_systemname((FOLDER / SCENARIO / "cel.csv").read_bytes())
            (tmp_path / name / "Master.csv").write_bytes(ledger)
        async with asyncio.timeout(LIMIT):
            while await rows(database, "SELECT count(*) FROM calls WHERE is_confirmed") != [(2,)]:
                await asyncio.sleep(0.05)
        stored = await rows(database, "SELECT pbx, call_id, business_date FROM calls ORDER BY pbx")
        await asyncio.sleep(1.1)  # the heartbeats of both ledgers are past the call
        report = await audit_day(database, centre.settings, stored[0][2], now=datetime.now(UTC))

    assert [row[0] for row in stored] == list(NAMES)
    assert stored[0][1:] == stored[1][1:]
    assert [key.pbx for key in report.inbound] == [key.pbx for key in report.ledger_inbound] == list(NAMES)
    assert (report.unexplained, report.differences, report.missing_ledgers) == ((), (), ())
    assert report.ledger is not None
    assert report.ledger.files == ("north: Master.csv", "south: Master.csv")
    (tmp_path / "south" / "Master.csv").unlink()
    now = datetime.now(UTC)
    report = await audit_day(database, centre.settings, stored[0][2], now=now)
    assert (report.missing_ledgers, report.is_good) == (("south",), False)
    assert "The CEL file of the settings of south is not there" in " ".join(to_text(report).split())


async def test_a_command_goes_to_the_pbx_of_the_seat_and_a_name_that_is_not_set_is_refused(
    database: Database, tmp_path: Path, as_role: Headers
) -> None:
    agent, supervisor = as_role[Role.AGENT], as_role[Role.SUPERVISOR]
    device = {"device": "PJSIP/1008"}
    async with two_pbxs(database, tmp_path, Saboteur()) as centre:
        for fake in centre.pbxs.values():
            fake.answers["QueueSummary"] = b"".join(
                message(*headers)
                for headers in (
                    [("Response", "Success"), ("ActionID", "ACTIONID"), ("EventList", "start")],
                    [("Event", "QueueSummary"), ("ActionID", "ACTIONID"), ("Queue", "hotline")],
                    [("Event", "QueueSummaryComplete"), ("ActionID", "ACTIONID"), ("EventList", "Complete")],
                )
            )
        skills = {"skills": [{"queue": "hotline"}]}
        given = await centre.ask("PUT", "/agents/mei-agent/skills", supervisor, skills)
        queues = await centre.ask("GET", "/queues?limit=1", supervisor)
        more = await centre.ask("GET", f"/queues?limit=1&cursor={queues.json()['next']}", supervisor)
        refused = [
            await centre.ask("POST", "/agents/me/sign-on", agent, device),
            await centre.ask("POST", "/agents/me/sign-on", agent, device | {"pbx": "west"}),
            await centre.ask("POST", "/calls/west/1795469949.0/move", supervisor, {}),
        ]
        steps = [
            await centre.ask("POST", "/agents/me/sign-on", agent, device | {"pbx": "south"}),
            await centre.ask("POST", "/agents/me/pause", agent, {"reason": "meal"}),
            await centre.ask("POST", "/agents/mei-agent/sign-off", supervisor),
        ]

    assert (given.status_code, [step.status_code for step in steps]) == (204, [202, 202, 202])
    assert [(answer.status_code, answer.json()["code"], answer.json()["params"]) for answer in refused] == [
        (400, "pbx_not_named", {"pbxs": "north, south"}),
        (404, "unknown_pbx", {"pbx": "west"}),
        (404, "unknown_pbx", {"pbx": "west"}),
    ]
    assert [page.json()["items"] for page in (queues, more)] == [
        [{"pbx": "north", "name": "hotline"}],
        [{"pbx": "south", "name": "hotline"}],
    ]
    assert more.json()["next"] is None
    assert {name: centre.asked_of(name, "PJSIP/1008") for name in NAMES} == {
        "north": [],
        "south": ["QueueAdd", "QueuePause", "QueueRemove"],
    }


async def test_a_recorder_that_is_down_shows_by_name_while_the_other_pbx_is_recorded(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 60.0)
    supervisor = Saboteur()
    async with two_pbxs(database, tmp_path, supervisor) as centre:
        names = {part.name for part in supervisor.list_parts()}
        supervisor.blow_up("recorder of north")
        async with asyncio.timeout(LIMIT):
            while (health := (await centre.backend.client.get("/health/ready")).json())["status"] == "ready":
                await asyncio.sleep(0.05)
        metrics = (await centre.backend.client.get("/metrics")).text
        centre.say("south", live())
        async with asyncio.timeout(LIMIT):
            while await rows(database, "SELECT pbx FROM calls") != [("south",)]:
                await asyncio.sleep(0.05)

    own = {"recorder", "seats", "commands", "turns", "mediations", "recordings", "messages", "plans"}
    assert {f"{part} of {name}" for part in own for name in NAMES} <= names
    assert {f"recorder: {witness} of {name}" for witness in ("AMI", "ledger") for name in NAMES} <= names
    assert not own & names
    assert [(part["part"], part["state"]) for part in health["parts"]] == [("recorder of north", "down")]
    assert 'callcenter_part_up{part="recorder of north"} 0.0' in metrics
    assert 'callcenter_part_up{part="recorder of south"} 1.0' in metrics


async def test_the_process_is_given_up_only_when_no_pbx_can_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)
    supervisor = supervision.Supervisor()

    async def fail() -> None:
        raise ValueError("a defect")

    async def run() -> None:
        await asyncio.Event().wait()

    options: dict[str, Any] = {"is_recording": True, "give_up": supervisor.is_recording_beyond_repair}
    sound = asyncio.create_task(supervisor.keep("recorder of south", run, **options))
    broken = asyncio.create_task(supervisor.keep("recorder of north", fail, **options))
    await until(lambda: supervisor.is_failing("recorder of north"))
    assert (broken.done(), supervisor.is_recording_down) == (False, False)
    sound.cancel()
    await asyncio.wait({sound})
    with pytest.raises(supervision.PartBeyondRepair):
        await broken


def of_pbx(name: str, call: CallRecord) -> CallRecord:
    return replace(call, pbx=name)


async def test_a_place_in_a_queue_comes_up_for_an_agent_of_the_same_pbx(database: Database) -> None:
    await store(database, [of_pbx("north", asked(1, 100))])
    await seat(database, "mei")
    async with database.sessions.begin() as session:
        for table in (WitnessHeartbeat, SignOn, AgentState):
            await session.execute(update(table).values(pbx="south"))
    await refresh(database, SETTINGS)
    elsewhere = [await take_turns(database, SETTINGS, name, at(600)) for name in NAMES]
    async with database.sessions.begin() as session:
        for table in (WitnessHeartbeat, SignOn, AgentState):
            await session.execute(update(table).values(pbx="north"))
    turns = [await take_turns(database, SETTINGS, name, at(600)) for name in reversed(NAMES)]

    assert [steps.ring for steps in elsewhere] == [[], []]
    assert [[turn.place.asked_in for turn in steps.ring] for steps in turns] == [[], [("north", "pbx1-1.0")]]


async def test_of_two_callers_with_the_same_id_only_the_one_whom_we_were_ringing_is_put_first(
    database: Database,
) -> None:
    mei, li = as_ami(still_up(lost(1, 0))), as_ami(still_up(lost(1, 0, caller="13900000001")))
    await store(database, [of_pbx("north", mei), of_pbx("south", li)])
    async with database.sessions.begin() as session:
        await dials.add_priorities(session, "+8613812345678", at(5), dial_id=None)
    moved = {}
    for name in reversed(NAMES):
        async with FakeAmi.serving() as fake:
            entry = [("Event", "QueueEntry"), ("ActionID", "ACTIONID"), ("Queue", "hotline"), ("Channel", "PJSIP/t-1")]
            fake.answers["QueueStatus"] = b"".join(
                message(*headers)
                for headers in (
                    [("Response", "Success"), ("ActionID", "ACTIONID"), ("EventList", "start")],
                    [*entry, ("Uniqueid", "pbx1-1.0")],
                    [("Event", "QueueStatusComplete"), ("ActionID", "ACTIONID"), ("EventList", "Complete")],
                )
            )
            commands = AmiCommands(host="127.0.0.1", port=fake.port, username="u", secret="right", patience=HASTE)
            await commands.open()
            await raise_priorities(database, name, commands, at(6))
            await commands.close()
            moved[name] = "QueueChangePriorityCaller" in fake.actions

    assert moved == {"north": True, "south": False}


def test_each_pbx_has_folders_of_its_own(tmp_path: Path) -> None:
    pbxs = (Pbx(name="north", recordings_dir=tmp_path / "n"), Pbx(name="south", mediation_recordings=tmp_path / "s"))
    settings = Settings(data_dir=tmp_path, pbxs=pbxs)
    assert list(list_folders(settings)) == [
        (Purpose.RECORDING, "north", tmp_path / "n"),
        (Purpose.MESSAGE, None, tmp_path / "messages"),
        (Purpose.MEDIATION, "south", tmp_path / "s"),
    ]


async def test_the_gauges_of_the_disks_say_which_pbx(database: Database, tmp_path: Path) -> None:
    pbxs = tuple(Pbx(name=name, recordings_dir=tmp_path / name) for name in NAMES)
    for name in NAMES:
        (tmp_path / name).mkdir()
    settings = Settings(data_dir=tmp_path / "data", pbxs=pbxs)

    def measure(folder: Path) -> Space:
        return Space(total=100, free=10 if folder.name == "south" else 50)

    await keep(database, settings, now=at(0) + timedelta(days=1), measure=measure)
    labels = [{"purpose": "recording", "pbx": name} for name in NAMES]
    assert [REGISTRY.get_sample_value("callcenter_audio_disk_free_percent", each) for each in labels] == [50.0, 10.0]
    assert [REGISTRY.get_sample_value("callcenter_audio_disk_alarm", each) for each in labels] == [0.0, 1.0]


@asynccontextmanager
async def commanded() -> AsyncIterator[dict[str, tuple[FakeAmi, AmiCommands]]]:
    """Two PBXs, each with an open command login."""
    async with AsyncExitStack() as stack:
        found = {}
        for name in NAMES:
            fake = await stack.enter_async_context(FakeAmi.serving())
            commands = AmiCommands(host="127.0.0.1", port=fake.port, username="u", secret="right", patience=HASTE)
            await commands.open()
            stack.push_async_callback(commands.close)
            found[name] = (fake, commands)
        yield found


async def test_an_appointed_mediation_goes_to_the_pbx_at_which_its_host_sits_then(
    database: Database, as_role: Headers
) -> None:
    numbers = {"north": "12315", "south": "12345"}
    settings = Settings(pbxs=tuple(Pbx(name=name, hotline_number=numbers[name]) for name in NAMES))
    due = NOW + timedelta(minutes=1)
    async with database.sessions.begin() as session:
        user_id = (await session.execute(select(User.id).where(User.name == "mei-agent"))).scalar_one()
        host = SignedIn(user_id=user_id, name="mei-agent", role=Role.AGENT)
        wanted = {"appointed_for": due, "consumer": "13812345678", "merchant": "13900000001", "now": NOW}
        mediation_id = await start.appoint(session, settings, user=host, **wanted)  # type: ignore[arg-type]
        appointed_on = (await mediations.get_mediation(session, mediation_id)).pbx
        seat = {"user_id": user_id, "pbx": "south", "interface": "PJSIP/1008", "signed_on_at": NOW}
        await session.execute(insert(SignOn).values(seat))
    async with commanded() as pbxs:
        begun = []
        for name in (*NAMES, "south"):
            commands = pbxs[name][1]
            begun.append(await begin_due(database, commands, settings, settings.get_pbx(name), due))
        rung = {
            name: [
                (action["Channel"], action["CallerID"])
                for action in fake.connections[0].actions
                if action["Action"] == "Originate"
            ]
            for name, (fake, _) in pbxs.items()
        }
        registry = PbxRegistry({name: commands for name, (_, commands) in pbxs.items()})
        with suppress(ResultUnknown, ConflictError):
            await leg_control.end(database, registry, mediation_id, user=host, now=due)
        hung_up = {name: "CoreShowChannels" in fake.actions for name, (fake, _) in pbxs.items()}

    assert (appointed_on, begun) == ("north", [True, True, False])
    assert {name: [channel for channel, _ in calls] for name, calls in rung.items()} == {
        "north": [],
        "south": ["PJSIP/1008"],
    }
    assert "12345" in rung["south"][0][1]
    assert hung_up == {"north": False, "south": True}


def test_the_doctor_looks_at_every_pbx_or_at_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "callcenter.toml"
    config.write_text("".join(f'[[pbxs]]\nname = "{name}"\nami_port = 1\nami_secret = "x"\n' for name in NAMES))
    monkeypatch.setenv("CALLCENTER_CONFIG", str(config))
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(tmp_path))
    looked_at = []
    for options in ([], ["--pbx", "south"]):
        assert main(["doctor", "--json", *options]) == 1
        looked_at.append({check["pbx"] for check in json.loads(capsys.readouterr().out)})
    assert looked_at == [set(NAMES), {"south"}]
    assert main(["doctor", "--pbx", "west"]) == 2
    assert capsys.readouterr().err == "callcenter: There is no PBX of this name in the settings.\n"


def test_the_doctor_names_each_pbx_without_a_login_and_looks_at_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "callcenter.toml"
    secrets = {"north": "", "south": 'ami_secret = "x"\n', "west": ""}
    tables = (f'[[pbxs]]\nname = "{name}"\nami_port = 1\n{secret}' for name, secret in secrets.items())
    config.write_text("".join(tables))
    monkeypatch.setenv("CALLCENTER_CONFIG", str(config))
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(tmp_path))

    assert main(["doctor", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)
    assert [check["found"] for check in checks if check["pbx"] != "south"] == [
        "ami_secret of the PBX north is not set",
        "ami_secret of the PBX west is not set",
    ]
    south = {check["code"]: check for check in checks if check["pbx"] == "south"}
    assert "cannot be reached" in south["ami-event-login"]["found"]
    assert "in cel_csv of the PBX south:" in south["ledger"]["remedy"]

    assert main(["doctor", "--pbx", "north"]) == 2
    assert capsys.readouterr().err == "callcenter: ami_secret of the PBX north is not set: the doctor needs a login.\n"


def test_the_doctor_names_a_setting_as_its_place_has_it_though_one_table_alone_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().spell("cel_csv", Pbx()) == "CALLCENTER_CEL_CSV"
    config = tmp_path / "callcenter.toml"
    config.write_text('[[pbxs]]\nname = "north"\n')
    monkeypatch.setenv("CALLCENTER_CONFIG", str(config))
    settings = load_settings()
    assert settings.spell("cel_csv", settings.pbxs[0]) == "cel_csv of the PBX north"


def test_each_pbx_has_the_address_of_its_own_phones_and_one_without_has_none() -> None:
    settings = Settings(pbxs=(Pbx(name="north", phone_websocket="wss://north.example/ws"), Pbx(name="south")))
    assert settings.phone_websockets == {"north": "wss://north.example/ws"}
    kinds = [kind_of(Seat(pbx=name, interface="PJSIP/2001"), settings.phones_in_pages) for name in settings.pbx_names]
    assert kinds == [DeviceKind.BROWSER, DeviceKind.DESK]


def test_queues_of_one_name_are_one_service_in_figures_and_each_pbx_serves_its_own_callers_in_turn() -> None:
    board = Board(day=date(2026, 11, 23), area_code="0519")
    for name in NAMES:
        for number, record in enumerate((ANSWERED, ABANDONED, OPEN)):
            stored = record_to_json(replace(record, pbx=name, call_id=f"{number}.0"))
            board.put(CallRow(key=(name, f"{number}.0"), business_date=board.day, is_confirmed=True, record=stored))
    shown = board.show(NOW)
    hotline = shown["today"]["queues"]["hotline"]
    assert (list(shown["today"]["queues"]), hotline["offered"], hotline["answered"]) == (["hotline"], 4, 2)
    waiting = {key: (one["queue"], one["position"]) for key, one in shown["calls"]["waiting"].items()}
    assert waiting == {f"{name}/2.0": ("hotline", 1) for name in NAMES}
