"""Personal data as everybody sees it: names, addresses, numbers, and what stands of them in free text. Pure."""

from __future__ import annotations

import re

from callcenter.calls.numbers import mask

_ID_NUMBER = re.compile(r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?|0)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?0?\d{2,3}[- ]\d{7,8}(?!\d)|(?<!\d)0\d{2,3}\d{7,8}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def is_id_number(text: str) -> bool:
    """A number of an identity card with its check digit (GB 11643-1999)."""
    if not _ID_NUMBER.fullmatch(text):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == text[-1].upper()


def mask_id_number(text: str) -> str:
    """The first four and the last four characters."""
    return f"{text[:4]}{'*' * (len(text) - 8)}{text[-4:]}"


def mask_name(name: str | None) -> str | None:
    """The first character; of one that is no Chinese name the first letter."""
    return None if name is None else f"{name[:1]}**"


def mask_address(address: str | None) -> str | None:
    """Its first six characters: the city and district, as a rule."""
    return None if address is None else address if len(address) <= 6 else f"{address[:6]}****"


def mask_phone(phone: str | None, *, area_code: str) -> str | None:
    """As a caller's number is masked; what is no number is hidden whole."""
    if phone is None:
        return None
    masked = mask(phone, area_code=area_code)
    return "****" if masked is None or masked == phone else masked


def mask_text(text: str | None, *, area_code: str) -> str | None:
    """Mobile and fixed numbers and valid identity numbers in free text are masked, the rest stays."""
    if text is None:
        return None
    hidden = _ID_NUMBER.sub(lambda found: mask_id_number(found[0]) if is_id_number(found[0]) else found[0], text)
    for numbers in (_MOBILE, _LANDLINE):
        hidden = numbers.sub(lambda found: mask_phone(found[0], area_code=area_code) or "", hidden)
    return hidden
