"""`callcenter phones`: the file of the agents' phones, with a secret for each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from callcenter.errors import InputError
from callcenter.pbx.phones import EXTENSION, read_phones, write_phones


def add_phones(file: Path, extensions: Sequence[str], *, is_renewal: bool) -> int:
    """Add phones to `file`; those it has already keep their secret, except in a renewal.

    The secrets are in this file alone, which only its owner may read. Raises InputError.
    """
    wrong = next((extension for extension in extensions if not EXTENSION.fullmatch(extension)), None)
    if wrong is not None:
        raise InputError(f"A phone's extension is a digit and then letters, digits, - or _; {wrong!r} is not.")
    try:
        known = read_phones(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from None
    new = [extension for extension in dict.fromkeys(extensions) if is_renewal or extension not in known]
    _replace(file, write_phones(known | {extension: secrets.token_hex(16) for extension in new}))
    print(f"{file}: new secrets for {', '.join(new) or 'no phone'}; {len(known.keys() | set(new))} phones in all.")
    return 0


def _replace(file: Path, text: str) -> None:
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as target:
            target.write(text)
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None
