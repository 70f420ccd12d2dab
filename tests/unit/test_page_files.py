"""The pages at every address that is nobody else's, and their files."""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.types import Message

from callcenter.app import create_app
from callcenter.postgres.database import create_engine, make_database
from callcenter.settings import Settings
from callcenter.web.page_files import Pages, page_policy

PAGE = "<!doctype html><title>12315</title>"
SCRIPT = "export const one = 1;\n"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (built / "assets/main-Ab12.js").write_text(SCRIPT)
    (built / "assets/main-Ab12.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (built / ".stamp").write_text("of the build")
    (tmp_path / "secret").write_text("secret")
    nothing = make_database(create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing"))
    app = create_app(database=nothing, settings=Settings(data_dir=Path("/nowhere")))
    app.router.default = Pages(built, otherwise=Starlette().router.not_found)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://callcenter.test") as client:
        client.headers["Accept-Encoding"] = "identity"
        yield client


@pytest.mark.parametrize("path", ["/", "/sign-in", "/calls/pbx1/1795395800.2", "/apiary"])
async def test_a_browser_gets_the_page_at_any_address_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.text) == (200, PAGE)
    of_the_file = ("etag", "last-modified")
    assert {name: value for name, value in answer.headers.items() if name not in of_the_file} == {
        "accept-ranges": "bytes",
        "cache-control": "no-cache",
        "content-length": str(len(PAGE)),
        "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "microphone=(self), speaker-selection=(self)",
        "referrer-policy": "no-referrer",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
    }


async def test_the_page_may_reach_the_websockets_of_phones_and_no_other_host(app: FastAPI, tmp_path: Path) -> None:
    pages = Pages(
        tmp_path / "built",
        otherwise=Starlette().router.not_found,
        phone_websockets=["wss://south.example/ws", "wss://north.example/ws"],
    )
    app.router.default = pages
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://callcenter.test") as client:
        policy = (await client.get("/", headers=BROWSER)).headers["content-security-policy"]
    websockets = " wss://north.example/ws wss://south.example/ws"
    assert f"; connect-src 'self'{websockets}; " in policy
    assert policy.replace(websockets, "") == page_policy(())


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1/nothing", "/api/", "/health", "/health/nothing", "/metrics/nothing", "/assets/old-1.js"]
)
async def test_what_is_not_the_pages_stays_a_problem_document(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"


async def test_programs_get_no_page_where_nothing_is(client: httpx.AsyncClient) -> None:
    assert (await client.get("/calls", headers={"Accept": "application/json"})).status_code == 404
    assert (await client.post("/calls", headers=BROWSER)).status_code == 404
    assert (await client.get("/")).text == PAGE


async def test_what_has_a_hash_in_its_name_is_kept_for_a_year(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/main-Ab12.js")
    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (await client.get("/icon.svg")).headers["cache-control"] == "no-cache"


async def test_files_are_sent_compressed_where_that_is_understood(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/main-Ab12.js", headers={"Accept-Encoding": "gzip, br"})
    assert (answer.headers["content-encoding"], answer.text) == ("gzip", SCRIPT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "gzip; q=0.000, br", "xgzip", "*;q=0"])
async def test_a_client_that_takes_no_gzip_gets_none(client: httpx.AsyncClient, accepted: str) -> None:
    answer = await client.get("/assets/main-Ab12.js", headers={"Accept-Encoding": accepted})
    assert ("content-encoding" in answer.headers, answer.text) == (False, SCRIPT)


@pytest.mark.parametrize("path", ["/assets/main-Ab12.js.gz", "/.stamp"])
async def test_what_only_the_build_and_the_server_need_has_no_address(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_page_that_the_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/", headers=BROWSER)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await client.get("/sign-in", headers=BROWSER | {"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "no-cache"
        assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert (await client.get("/", headers=BROWSER | {"If-None-Match": '"other"'})).text == PAGE


async def test_a_page_of_another_build_has_another_tag_though_length_and_date_are_the_same(tmp_path: Path) -> None:
    tags = []
    for script in ("main-Ab12.js", "main-Cd34.js"):
        (tmp_path / "index.html").write_text(script)
        os.utime(tmp_path / "index.html", (0, 0))
        app = Pages(tmp_path, otherwise=Starlette().router.not_found)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://callcenter.test"
        ) as client:
            tags.append((await client.get("/", headers=BROWSER)).headers["etag"])
    assert len(set(tags)) == 2


async def test_parts_of_a_file_and_its_head_alone_can_be_asked_for(client: httpx.AsyncClient) -> None:
    part = await client.get("/assets/main-Ab12.js", headers={"Range": "bytes=0-5"})
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "export", f"bytes 0-5/{len(SCRIPT)}")
    beyond = await client.get("/assets/main-Ab12.js", headers={"Range": "bytes=100-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(SCRIPT)}")
    whole, head = await client.get("/", headers=BROWSER), await client.head("/", headers=BROWSER)
    assert (head.status_code, head.content, dict(head.headers)) == (200, b"", dict(whole.headers))


@pytest.mark.parametrize("path", ["/../secret", "/assets/../../secret", "//secret", "/./secret", "/\0"])
async def test_nothing_outside_the_folder_is_sent(app: FastAPI, path: str) -> None:
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    # as a server hands on what an attacker sends; clients tidy an address up
    await app({"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}, receive, send)
    assert statuses == [404]


async def test_without_built_pages_there_is_the_api_alone(app: FastAPI, tmp_path: Path) -> None:
    app.router.default = Pages(tmp_path / "nothing", otherwise=Starlette().router.not_found)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://callcenter.test") as client:
        assert (await client.get("/", headers=BROWSER)).status_code == 404
        assert (await client.get("/health/live")).status_code == 200
