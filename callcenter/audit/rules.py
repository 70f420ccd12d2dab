"""What the audit of a day says: every number with the calls behind it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from callcenter.audit.comparison import Comparison, Difference, NotDerived
from callcenter.audit.ledger_count import LedgerCount
from callcenter.callbacks.rules import CallKey
from callcenter.calls.blind_times import Gap, UnknownTime
from callcenter.calls.records import Direction, Outcome, Witness

Calls = tuple[CallKey, ...]

ON_ITS_WAY = timedelta(seconds=2)
"""A gap begins at the last event received; events sent just before may have been lost with the link."""


class Answer(StrEnum):
    """Whether everybody who rang is accounted for. A closed list."""

    ACCOUNTED_FOR = "accounted_for"
    NOT_ACCOUNTED_FOR = "not_accounted_for"
    """Somebody is not, or what should prove it is missing or was changed."""
    NOT_KNOWN = "not_known"
    """Nothing that is known is amiss, but part of the day was seen by no witness or could not be derived anew."""


OFF_TRUNK = (
    "a caller with an outside number on a channel that is neither in CALLCENTER_TRUNKS nor in CALLCENTER_AGENT_DEVICES"
)
"""Why a call is suspicious: it comes from outside and is not counted as inbound."""


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
class AuditReport:
    """The proof of a day, and the work that is left.

    inbound = answered + every kind of missed + still_open. `ledger` is None where there is no CEL file: then nothing
    was counted a second time, which is a fault where the settings name one (`is_ledger_missing`). `unconfirmed` are
    calls on which the witnesses do not agree, `unconfirmed_in_gap` those that a witness could not see, `settled` those
    of which a supervisor has said why they stand. `differences` are what the ledger, derived anew, says otherwise than
    records and callback list, `not_derived` what of it our program failed on; both are None where nothing was derived.
    `suspicious` are calls that look as if the settings were wrong, each with the reason, `doubts` sentences of that
    kind about the whole day. `unknown_deadlines` are episodes that wait for a first call without a known deadline,
    because the working calendar is missing. `unknown` are the times of which nothing is known; of a day that is not
    over, those until now.
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
    ledger: LedgerCount | None
    ledger_inbound: Calls
    is_ledger_missing: bool
    unconfirmed: Calls
    unconfirmed_in_gap: Calls
    settled: Calls
    missed_without_episode: Calls
    missed_in_several_episodes: Calls
    missed_after_freeze: Calls
    gaps: tuple[Gap, ...]
    overdue_episodes: tuple[int, ...]
    unknown_deadlines: tuple[int, ...]
    is_frozen: bool
    sheet: Mapping[str, Any]
    sheet_sha256: str | None
    sheet_previous_sha256: str | None
    breaks: tuple[str, ...]

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


def examine(
    *,
    business_date: date,
    made_at: datetime,
    is_over: bool,
    unknown: Sequence[UnknownTime],
    calls: Sequence[AuditedCall],
    suspicious: Sequence[Unexplained],
    is_workday: bool | None,
    comparison: Comparison | None,
    ledger: LedgerCount | None,
    has_ledger: bool,
    ledger_day: Collection[CallKey],
    recorded: Mapping[CallKey, Direction],
    pbx: str,
    gaps: Sequence[Gap],
    overdue_episodes: Sequence[int],
    unknown_deadlines: Sequence[int],
    frozen: FrozenDay,
    current_sheet: Mapping[str, Any],
) -> AuditReport:
    """Put the report together.

    `has_ledger`: the settings name a ledger. `ledger` may reach a little beyond the day, because clocks differ;
    `ledger_day` are its inbound channels of the day itself, `recorded` what is recorded under them, on whatever day.
    `pbx` is the PBX of the ledger. `is_workday` is None where the calendar is missing.
    """
    inbound = [call for call in calls if call.direction is Direction.INBOUND]
    kinds: dict[str, list[CallKey]] = {}
    for call in inbound:
        kinds.setdefault(_kind(call), []).append(call.key)
    answered, still_open = kinds.pop(Outcome.ANSWERED.value, []), kinds.pop("still_open", [])
    missed = [call for call in inbound if call.outcome is not None and _kind(call) != Outcome.ANSWERED]
    unconfirmed = [call for call in calls if call.outcome is not None and not call.is_confirmed]
    settled = _keys(call for call in unconfirmed if call.is_settled)
    unconfirmed = [call for call in unconfirmed if not call.is_settled]
    in_gap = _keys(call for call in unconfirmed if _is_in_gap(call, gaps))
    return AuditReport(
        business_date=business_date,
        made_at=made_at,
        is_over=is_over,
        unknown=tuple(unknown),
        inbound=_keys(inbound),
        answered=tuple(sorted(answered)),
        missed={kind: tuple(sorted(keys)) for kind, keys in sorted(kinds.items())},
        still_open=tuple(sorted(still_open)),
        unexplained=tuple(
            sorted(_recorded_twice(calls) + _differences(inbound, ledger, ledger_day, recorded, pbx, gaps))
        ),
        differences=None if comparison is None else comparison.differences,
        not_derived=None if comparison is None else comparison.not_derived,
        suspicious=tuple(sorted(suspicious)),
        doubts=tuple(_doubts(calls, inbound, is_workday)),
        ledger=ledger,
        ledger_inbound=tuple(sorted(ledger_day)),
        is_ledger_missing=has_ledger and ledger is None and bool(calls),
        unconfirmed=tuple(sorted({call.key for call in unconfirmed}.difference(in_gap))),
        unconfirmed_in_gap=in_gap,
        settled=settled,
        missed_without_episode=_keys(call for call in missed if call.episodes == 0),
        missed_in_several_episodes=_keys(call for call in missed if call.episodes > 1),
        missed_after_freeze=()
        if frozen.sheet is None
        else _keys(call for call in missed if call.key not in frozen.calls),
        gaps=tuple(gaps),
        overdue_episodes=tuple(sorted(overdue_episodes)),
        unknown_deadlines=tuple(sorted(unknown_deadlines)),
        is_frozen=frozen.sheet is not None,
        sheet=current_sheet if frozen.sheet is None else frozen.sheet,
        sheet_sha256=frozen.sha256,
        sheet_previous_sha256=frozen.previous_sha256,
        breaks=frozen.breaks,
    )


