"""The CEL file of a stored day, as Asterisk writes it: some ten rows a call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import asyncpg

_CALLS = """
SELECT call_id, direction, caller_number, answered_at, started_at, ended_at FROM calls
 WHERE business_date = $1 ORDER BY started_at, call_id
"""


async def write_ledger(url: str, day: date, file: Path) -> int:
    """Every call of the day, each with its rows together; how many rows it became."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        calls = await connection.fetch(_CALLS, day)
    finally:
        await connection.close()
    lines = [line for call in calls for line in _rows(*call)]
    file.write_text("".join(lines))
    file.chmod(0o644)
    return len(lines)


def _rows(
    call_id: str,
    direction: str,
    number: str,
    answered_at: datetime | None,
    started_at: datetime,
    ended_at: datetime,
) -> Iterator[str]:
    trunk, agent = ("from-trunk", "PJSIP/trunk-main"), ("internal", "PJSIP/1001")
    first, second = (trunk, agent) if direction == "inbound" else (agent, trunk)
    opening = (call_id, first, number, call_id)
    yield _row("CHAN_START", started_at, *opening)
    yield _row("ANSWER", started_at, *opening, application="Answer")
    yield _row("APP_START", started_at, *opening, application="Queue", argument="hotline,,,,30")
    if answered_at is not None:
        other = (call_id.replace(".", ".1"), second, number, call_id)
        yield _row("CHAN_START", started_at, *other)
        yield _row("ANSWER", answered_at, *other, application="AppQueue")
        for leg in (other, opening):
            yield _row(
                "BRIDGE_ENTER", answered_at, *leg, extra='{""bridge_id"":""b"",""bridge_technology"":""simple_bridge""}'
            )
        yield _row("BRIDGE_EXIT", ended_at, *other)
        yield _row("HANGUP", ended_at, *other, extra='{""hangupcause"":16,""hangupsource"":"""",""dialstatus"":""""}')
        yield _row("CHAN_END", ended_at, *other)
    yield _row("APP_END", ended_at, *opening, application="Queue", argument="hotline,,,,30")
    yield _row("HANGUP", ended_at, *opening, extra='{""hangupcause"":16,""hangupsource"":"""",""dialstatus"":""""}')
    yield _row("CHAN_END", ended_at, *opening)
    yield _row("LINKEDID_END", ended_at, *opening)


def _row(
    event: str,
    moment: datetime,
    uniqueid: str,
    leg: tuple[str, str],
    number: str,
    linkedid: str,
    *,
    application: str = "",
    argument: str = "",
    extra: str = "",
) -> str:
    context, device = leg
    channel = f"{device}-{uniqueid[-8:].replace('.', '0')}"
    columns = [event, f"{moment.timestamp():.6f}", "", number, number, "", "12315", "s", context, channel]
    columns += [application, argument, "3", "", uniqueid, linkedid, "", "", "", extra]
    return ",".join(f'"{column}"' for column in columns) + "\n"
