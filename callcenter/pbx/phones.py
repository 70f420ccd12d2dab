"""The agents' phones as `pjsip_phones.conf` lists them for Asterisk, each with a secret of its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

EXTENSION = re.compile(r"[0-9][0-9A-Za-z_-]{0,39}")
"""A device's name: digits first, so that no phone can take the name of the trunk or of a setting."""

_HEADER = '; The agents\' phones. Written by "callcenter phones"; whoever reads a secret can call as that phone.\n'
_SECRET = re.compile(r"^\[([^\]]+)\]\(agent-auth\)\n(?:[a-z_]+ = .*\n)*?password = (.*)$", re.MULTILINE)


def write_phones(secrets: Mapping[str, str]) -> str:
    """The file for these secrets by extension."""
    return _HEADER + "".join(_phone(extension, secret) for extension, secret in secrets.items())


def read_phones(text: str) -> dict[str, str]:
    """The secrets by extension of a file written by `write_phones`."""
    return dict(_SECRET.findall(text))


def _phone(extension: str, secret: str) -> str:
    return (
        f"\n[{extension}](agent-endpoint)\naors = {extension}\nauth = {extension}\n"
        f'callerid = "Agent {extension}" <{extension}>\n'
        f"[{extension}](agent-aor)\n"
        f"[{extension}](agent-auth)\nusername = {extension}\npassword = {secret}\n"
    )
