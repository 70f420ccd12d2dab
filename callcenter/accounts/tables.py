"""Tables of the accounts; users are disabled, never deleted, so that the access log keeps its names."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, INET
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class User(Base):
    """A person who may sign in."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('officer', 'agent', 'supervisor', 'director', 'admin')", name="role"),
        CheckConstraint("duties <@ ARRAY['analyst', 'quality', 'surveyor', 'privacy', 'legal']", name="duties"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str | None] = mapped_column(Text)
    """What people call the user, as 王芳; without one the name they sign in with stands for it."""
    role: Mapped[str] = mapped_column(Text)
    duties: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Beside the role."""
    password_hash: Mapped[str] = mapped_column(Text)
    password_changed_at: Mapped[datetime | None]
    """Null while it is the first one."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class BrowserSession(Base):
    """One signed-in browser; only a hash of what its cookie holds is kept. Deleting the row signs it out."""

    __tablename__ = "browser_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    """To within a minute."""


class KnownBrowser(Base):
    """A browser in which a user signed in before; a flood of guesses from elsewhere does not keep it out.

    Only a hash of what its cookie holds is kept. Several users of one desk share a browser.
    """

    __tablename__ = "known_browsers"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True, index=True)
    used_at: Mapped[datetime]


class Token(Base):
    """A named bearer token of a script; only its hash is kept. Deleting the row revokes it."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """To within a minute."""


class ScreenLink(Base):
    """A link by which a screen on the wall is let in for good; only a hash of its secret is kept.

    Deleting the row ends the screen.
    """

    __tablename__ = "screens"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Those that it shows; none for all."""
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    """To within a minute."""


class SignInAttempt(Base):
    """A sign-in that failed or is under way; deleted when it succeeds or is too old to count."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index(None, "user_name", "at"),
        Index(None, "address", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_name: Mapped[str] = mapped_column(Text)
    address: Mapped[IPv4Address | IPv6Address] = mapped_column(INET)
    """Of IPv6 the first of the /64."""
    browser_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Where it came from a known browser."""
    at: Mapped[datetime] = mapped_column(index=True)


class Access(Base):
    """Somebody saw something unmasked, signed in or changed who may: who, what (`caller_number`), of what, and when."""

    __tablename__ = "access_log"
    __table_args__ = (Index(None, "user_id", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """Null for the command line, and for somebody whom no password made known."""
    what: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
