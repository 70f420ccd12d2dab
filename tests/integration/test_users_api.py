"""Users, passwords and tokens over HTTP, what of them is logged, and whose word about an address is believed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from callcenter.accounts.rights import Role
from callcenter.accounts.tables import SignInAttempt
from callcenter.app import create_app
from callcenter.cli import main
from callcenter.http.server import answer, open_listener
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, PASSWORD, Clock

ORIGIN = {"Origin": "http://callcenter.test"}
USERS = "/api/v1/users"


@pytest.fixture
def admin(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> Any:
    """Asks as the administrator; the status and what came back."""

    async def ask(method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = await client.request(method, path, json=body, headers=as_role[Role.ADMIN])
        return answer.status_code, answer.json() if answer.content else None

    return ask


async def sign_in(client: httpx.AsyncClient, name: str, password: str) -> int:
    body = {"name": name, "password": password}
    return (await client.post("/api/v1/session", json=body, headers=ORIGIN)).status_code


async def read_log(admin: Any) -> list[tuple[str | None, str, str]]:
    """Who, what, of what; oldest first."""
    _, page = await admin("GET", "/api/v1/access-log")
    return [(entry["user"], entry["what"], entry["subject"]) for entry in reversed(page["items"])]


async def test_an_administrator_makes_disables_and_releases_users_and_all_of_it_is_logged(
    client: httpx.AsyncClient, admin: Any
) -> None:
    new = {"name": "anna", "role": "supervisor", "password": "seven wooden boats"}
    assert await admin("POST", USERS, new) == (201, None)
    assert (await admin("POST", USERS, new))[0] == 409
    assert (await admin("POST", USERS, new | {"name": "ben", "password": "password1234"}))[0] == 400
    assert await sign_in(client, "anna", "seven wooden boats") == 201
    assert await sign_in(client, "anna", "wrong") == 401
    assert await sign_in(client, "hunter2", "wrong") == 401
    assert await admin("PUT", f"{USERS}/anna/role", {"role": "agent"}) == (204, None)
    signed_in = (await client.get("/api/v1/session")).json()
    assert {key: signed_in[key] for key in ("name", "role", "rights")} == {
        "name": "anna",
        "role": "agent",
        "rights": sorted(Role.AGENT.rights),
    }
    assert await admin("PUT", f"{USERS}/anna/password", {"password": "nine paper cranes"}) == (204, None)
    assert (await client.get("/api/v1/session")).status_code == 401
    assert await admin("POST", f"{USERS}/anna/disable") == (204, None)
    assert await sign_in(client, "anna", "nine paper cranes") == 401
    assert await admin("POST", f"{USERS}/anna/enable") == (204, None)
    assert await admin("POST", f"{USERS}/anna/release") == (204, None)
    assert await sign_in(client, "anna", "nine paper cranes") == 201
    assert (await admin("GET", USERS))[1]["items"][0] == {
        "name": "anna",
        "display_name": None,
        "role": "agent",
        "duties": [],
        "created_at": "2026-11-23T08:00:00.000Z",
        "disabled_at": None,
    }
    assert (await admin("POST", f"{USERS}/nobody/disable"))[0] == 404
    assert await client.request("DELETE", "/api/v1/session", headers=ORIGIN) is not None
    assert await read_log(admin) == [
        ("mei-admin", "new user (supervisor)", "anna"),
        ("anna", "sign-in", "from 127.0.0.1"),
        (None, "sign-in failed", "anna from 127.0.0.1"),
        (None, "sign-in failed", "an unknown user from 127.0.0.1"),
        ("mei-admin", "role supervisor to agent", "anna"),
        ("mei-admin", "password reset", "anna"),
        ("mei-admin", "user disabled", "anna"),
        (None, "sign-in failed", "anna from 127.0.0.1"),
        ("mei-admin", "user enabled", "anna"),
        ("mei-admin", "sign-ins released", "anna"),
        ("anna", "sign-in", "from 127.0.0.1"),
        ("anna", "sign-out", ""),
    ]


async def test_the_last_administrator_stays_one(admin: Any) -> None:
    assert await admin("POST", f"{USERS}/mei-admin/disable") == (
        409,
        {
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "Nobody would be administrator any more.",
            "code": "last_administrator",
            "params": {},
        },
    )
    assert (await admin("PUT", f"{USERS}/mei-admin/role", {"role": "agent"}))[0] == 409
    assert (await admin("PUT", f"{USERS}/mei-agent/role", {"role": "admin"}))[0] == 204
    assert (await admin("PUT", f"{USERS}/mei-admin/role", {"role": "agent"}))[0] == 204


async def test_of_two_administrators_who_demote_each_other_at_once_one_stays(admin: Any, database: Database) -> None:
    await admin("PUT", f"{USERS}/mei-agent/role", {"role": "admin"})
    results = await asyncio.gather(
        *(admin("PUT", f"{USERS}/mei-{role}/role", {"role": "supervisor"}) for role in ("agent", "admin"))
    )
    assert sorted(status for status, _ in results)[0] == 204
    assert len({status for status, _ in results}) == 2


async def test_a_token_made_over_http_is_listed_used_and_revoked(
    client: httpx.AsyncClient, admin: Any, as_role: dict[Role, dict[str, str]], clock: Clock
) -> None:
    status, made = await admin("POST", f"{USERS}/mei-agent/tokens", {"name": "export", "days": 7})
    assert (status, made["name"]) == (201, "export")
    headers = {"Authorization": f"Bearer {made['token']}"}
    clock.now = NOW + timedelta(minutes=5)
    own = (await client.get("/api/v1/session/tokens", headers=headers)).json()
    export = {
        "name": "export",
        "created_at": "2026-11-23T08:00:00.000Z",
        "expires_at": "2026-11-30T08:00:00.000Z",
        "last_used_at": "2026-11-23T08:05:00.000Z",
    }
    assert own["items"][0] == export
    assert [item["name"] for item in own["items"]] == ["export", "test"]
    assert (await admin("GET", f"{USERS}/mei-agent/tokens")) == (200, own)
    assert made["token"] not in str(own)
    assert (await admin("POST", f"{USERS}/mei-agent/tokens", {"name": "x", "days": 0}))[0] == 422
    answer = await client.delete("/api/v1/session/tokens/test", headers=headers)
    assert answer.status_code == 204
    assert (await client.get("/api/v1/session", headers=as_role[Role.AGENT])).status_code == 401
    assert (await admin("DELETE", f"{USERS}/mei-agent/tokens/export")) == (204, None)
    assert (await client.get("/api/v1/session", headers=headers)).status_code == 401
    clock.now = NOW + timedelta(days=91)
    assert (await admin("GET", USERS))[0] == 401


async def test_a_user_changes_the_password_which_ends_all_other_sessions_and_tokens(
    client: httpx.AsyncClient, app: Any, as_role: dict[Role, dict[str, str]], admin: Any
) -> None:
    assert await sign_in(client, "mei-agent", PASSWORD) == 201
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://callcenter.test") as elsewhere:
        assert await sign_in(elsewhere, "mei-agent", PASSWORD) == 201

        async def change(old: str, new: str) -> int:
            body = {"old_password": old, "new_password": new}
            return (await client.put("/api/v1/session/password", json=body, headers=ORIGIN)).status_code

        assert await change("wrong", "nine paper cranes") == 403
        assert await change(PASSWORD, "mei-agent1234") == 400
        assert (await elsewhere.get("/api/v1/session")).status_code == 200
        assert await change(PASSWORD, "nine paper cranes") == 204
        assert (await client.get("/api/v1/session")).status_code == 200
        assert (await elsewhere.get("/api/v1/session")).status_code == 401
        assert (await client.get("/api/v1/session", headers=as_role[Role.AGENT])).status_code == 401
        assert await sign_in(elsewhere, "mei-agent", "nine paper cranes") == 201
        assert [await change("wrong", "eleven iron kettles") for _ in range(6)] == [403] * 5 + [429]
    log = await read_log(admin)
    assert [what for _, what, _ in log if "password" in what] == [
        "password change refused",
        "password changed",
        *["password change refused"] * 5,
    ]


@asynccontextmanager
async def served(database: Database, **changed: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The server as the process runs it."""
    settings = Settings(data_dir=Path("/nowhere"), cookie_secure=False, **changed)
    listener = open_listener("127.0.0.1", 0)
    port = listener.getsockname()[1]
    app = create_app(database=database, settings=settings)
    server = asyncio.create_task(answer(app, listener, trusted_proxies=settings.trusted_proxies))
    try:
        async with asyncio.timeout(60), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            while True:
                with suppress(httpx.ConnectError):
                    await client.get("/health/live")
                    break
                await asyncio.sleep(0.02)
            yield client
    finally:
        server.cancel()
        with suppress(asyncio.CancelledError):
            await server
        listener.close()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        ((), "203.0.113.9", "127.0.0.1"),
        ((), "x" * 4000, "127.0.0.1"),
        (("10.0.0.0/8",), "203.0.113.9", "127.0.0.1"),
        (("127.0.0.1",), "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (("127.0.0.1",), "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (("127.0.0.1",), "x" * 4000, "0.0.0.0"),
    ],
)
async def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    database: Database, proxies: tuple[str, ...], forwarded: str, found: str
) -> None:
    async with served(database, trusted_proxies=proxies) as client:
        headers = {"Origin": str(client.base_url).rstrip("/"), "X-Forwarded-For": forwarded}
        answer = await client.post("/api/v1/session", json={"name": "mei", "password": "wrong"}, headers=headers)
        assert answer.status_code == 401
    async with database.sessions.begin() as session:
        assert [str(address) for address in await session.scalars(select(SignInAttempt.address))] == [found]


