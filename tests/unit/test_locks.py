"""The locks say what is installed, by hash, and not from where: that is a matter of the machine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
UI = ROOT / "callcenter/web/ui"


def test_every_npm_package_has_its_hash_and_none_an_address() -> None:
    lock = json.loads((UI / "package-lock.json").read_text())
    packages: dict[str, dict[str, Any]] = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert "omit-lockfile-registry-resolved=true" in (UI / ".npmrc").read_text().splitlines()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_python_package_has_its_hash_and_none_an_address(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines)
    pinned = re.findall(r"^\S+==", text, re.MULTILINE)
    assert len(pinned) > 20
    assert re.findall(r"--(?:extra-)?index-url|--find-links|https?://\S+", text) == []
    assert re.findall(r"^(\S+==)\S+.* \\\n +--hash=sha256:", text, re.MULTILINE) == pinned
