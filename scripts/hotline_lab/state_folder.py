"""The state folder of an Asterisk of the lab: rendered configuration, announcements, spool and logs."""

import fcntl
import os
import secrets
import shutil
import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from callcenter.pbx.phones import write_phones

from . import render
from .announcements import ensure_announcements
from .errors import NoAsterisk
from .paths import CONFIG_TEMPLATES, LAB_CONFIG
from .registry import LabInfo

PBX_HOST = "127.0.0.1"
TRUNK_HOST = "127.0.0.2"
RTP_PORTS = (4000, 9999)
"""Shared by all labs: an Asterisk whose ports are taken tries others."""

_ADDRESS_OF_INTERFACE = 0x8915
"""SIOCGIFADDR (netdevice(7))."""


def make_state_folder(
    state: Path, root: Path, *, name: str, base_port: int, phones: Sequence[str], more_config: Mapping[str, str]
) -> LabInfo:
    """Everything that this Asterisk reads and writes; `root` is the file system that it is installed in.

    It takes `base_port` and those behind it. Raises NoAsterisk.
    """
    state.mkdir(parents=True, mode=0o700)
    for folder in (
        "etc",
        "lib",
        "spool/monitor",
        "spool/voicemail",
        "run",
        "log/cel-custom",
        "log/cdr-csv",
        "lib/keys",
        "music",
        "sipp",
    ):
        (state / folder).mkdir(parents=True, mode=0o700)
    modules = next(root.glob("usr/lib/**/asterisk/modules"), None)
    if modules is None:
        raise NoAsterisk(f"{root} holds no Asterisk; remove the folder and run again.")
    secret = render.new_secrets()
    ports = {
        "AMI_PORT": base_port + 38, "HTTP_PORT": base_port + 88,
        "SIP_PORT": base_port + 60, "TRUNK_PORT": base_port + 61,
        "RTP_FIRST": RTP_PORTS[0], "RTP_LAST": RTP_PORTS[1],
    }  # fmt: skip
    values = (
        render.sandbox_directories(f"/{modules.relative_to(root)}")
        | {"SYSTEM_NAME": name, "SIP_HOST": PBX_HOST, "TRUNK_HOST": TRUNK_HOST}
        | {name: str(port) for name, port in ports.items()}
        | render.TIMINGS
        | secret
    )
    render.render_config(CONFIG_TEMPLATES, state / "etc", values)
    render.add_config(LAB_CONFIG, state / "etc", values)
    with (state / "etc/rtp.conf").open("a", encoding="utf-8") as config:
        config.write(render.ice_on(PBX_HOST, instead_of=own_addresses()))
    sip_secrets = {phone: secrets.token_hex(16) for phone in phones}
    phones_conf = state / "etc/pjsip_phones.conf"
    phones_conf.touch(mode=0o600)
    phones_conf.write_text(write_phones(sip_secrets), encoding="utf-8")
    for file_name, text in more_config.items():
        with (state / "etc" / file_name).open("a", encoding="utf-8") as config:
            config.write(text)
    render.write_music(state / "music")
    shutil.copytree(ensure_announcements(), state / "sounds")
    (state / "sounds/spoken").mkdir()
    return LabInfo(
        pbx=name, keeper_pid=os.getpid(),
        ami_host=PBX_HOST, ami_port=ports["AMI_PORT"],
        ami_user="callcenter", ami_secret=secret["AMI_SECRET"],
        ami_commands_user="callcenter-commands", ami_commands_secret=secret["AMI_COMMANDS_SECRET"],
        sip_host=PBX_HOST, sip_port=ports["SIP_PORT"], sip_secrets=sip_secrets,
        websocket=f"ws://{PBX_HOST}:{ports['HTTP_PORT']}/ws",
        trunk_host=TRUNK_HOST, trunk_port=ports["TRUNK_PORT"],
        cel_csv=str(state / "log/cel-custom/Master.csv"),
        recordings_dir=str(state / "spool/monitor"),
        voicemail_dir=str(state / "spool/voicemail"), spoken_dir=str(state / "sounds/spoken"),
        log=str(state / "log/messages"),
    )  # fmt: skip


def own_addresses() -> list[str]:
    """The machine's IPv4 addresses, but for loopback."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, interface in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asking, _ADDRESS_OF_INTERFACE, struct.pack("256s", interface.encode()))
            except OSError:
                continue  # it has none
            found.append(socket.inet_ntoa(answer[20:24]))
    return [address for address in found if not address.startswith("127.")]
