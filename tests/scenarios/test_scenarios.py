"""Every recorded scenario, whole: both witnesses, and what they make together."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callcenter.calls.merge_witnesses import is_confirmed, merge
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import Anomaly, Witness
from callcenter.pbx.wire import event_name
from tests.scenarios.captures import (
    FOLDER,
    ami_bytes,
    ami_facts,
    by_id,
    cel_facts,
    cel_rows,
    messages,
    records_of,
    scenario_names,
)

NAMES = scenario_names()


def expected(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / name / "records.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize("name", NAMES)
def test_the_live_telling_gives_exactly_these_records(name: str) -> None:
    records = records_of(ami_facts(messages(ami_bytes(name))), Witness.AMI)

    assert [record_to_json(record) for record in records] == expected(name)["ami"]


@pytest.mark.parametrize("name", NAMES)
def test_the_ledger_gives_exactly_these_records(name: str) -> None:
    records = records_of(cel_facts(cel_rows(name)), Witness.LEDGER)

    assert [record_to_json(record) for record in records] == expected(name)["ledger"]


@pytest.mark.parametrize("name", NAMES)
def test_both_witnesses_agree_on_every_call(name: str) -> None:
    live = by_id(records_of(ami_facts(messages(ami_bytes(name))), Witness.AMI))
    ledger = by_id(records_of(cel_facts(cel_rows(name)), Witness.LEDGER))

    assert live.keys() == ledger.keys()
    merged = [merge(live[call_id], ledger[call_id]) for call_id in live]
    disagreements = {
        record.call_id: [anomaly for anomaly in record.anomalies if "disagree" in anomaly] for record in merged
    }
    assert disagreements == {call_id: [] for call_id in live}
    assert [record.call_id for record in merged if record.complete and not is_confirmed(record)] == []


OWN_EVENTS = frozenset(("QUEUE_EXIT", "VOICEMAIL_EXIT", "AFTER_HOURS", "EMERGENCY_REQUESTED", "EMERGENCY_UNANSWERED"))

ONLY_TOLD = frozenset(("emergency_unanswered",))
"""Outcomes that no dialplan but ours has."""


@pytest.mark.parametrize("name", NAMES)
def test_a_dialplan_without_our_own_events_still_gives_the_right_outcome_live(name: str) -> None:
    foreign = [message for message in messages(ami_bytes(name)) if event_name(message) != "UserEvent"]

    records = records_of(ami_facts(foreign), Witness.AMI)

    told = {record["call_id"]: record["outcome"] for record in expected(name)["ami"]}
    found = {record.call_id: record.outcome for record in records if told[record.call_id] not in ONLY_TOLD}
    assert found == {call_id: outcome for call_id, outcome in told.items() if outcome not in ONLY_TOLD}


@pytest.mark.parametrize("name", NAMES)
def test_a_ledger_without_our_own_events_gives_the_right_outcome_or_says_what_it_cannot_know(name: str) -> None:
    foreign = [row for row in cel_rows(name) if row[0] not in OWN_EVENTS]

    records = records_of(cel_facts(foreign), Witness.LEDGER)

    told = {record["call_id"]: record["outcome"] for record in expected(name)["ledger"]}
    # Whoever is cut off by the PBX's own end is AMI's to tell, whatever the dialplan writes.
    cut_off = {record["call_id"] for record in expected(name)["ami"] if record["outcome"] == "failed"}
    assert records
    for record in records:
        if told[record.call_id] in ONLY_TOLD or record.call_id in cut_off:
            continue
        cannot_know = {Anomaly.QUEUE_EXIT_REASON_UNKNOWN, Anomaly.VOICEMAIL_UNCONFIRMED} & set(record.anomalies)
        if not cannot_know:
            assert record.outcome == told[record.call_id]
        elif Anomaly.VOICEMAIL_UNCONFIRMED in cannot_know:
            assert record.outcome == "voicemail"
            assert told[record.call_id] in ("voicemail", "voicemail_abandoned")
        elif record.outcome != told[record.call_id]:
            assert record.outcome in ("queue_full", "queue_empty")
            assert told[record.call_id] in ("queue_full", "queue_empty", "queue_exit_key", "queue_timeout")
