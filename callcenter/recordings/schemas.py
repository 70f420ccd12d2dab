"""What recordings look like over HTTP."""

from __future__ import annotations

from pydantic import BaseModel, Field

from callcenter.audio.rules import AudioKind, MissingReason
from callcenter.audio.schemas import AudioFileView, AudioQuery
from callcenter.calls.schemas import Moment


class RecordingView(AudioFileView):
    """One file of a recording."""

    notice_at: Moment | None = Field(description="When the caller had been told of the recording by the PBX.")


class RecordingPage(BaseModel):
    """Newest first; `next_before` is the `before` of the next page, null on the last."""

    items: list[RecordingView]
    next_before: int | None


class RecordingQuery(AudioQuery):
    """Which recordings are wanted."""

    kind: AudioKind | None = None


class CallRecordings(BaseModel):
    """The recording of one call, or why there is none."""

    items: list[RecordingView]
    missing: MissingReason | None = Field(description="Null where there are files, those you may not hear included.")
