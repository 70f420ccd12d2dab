"""The command line. Exit codes: 0 good, 1 the check failed, 2 wrong use; errors are one line.

Commands import what they need themselves: `replay` must start at once, without database
or HTTP.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from callcenter.errors import CallcenterError, InputError, SettingsError

if TYPE_CHECKING:
    from callcenter.calls.rules import CallRules

WRONG_USE = 2
CHECK_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except InputError as error:
        return _complain(error, WRONG_USE)
    except CallcenterError as error:
        return _complain(error, CHECK_FAILED)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _complain(error: Exception, code: int) -> int:
    print(f"callcenter: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="callcenter", description="A hotline backend that loses no caller.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    replay = commands.add_parser("replay", help="captures to call records, one JSON object a line")
    replay.add_argument("files", nargs="+", type=Path, metavar="FILE")
    replay.add_argument("--cel", action="store_true", help="the files are CEL CSV, not AMI bytes")
    replay.add_argument("--pbx", default="pbx1", help="name of a PBX that does not tell its own (default pbx1)")
    replay.set_defaults(run=_replay)
    return parser


def _replay(options: argparse.Namespace) -> int:
    import json

    from callcenter.calls.records import record_to_json
    from callcenter.calls.replay import replay

    rules = _replay_rules()
    for record in replay(options.files, is_cel=options.cel, pbx=options.pbx, rules=rules):
        print(json.dumps(record_to_json(record), ensure_ascii=False, separators=(",", ":")))
    return 0


def _replay_rules() -> CallRules:
    """The rules of `CallRules` from the environment and the TOML file, without pydantic."""
    import re
    import tomllib
    from datetime import timedelta

    from callcenter.calls.rules import CallRules
    from callcenter.pbx.trunks import Trunks

    told: dict[str, object] = {}
    config = os.environ.get("CALLCENTER_CONFIG")
    if config:
        try:
            told = tomllib.loads(Path(config).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(f"CALLCENTER_CONFIG: {config} cannot be read as TOML.") from error
    for name in ("trunks", "area_code", "short_below_seconds"):
        value = os.environ.get(f"CALLCENTER_{name.upper()}")
        if value is not None:
            told[name] = value
    rules = CallRules()
    trunks = told.get("trunks")
    if isinstance(trunks, list):
        trunks = ",".join(str(entry) for entry in trunks)
    area_code = str(told.get("area_code", rules.area_code))
    if not re.fullmatch(r"0\d{2,3}", area_code):
        raise SettingsError("CALLCENTER_AREA_CODE must be a Chinese area code such as 0519.")
    try:
        short_below = timedelta(seconds=float(str(told.get("short_below_seconds", 5))))
    except ValueError as error:
        raise SettingsError("CALLCENTER_SHORT_BELOW_SECONDS must be a number of seconds.") from error
    return CallRules(
        trunks=rules.trunks if trunks is None else Trunks.parse(str(trunks)),
        area_code=area_code,
        short_below=short_below,
    )
