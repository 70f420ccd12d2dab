"""Tables of agents: who may answer what, who sits where, and how long each seat was in which state."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_IS_ON = text("signed_off_at IS NULL")


class AgentSkill(Base):
    """A queue whose calls an agent can take; those with a low penalty are asked first."""

    __tablename__ = "agent_skills"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    penalty: Mapped[int] = mapped_column(Integer)


class SignOn(Base):
    """An agent sits at a device; `signed_off_at` is None while they do. One seat an agent, one agent a seat."""

    __tablename__ = "agent_sign_ons"
    __table_args__ = (
        Index("uq_agent_sign_ons_user", "user_id", unique=True, postgresql_where=_IS_ON),
        Index("uq_agent_sign_ons_seat", "pbx", "interface", unique=True, postgresql_where=_IS_ON),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    pbx: Mapped[str] = mapped_column(Text)
    interface: Mapped[str] = mapped_column(Text)
    signed_on_at: Mapped[datetime]
    signed_off_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    """Why it ended: `agent`, a supervisor's name, or `pbx` where the PBX no longer knew of it."""


class AgentState(Base):
    """A seat was in one state from `from_at` to `to_at`, by the PBX's clock; `to_at` is None for the present one.

    Reported by the PBX alone, seats of nobody included: `user_id` is None for a member that no agent of ours sits at.
    """

    __tablename__ = "agent_states"
    __table_args__ = (
        Index("uq_agent_states_present", "pbx", "interface", unique=True, postgresql_where=text("to_at IS NULL")),
        Index(None, "from_at"),
        Index(None, "user_id", "from_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str] = mapped_column(Text)
    interface: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    member_name: Mapped[str] = mapped_column(Text)
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(Text)
    """A word of `rules.SeatState`."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Of a pause."""
    next_reason: Mapped[str | None] = mapped_column(Text)
    """Of the pause that comes when this call or wrap-up is over."""
    is_registered: Mapped[bool | None]
    """Whether the device could be rung; None where the PBX did not know."""
    began_at: Mapped[datetime]
    """When the seat came into this state: before `from_at` where it was in it already when it was heard of again."""
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]


class MovedCaller(Base):
    """A caller whom a supervisor moved in front of the others in a queue."""

    __tablename__ = "moved_callers"
    __table_args__ = (Index(None, "moved_at"),)

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    moved_at: Mapped[datetime]
