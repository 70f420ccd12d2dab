"""Password hashes (argon2id) and random tokens; what is stored gives neither away."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
"""One core's work, so that one hash at a time leaves the others free."""

HASH_OF_NOTHING = "$argon2id$v=19$m=65536,t=3,p=1$yVZ5ttUoGEzk7nEt0/KsMA$zPPZlto+HvXbmIHSJAPjkIDWCipX4lOc5gb9JNcLhxk"
"""Verified for a user who does not exist, so that the answer takes as long. Nobody knows the password."""

MOST_WAITING = 8
NICENESS = 10


def _step_back() -> None:
    """Recording goes before hashing. Linux keeps the niceness of each thread."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Line:
    """Hashes made one after another: each takes 64 MiB and about a tenth of a second of a core."""

    def __init__(self, name: str) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name, initializer=_step_back)
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether nobody else should stand in it now."""
        return self._waiting >= MOST_WAITING

    async def hash_password(self, password: str) -> str:
        """Argon2id with a random salt; parameters are part of the text."""
        return await self._run(_hasher.hash, password)

    async def is_password(self, password: str, password_hash: str) -> bool:
        """Whether the password is the one that was hashed."""
        return await self._run(_verify, password, password_hash)

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)
        finally:
            self._waiting -= 1


STRANGERS = Line("argon2 for strangers")
"""Anybody may make us work here, so nobody who is known stands in it."""
KNOWN = Line("argon2")


def needs_rehash(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def make_token() -> str:
    """256 random bits, in characters that need no escaping; the prefix lets secret scanners find a leaked one."""
    return "callcenter_" + secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """A plain hash is enough for 256 random bits, and lets the database find the row."""
    return hashlib.sha256(token.encode()).digest()
