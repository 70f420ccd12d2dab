"""Whom of a unit to ring about an instruction. Pure.

One is rung at a time, by position, each once in a round. How many rounds, and how far apart, is decided apart:
`casework/thresholds`.
"""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.casework.units.rules import MOST_CONTACTS, Contact, ContactHours


def list_chain(contacts: Sequence[Contact], *, is_open: bool | None) -> list[Contact]:
    """Who is rung now, in order, each number once; where nobody knows whether the office is open, all."""
    chain: dict[str, Contact] = {}
    for contact in contacts:
        is_wanted = contact.hours is ContactHours.ALWAYS or is_open is None
        if is_wanted or is_open is (contact.hours is ContactHours.OFFICE):
            chain.setdefault(contact.number, contact)
    return list(chain.values())[:MOST_CONTACTS]
