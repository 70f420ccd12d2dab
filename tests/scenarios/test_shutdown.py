"""A PBX that is shut down in order: whoever is cut off has failed, however much of it the link still brought."""

from __future__ import annotations

import pytest

from callcenter.calls.merge_witnesses import is_confirmed, merge
from callcenter.calls.records import Anomaly, CallRecord, Outcome, Witness
from callcenter.pbx.wire import LINK_STARTED
from tests.scenarios.captures import ami_bytes, ami_facts, by_id, cel_facts, cel_rows, messages, records_of

NAME = "asterisk_restarted_in_every_stage"
CUT_OFF = 9
"""Callers in the greeting, a queue, two mailboxes, an announcement and a place kept, and three who rang somebody."""


def merged(parts: list[bytes]) -> list[CallRecord]:
    live = by_id(records_of(ami_facts(parts), Witness.AMI))
    ledger = by_id(records_of(cel_facts(cel_rows(NAME)), Witness.LEDGER))
    return [merge(live.get(call_id), told) for call_id, told in ledger.items()]


def sessions() -> tuple[list[bytes], list[bytes]]:
    """What the link brought until the PBX was gone, and after it was back."""
    parts = messages(ami_bytes(NAME))
    again = max(index for index, message in enumerate(parts) if message == LINK_STARTED)
    return parts[:again], parts[again:]


def is_shutdown_flag(message: bytes) -> bool:
    return b"Event: SoftHangupRequest\r\n" in message and message.endswith(b"\r\nCause: 4")


def test_whoever_is_cut_off_has_failed_at_once_though_nobody_rings_afterwards() -> None:
    before, after = sessions()

    records = merged([*before, *after])

    failed = [record for record in records if record.outcome is Outcome.FAILED]
    assert len(failed) == CUT_OFF
    assert all(is_confirmed(record) for record in records)
    assert {record.anomalies for record in failed} == {(Anomaly.PBX_DIED,)}


@pytest.mark.parametrize("read", range(0, 200, 10))
def test_wherever_the_link_breaks_in_the_shutdown_the_same_callers_have_failed(read: int) -> None:
    before, after = sessions()
    first = next(index for index, message in enumerate(before) if is_shutdown_flag(message))

    records = merged([*before[: first + read], *after])

    outcomes = [record.outcome for record in records]
    assert outcomes.count(Outcome.FAILED) == CUT_OFF
    assert [record.call_id for record in records if any("disagree" in anomaly for anomaly in record.anomalies)] == []
