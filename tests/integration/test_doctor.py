"""The doctor against a small AMI server: what it asks, what it makes of silence, and what it leaves behind."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from callcenter.pbx import doctor
from callcenter.pbx.doctor import Check, PbxLogin, Verdict, Wanted, examine_pbx
from tests.integration.fake_ami import HASTE, FakeAmi, message, until

LISTED = (("CoreShowChannels", "List.  (Priv: system,reporting,all)"), ("Rooms", "List.  (Priv: reporting,all)"))
ROW = ",".join(['"HANGUP"', '"1795461666.997000"', *['""'] * 12, '"pbx1-1795461666.0"', *['""'] * 5]).encode() + b"\n"


@pytest_asyncio.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi.serving() as fake:
        ok = (("Response", "Success"), ("ActionID", "ACTIONID"))
        acts = tuple((name, f"(Priv: {name},all)") for name in ("originate", "call", "agent"))
        fake.answers["ListCommands"] = message(*ok, *LISTED, *acts)
        fake.answers["CoreSettings"] = message(*ok, ("AsteriskVersion", "22.10.1"), ("SystemName", "pbx1"))
        fake.answers["Ping"] = message(*ok, ("Ping", "Pong"), ("Timestamp", f"{time.time():.6f}"))
        fake.behind_login = message(("Event", "FullyBooted"), ("Privilege", "system,all"))
        yield fake


async def examine(
    pbx: FakeAmi, *, secret: str = "right", cel_csv: Path | None = None, settings: Wanted | None = None
) -> dict[str, Check]:
    checks = await examine_pbx(
        host="127.0.0.1",
        port=pbx.port,
        events=PbxLogin(username="callcenter", secret=secret),
        commands=PbxLogin(username="callcenter-commands", secret=secret),
        cel_csv=cel_csv,
        listen_for=timedelta(seconds=0.3),
        patience=HASTE,
        wanted=settings,
    )
    return {check.name: check for check in checks}


def varset(*, has_moment: bool = True) -> bytes:
    moment = (("Timestamp", "1795461666.131754"),) if has_moment else ()
    probe = (("Variable", "CALLCENTER_DOCTOR"), ("Value", "1"))
    return message(("Event", "VarSet"), ("Privilege", "dialplan,all"), *moment, *probe)


async def test_a_pbx_that_tells_its_moments_passes(pbx: FakeAmi, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_bytes(ROW)
    pbx.told_on_setvar = varset()
    checks = await examine(pbx, cel_csv=tmp_path / "Master.csv")
    assert {name: check.verdict.value for name, check in checks.items()} == {
        "AMI event login": "ok",
        "event classes": "warn",
        "state after a reconnect": "ok",
        "rights of the event login": "ok",
        "secrets": "ok",
        "moments of events": "ok",
        "writetimeout": "warn",
        "AMI command login": "ok",
        "rights of the command login": "ok",
        "commands": "ok",
        "systemname": "ok",
        "clock": "ok",
        "version": "ok",
        "ledger": "ok",
    }
    assert checks["event classes"].found == "none came while we listened of: call, agent, user"
    await until(lambda: all(connection.is_gone for connection in pbx.connections))


async def test_events_without_moments_and_a_varset_that_never_comes_are_named(pbx: FakeAmi) -> None:
    pbx.told_on_setvar = varset(has_moment=False)
    assert (await examine(pbx))["moments of events"].verdict is Verdict.FAIL
    pbx.told_on_setvar = b""
    assert (await examine(pbx))["event classes"].found == "not readable: dialplan"


async def test_a_refused_login_fails_without_a_traceback_or_the_secret(pbx: FakeAmi) -> None:
    checks = await examine(pbx, secret="s3cret")
    failed = {name: check.found for name, check in checks.items() if check.verdict is Verdict.FAIL}
    assert failed == {
        "AMI event login": "The login callcenter failed. The PBX refused Login: Authentication failed.",
        "AMI command login": "The login callcenter-commands failed. The PBX refused Login: Authentication failed.",
    }
    assert "s3cret" not in repr(checks)


async def test_a_pbx_out_of_reach_is_a_failed_check() -> None:
    async with FakeAmi.serving() as gone:
        pass
    checks = await examine(gone)
    assert checks["AMI event login"].verdict is Verdict.FAIL
    assert "cannot be reached" in checks["AMI event login"].found


async def test_a_pbx_that_refuses_every_question_is_judged_by_what_it_lets_us_see(pbx: FakeAmi) -> None:
    refused = message(("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", "Permission denied"))
    pbx.answers = dict.fromkeys(("ListCommands", "CoreSettings", "Ping", "Setvar"), refused)
    checks = await examine(pbx)
    assert {name: check.verdict.value for name, check in checks.items() if check.verdict is not Verdict.OK} == {
        "event classes": "warn",
        "state after a reconnect": "fail",
        "moments of events": "warn",
        "writetimeout": "warn",
        "commands": "warn",
        "systemname": "fail",
        "clock": "warn",
        "version": "warn",
        "ledger": "warn",
    }


async def test_a_clock_that_is_wrong_is_measured(pbx: FakeAmi) -> None:
    late = message(("Response", "Success"), ("ActionID", "ACTIONID"), ("Timestamp", f"{time.time() - 60:.6f}"))
    pbx.answers["Ping"] = late
    clock = (await examine(pbx))["clock"]
    assert clock.verdict is Verdict.FAIL
    assert clock.found.startswith(("-60.", "-61.", "-59."))


@pytest.mark.parametrize(
    ("content", "verdict", "found"),
    [
        (b"", "warn", "no row yet"),
        (ROW * 3000, "ok", "last row of 2026-11-23 19:21:06 UTC"),
        (b'"HANGUP","1795461666.997000"\n', "fail", "2 columns instead of 20"),
        (b"\x7fELF\0\0" * 100, "warn", "no row yet"),
    ],
)
async def test_the_end_of_the_ledger_is_looked_at(
    pbx: FakeAmi, tmp_path: Path, content: bytes, verdict: str, found: str
) -> None:
    path = tmp_path / "Master.csv"
    path.write_bytes(content)
    ledger = (await examine(pbx, cel_csv=path))["ledger"]
    assert ledger.verdict == verdict
    assert found in ledger.found


async def test_a_ledger_whose_folder_is_missing_or_that_is_no_file_fails(pbx: FakeAmi, tmp_path: Path) -> None:
    missing = (await examine(pbx, cel_csv=tmp_path / "cel-custom" / "Master.csv"))["ledger"]
    assert (missing.verdict, missing.found) == (Verdict.FAIL, f"the folder {tmp_path / 'cel-custom'} is not there")
    folder = (await examine(pbx, cel_csv=tmp_path))["ledger"]
    assert (folder.verdict, folder.found) == (Verdict.FAIL, f"{tmp_path} cannot be read: Is a directory")


def wanted(**over: Any) -> Wanted:
    usual = Wanted(
        pbx="pbx1",
        is_pbx_named=True,
        trunks=("PJSIP/trunk-*",),
        agent_devices=("PJSIP/[0-9]*",),
        outbound_trunk="trunk-main",
    )
    return replace(usual, **over)


ERRAND = ("Channel", "Local/s@write-plan-00000001;1")


@pytest_asyncio.fixture
async def place(pbx: FakeAmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PBX on which all is as the settings say, with its ledger."""
    begin = (("Response", "Success"), ("ActionID", "ACTIONID"), ("EventList", "start"))
    state = (("Event", "DeviceStateChange"), ("ActionID", "ACTIONID"), ("Device", "PJSIP/1001"), ("State", "NOT_INUSE"))
    end = (("ActionID", "ACTIONID"), ("EventList", "Complete"))
    caller = (("Channel", "PJSIP/trunk-main-00000001"), ("Context", "from-trunk"), ("CallerIDNum", "05198800001"))
    up = (("Event", "CoreShowChannel"), ("ActionID", "ACTIONID"), *caller, ("Uniqueid", "1.1"), ("Linkedid", "1.1"))
    pbx.answers["DeviceStateList"] = (
        message(*begin) + message(*state) + message(("Event", "DeviceStateListComplete"), *end)
    )
    pbx.answers["CoreShowChannels"] = (
        message(*begin) + message(*up) + message(("Event", "CoreShowChannelsComplete"), *end)
    )
    pbx.answers["QueueStatus"] = message(*begin) + message(("Event", "QueueStatusComplete"), *end)
    pbx.answers["Getvar"] = message(("Response", "Success"), ("ActionID", "ACTIONID"), ("Value", "NOT_INUSE"))
    call = (("Privilege", "call,all"), ("Timestamp", "1795461666.131754"), ERRAND)
    pbx.told_on_setvar = varset() + message(("Event", "Newchannel"), *call) + message(("Event", "Hangup"), *call)
    ledger = tmp_path / "Master.csv"
    monkeypatch.setattr(doctor, "errand_id", lambda _pbx, _now: "pbx1-1795461666.0")
    columns = ["HANGUP", f"{time.time():.6f}", *[""] * 7, ERRAND[1], *[""] * 4, "pbx1-1795461666.0", *[""] * 5]
    ledger.write_text(",".join(f'"{column}"' for column in columns) + "\n", encoding="utf-8")
    return ledger


