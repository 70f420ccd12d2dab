"""What was changed in a row after it was frozen, and is no mere progress of the matter. Pure.

A matter goes on after the cut-off: it is decided, completed, given to a unit. That belongs to the time in which it
happens. A correction is what makes a figure that was given out another one: what was known is something else now, or
what was said of the matter itself is known only now. Steps stand in a log that nobody changes, so none is corrected;
that one more is taken after a matter was opened again, is shown by its completion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState
from callcenter.casework.tickets.rules import TicketState

ABOUT_THE_MATTER = (
    *("kind", "channel", "received_at", "merchant_id", "goods_code", "service_code", "problem_code", "offence_code"),
    *("sales_mode_code", "region", "brand", "amount_in_dispute_cents", "priority", "complainant_key", "is_merged"),
)
"""Any change of these is a correction."""
COME_LATER = ("unit_id", "amount_recovered_cents", "outcome", "completed_at", "group_id")
"""These are filled in as a matter goes on; one that has an outcome was complete."""
ENDED = (ClockState.MET, ClockState.BREACHED)
SIGNED = (FlagState.FILED, FlagState.REFUSED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A field with what it was and what it is, as JSON has them."""

    field: str
    old: Any
    new: Any


def find_corrections(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Correction]:
    """Of the same row, both as `canonical.to_json` gives them. A void matter has one: its state."""
    if now["state"] == TicketState.VOID:
        return [Correction(field="state", old=was["state"], new=now["state"])] if was["state"] != now["state"] else []
    return [*_of_fields(was, now), *_of_clocks(was, now), *_of_flags(was, now)]


def apply(row: Mapping[str, Any], field: str, new: Any) -> dict[str, Any]:
    """The row with a correction in it."""
    name, _, part = field.partition(".")
    if not part:
        return {**row, name: new}
    keep = [one for one in row[name] if _key(name, one) != part]
    return {**row, name: [*keep, new] if new is not None else keep}


def _of_fields(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Correction]:
    is_progress = was["outcome"] is None
    # Who has lost the persons with time has not been corrected.
    has_forgotten = now["state"] == TicketState.ARCHIVED
    for field in (*ABOUT_THE_MATTER, *COME_LATER):
        old, new = was[field], now[field]
        if old == new or (field == "complainant_key" and has_forgotten):
            continue
        if field in COME_LATER and old is None and is_progress:
            continue
        yield Correction(field=field, old=old, new=new)


def _of_clocks(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Correction]:
    known = {_key("clocks", one): one for one in now["clocks"]}
    for old in was["clocks"]:
        key = _key("clocks", old)
        new = known.get(key)
        if old["state"] in ENDED and new != old:
            yield Correction(field=f"clocks.{key}", old=old, new=new)


def _of_flags(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Correction]:
    known = {_key("flags", one): one for one in now["flags"]}
    for old in was["flags"]:
        key = _key("flags", old)
        new = known.get(key)
        is_over = old["state"] in SIGNED or (new is not None and new["state"] == FlagState.WITHDRAWN)
        if is_over and new != old:
            yield Correction(field=f"flags.{key}", old=old, new=new)


def _key(name: str, one: Mapping[str, Any]) -> str:
    if name == "clocks":
        return f"{one['code']}.{one['number']}"
    return f"{one['trigger']}.{one['raised_at']}"
