"""Where this program fails on part of the ledger, the audit says that it does not know, and never that all is well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from callcenter.audit.comparison import NotDerived
from callcenter.audit.export import rows_of
from callcenter.audit.render import to_json, to_text, verdict
from callcenter.audit.report import Answer, AuditReport
from callcenter.audit.service import audit_day
from callcenter.callbacks.rules import CallKey
from callcenter.calls.records import CallRecord
from callcenter.languages import Language
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.facts import Fact
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.tracking import tracker
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules
from callcenter.tracking.summary import summarise
from tests.integration.callback_examples import hear_all, store
from tests.scenarios.captures import FOLDER

DAY, DAY_AFTER = date(2026, 11, 24), date(2026, 11, 25)
REFUSED = CallKey("pbx1", "pbx1-1795470044.1")
"""The caller of the capture `queue_full` for whom the queue had no place."""
OF_DAY_AFTER = CallKey("pbx1", "pbx1-1795556432.0")
NOTHING = NotDerived(rows=0, calls=(), errors=())
_TRANSLATE = CelFacts.translate


@pytest.fixture
async def cel_csv(database: Database, tmp_path: Path) -> Path:
    """The ledger of two callers, and of one on the day after; both witnesses have all of them."""
    ledger = tmp_path / "Master.csv"
    rows = b""
    for name, begun_at, moved_to in (("queue_full", b"", b""), ("busy_line", b"1795470032", b"1795556432")):
        for capture in ("capture.ami", "cel.csv"):
            captured = (FOLDER / name / capture).read_bytes()
            path = tmp_path / f"{name}.{capture}"
            path.write_bytes(captured.replace(begun_at, moved_to) if begun_at else captured)
            is_cel = capture == "cel.csv"
            await store(database, list(replay([path], is_cel=is_cel, pbx="pbx1", rules=CallRules())))
            rows += path.read_bytes() if is_cel else b""
    ledger.write_bytes(rows)
    await hear_all(database)
    return ledger


def fail_on(patch: pytest.MonkeyPatch, is_hard: Callable[[Sequence[str]], bool]) -> None:
    """A defect that came in behind the recorder: the records are right, and the same rows cannot be followed now."""

    def translate(facts: CelFacts, row: Sequence[str]) -> list[Fact]:
        if is_hard(row):
            raise KeyError("a defect")
        return list(_TRANSLATE(facts, row))

    patch.setattr(CelFacts, "translate", translate)


async def audit(database: Database, cel_csv: Path, day: date = DAY) -> AuditReport:
    return await audit_day(database, Settings(pbxs=(Pbx(cel_csv=cel_csv),)), day, now=datetime.now(UTC))


async def test_without_a_defect_everybody_is_accounted_for(database: Database, cel_csv: Path) -> None:
    reports = [await audit(database, cel_csv, day) for day in (DAY, DAY_AFTER)]
    assert [(report.answer, report.not_derived) for report in reports] == [(Answer.ACCOUNTED_FOR, NOTHING)] * 2


@pytest.mark.parametrize(("event", "rows"), [("STREAM_BEGIN", 2), ("QUEUE_EXIT", 1), ("CHAN_START", 1), ("HANGUP", 1)])
async def test_rows_on_which_this_program_fails_are_counted_and_the_day_is_not_known(
    database: Database, cel_csv: Path, monkeypatch: pytest.MonkeyPatch, event: str, rows: int
) -> None:
    fail_on(monkeypatch, lambda row: row[0] == event and row[14] == REFUSED.call_id)
    report = await audit(database, cel_csv)
    assert report.not_derived == NotDerived(rows=rows, calls=(REFUSED,), errors=("KeyError",))
    assert (report.answer, report.is_good, report.differences) == (Answer.NOT_KNOWN, False, ())


async def test_what_could_not_be_derived_stands_in_the_sentence_the_json_the_text_and_the_file(
    database: Database, cel_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, lambda row: row[0] == "STREAM_BEGIN" and row[14] == REFUSED.call_id)
    report = await audit(database, cel_csv)
    assert verdict(report) == (
        "2026-11-24: not known: this program failed on 2 rows of the ledger, of 1 call (KeyError)."
        " The 2 callers of whom something is known are accounted for."
    )
    assert to_json(report)["not_derived"] == {
        "count": 1,
        "calls": [{"pbx": REFUSED.pbx, "call_id": REFUSED.call_id}],
        "rows": 2,
        "errors": ["KeyError"],
    }
    assert f"not derived from the ledger 1 {REFUSED.call_id}" in " ".join(to_text(report).replace("│", " ").split())
    of_figure = [row for row in rows_of(report, Language.ENGLISH) if row[0] == "not_derived"]
    assert [row[2:5] for row in of_figure] == [[1, None, None], [None, REFUSED.pbx, REFUSED.call_id]]


async def test_a_call_that_this_program_cannot_sum_up_makes_the_day_not_known(
    database: Database, cel_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_one(call: Any, *rest: Any) -> CallRecord:
        if call.call_id == REFUSED.call_id:
            raise ValueError("a defect")
        return summarise(call, *rest)

    monkeypatch.setattr(tracker, "summarise", fail_on_one)
    report = await audit(database, cel_csv)
    assert report.not_derived == NotDerived(rows=0, calls=(REFUSED,), errors=("ValueError",))
    assert report.answer is Answer.NOT_KNOWN


async def test_a_failure_on_another_day_makes_this_day_no_less_known(
    database: Database, cel_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, lambda row: row[0] == "HANGUP" and row[14] == OF_DAY_AFTER.call_id)
    reports = [await audit(database, cel_csv, day) for day in (DAY, DAY_AFTER)]
    assert [(report.answer, report.not_derived) for report in reports] == [
        (Answer.ACCOUNTED_FOR, NOTHING),
        (Answer.NOT_KNOWN, NotDerived(rows=1, calls=(OF_DAY_AFTER,), errors=("KeyError",))),
    ]
