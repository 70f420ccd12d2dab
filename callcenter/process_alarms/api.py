"""What failed in the processes, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from callcenter.accounts.api import require
from callcenter.accounts.rules import Role
from callcenter.calls.schemas import Moment
from callcenter.dependencies import Before, Transaction, page_of
from callcenter.process_alarms import store

router = APIRouter(tags=["operations"])

Limit = Annotated[int, Query(ge=1, le=200)]


class ProcessAlarmView(BaseModel):
    """A part of a process failed."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    host: str
    part: str
    failed_at: Moment
    failures: int = Field(description="In a row, before it ran well again.")
    reason: str = Field(description="The last one, in one line; the traceback is in the log.")
    back_at: Moment | None = Field(description="When it was started again; null while it is down.")


class ProcessAlarmPage(BaseModel):
    """Newest first."""

    items: list[ProcessAlarmView]
    next_before: int | None


@router.get("/process-alarms", dependencies=[Depends(require(Role.SUPERVISOR))])
async def get_process_alarms(
    session: Transaction,
    is_down: Annotated[bool, Query(alias="down")] = False,
    before: Before = None,
    limit: Limit = 50,
) -> ProcessAlarmPage:
    """Parts of the backend that failed; with `down` those that are not back."""
    rows, last = page_of(await store.list_alarms(session, is_down=is_down, before=before, limit=limit + 1), limit)
    items = [ProcessAlarmView.model_validate(row) for row in rows]
    return ProcessAlarmPage(items=items, next_before=None if last is None else last.id)
