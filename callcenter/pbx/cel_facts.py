"""CEL rows to facts. The columns are those of Asterisk's own sample mapping, all quoted.

Event types are those of `main/cel.c` (Asterisk 13 to 22). Those of bridges have a file of their own, `cel_bridges`.
What an installation writes with CELGenUserEvent arrives as USER_DEFINED with its name in
`userdeftype`, or, from some database back ends, with its name as the event type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from callcenter.pbx import dialplan_facts as d
from callcenter.pbx import facts as f
from callcenter.pbx.ami_dialplan import voicemail_exit
from callcenter.pbx.applications import dialling_application, watched_application
from callcenter.pbx.cel_bridges import BRIDGE_TRANSLATORS, CelBridges
from callcenter.pbx.cel_columns import (
    APPDATA,
    APPNAME,
    CALLERID_ANI,
    CALLERID_DNID,
    CALLERID_NAME,
    CALLERID_NUM,
    CHANNAME,
    CONTEXT,
    EVENTEXTRA,
    EVENTTIME,
    EVENTTYPE,
    EXTEN,
    LINKEDID,
    UNIQUEID,
    USERDEFTYPE,
)
from callcenter.pbx.cel_extra import LARGEST_CAUSE, read_extra, read_old_hangup, read_user_extra, text_of
from callcenter.pbx.cel_rows import COLUMNS, SILENT_EVENTS, is_in_order
from callcenter.pbx.channel_names import PLACELESS_EXTENS, is_local
from callcenter.pbx.ledger_clock import LedgerClock
from callcenter.pbx.unknown_names import count_name

_SILENT = frozenset(SILENT_EVENTS)


class CelFacts:
    """Translates the rows of one ledger, in order."""

    def __init__(self) -> None:
        self.unknown_events: Counter[str] = Counter()
        self.damaged = 0
        self._channels: dict[str, str] = {}
        self._undialled: set[str] = set()
        self._unnumbered: set[str] = set()
        self._kinds: set[str] = set()
        self._queued: dict[str, str] = {}
        self._after_queue: set[str] = set()
        self._bridges = CelBridges(self._channels)
        self._latest: datetime | None = None
        self.clock = LedgerClock()

    def translate(self, row: Sequence[str]) -> list[f.Fact]:
        """Facts of one row. A damaged row is counted and reported, never raised."""
        if len(row) != COLUMNS:
            return self._damaged("row without 20 columns")
        name, uniqueid = row[EVENTTYPE], row[UNIQUEID]
        if name in _SILENT:
            return []
        at = self.clock.moment(row)
        if at is None or not uniqueid:
            return self._damaged("row without a moment or a channel")
        if not is_in_order(row):
            return self._damaged("row with its values in other columns")
        self._latest = at
        if name == "CHAN_START":
            return self._chan_start(row, at) + self._shift(row, at)
        found = self._introduce(row, at)
        bridge_translator = BRIDGE_TRANSLATORS.get(name)
        if bridge_translator is not None:
            return found + bridge_translator(self._bridges, row, at)
        return found + _TRANSLATORS.get(name, CelFacts._user_defined)(self, row, at)

    def _damaged(self, reason: str) -> list[f.Fact]:
        self.damaged += 1
        return [f.Damaged(at=self._latest or datetime.fromtimestamp(0, UTC), reason=reason)]

    def _introduce(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """What any row says of its channel besides its event: a new name, who dialled it, what it dialled."""
        uniqueid, application = row[UNIQUEID], row[APPNAME]
        found: list[f.Fact] = []
        if self._channels.get(uniqueid) != row[CHANNAME]:
            found.append(self._channel_named(row, at))
            found += self._shift(row, at)
        if application and watched_application(application) == "Queue":
            if self._queued.get(uniqueid) != row[APPDATA]:
                found += self._queue_shown(row, at)
        elif application and uniqueid not in self._kinds and (rung_by := dialling_application(application)) is not None:
            self._kinds.add(uniqueid)
            found.append(f.LegKind(at=at, uniqueid=uniqueid, application=rung_by, exten=row[EXTEN] or None))
        elif application and watched_application(application) == "AgentLogin" and uniqueid not in self._kinds:
            self._kinds.add(uniqueid)  # APP_START is reported only of the applications that cel.conf names
            found.append(f.AppStarted(at=at, uniqueid=uniqueid, application="AgentLogin", data=row[APPDATA]))
        if uniqueid in self._after_queue:
            self._after_queue.discard(uniqueid)
            found.append(f.AppEnded(at=at, uniqueid=uniqueid, application="Queue", exten=row[EXTEN] or None))
        return found + self._late_numbers(row, at)

    def _late_numbers(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """What was dialled and who calls, where the channel's birth had not said it.

        The dialplan may set CALLERID(num) to anything; CALLERID(ANI) is the line's own word.
        """
        uniqueid, number = row[UNIQUEID], row[CALLERID_ANI]
        found: list[f.Fact] = []
        if uniqueid in self._undialled:
            dialled = row[CALLERID_DNID] or row[EXTEN]
            if dialled not in PLACELESS_EXTENS:
                self._undialled.discard(uniqueid)
                found.append(f.ChannelDialed(at=at, uniqueid=uniqueid, exten=dialled))
        if number and uniqueid in self._unnumbered:
            self._unnumbered.discard(uniqueid)
            name = row[CALLERID_NAME] or None
            found.append(f.CallerIdentified(at=at, uniqueid=uniqueid, caller_number=number, caller_name=name))
        return found

    def _channel_named(self, row: Sequence[str], at: datetime) -> f.ChannelSeen | f.ChannelRenamed:
        """A channel whose birth was not reported, or that a masquerade gave another name."""
        uniqueid, channel = row[UNIQUEID], row[CHANNAME]
        is_known = uniqueid in self._channels
        self._channels[uniqueid] = channel
        if is_known:
            return f.ChannelRenamed(at=at, uniqueid=uniqueid, channel=channel)
        return f.ChannelSeen(
            at=at,
            uniqueid=uniqueid,
            linkedid=row[LINKEDID] or None,
            channel=channel,
            caller_number=row[CALLERID_NUM] or None,
            exten=row[EXTEN] or None,
            context=row[CONTEXT] or None,
        )

    def _shift(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        return [f.MomentsShifted(at=at, uniqueid=row[UNIQUEID])] if self.clock.is_shifted(row[EVENTTIME]) else []

    def _queue_shown(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """Another Queue() right behind the first writes no APP_START (cel.c compares names only), but other data."""
        uniqueid, data = row[UNIQUEID], row[APPDATA]
        is_first = uniqueid not in self._queued
        self._queued[uniqueid] = data
        if row[EVENTTYPE] == "APP_START":
            return []
        if is_first:
            return [f.QueueSeen(at=at, uniqueid=uniqueid, queue=data.partition(",")[0])]
        return [f.AppStarted(at=at, uniqueid=uniqueid, application="Queue", data=data, exten=row[EXTEN])]

    def _chan_start(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        uniqueid, exten = row[UNIQUEID], row[EXTEN]
        self._channels[uniqueid] = row[CHANNAME]
        if exten in PLACELESS_EXTENS and not is_local(row[CHANNAME]):
            self._undialled.add(uniqueid)
        if not row[CALLERID_NUM] and row[LINKEDID] in (uniqueid, "") and not is_local(row[CHANNAME]):
            self._unnumbered.add(uniqueid)
        return [
            f.ChannelStarted(
                at=at,
                uniqueid=uniqueid,
                linkedid=row[LINKEDID] or None,
                channel=row[CHANNAME],
                caller_number=row[CALLERID_NUM] or None,
                caller_name=row[CALLERID_NAME] or None,
                exten=exten or None,
                context=row[CONTEXT] or None,
            ),
            *self._late_numbers(row, at),
        ]

    def _answer(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        return [f.ChannelAnswered(at=at, uniqueid=row[UNIQUEID])]

    def _app_start(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        application, data = watched_application(row[APPNAME]), row[APPDATA]
        if application is None:
            return []
        found: list[f.Fact] = [
            f.AppStarted(at=at, uniqueid=row[UNIQUEID], application=application, data=data, exten=row[EXTEN])
        ]
        if application == "VoiceMail":
            mailbox = data.partition(",")[0].partition("&")[0]
            found.append(d.VoicemailStarted(at=at, uniqueid=row[UNIQUEID], mailbox=mailbox))
        return found

    def _app_end(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        application = watched_application(row[APPNAME])
        if application is None:
            return []
        if application == "Queue":
            self._after_queue.add(row[UNIQUEID])  # some versions say in the next row only where the dialplan goes on
        return [f.AppEnded(at=at, uniqueid=row[UNIQUEID], application=application, exten=row[EXTEN] or None)]

    def _blind_transfer(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        transferee = read_extra(row[EVENTEXTRA]).get("transferee_channel_uniqueid")
        return [f.Transferred(at=at, uniqueid=row[UNIQUEID], kind=f.TransferKind.BLIND, transferee=text_of(transferee))]

    def _attended_transfer(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        extra = read_extra(row[EVENTEXTRA])
        return [
            f.Transferred(
                at=at,
                uniqueid=row[UNIQUEID],
                kind=f.TransferKind.ATTENDED,
                second=text_of(extra.get("channel2_uniqueid")),
                transferee=text_of(extra.get("transferee_channel_uniqueid")),
            )
        ]

    def _hangup(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        uniqueid = row[UNIQUEID]
        self._channels.pop(uniqueid, None)
        self._undialled.discard(uniqueid)
        self._unnumbered.discard(uniqueid)
        self._kinds.discard(uniqueid)
        self._queued.pop(uniqueid, None)
        self._after_queue.discard(uniqueid)
        self._bridges.forget(row[CHANNAME])
        extra = read_extra(row[EVENTEXTRA]) or read_old_hangup(row[EVENTEXTRA])
        cause, source, status = extra.get("hangupcause"), extra.get("hangupsource"), extra.get("dialstatus")
        found: list[f.Fact] = []
        if isinstance(status, str) and status:
            found.append(f.DialStatusSet(at=at, uniqueid=uniqueid, status=status))
        found.append(
            f.ChannelHungUp(
                at=at,
                uniqueid=uniqueid,
                cause=cause if isinstance(cause, int) and 0 <= cause <= LARGEST_CAUSE else None,
                source=source if isinstance(source, str) else None,
            )
        )
        return found

    def _forward(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        target = text_of(read_extra(row[EVENTEXTRA]).get("forward"))
        return [] if target is None else [f.Forwarded(at=at, uniqueid=row[UNIQUEID], target=target)]

    def _nothing_else(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        """The event itself says nothing, but its row may be the only one that shows who rang the leg, or a queue."""
        return []

    def _user_defined(self, row: Sequence[str], at: datetime) -> list[f.Fact]:
        name = row[USERDEFTYPE] or row[EVENTTYPE]
        extra = read_user_extra(row[EVENTEXTRA])
        uniqueid = row[UNIQUEID]
        if name == "QUEUE_EXIT":
            return [f.QueueStatusSet(at=at, uniqueid=uniqueid, queue=None, status=extra)] if extra else []
        if name == "AFTER_HOURS":
            return [d.AfterHoursAnnounced(at=at, uniqueid=uniqueid)]
        if name == "EMERGENCY_REQUESTED":
            return [d.EmergencyRequested(at=at, uniqueid=uniqueid)]
        if name == "EMERGENCY_UNANSWERED":
            return [d.EmergencyUnanswered(at=at, uniqueid=uniqueid)]
        if name == "TOO_MANY_CALLS":
            return [d.RefusedForCallingTooOften(at=at, uniqueid=uniqueid)]
        if name == "SENT_BACK":
            return [d.SentBack(at=at, uniqueid=uniqueid)]
        if name in ("INSTRUCTION_KEY", "BROADCAST_KEY"):
            return []  # who pressed which key is read where the dialplan keeps it
        if name == "VOICEMAIL_EXIT" and extra:
            _status, _, rest = extra.partition("|")
            file, _, seconds = rest.partition("|")
            return [voicemail_exit(at, True, uniqueid, file or None, seconds)]
        count_name(self.unknown_events, name)
        return []


_TRANSLATORS: dict[str, Callable[[CelFacts, Sequence[str], datetime], list[f.Fact]]] = {
    "ANSWER": CelFacts._answer,
    "APP_START": CelFacts._app_start,
    "APP_END": CelFacts._app_end,
    "BLINDTRANSFER": CelFacts._blind_transfer,
    "ATTENDEDTRANSFER": CelFacts._attended_transfer,
    "HANGUP": CelFacts._hangup,
    "FORWARD": CelFacts._forward,
    "PICKUP": CelFacts._nothing_else,
    "STREAM_BEGIN": CelFacts._nothing_else,
}
