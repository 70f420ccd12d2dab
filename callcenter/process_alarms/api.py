"""What failed in the processes, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.http.dependencies import Before, Now, Transaction, page_of
from callcenter.http.fields import Moment
from callcenter.process_alarms import store
from callcenter.process_alarms.tables import ProcessAlarm

router = APIRouter(tags=["operations"])

Limit = Annotated[int, Query(ge=1, le=200)]


class ProcessAlarmView(BaseModel):
    """A part of a process failed."""

    id: int
    host: str
    part: str
    failed_at: Moment
    failures: int = Field(description="In a row, before it ran well again.")
    reason: str = Field(description="The last one, in one line; the traceback is in the log.")
    back_at: Moment | None = Field(
        description="When it was started again, or its process was gone; null while it is down."
    )
    acknowledged_by: str | None
    acknowledged_at: Moment | None


class ProcessAlarmPage(BaseModel):
    """Newest first."""

    items: list[ProcessAlarmView]
    next_before: int | None


@router.get("/process-alarms", dependencies=[require(Right.SEE_ALARMS)])
async def get_process_alarms(
    session: Transaction,
    is_down: Annotated[bool, Query(alias="down")] = False,
    is_acknowledged: Annotated[bool | None, Query(alias="acknowledged")] = None,
    before: Before = None,
    limit: Limit = 50,
) -> ProcessAlarmPage:
    """Parts of the backend that failed; with `down` those that are not back. Ended ones are kept for 90 days."""
    found = await store.list_alarms(
        session, is_down=is_down, is_acknowledged=is_acknowledged, before=before, limit=limit + 1
    )
    rows, last = page_of(found, limit)
    return ProcessAlarmPage(items=[_view(*row) for row in rows], next_before=None if last is None else last[0].id)


@router.post("/process-alarms/{alarm_id}/acknowledgement", dependencies=[require(Right.HANDLE_ALARMS)])
async def acknowledge_process_alarm(
    alarm_id: Annotated[int, Path(ge=1, le=2**63 - 1)], user: SignedInUser, session: Transaction, now: Now
) -> ProcessAlarmView:
    """Take an alarm in hand."""
    await store.acknowledge(session, alarm_id, user_id=user.user_id, at=now)
    (row,) = await store.list_alarms(session, alarm_id=alarm_id, limit=1)
    return _view(*row)


def _view(alarm: ProcessAlarm, acknowledged_by: str | None) -> ProcessAlarmView:
    return ProcessAlarmView(
        id=alarm.id,
        host=alarm.host,
        part=alarm.part,
        failed_at=alarm.failed_at,
        failures=alarm.failures,
        reason=alarm.reason,
        back_at=alarm.back_at,
        acknowledged_by=acknowledged_by,
        acknowledged_at=alarm.acknowledged_at,
    )
