"""AMI actions as they are sent, and what the PBX lists in answer."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest

import callcenter
from callcenter.errors import PbxError
from callcenter.pbx import actions
from callcenter.pbx.actions import Action, Extension
from callcenter.pbx.answers import (
    AstDbEntry,
    ListedChannel,
    QueueEntry,
    astdb_entries,
    device_names,
    listed_channels,
    member_interfaces,
    queue_entries,
    queue_names,
)
from callcenter.pbx.protocol import Answer, Headers

PACKAGE = Path(callcenter.__file__).parent
TO = Extension(context="click-to-call", exten="13800000001")
AT_TO = {"Context": "click-to-call", "Exten": "13800000001", "Priority": "1"}


def test_no_action_is_made_outside_the_one_module_of_actions() -> None:
    """As a dictionary with the key `Action`; whoever sends AMI actions takes them from there."""
    found = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        and any(isinstance(key, ast.Constant) and key.value == "Action" for key in node.keys)
    ]
    assert set(found) == {"pbx/actions.py"}


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        (
            actions.login("u", "s", has_events=True),
            {"Action": "Login", "Username": "u", "Secret": "s", "Events": "on"},
        ),
        (
            actions.login("u", "s", has_events=False),
            {"Action": "Login", "Username": "u", "Secret": "s", "Events": "off"},
        ),
        (actions.ping(), {"Action": "Ping"}),
        (
            actions.originate("PJSIP/1001", to=TO),
            {"Action": "Originate", "Channel": "PJSIP/1001", **AT_TO, "Async": "true"},
        ),
        (
            actions.originate(
                "PJSIP/1001",
                to=TO,
                uniqueid="pbx1-1.d1",
                caller_id="12315 <12315>",
                ring_for=timedelta(seconds=20),
                variables=["A=1", "B=2"],
            ),
            {
                "Action": "Originate",
                "Channel": "PJSIP/1001",
                **AT_TO,
                "Async": "true",
                "ChannelId": "pbx1-1.d1",
                "CallerID": "12315 <12315>",
                "Timeout": "20000",
                "Variable": ["A=1", "B=2"],
            },
        ),
        (
            actions.errand(entries=["hours/20261123=closed", "dial/prefixes="], uniqueid="pbx1-1.d1"),
            {
                "Action": "Originate",
                "Channel": "Local/s@write-plan/n",
                "Context": "write-plan",
                "Exten": "written",
                "Priority": "1",
                "Async": "false",
                "ChannelId": "pbx1-1.d1",
                "Variable": ["__ENTRY1=hours/20261123=closed", "__ENTRY2=dial/prefixes="],
            },
        ),
        (
            actions.write_phone_login("2001", login="a", ha1="b"),
            {
                "Action": "Originate",
                "Channel": "Local/s@write-phone/n",
                "Context": "write-phone",
                "Exten": "written",
                "Priority": "1",
                "Async": "false",
                "Variable": ["__SEAT=2001", "__LOGIN=a", "__HA1=b"],
            },
        ),
        (
            actions.remove_phone_login("2001"),
            {
                "Action": "Originate",
                "Channel": "Local/s@write-phone/n",
                "Context": "write-phone",
                "Exten": "written",
                "Priority": "1",
                "Async": "false",
                "Variable": ["__SEAT=2001"],
            },
        ),
        (actions.redirect("pbx1-1.1", to=TO), {"Action": "Redirect", "Channel": "pbx1-1.1", **AT_TO}),
        (
            actions.redirect_both("pbx1-1.1", to=TO, other="pbx1-1.2", other_to=Extension(context="c", exten="7")),
            {
                "Action": "Redirect",
                "Channel": "pbx1-1.1",
                **AT_TO,
                "ExtraChannel": "pbx1-1.2",
                "ExtraContext": "c",
                "ExtraExten": "7",
                "ExtraPriority": "1",
            },
        ),
        (actions.hangup("pbx1-1.1"), {"Action": "Hangup", "Channel": "pbx1-1.1", "Cause": "16"}),
        (actions.getvar("A"), {"Action": "Getvar", "Variable": "A"}),
        (actions.getvar("A", channel="pbx1-1.1"), {"Action": "Getvar", "Variable": "A", "Channel": "pbx1-1.1"}),
        (actions.get_device_state("PJSIP/1001"), {"Action": "Getvar", "Variable": "DEVICE_STATE(PJSIP/1001)"}),
        (actions.setvar("A", "1"), {"Action": "Setvar", "Variable": "A", "Value": "1"}),
        (
            actions.setvar("A", "1", channel="pbx1-1.1"),
            {"Action": "Setvar", "Variable": "A", "Value": "1", "Channel": "pbx1-1.1"},
        ),
        (
            actions.stop_mix_monitor("pbx1-1.1", recording="0x1"),
            {"Action": "StopMixMonitor", "Channel": "pbx1-1.1", "MixMonitorID": "0x1"},
        ),
        (
            actions.mute_in_conference("mediation-1", channel_name="PJSIP/1001-1"),
            {"Action": "ConfbridgeMute", "Conference": "mediation-1", "Channel": "PJSIP/1001-1"},
        ),
        (
            actions.unmute_in_conference("mediation-1", channel_name="PJSIP/1001-1"),
            {"Action": "ConfbridgeUnmute", "Conference": "mediation-1", "Channel": "PJSIP/1001-1"},
        ),
        (
            actions.queue_add("hotline", "PJSIP/1001", name="mei", penalty=2),
            {
                "Action": "QueueAdd",
                "Queue": "hotline",
                "Interface": "PJSIP/1001",
                "StateInterface": "PJSIP/1001",
                "MemberName": "mei",
                "Penalty": "2",
            },
        ),
        (
            actions.queue_remove("hotline", "PJSIP/1001"),
            {"Action": "QueueRemove", "Queue": "hotline", "Interface": "PJSIP/1001"},
        ),
        (
            actions.queue_penalty("hotline", "PJSIP/1001", penalty=0),
            {"Action": "QueuePenalty", "Queue": "hotline", "Interface": "PJSIP/1001", "Penalty": "0"},
        ),
        (
            actions.queue_pause("PJSIP/1001", reason="lunch"),
            {"Action": "QueuePause", "Interface": "PJSIP/1001", "Paused": "true", "Reason": "lunch"},
        ),
        (
            actions.queue_unpause("PJSIP/1001"),
            {"Action": "QueuePause", "Interface": "PJSIP/1001", "Paused": "false"},
        ),
        (
            actions.move_to_front("hotline", channel_name="PJSIP/trunk-main-1"),
            {
                "Action": "QueueChangePriorityCaller",
                "Queue": "hotline",
                "Caller": "PJSIP/trunk-main-1",
                "Priority": "1000",
                "Immediate": "yes",
            },
        ),
        (actions.queue_status(), {"Action": "QueueStatus"}),
        (actions.queue_summary(), {"Action": "QueueSummary"}),
        (actions.core_show_channels(), {"Action": "CoreShowChannels"}),
        (actions.core_settings(), {"Action": "CoreSettings"}),
        (actions.device_state_list(), {"Action": "DeviceStateList"}),
        (actions.list_commands(), {"Action": "ListCommands"}),
        (actions.show_dialplan("supervise"), {"Action": "ShowDialPlan", "Context": "supervise"}),
        (
            actions.show_dialplan("move-to-queue", exten="hotline"),
            {"Action": "ShowDialPlan", "Context": "move-to-queue", "Extension": "hotline"},
        ),
        (actions.db_get_tree("hours"), {"Action": "DBGetTree", "Family": "hours"}),
        (
            actions.db_get_tree("mediation", key="7"),
            {"Action": "DBGetTree", "Family": "mediation", "Key": "7"},
        ),
    ],
)
def test_an_action_has_exactly_these_headers(action: Action, headers: dict[str, str]) -> None:
    assert action == headers


def listing(*events: Headers, last: str) -> Answer:
    return Answer(response={"Response": "Success"}, events=[*events, {"Event": last}])


def test_waiting_callers_are_listed_but_for_those_whose_number_brought_headers_of_its_own() -> None:
    entry: Headers = {"Event": "QueueEntry", "Queue": "hotline", "Channel": "PJSIP/trunk-1", "Uniqueid": "pbx1-1.1"}
    forged: Headers = entry | {"Uniqueid": ["pbx1-1.2", "pbx1-1.9"]}
    member: Headers = {"Event": "QueueMember", "Queue": "hotline", "Location": "PJSIP/1001"}
    answer = listing(member, entry, forged, last="QueueStatusComplete")
    assert queue_entries(answer) == [QueueEntry(queue="hotline", channel_name="PJSIP/trunk-1", uniqueid="pbx1-1.1")]
    assert member_interfaces(answer) == ["PJSIP/1001"]


def test_channels_are_listed_with_what_they_have() -> None:
    full: Headers = {
        "Event": "CoreShowChannel",
        "Channel": "PJSIP/1001-1",
        "Uniqueid": "pbx1-1.2",
        "Linkedid": "pbx1-1.1",
        "BridgeId": "b",
        "Context": "from-internal",
        "CallerIDNum": ["1001", "1002"],
    }
    answer = listing(full, {"Event": "CoreShowChannel", "Channel": "Local/1"}, last="CoreShowChannelsComplete")
    assert listed_channels(answer) == [
        ListedChannel(
            name="PJSIP/1001-1",
            uniqueid="pbx1-1.2",
            linkedid="pbx1-1.1",
            bridge_id="b",
            context="from-internal",
            caller_number="1001",
        ),
        ListedChannel(name="Local/1", uniqueid="", linkedid="", bridge_id="", context="", caller_number=""),
    ]


def test_names_of_queues_and_devices_and_entries_of_astdb_are_listed() -> None:
    queues = listing({"Event": "QueueSummary", "Queue": "hotline"}, last="QueueSummaryComplete")
    devices = listing({"Event": "DeviceStateChange", "Device": "PJSIP/1001"}, last="DeviceStateListComplete")
    tree: Headers = {"Event": "DBGetTreeResponse", "Key": "/hours/20261123", "Val": "closed"}
    assert (queue_names(queues), device_names(devices)) == (["hotline"], ["PJSIP/1001"])
    assert astdb_entries(listing(tree, last="DBGetTreeComplete")) == [AstDbEntry(key="hours/20261123", value="closed")]


@pytest.mark.parametrize("parse", [listed_channels, queue_names, device_names])
def test_a_list_that_does_not_end_is_no_list(parse: object) -> None:
    assert callable(parse)
    with pytest.raises(PbxError, match="does not end with"):
        parse(Answer(response={"Response": "Success"}))
