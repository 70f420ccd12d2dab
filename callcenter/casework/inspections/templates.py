"""Templates of patrols: dated data with a source, in versions that are added and never changed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError

CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")

MOST_ITEMS = 30
MOST_OFFICERS = 10
"""Of one patrol."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateItem:
    """Something that is looked at; items are numbered from 1, as they stand."""

    check: str
    """What is checked."""
    look: str
    """What one looks for."""
    basis: str | None
    """Where the law says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A version of a template, which holds from a day on, until the next one does."""

    code: str
    version: int
    name: str
    valid_from: date
    source: str
    least_officers: int
    officers_source: str
    checks: tuple[TemplateItem, ...]


def check_new(template: Template, last: Template | None, today: date) -> None:
    """Raises InputError, ConflictError where it is not the version after the last one."""
    expected = 1 if last is None else last.version + 1
    if template.version != expected:
        raise ConflictError(
            f"The next version of the template {template.code} is {expected}.",
            code=ErrorCode.TEMPLATE_VERSION_TAKEN,
            params={"template": template.code, "version": expected},
        )
    if template.valid_from < max(today, today if last is None else last.valid_from):
        raise InputError("A version holds from today on or later, and not before the last one.")
