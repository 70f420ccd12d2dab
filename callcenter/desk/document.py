"""The document of one user's desk. Pure. Numbers of customers are masked, whoever the user is."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from callcenter.accounts.rights import Right
from callcenter.agents.rules import DeviceKind, PhonesInPages, Seat, kind_of
from callcenter.agents.store import PresentSeat
from callcenter.browser_phones.schemas import describe_phone
from callcenter.calls.masked_records import mask_record
from callcenter.calls.number_origins import Origin, origin_of
from callcenter.calls.numbers import mask
from callcenter.calls.records import Direction
from callcenter.calls.rows import Key
from callcenter.desk.inputs import DeskViewer, Floor, ListNumbers, OwnDial, OwnMediation, StoredCall
from callcenter.desk.rules import Part, part_of
from callcenter.json_values import moment_to_json
from callcenter.pbx.channel_names import device_of_interface
from callcenter.wallboard.document import show_up, step_of
from callcenter.wallboard.inputs import BLIND_AFTER
from callcenter.wallboard.json_patch import Document


def show_desk(
    floor: Floor,
    viewer: DeskViewer,
    now: datetime,
    *,
    area_code: str,
    phones_in_pages: PhonesInPages,
    lists: ListNumbers,
    is_reading: bool = True,
) -> Document:
    """What concerns the user. Raises KeyError for one who may not sign in."""
    user_id = viewer.user_id
    user = floor.people[user_id]
    seat = floor.seats.get(user_id)
    present = None if seat is None else floor.present.get(seat)
    heard_until = None if seat is None else floor.heard.get(seat.pbx)
    dial = floor.dials.get(user_id)
    mediation = floor.mediations.get(user_id)
    return {
        "user": user.name,
        "is_reading": is_reading,
        "as_of": moment_to_json(heard_until),
        "is_blind": heard_until is None or now - heard_until > BLIND_AFTER,
        "seat": None if seat is None else _show_seat(seat, present, now),
        "phone": None if seat is None else _show_phone(floor, viewer, seat, present, now, phones_in_pages),
        "calls": {} if seat is None else _show_calls(floor, seat, present, now, area_code),
        "dial": None if dial is None else _show_dial(floor, dial, area_code),
        "claims": {
            str(claim.episode_id): {
                "expires_at": moment_to_json(claim.expires_at),
                "promised_at": moment_to_json(claim.promised_at),
            }
            for claim in floor.claims.get(user_id, ())
            if claim.expires_at > now
        },
        "mediation": None if mediation is None else _show_mediation(mediation),
        "alarms": {kind.value: count for kind, count in floor.alarms.items()} if user.may(Right.SEE_ALARMS) else None,
        "lists": asdict(lists),
    }


def _show_seat(seat: Seat, present: PresentSeat | None, now: datetime) -> Document:
    shown: Document = {"pbx": seat.pbx, "interface": seat.interface}
    if present is None or not present.is_known(now):
        unknown = dict.fromkeys(("state", "reason", "next_reason", "since", "wrap_up_ends_at"))
        return shown | {"queues": [] if present is None else list(present.queues)} | unknown
    ends_at = present.wrap_up_ends_at
    return shown | {
        "queues": list(present.queues),
        "state": present.state.value,
        "reason": present.reason if ends_at is None else None,
        "next_reason": present.next_reason,
        "since": moment_to_json(present.began_at),
        "wrap_up_ends_at": moment_to_json(ends_at),
    }


def _show_phone(
    floor: Floor,
    viewer: DeskViewer,
    seat: Seat,
    present: PresentSeat | None,
    now: datetime,
    phones_in_pages: PhonesInPages,
) -> Document | None:
    if kind_of(seat, phones_in_pages) is not DeviceKind.BROWSER:
        return None
    return describe_phone(
        seat,
        floor.phones.get(seat),
        is_registered=present.is_registered if present is not None and present.is_known(now) else None,
        user_id=viewer.user_id,
        holder=viewer.holder,
        now=now,
    ).model_dump(mode="json")


def _show_calls(
    floor: Floor, seat: Seat, present: PresentSeat | None, now: datetime, area_code: str
) -> dict[str, Document]:
    device = device_of_interface(seat.interface)
    seat_state = present.state if present is not None and present.is_known(now) else None
    shown = {}
    for call in floor.calls:
        if call.key[0] == seat.pbx:
            part = part_of(device, call.record, now, seat_state=seat_state)
            if part is not None:
                shown["/".join(call.key)] = _show_call(floor, call, part, device, area_code)
    return shown


def _show_call(floor: Floor, call: StoredCall, part: Part, device: str, area_code: str) -> Document:
    record = mask_record(dict(call.record), area_code=area_code)
    is_inbound = record["direction"] == Direction.INBOUND
    is_outbound = record["direction"] == Direction.OUTBOUND
    is_maker = not is_inbound and call.record["caller_number"] == device
    visit = record["queue_visits"][-1] if record["queue_visits"] else None
    other_side = "dialled_number" if is_maker or is_outbound else "caller_number"
    return {
        "direction": record["direction"],
        "number": record[other_side],
        "origin": _show_origin(origin_of(call.record[other_side], area_code=area_code)),
        "name": record["caller_name"] if is_inbound else None,
        "queue": None if visit is None else visit["queue"],
        "state": part.state.value,
        "since": moment_to_json(part.since),
        "started_at": record["started_at"],
        "episode_id": None if call.subject is None else floor.episodes.get(call.subject),
        "joined": None if record["joined"] is None else f"{call.key[0]}/{record['joined']}",
    }


def _show_origin(origin: Origin | None) -> Document | None:
    if origin is None:
        return None
    return {"chinese": origin.chinese, "english": origin.english, "carrier": origin.carrier}


def _show_dial(floor: Floor, dial: OwnDial, area_code: str) -> Document:
    return {
        "id": dial.dial_id,
        "call": "/".join(dial.key),
        "episode_id": dial.episode_id,
        "number": mask(dial.subject, area_code=area_code),
        "requested_at": moment_to_json(dial.requested_at),
        "step": step_of(_find_up(floor, dial.key, area_code)).value,
    }


def _show_mediation(mediation: OwnMediation) -> Document:
    return {
        "id": mediation.mediation_id,
        "call": None if mediation.key is None else "/".join(mediation.key),
        "state": mediation.state.value,
    }


def _find_up(floor: Floor, key: Key, area_code: str) -> Document | None:
    for call in floor.calls:
        if call.key == key and call.record["outcome"] is None:
            return show_up(mask_record(dict(call.record), area_code=area_code))
    return None
