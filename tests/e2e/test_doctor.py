"""The doctor on a real Asterisk: sound as we configure it, and each setting broken in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from callcenter.pbx.doctor import Check, PbxLogin, Verdict, Wanted, examine_pbx
from hotline_lab.asterisk import Lab

NUMBER = 6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    async with Lab(pbx=NUMBER, state=tmp_path_factory.mktemp("lab")) as lab:
        yield lab


async def examine(lab: Lab, *, config_dir: Path | None, wanted: Wanted | None = None) -> dict[str, Check]:
    info = lab.info
    checks = await examine_pbx(
        host=info.ami_host,
        port=info.ami_port,
        events=PbxLogin(username=info.ami_user, secret=info.ami_secret),
        commands=PbxLogin(username=info.ami_commands_user, secret=info.ami_commands_secret),
        cel_csv=Path(info.cel_csv),
        config_dir=config_dir,
        wanted=wanted,
    )
    return {check.name: check for check in checks if check.verdict is not Verdict.OK}


@pytest.mark.asyncio(loop_scope="module")
async def test_our_own_configuration_is_sound(lab: Lab) -> None:
    found = await examine(lab, config_dir=lab.state / "etc")
    assert {name: check.verdict for name, check in found.items()} == {"ledger": Verdict.WARN}
    assert found["ledger"].found.endswith("has no row yet")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("old", "new", "name", "found"),
    [
        ("timestampevents = yes", "timestampevents = no", "moments of events", "events come without Timestamp"),
        ("read = system,call", "read = call", "event classes", "not readable: system"),
        (",dialplan\n", "\n", "event classes", "not readable: dialplan"),
        ("write = reporting", "write = reporting,system", "rights of the event login", "write class system"),
        ("write = reporting", "write = reporting,command,config", "rights of the event login", "command, config"),
        ("write = reporting", "write = ", "state after a reconnect", "may not list channels"),
        ("write = originate,", "write = system,originate,", "rights of the command login", "write class system"),
        ("write = originate,call,", "write = call,", "commands", "may not do: originate"),
        ("[callcenter]", "[somebody]", "AMI event login", "The login callcenter failed."),
    ],
)
async def test_each_right_broken_in_turn_is_seen_over_ami_alone(
    lab: Lab, old: str, new: str, name: str, found: str
) -> None:
    path = lab.state / "etc" / "manager.conf"
    sound = path.read_text(encoding="utf-8")
    assert old in sound
    try:
        path.write_text(sound.replace(old, new, 1), encoding="utf-8")
        await lab.cli("manager reload")
        checks = await examine(lab, config_dir=None)
    finally:
        path.write_text(sound, encoding="utf-8")
        await lab.cli("manager reload")
    assert found in checks[name].found
    assert checks[name].remedy is not None


def wanted(lab: Lab) -> Wanted:
    return Wanted(
        pbx=lab.info.pbx,
        is_pbx_named=True,
        trunks=("PJSIP/trunk-*",),
        agent_devices=("PJSIP/[0-9]*",),
        outbound_trunk="trunk-main",
        folders={"CALLCENTER_DATA_DIR": lab.state},
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_the_settings_of_our_own_place_fit_it_and_a_channel_of_ours_is_told_by_both_witnesses(lab: Lab) -> None:
    found = await examine(lab, config_dir=lab.state / "etc", wanted=wanted(lab))

    assert found == {}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trunks": ("PJSIP/carrier-*",)}, "trunks"),
        ({"agent_devices": ("SIP/9*",)}, "agent-devices"),
        ({"outbound_trunk": "trunk-of-nobody"}, "outbound-trunk"),
        ({"pbx": "pbx3"}, "pbx-name"),
        ({"folders": {"CALLCENTER_RECORDINGS_DIR": Path("/not/there")}}, "folders"),
    ],
)
async def test_each_setting_that_does_not_fit_the_pbx_is_seen(lab: Lab, change: dict[str, Any], code: str) -> None:
    found = await examine(lab, config_dir=lab.state / "etc", wanted=replace(wanted(lab), **change))

    assert [check.code for check in found.values()] == [code]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("broken", "mended", "code"),
    [
        ("module unload cel_custom.so", "module load cel_custom.so", "ledger-freshness"),
        ("dialplan remove context click-to-call", "dialplan reload", "dialplan"),
        ("dialplan remove context mediation-host", "dialplan reload", "dialplan"),
    ],
)
async def test_each_part_of_the_pbx_that_is_taken_away_is_seen(lab: Lab, broken: str, mended: str, code: str) -> None:
    await lab.cli(broken)
    try:
        found = await examine(lab, config_dir=lab.state / "etc", wanted=wanted(lab))
    finally:
        await lab.cli(mended)

    assert [check.code for check in found.values()] == [code]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("line", ["eventfilter = !Event: Hangup", "eventfilter = !Event: Newchannel"])
async def test_an_eventfilter_is_seen_over_ami_alone(lab: Lab, line: str) -> None:
    path = lab.state / "etc" / "manager.conf"
    sound = path.read_text(encoding="utf-8")
    try:
        path.write_text(sound.replace("read = system,call", f"{line}\nread = system,call", 1), encoding="utf-8")
        await lab.cli("manager reload")
        found = await examine(lab, config_dir=None, wanted=wanted(lab))
    finally:
        path.write_text(sound, encoding="utf-8")
        await lab.cli("manager reload")

    assert found["event filter"].verdict is Verdict.FAIL


@pytest.mark.asyncio(loop_scope="module")
async def test_an_event_login_that_reads_the_secret_of_the_command_login_is_seen_over_ami_alone(lab: Lab) -> None:
    path = lab.state / "etc" / "asterisk.conf"
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace("live_dangerously = no", "live_dangerously = yes"), encoding="utf-8")
    modules = lab.state / "etc" / "modules.conf"
    modules.write_text(modules.read_text(encoding="utf-8") + "load = func_config.so\n", encoding="utf-8")
    await lab.kill()
    await lab.restart()
    found = await examine(lab, config_dir=None)
    assert found["secrets"].verdict is Verdict.FAIL
    assert found["secrets"].remedy == "modules.conf: noload = func_config.so (restart Asterisk)"
