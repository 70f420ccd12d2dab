"""What messages look like over HTTP."""

from __future__ import annotations

from pydantic import Field

from callcenter.audio.schemas import AudioFileView, AudioQuery
from callcenter.http.fields import AskedName, Moment
from callcenter.http.pages import Page


class MessageView(AudioFileView):
    """A message that a caller left."""

    mailbox: str | None
    caller_number: str | None = Field(description="Null where none was shown.")
    heard_at: Moment | None = Field(
        description="When the first who was given at least half of it began to listen; null while nobody was."
    )
    heard_by: str | None
    episode_id: int | None = Field(description="Whose call back it belongs to, on the callback list.")


class MessagePage(Page[MessageView]):
    """Newest first."""


class MessageQuery(AudioQuery):
    """Which messages are wanted."""

    mailbox: AskedName | None = None
    silent: bool | None = None
    heard: bool | None = None
    masked: bool = Field(default=False, description="Numbers stay masked whatever the reason, and nothing is logged.")
