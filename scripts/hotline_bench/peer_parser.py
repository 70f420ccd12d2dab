"""Run by the peer's own interpreter: panoramisk's protocol feeding cacofonisk's tracker from a file.

Prints events and seconds. The wiring is the one of cacofonisk's AmiRunner, without a socket.
"""

import logging
import sys
import time
from pathlib import Path

from cacofonisk.handlers import EventHandler
from cacofonisk.reporters import BaseReporter
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

CHUNK = 64 * 1024


class NoTransport:
    """Panoramisk writes its queue at FullyBooted; here it is empty."""

    def write(self, data: bytes) -> None:
        """Discards the bytes."""

    def close(self) -> None:
        """There is no connection to close."""


def main() -> None:
    """Feed the file once."""
    logging.disable(logging.CRITICAL)
    data = Path(sys.argv[1]).read_bytes()
    handler = EventHandler(reporter=BaseReporter(), hostname="localhost", logger=logging.getLogger())
    manager = Manager(encoding="utf8")
    for name in handler.event_handlers():
        manager.register_event(name, lambda _manager, event: handler.on_event(event))
    protocol = AMIProtocol()
    protocol.connection_made(NoTransport())
    protocol.factory = manager
    protocol.encoding = "utf8"
    begin = time.process_time()
    for offset in range(0, len(data), CHUNK):
        protocol.data_received(data[offset : offset + CHUNK])
    seconds = time.process_time() - begin
    print(data.count(b"\r\n\r\n"), seconds)


main()
