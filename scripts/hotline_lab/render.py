"""Fills the placeholders (`@@NAME@@`) of `asterisk_conf/` for one instance."""

import re
import secrets
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import LabError
from .sound import tone

_PLACEHOLDER = re.compile(r"@@([A-Z_]+)@@")

SANDBOX_STATE = "/lab"
"""Where the state folder of an instance is seen from inside its sandbox."""

TIMINGS = {
    "QUEUE_SECONDS": "8",
    "OVERFLOW_SECONDS": "4",
    "MEMBER_RING_SECONDS": "4",
    "RING_SECONDS": "5",
    "CALLBACK_RING_SECONDS": "5",
    "PARKING_SECONDS": "20",
    "DUTY_RING_SECONDS": "5",
    "HOURS_OVERRIDE": "open",
    "PHONE_SILENT_SECONDS": "60",
    "PAGE_SILENT_SECONDS": "5",
    "BRAKE_CALLS": "1000",
    "BRAKE_SECONDS": "60",
}
"""A working day in seconds: long enough to distinguish the stages, short enough to play all of them at any hour."""


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace every placeholder; a name that is not in `values`, or a value of several lines, is a `LabError`.

    A semicolon begins a comment in Asterisk's files, so that of a value is escaped.
    """

    def value(match: re.Match[str]) -> str:
        try:
            found = values[match[1]]
        except KeyError:
            raise LabError(f"asterisk_conf asks for {match[1]}, which the lab does not know.") from None
        if "\n" in found or "\r" in found:
            raise LabError(f"The value of {match[1]} has several lines.")
        return found.replace(";", "\\;")

    return _PLACEHOLDER.sub(value, text)


def render_config(templates: Path, target: Path, values: Mapping[str, str]) -> None:
    """Write every `*.conf` of `templates` into `target`, readable by the owner only."""
    target.mkdir(parents=True, exist_ok=True)
    for template in sorted(templates.glob("*.conf")):
        rendered = target / template.name
        rendered.touch(mode=0o600)
        rendered.write_text(fill(template.read_text(encoding="utf-8"), values), encoding="utf-8")


def add_config(templates: Path, target: Path, values: Mapping[str, str]) -> None:
    """Write every `*.conf` of `templates` behind the file of that name in `target`."""
    for template in sorted(templates.glob("*.conf")):
        with (target / template.name).open("a", encoding="utf-8") as config:
            config.write("\n" + fill(template.read_text(encoding="utf-8"), values))


def sandbox_directories(module_dir: str) -> dict[str, str]:
    """The directory placeholders of `asterisk.conf` for an instance inside the sandbox."""
    return {
        "ETC_DIR": f"{SANDBOX_STATE}/etc",
        "MODULE_DIR": module_dir,
        "LIB_DIR": f"{SANDBOX_STATE}/lib",
        "DATA_DIR": "/usr/share/asterisk",
        "SPOOL_DIR": f"{SANDBOX_STATE}/spool",
        "RUN_DIR": f"{SANDBOX_STATE}/run",
        "LOG_DIR": f"{SANDBOX_STATE}/log",
        "MUSIC_DIR": f"{SANDBOX_STATE}/music",
        "SOUND_DIR": f"{SANDBOX_STATE}/sounds",
    }


def new_secrets() -> dict[str, str]:
    """Fresh secrets for one instance; they live only in its state folder."""
    names = ("AMI_SECRET", "AMI_COMMANDS_SECRET")
    return {name: secrets.token_hex(16) for name in names} | {"MAILBOX_PIN": str(secrets.randbelow(10**6)).zfill(6)}


def ice_on(address: str, *, instead_of: Sequence[str]) -> str:
    """Settings behind those of `rtp.conf` by which phones in pages are sent their sound from `address`.

    Asterisk offers no loopback address by itself, so each of the machine's own is written as that one.
    """
    mapped = "".join(f"{own} = {address}\n" for own in instead_of)
    return f"\n[general](+)\nice_deny = ::/0\n\n[ice_host_candidates]\n{mapped}"


def write_music(folder: Path) -> None:
    """One short sound file, so that hold and queue have music to start and stop."""
    folder.mkdir(parents=True, exist_ok=True)
    with wave.open(str(folder / "hold.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(tone(2.0))
