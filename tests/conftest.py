"""What all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Both limits of Hypothesis are of wall-clock time: on a busy machine they measure the others who use it.
settings.register_profile(
    "busy machine", parent=settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")
