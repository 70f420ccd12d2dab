"""Who can be reached at a unit or a merchant, and whether what is known of them is still sure. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

MOST_NUMBERS = 5
"""Of one person, in the order in which they are rung."""
MOST_GOODS = 20
MOST_BRANDS = 20
LAST_POSITION = 99
"""In an organisation."""


class ContactRole(StrEnum):
    """What somebody is in the organisation. A closed list."""

    OFFICER_IN_CHARGE = "officer_in_charge"
    """分管人员"""
    SUPPLIER_AGENT = "supplier_agent"
    """代理商"""
    HEAD = "head"
    """负责人"""
    CONTACT = "contact"
    """联系人"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Organisation:
    """A unit or a merchant: one of both ids."""

    unit_id: int | None = None
    merchant_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactPerson:
    """Somebody at an organisation, as known now. `version` grows with every change; position 1 is rung first."""

    id: int
    version: int
    organisation: Organisation
    name: str
    role: ContactRole
    numbers: tuple[str, ...]
    """Normalised, in the order in which they are rung."""
    region: str | None
    goods: tuple[str, ...]
    """Codes."""
    brands: tuple[str, ...]
    position: int
    verified_at: datetime | None
    """When somebody last made sure of all this; None for never, or since it was changed."""
    verified_by: str | None
    ended_at: datetime | None


def is_stale(contact: ContactPerson, now: datetime, verified_for: timedelta) -> bool:
    """Whether nobody has made sure of the contact for that long."""
    return contact.verified_at is None or now - contact.verified_at > verified_for


def change(contact: ContactPerson, values: Mapping[str, Any]) -> ContactPerson:
    """The contact with other values. Another person, or other numbers, nobody has verified yet."""
    changed = replace(contact, **values)
    if (changed.name, changed.numbers) != (contact.name, contact.numbers):
        changed = replace(changed, verified_at=None, verified_by=None)
    return changed
