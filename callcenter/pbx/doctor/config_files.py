"""Reads Asterisk's own configuration files, as far as the doctor needs them (main/config.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_SECTION = re.compile(r"\[([^\]]+)\]\s*(?:\(([^)]*)\))?")
_INCLUDE = re.compile(r"#(?:try)?include\s+[\"<]?([^\">]+)")
_COMMENT = re.compile(r"(?<!\\);.*")
_BLOCK_COMMENT = re.compile(r";--(?!-).*?--;", re.DOTALL)
_TRUE = frozenset(("yes", "true", "y", "t", "1", "on"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigFile:
    """The sections of one file, includes and templates resolved."""

    sections: dict[str, list[tuple[str, str]]] = field(default_factory=dict, repr=False)
    """Each a list of names and values as they stand, of names that come twice both. Secrets are among them."""

    def find(self, section: str, name: str) -> str | None:
        """The last value of a setting, as Asterisk takes it; names in any case."""
        found = None
        for key, value in self.sections.get(section, ()):
            if key.lower() == name.lower():
                found = value
        return found

    def is_on(self, section: str, name: str) -> bool:
        """True where Asterisk would read a yes."""
        return is_yes(self.find(section, name))

    def words(self, section: str, name: str) -> set[str] | None:
        """A comma-separated value in lower case, None where it is not set."""
        value = self.find(section, name)
        return None if value is None else {word.strip().lower() for word in value.split(",") if word.strip()}


def is_yes(value: str | None) -> bool:
    """As Asterisk reads it (ast_true)."""
    return (value or "").lower() in _TRUE


def read_config(path: Path) -> ConfigFile:
    """Read one file and what it includes.

    Raises OSError for the file itself; an included one that cannot be read is left out.
    """
    config = ConfigFile()
    _read_into(config, path, "", frozenset())
    return config


def _read_into(config: ConfigFile, path: Path, section: str, within: frozenset[Path]) -> str:
    """Returns the section that is open at the end: an include goes on in the includer's section."""
    text = _BLOCK_COMMENT.sub("", path.read_text(encoding="utf-8", errors="replace"))
    for line in text.splitlines():
        line = _COMMENT.sub("", line).strip().replace("\\;", ";")
        include = _INCLUDE.match(line)
        opened = _SECTION.match(line)
        if include is not None:
            section = _include(config, path, include[1].strip(), section, within | {path})
        elif opened is not None:
            section = opened[1]
            _open_section(config, section, opened[2] or "")
        elif "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            config.sections.setdefault(section, []).append((name.strip(), value.removeprefix(">").strip()))
    return section


def _include(config: ConfigFile, path: Path, pattern: str, section: str, within: frozenset[Path]) -> str:
    folder = Path("/") if pattern.startswith("/") else path.parent
    for included in sorted(folder.glob(pattern.lstrip("/"))):
        if included in within:
            continue
        try:
            section = _read_into(config, included, section, within)
        except OSError:
            continue
    return section


def _open_section(config: ConfigFile, section: str, options: str) -> None:
    """`[name](+)` adds to a section, `[name](template)` begins with the template's lines."""
    names = [option.strip() for option in options.split(",")]
    lines = config.sections.setdefault(section, [])
    for name in names:
        if name not in ("", "!", "+"):
            lines.extend(config.sections.get(name, ()))
