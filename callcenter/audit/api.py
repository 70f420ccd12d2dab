"""The audit over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from callcenter.accounts.api import require
from callcenter.accounts.rules import Role
from callcenter.audit.render import to_json
from callcenter.audit.schemas import AuditView
from callcenter.audit.service import audit_day
from callcenter.dependencies import Now, OpenDatabase

router = APIRouter(tags=["audit"])


@router.get("/audit/{business_date}", dependencies=[Depends(require(Role.SUPERVISOR))])
async def get_audit(
    business_date: Annotated[date, Path()], database: OpenDatabase, now: Now, request: Request
) -> AuditView:
    """Is everybody who rang that day accounted for?"""
    report = await audit_day(database, request.app.state.settings, business_date, now=now)
    return AuditView.model_validate(to_json(report))
