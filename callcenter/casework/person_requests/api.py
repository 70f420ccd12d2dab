"""A person's request over HTTP: one document of everything that is held of them (PIPL Art. 45)."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from fastapi import APIRouter, Response

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.casework.person_requests.rules import find_person
from callcenter.casework.person_requests.schemas import NewPersonRequest
from callcenter.casework.person_requests.service import Asked, answer_person
from callcenter.casework.tickets.api import AskedFrom
from callcenter.http.dependencies import AskedSettings, LoggedSnapshot

router = APIRouter(tags=["person-requests"])

_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            "X-Left-Out": {
                "description": "Matters and mediations with the number that are somebody else's, or of nobody known.",
                "schema": {"type": "integer"},
            }
        },
    }
}


@router.post("/person-requests", response_class=Response, responses=_PDF, dependencies=[require(Right.UNMASK_NUMBERS)])
async def answer_person_request(
    body: NewPersonRequest, session: LoggedSnapshot, settings: AskedSettings, viewpoint: AskedFrom
) -> Response:
    """Calls, waits for a call back, messages, mediations and matters of one person, for who has the duty of privacy.

    Nothing of it is about anybody else. The request stands in the access log with each matter that is in the answer.
    """
    since = None if body.since is None else datetime.combine(body.since, time(), settings.timezone)
    asked = Asked(
        person=find_person(body.phone, body.names, since, area_code=settings.area_code),
        reason=body.reason,
        identity=body.identity,
        language=body.language,
    )
    answer = await answer_person(session, asked, settings, viewpoint)
    headers = {
        "Content-Disposition": f'attachment; filename="personal-data-{body.language.value}.pdf"',
        "X-Left-Out": str(answer.left_out),
    }
    return Response(answer.pdf, media_type="application/pdf", headers=headers)
