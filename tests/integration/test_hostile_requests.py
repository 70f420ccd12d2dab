"""What an attacker sends over a plain socket gets a clear refusal or none, and everybody else is served on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.http.server import answer, open_listener
from callcenter.postgres.database import Database
from callcenter.settings import Settings

HOST = b"Host: callcenter.test\r\n"
CLOSE = HOST + b"Connection: close\r\n\r\n"
SESSION = b"POST /api/v1/session HTTP/1.1\r\nContent-Type: application/json\r\n"
REFUSED = frozenset(range(400, 500)) | {501, 505}
NO_ANSWER = 0
"""The connection was closed without a word, or waits for the rest of something that never ends."""
PATIENCE_SECONDS = 2.0


def get(path: bytes, headers: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\n" + headers + CLOSE


def post(body: bytes, headers: bytes = b"") -> bytes:
    return SESSION + headers + b"Content-Length: %d\r\n" % len(body) + CLOSE + body


def chunked(*chunks: bytes) -> bytes:
    return SESSION + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks)


MALFORMED: dict[str, bytes] = {
    "nothing but line ends": b"\r\n\r\n\r\n\r\n",
    "random bytes": bytes(range(256)) * 4 + b"\r\n\r\n",
    "zeros": b"\0" * 4096 + b"\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100a5010000a10303") + b"\x01" * 160,
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP of a version to come": b"GET /api/v1/calls HTTP/9.9\r\n" + CLOSE,
    "an SSH client": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a request to a proxy": b"CONNECT 169.254.0.1:80 HTTP/1.1\r\n" + CLOSE,
    "a method of 8 kB": b"G" * 8192 + b" / HTTP/1.1\r\n" + CLOSE,
    "a path of 100 kB": get(b"/" + b"a" * 100_000),
    "a query of 100 kB": get(b"/api/v1/calls?day=" + b"1" * 100_000),
    "a header of 100 kB": get(b"/api/v1/calls", b"X-Long: " + b"a" * 100_000 + b"\r\n"),
    "10,000 headers": get(b"/api/v1/calls", b"X-Many: 1\r\n" * 10_000),
    "a header without a name": get(b"/api/v1/calls", b": empty\r\n"),
    "a header with a line feed in its name": get(b"/api/v1/calls", b"X\nY: 1\r\n"),
    "a folded header": get(b"/api/v1/calls", b"X-Folded: 1\r\n  2\r\n"),
    "NUL in a header": get(b"/api/v1/calls", b"X-Nul: a\0b\r\n"),
    "NUL in the path": get(b"/api/\0v1/calls"),
    "two lengths that differ": SESSION + b"Content-Length: 2\r\nContent-Length: 3\r\n" + CLOSE + b"{}",
    "a negative length": SESSION + b"Content-Length: -1\r\n" + CLOSE,
    "a length that is no number": SESSION + b"Content-Length: many\r\n" + CLOSE,
    "length and chunks": SESSION + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"0\r\n\r\n",
    "a chunk of a negative length": SESSION + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"-1\r\n\r\n",
    "a chunk of an endless length": SESSION + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"f" * 40 + b"\r\n",
    "an unknown transfer encoding": SESSION + b"Transfer-Encoding: zip, chunked\r\n" + CLOSE + b"0\r\n\r\n",
    "2.6 MB in chunks": chunked(*[b"x" * 65_536] * 40),
    "1.5 MB at once": post(b"x" * 1_500_000),
    "a bearer of 60 kB": get(b"/api/v1/calls", b"Authorization: Bearer " + b"a" * 60_000 + b"\r\n"),
}

UNUSUAL: dict[str, bytes] = {
    "JSON 500,000 deep": post(b"[" * 500_000),
    "JSON 500,000 objects deep": post(b'{"a":' * 200_000),
    "a number of 100,000 digits": post(b'{"user":' + b"9" * 100_000 + b"}"),
    "NaN": post(b'{"user": NaN, "password": Infinity}'),
    "the same key twice": post(b'{"user":"a","user":"b","password":1}'),
    "half a surrogate": post(b'{"user":"\\ud800","password":"\\udfff"}'),
    "NUL in a name": post(b'{"user":"a\\u0000b","password":"x"}'),
    "no UTF-8": post(b'{"user":"\xff\xfe","password":"x"}'),
    "UTF-16": post('{"user":"a","password":"x"}'.encode("utf-16")),
    "a byte order mark": post(b'\xef\xbb\xbf{"user":"a"}'),
    "a list for an object": post(b"[]"),
    "null": post(b"null"),
    "an empty body": post(b""),
    "a body of another type": post(b"<user/>", b"X-Type: application/xml\r\n"),
    "fields that nobody asked for": post(b'{"user":"a","password":"x","role":"admin","is_admin":true}'),
    "a user name of 200 kB": post(b'{"user":"' + b"a" * 200_000 + b'","password":"x"}'),
    "a password of 500 kB": post(b'{"user":"a","password":"' + b"a" * 500_000 + b'"}'),
    "a path upwards": get(b"/api/v1/../../../../etc/passwd"),
    "an escaped path upwards": get(b"/api/docs/..%2f..%2f..%2fetc%2fpasswd"),
    "a path upwards, escaped twice": get(b"/api/docs/%252e%252e%252fetc%252fpasswd"),
    "a path upwards in Windows' way": get(b"/api/docs/..\\..\\etc\\passwd"),
    "an overlong escape": get(b"/api/docs/%c0%ae%c0%ae/etc/passwd"),
    "an escape that is none": get(b"/api/v1/%zz"),
    "an escaped NUL": get(b"/api/docs/a%00b"),
    "an address with a host": get(b"http://elsewhere.test/api/v1/calls"),
    "an asterisk": b"OPTIONS * HTTP/1.1\r\n" + CLOSE,
    "TRACE": b"TRACE /api/v1/session HTTP/1.1\r\n" + CLOSE,
    "a method of its own": b"EXPLODE /api/v1/session HTTP/1.1\r\n" + CLOSE,
    "a template": get(b"/api/v1/calls?day={{7*7}}${7*7}"),
    "SQL": get(b"/api/v1/calls?day=2026-11-23'%20OR%20'1'='1"),
    "a thousand values": get(b"/api/v1/calls?" + b"&".join([b"day=2026-11-23"] * 1_000)),
    "a session of somebody else": get(b"/api/v1/calls", b"Cookie: session=" + b"a" * 4_000 + b"\r\n"),
    "cookies without end": get(b"/api/v1/calls", b"Cookie: " + b"a=1; " * 3_000 + b"\r\n"),
    "a foreign origin": post(b'{"user":"a","password":"x"}', b"Origin: https://elsewhere.test\r\n"),
    "ranges without end": get(b"/api/v1/calls", b"Range: bytes=" + b"0-1," * 5_000 + b"0-1\r\n"),
    "another method by a header": post(b"{}", b"X-HTTP-Method-Override: DELETE\r\n"),
}


@pytest.fixture
async def port(database: Database) -> AsyncIterator[int]:
    """Of a server as `serve` runs it."""
    listener = open_listener("127.0.0.1", 0)
    app = create_app(database=database, settings=Settings(data_dir=Path("/nowhere")))
    serving = asyncio.create_task(answer(app, listener))
    try:
        port = listener.getsockname()[1]
        async with asyncio.timeout(30):
            while await status_of(port, get(b"/health/live")) != 200:
                await asyncio.sleep(0.02)
        yield port
    finally:
        serving.cancel()
        await asyncio.wait({serving})
        listener.close()


async def answer_to(port: int, request: bytes) -> bytes:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return b""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            writer.write(request)
            return await reader.read(65_536)
    except (OSError, TimeoutError):
        return b""
    finally:
        writer.transport.abort()


async def status_of(port: int, request: bytes) -> int:
    answer = await answer_to(port, request)
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else NO_ANSWER


async def test_what_is_no_request_is_refused_and_everybody_else_is_served_on(port: int) -> None:
    found = {}
    for name, request in MALFORMED.items():
        status = await status_of(port, request)
        if status not in REFUSED | {NO_ANSWER}:
            found[name] = status
        assert await status_of(port, get(b"/health/live")) == 200, name
    assert found == {}


async def test_what_is_a_request_and_asks_for_the_impossible_gets_a_clear_refusal(port: int) -> None:
    found = {}
    for name, request in UNUSUAL.items():
        answer = await answer_to(port, request)
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/1.") else NO_ANSWER
        if status not in REFUSED or b"Traceback" in body or b"root:" in body:
            found[name] = (status, body[:200])
        elif b"application/problem+json" in head.lower():
            assert json.loads(body)["status"] == status, name
    assert found == {}


async def test_a_request_behind_another_in_one_packet_is_asked_with_its_own_rights(
    port: int, as_role: dict[Role, dict[str, str]]
) -> None:
    token = as_role[Role.AGENT]["Authorization"].encode()
    first = b"GET /api/v1/session HTTP/1.1\r\nAuthorization: " + token + b"\r\n" + HOST + b"\r\n"
    answers = await answer_to(port, first + get(b"/api/v1/session"))
    statuses = [int(line.split(b" ")[1]) for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1")]
    assert statuses in ([200], [200, 401])
