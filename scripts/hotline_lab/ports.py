"""Ports for the processes of labs: each is handed out to one owner at a time on this machine, and none is probed.

Only the process that binds a port knows whether it is free: a probe takes the port from a process that is about to bind
it, and says nothing about the next moment. So owners claim numbers, and a failed start is tried again.
All ranges lie outside those from which systems give ports to outgoing connections (32768 to 60999).
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from .errors import LabError


class PortRange:
    """Numbers from `first` on, `size` of them, `step` apart; `step` is how many ports an owner needs."""

    def __init__(self, *, first: int, size: int, step: int = 1) -> None:
        self._first = first
        self._size = size
        self._step = step
        # a port is not handed out again soon, and labs beside each other begin anywhere
        self._next = count(secrets.randbelow(size))

    @contextmanager
    def claim(self) -> Iterator[int]:
        """The first port of the claim, which no other owner gets while the block runs."""
        claimed, port = self._claim()
        with claimed:
            yield port

    def keep(self) -> int:
        """The same until this process ends, however it ends."""
        claimed, port = self._claim()
        claimed.detach()
        return port

    def _claim(self) -> tuple[socket.socket, int]:
        """The claim is a name that the kernel gives to one socket at a time and takes back when that is closed."""
        for _ in range(self._size):
            port = self._first + self._step * (next(self._next) % self._size)
            claimed = socket.socket(socket.AF_UNIX)
            try:
                claimed.bind(f"\0hotline-port-{port}")
            except OSError:
                claimed.close()
            else:
                return claimed, port
        last = self._first + self._step * self._size - 1
        raise LabError(f"All ports of labs from {self._first} to {last} are in use; end another lab and try again.")


MEDIA_PORTS = PortRange(first=10_000, size=2_500, step=4)
"""UDP. SIPp binds one port for sound and the one two above it for pictures."""
PBX_PORTS = PortRange(first=20_000, size=120, step=100)
"""TCP and UDP. An Asterisk's AMI, HTTP and SIP."""
HTTP_PORTS = PortRange(first=32_000, size=700)
"""TCP. A backend's."""
SIP_PORTS = PortRange(first=61_000, size=4_500)
"""UDP. A phone's."""
