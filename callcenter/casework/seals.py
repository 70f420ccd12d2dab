"""Numbers of identity documents at rest: sealed under a key that is not in the database."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
"""Bytes, random for each number (NIST SP 800-38D, 8.2.2)."""
_MEANT_FOR = b"callcenter identity number 1"
"""Bound to what is sealed, so that it opens as nothing else."""


@dataclass(frozen=True, slots=True)
class Seal:
    """AES-256 in Galois counter mode under `PERSONAL_DATA_KEY`; without a key nothing can be sealed or opened."""

    key: SecretStr | None

    @classmethod
    def of(cls, settings: Settings) -> Seal:
        """As the settings have it."""
        return cls(settings.personal_data_key)

    def close(self, text: str) -> bytes:
        """The text sealed, each time differently. Raises ConflictError without a key."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher().encrypt(nonce, text.encode(), _MEANT_FOR)

    def open(self, sealed: bytes) -> str:
        """The text again. Raises ConflictError without the key under which it was sealed."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], _MEANT_FOR).decode()
        except InvalidTag:
            raise ConflictError(
                "This was sealed under another key, or it was changed.", code=ErrorCode.PERSONAL_DATA_KEY_WRONG
            ) from None

    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # large, and only for whoever needs it

        if self.key is None:
            raise ConflictError(
                "Numbers of identity documents are not kept here: CALLCENTER_PERSONAL_DATA_KEY is not set.",
                code=ErrorCode.PERSONAL_DATA_KEY_MISSING,
            )
        return AESGCM(bytes.fromhex(self.key.get_secret_value()))