async def complaints(pbx: FakeAmi, ledger: Path, settings: Wanted) -> dict[str, tuple[str, str]]:
    """What is not well of the things that the settings name: verdict and finding by code."""
    checks = await examine(pbx, cel_csv=ledger, settings=settings)
    apart = ("event-classes", "writetimeout")  # which a PBX seen over AMI alone never shows for sure
    return {
        check.code: (check.verdict.value, check.found)
        for check in checks.values()
        if check.verdict is not Verdict.OK and check.code not in apart
    }


async def test_a_place_that_is_as_the_settings_say_is_sound(pbx: FakeAmi, place: Path) -> None:
    assert await complaints(pbx, place, wanted()) == {}
    assert "Originate" in pbx.actions


@pytest.mark.parametrize(
    ("action", "headers", "code", "finding"),
    [
        ("ShowDialPlan", (("Response", "Error"), ("Message", "Did not find context x")), "dialplan", "click-to-call"),
        ("Getvar", (("Response", "Success"), ("Value", "INVALID")), "outbound-trunk", "knows no PJSIP/trunk-main"),
        ("ShowDialPlan", (("Response", "Error"), ("Message", "Permission denied")), "rights-of-the-doctor", "dialplan"),
        ("CoreShowChannels", (("Response", "Error"), ("Message", "Denied")), "rights-of-the-doctor", "channels"),
    ],
)
async def test_what_the_pbx_answers_otherwise_is_the_finding(
    pbx: FakeAmi, place: Path, action: str, headers: tuple[tuple[str, str], ...], code: str, finding: str
) -> None:
    pbx.answers[action] = message(headers[0], ("ActionID", "ACTIONID"), *headers[1:])

    found = await complaints(pbx, place, wanted())

    assert finding in found[code][1]


