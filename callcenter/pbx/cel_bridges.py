"""CEL rows to facts: who shares a bridge.

Since Asterisk 12 a row names the bridge in its extras. Asterisk 11 and older had pairs instead of bridges:
BRIDGE_START and BRIDGE_END with the peer; CONF_ENTER and CONF_EXIT for the rooms of ConfBridge and MeetMe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from callcenter.pbx import facts as f
from callcenter.pbx.cel_columns import APPDATA, BRIDGEPEER, CHANNAME, EVENTEXTRA, EVENTTIME, UNIQUEID
from callcenter.pbx.cel_extra import read_extra, text_of


class CelBridges:
    """The bridges of one ledger that its rows do not name; `channels` are the names of those that are up."""

    def __init__(self, channels: Mapping[str, str]) -> None:
        self._channels = channels
        self._places: dict[str, str] = {}
        """The bridge of each channel, by the channel's name."""

    def forget(self, channel: str) -> None:
        """The channel is gone."""
        self._places.pop(channel, None)

    def bridge_enter(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """BRIDGE_ENTER: the channel is in the bridge that its extras name, or that its peers are in."""
        extra = read_extra(row[EVENTEXTRA])
        bridge = text_of(extra.get("bridge_id")) or self._place_of(row)
        technology = extra.get("bridge_technology")
        return [
            f.BridgeEntered(
                at=at,
                uniqueid=row[UNIQUEID],
                bridge=bridge,
                technology=technology if isinstance(technology, str) else None,
            )
        ]

    def bridge_exit(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """BRIDGE_EXIT, and CONF_EXIT of Asterisk 11."""
        bridge = text_of(read_extra(row[EVENTEXTRA]).get("bridge_id")) or self._places.pop(row[CHANNAME], None)
        if bridge is None:
            return []
        return [f.BridgeLeft(at=at, uniqueid=row[UNIQUEID], bridge=bridge)]

    def _place_of(self, row: Sequence[str]) -> str:
        """Where an installation writes no extras the peers show the bridge: it is theirs, else a new one."""
        peers = row[BRIDGEPEER].split(",")
        known = (self._places[peer] for peer in peers if peer in self._places)
        place = next(known, f"{row[UNIQUEID]} {row[EVENTTIME]}")
        self._places[row[CHANNAME]] = place
        return place

    def pair_begun(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """Asterisk 11: this channel and its peer hear each other from now on."""
        place = f"{row[UNIQUEID]} {row[EVENTTIME]}"
        found = self.pair_ended(row, at)
        for uniqueid in self._pair(row):
            self._places[self._channels[uniqueid]] = place
            found.append(f.BridgeEntered(at=at, uniqueid=uniqueid, bridge=place, technology=None))
        return found

    def pair_ended(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """Asterisk 11: this channel and its peer hear each other no longer."""
        found: list[f.Fact] = []
        for uniqueid in self._pair(row):
            place = self._places.pop(self._channels[uniqueid], None)
            if place is not None:
                found.append(f.BridgeLeft(at=at, uniqueid=uniqueid, bridge=place))
        return found

    def room_entered(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """Asterisk 11: into the room that the application's data names."""
        place = f"room {row[APPDATA].partition(',')[0]}"
        self._places[row[CHANNAME]] = place
        return [f.BridgeEntered(at=at, uniqueid=row[UNIQUEID], bridge=place, technology=None)]

    def _pair(self, row: Sequence[str]) -> list[str]:
        """The channel of the row and its peer, as far as they are up."""
        names = (row[CHANNAME], row[BRIDGEPEER])
        return [uniqueid for uniqueid, channel in self._channels.items() if channel in names and channel]


BRIDGE_TRANSLATORS: Mapping[str, Callable[[CelBridges, Sequence[str], datetime], list[f.Fact]]] = {
    "BRIDGE_ENTER": CelBridges.bridge_enter,
    "BRIDGE_EXIT": CelBridges.bridge_exit,
    "BRIDGE_START": CelBridges.pair_begun,
    "BRIDGE_UPDATE": CelBridges.pair_begun,
    "BRIDGE_END": CelBridges.pair_ended,
    "CONF_ENTER": CelBridges.room_entered,
    "CONF_EXIT": CelBridges.bridge_exit,
}
