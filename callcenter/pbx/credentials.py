"""Passwords in dial strings and interfaces, which nobody who reads a call, a log or a sample needs to see."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"""(^|[\s"',&/])((?:sips?:)?(?!sips?:|tel:)[^\s"',&/:@]+):[^\s"',&]*@""")


def without_passwords(text: str) -> str:
    """The text with `user:secret@host` as `user:***@host`, as it stands in `IAX2/user:secret@host/number`.

    A password may hold `@` and `/`, so all up to the last `@` of a word is left out.
    """
    return _CREDENTIALS.sub(r"\1\2:***@", text) if "@" in text else text
