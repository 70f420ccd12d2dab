"""Where the lab keeps things: nothing of it lies inside the checkout."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CONFIG_TEMPLATES = CHECKOUT / "asterisk_conf"
LAB_CONFIG = Path(__file__).with_name("config")
"""What the lab adds behind those files: numbers and queues that no installation wants."""
SCENARIOS = CHECKOUT / "tests" / "scenarios"


def cache_dir() -> Path:
    """The one folder for everything downloaded or unpacked."""
    if explicit := os.environ.get("CALLCENTER_CACHE"):
        return Path(explicit)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "callcenter"


def state_dir(pbx: int) -> Path:
    """Configuration, spool, logs and registry of lab instance number `pbx`."""
    return cache_dir() / "lab" / f"pbx{pbx}"
