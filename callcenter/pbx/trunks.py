"""Which channels are trunks: lines to the outside, by name or by context; and which may be agents' devices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate

from callcenter.pbx.channel_names import interface_of, is_local
from callcenter.trunk_globs import check_trunk

DEFAULT_TRUNKS = "PJSIP/trunk-*,SIP/trunk-*,context:from-trunk*,context:from-pstn*,context:from-extern*"
DEFAULT_AGENT_DEVICES = "PJSIP/[0-9]*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Globs:
    """Compiled from comma-separated globs of interfaces."""

    interfaces: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Globs:
        """From a setting such as `CALLCENTER_AGENT_DEVICES`."""
        return cls(interfaces=_any_of([entry.strip() for entry in text.split(",") if entry.strip()]))

    def match(self, channel: str) -> bool:
        """True for an interface that fits, and for its channels."""
        return bool(self.interfaces.match(interface_of(channel)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Trunks:
    """Compiled from comma-separated globs of channel names and `context:GLOB` entries."""

    channels: re.Pattern[str]
    contexts: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Trunks:
        """From the setting `CALLCENTER_TRUNKS`; an empty text means no trunk at all. Raises SettingsError."""
        entries = [check_trunk(entry.strip()) for entry in text.split(",") if entry.strip()]
        contexts = [entry.removeprefix("context:") for entry in entries if entry.startswith("context:")]
        channels = [entry for entry in entries if not entry.startswith("context:")]
        return cls(channels=_any_of(channels), contexts=_any_of(contexts))

    def match(self, channel: str, context: str | None) -> bool:
        """True for a channel born on a trunk. A Local channel never is one."""
        if is_local(channel):
            return False
        return bool(self.channels.match(channel)) or (context is not None and bool(self.contexts.match(context)))


def _any_of(globs: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(glob) for glob in globs) or r"(?!)")
