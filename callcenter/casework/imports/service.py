"""A file of the platform: looked at whole while nothing changes in the register, and confirmed once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.accounts.store import log_access
from callcenter.casework.imports import store
from callcenter.casework.imports.files import read_file
from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.looks import Look, make_look, merchants_of
from callcenter.casework.imports.rows import BadRow, PlatformRow, RowProblem, read_row
from callcenter.casework.imports.rules import ImportState, KnownTicket, RowStatus, judge
from callcenter.casework.tickets.fields import Place
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.http.uploads import Upload
from callcenter.postgres.database import Database

READ_AT_ONCE = 200
"""Rows, in a thread of their own."""

Read = PlatformRow | BadRow


async def check_file(database: Database, upload: Upload, *, user: SignedIn, place: Place, now: datetime) -> int:
    """Look at a file and keep what each of its rows would do; the id of the import. Raises InputError."""
    columns, lines = await asyncio.to_thread(read_file, upload.file)
    rows = _once(read_row(line, columns, timezone=place.timezone, now=now) for line in lines)
    async with database.sessions.begin() as session:
        row = await store.add_import(session, sha256=upload.sha256, size=upload.size, by=user.user_id, at=now)
        look = await make_look(session, row, place)
        while some := await asyncio.to_thread(_take, rows):
            await store.add_rows(session, await _judge(session, look, some))
        await log_access(session, user, "upload of matters", f"ticket-imports/{row.id}", now)
    return row.id


async def confirm(session: AsyncSession, import_id: int, *, user: SignedIn, now: datetime) -> None:
    """Have it taken in, once. Raises NotFoundError, ConflictError."""
    row = await store.lock_import(session, import_id)
    if row.state == ImportState.EXPIRED:
        raise ConflictError("The import is too old: upload the file again.", code=ErrorCode.IMPORT_EXPIRED)
    if row.state != ImportState.CHECKED:
        raise ConflictError("The import was confirmed already.", code=ErrorCode.IMPORT_CONFIRMED)
    await store.confirm(session, import_id, by=user.user_id, at=now)
    await log_access(session, user, "import of matters", f"ticket-imports/{import_id}", now)


def _take(rows: Iterator[Read]) -> list[Read]:
    return list(islice(rows, READ_AT_ONCE))


def _once(rows: Iterable[Read | None]) -> Iterator[Read]:
    """Without empty lines; a number that stands there a second time is an error of that row."""
    seen: set[str] = set()
    for row in rows:
        if row is None:
            continue
        number = row.platform_number
        if number in seen:
            yield BadRow(
                line=row.line,
                field=PlatformField.PLATFORM_NUMBER,
                problem=RowProblem.TWICE,
                platform_number=number,
            )
            continue
        if number is not None:
            seen.add(number)
        yield row


async def _judge(session: AsyncSession, look: Look, rows: Sequence[Read]) -> list[dict[str, Any]]:
    good = [row for row in rows if isinstance(row, PlatformRow)]
    known = await store.find_known(session, {row.platform_number for row in good})
    merchants = await merchants_of(session, [row.values for row in good])
    return [
        {"import_id": look.import_id}
        | (_of_bad(row) if isinstance(row, BadRow) else _of_good(row, known.get(row.platform_number), look, merchants))
        for row in rows
    ]


def _of_bad(row: BadRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "status": RowStatus.ERROR.value,
        "platform_number": row.platform_number,
        "field": row.field.value,
        "problem": row.problem.value,
        "changes": [],
        "kept": [],
        "values": None,
    }


def _of_good(row: PlatformRow, known: KnownTicket | None, look: Look, merchants: dict[str, int]) -> dict[str, Any]:
    status = judge(row.values, known)
    changes: list[str] = []
    kept: list[str] = []
    if known is not None and status is RowStatus.CHANGED:
        plan = look.plan_change(row.values, known, merchants)
        changes, kept = sorted(plan.changes), list(plan.kept)
    return {
        "line": row.line,
        "status": status.value,
        "platform_number": row.platform_number,
        "field": None,
        "problem": None,
        "changes": changes,
        "kept": kept,
        "values": dict(row.values),
    }
