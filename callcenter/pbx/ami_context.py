"""The state of one AMI connection: as far as its next messages cannot be understood without it."""

from __future__ import annotations

from datetime import UTC, datetime

from callcenter.pbx import facts as f
from callcenter.pbx.injection import ForgeryGuard
from callcenter.pbx.timestamps import moment_from_epoch, whole_milliseconds
from callcenter.pbx.uniqueid import epoch_of
from callcenter.pbx.wire import CALLER_NUMBER, CHANNEL, CONTEXT, EXTEN, LINKEDID, TIMESTAMP, UNIQUEID, header


class AmiLink:
    """Which channels were introduced, and the latest moment known, for events without a Timestamp.

    It knows nothing of what calls mean.
    """

    def __init__(self) -> None:
        self.guard = ForgeryGuard()
        self.introduced: set[str] = set()
        self.undialled: set[str] = set()
        """Channels that came from nowhere, until the dialplan sends them somewhere."""
        self.unnumbered: set[str] = set()
        """Channels that began a call without a caller's number, until the dialplan has them: it may set any number."""
        self.listed: set[str] = set()
        """What the answer to CoreShowChannels has named so far."""
        self.is_timed = True
        """Whether the message at hand has a Timestamp."""
        self.is_live = False
        """Whether the time of its arrival is known."""
        self._latest: datetime | None = None

    def begin_again(self) -> None:
        """A new connection to the same PBX: what the old one left half said is void."""
        self.listed.clear()
        self.guard = ForgeryGuard()

    def moment(self, message: bytes, arrived_at: datetime | None) -> datetime:
        """When a message was true: its Timestamp, else its arrival, else, in a file, the latest moment known."""
        self.is_live = arrived_at is not None
        timestamp = header(message, TIMESTAMP)
        moment = None if timestamp is None else moment_from_epoch(timestamp)
        self.is_timed = moment is not None
        if moment is not None:
            self._latest = moment
            return moment
        if arrived_at is not None:
            return whole_milliseconds(arrived_at)
        epoch = epoch_of(header(message, UNIQUEID) or "")
        born = None if epoch is None else moment_from_epoch(str(epoch))
        if born is not None and (self._latest is None or born > self._latest):
            self._latest = born
        return self._latest or datetime.fromtimestamp(0, UTC)

    def introduce(
        self, message: bytes, at: datetime, uniqueid: str, channel: bytes = CHANNEL, linkedid: bytes = LINKEDID
    ) -> list[f.Fact]:
        """A channel we never saw being born shows itself by any event that names it."""
        if uniqueid in self.introduced:
            return []
        name = header(message, channel)
        if name is None:
            return []
        self.introduced.add(uniqueid)
        return [
            f.ChannelSeen(
                at=at,
                is_timed=self.is_timed,
                uniqueid=uniqueid,
                linkedid=header(message, linkedid),
                channel=name,
                caller_number=header(message, CALLER_NUMBER),
                exten=header(message, EXTEN),
                context=header(message, CONTEXT),
            )
        ]
