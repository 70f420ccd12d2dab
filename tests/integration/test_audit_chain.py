"""Anybody can check the chain of day sheets: by the command, and by what docs/audit-chain.md says."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from callcenter.audit.render import to_json, to_text
from callcenter.audit.service import audit_day
from callcenter.callbacks.day_list_store import list_sheets
from callcenter.callbacks.day_lists import freeze_due_days
from callcenter.cli import main
from callcenter.postgres.database import Database, connect
from callcenter.settings import Settings
from tests.integration.callback_examples import LI, hear_all, lost, store_confirmed

MONDAY = date(2026, 11, 23)
AFTERWARDS = datetime(2026, 11, 25, 16, 10, tzinfo=UTC)
"""Three days are over."""
DOCS = Path(__file__).parent.parent.parent / "docs" / "audit-chain.md"
RANGE = ["--verify-chain", "2026-11-23", "2026-11-25"]


@pytest.fixture
async def frozen(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "120")
    await store_confirmed(database, [lost(1, 0, name="张伟"), lost(2, 86_400.5, caller=LI), lost(3, 2 * 86_400)])
    await hear_all(database)
    await freeze_due_days(database, Settings(), AFTERWARDS)
    return database


def run(database_url: str, statement: str) -> None:
    async def execute() -> None:
        async with connect(database_url) as database, database.engine.begin() as connection:
            await connection.execute(text(statement))

    asyncio.run(execute())


def code(language: str, *, number: int = 0) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return str(found[number])


async def test_the_audit_has_the_hash_of_the_sheet_the_one_before_and_the_recipe(frozen: Database) -> None:
    async with frozen.sessions.begin() as session:
        first, second, _ = await list_sheets(session)
    report = await audit_day(frozen, Settings(), MONDAY + timedelta(days=1), now=AFTERWARDS)
    told = to_json(report)
    assert told["day_sheet_hash"] == {
        "sha256": second.sha256,
        "previous_sha256": first.sha256,
        "recipe": 'SHA-256 of the JSON {"previous_sha256": ..., "sheet": ...} with sorted keys, no blanks between them,'
        " in UTF-8; previous_sha256 is that of the sheet before, null for the first.",
    }
    assert f"SHA-256 of the sheet: {second.sha256}" in to_text(report)
    assert f"of the one before:    {first.sha256}" in to_text(report)
    first_text = to_text(await audit_day(frozen, Settings(), MONDAY, now=AFTERWARDS))
    assert "of the one before:    none, this is the first" in first_text


async def test_the_hash_can_be_computed_with_jq_and_sha256sum(frozen: Database, tmp_path: Path) -> None:
    report = await audit_day(frozen, Settings(), MONDAY + timedelta(days=1), now=AFTERWARDS)
    (tmp_path / "day.json").write_text(json.dumps(to_json(report), ensure_ascii=False), encoding="utf-8")
    commands = code("sh").split("\n", 1)[1]
    computed, stored, *_ = subprocess.run(
        ["sh", "-c", commands], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert computed.split()[0] == stored == report.sheet_sha256


def test_the_hash_of_a_list_can_be_computed_from_what_the_command_prints(
    frozen: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, command in (("list", "callbacks"), ("day", "audit")):
        main([command, "--date", "2026-11-23", "--json"])
        (tmp_path / f"{name}.json").write_text(capsys.readouterr().out, encoding="utf-8")
    commands = code("sh", number=1).split("\n", 1)[1]
    computed, stored = subprocess.run(
        ["sh", "-c", commands], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert "张伟" in (tmp_path / "list.json").read_text(encoding="utf-8")
    assert computed.split()[0] == stored


def test_the_command_and_the_script_of_the_documentation_agree_that_nothing_was_changed(
    frozen: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", *RANGE]) == 0
    *lines, sentence = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["2026-11-23", "2026-11-24", "2026-11-25"]
    assert sentence == "2026-11-23 to 2026-11-25: 3 frozen days, each as it was and chained to the one before."
    script, chain, kept = tmp_path / "check.py", tmp_path / "chain.json", tmp_path / "kept"
    script.write_text(code("python"), encoding="utf-8")
    kept.write_text("\n".join(lines), encoding="utf-8")
    assert main(["audit", *RANGE, "--json"]) == 0
    told = capsys.readouterr().out
    chain.write_text(told, encoding="utf-8")
    assert subprocess.run([sys.executable, script, chain, kept], check=False).returncode == 0
    chain.write_text(told.replace('"lost": 1', '"lost": 0', 1), encoding="utf-8")
    assert subprocess.run([sys.executable, script, chain], check=False).returncode == 1
    chain.write_text(told, encoding="utf-8")
    kept.write_text("\n".join(lines).replace(lines[1][:8], "0" * 8), encoding="utf-8")
    assert subprocess.run([sys.executable, script, chain, kept], check=False).returncode == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            "UPDATE day_sheets SET sheet = jsonb_set(sheet, '{callers,open}', '0')",
            "The sheet of 2026-11-23 was changed.",
        ),
        ("DELETE FROM day_sheets WHERE business_date = '2026-11-24'", "The sheet of 2026-11-24 was removed."),
        ("UPDATE callback_lists SET rows = rows - 0", "The frozen list of 2026-11-25 was changed or removed."),
        (
            "UPDATE day_sheets SET previous_sha256 = 'ab' WHERE business_date = '2026-11-24'",
            "The sheet before that of 2026-11-24 was changed or removed.",
        ),
    ],
)
def test_the_command_fails_when_something_was_changed_or_removed(
    frozen: Database, database_url: str, capsys: pytest.CaptureFixture[str], change: str, found: str
) -> None:
    run(database_url, change)
    assert main(["audit", *RANGE]) == 1
    assert found in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("arguments", [["2026-11-24", "2026-11-24"], ["2026-11-24", "2026-12-24"]])
def test_part_of_the_chain_is_checked_against_the_sheet_before_it(frozen: Database, arguments: list[str]) -> None:
    assert main(["audit", "--verify-chain", *arguments]) == 0


def test_of_days_that_were_never_frozen_nothing_is_proven(frozen: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--verify-chain", "2026-01-01", "2026-01-31"]) == 1
    assert capsys.readouterr().out == "2026-01-01 to 2026-01-31: no day was frozen.\n"


def test_wrong_use_is_told_apart(frozen: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--verify-chain", "2026-11-25", "2026-11-23"]) == 2
    assert capsys.readouterr().err == "callcenter: The first day lies behind the last.\n"
    for arguments in (["audit"], ["audit", "--date", "2026-11-23", *RANGE], ["audit", "--verify-chain", "yesterday"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
