"""A phone in a page as the PBX sees one: SIP over a WebSocket (RFC 7118), with the login that the backend gave."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect

ANSWER_SECONDS = 5.0
_CHALLENGE = re.compile(r'(realm|nonce|opaque)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class SipLogin:
    """What a page needs to register at a seat."""

    seat: str
    login: str
    ha1: str
    realm: str = "hotline"


class PagePhone:
    """One WebSocket; `heard` is every message of the PBX, as it came."""

    def __init__(self, socket: ClientConnection, seat: str) -> None:
        self._socket = socket
        self._seat = seat
        self._number = 0
        self._call_id = secrets.token_hex(8)
        self._tag = secrets.token_hex(4)
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self.heard: list[str] = []
        self.is_rung = asyncio.Event()

    async def register(self, login: SipLogin, *, expires: int = 120) -> int:
        """The final status of a REGISTER with this login; `expires` 0 ends the registration."""
        challenge = await self._ask_to_register(expires)
        if not challenge.startswith("SIP/2.0 401"):
            return _status(challenge)
        asked = dict(_CHALLENGE.findall(challenge))
        uri, nc, cnonce = f"sip:{login.realm}", "00000001", secrets.token_hex(8)
        ha2 = _md5(f"REGISTER:{uri}")
        response = _md5(f"{login.ha1}:{asked['nonce']}:{nc}:{cnonce}:auth:{ha2}")
        return _status(
            await self._ask_to_register(
                expires,
                f'Authorization: Digest username="{login.login}",realm="{asked["realm"]}",nonce="{asked["nonce"]}",'
                f'uri="{uri}",response="{response}",algorithm=MD5,qop=auth,nc={nc},cnonce="{cnonce}"'
                + (f',opaque="{asked["opaque"]}"' if "opaque" in asked else ""),
            )
        )

    async def invite(self, number: str) -> int:
        """The first answer to an INVITE without a login, but for the provisional ones."""
        return _status(await self._ask("INVITE", f"sip:{number}@hotline", ""))

    async def listen(self) -> None:
        """Until the WebSocket closes. A call rings here and is never answered."""
        async for message in self._socket:
            text = message if isinstance(message, str) else message.decode()
            self.heard.append(text)
            if text.startswith("INVITE "):
                await self._reply(text, "180 Ringing")
                self.is_rung.set()
            elif text.startswith("CANCEL "):
                await self._reply(text, "200 OK")
                invite = next(told for told in reversed(self.heard) if told.startswith("INVITE "))
                await self._reply(invite, "487 Request Terminated")
            elif text.startswith("SIP/2.0 ") and not text.startswith("SIP/2.0 1"):
                self._answers.put_nowait(text)

    async def _ask_to_register(self, expires: int, *more: str) -> str:
        contact = f"Contact: <sip:{self._seat}@{self._tag}.invalid;transport=ws>;expires={expires}"
        return await self._ask("REGISTER", "sip:hotline", "", contact, f"Expires: {expires}", *more)

    async def _ask(self, method: str, target: str, body: str, *more: str) -> str:
        self._number += 1
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/WS {self._tag}.invalid;branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: <sip:{self._seat}@hotline>;tag={self._tag}",
            f"To: <sip:{self._seat if method == 'REGISTER' else target.partition(':')[2].partition('@')[0]}@hotline>",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._number} {method}",
            "Max-Forwards: 70",
            *more,
            f"Content-Length: {len(body)}",
        ]
        await self._socket.send("\r\n".join(lines) + "\r\n\r\n" + body)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._answers.get()

    async def _reply(self, request: str, status: str) -> None:
        kept = [
            line
            for line in request.partition("\r\n\r\n")[0].split("\r\n")
            if line.partition(":")[0].lower() in ("via", "from", "to", "call-id", "cseq")
        ]
        kept = [
            f"{line};tag={self._tag}" if line.lower().startswith("to:") and "tag=" not in line else line
            for line in kept
        ]
        contact = f"Contact: <sip:{self._seat}@{self._tag}.invalid;transport=ws>"
        await self._socket.send("\r\n".join([f"SIP/2.0 {status}", *kept, contact, "Content-Length: 0"]) + "\r\n\r\n")


@asynccontextmanager
async def page_phone(address: str, seat: str) -> AsyncIterator[PagePhone]:
    """A phone that is connected and not registered."""
    async with connect(address, subprotocols=["sip"]) as socket:  # type: ignore[list-item]
        phone = PagePhone(socket, seat)
        listening = asyncio.create_task(phone.listen())
        try:
            yield phone
        finally:
            listening.cancel()


def make_login(seat: str) -> SipLogin:
    """A login that no backend has made."""
    login = secrets.token_hex(8)
    return SipLogin(seat=seat, login=login, ha1=_md5(f"{login}:hotline:{secrets.token_hex(16)}"))


def _status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


def _md5(text: str) -> str:
    """As SIP's digest has it (RFC 2617)."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
