"""The CEL file as a witness: it is read on from where reading stopped, tracked, and stored with the new position.

The saved position lies in front of the oldest call still up. A restart reads on from there: calls that are reported a
second time change nothing, and those that were up are seen whole.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls import witness_store
from callcenter.calls.records import Anomaly, CallRecord, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.witness_store import Oddities, Unusable, reason_of_defect
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_follower import CelFile, LedgerBatch, LedgerPosition
from callcenter.pbx.credentials import without_passwords
from callcenter.pbx.facts import Damaged
from callcenter.postgres.database import Database
from callcenter.postgres.retry import persist
from callcenter.recorder.cel_progress import Progress, measure_progress, store_progress
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 0.05
"""From one look at the file's end to the next, at least; a batch that took long is followed by a larger one."""
LONGEST_POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 1.0
ROWS_AT_ONCE = 5000
MOST_DEFECTS_IN_ROW = 10
"""A row on which our own program fails goes to the dead letters. So many in a row are no fault of single rows."""
LONGEST_CALL = timedelta(days=1)
"""A call that seems to be up for longer does not hold the position back: rather its end was never written."""


class LedgerReading:
    """One PBX's ledger, from the file to the database."""

    def __init__(
        self,
        *,
        database: Database,
        file: CelFile,
        pbx: str,
        rules: CallRules,
        locality: Locality,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._file = file
        self._pbx = pbx
        self._locality = locality
        self._clock = clock
        self._facts = CelFacts()
        self._tracker = Tracker(witness=Witness.LEDGER, pbx=pbx, rules=rules)
        self._counted: Counter[str] = Counter()
        self._position: LedgerPosition | None = None
        self._known_until: LedgerPosition | None = None
        """How far an earlier process had read; None once that is behind us."""
        self._defects_in_row = 0
        self._unusable_calls: set[str] = set()
        self._births: dict[str, tuple[LedgerPosition | None, datetime]] = {}
        """Where reading stood before the first rows of each call that is up, and when that began; oldest first."""
        self._latest: datetime | None = None
        """The moment of the last row."""
        self._heard_until: datetime | None = None
        self._is_readable = True
        self._stored_at: datetime | None = None
        self._has_start = False
        self._watched_until: datetime | None = None
        """Until when an earlier process watched a ledger of which it read nothing; None where none did."""
        self._lost: tuple[datetime, datetime] | None = None
        """A time of which rows are missing, not stored yet."""

    async def read(self) -> None:
        """Read on for ever."""
        await self._find_start()
        loop = asyncio.get_running_loop()
        while True:
            begin = loop.time()
            batch = self._read()
            progress = self._track(batch)
            self._log(batch)
            if self._is_news(batch, progress):
                await self._store(progress)
                self._is_readable, self._stored_at = progress.is_readable, progress.at
            took = loop.time() - begin
            await asyncio.sleep(min(max(POLL_SECONDS, took), LONGEST_POLL_SECONDS) if batch.at_end else 0)

    def _log(self, batch: LedgerBatch) -> None:
        if batch.gap is not None:
            log.warning("cel_rows_lost", pbx=self._pbx, reason=batch.gap)
        if batch.problem is not None:
            log.warning("cel_file_unreadable", pbx=self._pbx, reason=batch.problem)
        elif not self._is_readable:
            log.info("cel_file_readable_again", pbx=self._pbx)

    async def _find_start(self) -> None:
        async def find(session: AsyncSession) -> None:
            self._heard_until = await witness_store.find_heartbeat(session, self._pbx, Witness.LEDGER)
            saved = await witness_store.find_position(session, self._pbx)
            if saved is None:
                self._watched_until = self._heard_until or await witness_store.find_last_listening(session, self._pbx)
            else:
                position, reached = saved
                self._position = None if position is None else LedgerPosition.from_json(position)
                self._known_until = LedgerPosition.from_json(reached)

        await persist(self._database, find, pbx=self._pbx, witness=Witness.LEDGER)

    def _look_for_start(self, now: datetime) -> LedgerBatch | None:
        """Settle where reading goes on, once the files can be read; until then, why they cannot.

        The row that was read last shows whether this is still that file: the oldest call may stand in front of a cut,
        or in a file before one that is gone. Where nothing was ever read, whatever changed while nobody watched may be
        a loss.
        """
        reached = self._file.read(self._known_until, 1)
        if reached.problem is not None:
            return replace(reached, position=self._position)
        if self._known_until is None:
            if self._watched_until is not None and self._file.has_changed_since(self._watched_until):
                self._lost = (self._watched_until, now)
        elif reached.gap is not None:
            self._position = self._known_until
        elif self._position is not None and self._file.read(self._position, 1).gap is not None:
            # The file of the oldest call is gone. Those that began later are still to be seen whole.
            self._position = None
        self._has_start = True
        return None

    def _read(self) -> LedgerBatch:
        """The next rows: either some that an earlier process had read too, or some that it had not."""
        if not self._has_start and (unread := self._look_for_start(self._clock())) is not None:
            return unread
        known, before = self._known_until, self._position
        batch = self._file.read(before, ROWS_AT_ONCE, until=known)
        behind = batch.position
        if known is None or behind is None:
            return batch
        is_same_file = behind.head == known.head
        was_same_file = before is not None and before.head == known.head
        if behind.offset > known.offset if is_same_file else was_same_file:
            self._known_until = None
        return batch

    def _track(self, batch: LedgerBatch) -> Progress:
        now = self._clock()
        if batch.gap is not None:
            self._tracker.close_all()
            self._lost = None if self._heard_until is None else (self._heard_until, now)
        lost, self._lost = self._lost, None
        is_repeat = self._known_until is not None
        unusable: list[Unusable] = []
        oddities = self._feed(batch, unusable)
        if batch.problem is None and (batch.at_end or batch.position == self._known_until):
            self._known_until = None
        records = self._take_changed(unusable)
        restart_at = self._note_births(records, batch)
        if batch.problem is None and not batch.is_awaited:
            self._heard_until = now if batch.at_end else self._latest or self._heard_until
        return Progress(
            records=records,
            is_repeat=is_repeat,
            oddities=oddities,
            # seen again after a restart: they stand there already
            unusable=() if is_repeat else tuple(unusable),
            restart_at=restart_at,
            reached=None if batch.problem is not None else batch.position,
            lost=lost,
            is_readable=batch.problem is None,
            heard_until=self._heard_until,
            at=now,
        )

    def _feed(self, batch: LedgerBatch, unusable: list[Unusable]) -> Oddities:
        """Track the rows. What could not be used is counted once, not again after a restart.

        A row on which our own program fails would fail again after each restart: it is added to `unusable`, and reading
        goes on behind it.
        """
        counts: Counter[str] = Counter()
        samples: dict[str, str] = {}
        if batch.damaged:
            counts["damaged row"] = batch.damaged
        with suppress(Exception):  # a row that fails here fails below, where it is named
            self._facts.clock.look_ahead(batch.rows)
        for row in batch.rows:
            kinds = len(self._facts.unknown_events)
            try:
                for fact in self._facts.translate(row):
                    self._tracker.feed(fact)
                    self._latest = fact.at
                    if isinstance(fact, Damaged):
                        counts[fact.reason] += 1
                        samples[fact.reason] = without_passwords(str(row))
            except Exception as error:
                self._defects_in_row += 1
                if self._defects_in_row >= MOST_DEFECTS_IN_ROW:
                    raise
                log.exception("cel_row_moved_to_dead_letters", pbx=self._pbx)
                text, at = without_passwords(str(row)), self._moment_of(row)
                unusable.append(Unusable(text=text, told_at=at, reason=reason_of_defect(error)))
                continue
            self._defects_in_row = 0
            if len(self._facts.unknown_events) > kinds:
                samples[f"unknown event {next(reversed(self._facts.unknown_events))}"] = without_passwords(str(row))
        unknown = self._facts.unknown_events
        if unknown != self._counted:
            counts.update({f"unknown event {name}": count for name, count in (unknown - self._counted).items()})
            self._counted = Counter(unknown)
        if self._known_until is not None:
            return Oddities(counts={}, samples={})
        return Oddities(counts=counts, samples=samples)

    def _moment_of(self, row: Sequence[str]) -> datetime:
        """When the row was written; where it does not say, when the one before was."""
        at: datetime | None = None
        with suppress(Exception):
            at = self._facts.clock.moment(row)
        return at or self._latest or self._clock()

    def _take_changed(self, unusable: list[Unusable]) -> list[CallRecord]:
        """Records of the changed calls. A call of which no record can be made goes to the dead letters, once."""

        def leave_out(call_id: str, started_at: datetime, error: Exception) -> None:
            if call_id not in self._unusable_calls:
                self._unusable_calls.add(call_id)
                log.error("call_moved_to_dead_letters", pbx=self._pbx, call_id=call_id, exc_info=error)
                unusable.append(Unusable(text=call_id, told_at=started_at, reason=reason_of_defect(error)))

        return self._tracker.take_changed(leave_out)

    def _note_births(self, records: list[CallRecord], batch: LedgerBatch) -> LedgerPosition | None:
        """Where a restart has to begin to see every call that is up, with those it was joined to, from its birth."""
        for record in records:
            if Anomaly.BIRTH_UNSEEN in record.anomalies:
                continue  # a call whose beginning was lost is not seen whole by reading it again
            self._births.setdefault(record.call_id, (self._position, record.started_at))
        up = self._tracker.open_call_ids()
        self._births = {
            call_id: birth for call_id, birth in self._births.items() if call_id in up and not self._is_stale(birth[1])
        }
        self._position = batch.position
        return next((position for position, _ in self._births.values()), batch.position)

    def _is_stale(self, started_at: datetime) -> bool:
        return self._latest is not None and self._latest - started_at > LONGEST_CALL

    def _is_news(self, batch: LedgerBatch, progress: Progress) -> bool:
        if batch.rows or batch.damaged or batch.gap or progress.records or progress.unusable or progress.lost:
            return True
        if progress.is_readable != self._is_readable:
            return True
        return self._stored_at is None or (progress.at - self._stored_at).total_seconds() >= HEARTBEAT_SECONDS

    async def _store(self, progress: Progress) -> None:
        work = partial(store_progress, pbx=self._pbx, locality=self._locality, progress=progress)
        stored = await persist(self._database, work, pbx=self._pbx, witness=Witness.LEDGER)
        measure_progress(self._pbx, progress, stored, was_readable=self._is_readable)
