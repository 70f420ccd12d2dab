"""Phones of the lab start, whoever else uses ports on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hotline_lab import phones
from hotline_lab.errors import LabError
from hotline_lab.phones import Sipp, ringable, run
from hotline_lab.ports import PortRange
from hotline_lab.scenario import load_scenario
from hotline_lab.sipp import phone_xml
from hotline_lab.sound import voice

HOST = "127.0.0.1"
SIP_FIRST, MEDIA_FIRST = 60_990, 3_200


@pytest.fixture
def few_ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    """Two ports for SIP and two for sound; programs that are none of the lab's may take them on the stack."""
    monkeypatch.setattr(phones, "SIP_PORTS", PortRange(first=SIP_FIRST, size=2))
    monkeypatch.setattr(phones, "MEDIA_PORTS", PortRange(first=MEDIA_FIRST, size=2, step=4))
    with ExitStack() as foreign:
        yield foreign


def hold(foreign: ExitStack, *ports: int) -> None:
    for port in ports:
        taken = foreign.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        taken.bind((HOST, port))


def agent(folder: Path) -> Sipp:
    scenario = load_scenario("answered_by_an_agent")
    sound = folder / "agent.alaw"
    sound.write_bytes(voice("agent"))
    xml = phone_xml(scenario.agents[:1], secret="secret", sound=str(sound))
    return Sipp(name="agent", folder=folder, xml=xml, host=HOST, port=None, pbx=f"{HOST}:9", calls=None)


@pytest.mark.parametrize("taken", [SIP_FIRST, MEDIA_FIRST, MEDIA_FIRST + 2])
async def test_a_phone_that_loses_a_port_to_another_program_is_started_on_others(
    few_ports: ExitStack, tmp_path: Path, taken: int
) -> None:
    hold(few_ports, taken)
    for _ in range(4):  # wherever the range begins, the one that is taken comes at least twice
        async with ringable(agent(tmp_path)) as port:
            assert port in {SIP_FIRST, SIP_FIRST + 1} - {taken}


async def test_a_phone_that_finds_no_port_says_what_to_do_in_one_line(few_ports: ExitStack, tmp_path: Path) -> None:
    hold(few_ports, SIP_FIRST, SIP_FIRST + 1)
    with pytest.raises(LabError) as refused:
        async with ringable(agent(tmp_path)):
            pass
    sentence = str(refused.value)
    assert sentence.startswith("The phone agent found no free port; end what uses them and run this again: ")
    assert "Unable to bind main socket" in sentence
    assert "\n" not in sentence
    with pytest.raises(LabError, match="found no free port"):
        await run(agent(tmp_path))
