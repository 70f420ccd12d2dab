"""`callcenter audit`: every number of a day with the calls behind it, and whether frozen days were changed."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import date

from callcenter.audit.chain import run_verification
from callcenter.audit.chain import to_json as chain_to_json
from callcenter.audit.chain import to_text as chain_to_text
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


def print_chain(from_day: date, to_day: date, *, as_json: bool) -> int:
    """Exit 1 unless the sheets of these days, their lists and their hashes are as they were frozen."""
    report = asyncio.run(run_verification(load_settings(), from_day, to_day))
    print(json.dumps(chain_to_json(report), ensure_ascii=False, indent=1) if as_json else chain_to_text(report))
    return 0 if report.is_whole else CHECK_FAILED
