"""Folders of the lab, all outside the checkout."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CONFIG_TEMPLATES = CHECKOUT / "asterisk_conf"
LAB_CONFIG = Path(__file__).with_name("config")
"""Configuration that only the lab adds: numbers and queues for tests."""
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
