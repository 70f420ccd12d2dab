"""`callcenter replay`: settings without pydantic, records as JSON lines."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from callcenter.calls.record_json import record_to_json
from callcenter.errors import SettingsError
from callcenter.pbx.trunks import DEFAULT_TRUNKS, Globs, Trunks
from callcenter.safe_text import json_text
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules

NAMES = ("trunks", "agent_devices", "area_code", "short_below_seconds")


USUAL_PBX = "pbx1"


def print_replay(files: Sequence[Path], *, is_cel: bool, pbx: str | None) -> int:
    """Print one JSON record a line, in order of start. A ledger does not name its PBX: a given `pbx` counts for all."""
    rules = replace(read_rules(pbx), is_pbx_named=is_cel and pbx is not None)
    for record in replay(files, is_cel=is_cel, pbx=pbx or USUAL_PBX, rules=rules):
        print(json_text(record_to_json(record)))
    return 0


def read_rules(pbx: str | None = None) -> CallRules:
    """The settings that shape a record, from the environment and the TOML file. Raises SettingsError.

    Of several PBXs of the file, the trunks are those of `pbx`, or without a name those of all.
    """
    found = _read_config(pbx) | {
        name: os.environ[f"CALLCENTER_{name.upper()}"] for name in NAMES if f"CALLCENTER_{name.upper()}" in os.environ
    }
    usual = CallRules()
    trunks, agent_devices = _globs(found.get("trunks")), _globs(found.get("agent_devices"))
    area_code = str(found.get("area_code", usual.area_code))
    if not re.fullmatch(r"0\d{2,3}", area_code):
        raise SettingsError("CALLCENTER_AREA_CODE must be an area code such as 0519.")
    try:
        short_below = timedelta(seconds=float(str(found.get("short_below_seconds", usual.short_below.total_seconds()))))
    except (ValueError, OverflowError):
        raise SettingsError("CALLCENTER_SHORT_BELOW_SECONDS must be a number of seconds.") from None
    return CallRules(
        trunks=usual.trunks if trunks is None else Trunks.parse(trunks),
        agent_devices=usual.agent_devices if agent_devices is None else Globs.parse(agent_devices),
        area_code=area_code,
        short_below=short_below,
    )


def _globs(value: object) -> str | None:
    if isinstance(value, list):
        return ",".join(str(entry) for entry in value)
    return None if value is None else str(value)


def _read_config(pbx: str | None) -> dict[str, object]:
    config = os.environ.get("CALLCENTER_CONFIG")
    if not config:
        return {}
    try:
        found = tomllib.loads(Path(config).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SettingsError(f"CALLCENTER_CONFIG names {config}, which cannot be read as TOML.") from None
    tables = found.get("pbxs")
    if not isinstance(tables, list):
        return found
    of_pbx = [table for table in tables if isinstance(table, dict) and pbx in (None, table.get("name", USUAL_PBX))]
    trunks = [text for table in of_pbx if (text := _globs(table.get("trunks", DEFAULT_TRUNKS)))]
    return found | {"trunks": ",".join(trunks)} if trunks else found