async def test_a_user_has_a_display_name_from_the_start_or_later_or_none(admin: Any) -> None:
    async def shown(name: str) -> str | None:
        items = (await admin("GET", USERS))[1]["items"]
        found: str | None = next(item["display_name"] for item in items if item["name"] == name)
        return found

    new = {"name": "anna", "password": "seven wooden boats", "display_name": "王芳"}
    assert await admin("POST", USERS, new) == (201, None)
    assert await shown("anna") == "王芳"
    assert await admin("PUT", f"{USERS}/anna/display-name", {"display_name": " 王小芳 "}) == (204, None)
    assert await shown("anna") == "王小芳"
    for bad in ("", "   ", "王\n芳", "王\u202e芳", "王" * 81, 5):
        status, _ = await admin("PUT", f"{USERS}/anna/display-name", {"display_name": bad})
        assert status in (400, 422), bad
    assert await shown("anna") == "王小芳"
    assert await admin("PUT", f"{USERS}/anna/display-name", {"display_name": None}) == (204, None)
    assert await shown("anna") is None
    assert (await admin("PUT", f"{USERS}/nobody/display-name", {"display_name": "王"}))[0] == 404
    assert (await admin("PUT", f"{USERS}/anna/display-name", {}))[0] == 422
    assert [entry for entry in await read_log(admin) if "display" in entry[1]] == [
        ("mei-admin", "new display name", "anna"),
        ("mei-admin", "display name removed", "anna"),
    ]


