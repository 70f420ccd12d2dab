"""What recordings look like over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.audio.rules import AudioKind, MissingReason
from callcenter.audio.schemas import AudioFileView, AudioQuery
from callcenter.calls.list_store import CallPlace
from callcenter.calls.records import Direction
from callcenter.calls.schemas import place_from_cursor
from callcenter.http.fields import Moment


class RecordingView(AudioFileView):
    """One file of a recording."""

    notice_at: Moment | None = Field(description="When the customer had been told of the recording by the PBX.")


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


class UnrecordedQuery(BaseModel):
    """Which answered calls without a recording are wanted; `day` is a business day."""

    model_config = ConfigDict(extra="forbid")

    day: date
    reason: MissingReason | None = None
    unexplained: bool = Field(default=False, description="Only calls for which no reason is known.")
    cursor: str | None = Field(default=None, max_length=1000)
    limit: int = Field(default=50, ge=1, le=200)

    @property
    def after(self) -> CallPlace | None:
        """The place behind which the page begins. Raises InputError."""
        return None if self.cursor is None else place_from_cursor(self.cursor)


class UnrecordedCallView(BaseModel):
    """An answered call, inbound or outbound, that has no recording."""

    pbx: str
    call_id: str
    direction: Direction
    started_at: Moment
    answered_at: Moment | None
    reason: MissingReason | None = Field(description="Null where nobody knows why: look for its cause.")
    noted_at: Moment | None = Field(description="When the reason was found; null before anybody has looked.")


class UnrecordedPage(BaseModel):
    """The day's account, `answered` = `recorded` + all of `by_reason` + `unexplained`, and the calls, newest first."""

    day: date
    answered: int = Field(description="Inbound and outbound calls in which somebody talked.")
    recorded: int = Field(description="Those with a recording, one deleted since included.")
    by_reason: dict[MissingReason, int]
    unexplained: int = Field(description="Those with neither a recording nor a reason; should be none.")
    items: list[UnrecordedCallView]
    next_cursor: str | None = Field(description="The `cursor` of the next page, null on the last.")
