"""The audit of a day: every number with the calls behind it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from callcenter.audit.comparison import Difference, NotDerived
from callcenter.audit.ledger_count import LedgerCount
from callcenter.callbacks.rules import CallKey
from callcenter.calls.blind_times import Gap, UnknownTime
from callcenter.calls.records import Direction, Outcome, Witness
from callcenter.casework.dispositions.rules import Account

Calls = tuple[CallKey, ...]


class Answer(StrEnum):
    """Whether everybody who rang is accounted for. A closed list."""

    ACCOUNTED_FOR = "accounted_for"
    NOT_ACCOUNTED_FOR = "not_accounted_for"
    """Somebody is not, or what should prove it is missing or was changed."""
    NOT_KNOWN = "not_known"
    """Nothing that is known is amiss, but part of the day was seen by no witness or could not be derived anew."""


class Unexplained(NamedTuple):
    """A call that does not add up, and why."""

    call: CallKey
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedCall:
    """A recorded call of the day. `witnesses` are those that reported it, `episodes` how many hold it."""

    key: CallKey
    direction: Direction
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    is_lost_after_transfer: bool
    is_confirmed: bool
    witnesses: frozenset[Witness]
    episodes: int
    is_settled: bool = False
    """Not confirmed, and a supervisor has said why it stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenDay:
    """What the nightly job froze. `breaks` are the changes found in it and in the chain of day sheets.

    The hashes are those stored with the sheet, its own and that of the sheet before.
    """

    sheet: Mapping[str, Any] | None
    sha256: str | None
    previous_sha256: str | None
    calls: frozenset[CallKey]
    breaks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PbxLedger:
    """The second count of one PBX. `inbound` are its inbound channels of the day itself.

    `is_set`: the settings name a ledger. `count` may reach a little beyond the day, because clocks differ; it is None
    where there is no file.
    """

    pbx: str
    is_set: bool
    count: LedgerCount | None
    inbound: Calls


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerFiles:
    """In which files was counted, and since when all of their ledgers are kept: None where one has no row.

    Of several PBXs each file stands behind the name of its PBX.
    """

    files: tuple[str, ...]
    unreadable: tuple[str, ...]
    kept_since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditReport:
    """The proof of a day, and the work that is left.

    inbound = answered + every kind of missed + still_open. `ledger` is None where there is no CEL file: then nothing
    was counted a second time, which is a fault where the settings name one and its PBX had calls (`missing_ledgers` are
    these PBXs). `unconfirmed` are calls on which the witnesses do not agree, `unconfirmed_in_gap` those that a witness
    could not see, `settled` those of which a supervisor has said why they stand. `differences` are what the ledger,
    derived anew, says otherwise than records and callback list, `not_derived` what of it our program failed on; both
    are None where nothing was derived. `suspicious` are calls that look as if the settings were wrong, each with the
    reason, `doubts` sentences of that kind about the whole day. `unknown_deadlines` are episodes that wait for a first
    call without a known deadline, because the working calendar is missing. `unknown` are the times of which nothing is
    known; of a day that is not over, those until now. `dispositions` are the calls that somebody talked in, also those
    that were lost after a transfer, by what became of them: what is missing there is work that is left.
    """

    business_date: date
    made_at: datetime
    is_over: bool
    unknown: tuple[UnknownTime, ...]
    inbound: Calls
    answered: Calls
    missed: Mapping[str, Calls]
    still_open: Calls
    unexplained: tuple[Unexplained, ...]
    differences: tuple[Difference, ...] | None
    not_derived: NotDerived | None
    suspicious: tuple[Unexplained, ...]
    doubts: tuple[str, ...]
    ledgers: tuple[PbxLedger, ...]
    missing_ledgers: tuple[str, ...]
    unconfirmed: Calls
    unconfirmed_in_gap: Calls
    settled: Calls
    missed_without_episode: Calls
    missed_in_several_episodes: Calls
    missed_after_freeze: Calls
    gaps: tuple[Gap, ...]
    overdue_episodes: tuple[int, ...]
    unknown_deadlines: tuple[int, ...]
    dispositions: Mapping[Account, Calls]
    is_frozen: bool
    sheet: Mapping[str, Any]
    sheet_sha256: str | None
    sheet_previous_sha256: str | None
    breaks: tuple[str, ...]

    @property
    def ledger(self) -> LedgerFiles | None:
        """Where the calls were counted a second time, of all PBXs."""
        counts = {ledger.pbx: ledger.count for ledger in self.ledgers if ledger.count is not None}
        if not counts:
            return None
        of = {pbx: f"{pbx}: " if len(self.ledgers) > 1 else "" for pbx in counts}
        kept = [count.kept_since for count in counts.values() if count.kept_since is not None]
        return LedgerFiles(
            files=tuple(of[pbx] + file for pbx, count in counts.items() for file in count.files),
            unreadable=tuple(of[pbx] + file for pbx, count in counts.items() for file in count.unreadable),
            kept_since=max(kept) if len(kept) == len(counts) else None,
        )

    @property
    def ledger_inbound(self) -> Calls:
        """Of the day, counted a second time."""
        return tuple(sorted(key for ledger in self.ledgers for key in ledger.inbound))

    @property
    def is_ledger_missing(self) -> bool:
        return bool(self.missing_ledgers)

    @property
    def answer(self) -> Answer:
        """Overdue work does not count. What is amiss takes precedence over what is not known."""
        if (
            self.unexplained
            or self.differences
            or self.suspicious
            or self.doubts
            or self.is_ledger_missing
            or (self.ledger is not None and self.ledger.unreadable)
            or self.unconfirmed
            or self.missed_without_episode
            or self.missed_in_several_episodes
            or self.breaks
        ):
            return Answer.NOT_ACCOUNTED_FOR
        return Answer.NOT_KNOWN if self.unknown or self.has_failures else Answer.ACCOUNTED_FOR

    @property
    def has_failures(self) -> bool:
        """Whether something of the day could not be derived from the ledger."""
        return self.not_derived is not None and bool(self.not_derived.rows or self.not_derived.calls)

    @property
    def is_good(self) -> bool:
        """Whether everybody who rang is accounted for."""
        return self.answer is Answer.ACCOUNTED_FOR
