"""Documents by which somebody shows who they are, and their numbers. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

from callcenter.casework.masks import is_id_number, mask_id_number
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError


class IdType(StrEnum):
    """What kind of document. A closed list."""

    ID_CARD = "id_card"
    """居民身份证, with a check digit (GB 11643-1999)."""
    PASSPORT = "passport"
    HK_MACAO_PERMIT = "hk_macao_permit"
    """港澳居民来往内地通行证."""
    TAIWAN_PERMIT = "taiwan_permit"
    """台湾居民来往大陆通行证."""
    FOREIGNER_PERMIT = "foreigner_permit"
    """外国人永久居留身份证."""
    OTHER = "other"


_OTHER_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z()-]{3,29}")


def read_id_number(kind: IdType, text: str) -> str:
    """The number in its one form. Raises InputError, which does not say it."""
    number = "".join(text.split()).upper()
    is_right = is_id_number(number) if kind is IdType.ID_CARD else bool(_OTHER_NUMBER.fullmatch(number))
    if not is_right:
        raise InputError("This is no number of such a document: check each digit.", code=ErrorCode.INVALID_ID_NUMBER)
    return number


def mask_document_number(kind: IdType, number: str) -> str:
    """As everybody sees it: of an identity card four characters at both ends, of the others the first and two last."""
    if kind is IdType.ID_CARD:
        return mask_id_number(number)
    return f"{number[:1]}{'*' * (len(number) - 3)}{number[-2:]}"
