"""The rules that shape call records, made from the settings."""

from __future__ import annotations

from callcenter.pbx.trunks import Globs, Trunks
from callcenter.pbx_settings import Pbx
from callcenter.settings import Settings
from callcenter.tracking.rules import CallRules


def rules_of(settings: Settings, pbx: Pbx) -> CallRules:
    """The same for the recorder and for the audit that checks it."""
    return CallRules(
        trunks=Trunks.parse(",".join(pbx.trunks)),
        agent_devices=Globs.parse(",".join(settings.agent_devices)),
        area_code=settings.area_code,
        short_below=settings.short_below,
        is_pbx_named=pbx.is_named,
    )
