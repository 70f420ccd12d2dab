"""Callers who attack with their name, their number and what they dial: each has his record, and harms nobody.

From SIP over a real Asterisk, both witnesses and the database to the API, the lists and the log.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from callcenter.pbx.cel_follower import read_cel_rows
from hotline_lab.asterisk import Lab
from hotline_lab.play import play
from hotline_lab.scenario import load_scenario
from tests.e2e.places import backend_on
from tests.e2e.test_backend import SHANGHAI, home, settled_calls

__all__ = ["home"]

NUMBER = 3
SCENARIOS = ("hostile_names", "hostile_numbers")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


async def test_hostile_callers_are_all_recorded_and_nothing_they_wrote_is_obeyed(tmp_path: Path, home: Path) -> None:
    started = datetime.now(SHANGHAI)
    day = started.date().isoformat()
    scenarios = [load_scenario(name) for name in SCENARIOS]
    callers = [caller for scenario in scenarios for caller in scenario.callers]
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home) as backend:
        await asyncio.gather(*(play(scenario, lab) for scenario in scenarios))
        calls = await settled_calls(backend, count=len(callers), started=started, witnesses=("ami", "ledger"))
        asked = (
            ("callbacks",),
            ("callbacks", "--json"),
            ("callbacks", "--csv"),
            ("callbacks", "--xlsx"),
            ("audit", "--json"),
        )
        shown_by = await asyncio.gather(*(backend.read(*command, "--date", day) for command in asked))
        masked = (await backend.get(f"/api/v1/calls?day={day}&limit=200"))["items"]
        rows = list(read_cel_rows(Path(lab.info.cel_csv)))

    table, text = shown_by[0].decode(), shown_by[2].decode()
    listed, audit = json.loads(shown_by[1])["items"], json.loads(shown_by[4])
    assert [call["call_id"] for call in calls if not call["confirmed"] or not call["complete"]] == []
    assert {call["call_id"]: shown(call) for call in calls} == born_as_told(rows)
    assert Counter(call["outcome"] for call in calls) == {
        "answered": 1,
        "voicemail": 1,
        "abandoned_queue": 1,
        "busy": sum(caller.dials == "96310" for caller in callers),
        "rejected": sum(not re.fullmatch("12315|963[0-9]{2}", caller.dials) for caller in callers),
    }
    missed = sorted(call["call_id"] for call in calls if call["outcome"] != "answered")
    assert sorted(call["call_id"] for row in listed for call in row["calls"]) == missed
    assert (audit["unexplained"]["count"], audit["ledger"]["inbound"]["count"]) == (0, len(callers))
    assert not any("0519880" in json.dumps(call) for call in masked)
    assert not CONTROLS.search(table)
    assert_harmless_csv(text)
    assert_harmless_excel(shown_by[3])
    assert_harmless_log((home / "log").read_text(encoding="utf-8"), [name for _, name, _ in map(shown, calls) if name])


def shown(call: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    return call["caller_raw"], call["caller_name"], call["dialled_number"]


def born_as_told(rows: list[list[str]]) -> dict[str, tuple[str | None, str | None, str | None]]:
    """Number, name and dialled number of every inbound call as Asterisk itself wrote them into its ledger."""
    return {
        row[14]: (row[3] or None, row[2] or None, row[7])
        for row in rows
        if row[0] == "CHAN_START" and row[9].startswith("PJSIP/trunk-main-")
    }


def assert_harmless_csv(text: str) -> None:
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) for cell in row]
    assert [cell for cell in cells if cell.lstrip().startswith(FORMULA_STARTS) or CONTROLS.search(cell)] == []
    assert any("<script>" in cell for cell in cells)


def assert_harmless_excel(data: bytes) -> None:
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    texts = [cell for cell in cells if isinstance(cell.value, str)]
    assert {cell.data_type for cell in texts} == {"s"}
    assert [
        cell.value
        for cell in texts
        if (str(cell.value).lstrip().startswith(FORMULA_STARTS) and not cell.quotePrefix)
        or CONTROLS.search(str(cell.value))
    ] == []


def assert_harmless_log(log: str, names: list[str]) -> None:
    """Every line is JSON; none has a control character, a number that is not masked, or a name."""
    assert not CONTROLS.search(log)
    told = [str(value) for line in log.splitlines() for value in json.loads(line).values()]
    assert told
    assert [text for text in told if re.search(r"0519880\d{4}|1380013800", text)] == []
    assert [text for text in told for name in names if name in text] == []
