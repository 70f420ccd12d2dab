"""A caller on the trunk who counts the sound that reaches him: every packet, and how long none came."""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hotline_lab.registry import LabInfo

PACKET_SECONDS = 0.02
_KEYS = 101
"""The RTP payload type of the keypad."""
_SILENCE = bytes([0xD5]) * 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """The sound of a stretch of time."""

    packets: int
    seconds: float
    longest_gap_seconds: float

    @property
    def share(self) -> float:
        """Of the 50 packets a second that an unbroken stream has."""
        return self.packets * PACKET_SECONDS / self.seconds


@dataclass(slots=True)
class CountingCaller:
    """One call. `arrivals` are moments of the event loop's clock."""

    number: str
    name: str = ""
    """As it stands before the address."""
    arrivals: list[float] = field(default_factory=list)
    sound: bytearray = field(default_factory=bytearray)
    """All of it, in A-law."""
    keys: list[str] = field(default_factory=list)
    """Those that were pressed at the other end (RFC 4733)."""
    hung_up_at: float | None = None
    """When the PBX hung up on him."""
    is_answered: asyncio.Event = field(default_factory=asyncio.Event)
    is_gone: asyncio.Event = field(default_factory=asyncio.Event)
    """The PBX has taken his goodbye."""
    _goodbye: Any = None

    def heard(self, since: float, until: float) -> Heard:
        """What arrived between two moments."""
        inside = [at for at in self.arrivals if since <= at <= until]
        marks = [since, *inside, until]
        return Heard(
            packets=len(inside),
            seconds=until - since,
            longest_gap_seconds=max(after - before for before, after in pairwise(marks)),
        )

    def hang_up(self) -> None:
        """Say goodbye."""
        self._goodbye()


class _Media(asyncio.DatagramProtocol):
    def __init__(self, caller: CountingCaller) -> None:
        self._caller = caller
        self._last_key = b""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[1] & 0x7F == 8:
            self._caller.arrivals.append(asyncio.get_running_loop().time())
            self._caller.sound += data[12:]
        elif data[1] & 0x7F == _KEYS and data[13] & 0x80 and data[4:8] != self._last_key:
            self._last_key = data[4:8]  # its moment: the end of a key is said three times
            self._caller.keys.append("0123456789*#"[data[12]])


class _Signalling(asyncio.DatagramProtocol):
    """As much SIP as one outgoing call needs (RFC 3261)."""

    def __init__(self, caller: CountingCaller, info: LabInfo, dials: str, host: str, media_port: int) -> None:
        self._caller = caller
        self._pbx = (info.sip_host, info.sip_port)
        self._host = host
        self._media_port = media_port
        self._target = f"sip:{dials}@{info.sip_host}:{info.sip_port}"
        self._call_id = secrets.token_hex(8)
        self._tag = secrets.token_hex(4)
        self._to = f"<sip:{dials}@{info.sip_host}>"
        self._port = 0
        self._transport: Any = None
        self.media: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._port = transport.get_extra_info("sockname")[1]
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {self._host}\r\ns=-\r\nc=IN IP4 {self._host}\r\nt=0 0\r\n"
            f"m=audio {self._media_port} RTP/AVP 8 {_KEYS}\r\na=rtpmap:8 PCMA/8000\r\n"
            f"a=rtpmap:{_KEYS} telephone-event/8000\r\n"
        )
        self._request("INVITE", 1, sdp)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        first, _, rest = text.partition("\r\n")
        headers = {line.partition(":")[0].lower(): line for line in rest.split("\r\n")}
        if first.startswith("SIP/2.0 200") and "INVITE" in headers["cseq"]:
            self._to = headers["to"].partition(":")[2].strip()
            self._request("ACK", 1)
            port = int(text.partition("m=audio ")[2].split()[0])
            if not self.media.done():
                self.media.set_result((text.partition("c=IN IP4 ")[2].split()[0], port))
            self._caller._goodbye = lambda: self._request("BYE", 2)
            self._caller.is_answered.set()
        elif first.startswith("SIP/2.0 200") and "BYE" in headers["cseq"]:
            self._caller.is_gone.set()
        elif first.startswith("BYE "):
            self._caller.hung_up_at = asyncio.get_running_loop().time()
            kept = [headers[name] for name in ("via", "from", "to", "call-id", "cseq")]
            self._send(["SIP/2.0 200 OK", *kept, "Content-Length: 0"])

    def _request(self, method: str, number: int, body: str = "") -> None:
        branch = f"z9hG4bK{self._tag}{method if method == 'ACK' else number}"
        self._send(
            [
                f"{method} {self._target} SIP/2.0",
                f"Via: SIP/2.0/UDP {self._host}:{self._port};branch={branch}",
                f"From: {self._caller.name}<sip:{self._caller.number}@{self._host}>;tag={self._tag}",
                f"To: {self._to}",
                f"Call-ID: {self._call_id}",
                f"CSeq: {number} {method}",
                f"Contact: <sip:{self._caller.number}@{self._host}:{self._port}>",
                "Max-Forwards: 70",
                *(["Content-Type: application/sdp"] if body else []),
                f"Content-Length: {len(body)}",
            ],
            body,
        )

    def _send(self, lines: list[str], body: str = "") -> None:
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self._pbx)


@asynccontextmanager
async def calling(
    info: LabInfo, *, number: str, name: str = "", dials: str = "12315", sound: bytes = _SILENCE
) -> AsyncIterator[CountingCaller]:
    """A call from the trunk that is answered when the block begins and gone when it ends; he says `sound`, in A-law."""
    loop = asyncio.get_running_loop()
    caller = CountingCaller(number=number, name=name)
    host = info.trunk_host
    media, _ = await loop.create_datagram_endpoint(lambda: _Media(caller), local_addr=(host, 0))
    port = media.get_extra_info("sockname")[1]
    transport, signalling = await loop.create_datagram_endpoint(
        lambda: _Signalling(caller, info, dials, host, port), local_addr=(host, 0)
    )
    speaking: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(10):
            await caller.is_answered.wait()
        speaking = asyncio.create_task(speak(media, await signalling.media, sound))
        try:
            yield caller
        finally:
            if caller.hung_up_at is None:
                caller.hang_up()
                async with asyncio.timeout(10):
                    await caller.is_gone.wait()
    finally:
        if speaking is not None:
            speaking.cancel()
        transport.close()
        media.close()


async def speak(media: asyncio.DatagramTransport, target: tuple[str, int], sound: bytes = _SILENCE) -> None:
    """The same over and over, 50 packets a second: a phone that is there."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    number = 0
    while True:
        header = struct.pack("!BBHII", 0x80, 8, number & 0xFFFF, (number * 160) & 0xFFFFFFFF, 0x1234)
        begin_of_packet = number * 160 % len(sound)
        media.sendto(header + sound[begin_of_packet : begin_of_packet + 160], target)
        number += 1
        await asyncio.sleep(max(0.0, begin + number * PACKET_SECONDS - loop.time()))
