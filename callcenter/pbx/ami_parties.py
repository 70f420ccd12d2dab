"""AMI events to facts: who is brought together with whom, by dialling, bridging and transferring."""

from __future__ import annotations

from datetime import datetime

from callcenter.pbx import facts as f
from callcenter.pbx.ami_context import AmiLink
from callcenter.pbx.wire import DEST_CHANNEL, DEST_LINKEDID, DEST_UNIQUEID, UNIQUEID, header


def dial_begun(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """DialBegin: an Originate dials without a dialler."""
    leg = header(message, DEST_UNIQUEID)
    if leg is None:
        return []
    dialler = header(message, UNIQUEID)
    return [
        *(link.introduce(message, at, dialler) if dialler is not None else ()),
        *link.introduce(message, at, leg, DEST_CHANNEL, DEST_LINKEDID),
        f.DialBegun(
            at=at,
            is_timed=link.is_timed,
            uniqueid=leg,
            dialler=dialler,
            dial_string=header(message, b"\r\nDialString: ") or "",
        ),
    ]


def dial_ended(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """DialEnd."""
    leg = header(message, DEST_UNIQUEID)
    status = header(message, b"\r\nDialStatus: ")
    if leg is None or status is None:
        return []
    dialler = header(message, UNIQUEID)
    return [
        *(link.introduce(message, at, dialler) if dialler is not None else ()),
        *link.introduce(message, at, leg, DEST_CHANNEL, DEST_LINKEDID),
        f.DialEnded(at=at, is_timed=link.is_timed, uniqueid=leg, dialler=dialler, status=status),
    ]


def bridge_entered(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """BridgeEnter."""
    uniqueid = header(message, UNIQUEID)
    bridge = header(message, b"\r\nBridgeUniqueid: ")
    if uniqueid is None or bridge is None:
        return []
    return [
        *link.introduce(message, at, uniqueid),
        f.BridgeEntered(
            at=at,
            is_timed=link.is_timed,
            uniqueid=uniqueid,
            bridge=bridge,
            technology=header(message, b"\r\nBridgeTechnology: "),
        ),
    ]


def bridge_left(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """BridgeLeave."""
    uniqueid = header(message, UNIQUEID)
    bridge = header(message, b"\r\nBridgeUniqueid: ")
    if uniqueid is None or bridge is None:
        return []
    return [
        *link.introduce(message, at, uniqueid),
        f.BridgeLeft(at=at, is_timed=link.is_timed, uniqueid=uniqueid, bridge=bridge),
    ]


def transferred(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """BlindTransfer and AttendedTransfer, where they succeeded."""
    blind = header(message, b"\r\nTransfererUniqueid: ")
    transferer = blind or header(message, b"\r\nOrigTransfererUniqueid: ")
    if transferer is None or header(message, b"\r\nResult: ") not in ("Success", None):
        return []
    return [
        f.Transferred(
            at=at,
            is_timed=link.is_timed,
            uniqueid=transferer,
            kind=f.TransferKind.ATTENDED if blind is None else f.TransferKind.BLIND,
            second=header(message, b"\r\nSecondTransfererUniqueid: "),
            transferee=header(message, b"\r\nTransfereeUniqueid: "),
        )
    ]
