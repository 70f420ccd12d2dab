"""Templates of patrols over HTTP: everybody reads them, supervisors and administrators add versions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.inspections import template_store as store
from callcenter.casework.inspections.templates import (
    CODE,
    MOST_ITEMS,
    MOST_OFFICERS,
    Template,
    TemplateItem,
    check_new,
)
from callcenter.casework.tickets.schemas import AskedDay, Line
from callcenter.http.cursors import pair_cursors
from callcenter.http.dependencies import Now, Snapshot, Timezone, Transaction
from callcenter.http.fields import Sentence
from callcenter.http.pages import Page, PageQuery, cut_whole

router = APIRouter(tags=["inspections"])

_TEMPLATES = pair_cursors("inspection-templates", str, int)

TemplateCode = Annotated[str, Field(pattern=f"^{CODE.pattern}$", examples=["six-checks"])]
TemplateVersion = Annotated[int, Field(ge=1, le=10_000)]
Item = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]


class TemplatesQuery(PageQuery):
    """Which templates are wanted."""

    on_day: AskedDay | None = Field(default=None, description="Those that hold that day; without it all versions.")


class TemplateItemBody(BaseModel):
    """Something that is looked at; items are numbered from 1, as they stand."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    check: Item = Field(description="What is checked.")
    look: Sentence = Field(description="What one looks for.")
    basis: Line | None = Field(default=None, description="Where the law says so.")


class TemplateView(BaseModel):
    """A version of a template, which holds from a day on, until the next one does."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    version: int
    name: str
    valid_from: AskedDay
    source: str
    least_officers: int = Field(description="How many go on a patrol at least.")
    officers_source: str
    checks: list[TemplateItemBody]


class TemplatePage(Page[TemplateView]):
    """By code and version."""


class NewTemplate(BaseModel):
    """A version that is to hold from a day on, today or later."""

    model_config = ConfigDict(extra="forbid")

    code: TemplateCode
    version: TemplateVersion = Field(description="The one after the last; 1 for a new code.")
    name: Line
    valid_from: AskedDay
    source: Sentence
    least_officers: Annotated[int, Field(ge=1, le=MOST_OFFICERS)]
    officers_source: Sentence
    checks: Annotated[list[TemplateItemBody], Field(min_length=1, max_length=MOST_ITEMS)]

    def to_template(self) -> Template:
        """As the rules see it."""
        checks = tuple(TemplateItem(check=one.check, look=one.look, basis=one.basis) for one in self.checks)
        return Template(**self.model_dump(exclude={"checks"}), checks=checks)


@router.get("/inspection-templates", dependencies=[require(Right.SEE_CODES)])
async def list_inspection_templates(query: Annotated[TemplatesQuery, Query()], session: Snapshot) -> TemplatePage:
    """Those of a day, or all versions that there ever were."""
    found = await store.list_templates(session, query.on_day)
    page, following = cut_whole(found, query, _TEMPLATES, lambda one: (one.code, one.version))
    return TemplatePage(items=[TemplateView.model_validate(one) for one in page], next=following)


@router.get("/inspection-templates/{template}/{template_version}", dependencies=[require(Right.SEE_CODES)])
async def get_inspection_template(
    template: Annotated[TemplateCode, Path()], template_version: Annotated[TemplateVersion, Path()], session: Snapshot
) -> TemplateView:
    """One version, as patrols refer to it."""
    return TemplateView.model_validate(await store.get_template(session, template, template_version))


@router.post("/inspection-templates", status_code=201, dependencies=[require(Right.MANAGE_CODES)])
async def add_inspection_template(
    new: NewTemplate, user: SignedInUser, session: Transaction, now: Now, timezone: Timezone
) -> TemplateView:
    """Add the next version of a template. Patrols that refer to older versions keep them."""
    template = new.to_template()
    check_new(template, await store.find_last(session, template.code), now.astimezone(timezone).date())
    await store.add_template(session, template, by=user.user_id, at=now)
    return TemplateView.model_validate(template)
