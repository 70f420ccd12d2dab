"""Ledgers of Asterisk 11: the calls of today's captures as it would have written them."""

from __future__ import annotations

import json

import pytest

from callcenter.calls.records import CallRecord, Witness
from callcenter.pbx import cel_columns as cel
from tests.scenarios.captures import by_id, cel_facts, cel_rows, records_of

PAIRS = frozenset(("simple_bridge", "native_rtp"))
RUNG = frozenset(("AppDial", "AppQueue"))
"""On whoever rang them stand the rows about both."""


def as_asterisk_11_writes(rows: list[list[str]]) -> list[list[str]]:
    """Pairs and rooms instead of bridges; of a hang-up and of CELGenUserEvent() plain text, else no extra."""
    bridges: dict[str, dict[str, list[str]]] = {}
    found: list[list[str]] = []
    for row in rows:
        kind, extra = row[cel.EVENTTYPE], json.loads(row[cel.EVENTEXTRA] or "{}")
        text = ""
        if kind in ("BRIDGE_ENTER", "BRIDGE_EXIT") and extra["bridge_technology"] in PAIRS:
            both = bridges.setdefault(extra["bridge_id"], {})
            if kind == "BRIDGE_ENTER":
                both[row[cel.UNIQUEID]] = row
            if len(both) == 2:
                found.append(pair(kind.replace("ENTER", "START").replace("EXIT", "END"), row, *both.values()))
            if kind == "BRIDGE_EXIT":
                both.pop(row[cel.UNIQUEID], None)
            continue
        if kind == "HANGUP":
            text = f"{extra['hangupcause']},{extra['hangupsource']},{extra['dialstatus']}"
        elif row[cel.USERDEFTYPE]:
            text = extra.get("extra", "")
        found.append([kind.replace("BRIDGE_", "CONF_"), *row[1 : cel.EVENTEXTRA], text])
    return found


def pair(kind: str, row: list[str], one: list[str], other: list[str]) -> list[str]:
    dialler, rung = (other, one) if one[cel.APPNAME] in RUNG else (one, other)
    found = [kind, row[cel.EVENTTIME], *dialler[2 : cel.EVENTEXTRA], ""]
    found[cel.BRIDGEPEER] = rung[cel.CHANNAME]
    return found


def gist(record: CallRecord) -> list[object]:
    visits = [(visit.queue, visit.exit, visit.agent) for visit in record.queue_visits]
    return [record.direction, record.outcome, record.hung_up_by, record.hangup_cause, record.talks, visits]


@pytest.mark.parametrize(
    "name",
    [
        "answered_by_an_agent",
        "agent_hangs_up_first",
        "attended_transfer",
        "local_channel_member",
        "forwarded_to_mobile",
        "mediation_room",
        "outbound_busy",
        "queue_join_empty",
        "queue_callback_requested",
        "after_hours_message_left",
        "after_hours_mailbox_abandoned",
    ],
)
def test_a_ledger_of_asterisk_11_tells_the_same(name: str) -> None:
    rows = cel_rows(name)
    today = by_id(records_of(cel_facts(rows), Witness.LEDGER))

    then = by_id(records_of(cel_facts(as_asterisk_11_writes(rows)), Witness.LEDGER))

    assert {call_id: gist(record) for call_id, record in then.items()} == {
        call_id: gist(record) for call_id, record in today.items()
    }
