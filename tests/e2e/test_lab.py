"""The lab itself: a real Asterisk that starts, takes calls, dies and leaves nothing behind."""

import asyncio
import csv
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.agents.inventory import PbxInventory, check_known
from callcenter.errors import NotFoundError
from callcenter.hours.astdb_sync import push
from callcenter.pbx.commands import AmiCommands
from hotline_demo.visitors import GIVES_UP, QUITTERS, visitors
from hotline_lab.asterisk import PHONES, Lab
from hotline_lab.errors import LabError
from hotline_lab.paths import CHECKOUT, cache_dir
from hotline_lab.phones import Sipp, run
from hotline_lab.play import PhoneCall, list_channels, play, wait_until_idle
from hotline_lab.registry import read_registry
from hotline_lab.scenario import load_scenario, parse_scenario
from hotline_lab.sipp import register_xml
from hotline_lab.sipp_writer import Dialog, SippWriter

LIMIT = 60.0
"""Seconds after which something that was waited for has failed."""


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with Lab(pbx=7, state=tmp_path / "pbx7") as running:
        yield running


def story(call: PhoneCall) -> tuple[str, str, str, tuple[str, ...], str]:
    """A call without its moments."""
    return call.kind, call.number, call.other, tuple(event.name for event in call.events), call.ending[1]


def cel_column(lab: Lab, number: int) -> list[str]:
    with Path(lab.info.cel_csv).open(encoding="utf-8", newline="") as rows:
        return [row[number] for row in csv.reader(rows)]


def cel_types(lab: Lab) -> list[str]:
    return cel_column(lab, 0)


async def wait_for_rows(lab: Lab, kind: str, count: int) -> None:
    async with asyncio.timeout(LIMIT):
        while cel_types(lab).count(kind) < count:
            await asyncio.sleep(0.02)


async def test_scenarios_with_different_phones_play_at_the_same_time(lab: Lab) -> None:
    names = ["outbound_answered", "agent_hangs_up_first", "busy_line", "queue_join_empty"]
    outbound, answered, busy, empty = await asyncio.gather(*(play(load_scenario(name), lab) for name in names))
    assert [story(call) for call in outbound] == [
        ("dialler", "1008", "13805190028", ("dialled", "answered", "ended"), "remote"),
        ("mobile", "13805190028", "12315", ("rung", "answered", "ended"), "self"),
    ]
    assert [story(call) for call in answered] == [
        ("caller", "05198800024", "12315", ("dialled", "answered", "ended"), "remote"),
        ("agent", "1001", "05198800024", ("rung", "answered", "ended"), "self"),
    ]
    assert [story(call) for call in busy] == [("caller", "05198800007", "96310", ("dialled", "failed"), "486")]
    assert [story(call) for call in empty] == [
        ("caller", "05198800021", "96305", ("dialled", "answered", "ended"), "remote")
    ]


async def test_an_attended_transfer_really_moves_the_caller(lab: Lab) -> None:
    calls = await play(load_scenario("attended_transfer"), lab)
    assert [story(call) for call in calls] == [
        ("caller", "05198800015", "12315", ("dialled", "answered", "ended"), "remote"),
        (
            *("agent", "1001", "05198800015"),
            ("rung", "answered", "holds", "consults", "answered", "transfers", "ended"),
            "moved",
        ),
        ("agent", "1008", "1001", ("rung", "answered", "ended"), "self"),
    ]
    await wait_for_rows(lab, "LINKEDID_END", 2)
    assert cel_types(lab).count("ATTENDEDTRANSFER") == 1


async def test_a_key_press_in_the_demo_has_somebody_ring_who_gives_up_in_the_queue(lab: Lab) -> None:
    said: list[str] = []
    async with visitors(lab, ["+8613805190041", "+865198800012"], said.append) as visiting:
        visiting.come("x\n")
        visiting.come(GIVES_UP)
        async with asyncio.timeout(LIMIT):
            while not any(channel["Application"] == "Queue" for channel in await list_channels(lab)):
                await asyncio.sleep(0.2)
        channels = await list_channels(lab)
        await wait_until_idle(lab)

    assert [channel["CallerIDNum"] for channel in channels] == [QUITTERS[0]]
    assert said == [f"{QUITTERS[0]} rings, and will give up in the queue."]


