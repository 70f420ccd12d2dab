"""What of a call record says who the customer is, and the record without that."""

from __future__ import annotations

from typing import Any

from callcenter.calls.numbers import mask, normalise

LONGEST_EXTENSION = 6
"""Digits. The shortest numbers of citizens have seven."""


def mask_record(record: dict[str, Any], *, area_code: str) -> dict[str, Any]:
    """The record in its contract shape, with the customer's numbers and name masked.

    Our own numbers, extensions and agents stay: inbound the caller is the customer, else whoever was dialled, whatever
    prefix the agent keyed. A call to a number outside that never went out counts as one within the house.
    """

    def masked(number: str | None) -> str | None:
        return mask(number, area_code=area_code)

    def masked_device(device: str | None) -> str | None:
        return None if device is None else mask_device(device, area_code=area_code)

    changes: dict[str, Any] = {
        "customer_number": masked(record["customer_number"]),
        "talks": [
            talk if talk["kind"] == "agent" else talk | {"with": masked(talk["with"]) or "****"}
            for talk in record["talks"]
        ],
        "queue_visits": [
            visit
            | {
                "agent": masked_device(visit["agent"]),
                "rings": [ring | {"agent": masked_device(ring["agent"])} for ring in visit["rings"]],
            }
            for visit in record["queue_visits"]
        ],
    }
    if record["direction"] == "inbound":
        changes["caller_number"] = masked(record["caller_number"])
        changes["caller_raw"] = masked(record["caller_raw"])
        changes["caller_name"] = mask_name(record["caller_name"])
    elif record["direction"] == "outbound":
        changes["dialled_number"] = masked(record["dialled_number"])
    else:
        dialled = record["dialled_number"]
        changes["dialled_number"] = dialled if _is_within_the_house(dialled) else masked(dialled) or "****"
    return record | changes


def _is_within_the_house(dialled: str | None) -> bool:
    """An extension, a feature code or a name; more digits are a number outside that the PBX did not let through."""
    return dialled is None or sum(sign.isdecimal() for sign in dialled) <= LONGEST_EXTENSION


def mask_device(device: str, *, area_code: str) -> str:
    """A member of a queue: masked where it is a telephone number, which may be somebody's mobile."""
    is_number = normalise(device, area_code=area_code).number is not None
    return (is_number and mask(device, area_code=area_code)) or device


def mask_name(name: str | None) -> str | None:
    """A person's name as `张*`."""
    return None if not name else name[0] + "*"
