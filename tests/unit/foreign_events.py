"""Events and rows of other installations, with only the headers and columns that matter written out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from callcenter.calls.records import CallRecord, TalkKind, Witness
from callcenter.pbx import cel_columns as cel
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_rows import COLUMNS
from callcenter.pbx.trunks import Trunks
from callcenter.pbx.wire import AmiReader
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

RULES = replace(CallRules(), trunks=Trunks.parse("SIP/provider-*"))
PBX = "b6093874285e"


def uid(number: int, second: int = 1530190223) -> str:
    return f"{PBX}-{second}.{number}"


def event(name: str, **headers: object) -> bytes:
    lines = [f"Event: {name}", "Privilege: call,all", f"SystemName: {PBX}"]
    lines += [f"{key}: {value}" for key, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def born(number: int, channel: str, *, call: int | None = None, second: int = 1530190223, **more: Any) -> bytes:
    headers = {"CallerIDNum": "<unknown>", "CallerIDName": "<unknown>", "Context": "accounts", "Exten": "s"} | more
    linkedid = uid(number, second) if call is None else uid(call)
    return event("Newchannel", Channel=channel, Uniqueid=uid(number, second), Linkedid=linkedid, **headers)


def enters(number: int, bridge: str, second: int = 1530190223) -> bytes:
    return event("BridgeEnter", BridgeUniqueid=bridge, BridgeTechnology="simple_bridge", Uniqueid=uid(number, second))


def leaves(number: int, bridge: str, second: int = 1530190223) -> bytes:
    return event("BridgeLeave", BridgeUniqueid=bridge, Uniqueid=uid(number, second))


def hangs_up(number: int, cause: int = 16, second: int = 1530190223) -> bytes:
    return event("Hangup", Uniqueid=uid(number, second), Cause=cause, Channel="SIP/gone-00000000")


def dials(dialler: int | None, leg: int, dial_string: str) -> bytes:
    source = {} if dialler is None else {"Uniqueid": uid(dialler)}
    return event("DialBegin", DestUniqueid=uid(leg), DialString=dial_string, **source)


def dial_ends(dialler: int, leg: int, status: str) -> bytes:
    return event("DialEnd", DestUniqueid=uid(leg), DialStatus=status, Uniqueid=uid(dialler))


def told(parts: Iterable[bytes]) -> dict[str, CallRecord]:
    translator, tracker = AmiFacts(), Tracker(witness=Witness.AMI, pbx="pbx1", rules=RULES)
    for message in AmiReader().feed(b"".join(parts)):
        for fact in translator.translate(message):
            tracker.feed(fact)
    tracker.close_all()
    return {record.call_id: record for record in tracker.take_changed()}


def talks(record: CallRecord) -> list[tuple[str, TalkKind]]:
    return [(talk.with_, talk.kind) for talk in record.talks]


INCOMING = born(1, "SIP/provider-0000000c", CallerIDNum="+31260010001", Exten="+31150010001", Context="provider_in")


def local_pair(first: int, name: str, call: int) -> list[bytes]:
    return [born(first, f"Local/{name};1", call=call), born(first + 1, f"Local/{name};2", call=call)]


def row(
    kind: str, number: int, channel: str, at: float, *, app: str = "", exten: str = "s", call: int = 1, **extra: object
) -> list[str]:
    """A CEL row; `app` is `Name` or `Name(data)`, `extra` goes into eventextra, `num` is the caller's number."""
    name, _, data = app.removesuffix(")").partition("(")
    found = [""] * COLUMNS
    found[cel.EVENTTYPE], found[cel.EVENTTIME] = kind, f"{1530190223 + at:.6f}"
    found[cel.CALLERID_NUM] = str(extra.pop("num", ""))
    found[cel.EXTEN], found[cel.CHANNAME], found[cel.APPNAME], found[cel.APPDATA] = exten, channel, name, data
    found[cel.UNIQUEID], found[cel.LINKEDID] = uid(number), uid(call)
    found[cel.EVENTEXTRA] = json.dumps(extra) if extra else ""
    return found


def ledgered(rows: Iterable[list[str]]) -> dict[str, CallRecord]:
    translator, tracker = CelFacts(), Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=RULES)
    for each in rows:
        for fact in translator.translate(each):
            tracker.feed(fact)
    tracker.close_all()
    return {record.call_id: record for record in tracker.take_changed()}
