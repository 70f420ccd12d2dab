"""What recordings look like over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from callcenter.audio.rules import AudioKind, MissingReason
from callcenter.audio.schemas import AudioFileView, AudioQuery
from callcenter.calls.records import Direction
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery


class RecordingView(AudioFileView):
    """One file of a recording."""

    notice_at: Moment | None = Field(description="When the PBX had announced the recording to the customer.")


class RecordingPage(Page[RecordingView]):
    """Newest first."""


class RecordingQuery(AudioQuery):
    """Which recordings are wanted."""

    kind: AudioKind | None = None


class CallRecordings(Page[RecordingView]):
    """The recording of one call, or why there is none."""

    missing: MissingReason | None = Field(description="Null where there are files, those you may not hear included.")


class UnrecordedQuery(PageQuery):
    """Which answered calls without a recording are wanted; `day` is a business day."""

    day: date
    reason: MissingReason | None = None
    unexplained: bool = Field(default=False, description="Only calls for which no reason is known.")


class UnrecordedCallView(BaseModel):
    """An answered call, inbound or outbound, that has no recording."""

    pbx: str
    call_id: str
    direction: Direction
    started_at: Moment
    answered_at: Moment | None
    reason: MissingReason | None = Field(description="Null where nobody knows why: look for its cause.")
    noted_at: Moment | None = Field(description="When the reason was found; null before anybody has looked.")


class UnrecordedPage(Page[UnrecordedCallView]):
    """The day's account, `answered` = `recorded` + all of `by_reason` + `unexplained`, and the calls, newest first."""

    day: date
    answered: int = Field(description="Inbound and outbound calls in which somebody talked.")
    recorded: int = Field(description="Those with a recording, one deleted since included.")
    by_reason: dict[MissingReason, int]
    unexplained: int = Field(description="Those with neither a recording nor a reason; should be none.")
