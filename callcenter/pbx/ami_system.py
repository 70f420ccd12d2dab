"""AMI events to facts: the PBX itself, when it starts and ends and which channels are up."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.pbx import facts as f
from callcenter.pbx.ami_context import AmiLink
from callcenter.pbx.wire import CAUSE, UNIQUEID, header, whole_number

_SOFT_HANGUP_SHUTDOWN = "4"
"""AST_SOFTHANGUP_SHUTDOWN of channel.h."""

_SOFT_HANGUP_APPUNLOAD = "16"
"""AST_SOFTHANGUP_APPUNLOAD: how ast_pbx_run ends a channel whose dialplan is at its end."""


def pbx_started(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """FullyBooted, at a login without a Timestamp; then the moment of arrival is good enough, that of a file is not."""
    uptime = whole_number(header(message, b"\r\nUptime: "))
    if uptime is None or not (link.is_timed or link.is_live):
        return []
    try:
        started_at = at - timedelta(seconds=uptime)
    except OverflowError:
        return []
    return [f.PbxStarted(at=at, is_timed=link.is_timed, started_at=started_at)]


def pbx_ended(link: AmiLink, _message: bytes, at: datetime) -> list[f.Fact]:
    """Shutdown."""
    return [f.PbxEnded(at=at, is_timed=link.is_timed)]


def soft_hangup_requested(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """SoftHangupRequest: its Cause is no cause but a flag."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return []
    flag = header(message, CAUSE)
    if flag == _SOFT_HANGUP_SHUTDOWN:
        return [f.DroppedByPbx(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]
    if flag == _SOFT_HANGUP_APPUNLOAD:
        return [f.DialplanEnded(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]
    return []


def channel_listed(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """CoreShowChannel, one for each channel that is up."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return []
    link.listed.add(uniqueid)
    found = link.introduce(message, at, uniqueid)
    bridge = header(message, b"\r\nBridgeId: ")
    if bridge is not None and found:
        found.append(f.BridgeEntered(at=at, is_timed=link.is_timed, uniqueid=uniqueid, bridge=bridge, technology=None))
    return found


def channels_listed(link: AmiLink, _message: bytes, at: datetime) -> list[f.Fact]:
    """CoreShowChannelsComplete: what was not listed is gone."""
    listed = frozenset(link.listed)
    link.listed.clear()
    link.introduced &= listed
    link.undialled &= listed
    link.unnumbered &= listed
    link.guard.forget_all_but(listed)
    return [f.ChannelsListed(at=at, is_timed=link.is_timed, uniqueids=listed)]
