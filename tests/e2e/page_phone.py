"""A phone in a page as the PBX sees one: SIP over a WebSocket (RFC 7118), with the login that the backend gave."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Sequence
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

    def authorize(self, challenge: str, method: str, target: str) -> str:
        """The header that answers a 401 (RFC 2617)."""
        asked = dict(_CHALLENGE.findall(challenge))
        nc, cnonce = "00000001", secrets.token_hex(8)
        ha2 = _md5(f"{method}:{target}")
        response = _md5(f"{self.ha1}:{asked['nonce']}:{nc}:{cnonce}:auth:{ha2}")
        said = {"username": self.login, "uri": target, "response": response, "cnonce": cnonce} | asked
        quoted = ",".join(f'{name}="{value}"' for name, value in said.items())
        return f"Authorization: Digest {quoted},algorithm=MD5,qop=auth,nc={nc}"


class PagePhone:
    """One WebSocket; `heard` is every message of the PBX, as it came."""

    def __init__(self, socket: ClientConnection, seat: str) -> None:
        self._socket = socket
        self._seat = seat
        self._number = 0
        self._call_id = secrets.token_hex(8)
        self._tag = secrets.token_hex(4)
        self._contact = f"<sip:{seat}@{self._tag}.invalid;transport=ws>"
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self.heard: list[str] = []
        self.is_rung = asyncio.Event()

    async def register(self, login: SipLogin, *, expires: int = 120) -> int:
        """The final status of a REGISTER with this login; `expires` 0 ends the registration."""
        return await self._ask_with(login, "REGISTER", "sip:hotline", f";expires={expires}")

    def longest_registration(self) -> int:
        """Seconds for which the PBX took any REGISTER so far."""
        return max(int(found) for message in self.heard for found in re.findall(r"Contact: .*;expires=(\d+)", message))

    async def invite(self, number: str, login: SipLogin) -> int:
        """The final status of a call that is never answered."""
        return await self._ask_with(login, "INVITE", f"sip:{number}@hotline")

    async def ask(self, login: SipLogin, method: str, target: str, *headers: str, as_user: str | None = None) -> int:
        """The final status of any request outside of a call; `as_user` says who it claims to come from."""
        return await self._ask_with(login, method, target, headers=headers, as_user=as_user)

    async def _ask_with(
        self,
        login: SipLogin,
        method: str,
        target: str,
        parameters: str = "",
        *,
        headers: Sequence[str] = (),
        as_user: str | None = None,
    ) -> int:
        sent = [f"Contact: {self._contact}{parameters}", *headers]
        challenge = await self._ask(method, target, *sent, as_user=as_user)
        if not challenge.startswith("SIP/2.0 401"):
            return _status(challenge)
        authorization = login.authorize(challenge, method, target)
        return _status(await self._ask(method, target, *sent, authorization, as_user=as_user))

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

    async def _ask(self, method: str, target: str, *more: str, as_user: str | None = None) -> str:
        """The final answer; one to an INVITE is acknowledged."""
        self._number += 1
        user = self._seat if as_user is None else as_user
        to = f"sip:{user}@hotline" if method == "REGISTER" else target
        head = [
            f"Via: SIP/2.0/WS {self._tag}.invalid;branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: <sip:{user}@hotline>;tag={self._tag}",
            f"Call-ID: {self._call_id}{method}{to}",
            "Max-Forwards: 70",
        ]
        await self._send([f"{method} {target} SIP/2.0", *head, f"To: <{to}>", f"CSeq: {self._number} {method}", *more])
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await self._answers.get()
        if method == "INVITE":
            told = next(line for line in answer.split("\r\n") if line.lower().startswith("to:"))
            await self._send([f"ACK {target} SIP/2.0", *head, told, f"CSeq: {self._number} ACK"])
        return answer

    async def _send(self, lines: list[str]) -> None:
        await self._socket.send("\r\n".join([*lines, "Content-Length: 0"]) + "\r\n\r\n")

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
        await self._send([f"SIP/2.0 {status}", *kept, f"Contact: {self._contact}"])


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
