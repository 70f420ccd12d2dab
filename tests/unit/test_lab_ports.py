"""Ports of labs are handed out: to one owner at a time on this machine, without a look at who uses them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hotline_lab.errors import LabError, error_in
from hotline_lab.ports import HTTP_PORTS, MEDIA_PORTS, PBX_PORTS, SIP_PORTS, PortRange

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
KEEP = """
import sys
from hotline_lab.ports import PortRange
print(PortRange(first=int(sys.argv[1]), size=1).keep(), flush=True)
sys.stdin.read()
"""


def test_a_claimed_port_is_nobody_elses_until_the_claim_ends() -> None:
    ports, others = PortRange(first=3_000, size=2, step=10), PortRange(first=3_000, size=2, step=10)
    with ports.claim() as one, others.claim() as two:
        assert {one, two} == {3_000, 3_010}
        with pytest.raises(LabError, match="from 3000 to 3019 are in use"), ports.claim():
            pass
    with ports.claim() as one, ports.claim() as two:
        assert {one, two} == {3_000, 3_010}


def test_a_kept_port_is_another_processes_until_that_ends_however_it_ends() -> None:
    ports = PortRange(first=3_100, size=1)
    with subprocess.Popen(
        [sys.executable, "-c", KEEP, "3100"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "3100\n"
        with pytest.raises(LabError), ports.claim():
            pass
        other.kill()
        other.wait()
    with ports.claim() as port:
        assert port == 3_100


def test_handing_out_a_port_binds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[int] = []

    class Watched(socket.socket):
        def bind(self, address: object) -> None:
            bound.append(self.family)
            super().bind(address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "socket", Watched)
    for ports in (SIP_PORTS, MEDIA_PORTS, HTTP_PORTS, PBX_PORTS):
        with ports.claim():
            pass
    assert set(bound) == {socket.AF_UNIX}


def test_no_range_meets_another_or_the_ports_of_outgoing_connections() -> None:
    taken: set[int] = set(range(32_768, 61_000)) | set(range(4_000, 10_000))
    for ports in (SIP_PORTS, MEDIA_PORTS, HTTP_PORTS, PBX_PORTS):
        own = set(range(ports._first, ports._first + ports._size * ports._step))
        assert taken.isdisjoint(own)
        assert max(own) < 65_536
        taken |= own


def test_an_error_of_the_lab_is_found_among_those_of_tasks_beside_each_other() -> None:
    error = LabError("The phone did not start.")
    group = ExceptionGroup("outer", [ValueError("another"), ExceptionGroup("inner", [error])])
    assert error_in(group, LabError) is error
    assert error_in(ExceptionGroup("outer", [ValueError("another")]), LabError) is None
