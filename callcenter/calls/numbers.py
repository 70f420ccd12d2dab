"""Caller numbers: what the network shows, turned into one number per caller.

The rules are those of a hotline in China. The common forms are decided here by their shape; only what remains, such as
foreign numbers, is looked up in the world's number plans (`e164`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from callcenter.calls import number_forms as forms
from callcenter.calls.e164 import is_possible, valid_e164

AREA_CODE = "0519"
"""Changzhou; settings may say otherwise."""

SHORTEST_OUTSIDE, LONGEST_ABROAD = 7, 15
"""Digits; what is shorter may be an extension of the house, longer is no number by E.164."""


class NumberKind(StrEnum):
    """What sort of number it is. A closed list."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    """A fixed line of our own area."""
    OTHER_CITY = "other_city"
    """A fixed line elsewhere on the mainland."""
    SHARED = "shared"
    """400 and 800: a business, whoever calls from it."""
    SERVICE = "service"
    """A service's short code such as 12345 or 10086: not a person."""
    FOREIGN = "foreign"
    """Abroad, Hong Kong, Macao and Taiwan included."""
    IOT = "iot"
    """A machine or an SMS port: nobody can be called back there."""
    GATEWAY = "gateway"
    """A pilot number behind which many callers stand."""
    EXTENSION = "extension"
    """A short number of the house."""
    WITHHELD = "withheld"
    UNKNOWN = "unknown"
    """Shown, but no number known to us; digits are kept as they came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerNumber:
    """`number` is E.164, or short codes and unrecognised digits as they came, or None.

    `extension` is the one behind a company's exchange, where it was shown.
    """

    number: str | None
    kind: NumberKind
    extension: str | None = None


_OWN_NUMBERS = frozenset((NumberKind.MOBILE, NumberKind.LANDLINE, NumberKind.OTHER_CITY, NumberKind.FOREIGN))
_WITH_EXTENSIONS = frozenset((NumberKind.MOBILE, NumberKind.LANDLINE, NumberKind.OTHER_CITY, NumberKind.SHARED))
"""Behind a mobile number it says whom a number lent for one order stands for."""


def normalise(raw: str | None, *, area_code: str = AREA_CODE, gateways: Collection[str] = ()) -> CallerNumber:
    """The number behind what was shown; `gateways` are pilot numbers in the form this returns."""
    found = _normalise(raw, area_code)
    if found.number is not None and found.number in gateways:
        return CallerNumber(number=found.number, kind=NumberKind.GATEWAY)
    return found


@lru_cache(maxsize=1024)
def _normalise(raw: str | None, area_code: str) -> CallerNumber:
    """Remembered because every report of a call asks anew."""
    shown, extension = _user_part(raw)
    found = _classify(forms.SEPARATORS.sub("", shown), area_code)
    if found.kind is NumberKind.UNKNOWN and (coded := forms.LINE_CODE.fullmatch(shown)):
        behind_code = _classify(forms.SEPARATORS.sub("", coded[1]), area_code)
        found = behind_code if behind_code.kind in _OWN_NUMBERS else found
    if found.kind is NumberKind.UNKNOWN and (behind := forms.BEHIND_EXCHANGE.fullmatch(shown)):
        exchange = _classify(forms.SEPARATORS.sub("", behind[1]), area_code)
        if exchange.kind in _WITH_EXTENSIONS:
            found, extension = exchange, behind[2]
    if found.kind in (NumberKind.EXTENSION, NumberKind.SERVICE) and forms.LEADING_SEPARATOR.match(shown):
        return CallerNumber(number=None, kind=NumberKind.UNKNOWN)  # `-5` is an error's number and nobody's
    if extension is None or found.number is None:
        return found
    return CallerNumber(number=found.number, kind=found.kind, extension=extension)


def behind_outside_line(number: str | None, *, area_code: str = AREA_CODE) -> str | None:
    """The number behind the prefix for an outside line (`9` or a few digits more); None where there is no such thing.

    Only of what somebody of the house dialled: a caller's number has no such prefix.
    """
    shown = forms.SEPARATORS.sub("", number or "")
    for length in range(1, forms.LONGEST_PREFIX + 1):
        prefix, rest = shown[:length], shown[length:]
        if prefix.isdecimal() and (forms.WITH_AREA.fullmatch(rest) or (prefix in "09" and forms.LOCAL.fullmatch(rest))):
            found = normalise(rest, area_code=area_code)
            if found.kind in _OWN_NUMBERS:
                return found.number
    return None


def identity_key(caller: CallerNumber) -> str | None:
    """The key under which calls are one caller's; None where the number says nothing about who called."""
    if caller.number is None or caller.kind in (NumberKind.WITHHELD, NumberKind.GATEWAY):
        return None
    return caller.number if caller.extension is None else f"{caller.number};ext={caller.extension}"


