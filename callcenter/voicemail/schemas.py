"""What messages look like over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.audio.schemas import AudioFileView, Reason
from callcenter.calls.schemas import AskedName


class MessageView(AudioFileView):
    """A message that a caller left."""

    mailbox: str | None
    caller_number: str | None = Field(description="Masked for agents; null where none was shown.")


class MessagePage(BaseModel):
    """Newest first; `next_before` is the `before` of the next page, null on the last."""

    items: list[MessageView]
    next_before: int | None


class MessageQuery(BaseModel):
    """Which messages are wanted; `day` is a business day."""

    model_config = ConfigDict(extra="forbid")

    pbx: AskedName | None = None
    call_id: AskedName | None = None
    day: date | None = None
    mailbox: AskedName | None = None
    silent: bool | None = None
    before: int | None = Field(default=None, ge=1, le=2**63 - 1)
    limit: int = Field(default=50, ge=1, le=200)


class Playing(BaseModel):
    """Who may call back may hear what was said; why is written down where it is told."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason | None = None
