"""The callback list for the command line: for whoever may run commands on the server, nothing is masked."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from callcenter.accounts.store import log_access
from callcenter.callbacks.export import CALLBACKS, rows_of
from callcenter.callbacks.list_store import CallbackRow, ListFilter, list_subject, losses_of
from callcenter.callbacks.rules import PRIORITY_RULE
from callcenter.callbacks.service import list_callbacks, refresh
from callcenter.calls.number_access import UNMASKED
from callcenter.json_values import moment_to_json
from callcenter.languages import Language
from callcenter.postgres.database import Database, open_database
from callcenter.safe_text import json_text, printable
from callcenter.settings import Settings
from callcenter.table_files import Shape, Style, table_bytes


async def run_callbacks(
    settings: Settings, day: date | None, shape: Shape | None, language: Language = Language.ENGLISH
) -> str | bytes:
    """The list of `day`, or the live one, as JSON, as a file's bytes, or as a table for people."""
    url = None if settings.database_url is None else settings.database_url.get_secret_value()
    async with open_database(url, settings.data_dir) as database:
        await database.prepare()
        return await show_callbacks(database, settings, day, shape, language, now=datetime.now(UTC))


async def show_callbacks(
    database: Database,
    settings: Settings,
    day: date | None,
    shape: Shape | None,
    language: Language = Language.ENGLISH,
    *,
    now: datetime,
) -> str | bytes:
    """The same from a database that is open."""
    await refresh(database, settings)
    async with database.logged_snapshots.begin() as session:
        page = await list_callbacks(session, ListFilter(), now=now, day=day)
        await log_access(session, None, f"{UNMASKED} (command line)", list_subject(day, page.rows), now)
    match shape:
        case Shape.JSON:
            document = {
                "business_date": None if day is None else day.isoformat(),
                "frozen_at": moment_to_json(page.frozen_at),
                "sha256": page.sha256,
                "priority_rule": PRIORITY_RULE,
                "items": page.rows,
            }
            return json_text(document, indent=2) + "\n"
        case Shape.CSV | Shape.XLSX:
            style = Style(shape=shape, language=language, timezone=settings.timezone)
            return table_bytes(CALLBACKS, rows_of(page.rows, language), style)
    title = "Callers waiting for a call back" if day is None else f"Callers lost on {day}"
    width = shutil.get_terminal_size((140, 40)).columns
    return render_table(page.rows, title=title, timezone=settings.timezone, width=width)


_COLUMNS = (
    ("caller", len("+8613805190041")),
    ("state", len("unreachable")),
    ("tries", 5),
    ("waited", 6),
    ("first call", len("11-24 07:06")),
    ("due", len("11-24 07:06")),
    ("lost by", len("abandoned")),
)
"""Headings, and what stays on one line even in 80 columns."""


def render_table(rows: list[CallbackRow], *, title: str, timezone: ZoneInfo, width: int) -> str:
    """A table for the terminal; control characters in names do not reach it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    def local(moment: str | None) -> str:
        return "" if moment is None else datetime.fromisoformat(moment).astimezone(timezone).strftime("%m-%d %H:%M")

    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading, whole in _COLUMNS:
        table.add_column(heading, min_width=whole, overflow="fold")
    for row in rows:
        names = dict.fromkeys(call["caller_name"] for call in row["calls"] if call["caller_name"])
        numbers = [call["caller_number"] for call in row["calls"][:1] if call["caller_number"]]
        shown = row["caller_number"] or " ".join(["no number", *numbers])
        cells = (
            " / ".join((shown, *names)),
            row["state"].replace("_", " ") + (", overdue" if row["is_overdue"] else ""),
            str(row["tries"]),
            f"{row['longest_wait_seconds']:.0f} s",
            local(row["opened_at"]),
            "calendar missing" if row["is_calendar_missing"] else local(row["due_at"]),
            ", ".join(losses_of(row)).replace("_", " "),
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console = Console(width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(table)
        console.print(Text(f"{len(rows)} callers. {PRIORITY_RULE}"))
    return capture.get()
