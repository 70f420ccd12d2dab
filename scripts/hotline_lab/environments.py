"""Separate Python environments in the cache, for packages that must stay out of .venv."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from hotline_lab.paths import cache_dir


def python_with(*packages: str, folder_name: str) -> Path:
    """The interpreter of an environment with these packages; made once, and again after a failure."""
    folder = cache_dir() / folder_name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"Installing {' and '.join(packages)} into a throw-away environment ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *packages]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (folder / "ready").touch()
    return python
