"""The unified social credit code of an organisation (统一社会信用代码, GB 32100-2015), with its check digit. Pure."""

from __future__ import annotations

import re
import unicodedata

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V and Z."""
_FORM = re.compile(rf"[{_DIGITS}]{{2}}[0-9]{{6}}[{_DIGITS}]{{10}}")
_MODULUS = len(_DIGITS)
_WEIGHTS = [pow(3, place, _MODULUS) for place in range(17)]


def read_credit_code(text: str) -> str | None:
    """The code as it is kept, of full or small letters too; None for what is none."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if not _FORM.fullmatch(code):
        return None
    total = sum(weight * _DIGITS.index(sign) for weight, sign in zip(_WEIGHTS, code, strict=False))
    return code if code[-1] == _DIGITS[-total % _MODULUS] else None


def check_credit_code(text: str | None) -> str | None:
    """The same. Raises InputError for what is none; None stays None."""
    if text is None:
        return None
    code = read_credit_code(text)
    if code is None:
        raise InputError(
            "This is no unified social credit code: 18 signs, of which the last checks the others.",
            code=ErrorCode.INVALID_CREDIT_CODE,
        )
    return code