def clearer_number(number: str | None, other: str | None) -> str | None:
    """Of two normalised numbers of one person the first that is whole, with its country code; else the first known."""
    known = [found for found in (number, other) if found is not None]
    return next((found for found in known if found.startswith("+")), known[0] if known else None)


def is_dialable(caller: CallerNumber) -> bool:
    """Whether ringing this number back can reach the person who called."""
    return caller.kind in (
        NumberKind.MOBILE,
        NumberKind.LANDLINE,
        NumberKind.OTHER_CITY,
        NumberKind.SHARED,
        NumberKind.FOREIGN,
        NumberKind.EXTENSION,
    )


def is_outside(caller: CallerNumber) -> bool:
    """Whether only somebody outside the house shows such a number."""
    if caller.kind is NumberKind.UNKNOWN:
        return caller.number is not None and len(caller.number) >= SHORTEST_OUTSIDE
    return caller.kind not in (NumberKind.WITHHELD, NumberKind.SERVICE, NumberKind.EXTENSION)


def mask(number: str | None, *, area_code: str = AREA_CODE) -> str | None:
    """A number for those who need not see it: `138****5678`, `0519-****2345`.

    Takes raw and normalised forms alike. Short codes and extensions name no citizen and stay.
    """
    if number is None:
        return None
    caller = normalise(number, area_code=area_code)
    digits = caller.number
    match caller.kind:
        case NumberKind.WITHHELD:
            return None
        case NumberKind.SERVICE | NumberKind.EXTENSION:
            return digits
        case _ if digits is None:
            return "****"
        case NumberKind.MOBILE | NumberKind.SHARED:
            return f"{digits[3:6]}****{digits[-4:]}"
        case NumberKind.LANDLINE | NumberKind.OTHER_CITY:
            area = digits[3:5] if digits[3] in "12" else digits[3:6]
            return f"0{area}-****{digits[-4:]}"
        case NumberKind.FOREIGN:
            return f"{digits[:4]}****{digits[-4:]}"
        case _:
            return f"****{digits[-4:]}"


def _user_part(raw: str | None) -> tuple[str, str | None]:
    """What was shown, without display name, `sip:` and host, and the extension if there is one."""
    visible = "".join(sign for sign in raw or "" if unicodedata.category(sign) not in ("Cf", "Cc"))
    shown = unicodedata.normalize("NFKC", visible).strip().rstrip("#*,;").strip()
    begin = shown.rfind("<")
    if begin >= 0 and shown.endswith(">"):
        shown = shown[begin + 1 : -1]
    scheme, colon, rest = shown.partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        shown = rest
    shown = shown.partition("@")[0].partition(":")[0]
    extension = forms.EXTENSION.search(shown)
    if extension is not None and extension.start() > 0:
        return shown[: extension.start()], extension.group(1)
    return forms.FIRST.split(shown)[0], None


def _classify(shown: str, area_code: str) -> CallerNumber:
    if shown.lower() in forms.WITHHELD or not shown.strip("0"):
        return CallerNumber(number=None, kind=NumberKind.WITHHELD)
    digits = shown.lstrip("+")
    if not (digits.isascii() and digits.isdecimal()):
        return CallerNumber(number=None, kind=NumberKind.UNKNOWN)
    is_international = shown.startswith("+") or digits.startswith("00")
    if is_international:
        digits = digits.removeprefix("00")
        if digits == forms.MAINLAND:
            return CallerNumber(number=None, kind=NumberKind.WITHHELD)  # a gateway put the code before nothing
        found = _mainland_with_country_code(digits, area_code) or _foreign(digits)
    else:
        found = None
    # `+` and `00` in front of a national number are a gateway's mistake and come after every country's numbers.
    found = found or _national(digits, area_code)
    if found is None and is_international:
        found = _unlisted(digits)
    elif found is None:
        found = _mainland_with_country_code(digits, area_code, is_certain=False) or _remaining(digits, area_code)
    return found or CallerNumber(number=f"+{digits}" if shown[0] == "+" else digits, kind=NumberKind.UNKNOWN)


