"""How the audit of a day comes to its numbers, and which doubts it adds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from callcenter.audit.comparison import Comparison
from callcenter.audit.gaps import is_blind, is_in_gap
from callcenter.audit.report import AuditedCall, AuditReport, Calls, FrozenDay, PbxLedger, Unexplained
from callcenter.callbacks.rules import CallKey
from callcenter.calls.blind_times import Gap, UnknownTime
from callcenter.calls.records import Direction, Outcome, Witness
from callcenter.casework.dispositions.rules import Account

JUST_BEGUN = timedelta(seconds=5)
"""A call that began so shortly before the audit may be in the ledger and not recorded yet, or the other way round."""

OFF_TRUNK = (
    "a caller with an outside number on a channel that is neither in the trunks of its PBX nor in"
    " CALLCENTER_AGENT_DEVICES"
)
"""Why a call is suspicious: it comes from outside and is not counted as inbound."""


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
    ledgers: Sequence[PbxLedger],
    recorded: Mapping[CallKey, Direction],
    gaps: Sequence[Gap],
    overdue_episodes: Sequence[int],
    unknown_deadlines: Sequence[int],
    accounts: Mapping[CallKey, Account],
    frozen: FrozenDay,
    current_sheet: Mapping[str, Any],
) -> AuditReport:
    """Put the report together.

    `ledgers` has one for each PBX of the settings, `recorded` what is recorded under their inbound channels, on
    whatever day. `is_workday` is None where the calendar is missing.
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
    in_gap = _keys(call for call in unconfirmed if is_in_gap(call, gaps))
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
            sorted(
                [
                    *_recorded_twice(calls),
                    *(
                        found
                        for ledger in ledgers
                        for found in _differences(inbound, ledger, recorded, gaps, until=made_at - JUST_BEGUN)
                    ),
                ]
            )
        ),
        differences=None if comparison is None else comparison.differences,
        not_derived=None if comparison is None else comparison.not_derived,
        suspicious=tuple(sorted(suspicious)),
        doubts=tuple(_doubts(calls, inbound, is_workday)),
        ledgers=tuple(ledgers),
        missing_ledgers=tuple(_missing(ledgers, calls)),
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
        dispositions={
            account: tuple(sorted(key for key, became in accounts.items() if became is account)) for account in Account
        },
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
            f"No call of this working day is inbound, though {len(calls)} were recorded: the trunks of the settings may"
            " not name the lines on which callers come in (`callcenter doctor` compares them)."
        )


def _keys(calls: Any) -> Calls:
    return tuple(sorted(call.key for call in calls))


def _kind(call: AuditedCall) -> str:
    if call.outcome is None:
        return "still_open"
    return "lost_after_transfer" if call.is_lost_after_transfer else call.outcome.value


def _recorded_twice(calls: Sequence[AuditedCall]) -> list[Unexplained]:
    """A uniqueid with a systemname is unique among all PBXs: under two of them it is one call recorded twice."""
    counts = Counter(call.key.call_id for call in calls)
    named = {call.key.call_id for call in calls if call.key.call_id.startswith(f"{call.key.pbx}-")}
    twice = {call_id for call_id, count in counts.items() if count > 1 and call_id in named}
    return [Unexplained(call.key, "recorded more than once") for call in calls if call.key.call_id in twice]


def _missing(ledgers: Sequence[PbxLedger], calls: Sequence[AuditedCall]) -> Iterator[str]:
    """PBXs of a ledger that is not there though they had calls: those that are of no other PBX of the settings."""
    names = {ledger.pbx for ledger in ledgers}
    for ledger in ledgers:
        others = names - {ledger.pbx}
        if ledger.is_set and ledger.count is None and any(call.key.pbx not in others for call in calls):
            yield ledger.pbx


def _differences(
    inbound: Sequence[AuditedCall],
    ledger: PbxLedger,
    recorded: Mapping[CallKey, Direction],
    gaps: Sequence[Gap],
    *,
    until: datetime,
) -> Iterator[Unexplained]:
    """Inbound channels of a ledger that are not recorded as such, and records that it does not have.

    Of calls that began after `until` nothing is said.
    """
    count = ledger.count
    if count is None:
        return
    for key in ledger.inbound:
        if key not in recorded and count.inbound[key.call_id] < until:
            yield Unexplained(key, "in the ledger, not recorded")
        elif key in recorded and recorded[key] is not Direction.INBOUND:
            yield Unexplained(key, f"inbound in the ledger, recorded as {recorded[key].value}")
    pbxs = {ledger.pbx, *(key.pbx for key in ledger.inbound)}
    for call in inbound:
        is_covered = count.kept_since is not None and call.started_at >= count.kept_since and call.key.pbx in pbxs
        if (
            is_covered
            and call.started_at < until
            and call.key.call_id not in count.inbound
            and not is_blind(call, (Witness.LEDGER,), gaps, until=call.ended_at or call.started_at)
        ):
            yield Unexplained(call.key, "recorded, not in the ledger")
