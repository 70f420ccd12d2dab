"""What recordings look like over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.audio.rules import AudioKind, MissingReason
from callcenter.audio.schemas import AudioFileView, Reason
from callcenter.calls.schemas import AskedName, Moment


class RecordingView(AudioFileView):
    """One file of a recording."""

    notice_at: Moment | None = Field(description="When the customer had been told of the recording by the PBX.")


class RecordingPage(BaseModel):
    """Newest first; `next_before` is the `before` of the next page, null on the last."""

    items: list[RecordingView]
    next_before: int | None


class RecordingQuery(BaseModel):
    """Which files are wanted; `day` is a business day."""

    model_config = ConfigDict(extra="forbid")

    pbx: AskedName | None = None
    call_id: AskedName | None = None
    day: date | None = None
    kind: AudioKind | None = None
    before: int | None = Field(default=None, ge=1, le=2**63 - 1)
    limit: int = Field(default=50, ge=1, le=200)


class CallRecordings(BaseModel):
    """The recording of one call, or why there is none."""

    items: list[RecordingView]
    missing: MissingReason | None = Field(description="Null where there are files, those you may not hear included.")


class Why(BaseModel):
    """Nobody hears a recording without saying why."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
