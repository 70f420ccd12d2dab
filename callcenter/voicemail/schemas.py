"""What messages look like over HTTP."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from callcenter.audio.schemas import AudioFileView, AudioQuery, Reason
from callcenter.calls.schemas import Unmasking
from callcenter.http.fields import AskedName, Moment


class MessageView(AudioFileView):
    """A message that a caller left."""

    mailbox: str | None
    caller_number: str | None = Field(description="Null where none was shown.")
    heard_at: Moment | None = Field(
        description="When the first who was given at least half of it began to listen; null while nobody was."
    )
    heard_by: str | None
    episode_id: int | None = Field(description="Whose call back it belongs to, on the callback list.")


class MessagePage(BaseModel):
    """Newest first; `next_before` is the `before` of the next page, null on the last."""

    items: list[MessageView]
    next_before: int | None


class MessageQuery(AudioQuery, Unmasking):
    """Which messages are wanted."""

    mailbox: AskedName | None = None
    silent: bool | None = None
    heard: bool | None = None


class Playing(BaseModel):
    """Who may call back may hear what was said; why is written down where it is told."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason | None = None
