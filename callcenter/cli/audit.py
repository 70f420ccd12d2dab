"""`callcenter audit`: every number of a day with the calls behind it, and whether frozen days were changed."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import date

from callcenter.audit.chain import run_verification
from callcenter.audit.chain import to_json as chain_to_json
from callcenter.audit.chain import to_text as chain_to_text
from callcenter.audit.export import AUDIT, rows_of
from callcenter.audit.render import to_json, to_text
from callcenter.audit.service import run_audit
from callcenter.cli import CHECK_FAILED
from callcenter.cli.output import check_output, write_output
from callcenter.errors import InputError
from callcenter.languages import Language
from callcenter.settings import load_settings
from callcenter.table_files import Shape, Style, table_bytes


def print_audit(day: date, *, shape: Shape | None, language: Language) -> int:
    """Returns 1 unless the answer is that every caller is accounted for."""
    check_output(shape, name="audit")
    settings = load_settings()
    report = asyncio.run(run_audit(settings, day))
    match shape:
        case None:
            write_output(to_text(report, width=shutil.get_terminal_size((120, 40)).columns) + "\n")
        case Shape.JSON:
            write_output(json.dumps(to_json(report), ensure_ascii=False, indent=1) + "\n")
        case Shape.CSV | Shape.XLSX:
            style = Style(shape=shape, language=language, timezone=settings.timezone)
            write_output(table_bytes(AUDIT, rows_of(report, language), style))
    return 0 if report.is_good else CHECK_FAILED


def print_chain(from_day: date, to_day: date, *, shape: Shape | None) -> int:
    """Returns 1 unless the sheets of these days, their lists and their hashes are as they were frozen."""
    if shape not in (None, Shape.JSON):
        raise InputError("The answer about the chain is no table: use --json, or no format.")
    report = asyncio.run(run_verification(load_settings(), from_day, to_day))
    print(json.dumps(chain_to_json(report), ensure_ascii=False, indent=1) if shape else chain_to_text(report))
    return 0 if report.is_whole else CHECK_FAILED
