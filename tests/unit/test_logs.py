"""What may and may not stand in a log line."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path
from typing import Any

import pytest

import callcenter
from callcenter.logs import NoRepetition, mask_text

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def log_calls(source: str) -> list[ast.Call]:
    """The calls of a module's `log`."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr in LEVELS) == ("log", True)
    ]


def is_event_with_keys(call: ast.Call) -> bool:
    """Whether it has one positional argument, the name of an event."""
    names = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    return len(call.args) == 1 and bool(names) and re.fullmatch(r"[a-z]+(_[a-z]+)+", str(names[0])) is not None


def test_a_sentence_in_the_log_is_told_from_an_event_with_keys() -> None:
    calls = log_calls('log.info("call_ended", pbx=pbx)\nlog.info("A call of %s ended.", pbx)\nlog.info(text)')
    assert [is_event_with_keys(call) for call in calls] == [True, False, False]


def test_every_line_of_the_log_is_an_event_with_keys() -> None:
    root = Path(callcenter.__file__).parent
    calls = [(path, call) for path in sorted(root.rglob("*.py")) for call in log_calls(path.read_text())]
    assert len(calls) > 50
    assert [f"{path.relative_to(root)}:{call.lineno}" for path, call in calls if not is_event_with_keys(call)] == []


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("caller 13812345678 lost", "caller 138****5678 lost"),
        ("caller +8613812345678 lost", "caller +86138****5678 lost"),
        ("caller 051986612345 lost", "caller 0519****2345 lost"),
        ("caller +8651986612345 lost", "caller +86519****2345 lost"),
        ("call pbx1-1795470505.12 ended", "call pbx1-1795470505.12 ended"),
        ("lost caller 13812345678.", "lost caller 138****5678."),
        ("dialled 12315", "dialled 12315"),
    ],
)
def test_telephone_numbers_are_masked_and_call_ids_are_not(told: str, written: str) -> None:
    assert mask_text(told) == written


def test_a_message_that_repeats_is_counted_instead_of_written() -> None:
    now = 0.0
    gate = NoRepetition(clock=lambda: now)

    def pass_through() -> str | None:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "the database is away", None, None)
        return str(record.msg) if gate.filter(record) else None

    assert [pass_through() for _ in range(3)] == ["the database is away", None, None]
    now = 11.0
    assert pass_through() == "the database is away (held back 2 times)"


def test_an_event_that_repeats_with_other_values_is_counted_too() -> None:
    now = 0.0
    gate = NoRepetition(clock=lambda: now)

    def pass_through(task: str) -> object:
        event: Any = {"event": "database_unavailable", "task": task, "timestamp": now}
        record = logging.LogRecord("x", logging.WARNING, "x.py", 1, event, None, None)
        return record.msg if gate.filter(record) else None

    assert pass_through("calls") == {"event": "database_unavailable", "task": "calls", "timestamp": 0.0}
    now = 1.0
    assert pass_through("dials") is None
    now = 11.0
    assert pass_through("calls") == {
        "event": "database_unavailable",
        "task": "calls",
        "timestamp": 11.0,
        "held_back": 1,
    }
