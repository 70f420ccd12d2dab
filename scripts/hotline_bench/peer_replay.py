"""Run by the peer's own interpreter: the fastest way to use panoramisk and cacofonisk on a file, without their wiring.

Panoramisk's Message takes each block apart, and cacofonisk's handlers get the events they ask for. Prints the events.
"""

import logging
import sys
from pathlib import Path

from cacofonisk.handlers import EventHandler
from cacofonisk.reporters import BaseReporter
from panoramisk.message import Message


def main() -> None:
    """Feed the file once."""
    logging.disable(logging.CRITICAL)
    handler = EventHandler(reporter=BaseReporter(), hostname="localhost", logger=logging.getLogger())
    wanted = handler.event_handlers()
    events = 0
    for block in Path(sys.argv[1]).read_bytes().decode().split("\r\n\r\n"):
        message = Message.from_line(block)
        if message is not None and "Event" in message:
            events += 1
            if message["Event"] in wanted:
                handler.on_event(message)
    print(events)


main()
