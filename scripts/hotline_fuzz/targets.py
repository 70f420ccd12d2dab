"""What must hold for any bytes from outside. Each target raises for a defect of ours and for nothing else.

The noise stands between two whole calls, whose records it must leave as they are.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from callcenter.callbacks.schemas import CALLBACK_CURSORS
from callcenter.calls.numbers import CallerNumber, identity_key, is_dialable, mask, normalise
from callcenter.calls.record_json import record_from_json, record_to_json
from callcenter.calls.records import CallRecord, Witness
from callcenter.calls.schemas import CALL_CURSORS
from callcenter.errors import InputError
from callcenter.http.cursors import Cursors, value_cursors
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_rows import cut_rows, length_of, parse_rows
from callcenter.pbx.facts import Fact
from callcenter.pbx.wire import AmiReader
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

FRAME = b"frame-"
"""Begins the uniqueids of the two calls; noise that names it may rightly touch them."""

IDS = value_cursors("ids", int)
NAMES = value_cursors("names", str)

LONGEST_CUT = 600
"""Bytes of noise that are also fed one at a time."""


class Defect(Exception):
    """Bytes from outside did what they must not do."""


def fuzz_ami(noise: bytes) -> None:
    """A stream in which anything stands between the messages of two calls."""
    if FRAME in noise:
        return
    data = ami_call(1) + noise + b"\r\n\r\n" + ami_call(2)
    messages = AmiReader().feed(data)
    if len(noise) < LONGEST_CUT:
        reader = AmiReader()
        if [message for at in range(len(data)) for message in reader.feed(data[at : at + 1])] != messages:
            raise Defect("Byte by byte the messages are others.")
    _records(Witness.AMI, _ami_facts(AmiReader().feed(noise + b"\r\n\r\n")))
    told = _records(Witness.AMI, _ami_facts(messages))
    _check_frame(told, _records(Witness.AMI, _ami_facts(AmiReader().feed(ami_call(1) + ami_call(2)))))


def fuzz_cel(noise: bytes) -> None:
    """A ledger in which anything stands between the rows of two calls."""
    if FRAME in noise:
        return
    data = cel_call(1) + noise + b"\n" + cel_call(2)
    rows = cut_rows(data)
    if len(noise) < LONGEST_CUT and _rows_as_they_grow(data) != rows:
        raise Defect("Byte by byte the rows are others.")
    told = _records(Witness.LEDGER, _cel_facts(rows))
    _check_frame(told, _records(Witness.LEDGER, _cel_facts(cut_rows(cel_call(1) + cel_call(2)))))


def fuzz_numbers(noise: bytes) -> None:
    """Whatever is shown as a number."""
    shown = noise.decode("utf-8", "surrogateescape")
    caller = normalise(shown)
    identity_key(caller)
    masked = mask(shown)
    if not is_dialable(caller) or caller.number is None:
        return
    if normalise(caller.number) != CallerNumber(number=caller.number, kind=caller.kind):
        raise Defect("A number that was made one form has another.")
    if caller.number.startswith("+") and (masked is None or caller.number[-8:] in masked):
        raise Defect("A number shows through its mask.")


def fuzz_cursors(noise: bytes) -> None:
    """Whatever a client sends as the place where a page begins."""
    for cursor in (noise.decode("latin-1"), base64.urlsafe_b64encode(noise).decode().rstrip("=")):
        for cursors in (CALL_CURSORS, CALLBACK_CURSORS, IDS, NAMES):
            _fuzz_cursor(cursors, cursor)


def _fuzz_cursor(cursors: Cursors[Any], cursor: str) -> None:
    with suppress(InputError):
        place = cursors.decode(cursor)
        if cursors.encode(place) != cursor:
            raise Defect(f"A cursor of {cursors.name} is not the one that the list gives for its place.")
        for value in cursors.values_of(place):
            if isinstance(value, str):
                value.encode()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "ami": fuzz_ami,
    "cel": fuzz_cel,
    "numbers": fuzz_numbers,
    "cursors": fuzz_cursors,
}


def ami_call(number: int) -> bytes:
    """A caller who gives up in the greeting, as Asterisk 22 tells it."""
    channel, uniqueid = f"PJSIP/trunk-main-ffffff{number:02x}", f"frame-1795461666.{900_000 + number}"
    snapshot = (
        f"Privilege: call,all\r\nTimestamp: 1795461666.50000{number}\r\nSystemName: frame\r\nChannel: {channel}\r\n"
        f"ChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: 0519880000{number}\r\nCallerIDName: <unknown>\r\n"
        "ConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\n"
        f"Context: from-trunk\r\nExten: 12315\r\nPriority: 1\r\nUniqueid: {uniqueid}\r\nLinkedid: {uniqueid}\r\n"
    )
    events = (("Newchannel", ""), ("Newstate", ""), ("HangupRequest", "Cause: 16\r\n"), ("Hangup", "Cause: 16\r\n"))
    return "".join(f"Event: {name}\r\n{snapshot}{more}\r\n" for name, more in events).encode()


def cel_call(number: int) -> bytes:
    """The same in the ledger."""
    uniqueid = f"frame-1795461666.{900_000 + number}"
    hangup = '{""hangupcause"":16,""hangupsource"":""PJSIP/trunk-main-ffffff01"",""dialstatus"":""""}'
    events = (("CHAN_START", ""), ("ANSWER", ""), ("HANGUP", hangup), ("CHAN_END", ""), ("LINKEDID_END", ""))
    return "".join(
        f'"{name}","1795461666.50000{number}","","0519880000{number}","","","","12315","from-trunk",'
        f'"PJSIP/trunk-main-ffffff{number:02x}","","","3","","{uniqueid}","{uniqueid}","","","","{extra}"\n'
        for name, extra in events
    ).encode()


def _ami_facts(messages: Iterable[bytes]) -> list[Fact]:
    translator = AmiFacts()
    return [fact for message in messages for fact in translator.translate(message)]


def _cel_facts(rows: list[bytes]) -> list[Fact]:
    translator = CelFacts()
    return [fact for row in parse_rows(rows) if row for fact in translator.translate(row)]


def _rows_as_they_grow(data: bytes) -> list[bytes]:
    """What a reader gets who looks again after every byte."""
    rows: list[bytes] = []
    offset = 0
    for end in range(1, len(data) + 1):
        found = cut_rows(data[offset:end])
        offset += length_of(found)
        rows += found
    return rows


def _records(witness: Witness, facts: list[Fact]) -> dict[str, CallRecord]:
    tracker = Tracker(witness=witness, pbx="pbx1", rules=CallRules())
    for fact in facts:
        tracker.feed(fact)
    tracker.close_all()
    records = {record.call_id: record for record in tracker.take_changed()}
    for record in records.values():
        if record.outcome is None or record_to_json(record_from_json(record_to_json(record))) != record_to_json(record):
            raise Defect(f"The record {record.call_id} cannot be stored.")
    return records


def _check_frame(told: dict[str, CallRecord], wanted: dict[str, CallRecord]) -> None:
    if {call_id: told.get(call_id) for call_id in wanted} != wanted:
        raise Defect("The calls around the noise are not as they were.")