async def test_a_key_in_the_database_of_the_pbx_closes_the_hotline(lab: Lab) -> None:
    await lab.cli("database put hours 12315 closed")
    await play(load_scenario("caller_hangs_up_in_greeting"), lab)
    await wait_for_rows(lab, "LINKEDID_END", 1)
    assert "AFTER_HOURS" in cel_types(lab)


async def test_a_desk_phone_dials_nobody_of_the_do_not_call_list_and_nobody_outside_calling_hours(lab: Lab) -> None:
    async def dial(number: str) -> str:
        text = f'title = "t"\n[[diallers]]\nextension = "1008"\ndials = "{number}"\nplan = "stay"\n'
        (call,) = await play(parse_scenario(text), lab)
        return call.ending[1]

    day = (await lab.cli("dialplan eval function STRFTIME(,Asia/Shanghai,%Y%m%d)")).split()[-1]
    await lab.cli("database put do-not-call 13805190028 1")
    await lab.cli("database put dial prefixes 00852&12345")
    listed = [await dial("13805190028"), await dial("013805190028")]
    allowed = [await dial("13805190029"), await dial("0085261234567"), await dial("0088261234567")]
    await lab.cli("database put dial prefixes 17951&01795&10193&008&86")
    await lab.cli("database put do-not-call 051988800028 1")
    mobile = ("17951", "179510", "017951", "10193", "0086", "86", "1795110193")
    behind_codes = [await dial(f"{code}13805190028") for code in mobile]
    behind_codes += [await dial(number) for number in ("008651988800028", "1795188800028")]
    others = [await dial(number) for number in ("1795113805190029", "1259313805190029", "179510012025550123")]
    await lab.cli(f"database put calling {day} none")
    outside = await dial("13805190029")
    assert (listed, allowed, outside) == (["403", "403"], ["480", "480", "403"], "403")
    assert (behind_codes, others) == (["403"] * 9, ["480", "403", "403"])


@asynccontextmanager
async def command_login(lab: Lab) -> AsyncIterator[AmiCommands]:
    info = lab.info
    commands = AmiCommands(
        host=info.ami_host,
        port=info.ami_port,
        username=info.ami_commands_user,
        secret=info.ami_commands_secret,
    )
    await commands.open()
    try:
        yield commands
    finally:
        await commands.close()


async def test_the_pbx_tells_its_queues_and_devices_and_knows_which_it_does_not_have(lab: Lab) -> None:
    now = datetime.now(UTC)
    async with command_login(lab) as commands:
        inventory = PbxInventory(commands)
        queues = await inventory.list_queues(now)
        devices = await inventory.list_devices(now)
        await check_known(commands, "PJSIP/1001")
        with pytest.raises(NotFoundError):
            await check_known(commands, "PJSIP/9999")
    assert queues is not None
    assert devices is not None
    assert queues.names == ("counter", "evening", "home-office", "hotline", "lone-seat", "overflow")
    assert {f"PJSIP/{phone}" for phone in PHONES} <= set(devices.names)


async def test_the_pbx_takes_every_kind_of_plan_and_deletes_what_is_over(lab: Lab) -> None:
    async with command_login(lab) as commands:
        plan = {
            "hours/20261123": "0830-1730/20261124-0830",
            "duty/20261123": "0000-2400:13800000001",
            "calling/20261123": "0900-1200&1400-2000",
        }
        await push(commands, plan | {"do-not-call/13800000002": "1", "dial/prefixes": "00852&12345"})
        first = await lab.cli("database show")
        await push(commands, plan | {"do-not-call/13800000003": "1", "dial/prefixes": ""})
        second = await lab.cli("database show")
    assert "/do-not-call/13800000002" in first
    assert "00852&12345" in first
    assert "/do-not-call/13800000003" in second
    assert "/do-not-call/13800000002" not in second
    assert "/dial/prefixes" not in second
    assert "/calling/20261123" in second


async def test_a_phone_signs_on_with_its_own_secret_and_not_with_a_colleagues(lab: Lab) -> None:
    secrets = lab.info.sip_secrets
    assert len(set(secrets.values())) == len(secrets) == len(PHONES)
    for secret, expected in ((secrets["1001"], None), (secrets["1002"], "did not follow its plan")):
        phone = Sipp(
            name=f"registers-{expected is None}",
            folder=lab.state / "sipp",
            xml=register_xml("1001", contact_port=5999, secret=secret, expires=60),
            host="127.0.0.1",
            port=None,
            pbx=f"{lab.info.sip_host}:{lab.info.sip_port}",
            calls=1,
        )
        if expected is None:
            await run(phone)
        else:
            with pytest.raises(LabError, match=expected):
                await run(phone)


