"""Every source file with what its head says of it, and the limits, times and weights that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

HEAD = """# Files

Every source file in a line, and below it the limits, times and weights that stand in it. Made from the files by
`./scripts/map > docs/files.md`; a test compares.
"""

_COMMENT = re.compile(r"\A(?:/\*\*(?P<ts>.*?)\*/|<!--(?P<vue>.*?)-->)", re.DOTALL)
_NAMED = re.compile(r"/\*\*(?P<text>[^*]*)\*/\n(?:export )?const (?P<name>[A-Z][A-Z_]+)\b[^=\n]*=(?P<value>[^;]*);")
_QUANTITY = re.compile(r"[0-9][0-9_.]*|(timedelta|time)\([^()]*\)|[0-9A-Z_]+ \* (DAY|timedelta\([^()]*\))")
_SECTION = re.compile(r"(?P<comment>(?:^;.*\n)+)\[(?P<name>[a-z0-9-]+)\]", re.MULTILINE)


def source_map(checkout: Path) -> str:
    """The page, as Markdown."""
    return HEAD + "".join(f"\n## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in _parts(checkout) if lines)


def _parts(checkout: Path) -> Iterator[tuple[str, list[str]]]:
    package = checkout / "callcenter"
    yield "callcenter", list(_list_python(package, sorted(package.glob("*.py"))))
    for folder in sorted(path.parent for path in package.rglob("__init__.py") if path.parent != package):
        files = list(_list_python(folder, sorted(folder.glob("*.py"))))
        yield folder.relative_to(checkout).as_posix(), files
    pages = package / "web" / "ui" / "src"
    for folder in sorted(path for path in pages.iterdir() if path.is_dir() and path.name not in ("made", "messages")):
        yield folder.relative_to(checkout).as_posix(), list(_list_pages(folder))
    configuration = checkout / "asterisk_conf"
    yield "asterisk_conf", [f"- `{path.name}`: {_head_of(path)}" for path in sorted(configuration.glob("*.conf"))]
    dialplan = configuration / "extensions.conf"
    yield "asterisk_conf/extensions.conf", list(_list_contexts(dialplan.read_text(encoding="utf-8")))


def _list_python(folder: Path, files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        head = _first_line(ast.get_docstring(tree) or "")
        if path.name == "__init__.py" and not head:
            continue
        yield f"- `{path.relative_to(folder)}`: {head}"
        for statement, following in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                yield from _limit(statement.targets[0].id, ast.unparse(statement.value), _text_of(following))


def _limit(name: str, value: str, text: str) -> Iterator[str]:
    is_quantity = _QUANTITY.fullmatch(value)
    if not name.isupper() or name.startswith("_") or not (text or is_quantity):
        return
    shown = f"`{name} = {value}`" if is_quantity else f"`{name}`"
    yield f"    - {shown}" + (f": {_first_line(text)}" if text else "")


def _text_of(statement: ast.stmt) -> str:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return str(statement.value.value) if is_text else ""  # type: ignore[attr-defined]


def _list_pages(folder: Path) -> Iterator[str]:
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".ts", ".vue")):
        if path.name.endswith(".test.ts"):
            continue
        text = path.read_text(encoding="utf-8")
        found = _COMMENT.match(text)
        head = "" if found is None else _first_line(found["ts"] or found["vue"] or "")
        yield f"- `{path.name}`: {head}"
        for named in _NAMED.finditer(text):
            yield from _limit(named["name"], named["value"].strip(), named["text"])


def _head_of(path: Path) -> str:
    comment = re.match(r"(;.*\n)+", path.read_text(encoding="utf-8"))
    return "" if comment is None else _first_line(" ".join(line.lstrip("; ") for line in comment[0].splitlines()))


def _list_contexts(text: str) -> Iterator[str]:
    for found in _SECTION.finditer(text):
        comment = " ".join(line.lstrip("; ") for line in found["comment"].splitlines())
        yield f"- `[{found['name']}]`: {_first_line(comment)}"


def _first_line(text: str) -> str:
    """The first sentence, however the source breaks its lines."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) (?=[A-Z`])", paragraph)[0]
