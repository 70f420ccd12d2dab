"""By which people are told apart in snapshots, and nobody is named: a keyed hash of their telephone number. Pure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

_MEANT_FOR = b"callcenter complainant key 1"
"""What is derived from `PERSONAL_DATA_KEY` for this is of no use for anything else."""


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """Makes the keys of persons: the same one for the same number, in all snapshots, as long as the secret stays.

    The secret is derived from `PERSONAL_DATA_KEY`, which is not in the database. Where that is not set, it is a random
    one that is kept in the database: keys then protect the snapshots that leave it, and not those that lie beside it.
    """

    secret: bytes

    @classmethod
    def derived_from(cls, personal_data_key: str) -> PersonKeys:
        """From the setting: 64 hexadecimal digits."""
        return cls(hmac.digest(bytes.fromhex(personal_data_key), _MEANT_FOR, hashlib.sha256))

    def key_of(self, subject: str) -> str:
        """Of whoever has this identity key of calls; 32 hexadecimal digits."""
        return hmac.digest(self.secret, subject.encode(), hashlib.sha256).hex()[:32]
