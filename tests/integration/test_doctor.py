"""The doctor against a small AMI server: what it asks, what it makes of silence, and what it leaves behind."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from callcenter.pbx.doctor import Check, PbxLogin, Verdict, examine_pbx
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


async def examine(pbx: FakeAmi, *, secret: str = "right", cel_csv: Path | None = None) -> dict[str, Check]:
    checks = await examine_pbx(
        host="127.0.0.1",
        port=pbx.port,
        events=PbxLogin(username="callcenter", secret=secret),
        commands=PbxLogin(username="callcenter-commands", secret=secret),
        cel_csv=cel_csv,
        listen_for=timedelta(seconds=0.3),
        patience=HASTE,
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
