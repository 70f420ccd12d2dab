"""All SQL of templates of patrols. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.inspections.tables import InspectionTemplate
from callcenter.casework.inspections.templates import Template, TemplateItem
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError


async def list_templates(session: AsyncSession, on: date | None = None) -> list[Template]:
    """By code and version; of a day those that hold then, one of each code, else all."""
    statement = select(InspectionTemplate).order_by(InspectionTemplate.code, InspectionTemplate.version)
    if on is not None:
        statement = statement.where(InspectionTemplate.valid_from <= on)
    found = [_template(row) for row in await session.scalars(statement)]
    return found if on is None else list({template.code: template for template in found}.values())


async def get_template(session: AsyncSession, code: str, version: int) -> Template:
    """Raises NotFoundError."""
    found = await find_templates(session, {(code, version)})
    if not found:
        raise NotFoundError(f"There is no version {version} of a template {code}.")
    return found[code, version]


async def find_templates(session: AsyncSession, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], Template]:
    """Those that there are, by code and version."""
    key = tuple_(InspectionTemplate.code, InspectionTemplate.version)
    rows = await session.scalars(select(InspectionTemplate).where(key.in_(wanted)))
    return {(row.code, row.version): _template(row) for row in rows}


async def find_last(session: AsyncSession, code: str) -> Template | None:
    """The newest version of a template, whether it holds already or not."""
    statement = select(InspectionTemplate).where(InspectionTemplate.code == code)
    row = (await session.scalars(statement.order_by(InspectionTemplate.version.desc()).limit(1))).one_or_none()
    return None if row is None else _template(row)


async def add_template(session: AsyncSession, template: Template, *, by: int, at: datetime) -> None:
    """Raises ConflictError where somebody else has added this version meanwhile."""
    values = asdict(template) | {"checks": [asdict(check) for check in template.checks], "added_by": by, "added_at": at}
    statement = insert(InspectionTemplate).values(**values).on_conflict_do_nothing()
    if (await session.execute(statement.returning(InspectionTemplate.version))).first() is None:
        raise ConflictError(
            f"Somebody else has added the version {template.version} of the template {template.code}.",
            code=ErrorCode.TEMPLATE_VERSION_TAKEN,
            params={"template": template.code, "version": template.version + 1},
        )


def _template(row: InspectionTemplate) -> Template:
    return Template(
        code=row.code,
        version=row.version,
        name=row.name,
        valid_from=row.valid_from,
        source=row.source,
        least_officers=row.least_officers,
        officers_source=row.officers_source,
        checks=tuple(TemplateItem(**check) for check in row.checks),
    )
