"""Rows of the table `calls` by the million, in the binary format of COPY: each as the recorder would store it."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from operator import itemgetter
from random import Random
from typing import Any

from callcenter.calls.merge_witnesses import is_confirmed
from callcenter.calls.numbers import normalise
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import CallRecord, Direction, TalkKind, Witness
from hotline_bench.call_kinds import CALL_ID, RAW_NUMBER, START, Example

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

COLUMNS = (
    "pbx",
    "call_id",
    "direction",
    "caller_number",
    "number_kind",
    "dialled_number",
    "customer_number",
    "customer_key",
    "started_at",
    "answered_at",
    "ended_at",
    "business_date",
    "outcome",
    "short",
    "wait",
    "longest_talk",
    "queues",
    "agents",
    "joined",
    "complete",
    "is_confirmed",
    "anomalies",
    "record",
    "told_by_ami",
    "told_by_ledger",
    "recorded_at",
    "confirmed_at",
    "changed_at",
)

OPENS = timedelta(hours=1)
OPEN_FOR = timedelta(hours=13)
"""From 9 to 22 in Shanghai: a business day and a day of UTC are then the same."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""PostgreSQL's."""

_CLOCKS = [b"T%02d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60) for second in range(16 * 3600)]
_SECOND = 1_000_000
_PIECE = 64
"""Rows handed over at once: few enough that the server works on others meanwhile."""

_ID, _NUMBER, _DATE, _MOMENTS = 0, 1, 2, 3
"""Places of what is put into a template; of each moment first the text, then the binary form."""

_VARIABLE = re.compile(rf"({CALL_ID.replace('.', '[.]')})|({RAW_NUMBER})|{START:%Y-%m-%d}T(\d\d):(\d\d):(\d\d)")

Token = bytes | int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """A row whose moments, number and call_id are still to be put in."""

    template: bytes
    offsets: tuple[int, ...]
    pick: Callable[[Sequence[bytes]], tuple[bytes, ...]]


class Lines:
    """Rows to draw from, each with its weight."""

    def __init__(self, examples: Sequence[Example], *, has_witness_rows: bool) -> None:
        self.lines = [_line(example.record, has_witness_rows=has_witness_rows) for example in examples]
        self.weights = list(accumulate(example.weight for example in examples))


def rows_of_day(day: date, count: int, lines: Lines, *, random: Random, numbers: int) -> Iterator[bytes]:
    """The calls of a business day in order of their start, in pieces of some rows.

    `numbers` is how many customers there are; some ring much more often than others.
    """
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    epoch, since_2000 = int(midnight.timestamp()), int((midnight - _EPOCH).total_seconds())
    first, name = int(OPENS.total_seconds()), day.isoformat().encode()
    texts = [name + clock for clock in _CLOCKS]
    moments = struct.pack(
        f">{len(_CLOCKS)}q", *range(since_2000 * _SECOND, (since_2000 + len(_CLOCKS)) * _SECOND, _SECOND)
    )
    packed_day = struct.pack(">i", since_2000 // 86400)
    pace = OPEN_FOR.total_seconds() / count
    draw = random.random
    chosen = random.choices(lines.lines, cum_weights=lines.weights, k=count)
    for low in range(0, count, _PIECE):
        piece = []
        for number, line in enumerate(chosen[low : low + _PIECE], low):
            second = first + int(number * pace)
            customer = b"1%010d" % (3_000_000_000 + int(numbers * draw() ** 1.5) * 104_729 % 6_999_999_937)
            values = [b"pbx1-%d.%05d" % (epoch + second, number), customer, packed_day]
            for offset in line.offsets:
                at = second + offset
                values += (texts[at], moments[8 * at : 8 * at + 8])
            piece.append(line.template % line.pick(values))
        yield b"".join(piece)


def _line(record: CallRecord, *, has_witness_rows: bool) -> _Line:
    offsets: list[int] = []
    literal = bytearray(struct.pack(">h", len(COLUMNS)))
    order: list[int] = []
    for value in _values(record, has_witness_rows=has_witness_rows):
        tokens = _tokens(value, offsets)
        size = (
            -1 if tokens is None else sum(len(token) if isinstance(token, bytes) else _size(token) for token in tokens)
        )
        literal += struct.pack(">i", size).replace(b"%", b"%%")
        for token in tokens or ():
            if isinstance(token, bytes):
                literal += token.replace(b"%", b"%%")
            else:
                literal += b"%b"
                order.append(token)
    return _Line(template=bytes(literal), offsets=tuple(offsets), pick=itemgetter(*order))


def _size(place: int) -> int:
    if place < _MOMENTS:
        return (len(CALL_ID), len(RAW_NUMBER), 4)[place]
    return 8 if (place - _MOMENTS) % 2 else len("2000-01-01T00:00:00")


def _place(offset: int, offsets: list[int]) -> int:
    if offset not in offsets:
        offsets.append(offset)
    return _MOMENTS + 2 * offsets.index(offset)


def _tokens(value: Any, offsets: list[int]) -> list[Token] | None:
    """A value in binary form, in parts: bytes, and places of what is put in later."""
    match value:
        case None:
            return None
        case bool():
            return [bytes([value])]
        case datetime():
            return [_place(int((value - START).total_seconds()), offsets) + 1]
        case date():
            return [_DATE]
        case timedelta():
            return [struct.pack(">qii", value // timedelta(microseconds=1), 0, 0)]
        case list():
            head = (
                struct.pack(">iii", 1, 0, 25) + struct.pack(">ii", len(value), 1)
                if value
                else struct.pack(">iii", 0, 0, 25)
            )
            return [head + b"".join(struct.pack(">i", len(item)) + item.encode() for item in value)]
        case dict():
            return [
                b"\x01",
                *_text_tokens(json.dumps(_in_jsonb_order(value), ensure_ascii=False, separators=(",", ":")), offsets),
            ]
        case _:
            return _text_tokens(str(value), offsets)


def _in_jsonb_order(value: Any) -> Any:
    """Keys as jsonb stores them anyway, shortest first: so it need not sort them, which takes half of its time."""
    if isinstance(value, dict):
        return {key: _in_jsonb_order(value[key]) for key in sorted(value, key=lambda key: (len(key), key))}
    return [_in_jsonb_order(item) for item in value] if isinstance(value, list) else value


def _text_tokens(text: str, offsets: list[int]) -> list[Token]:
    tokens: list[Token] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        tokens.append(text[end : found.start()].encode())
        if found[1]:
            tokens.append(_ID)
        elif found[2]:
            tokens.append(_NUMBER)
        else:
            hours, minutes, seconds = map(int, found.groups()[2:])
            tokens.append(_place(3600 * hours + 60 * minutes + seconds, offsets))
        end = found.end()
    return [*tokens, text[end:].encode()]


def _values(record: CallRecord, *, has_witness_rows: bool) -> list[Any]:
    def row_of(witness: Witness) -> dict[str, Any] | None:
        return (
            record_to_json(replace(record, witnesses=(witness,)))
            if has_witness_rows and witness in record.witnesses
            else None
        )

    caller = normalise(record.caller_raw)
    agents = dict.fromkeys(talk.with_ for talk in record.talks if talk.kind is TalkKind.AGENT)
    agreed = is_confirmed(record)
    over_at = record.ended_at
    return [
        record.pbx,
        record.call_id,
        record.direction.value,
        record.caller_number,
        caller.kind.value,
        record.dialled_number,
        record.customer_number,
        None if record.direction is Direction.INTERNAL else f"+86{RAW_NUMBER}",
        record.started_at,
        record.answered_at,
        record.ended_at,
        record.started_at.date(),
        record.outcome,
        record.short,
        record.wait,
        max((talk.to - talk.from_ for talk in record.talks if talk.to is not None), default=timedelta()),
        list(dict.fromkeys(visit.queue for visit in record.queue_visits)),
        list(agents),
        record.joined,
        record.complete,
        agreed,
        [anomaly.value for anomaly in record.anomalies],
        record_to_json(record),
        row_of(Witness.AMI),
        row_of(Witness.LEDGER),
        over_at,
        over_at if agreed else None,
        over_at,
    ]
