"""The few settings that shape a call's record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from callcenter.pbx.trunks import DEFAULT_AGENT_DEVICES, DEFAULT_TRUNKS, Globs, Trunks

HOLD_THRESHOLD = timedelta(seconds=2)
"""Two talks with the same person less than this apart are one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRules:
    """What is a trunk and what a seat, where local numbers live, and what counts as short."""

    trunks: Trunks = field(default_factory=lambda: Trunks.parse(DEFAULT_TRUNKS))
    agent_devices: Globs = field(default_factory=lambda: Globs.parse(DEFAULT_AGENT_DEVICES))
    area_code: str = "0519"
    short_below: timedelta = timedelta(seconds=5)
    is_pbx_named: bool = False
    """Whether somebody gave the name of the PBX: then no id says another."""