def _mainland_with_country_code(digits: str, area_code: str, *, is_certain: bool = True) -> CallerNumber | None:
    """86 is the country code only if a national number follows; without `+`, a short code is too little to be sure."""
    if not digits.startswith(forms.MAINLAND):
        return None
    rest = digits[2:]
    landline = forms.LANDLINE.fullmatch(rest)
    if landline is not None:
        return _fixed_line(landline.group(1), area_code)
    found = _national(rest, area_code)
    if found is None or is_certain or found.kind not in (NumberKind.SERVICE, NumberKind.EXTENSION):
        # A local number behind 86 would lack its area: that is no form anybody sends.
        return None if forms.LOCAL.fullmatch(rest) else found
    return None


def _national(digits: str, area_code: str) -> CallerNumber | None:
    mobile = forms.MOBILE.fullmatch(digits)
    if mobile is not None:
        return CallerNumber(number=f"+86{mobile.group(1)}", kind=NumberKind.MOBILE)
    if digits.startswith("0"):
        landline = forms.LANDLINE.fullmatch(digits, 1)
        if landline is not None:
            return _fixed_line(landline.group(1), area_code)
        service = forms.SERVICE_WITH_AREA.fullmatch(digits)
        if service is not None:
            is_ours = digits.startswith(area_code)
            return CallerNumber(number=service.group(1) if is_ours else digits, kind=NumberKind.SERVICE)
    if forms.LOCAL.fullmatch(digits):
        return CallerNumber(number=f"+86{area_code[1:]}{digits}", kind=NumberKind.LANDLINE)
    shared = forms.SHARED.fullmatch(digits)
    if shared is not None:
        return CallerNumber(number=f"+86{shared.group(1)}", kind=NumberKind.SHARED)
    if forms.SERVICE.fullmatch(digits):
        return CallerNumber(number=digits, kind=NumberKind.SERVICE)
    chosen = forms.IP_DIAL.fullmatch(digits)
    if chosen is not None:
        found = _classify(chosen[1], area_code)
        if found.kind in _OWN_NUMBERS:
            return found
    if forms.IOT.fullmatch(digits):
        return CallerNumber(number=digits, kind=NumberKind.IOT)
    if digits == area_code:
        return CallerNumber(number=None, kind=NumberKind.WITHHELD)
    if forms.HOUSE.fullmatch(digits):
        return CallerNumber(number=digits, kind=NumberKind.EXTENSION)
    return None


def _fixed_line(national: str, area_code: str) -> CallerNumber:
    is_ours = national.startswith(area_code[1:])
    return CallerNumber(number=f"+86{national}", kind=NumberKind.LANDLINE if is_ours else NumberKind.OTHER_CITY)


def _foreign(digits: str) -> CallerNumber | None:
    number = valid_e164(f"+{digits}")
    if number is None or number.startswith("+86"):
        return None
    return CallerNumber(number=number, kind=NumberKind.FOREIGN)


def _unlisted(digits: str) -> CallerNumber | None:
    """Shown as international, and in no list of numbers: those are older than the newest numbers abroad."""
    if not SHORTEST_OUTSIDE <= len(digits) <= LONGEST_ABROAD:
        return None
    kind = NumberKind.UNKNOWN if digits[0] == "0" or digits.startswith("86") else NumberKind.FOREIGN
    return CallerNumber(number=f"+{digits}", kind=kind if is_possible(digits) else NumberKind.UNKNOWN)


def _remaining(digits: str, area_code: str) -> CallerNumber | None:
    """Rarer national forms: seven-digit local numbers, a fixed line without its 0."""
    for form in (f"{area_code}{digits}", digits) if len(digits) == 7 else (digits,):
        number = valid_e164(form)
        landline = None if number is None else forms.LANDLINE.fullmatch(number, 3)
        if landline is not None:
            return _fixed_line(landline.group(1), area_code)
    return None
