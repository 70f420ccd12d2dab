"""How a running Asterisk of the lab is found by other processes."""

import fcntl
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class LabInfo:
    """How to reach a running instance; stored as `lab.json` in its state folder, mode 0600."""

    pbx: str
    """Its systemname."""
    keeper_pid: int
    """The process that started it; the instance ends with it."""
    ami_host: str
    ami_port: int
    ami_user: str
    ami_secret: str = field(repr=False)
    ami_commands_user: str
    ami_commands_secret: str = field(repr=False)
    sip_host: str
    sip_port: int
    sip_secrets: Mapping[str, str] = field(repr=False)
    """The secret of each phone."""
    websocket: str
    """Where phones in pages find it."""
    trunk_host: str
    trunk_port: int
    cel_csv: str
    recordings_dir: str
    voicemail_dir: str
    spoken_dir: str
    log: str


def read_registry(state: Path) -> LabInfo | None:
    """The registry of a running instance, or None; its keeper holds a lock while it lives."""
    try:
        with lock_file(state).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        try:
            return LabInfo(**json.loads((state / "lab.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
    return None


def lock_file(state: Path) -> Path:
    """The file that the keeper of a running instance holds a lock on."""
    return state.with_name(f"{state.name}.lock")


def write_registry(state: Path, info: LabInfo) -> None:
    """Store it, readable by its owner alone; never seen in part."""
    part = state / "lab.json.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(info), indent=2), encoding="utf-8")
    part.rename(state / "lab.json")
