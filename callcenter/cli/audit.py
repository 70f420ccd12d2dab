"""`callcenter audit`: every number of a day with the calls behind it."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import date

from callcenter.audit.render import to_json, to_text
from callcenter.audit.service import run_audit
from callcenter.cli import CHECK_FAILED
from callcenter.settings import load_settings


def print_audit(day: date, *, as_json: bool) -> int:
    """Exit 1 unless everybody who rang is accounted for: somebody is not, or it is not known."""
    report = asyncio.run(run_audit(load_settings(), day))
    if as_json:
        print(json.dumps(to_json(report), ensure_ascii=False, indent=1))
    else:
        print(to_text(report, width=shutil.get_terminal_size((120, 40)).columns))
    return 0 if report.is_good else CHECK_FAILED
