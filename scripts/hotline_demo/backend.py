"""The backend of the demo: `callcenter serve` in a process of its own, used over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

START_SECONDS = 240.0
"""A busy machine takes minutes to make a database; a backend that ends is noticed at once."""
STOP_SECONDS = 20.0


SUPERVISOR = "demo"
"""The user that exists from the start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Status and JSON of an answer."""

    status: int
    body: Any


class Process(Protocol):
    """What is used of a process of asyncio."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...


class BackendError(Exception):
    """The backend failed or refused."""


class Backend:
    """`async with Backend(...) as backend:` is a running backend with a user for the demo."""

    def __init__(self, *, environment: Mapping[str, str], log: Path, http_port: int = 8000) -> None:
        self.address = f"http://127.0.0.1:{http_port}"
        self._environment = {**os.environ, **environment, "CALLCENTER_HTTP_PORT": str(http_port)}
        self._log = log
        self._process: Process | None = None
        self._tokens: dict[str, str] = {}
        self.password = secrets.token_urlsafe(12)

    async def __aenter__(self) -> Backend:
        await self._start()
        try:
            await self.add_user(SUPERVISOR, role="supervisor")
        except BaseException:
            await self.stop()
            raise
        return self

    @asynccontextmanager
    async def beside(self, *, log: Path, http_port: int) -> AsyncIterator[Backend]:
        """A second process on the same data, with the same users."""
        other = type(self)(environment=self._environment, log=log, http_port=http_port)
        other._tokens = self._tokens
        await other._start()
        try:
            yield other
        finally:
            await other.stop()

    async def add_user(self, name: str, *, role: str) -> None:
        """Add a user, whose name can be given to requests."""
        await self.run("user", "add", name, "--role", role, text=self.password)
        self._tokens[name] = (await self.run("user", "token", name, "script")).strip()

    async def _start(self) -> None:
        self._process = await self._serve()
        try:
            await self._wait_until_ready()
        except BaseException:
            await self.stop()
            raise

    async def _serve(self) -> Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                "setpriv", "--pdeathsig", "TERM", *_command("serve"), env=self._environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        """The id of its process."""
        if self._process is None:
            raise BackendError("The backend was not started.")
        return self._process.pid

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL if it does not end."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def kill(self) -> None:
        """SIGKILL, as when the machine's memory runs out."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def restart(self) -> None:
        """Start again on the same data."""
        await self._start()

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.returncode is None

    async def wait(self) -> str:
        """Wait until it ends by itself; returns a sentence with its last log line."""
        if self._process is not None:
            await self._process.wait()
        return f"The backend has ended: {self._last_words()}"

    async def run(self, *arguments: str, text: str | None = None, may_fail: bool = False) -> str:
        """The output of a `callcenter` command. Raises BackendError with its error."""
        return (await self.read(*arguments, text=text, may_fail=may_fail)).decode()

    async def read(self, *arguments: str, text: str | None = None, may_fail: bool = False) -> bytes:
        """The same as bytes."""
        process = await asyncio.create_subprocess_exec(
            *_command(*arguments), env=self._environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        printed, complaint = await process.communicate(None if text is None else f"{text}\n".encode())
        if process.returncode != 0 and not may_fail:
            raise BackendError(f"callcenter {' '.join(arguments[:2])}: {complaint.decode().strip()}")
        return printed

    async def status_of(self, *arguments: str) -> int:
        """The exit code of a `callcenter` command that writes to this terminal."""
        process = await asyncio.create_subprocess_exec(*_command(*arguments), env=self._environment)
        return await process.wait()

    async def get(self, path: str, *, reason: str | None = None) -> Any:
        """The JSON at an address of the API; with a reason, which is logged, numbers are unmasked."""
        return json.loads(await asyncio.to_thread(self._get, path, reason))

    async def text(self, path: str) -> str:
        """The text at an address of the API."""
        return await asyncio.to_thread(self._get, path, None)

    async def content(self, path: str, *, user: str = SUPERVISOR, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes at an address of the API."""
        request = self._request("GET", path, None, user, headers or {})

        def get() -> bytes:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                read: bytes = answer.read()
                return read

        return await asyncio.to_thread(get)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = SUPERVISOR,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a user's request, refusals included."""
        return await asyncio.to_thread(self._ask, method, path, body, user, headers or {})

    def _get(self, path: str, reason: str | None) -> str:
        headers = {} if reason is None else {"X-Reason": reason}
        with urllib.request.urlopen(self._request("GET", path, None, SUPERVISOR, headers), timeout=10) as answer:  # noqa: S310
            return str(answer.read().decode())

    def _ask(self, method: str, path: str, body: Any, user: str, headers: Mapping[str, str]) -> Answer:
        try:
            with urllib.request.urlopen(self._request(method, path, body, user, headers), timeout=30) as answer:  # noqa: S310
                text = answer.read().decode()
                return Answer(status=answer.status, body=json.loads(text) if text else None)
        except urllib.error.HTTPError as error:
            return Answer(status=error.code, body=json.loads(error.read().decode()))

    def _request(
        self, method: str, path: str, body: Any, user: str, headers: Mapping[str, str]
    ) -> urllib.request.Request:
        sent = {"Authorization": f"Bearer {self._tokens.get(user, '')}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        return urllib.request.Request(self.address + path, content, {**sent, **headers}, method=method)  # noqa: S310

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while True:
                    if self._process is None or self._process.returncode is not None:
                        raise BackendError(await self.wait())
                    try:
                        await self.get("/health/ready")
                        return
                    except (urllib.error.URLError, ConnectionError, TimeoutError):
                        await asyncio.sleep(0.1)
        except TimeoutError:
            raise BackendError(f"The backend was not ready within {START_SECONDS:.0f} s; see {self._log}.") from None

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        try:
            return str(json.loads(lines[-1])["event"])
        except IndexError:
            return "it said nothing."
        except (ValueError, KeyError):
            return lines[-1]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "callcenter", *arguments]
