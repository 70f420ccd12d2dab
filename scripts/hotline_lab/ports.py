"""Ports on which nobody listens."""

from __future__ import annotations

import socket


def free_port(host: str, kind: socket.SocketKind) -> int:
    """A port of that address which nobody uses."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    """Whether that port could be taken; an empty `host` means every address."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