def _doubts(calls: Sequence[AuditedCall], inbound: Sequence[AuditedCall], is_workday: bool | None) -> Iterator[str]:
    """A working day with calls, none of them inbound: the settings are more likely wrong than the callers absent."""
    if is_workday is not False and not inbound and calls:
        yield (
            f"No call of this working day is inbound, though {len(calls)} were recorded: CALLCENTER_TRUNKS may not name"
            " the lines on which callers come in (`callcenter doctor` compares them)."
        )


def _keys(calls: Any) -> Calls:
    return tuple(sorted(call.key for call in calls))


def _kind(call: AuditedCall) -> str:
    if call.outcome is None:
        return "still_open"
    return "lost_after_transfer" if call.is_lost_after_transfer else call.outcome.value


def _is_in_gap(call: AuditedCall, gaps: Sequence[Gap]) -> bool:
    """Whether the missing witness was blind during the call. Where both reported it and disagree, neither was.

    A call whose end was not seen, because the PBX died, may have lasted until any later gap.
    """
    until = None if call.ended_at is None else call.ended_at + ON_ITS_WAY
    return _is_blind(call, frozenset(Witness) - call.witnesses, gaps, until=until)


def _is_blind(
    call: AuditedCall, witnesses: Collection[Witness], gaps: Sequence[Gap], *, until: datetime | None
) -> bool:
    return any(
        gap.witness in witnesses
        and gap.pbx == call.key.pbx
        and (until is None or gap.from_at <= until)
        and (gap.to_at is None or gap.to_at > call.started_at)
        for gap in gaps
    )


def _recorded_twice(calls: Sequence[AuditedCall]) -> list[Unexplained]:
    """A uniqueid with a systemname is unique among all PBXs: under two of them it is one call recorded twice."""
    counts = Counter(call.key.call_id for call in calls)
    named = {call.key.call_id for call in calls if call.key.call_id.startswith(f"{call.key.pbx}-")}
    twice = {call_id for call_id, count in counts.items() if count > 1 and call_id in named}
    return [Unexplained(call.key, "recorded more than once") for call in calls if call.key.call_id in twice]


def _differences(
    inbound: Sequence[AuditedCall],
    ledger: LedgerCount | None,
    expected: Collection[CallKey],
    recorded: Mapping[CallKey, Direction],
    pbx: str,
    gaps: Sequence[Gap],
) -> list[Unexplained]:
    """Inbound channels of the ledger that are not recorded as such, and records that the ledger does not have."""
    if ledger is None:
        return []
    found = []
    for key in expected:
        if key not in recorded:
            found.append(Unexplained(key, "in the ledger, not recorded"))
        elif recorded[key] is not Direction.INBOUND:
            found.append(Unexplained(key, f"inbound in the ledger, recorded as {recorded[key].value}"))
    kept_since = ledger.kept_since
    pbxs_of_ledger = {pbx, *(key.pbx for key in expected)}
    for call in inbound:
        is_covered = kept_since is not None and call.started_at >= kept_since and call.key.pbx in pbxs_of_ledger
        is_in_ledger = call.key.call_id in ledger.inbound
        if (
            is_covered
            and not is_in_ledger
            and not _is_blind(call, (Witness.LEDGER,), gaps, until=call.ended_at or call.started_at)
        ):
            found.append(Unexplained(call.key, "recorded, not in the ledger"))
    return found