async def test_a_phone_that_leaves_its_plan_is_reported(lab: Lab) -> None:
    writer = SippWriter(secret=None, extension="1001")
    dialog = Dialog(
        call_id="[call_id]", local="<sip:1001@[local_ip]>;tag=1", remote="<sip:1@[remote_ip]>", target="sip:1"
    )
    writer.ask(dialog, "INFO")
    phone = Sipp(
        name="talks-to-nobody",
        folder=lab.state / "sipp",
        xml=writer.document(),
        host="127.0.0.1",
        port=None,
        pbx=f"{lab.info.sip_host}:{lab.info.sip_port}",
        calls=1,
    )
    with pytest.raises(LabError, match="talks-to-nobody did not follow its plan"):
        await run(phone)


async def test_the_ledger_goes_on_after_asterisk_was_killed(lab: Lab) -> None:
    await play(load_scenario("busy_line"), lab)
    await wait_for_rows(lab, "LINKEDID_END", 1)
    await lab.kill()
    assert not lab.is_running
    await lab.restart()
    await play(load_scenario("busy_line"), lab)
    await wait_until_idle(lab)
    await wait_for_rows(lab, "LINKEDID_END", 2)
    assert cel_types(lab).count("CHAN_START") == 2


async def test_neither_ami_user_may_run_a_command(lab: Lab) -> None:
    for is_acting in (False, True):
        client = await lab.ami(commands=is_acting)
        answers = [
            await client.action("Command", Command="core show version"),
            await client.action("GetConfig", Filename="manager.conf"),
            await client.action("DBPut", Family="hours", Key="12315", Val="closed"),
        ]
        await client.close()
        assert {answer["Response"] for answer in answers} == {"Error"}


async def test_the_listening_ami_user_may_ask_but_not_dial(lab: Lab) -> None:
    client = await lab.ami()
    asked = await client.action("CoreShowChannels")
    dialled = await client.action(
        "Originate", Channel="PJSIP/1001", Exten="1002", Context="from-internal", Priority="1"
    )
    await client.close()
    assert (asked["Response"], dialled["Response"]) == ("Success", "Error")


async def test_two_instances_run_side_by_side(tmp_path: Path) -> None:
    async with Lab(pbx=7, state=tmp_path / "a") as one, Lab(pbx=8, state=tmp_path / "b") as two:
        await asyncio.gather(*(play(load_scenario("busy_line"), lab) for lab in (one, two)))
        for lab in (one, two):
            await wait_for_rows(lab, "LINKEDID_END", 1)
            assert {uniqueid.partition("-")[0] for uniqueid in cel_column(lab, 14)} == {lab.name}
    assert read_registry(tmp_path / "a") is None
    assert read_registry(tmp_path / "b") is None


async def test_an_instance_is_up_once_and_its_registry_is_private(lab: Lab) -> None:
    registry = lab.state / "lab.json"
    assert stat.S_IMODE(registry.stat().st_mode) == 0o600
    assert lab.info.ami_secret not in repr(lab.info)
    with pytest.raises(LabError, match="is up already"):
        await Lab(pbx=7, state=lab.state).up()
    assert read_registry(lab.state) == lab.info


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_left_when_the_keeper_ends(tmp_path: Path, how: signal.Signals) -> None:
    environment = os.environ | {"CALLCENTER_CACHE": str(tmp_path)}
    (tmp_path / "asterisk").symlink_to(cache_dir() / "asterisk")
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, str(CHECKOUT / "scripts" / "lab"), "up", "--foreground", "--pbx", "9", env=environment
    )
    state = tmp_path / "lab" / "pbx9"
    async with asyncio.timeout(LIMIT):
        while (info := read_registry(state)) is None:
            await asyncio.sleep(0.02)
    keeper.send_signal(how)
    await keeper.wait()
    async with asyncio.timeout(LIMIT):
        while await is_open(info.ami_host, info.ami_port):
            await asyncio.sleep(0.02)
    assert read_registry(state) is None


async def is_open(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