@pytest.mark.parametrize(
    ("change", "code", "verdict"),
    [
        ({"trunks": ("PJSIP/carrier-*",)}, "trunks", "fail"),
        ({"agent_devices": ("SIP/2*",)}, "agent-devices", "warn"),
        ({"pbx": "pbx3"}, "pbx-name", "fail"),
        ({"folders": {"CALLCENTER_VOICEMAIL_DIR": Path("/not/there")}}, "folders", "fail"),
    ],
)
async def test_a_setting_that_fits_nothing_is_the_finding(
    pbx: FakeAmi, place: Path, change: dict[str, Any], code: str, verdict: str
) -> None:
    assert [(name, told[0]) for name, told in (await complaints(pbx, place, wanted(**change))).items()] == [
        (code, verdict)
    ]


async def test_events_that_are_hidden_and_a_ledger_that_is_not_written_are_found_by_a_channel_of_ours(
    pbx: FakeAmi, place: Path
) -> None:
    pbx.told_on_setvar = varset()
    place.write_bytes(ROW.replace(b"pbx1", b"pbx9"))

    found = await complaints(pbx, place, wanted())

    assert {code: told[0] for code, told in found.items()} == {
        "event-filter": "fail",
        "ledger-pbx": "fail",
        "ledger-freshness": "fail",
    }
