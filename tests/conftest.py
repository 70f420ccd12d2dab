"""What all tests share."""

from __future__ import annotations

import structlog
from hypothesis import HealthCheck, settings

# Events go to the standard library's loggers, where caplog finds the name as the message and each key as an attribute.
structlog.configure(
    processors=[structlog.stdlib.render_to_log_kwargs],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

# Both limits of Hypothesis are of wall-clock time: on a busy machine they measure the others who use it.
settings.register_profile(
    "busy machine", parent=settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")
