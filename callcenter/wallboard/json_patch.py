"""Changes between two JSON documents, as JSON Patch (RFC 6902). Pure.

Documents consist of objects all the way down to values; a list counts as a value and is replaced whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
Operation = dict[str, Any]


def diff(old: Mapping[str, Any], new: Mapping[str, Any], path: str = "") -> Iterator[Operation]:
    """The operations that make `new` of `old`: `add`, `replace` and `remove` only."""
    for name in old:
        if name not in new:
            yield {"op": "remove", "path": f"{path}/{_escaped(name)}"}
    for name, value in new.items():
        if name not in old:
            yield {"op": "add", "path": f"{path}/{_escaped(name)}", "value": value}
            continue
        before = old[name]
        if before is value:
            continue
        if isinstance(before, dict) and isinstance(value, dict):
            yield from diff(before, value, f"{path}/{_escaped(name)}")
        elif type(before) is not type(value) or before != value:
            yield {"op": "replace", "path": f"{path}/{_escaped(name)}", "value": value}


def apply(document: Document, operations: list[Operation]) -> None:
    """Change a document as a client does."""
    for operation in operations:
        *parents, name = (
            part.replace("~1", "/").replace("~0", "~") for part in operation["path"].removeprefix("/").split("/")
        )
        target = document
        for parent in parents:
            target = target[parent]
        if operation["op"] == "remove":
            del target[name]
        else:
            target[name] = operation["value"]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
