"""Where the databases of tests lie: in memory, where there is room. Making one for each test is what takes longest."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4 << 30


def make_fast_folder(prefix: str) -> Path:
    """A new folder that the system user of a database can enter, whoever runs the tests."""
    is_roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if is_roomy else None))
    folder.chmod(0o755)
    return folder
