"""Many callers: SIPp on the lab's Asterisk, without sound, each hanging up after a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from hotline_lab.asterisk import Lab
from hotline_lab.ports import MEDIA_PORTS, SIP_PORTS
from hotline_lab.state_folder import TRUNK_HOST

QUEUE, WAITING_ROOM = "96351", "96352"
"""Extens: straight into the queue of the hotline, and a line on which a caller costs Asterisk nothing."""
CONFIG: Mapping[str, str] = {
    "asterisk.conf": """
[options](+)
maxfiles = 30000
""",
    "extensions.conf": f"""
[from-trunk](+)
exten => {QUEUE},1,Answer()
 same => n,Gosub(wait-in-queue,s,1(hotline,60))
 same => n,Hangup(17)
exten => {WAITING_ROOM},1,Answer()
 same => n,Wait(300)
""",
}
"""What the lab's configuration lacks for so many."""
STAY_SECONDS = 1.5
SECONDS_A_RATE = 6
SLACK_SECONDS = 1.5
FIRST_RATE, STEP, MOST_RATE = 200, 1.15, 1200

_REQUEST = """<send{retransmit}><![CDATA[
{method} sip:{exten}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[pid]c[call_number]
To: <sip:{exten}@[remote_ip]>{tag}
Call-ID: [call_id]
CSeq: {number} {sequence}
Contact: <sip:load@[local_ip]:[local_port]>
Max-Forwards: 70
{body}]]></send>"""

_SOUNDLESS = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=load 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=inactive
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """A load that SIPp made, and its result."""

    rate: int
    calls: int
    is_kept: bool
    """Every call succeeded, and none was late."""


async def call(lab: Lab, *, rate: int, calls: int, stay: float = STAY_SECONDS, exten: str = QUEUE) -> Load:
    """So many calls at so many a second."""
    folder = lab.state / "sipp"
    numbers = folder / "numbers.csv"
    numbers.write_text("SEQUENTIAL\n" + "".join(f"1380519{number:04d}\n" for number in range(10_000)), encoding="ascii")
    script = folder / "load.xml"
    script.write_text(_scenario(stay, exten), encoding="ascii")
    begin = time.monotonic()
    with SIP_PORTS.claim() as port, MEDIA_PORTS.claim() as media_port:
        process = await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "KILL", "sipp", f"{lab.info.sip_host}:{lab.info.sip_port}",
            "-sf", str(script), "-inf", str(numbers), "-i", TRUNK_HOST, "-p", str(port), "-mp", str(media_port),
            "-r", str(rate), "-m", str(calls), "-l", "20000", "-nostdin", "-timeout", "120",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            cwd=folder, start_new_session=True,
        )  # fmt: skip
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    is_on_time = time.monotonic() - begin < calls / rate + stay + SLACK_SECONDS
    return Load(rate=rate, calls=calls, is_kept=code == 0 and is_on_time)


async def find_best_rate(lab: Lab) -> Load:
    """The highest rate that Asterisk and SIPp sustain for some seconds, found by going faster until they do not."""
    best = Load(rate=0, calls=0, is_kept=False)
    rate = FIRST_RATE
    while rate <= MOST_RATE:
        load = await call(lab, rate=rate, calls=rate * SECONDS_A_RATE)
        if not load.is_kept:
            break
        best = load
        rate = int(rate * STEP)
    return best


def _scenario(stay: float, exten: str) -> str:
    parts = [
        _request("INVITE", 1, exten, tag="", body=_SOUNDLESS),
        *(f'<recv response="{status}" optional="true"/>' for status in (100, 180, 183)),
        '<recv response="200"/>',
        _request("ACK", 1, exten),
        f'<pause milliseconds="{int(stay * 1000)}"/>',
        _request("BYE", 2, exten),
        '<recv response="200"/>',
    ]
    return '<?xml version="1.0" encoding="US-ASCII"?>\n<scenario name="load">\n' + "\n".join(parts) + "\n</scenario>\n"


def _request(
    method: str, number: int, exten: str, *, tag: str = "[peer_tag_param]", body: str = "Content-Length: 0\n\n"
) -> str:
    return _REQUEST.format(
        retransmit="" if method == "ACK" else ' retrans="500"',
        method=method,
        exten=exten,
        tag=tag,
        number=number,
        sequence=method,
        body=body,
    )
