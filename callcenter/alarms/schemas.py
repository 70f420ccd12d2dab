"""What alarms look like over HTTP."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from callcenter.alarms.rules import AlarmKind
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery


class AlarmCallView(BaseModel):
    """The call of an unanswered emergency."""

    model_config = ConfigDict(from_attributes=True)

    pbx: str
    call_id: str
    started_at: Moment | None
    caller_number: str | None = Field(description="Masked; the callback list has it.")


class FailedPartView(BaseModel):
    """The part of a process that failed."""

    model_config = ConfigDict(from_attributes=True)

    host: str
    part: str
    failures: int = Field(description="In a row, before it ran well again.")
    reason: str = Field(description="The last one, in one line; the traceback is in the log.")


class AlarmView(BaseModel):
    """Something that somebody should look after; what does not belong to its kind is null."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: AlarmKind
    since: Moment | None = Field(description="When it should have happened, or when it was raised; null: not known.")
    ended_at: Moment | None = Field(description="When a part that failed ran again, or its process was gone.")
    is_open: bool = Field(description="False once somebody has acknowledged it.")
    acknowledged_by: str | None
    acknowledged_at: Moment | None
    episode_id: int | None
    dial_id: int | None
    call: AlarmCallView | None
    part: FailedPartView | None
    message: str | None


class AlarmPage(Page[AlarmView]):
    """Those without a moment first, then the newest."""


class AlarmQuery(PageQuery):
    """Which alarms are wanted."""

    kind: list[AlarmKind] = Field(default=[])
    open: bool = Field(default=False, description="Only those that nobody has acknowledged.")
