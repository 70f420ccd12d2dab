"""Commands: sent once, answered or known to be unanswered, and never more than one action per action."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from callcenter.errors import ActionRefused, InputError, PbxError, ResultUnknown
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Patience, retry_delay
from tests.integration.fake_ami import HASTE, FakeAmi, message, running, until

ORIGINATE = {"Action": "Originate", "Channel": "PJSIP/1001", "Exten": "13900000001", "Async": "true"}


@pytest_asyncio.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi.serving() as fake:
        yield fake


@pytest_asyncio.fixture
async def commands(pbx: FakeAmi) -> AsyncIterator[AmiCommands]:
    login = AmiCommands(host="127.0.0.1", port=pbx.port, username="callcenter-commands", secret="right", patience=HASTE)
    async with running(login.run(), login.close):
        await until(lambda: login.is_up)
        yield login


async def test_an_answer_has_its_headers_repeated_and_empty_ones_too(pbx: FakeAmi, commands: AmiCommands) -> None:
    pbx.answers["CoreSettings"] = message(
        ("Response", "Success"), ("ActionID", "ACTIONID"), ("Line", "a"), ("Line", "b"), ("AsteriskVersion", "")
    )
    answer = await commands.ask({"Action": "CoreSettings"})
    del answer.response["ActionID"]
    assert answer.response == {"Response": "Success", "Line": ["a", "b"], "AsteriskVersion": ""}
    assert answer.events == []


async def test_a_list_is_waited_for_to_its_end(pbx: FakeAmi, commands: AmiCommands) -> None:
    pbx.channels = ["pbx1-1.0", "pbx1-1.1"]
    answer = await commands.ask({"Action": "CoreShowChannels"})
    assert answer.response["EventList"] == "start"
    assert [event.get("Uniqueid") for event in answer.events] == ["pbx1-1.0", "pbx1-1.1", None]


async def test_answers_go_to_whom_they_belong_in_whatever_order_they_come(pbx: FakeAmi, commands: AmiCommands) -> None:
    pbx.answers["Slow"] = None
    slow = asyncio.ensure_future(commands.ask({"Action": "Slow"}))
    quick = await commands.ask({"Action": "Quick"})
    slow_id = next(action["ActionID"] for action in pbx.connections[0].actions if action["Action"] == "Slow")
    pbx.connections[0].say(message(("Response", "Success"), ("ActionID", slow_id), ("Message", "late")))
    assert (await slow).response["Message"] == "late"
    assert "Message" not in quick.response


async def test_a_refusal_is_an_error_with_the_reason_of_the_pbx(pbx: FakeAmi, commands: AmiCommands) -> None:
    pbx.answers["Reload"] = message(("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", "Permission denied"))
    with pytest.raises(ActionRefused, match=r"^The PBX refused Reload: Permission denied\.$"):
        await commands.ask({"Action": "Reload"})
    assert commands.is_up


async def test_an_unanswered_action_has_an_unknown_result_and_the_login_stays(
    pbx: FakeAmi, commands: AmiCommands
) -> None:
    pbx.answers["Originate"] = None
    with pytest.raises(ResultUnknown, match=r"^The PBX did not answer Originate within 0\.5 s\.$"):
        await commands.ask(ORIGINATE)
    assert (await commands.ask({"Action": "CoreSettings"})).response["Response"] == "Success"


async def test_an_action_unanswered_at_a_drop_is_never_sent_again(pbx: FakeAmi, commands: AmiCommands) -> None:
    pbx.answers["Originate"] = None
    asking = asyncio.ensure_future(commands.ask(ORIGINATE))
    await until(lambda: "Originate" in pbx.actions)
    pbx.connections[0].drop()
    with pytest.raises(ResultUnknown, match=r"^The connection was lost before the PBX answered Originate\.$"):
        await asking
    await until(lambda: len(pbx.connections) == 2 and commands.is_up)
    pbx.connections[1].say(message(("Event", "FullyBooted"), ("Status", "Fully Booted")))
    await commands.ask({"Action": "CoreSettings"})
    assert pbx.connections[0].names() == ["Login", "Originate"]
    assert pbx.connections[1].names() == ["Login", "CoreSettings"]


async def test_nothing_is_kept_for_later_while_there_is_no_connection(pbx: FakeAmi, commands: AmiCommands) -> None:
    pbx.secret = "changed"
    pbx.connections[0].hang_up()
    await until(lambda: not commands.is_up)
    with pytest.raises(PbxError, match="There is no connection to the PBX") as raised:
        await commands.ask(ORIGINATE)
    assert type(raised.value) is PbxError
    pbx.secret = "right"
    await until(lambda: commands.is_up)
    assert "Originate" not in pbx.actions


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "Originate", "Exten": "1001\r\nAction: Command\r\nCommand: core stop now"},
        {"Action": "Originate", "Exten": "1001\nApplication: System"},
        {"Action": "Originate", "Exten": "1001\rData: x"},
        {"Action": "Originate", "Exten": "1001\0"},
        {"Action": "Originate", "Variable": ["a=1", "b=2\r\n\r\nAction: Command"]},
        {"Action": "Originate", "Exten\r\nApplication": "System"},
        {"Action": "Originate", "Application: System\nExten": "1"},
        {"Action": "Originate", "Exten: 1": "1"},
        {"Action": "Originate", "Exten": "\ud800"},
    ],
)
async def test_a_value_that_would_break_out_of_its_line_is_refused_before_it_is_sent(
    pbx: FakeAmi, commands: AmiCommands, action: dict[str, str]
) -> None:
    with pytest.raises(InputError):
        await commands.ask(action)
    await commands.ask({"Action": "CoreSettings"})
    assert pbx.actions == ["Login", "CoreSettings"]


async def test_several_values_of_one_header_are_sent_as_several_headers(pbx: FakeAmi, commands: AmiCommands) -> None:
    await commands.ask({"Action": "Originate", "Variable": ("名字=张三", "b=2")})
    assert pbx.connections[0].actions[-1]["Variable"] == "b=2"
    assert pbx.raw_actions[-1].count("Variable: ") == 2
    assert "Variable: 名字=张三\r\n" in pbx.raw_actions[-1]


async def test_a_cancelled_question_leaves_nothing_behind(pbx: FakeAmi, commands: AmiCommands) -> None:
    pbx.answers["Slow"] = None
    asking = asyncio.ensure_future(commands.ask({"Action": "Slow"}))
    await until(lambda: "Slow" in pbx.actions)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert commands.protocol is not None
    assert commands.protocol.responses == {}


async def test_an_errand_without_run_opens_asks_and_closes(pbx: FakeAmi) -> None:
    login = AmiCommands(host="127.0.0.1", port=pbx.port, username="callcenter-commands", secret="right", patience=HASTE)
    await login.open()
    await login.ask({"Action": "CoreSettings"})
    await login.close()
    await until(lambda: pbx.connections[0].is_gone)
    assert pbx.connections[0].actions[0]["Events"] == "off"


def test_waits_double_up_to_the_longest_and_half_of_each_is_chance() -> None:
    patience = Patience(retry_first=timedelta(seconds=1), retry_longest=timedelta(seconds=30))
    assert [retry_delay(n, patience, 1.0).total_seconds() for n in (1, 2, 3, 4, 5, 6, 99)] == [1, 2, 4, 8, 16, 30, 30]
    assert [retry_delay(n, patience, 0.0).total_seconds() for n in (1, 2, 6)] == [0.5, 1, 15]


async def test_a_loop_that_was_busy_does_not_take_a_live_link_for_dead(pbx: FakeAmi, commands: AmiCommands) -> None:
    time.sleep(HASTE.ping_every.total_seconds() * HASTE.unanswered_pings * 2)  # noqa: ASYNC251 - what blocks the loop is what is tested
    pinged = len(pbx.connections[0].actions)
    await until(lambda: len(pbx.connections[0].actions) > pinged + 3)
    assert commands.is_up
    assert len(pbx.connections) == 1


@pytest.mark.parametrize("sentence", ["Originate successfully queued", "Added interface to queue"])
async def test_an_order_that_is_taken_is_answered_at_once_and_no_event_is_waited_for(
    pbx: FakeAmi, commands: AmiCommands, sentence: str
) -> None:
    pbx.answers["Originate"] = message(("Response", "Success"), ("ActionID", "ACTIONID"), ("Message", sentence))
    assert (await commands.ask(ORIGINATE)).response["Message"] == sentence
