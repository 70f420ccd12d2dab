"""A phone at the seat of a page that talks and can die: SIP and sound over UDP, where a browser has WebSocket and DTLS.

To the PBX it is the same seat, with the same login, context and time-outs. The lab's seats for it are `SEATS`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hotline_lab.registry import LabInfo
from tests.e2e.counting_caller import speak
from tests.e2e.page_phone import SipLogin

HOST = "127.0.0.1"
NUMBERS = ("2051", "2052")
SEATS = {
    "pjsip.conf": "".join(
        f"\n[{number}](web-endpoint)\nwebrtc = no\naors = {number}\nauth = {number}\n"
        f'callerid = "Agent {number}" <{number}>\n[{number}](web-aor)\n'
        for number in NUMBERS
    )
}
"""What is added to the lab's configuration."""
SECONDS = 10.0


class SeatPhone(asyncio.DatagramProtocol):
    """Answers each call at once and talks, until it is told to die."""

    def __init__(self, info: LabInfo, login: SipLogin) -> None:
        self._pbx = (info.sip_host, info.sip_port)
        self._login = login
        self._tag = secrets.token_hex(4)
        self._number = 0
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._transport: Any = None
        self._media: Any = None
        self._speaking: asyncio.Task[None] | None = None
        self.calls: list[str] = []
        """The id of each call that it was rung for, by the header of our dialplan."""
        self.answered_at: list[float] = []
        """By the loop's clock."""
        self.told: list[str] = []
        """What became of each transfer, as the PBX says."""
        self.is_talking = asyncio.Event()
        self.is_dead = False
        self._peer: tuple[str, list[str]] | None = None
        """Where to send what is said in the call, and the headers that belong to it."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    async def register(self, *, seconds: int = 120) -> None:
        """For so long; 0 ends it. Raises AssertionError where the PBX refuses."""
        target = "sip:hotline"
        challenge = await self._ask_to_register(target, seconds)
        assert challenge.startswith("SIP/2.0 401"), challenge
        answer = await self._ask_to_register(target, seconds, self._login.authorize(challenge, "REGISTER", target))
        assert answer.startswith("SIP/2.0 200"), answer

    def hang_up(self) -> None:
        """End the call, as an agent does."""
        self._send_in_call("BYE")
        self._stop_speaking()

    async def refer(self, target: str, *headers: str) -> int:
        """The final status of a transfer of the other side to a target."""
        said = [f"Refer-To: {target}", f"Referred-By: <sip:{self._login.seat}@hotline>", *headers]
        self._send_in_call("REFER", f"Contact: {self._contact}", *said)
        async with asyncio.timeout(SECONDS):
            return int((await self._answers.get()).split(" ", 2)[1])

    def _send_in_call(self, method: str, *headers: str, body: str = "") -> None:
        target, lines = self._peer or ("", [])
        self._number += 1
        via = f"Via: SIP/2.0/UDP {HOST}:{self._port};branch=z9hG4bK{secrets.token_hex(6)}"
        number = f"CSeq: {self._number} {method}"
        self._send([f"{method} {target} SIP/2.0", via, *lines, number, "Max-Forwards: 70", *headers], body)

    async def press(self, keys: str) -> None:
        """On the keypad."""
        for key in keys:
            self._send_in_call("INFO", "Content-Type: application/dtmf-relay", body=f"Signal={key}\r\nDuration=100\r\n")
            await asyncio.sleep(0.2)

    def die(self) -> None:
        """No sound and no word any more, as a browser that is killed; the PBX is not told."""
        self.is_dead = True
        self._stop_speaking()

    def _stop_speaking(self) -> None:
        self.is_talking.clear()
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.is_dead:
            return
        text = data.decode(errors="replace")
        if text.startswith("SIP/2.0 "):
            method = text.partition("CSeq:")[2].partition("\r\n")[0].split()[-1]
            if not text.startswith("SIP/2.0 1") and method in ("REGISTER", "REFER"):
                self._answers.put_nowait(text)
        elif text.startswith("INVITE "):
            self._answer(text)
        elif text.startswith("NOTIFY "):
            self._send(["SIP/2.0 200 OK", *self._kept(text)])
            self.told += text.partition("\r\n\r\n")[2].splitlines()[:1]
        elif text.startswith(("BYE ", "CANCEL ")):
            self._send(["SIP/2.0 200 OK", *self._kept(text)])
            self._stop_speaking()

    def _answer(self, invite: str) -> None:
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in invite.split("\r\n")}
        kept = self._kept(invite)
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
            f"m=audio {self._media.get_extra_info('sockname')[1]} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        )
        self._send(["SIP/2.0 200 OK", *kept, f"Contact: {self._contact}", "Content-Type: application/sdp"], sdp)
        if self._speaking is not None:
            return  # told again
        to = next(line for line in kept if line.lower().startswith("to:")).partition(":")[2]
        self._peer = (
            headers["contact"].strip("<>"),
            [f"From:{to}", f"To: {headers['from']}", f"Call-ID: {headers['call-id']}"],
        )
        self.calls.append(headers.get("x-hotline-call", ""))
        self.answered_at.append(asyncio.get_running_loop().time())
        host = invite.partition("c=IN IP4 ")[2].split()[0]
        port = int(invite.partition("m=audio ")[2].split()[0])
        self._speaking = asyncio.create_task(speak(self._media, (host, port)))
        self.is_talking.set()

    @property
    def _port(self) -> int:
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def _contact(self) -> str:
        return f"<sip:{self._login.seat}@{HOST}:{self._port}>"

    def _kept(self, request: str) -> list[str]:
        lines = request.partition("\r\n\r\n")[0].split("\r\n")
        kept = [line for line in lines if line.partition(":")[0].lower() in ("via", "from", "to", "call-id", "cseq")]
        return [
            f"{line};tag={self._tag}" if line.lower().startswith("to:") and "tag=" not in line else line
            for line in kept
        ]

    async def _ask_to_register(self, target: str, seconds: int, *more: str) -> str:
        self._number += 1
        me = f"<sip:{self._login.seat}@hotline>"
        self._send(
            [
                f"REGISTER {target} SIP/2.0",
                f"Via: SIP/2.0/UDP {HOST}:{self._port};branch=z9hG4bK{secrets.token_hex(6)}",
                f"From: {me};tag={self._tag}",
                f"To: {me}",
                f"Call-ID: {self._tag}register",
                f"CSeq: {self._number} REGISTER",
                f"Contact: {self._contact};expires={seconds}",
                "Max-Forwards: 70",
                *more,
            ]
        )
        async with asyncio.timeout(SECONDS):
            return await self._answers.get()

    def _send(self, lines: list[str], body: str = "") -> None:
        text = "\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body
        self._transport.sendto(text.encode(), self._pbx)


@asynccontextmanager
async def seat_phone(info: LabInfo, login: SipLogin) -> AsyncIterator[SeatPhone]:
    """A phone that is registered."""
    loop = asyncio.get_running_loop()
    phone = SeatPhone(info, login)
    transport, _ = await loop.create_datagram_endpoint(lambda: phone, local_addr=(HOST, 0))
    phone._media, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(HOST, 0))
    try:
        await phone.register()
        yield phone
    finally:
        phone.die()
        transport.close()
        phone._media.close()
