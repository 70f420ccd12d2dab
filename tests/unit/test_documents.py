"""README and docs/ are true where a program can tell: links, paths, commands and settings exist; README is short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.cli import main
from callcenter.cli.settings_page import meanings, settings_page
from callcenter.pbx_settings import FLAT_NAMES, Pbx
from callcenter.settings import Settings
from hotline_map.source_map import source_map

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md"))]
LONGEST_README = 130

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_PATH = re.compile(
    r"(?<![\w/.-])(?:\./)?((?:callcenter|scripts|docs|docker|tests|migrations|asterisk_conf)/[\w./-]*[\w/])(?![\w*])"
)
_COMMAND = re.compile(r"(?:^ {4}|`|\.venv/bin/)callcenter ([a-z]+)\b", re.MULTILINE)
_SETTING = re.compile(r"\bCALLCENTER_([A-Z_]+)\b")
_NO_SETTINGS = {"CACHE", "CONFIG", "PYTHON"}
"""Variables of the scripts, and the one that names the file of the settings."""


def broken_links(document: Path) -> Iterator[str]:
    """Links to files that are not there, or to headings that they do not have."""
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def anchors(document: Path) -> set[str]:
    headings = _HEADING.findall(document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def missing_paths(document: Path) -> list[str]:
    return [path for path in _PATH.findall(document.read_text(encoding="utf-8")) if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_every_path_that_a_document_names_exists(document: Path) -> None:
    assert (list(broken_links(document)), missing_paths(document)) == ([], [])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_every_setting_that_a_document_names_exists(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = document.read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"^ {4}([a-z]+)\b", capsys.readouterr().out, re.MULTILINE))
    settings = {name.upper() for name in (*Settings.model_fields, *FLAT_NAMES)} | _NO_SETTINGS
    assert (set(_COMMAND.findall(text)) - known, set(_SETTING.findall(text)) - settings) == (set(), set())


def test_the_readme_links_every_document() -> None:
    linked = {
        (ROOT / link).resolve() for link in _LINK.findall(README.read_text(encoding="utf-8")) if "://" not in link
    }
    assert set(DOCUMENTS) - {README} - linked == set()


def test_the_readme_names_every_room() -> None:
    rooms = {path.parent.name for path in (ROOT / "callcenter").glob("*/__init__.py")}
    text = README.read_text(encoding="utf-8").partition("## Where things are")[2].partition("\n## ")[0]
    assert rooms - set(re.findall(r"[a-z_]+", text)) == set()


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LONGEST_README


def test_the_page_of_settings_is_as_the_command_prints_it() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page()


def test_every_setting_says_what_it_means() -> None:
    for model in (Settings, Pbx):
        assert [name for name in model.model_fields if not meanings(model).get(name)] == []


def test_the_page_of_files_is_as_the_files_have_it() -> None:
    assert (ROOT / "docs" / "files.md").read_text(encoding="utf-8") == source_map(ROOT), "./scripts/map > docs/files.md"


def test_every_source_file_says_in_its_head_what_it_is_about() -> None:
    without = [line for line in source_map(ROOT).splitlines() if line.startswith("- ") and line.rstrip().endswith("`:")]
    assert without == []
