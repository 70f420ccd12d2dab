"""Text of any kind as SIP carries it and SIPp writes it: nothing in a name or number can end its place."""

from urllib.parse import quote

_USER_MARKS = "-_.!~*'()&=+$,;?/#"
"""Characters allowed unescaped in the user part of an address (RFC 3261, section 25.1), and `#` as phones send it."""

_SIPP_OBEYS = frozenset(b"[]\\<>&")
"""What SIPp takes as a keyword or an escape, or XML as its own."""


def user_part(number: str) -> str:
    """The number in an address, with other characters escaped as `%0A`."""
    return quote(number, safe=_USER_MARKS)


def display_name(name: str) -> str:
    """The display name before an address, in quotes; empty without a name."""
    if not name:
        return ""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return literal(f'"{escaped}" ')


def literal(text: str) -> str:
    """Text that SIPp sends byte for byte, in UTF-8."""
    return "".join(
        f"\\x{byte:02X}" if byte in _SIPP_OBEYS or not 0x20 <= byte < 0x7F else chr(byte) for byte in text.encode()
    )