async def test_an_administrator_gives_a_user_duties_beside_the_role_and_takes_them(
    client: httpx.AsyncClient, admin: Any
) -> None:
    async def duties_of(name: str) -> list[str]:
        items = (await admin("GET", USERS))[1]["items"]
        found: list[str] = next(item["duties"] for item in items if item["name"] == name)
        return found

    new = {"name": "anna", "role": "officer", "password": "seven wooden boats", "duties": ["legal", "analyst", "legal"]}
    assert await admin("POST", USERS, new) == (201, None)
    assert await duties_of("anna") == ["analyst", "legal"]
    assert await sign_in(client, "anna", "seven wooden boats") == 201
    assert await admin("PUT", f"{USERS}/anna/duties", {"duties": ["privacy"]}) == (204, None)
    told = (await client.get("/api/v1/session")).json()
    assert (told["role"], told["duties"]) == ("officer", ["privacy"])
    assert await admin("PUT", f"{USERS}/anna/duties", {"duties": []}) == (204, None)
    assert (await client.get("/api/v1/session")).json()["duties"] == []
    assert (await admin("PUT", f"{USERS}/anna/duties", {"duties": ["head"]}))[0] == 422
    assert (await admin("PUT", f"{USERS}/nobody/duties", {"duties": []}))[0] == 404
    assert [(what, subject) for _, what, subject in await read_log(admin) if subject == "anna"] == [
        ("new user (officer, analyst, legal)", "anna"),
        ("duties analyst, legal to privacy", "anna"),
        ("duties privacy to none", "anna"),
    ]


async def test_the_token_of_a_script_has_the_duties_of_its_user(
    client: httpx.AsyncClient, admin: Any, as_role: dict[Role, dict[str, str]]
) -> None:
    assert await admin("PUT", f"{USERS}/mei-director/duties", {"duties": ["privacy", "legal"]}) == (204, None)
    told = (await client.get("/api/v1/session", headers=as_role[Role.DIRECTOR])).json()
    assert (told["role"], told["duties"]) == ("director", ["legal", "privacy"])


def test_the_command_gives_a_role_and_duties(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", database_url)
    monkeypatch.setattr("sys.stdin", io.StringIO("seven wooden boats\n"))
    assert main(["user", "add", "anna", "--role", "officer"]) == 0
    assert main(["user", "role", "anna", "director"]) == 0
    assert main(["user", "duties", "anna", "privacy", "legal"]) == 0
    assert main(["user", "list"]) == 0
    assert main(["user", "duties", "anna"]) == 0
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        *("anna\tdirector, legal, privacy\tactive", "anna\tdirector\tactive"),
    ]


def test_the_command_gives_and_takes_a_display_name(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", database_url)
    monkeypatch.setattr("sys.stdin", io.StringIO("seven wooden boats\n"))
    assert main(["user", "add", "anna", "--display-name", "王芳"]) == 0
    assert main(["user", "list"]) == 0
    assert main(["user", "display-name", "anna", "王小芳"]) == 0
    assert main(["user", "list"]) == 0
    assert main(["user", "display-name", "anna"]) == 0
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        *("anna\tagent\tactive\t王芳", "anna\tagent\tactive\t王小芳", "anna\tagent\tactive"),
    ]
