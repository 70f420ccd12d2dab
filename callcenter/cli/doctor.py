"""`callcenter doctor`: what is right and wrong with the PBX, and what to change."""

from __future__ import annotations

import asyncio
import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callcenter.cli import CHECK_FAILED
from callcenter.errors import SettingsError
from callcenter.pbx.doctor import Check, PbxLogin, Verdict, Wanted, examine_pbx
from callcenter.settings import PREFIX, Settings, load_settings

STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def print_examination(*, as_json: bool) -> int:
    """Prints a row for each check; returns 1 if one of them failed."""
    checks = asyncio.run(_examine(load_settings()))
    if as_json:
        print(json.dumps([_to_json(check) for check in checks], ensure_ascii=False, indent=1))
    else:
        Console().print(_table(checks))
    return CHECK_FAILED if any(check.verdict is Verdict.FAIL for check in checks) else 0


async def _examine(settings: Settings) -> list[Check]:
    if settings.ami_secret is None:
        raise SettingsError("CALLCENTER_AMI_SECRET is not set: the doctor needs a login.")
    commands = settings.ami_commands_secret
    return await examine_pbx(
        host=settings.ami_host,
        port=settings.ami_port,
        events=PbxLogin(username=settings.ami_user, secret=settings.ami_secret.get_secret_value()),
        commands=None
        if commands is None
        else PbxLogin(username=settings.ami_commands_user, secret=commands.get_secret_value()),
        cel_csv=settings.cel_csv,
        config_dir=settings.asterisk_config_dir,
        wanted=_wanted(settings),
    )


def _wanted(settings: Settings) -> Wanted:
    names = ("data_dir", "recordings_dir", "voicemail_dir", "mediation_recordings")
    folders = {f"{PREFIX}{name.upper()}": getattr(settings, name) for name in names}
    return Wanted(
        pbx=settings.pbx,
        is_pbx_named=settings.is_pbx_named,
        trunks=settings.trunks,
        agent_devices=settings.agent_devices,
        outbound_trunk=settings.outbound_trunk,
        folders={setting: path for setting, path in folders.items() if path is not None},
    )


def _to_json(check: Check) -> dict[str, str | None]:
    return {
        "code": check.code,
        "name": check.name,
        "verdict": check.verdict.value,
        "found": check.found,
        "remedy": check.remedy,
    }


def _table(checks: list[Check]) -> Table:
    table = Table("check", "")
    table.add_column("what is", overflow="fold")
    table.add_column("what to change", overflow="fold")
    for check in checks:
        verdict = Text(check.verdict.value, style=STYLES[check.verdict])
        table.add_row(check.name, verdict, Text(check.found), Text(check.remedy or ""))
    return table
