"""The JSON shape of a call record, both ways.

It is a contract (`callcenter replay`, API, exports): every key is always there, what is
not known is null, moments are UTC with milliseconds, durations seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Direction,
    HungUpBy,
    Outcome,
    QueueExit,
    QueueVisit,
    Ring,
    RingResult,
    Talk,
    TalkKind,
    Voicemail,
    Witness,
    seconds,
)
from callcenter.json_values import moment_to_json


def record_to_json(record: CallRecord) -> dict[str, Any]:
    """The record in its contract shape, keys in contract order."""
    return {
        "call_id": record.call_id,
        "pbx": record.pbx,
        "direction": record.direction.value,
        "caller_number": record.caller_number,
        "caller_raw": record.caller_raw,
        "customer_number": record.customer_number,
        "caller_name": record.caller_name,
        "dialled_number": record.dialled_number,
        "started_at": moment_to_json(record.started_at),
        "answered_at": moment_to_json(record.answered_at),
        "ended_at": moment_to_json(record.ended_at),
        "outcome": record.outcome,
        "hangup_cause": record.hangup_cause,
        "hung_up_by": record.hung_up_by,
        "short": record.short,
        "queue_visits": [_queue_visit_to_json(visit) for visit in record.queue_visits],
        "talks": [
            {
                "with": talk.with_,
                "kind": talk.kind.value,
                "from": moment_to_json(talk.from_),
                "to": moment_to_json(talk.to),
            }
            for talk in record.talks
        ],
        "wait_seconds": seconds(record.wait),
        "talk_seconds": seconds(record.talk_time),
        "voicemail": None
        if record.voicemail is None
        else {
            "mailbox": record.voicemail.mailbox,
            "file": record.voicemail.file,
            "seconds": seconds(record.voicemail.duration),
        },
        "recordings": list(record.recordings),
        "transferred": record.transferred,
        "lost_after_transfer": record.lost_after_transfer,
        "emergency_unanswered_at": moment_to_json(record.emergency_unanswered_at),
        "joined": record.joined,
        "witnesses": [witness.value for witness in record.witnesses],
        "complete": record.complete,
        "anomalies": [anomaly.value for anomaly in record.anomalies],
    }


def _queue_visit_to_json(visit: QueueVisit) -> dict[str, Any]:
    return {
        "queue": visit.queue,
        "joined_at": moment_to_json(visit.joined_at),
        "left_at": moment_to_json(visit.left_at),
        "exit": visit.exit,
        "position": visit.position,
        "wait_seconds": seconds(visit.wait),
        "agent": visit.agent,
        "connected_at": moment_to_json(visit.connected_at),
        "rings": [
            {
                "agent": ring.agent,
                "at": moment_to_json(ring.at),
                "seconds": seconds(ring.duration),
                "result": ring.result,
            }
            for ring in visit.rings
        ],
    }


def record_from_json(values: dict[str, Any]) -> CallRecord:
    """The record behind its contract shape: the inverse of `record_to_json`, to the millisecond."""
    return CallRecord(
        call_id=values["call_id"],
        pbx=values["pbx"],
        direction=Direction(values["direction"]),
        caller_number=values["caller_number"],
        caller_raw=values["caller_raw"],
        customer_number=values["customer_number"],
        caller_name=values["caller_name"],
        dialled_number=values["dialled_number"],
        started_at=datetime.fromisoformat(values["started_at"]),
        answered_at=_moment_from_json(values["answered_at"]),
        ended_at=_moment_from_json(values["ended_at"]),
        outcome=None if values["outcome"] is None else Outcome(values["outcome"]),
        hangup_cause=values["hangup_cause"],
        hung_up_by=None if values["hung_up_by"] is None else HungUpBy(values["hung_up_by"]),
        short=values["short"],
        queue_visits=tuple(_queue_visit_from_json(visit) for visit in values["queue_visits"]),
        talks=tuple(
            Talk(
                with_=talk["with"],
                kind=TalkKind(talk["kind"]),
                from_=datetime.fromisoformat(talk["from"]),
                to=_moment_from_json(talk["to"]),
            )
            for talk in values["talks"]
        ),
        wait=timedelta(seconds=values["wait_seconds"]),
        voicemail=None
        if values["voicemail"] is None
        else Voicemail(
            mailbox=values["voicemail"]["mailbox"],
            file=values["voicemail"]["file"],
            duration=_duration_from_json(values["voicemail"]["seconds"]),
        ),
        recordings=tuple(values["recordings"]),
        transferred=values["transferred"],
        lost_after_transfer=values["lost_after_transfer"],
        # records of before this key have none
        emergency_unanswered_at=_moment_from_json(values.get("emergency_unanswered_at")),
        joined=values["joined"],
        witnesses=tuple(Witness(witness) for witness in values["witnesses"]),
        complete=values["complete"],
        anomalies=tuple(Anomaly(anomaly) for anomaly in values["anomalies"]),
    )


def _queue_visit_from_json(visit: dict[str, Any]) -> QueueVisit:
    return QueueVisit(
        queue=visit["queue"],
        joined_at=_moment_from_json(visit["joined_at"]),
        left_at=_moment_from_json(visit["left_at"]),
        exit=None if visit["exit"] is None else QueueExit(visit["exit"]),
        position=visit["position"],
        agent=visit["agent"],
        connected_at=_moment_from_json(visit["connected_at"]),
        rings=tuple(
            Ring(
                agent=ring["agent"],
                at=datetime.fromisoformat(ring["at"]),
                duration=_duration_from_json(ring["seconds"]),
                result=None if ring["result"] is None else RingResult(ring["result"]),
            )
            for ring in visit["rings"]
        ),
    )


def _moment_from_json(moment: str | None) -> datetime | None:
    return None if moment is None else datetime.fromisoformat(moment)


def _duration_from_json(duration: float | None) -> timedelta | None:
    return None if duration is None else timedelta(seconds=duration)


def devices_of(record: Mapping[str, Any]) -> set[str]:
    """Everything in a record in its contract shape that may be a device of the house."""
    rings = [ring["agent"] for visit in record["queue_visits"] for ring in visit["rings"]]
    talks = [talk["with"] for talk in record["talks"]]
    ends = [record["caller_number"], record["dialled_number"]]
    return {name for name in (*rings, *talks, *ends) if name is not None}
