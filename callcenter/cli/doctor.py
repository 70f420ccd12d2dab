"""`callcenter doctor`: what is right and wrong with the PBX, and what to change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from callcenter.cli import CHECK_FAILED
from callcenter.errors import SettingsError
from callcenter.pbx.doctor import Check, PbxLogin, Verdict, Wanted, examine_pbx
from callcenter.pbx.doctor.findings import fail
from callcenter.pbx_settings import Pbx
from callcenter.settings import Settings, load_settings
from callcenter.settings_sources import PREFIX

STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def print_examination(*, name: str | None, as_json: bool) -> int:
    """Prints a row for each check of the PBX of this name, or of all; returns 1 if one of them failed."""
    settings = load_settings()
    pbxs = settings.pbxs if name is None else (settings.get_pbx(name),)
    found = asyncio.run(_examine(settings, pbxs))
    if as_json:
        rows = [_to_json(pbx, check) for pbx, checks in found.items() for check in checks]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for pbx, checks in found.items():
            Console().print(_table(checks, title=pbx if len(found) > 1 else None))
    has_failed = any(check.verdict is Verdict.FAIL for checks in found.values() for check in checks)
    return CHECK_FAILED if has_failed else 0


async def _examine(settings: Settings, pbxs: Sequence[Pbx]) -> dict[str, list[Check]]:
    """One PBX after the other, by name. One without a login is a failed check where there are others."""
    found = {}
    for pbx in pbxs:
        if pbx.ami_secret is not None:
            found[pbx.name] = await _examine_one(settings, pbx, pbx.ami_secret)
            continue
        problem = f"{settings.spell('ami_secret', pbx)} is not set"
        if len(pbxs) == 1:
            raise SettingsError(f"{problem}: the doctor needs a login.")
        remedy = f"Set it to the secret of [{pbx.ami_user}] in manager.conf, and run the doctor again."
        found[pbx.name] = [fail("AMI event login", problem, remedy)]
    return found


async def _examine_one(settings: Settings, pbx: Pbx, secret: SecretStr) -> list[Check]:
    return await examine_pbx(
        host=pbx.ami_host,
        port=pbx.ami_port,
        events=_login(pbx.ami_user, secret),
        commands=None if pbx.ami_commands_secret is None else _login(pbx.ami_commands_user, pbx.ami_commands_secret),
        cel_csv=pbx.cel_csv,
        config_dir=pbx.asterisk_config_dir,
        wanted=_wanted(settings, pbx),
    )


def _login(username: str, secret: SecretStr) -> PbxLogin:
    return PbxLogin(username=username, secret=secret.get_secret_value())


def _wanted(settings: Settings, pbx: Pbx) -> Wanted:
    names = ("recordings_dir", "voicemail_dir", "mediation_recordings", "spoken_dir")
    folders = {f"{PREFIX}DATA_DIR": settings.data_dir} | {
        settings.spell(name, pbx): getattr(pbx, name) for name in names
    }
    return Wanted(
        pbx=pbx.name,
        is_pbx_named=pbx.is_named,
        trunks=pbx.trunks,
        agent_devices=settings.agent_devices,
        outbound_trunk=pbx.outbound_trunk,
        browser_devices=settings.phones_in_pages.get(pbx.name, ()),
        names={field: settings.spell(field, pbx) for field in Pbx.model_fields},
        folders={setting: path for setting, path in folders.items() if path is not None},
    )


def _to_json(pbx: str, check: Check) -> dict[str, str | None]:
    return {
        "pbx": pbx,
        "code": check.code,
        "name": check.name,
        "verdict": check.verdict.value,
        "found": check.found,
        "remedy": check.remedy,
    }


def _table(checks: list[Check], *, title: str | None) -> Table:
    table = Table("check", "", title=title, title_justify="left")
    table.add_column("what is", overflow="fold")
    table.add_column("what to change", overflow="fold")
    for check in checks:
        verdict = Text(check.verdict.value, style=STYLES[check.verdict])
        table.add_row(check.name, verdict, Text(check.found), Text(check.remedy or ""))
    return table
