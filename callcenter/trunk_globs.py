"""What may stand in the setting CALLCENTER_TRUNKS."""

from __future__ import annotations

from callcenter.errors import SettingsError


def check_trunk(entry: str) -> str:
    """An entry of the setting, if there can be a channel or a context that it matches. Raises SettingsError."""
    glob = entry.removeprefix("context:")
    if not glob or (glob == entry and "/" not in glob and not glob.startswith("*")):
        raise SettingsError(
            f"In CALLCENTER_TRUNKS {entry!r} matches no channel: write PJSIP/{glob or 'trunk-'}* or context:{glob}*."
        )
    return entry
