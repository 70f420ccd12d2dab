"""Forms over HTTP: a draft whenever it is asked for, and the issued one, the same for ever."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.attachments.folder import kept_folder
from callcenter.casework.forms import service, store
from callcenter.casework.forms.rules import Form
from callcenter.casework.forms.service import Desk
from callcenter.casework.forms.tables import IssuedForm
from callcenter.casework.tickets.api import AskedFrom, AskedTicket
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.steps import TicketStep
from callcenter.http.cursors import LARGEST_ID, value_cursors
from callcenter.http.dependencies import LoggedSnapshot, Snapshot, Transaction
from callcenter.http.downloads import read_pieces
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery, cut_page

router = APIRouter(tags=["tickets"])

_FORMS = value_cursors("ticket-forms", int)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


class FormView(BaseModel):
    """A form that was issued."""

    id: int
    form: int = Field(description="文书式样, 1 to 10.")
    number: str = Field(description="As it is printed; counted by form and year without a gap.")
    sha256: str
    issued_at: Moment
    issued_by: str


class FormStanding(BaseModel):
    """How far a form is."""

    form: int = Field(description="文书式样, 1 to 10.")
    steps: list[TicketStep] = Field(description="What it says: the last of these that was taken.")
    is_due: bool = Field(description="One of these was taken: there is a draft, and the form can be issued.")
    issued_id: int | None = Field(description="It was issued, with what it says now; null for a draft.")


class FormPage(Page[FormView]):
    """Oldest first."""

    forms: list[FormStanding] = Field(description="All that there are for a ticket of this kind, by number.")


def get_desk(request: Request, viewpoint: AskedFrom) -> Desk:
    """Who prints, and with what."""
    settings = request.app.state.settings
    return Desk(viewpoint=viewpoint, settings=settings, folder=kept_folder(settings))


AskedDesk = Annotated[Desk, Depends(get_desk)]
AskedForm = Annotated[int, Path(ge=1, le=len(Form), description="文书式样, 1 to 10.")]


@router.get("/tickets/{ticket}/forms", dependencies=[require(Right.SEE_TICKETS)])
async def list_forms(
    ticket: AskedTicket, query: Annotated[PageQuery, Query()], user: SignedInUser, session: Snapshot
) -> FormPage:
    """What was issued of a ticket, and how far each of its forms is."""
    dossier = await open_dossier(session, ticket, user)
    found = await store.list_issued(session, dossier.row.id, after=query.after(_FORMS) or 0, limit=query.limit + 1)
    page, following = cut_page(found, query, _FORMS, lambda one: one[0].id)
    forms = [
        FormStanding(form=one.form, steps=list(one.steps), is_due=one.occasion is not None, issued_id=issued_id)
        for one, issued_id in await service.list_forms(session, dossier)
    ]
    return FormPage(items=[_view(issued, by) for issued, by in page], next=following, forms=forms)


@router.post("/tickets/{ticket}/forms/{form}", status_code=201, dependencies=[require(Right.CHANGE_TICKETS)])
async def issue_form(ticket: AskedTicket, form: AskedForm, session: Transaction, desk: AskedDesk) -> FormView:
    """Number it and keep it, once for each happening that it says: the same again is the same form."""
    issued = await service.issue(session, ticket, Form(form), desk)
    return _view(issued, await store.get_issuer(session, issued))


@router.get(
    "/tickets/{ticket}/forms/{form}",
    response_class=StreamingResponse,
    responses=_PDF,
    dependencies=[require(Right.SEE_TICKETS)],
)
async def get_form(
    ticket: AskedTicket,
    form: AskedForm,
    session: LoggedSnapshot,
    desk: AskedDesk,
    issued_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="An older one that was issued.")] = None,
) -> StreamingResponse:
    """The issued form, to the byte, or its draft, which says so; for who may see the ticket whole, and logged."""
    name, file = await service.read_form(session, ticket, Form(form), issued_id, desk)
    headers = {"Content-Disposition": f'attachment; filename="form-{name}.pdf"'}
    return StreamingResponse(read_pieces(file), media_type="application/pdf", headers=headers)


def _view(issued: IssuedForm, by: str) -> FormView:
    return FormView(
        id=issued.id,
        form=issued.form,
        number=issued.text,
        sha256=issued.sha256,
        issued_at=issued.issued_at,
        issued_by=by,
    )
