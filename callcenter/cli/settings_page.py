"""`callcenter settings`: every setting with its default and its meaning, as Markdown; docs/settings.md is this page."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from datetime import time
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from callcenter.pbx_settings import FLAT_NAMES, Pbx
from callcenter.settings import Settings
from callcenter.settings_sources import CONFIG_VARIABLE, PREFIX

_HEAD = f"""# Settings

Made by `callcenter settings > docs/settings.md` from `callcenter/settings.py` and
`callcenter/pbx_settings.py`; do not edit this page.

Each setting is an environment variable, or a line of the TOML file that `{CONFIG_VARIABLE}` names: there in lower case
and without the prefix (`ami_host = "10.0.0.5"`). The environment wins. A list is separated by commas in the
environment and is a list in TOML. A wrong value, or an unknown name in the file, stops the start with one line that
names it. `callcenter doctor` compares the settings with the PBX.
"""


_PBXS = """\
A backend with one PBX needs no table: each of these is then a setting as those above, under its second name. Several
PBXs stand in the TOML file alone, and then no second name is set anywhere:

```toml
[[pbxs]]
name = "north"
ami_host = "10.0.0.5"
cel_csv = "/srv/north/cel-custom/Master.csv"

[[pbxs]]
name = "south"
ami_host = "10.0.0.6"
cel_csv = "/srv/south/cel-custom/Master.csv"
```

Each has a name and folders of its own.
"""


def print_settings() -> int:
    """Returns the exit code."""
    print(settings_page(), end="")
    return 0


def settings_page() -> str:
    """The whole page."""
    tables = dict(_tables_in(Settings))

    def spell(name: str) -> str:
        return f"`[[{name}]]`" if name in tables else f"`{PREFIX}{name.upper()}`"

    lines = [_HEAD, *_table(Settings, spell)]
    for name, model in tables.items():
        lines += ["", f"## Each table of `{name}`", ""]
        if model is Pbx:
            lines += [_PBXS, *_table(model, _both_names)]
        else:
            lines += _table(model, lambda name: f"`{name}`")
    return "\n".join(lines) + "\n"


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """What stands under each field of a model in its source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return found


def _both_names(field: str) -> str:
    flat = next(flat for flat, of_pbx in FLAT_NAMES.items() if of_pbx == field)
    return f"`{field}`, `{PREFIX}{flat.upper()}`"


def _table(model: type[BaseModel], spell: Callable[[str], str]) -> Iterator[str]:
    meaning = meanings(model)
    yield "| setting | default | meaning |"
    yield "|---|---|---|"
    for name, field in model.model_fields.items():
        yield f"| {spell(name)} | {_default(field)} | {_in_cell(meaning.get(name, ''))}{_limits(field)} |"


def _tables_in(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Settings that are a table or a list of tables."""
    for name, field in model.model_fields.items():
        for kind in _kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield name, kind


def _kinds(annotation: Any) -> Iterable[Any]:
    inner = get_args(annotation)
    return [kind for part in inner for kind in _kinds(part)] if inner else [annotation]


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "must be set" if field.default_factory is None else "see meaning"
    return _value(field.default)


def _value(value: Any) -> str:
    match value:
        case None | () | "":
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return f"`{_in_cell(','.join(map(str, value)))}`"
        case time():
            return f"`{value:%H:%M}`"
        case float() if value.is_integer():
            return f"`{int(value)}`"
        case _:
            return f"`{value}`"


def _limits(field: FieldInfo) -> str:
    """The range of a number, as pydantic checks it."""
    ends = {
        name: getattr(check, name)
        for check in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(check, name)
    }
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    return f" ({', '.join(f'{words[name]} {value:g}' for name, value in ends.items())})" if ends else ""


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|")
