"""Password hashes (argon2id) and random tokens; what is stored gives neither away."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Few, because each hash takes 64 MiB and about a tenth of a second of a core."""

HASH_OF_NOTHING = "$argon2id$v=19$m=65536,t=3,p=4$yVZ5ttUoGEzk7nEt0/KsMA$zPPZlto+HvXbmIHSJAPjkIDWCipX4lOc5gb9JNcLhxk"
"""Verified for a user who does not exist, so that the answer takes as long. Nobody knows the password."""


async def hash_password(password: str) -> str:
    """Argon2id with a random salt; parameters are part of the text."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, password)


async def is_password(password: str, password_hash: str) -> bool:
    """Whether the password is the one that was hashed."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _verify, password, password_hash)


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
