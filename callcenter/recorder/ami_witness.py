"""The live witness: what comes over the AMI link, tracked at once and stored in small batches.

Hearing never waits for the database. While that is away, the latest record of each call is kept, up to a bound; what
goes beyond it becomes a gap.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls import store, witness_store
from callcenter.calls.blind_times import GapReason
from callcenter.calls.merge_updates import end_unseen
from callcenter.calls.records import CallRecord, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import Stored
from callcenter.calls.witness_store import Oddities
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.credentials import without_passwords
from callcenter.pbx.event_link import AmiLink, LinkDown, LinkUp, RawMessage, StreamItem
from callcenter.pbx.facts import ChannelsListed, Damaged, Fact
from callcenter.pbx.queue_members import BEGINNINGS
from callcenter.pbx.wire import decode
from callcenter.postgres.database import Database
from callcenter.postgres.retry import persist
from callcenter.recorder.metrics import GAPS, HEARD_UNTIL, IS_HEARD, ODDITIES, count_stored
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

BATCH_SECONDS = 0.03
"""From the end of one batch to the beginning of the next, at least: what comes meanwhile is collected."""
LONGEST_BATCH_SECONDS = 0.3
"""The same under load."""
HEARTBEAT_SECONDS = 1.0
"""How often silence is written down as such."""
MARGIN = timedelta(seconds=1)
"""What came just now may still wait in the link."""
ITEMS_AT_ONCE = 500
CHANGES_AT_ONCE = 1000
"""Changed calls that may wait for the next batch to be summed up, which is done once a batch, not at each change."""
MOST_CALLS = 50_000
"""Changed calls kept while the database is away: a day of a very large centre."""

SAMPLE_BYTES = 2000


@dataclass(slots=True)
class _Batch:
    """What waits to be stored."""

    records: dict[str, CallRecord] = field(default_factory=dict)
    gaps: list[tuple[datetime, GapReason | None]] = field(default_factory=list)
    """In order: a gap that begins at a moment, or with no reason, the end of it."""
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    looked_again: tuple[datetime, set[str]] | None = None
    """When the channels that are up were listed, and which calls those belong to."""

    def __bool__(self) -> bool:
        return bool(self.records or self.gaps or self.counts or self.looked_again)


class AmiListening:
    """The live events of one PBX, from the link to the database."""

    def __init__(
        self,
        *,
        database: Database,
        link: AmiLink,
        pbx: str,
        rules: CallRules,
        locality: Locality,
        clock: Callable[[], datetime],
        observe: Callable[[StreamItem], None],
    ) -> None:
        """`observe` is called at once with every LinkUp, LinkDown and message about queue members."""
        self._database = database
        self._link = link
        self._pbx = pbx
        self._locality = locality
        self._clock = clock
        self._observe = observe
        self._facts = AmiFacts()
        self._tracker = Tracker(witness=Witness.AMI, pbx=pbx, rules=rules)
        self._counted: Counter[str] = Counter()
        self._waiting = _Batch()
        self._storing = _Batch()
        self._has_changed = asyncio.Event()
        self._is_blind = True
        self._is_finishing = False
        self._is_hearing = True
        """Until the link is closed and all that it brought is tracked."""
        self._has_looked_again = False
        self._taken: deque[StreamItem] = deque()
        """Taken from the link and not tracked yet."""
        self._heard_until: datetime | None = None
        """None while little waits in the link, so that nearly everything until now was heard."""

    async def begin(self) -> None:
        """Nobody listened since the last heartbeat: that is a gap, until the link is up."""

        async def work(session: AsyncSession) -> None:
            heard = await witness_store.find_heartbeat(session, self._pbx, Witness.AMI)
            if heard is not None:
                await witness_store.open_gap(
                    session, self._pbx, Witness.AMI, from_at=heard, reason=GapReason.RECORDER_DOWN
                )

        await persist(self._database, work, pbx=self._pbx, witness=Witness.AMI)

    async def listen(self) -> None:
        """Track what the link brings; returns when it is closed.

        What cannot be tracked is an error, and the beginning of a gap; called again, the next item follows.
        """
        self._is_hearing = True
        while self._taken or (items := await self._link.take(ITEMS_AT_ONCE)):
            if not self._taken:
                self._taken.extend(items)
            is_behind = len(self._taken) == ITEMS_AT_ONCE
            latest = self._taken[-1].at
            while self._taken:
                item = self._taken.popleft()
                try:
                    self._hear(item)
                except Exception:
                    self._waiting.gaps.append((item.at, GapReason.RECORDER_DOWN))
                    raise
            self._heard_until = latest if is_behind else None
            if self._tracker.changed_calls > CHANGES_AT_ONCE:
                self._collect()
            if self._tracker.changed_calls or self._waiting:
                self._has_changed.set()
            await asyncio.sleep(0)
        self._is_hearing = False

    async def store(self) -> None:
        """Store what was tracked, a batch at a time, for ever. A batch that took long is followed by a larger one."""
        loop = asyncio.get_running_loop()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._has_changed.wait()
            begin = loop.time()
            await self._store_batch()
            took = loop.time() - begin
            await asyncio.sleep(min(max(BATCH_SECONDS, took), LONGEST_BATCH_SECONDS))

    async def finish(self) -> None:
        """Close the link and store what is left, the batch under way included."""
        await self._link.close()
        self._is_finishing = True
        for call_id, record in self._storing.records.items():
            self._waiting.records.setdefault(call_id, record)
        self._waiting.gaps[:0] = self._storing.gaps
        self._waiting.looked_again = self._waiting.looked_again or self._storing.looked_again
        defect: Exception | None = None
        while self._is_hearing:
            try:
                await self.listen()
            except Exception as error:
                defect = error
        await self._store_batch()
        if defect is not None:
            raise defect

    def _hear(self, item: StreamItem) -> None:
        if not isinstance(item, RawMessage) or item.raw.startswith(BEGINNINGS):
            self._observe(item)
        if isinstance(item, LinkDown):
            self._is_blind = True
            reason = GapReason.RECORDER_DOWN if self._is_finishing else GapReason.LINK_DOWN
            self._waiting.gaps.append((item.at, reason))
        elif isinstance(item, LinkUp):
            self._is_blind = False
            self._waiting.gaps.append((item.at, None))
        else:
            kinds = len(self._facts.unknown_events)
            for fact in self._facts.translate(item.raw, item.at):
                self._feed(fact, item.raw)
            if len(self._facts.unknown_events) > kinds:
                name = next(reversed(self._facts.unknown_events))
                self._waiting.samples[f"unknown event {name}"] = without_passwords(decode(item.raw[:SAMPLE_BYTES]))

    def _feed(self, fact: Fact, message: bytes) -> None:
        self._tracker.feed(fact)
        if isinstance(fact, Damaged):
            self._waiting.counts[fact.reason] += 1
            self._waiting.samples[fact.reason] = without_passwords(decode(message[:SAMPLE_BYTES]))
        elif isinstance(fact, ChannelsListed) and not self._has_looked_again:
            self._has_looked_again = True
            self._waiting.looked_again = (fact.at, self._tracker.open_call_ids())

    def _collect(self) -> None:
        for record in self._tracker.take_changed():
            self._waiting.records[record.call_id] = record
        self._count()
        if len(self._waiting.records) > MOST_CALLS:
            self._drop_finished()

    def _count(self) -> None:
        """What was sent and did not arrive, or is not known."""
        seen = Counter({f"unknown event {name}": count for name, count in self._facts.unknown_events.items()})
        seen["damaged message"] = self._link.damaged
        seen["dropped message"] = self._link.dropped
        self._waiting.counts += seen - self._counted
        self._counted = seen

    def _drop_finished(self) -> None:
        dropped = [record for record in self._waiting.records.values() if record.outcome is not None]
        if dropped:
            for record in dropped:
                del self._waiting.records[record.call_id]
            self._waiting.gaps.append((min(record.started_at for record in dropped), GapReason.OVERFLOW))
            self._waiting.gaps.append((self._clock(), None))

    async def _store_batch(self) -> None:
        self._collect()
        batch = self._storing = self._waiting
        self._waiting = _Batch()
        self._has_changed.clear()
        heard_until = None
        if not self._is_blind:
            heard_until = min(self._heard_until or self._clock() - MARGIN, self._link.heard_all_until)

        async def work(session: AsyncSession) -> Stored:
            now = self._clock()
            for at, reason in batch.gaps:
                if reason is None:
                    await witness_store.close_gap(session, self._pbx, Witness.AMI, to_at=at)
                else:
                    await witness_store.open_gap(session, self._pbx, Witness.AMI, from_at=at, reason=reason)
            records = [*await self._find_forgotten(session, batch), *batch.records.values()]
            stored = await store.store_reports(session, records, locality=self._locality, now=now)
            oddities = Oddities(counts=batch.counts, samples=batch.samples)
            await witness_store.add_counts(session, self._pbx, Witness.AMI, oddities, at=now)
            if heard_until is not None:
                await witness_store.save_heartbeat(session, self._pbx, Witness.AMI, heard_until)
            return stored

        if batch or heard_until is not None:
            count_stored(
                self._pbx, Witness.AMI, await persist(self._database, work, pbx=self._pbx, witness=Witness.AMI)
            )
        self._storing = _Batch()
        self._measure(batch, heard_until)

    async def _find_forgotten(self, session: AsyncSession, batch: _Batch) -> list[CallRecord]:
        """Calls that were up when nobody listened any more, and were gone when somebody did."""
        if batch.looked_again is None:
            return []
        at, up = batch.looked_again
        known = await store.list_open_reports(session, self._pbx, Witness.AMI, started_before=at)
        return [end_unseen(record) for record in known if record.call_id not in up]

    def _measure(self, batch: _Batch, heard_until: datetime | None) -> None:
        IS_HEARD.labels(self._pbx, Witness.AMI).set(not self._is_blind)
        ODDITIES.labels(self._pbx, Witness.AMI).inc(batch.counts.total())
        for _, reason in batch.gaps:
            if reason is not None:
                GAPS.labels(self._pbx, Witness.AMI, reason).inc()
        if heard_until is not None:
            HEARD_UNTIL.labels(self._pbx, Witness.AMI).set(heard_until.timestamp())
