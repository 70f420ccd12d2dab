"""Who shares a bridge with whom: what it means that a leg comes into one or goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from callcenter.pbx import facts as f
from callcenter.tracking.call_state import Bridge, Leg, OpenCall
from callcenter.tracking.talks import leave_place, legs_in_earshot, update_place


class Bridges:
    """The bridges that have legs in them; `mark` is called with each call that changes."""

    def __init__(self, mark: Callable[[OpenCall], None]) -> None:
        self._bridges: dict[str, Bridge] = {}
        self._mark = mark

    def enter(self, leg: Leg, fact: f.BridgeEntered) -> None:
        """The leg comes in; it leaves the bridge in which it was."""
        if leg.bridge is not None and leg.bridge.bridge_id != fact.bridge:
            self.leave(leg, fact.at)
        bridge = self._bridges.setdefault(fact.bridge, Bridge(bridge_id=fact.bridge))
        bridge.is_holding = fact.technology == "holding_bridge"
        bridge.legs[leg.uniqueid] = leg
        leg.bridge = bridge
        leg.is_up = True
        visit = leg.call.current_visit(leg)
        if visit is not None:
            visit.released_at = None
        place = legs_in_earshot(leg)
        if place:
            update_place(place, fact.at, self._mark)

    def leave(self, leg: Leg, at: datetime) -> None:
        """The leg goes from the bridge it is in, if it is in one; those who heard it stay with whom they still hear."""
        bridge = leg.bridge
        if bridge is None:
            return
        before = legs_in_earshot(leg)
        visit = leg.call.current_visit(leg)
        if visit is not None and visit.connected_at is not None:
            visit.released_at = at
        leg.bridge = None
        bridge.legs.pop(leg.uniqueid, None)
        if not bridge.legs:
            self._bridges.pop(bridge.bridge_id, None)
        if bridge.is_holding:
            return
        leave_place(leg, at, self._mark)
        done: set[str] = set()
        for other in before:
            if other is leg or other.uniqueid in done:
                continue
            place = legs_in_earshot(other)
            done.update(member.uniqueid for member in place)
            if place:
                update_place(place, at, self._mark)
