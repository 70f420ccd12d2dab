"""Logs: one JSON object a line on stderr, telephone numbers masked, repetitions held back."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, WrappedLogger

_NUMBER = re.compile(r"(?<![\d.])(\+?\d{1,7})\d{4}(\d{4})(?!\d|\.\d)")
"""Nine digits and more that stand alone; the second of a uniqueid has a dot and a counter behind it."""

REPEAT_SECONDS = 10.0
"""The same message again within this is counted instead of written."""


def configure_logs(level: int = logging.INFO) -> None:
    """Send everything, structlog's and the libraries', through one chain to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_numbers,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(NoRepetition())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def mask_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """`13812345678` becomes `138****5678`, wherever in a line it stands."""
    return {key: mask_text(value) if isinstance(value, str) else value for key, value in event.items()}


def mask_text(text: str) -> str:
    """The text with the middle of every telephone number hidden."""
    return _NUMBER.sub(r"\1****\2", text)


class NoRepetition(logging.Filter):
    """Lets a message through once in `REPEAT_SECONDS`, so that a fault cannot fill the disk."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Errors are repetitions too: what matters is that each is written once and then counted."""
        if record.levelno < logging.WARNING:
            return True
        event = record.msg if isinstance(record.msg, dict) else None
        key = (record.name, record.lineno, str(record.msg if event is None else event.get("event"))[:200])
        now = self._clock()
        at, held_back = self._last.get(key, (float("-inf"), 0))
        if now - at < REPEAT_SECONDS:
            self._last[key] = (at, held_back + 1)
            return False
        if len(self._last) > 1000:
            self._last.clear()
        self._last[key] = (now, 0)
        if held_back and event is not None:
            record.msg = {**event, "held_back": held_back}
        elif held_back:
            record.msg = f"{record.msg} (held back {held_back} times)"
        return True
