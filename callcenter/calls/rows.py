"""Rows of the table `calls`, made from the reports of both witnesses. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.calls.merge_updates import merge_update
from callcenter.calls.merge_witnesses import is_confirmed, merge
from callcenter.calls.numbers import CallerNumber, NumberKind, identity_key, normalise
from callcenter.calls.record_json import record_from_json, record_to_json
from callcenter.calls.records import Anomaly, CallRecord, Direction, TalkKind, Witness, seconds
from callcenter.json_values import moment_to_json

LONGEST_NUMBER = 200
"""Signs of a number that are searched for. No index takes a text of some kilobytes, and a caller may send one."""

Key = tuple[str, str]
Reports = dict[Witness, CallRecord]
Row = dict[str, Any]
"""The columns of one call, as JSON has them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Locality:
    """Where the hotline is: what local numbers belong to, and when its business day begins."""

    area_code: str
    timezone: ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCall:
    """What is stored of a call."""

    reports: Mapping[Witness, dict[str, Any]]
    recorded_at: datetime | None
    confirmed_at: datetime | None


def by_call(reports: Iterable[CallRecord]) -> dict[Key, Reports]:
    """The reports of each call, several by one witness merged into one."""
    calls: dict[Key, Reports] = {}
    for report in map(_storable, reports):
        (witness,) = report.witnesses
        of_call = calls.setdefault((report.pbx, report.call_id), {})
        earlier = of_call.get(witness)
        of_call[witness] = report if earlier is None else merge_update(earlier, report)
    return calls


def row_after(
    known: KnownCall | None, reports: Reports, locality: Locality, now: datetime, *, is_repeat: bool
) -> Row | None:
    """The row after these reports, None if they add nothing. A report that stays as stored is None in it."""
    after = {} if known is None else {witness: record_from_json(stored) for witness, stored in known.reports.items()}
    changed: dict[Witness, dict[str, Any]] = {}
    for witness, report in reports.items():
        earlier = after.get(witness)
        if earlier is not None:
            if is_repeat and earlier.complete:
                continue
            report = merge_update(earlier, report)
            if report == earlier:
                continue
        after[witness] = report
        changed[witness] = record_to_json(report)
    if not changed:
        return None
    record = merge(after.get(Witness.AMI), after.get(Witness.LEDGER))
    is_recorded, is_agreed = record.outcome is not None, is_confirmed(record)
    recorded_at = now if known is None or known.recorded_at is None else known.recorded_at
    # The other witness may have been stored after our clock was read.
    confirmed_at = max(now, recorded_at) if known is None or known.confirmed_at is None else known.confirmed_at
    return _columns(record, locality) | {
        "record": record_to_json(record) if len(after) > 1 else next(iter(changed.values())),
        "is_confirmed": is_agreed,
        "told_by_ami": changed.get(Witness.AMI),
        "told_by_ledger": changed.get(Witness.LEDGER),
        "recorded_at": recorded_at.isoformat() if is_recorded else None,
        "confirmed_at": confirmed_at.isoformat() if is_agreed else None,
        "changed_at": now.isoformat(),
    }


def customer_of(record: CallRecord, locality: Locality) -> tuple[str | None, NumberKind]:
    """`customer_key` and `number_kind` of a call."""
    caller = _caller(record, locality)
    return _searchable(_customer_key(record, caller, locality)), caller.kind


def _caller(record: CallRecord, locality: Locality) -> CallerNumber:
    if record.caller_raw is None and Anomaly.BIRTH_UNSEEN in record.anomalies:
        return CallerNumber(number=None, kind=NumberKind.UNKNOWN)
    return normalise(record.caller_raw, area_code=locality.area_code)


def _columns(record: CallRecord, locality: Locality) -> Row:
    caller = _caller(record, locality)
    talks = [talk.to - talk.from_ for talk in record.talks if talk.to is not None]
    agents = (talk.with_ for talk in record.talks if talk.kind is TalkKind.AGENT)
    queues = (visit.queue for visit in record.queue_visits if visit.queue is not None)
    return {
        "pbx": record.pbx,
        "call_id": record.call_id,
        "direction": record.direction,
        "caller_number": _searchable(record.caller_number),
        "number_kind": caller.kind,
        "dialled_number": record.dialled_number,
        "customer_number": _searchable(record.customer_number),
        "customer_key": _searchable(_customer_key(record, caller, locality)),
        "started_at": moment_to_json(record.started_at),
        "answered_at": moment_to_json(record.answered_at),
        "ended_at": moment_to_json(record.ended_at),
        "business_date": record.started_at.astimezone(locality.timezone).date().isoformat(),
        "outcome": record.outcome,
        "short": record.short,
        "wait": f"{seconds(record.wait)} s",
        "longest_talk": f"{seconds(max(talks, default=timedelta()))} s",
        "queues": list(dict.fromkeys(queues)),
        "agents": list(dict.fromkeys(agents)),
        "joined": record.joined,
        "complete": record.complete,
        "anomalies": list(record.anomalies),
    }


def _searchable(number: str | None) -> str | None:
    return None if number is None else number[:LONGEST_NUMBER]


def _customer_key(record: CallRecord, caller: CallerNumber, locality: Locality) -> str | None:
    """Who the customer is: inbound the caller, outbound whom the line rang; within the house there is none."""
    match record.direction:
        case Direction.INBOUND:
            return identity_key(caller)
        case Direction.OUTBOUND:
            return identity_key(normalise(record.customer_number, area_code=locality.area_code))
        case _:
            return None


def _storable(report: CallRecord) -> CallRecord:
    """PostgreSQL takes neither NUL nor half a surrogate pair; a visible sign stands in for them."""
    text = "".join(filter(None, _texts(report)))
    if text.isascii() and "\0" not in text:
        return report
    return record_from_json(_cleaned(record_to_json(report)))


def _texts(report: CallRecord) -> Iterator[str | None]:
    yield from (report.pbx, report.call_id, report.joined)
    yield from (report.caller_number, report.caller_raw, report.caller_name, report.dialled_number)
    yield report.customer_number
    yield from report.recordings
    for talk in report.talks:
        yield talk.with_
    for visit in report.queue_visits:
        yield from (visit.queue, visit.agent)
        for ring in visit.rings:
            yield ring.agent
    if report.voicemail is not None:
        yield from (report.voicemail.mailbox, report.voicemail.file)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
