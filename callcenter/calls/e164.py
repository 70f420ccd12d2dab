"""The number plans of the world, as `phonenumbers` knows them.

The package is imported when the first number is looked up: most calls show a number whose form says enough.
"""

from __future__ import annotations


def valid_e164(shown: str) -> str | None:
    """The number in E.164, read as somebody in China would dial it; None where no country has such a number."""
    import phonenumbers

    try:
        number = phonenumbers.parse(shown, "CN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_possible(digits: str) -> bool:
    """Whether a country has numbers of this length."""
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False
