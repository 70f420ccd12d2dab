"""Retention over HTTP: rules, holds, certificates."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.tickets.rules import TicketKind
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page


class RetentionRuleView(BaseModel):
    """How long a kind of matter keeps its persons."""

    model_config = ConfigDict(from_attributes=True)

    kind: TicketKind
    valid_from: date
    years: int = Field(description="After the end of the matter.")
    source: str


class RetentionRules(BaseModel):
    """All rules that were ever valid."""

    rules: list[RetentionRuleView]


class NewTicketHold(BaseModel):
    """Why the matter must not lose anything."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence


class TicketHoldView(BaseModel):
    """Whether a legal hold protects the matter."""

    is_held: bool
    placed_at: Moment | None
    placed_by: str | None
    reason: str | None


class TicketCertificateView(BaseModel):
    """What was deleted; the hash is of the certificate and of all before it."""

    id: int
    issued_at: Moment
    rule: str
    tickets: list[str] = Field(description="Numbers of the matters that lost their persons.")
    files: list[str] = Field(description="SHA-256 of the files that went with them.")
    previous_sha256: str | None
    sha256: str


class TicketCertificatePage(Page[TicketCertificateView]):
    """Newest first."""

    breaks: list[str] = Field(description="What somebody has changed in the chain; empty where nobody has.")
