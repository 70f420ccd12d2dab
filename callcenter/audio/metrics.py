"""Figures of sound files, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

FREE_PERCENT = Gauge(
    "callcenter_audio_disk_free_percent", "Free room on the disk below the folder.", ("purpose", "pbx")
)
IS_ALARM = Gauge(
    "callcenter_audio_disk_alarm", "Whether that is less than the setting of the alarm.", ("purpose", "pbx")
)
DUE = Gauge(
    "callcenter_audio_due_calls", "Calls and mediations over whose sound was not looked for yet.", ("purpose", "pbx")
)
TAKEN_IN = Counter("callcenter_audio_files_taken_in", "Files taken in.", ("purpose",))
MISSING = Counter("callcenter_audio_missing", "Calls that should have a file and have none.", ("purpose", "reason"))
DELETED = Counter("callcenter_audio_files_deleted", "Files deleted with a certificate.", ("rule",))
TO_REMOVE = Gauge("callcenter_audio_files_to_remove", "Files with a certificate that could not be removed yet.")
