"""Accounts on a real database: signing in, being throttled, losing access at once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from callcenter.accounts import service, store
from callcenter.accounts.passwords import HASH_OF_NOTHING, is_password
from callcenter.accounts.rules import ATTEMPT_WINDOW, ATTEMPTS_PER_ADDRESS, ATTEMPTS_PER_USER, Role, SignedIn
from callcenter.accounts.service import UserLine
from callcenter.accounts.tables import SignInAttempt
from callcenter.database import Database, connect
from callcenter.errors import ConflictError, InputError, NotFoundError, SignInError, TooManyAttemptsError
from tests.integration.conftest import NOW, PASSWORD, Clock

ORIGIN = {"Origin": "http://callcenter.test"}


async def add_mei(database: Database, role: Role = Role.AGENT) -> None:
    await service.add_user(database, name="mei", role=role, password=PASSWORD, at=NOW)


async def try_to_sign_in(
    database: Database,
    *,
    name: str = "mei",
    password: str = "wrong",
    address: str = "127.0.0.1",
    at: datetime = NOW,
) -> str:
    """`in`, `wrong` or `throttled`."""
    try:
        await service.sign_in(database, name=name, password=password, address=address, at=at)
    except SignInError:
        return "wrong"
    except TooManyAttemptsError:
        return "throttled"
    return "in"


async def test_users_are_listed_by_name(database: Database) -> None:
    await service.add_user(database, name="wang", role=Role.ADMIN, password=PASSWORD, at=NOW)
    await add_mei(database)
    await service.disable_user(database, name="mei", at=NOW + timedelta(days=1))
    assert await service.list_users(database) == [
        UserLine(name="mei", role=Role.AGENT, created_at=NOW, disabled_at=NOW + timedelta(days=1)),
        UserLine(name="wang", role=Role.ADMIN, created_at=NOW, disabled_at=None),
    ]


async def test_a_name_is_given_once_however_many_ask_at_once(database: Database) -> None:
    results = await asyncio.gather(*(add_mei(database) for _ in range(4)), return_exceptions=True)
    assert sorted(str(result) for result in results) == ["None", *["There is a user mei already."] * 3]


async def test_what_is_not_there_is_named(database: Database) -> None:
    for work in (
        service.disable_user(database, name="nobody", at=NOW),
        service.enable_user(database, name="nobody"),
        service.set_password(database, name="nobody", password=PASSWORD),
        service.create_token(database, user_name="nobody", token_name="t", at=NOW),
        service.revoke_token(database, user_name="nobody", token_name="t"),
    ):
        with pytest.raises(NotFoundError, match=r"^There is no user nobody\.$"):
            await work
    await add_mei(database)
    with pytest.raises(NotFoundError, match=r"^There is no token t\.$"):
        await service.revoke_token(database, user_name="mei", token_name="t")


async def test_short_passwords_and_odd_names_are_refused(database: Database) -> None:
    with pytest.raises(InputError):
        await service.add_user(database, name="mei", role=Role.AGENT, password="short", at=NOW)
    with pytest.raises(InputError):
        await service.add_user(database, name="../mei", role=Role.AGENT, password=PASSWORD, at=NOW)


async def test_no_secret_is_stored_in_the_clear(database: Database) -> None:
    await add_mei(database)
    token = await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    _, cookie = await service.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)
    async with database.engine.connect() as connection:
        stored = ""
        for table in ("users", "tokens", "browser_sessions", "sign_in_attempts"):
            rows = await connection.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))
            stored += "\n".join(row[0] for row in rows)
    for secret in (PASSWORD, token, cookie):
        assert secret not in stored
        assert secret.encode().hex() not in stored
    assert "$argon2id$" in stored


async def test_the_password_opens_a_session_that_ends_with_the_shift(database: Database) -> None:
    await add_mei(database, Role.SUPERVISOR)
    user, cookie = await service.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)
    assert user == SignedIn(user_id=1, name="mei", role=Role.SUPERVISOR)
    assert await service.find_browser(database, token=cookie, at=NOW + timedelta(hours=11, minutes=59)) == user
    assert await service.find_browser(database, token=cookie, at=NOW + timedelta(hours=12)) is None
    assert await service.find_browser(database, token=cookie + "x", at=NOW) is None
    assert await service.find_script(database, token=cookie) is None


async def test_a_token_works_until_it_is_revoked_and_its_name_is_free_then(database: Database) -> None:
    await add_mei(database)
    token = await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    assert await service.find_script(database, token=token) == SignedIn(user_id=1, name="mei", role=Role.AGENT)
    assert await service.find_browser(database, token=token, at=NOW) is None
    with pytest.raises(ConflictError, match=r"^There is a token export already\.$"):
        await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    await service.revoke_token(database, user_name="mei", token_name="export")
    assert await service.find_script(database, token=token) is None
    assert await service.create_token(database, user_name="mei", token_name="export", at=NOW) != token


async def test_a_disabled_user_is_out_at_once_and_comes_back_without_old_tokens(database: Database) -> None:
    await add_mei(database)
    token = await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    _, cookie = await service.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)
    await service.disable_user(database, name="mei", at=NOW)
    assert await service.find_script(database, token=token) is None
    assert await service.find_browser(database, token=cookie, at=NOW) is None
    assert await try_to_sign_in(database, password=PASSWORD) == "wrong"
    await service.enable_user(database, name="mei")
    assert await service.find_script(database, token=token) is None
    assert await service.find_browser(database, token=cookie, at=NOW) is None
    assert await try_to_sign_in(database, password=PASSWORD) == "in"


async def test_a_new_password_ends_the_sessions_of_the_old_one(database: Database) -> None:
    await add_mei(database)
    _, cookie = await service.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)
    await service.set_password(database, name="mei", password="another long one")
    assert await service.find_browser(database, token=cookie, at=NOW) is None
    assert await try_to_sign_in(database, password=PASSWORD) == "wrong"
    assert await try_to_sign_in(database, password="another long one") == "in"


async def test_a_sign_in_that_is_overtaken_by_a_new_password_fails(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_mei(database)

    async def slow(password: str, password_hash: str) -> bool:
        is_right = await is_password(password, password_hash)
        await service.set_password(database, name="mei", password="another long one")
        return is_right

    monkeypatch.setattr(service, "is_password", slow)
    assert await try_to_sign_in(database, password=PASSWORD) == "wrong"


async def test_an_unknown_user_costs_the_same_work_as_a_wrong_password(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_mei(database)
    verified: list[str] = []

    async def note(password: str, password_hash: str) -> bool:
        verified.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return True

    monkeypatch.setattr(service, "is_password", note)
    assert await try_to_sign_in(database, name="nobody") == "wrong"
    assert await try_to_sign_in(database, name="mei") == "in"
    assert verified == [HASH_OF_NOTHING.rpartition("$")[0].rpartition("$")[0]] * 2


async def test_guessing_one_user_is_throttled_from_wherever_it_comes(database: Database) -> None:
    await add_mei(database)
    results = [await try_to_sign_in(database, address=f"10.0.0.{number}") for number in range(ATTEMPTS_PER_USER + 1)]
    assert results == ["wrong"] * ATTEMPTS_PER_USER + ["throttled"]
    assert await try_to_sign_in(database, password=PASSWORD) == "throttled"
    assert await try_to_sign_in(database, password=PASSWORD, at=NOW + ATTEMPT_WINDOW) == "in"


async def test_guessing_many_users_from_one_address_is_throttled(database: Database) -> None:
    async with database.sessions.begin() as session:
        for number in range(ATTEMPTS_PER_ADDRESS):
            await store.add_attempt(
                session, user_name=f"u{number}", address="10.0.0.1", at=NOW, since=NOW - ATTEMPT_WINDOW
            )
    await add_mei(database)
    assert await try_to_sign_in(database, password=PASSWORD, address="10.0.0.1") == "throttled"
    assert await try_to_sign_in(database, password=PASSWORD, address="10.0.0.2") == "in"


async def test_many_guesses_at_once_in_two_processes_do_not_slip_through_together(
    database: Database, database_url: str
) -> None:
    async with connect(database_url) as other:
        results = await asyncio.gather(*(try_to_sign_in(one) for one in (database, other) * ATTEMPTS_PER_USER))
    assert results.count("wrong") == ATTEMPTS_PER_USER
    assert results.count("throttled") == ATTEMPTS_PER_USER


async def test_getting_in_forgets_the_typing_errors_and_time_forgets_the_rest(database: Database) -> None:
    await add_mei(database)
    await try_to_sign_in(database)
    await try_to_sign_in(database, address="10.0.0.9")
    assert await try_to_sign_in(database, password=PASSWORD) == "in"
    async with database.sessions.begin() as session:
        assert list(await session.scalars(select(SignInAttempt.address))) == ["10.0.0.9"]
    await try_to_sign_in(database, at=NOW + ATTEMPT_WINDOW)
    async with database.sessions.begin() as session:
        assert list(await session.scalars(select(SignInAttempt.at))) == [NOW + ATTEMPT_WINDOW]


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD, name: str = "mei") -> httpx.Response:
    return await client.post("/api/v1/session", json={"name": name, "password": password}, headers=ORIGIN)


async def test_a_browser_signs_in_is_known_and_signs_out(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    await add_mei(database)
    answer = await sign_in(client)
    assert (answer.status_code, answer.json()) == (201, {"name": "mei", "role": "agent"})
    cookie = answer.headers["set-cookie"]
    assert cookie.endswith("; HttpOnly; Max-Age=43200; Path=/; SameSite=strict")
    assert (await client.get("/api/v1/session")).json() == {"name": "mei", "role": "agent"}
    assert (await client.delete("/api/v1/session")).status_code == 403
    assert (await client.delete("/api/v1/session", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    secret = client.cookies["callcenter_session"]
    assert (await client.delete("/api/v1/session", headers=ORIGIN)).status_code == 204
    assert "callcenter_session" not in client.cookies
    client.cookies["callcenter_session"] = secret
    assert (await client.get("/api/v1/session")).status_code == 401


async def test_the_cookie_is_kept_off_plain_http_unless_the_setting_says_otherwise(
    app: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    await add_mei(database)
    app.state.settings = app.state.settings.model_copy(update={"cookie_secure": True})
    assert "; Secure" in (await sign_in(client)).headers["set-cookie"]


async def test_a_page_of_another_site_cannot_sign_its_victim_in(client: httpx.AsyncClient, database: Database) -> None:
    await add_mei(database)
    answer = await client.post(
        "/api/v1/session", json={"name": "mei", "password": PASSWORD}, headers={"Origin": "http://evil.test"}
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_wrong_password_an_unknown_and_a_disabled_user_look_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    await add_mei(database)
    await service.add_user(database, name="gone", role=Role.ADMIN, password=PASSWORD, at=NOW)
    await service.disable_user(database, name="gone", at=NOW)
    answers = [await sign_in(client, "wrong"), await sign_in(client, name="nobody"), await sign_in(client, name="gone")]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (
            401,
            {
                "type": "about:blank",
                "title": "Unauthorized",
                "status": 401,
                "detail": "The user name or the password is wrong.",
            },
        )
    ] * 3


async def test_a_throttled_browser_is_told_when_to_try_again(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    await add_mei(database)
    async with database.sessions.begin() as session:
        for _ in range(ATTEMPTS_PER_USER):
            await store.add_attempt(session, user_name="mei", address="x", at=NOW, since=NOW - ATTEMPT_WINDOW)
    clock.now = NOW + timedelta(minutes=5, milliseconds=1)
    answer = await sign_in(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")
    clock.now = NOW + ATTEMPT_WINDOW
    assert (await sign_in(client)).status_code == 201


async def test_a_wrong_token_is_not_replaced_by_a_good_cookie(client: httpx.AsyncClient, database: Database) -> None:
    await add_mei(database)
    await sign_in(client)
    answer = await client.get("/api/v1/session", headers={"Authorization": "Bearer wrong"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_an_admin_reads_who_saw_what_page_by_page(
    client: httpx.AsyncClient, database: Database, as_role: dict[Role, dict[str, str]]
) -> None:
    user = SignedIn(user_id=1, name="mei-agent", role=Role.AGENT)
    async with database.sessions.begin() as session:
        for number in range(3):
            await store.log_access(session, user, "caller_number", f"pbx1-{number}.0", NOW + timedelta(seconds=number))
    pages = []
    before: int | None = None
    while True:
        parameters = {"limit": 2} | ({} if before is None else {"before": before})
        answer = await client.get("/api/v1/access-log", params=parameters, headers=as_role[Role.ADMIN])
        pages.append(answer.json())
        before = answer.json()["next_before"]
        if before is None:
            break

    def entry(number: int) -> dict[str, object]:
        return {
            "id": number + 1,
            "user": "mei-agent",
            "what": "caller_number",
            "subject": f"pbx1-{number}.0",
            "at": f"2026-11-23T08:00:0{number}Z",
        }

    assert pages == [
        {"items": [entry(2), entry(1)], "next_before": 2},
        {"items": [entry(0)], "next_before": None},
    ]
