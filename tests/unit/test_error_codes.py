"""Every error has a code that programs can branch on, and every code has an error."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import callcenter
from callcenter import errors
from callcenter.dialling.rules import RefusalReason
from callcenter.error_codes import ErrorCode
from callcenter.errors import CallcenterError, ConflictError, ImpossibleEvent, RefusedError
from callcenter.http.problems import Problem

PACKAGE = Path(callcenter.__file__).parent
SOURCES = {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
COMMAND_LINE = (PACKAGE / "cli", PACKAGE / "postgres")
"""Nobody answers HTTP with what these raise."""
BROAD = {ConflictError.__name__, RefusedError.__name__}
"""So much can be a conflict or not allowed that the class alone says nothing."""


def classes(kind: type[CallcenterError] = CallcenterError) -> Iterator[type[CallcenterError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from classes(below)


def test_every_class_of_errors_has_a_code_of_its_own() -> None:
    named = [kind for kind in classes() if kind.__module__ == errors.__name__ and kind is not ImpossibleEvent]
    codes = [kind.default_code for kind in named]
    assert sorted(codes) == sorted(set(codes))


def test_every_conflict_and_refusal_says_which_one_it_is() -> None:
    silent = [
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path, tree in SOURCES.items()
        if not any(folder in path.parents for folder in COMMAND_LINE)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in BROAD
        and "code" not in {keyword.arg for keyword in call.keywords}
    ]
    assert silent == []


def test_every_code_is_given_somewhere() -> None:
    named = {
        node.attr
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ErrorCode.__name__
    }
    by_reason = {reason.name for reason in RefusalReason}
    assert {code.name for code in ErrorCode} == named | by_reason


@pytest.mark.parametrize("reason", RefusalReason)
def test_every_reason_not_to_ring_is_a_code(reason: RefusalReason) -> None:
    assert ErrorCode(reason.value).value == reason.value


def test_the_description_of_problems_lists_exactly_the_codes() -> None:
    schema = Problem.model_json_schema()
    assert schema["properties"]["code"] == {"$ref": "#/$defs/ErrorCode"}
    assert schema["$defs"]["ErrorCode"]["enum"] == [code.value for code in ErrorCode]
    assert {"code", "params", "detail"} <= set(schema["required"])
