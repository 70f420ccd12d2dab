"""Figures of the recorder, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from callcenter.calls.records import Witness
from callcenter.calls.store import Stored

IS_LEADING = Gauge("callcenter_recorder_leading", "Whether this process records the PBX.", ("pbx",))
IS_HEARD = Gauge("callcenter_witness_heard", "Whether the witness can be heard now.", ("pbx", "witness"))
HEARD_UNTIL = Gauge(
    "callcenter_witness_heard_until_seconds",
    "Until when every report is stored (epoch).",
    ("pbx", "witness"),
)
CALLS_CHANGED = Counter("callcenter_calls_changed", "Calls stored or changed.", ("pbx", "witness"))
TELLINGS_REFUSED = Counter(
    "callcenter_tellings_refused", "Rows and records that went to the dead letters.", ("pbx", "witness")
)
CONFIRMATION_LAG = Histogram(
    "callcenter_confirmation_lag_seconds",
    "From the first witness's report of a call's end until the other agreed.",
    ("pbx",),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)
GAPS = Counter("callcenter_witness_gaps", "Times a witness went blind.", ("pbx", "witness", "reason"))
ODDITIES = Counter("callcenter_witness_oddities", "Reports that could not be used.", ("pbx", "witness"))


def count_stored(pbx: str, witness: Witness, stored: Stored) -> None:
    """After the transaction was committed."""
    CALLS_CHANGED.labels(pbx, witness).inc(stored.changed)
    TELLINGS_REFUSED.labels(pbx, witness).inc(stored.refused)
    for lag in stored.lags:
        CONFIRMATION_LAG.labels(pbx).observe(lag.total_seconds())
