"""Accounts on a real database: signing in, being throttled, losing access at once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import select, text, update

from callcenter.accounts import attempt_store, passwords, service, sign_ins, store
from callcenter.accounts.passwords import HASH_OF_NOTHING
from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.rules import ATTEMPT_WINDOW, SAME_ACCOUNT, SAME_ADDRESS, SAME_PLACE
from callcenter.accounts.service import TokenLine, UserLine
from callcenter.accounts.tables import SignInAttempt
from callcenter.errors import ConflictError, InputError, NotFoundError, SignInError, TooManyAttemptsError
from callcenter.postgres.database import Database, connect
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
    browser: str | None = None,
) -> str:
    """`in`, `wrong` or `throttled`."""
    try:
        await sign_ins.sign_in(database, name=name, password=password, address=address, at=at, browser=browser)
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
        service.enable_user(database, name="nobody", at=NOW),
        service.set_password(database, name="nobody", password=PASSWORD, at=NOW),
        service.create_token(database, user_name="nobody", token_name="t", at=NOW),
        service.revoke_token(database, user_name="nobody", token_name="t", at=NOW),
    ):
        with pytest.raises(NotFoundError, match=r"^There is no user nobody\.$"):
            await work
    await add_mei(database)
    with pytest.raises(NotFoundError, match=r"^There is no token t\.$"):
        await service.revoke_token(database, user_name="mei", token_name="t", at=NOW)


async def test_short_passwords_and_odd_names_are_refused(database: Database) -> None:
    with pytest.raises(InputError):
        await service.add_user(database, name="mei", role=Role.AGENT, password="short", at=NOW)
    with pytest.raises(InputError):
        await service.add_user(database, name="../mei", role=Role.AGENT, password=PASSWORD, at=NOW)


async def test_no_secret_is_stored_in_the_clear(database: Database) -> None:
    await add_mei(database)
    token = await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    cookie = (await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)).secret
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
    opened = await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)
    user, cookie = opened.user, opened.secret
    assert user == SignedIn(user_id=1, name="mei", role=Role.SUPERVISOR)
    used = [NOW + timedelta(minutes=59 * count) for count in range(13)]
    assert [await sign_ins.find_browser(database, token=cookie, at=at) for at in used] == [user] * 13
    assert await sign_ins.find_browser(database, token=cookie, at=NOW + timedelta(hours=12)) is None
    assert await sign_ins.find_browser(database, token=cookie + "x", at=NOW) is None
    assert await sign_ins.find_script(database, token=cookie, at=NOW) is None


async def test_a_token_works_until_it_is_revoked_and_its_name_is_free_then(database: Database) -> None:
    await add_mei(database)
    token = await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    assert await sign_ins.find_script(database, token=token, at=NOW) == SignedIn(user_id=1, name="mei", role=Role.AGENT)
    assert await sign_ins.find_browser(database, token=token, at=NOW) is None
    with pytest.raises(ConflictError, match=r"^There is a token export already\.$"):
        await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    await service.revoke_token(database, user_name="mei", token_name="export", at=NOW)
    assert await sign_ins.find_script(database, token=token, at=NOW) is None
    assert await service.create_token(database, user_name="mei", token_name="export", at=NOW) != token


async def test_a_disabled_user_is_out_at_once_and_comes_back_without_old_tokens(database: Database) -> None:
    await add_mei(database)
    token = await service.create_token(database, user_name="mei", token_name="export", at=NOW)
    cookie = (await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)).secret
    await service.disable_user(database, name="mei", at=NOW)
    assert await sign_ins.find_script(database, token=token, at=NOW) is None
    assert await sign_ins.find_browser(database, token=cookie, at=NOW) is None
    assert await try_to_sign_in(database, password=PASSWORD) == "wrong"
    await service.enable_user(database, name="mei", at=NOW)
    assert await sign_ins.find_script(database, token=token, at=NOW) is None
    assert await sign_ins.find_browser(database, token=cookie, at=NOW) is None
    assert await try_to_sign_in(database, password=PASSWORD) == "in"


async def test_a_new_password_ends_the_sessions_of_the_old_one(database: Database) -> None:
    await add_mei(database)
    cookie = (await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="127.0.0.1", at=NOW)).secret
    await service.set_password(database, name="mei", password="another long one", at=NOW)
    assert await sign_ins.find_browser(database, token=cookie, at=NOW) is None
    assert await try_to_sign_in(database, password=PASSWORD) == "wrong"
    assert await try_to_sign_in(database, password="another long one") == "in"


async def test_a_sign_in_that_is_overtaken_by_a_new_password_fails(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_mei(database)

    is_password = passwords.STRANGERS.is_password

    async def slow(password: str, password_hash: str) -> bool:
        is_right = await is_password(password, password_hash)
        await service.set_password(database, name="mei", password="another long one", at=NOW)
        return is_right

    monkeypatch.setattr(passwords.STRANGERS, "is_password", slow)
    assert await try_to_sign_in(database, password=PASSWORD) == "wrong"


@pytest.mark.usefixtures("product_hasher")
async def test_an_unknown_user_costs_the_same_work_as_a_wrong_password(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_mei(database)
    verified: list[str] = []

    async def note(password: str, password_hash: str) -> bool:
        verified.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return True

    monkeypatch.setattr(passwords.STRANGERS, "is_password", note)
    assert await try_to_sign_in(database, name="nobody") == "wrong"
    assert await try_to_sign_in(database, name="mei") == "in"
    assert verified == [HASH_OF_NOTHING.rpartition("$")[0].rpartition("$")[0]] * 2


async def add_attempts(database: Database, number: int, *, names: int = 1, addresses: int = 1) -> None:
    """Failed just now, by strangers, at as many names and from as many addresses."""
    async with database.sessions.begin() as session:
        for count in range(number):
            name = "mei" if names == 1 else f"u{count % names}"
            address = ip_address(f"10.0.{count % addresses}.1")
            await attempt_store.add_attempt(
                session, user_name=name, address=address, at=NOW, since=NOW - ATTEMPT_WINDOW
            )


async def test_guessing_from_one_place_is_slowed_more_with_each_guess(database: Database) -> None:
    await add_mei(database)
    results = [await try_to_sign_in(database) for _ in range(SAME_PLACE.free + 1)]
    assert results == ["wrong"] * SAME_PLACE.free + ["throttled"]
    at = NOW
    for seconds in (1, 2, 4):
        assert await try_to_sign_in(database, at=at + timedelta(seconds=seconds, milliseconds=-1)) == "throttled"
        at += timedelta(seconds=seconds)
        assert await try_to_sign_in(database, at=at) == "wrong"
    assert await try_to_sign_in(database, password=PASSWORD, at=at + timedelta(seconds=8)) == "in"


async def test_a_stranger_elsewhere_locks_nobody_out(database: Database) -> None:
    await add_mei(database)
    for _ in range(SAME_PLACE.free + 1):
        await try_to_sign_in(database, address="10.0.0.1")
    assert await try_to_sign_in(database, password=PASSWORD, address="10.0.0.1") == "throttled"
    assert await try_to_sign_in(database, password=PASSWORD, address="10.0.0.2") == "in"


async def test_strangers_from_everywhere_delay_a_new_browser_for_seconds_and_a_known_one_not_at_all(
    database: Database,
) -> None:
    await add_mei(database)
    known = await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="10.9.9.9", at=NOW)
    await add_attempts(database, 100, addresses=100)
    assert await try_to_sign_in(database, password=PASSWORD, address="10.9.9.9") == "throttled"
    later = NOW + SAME_ACCOUNT.longest
    assert await try_to_sign_in(database, address="10.9.9.9", at=later) == "wrong"
    assert await try_to_sign_in(database, password=PASSWORD, address="10.9.9.9", browser=known.browser) == "in"


async def test_a_flood_from_the_office_address_delays_no_known_browser_there(database: Database) -> None:
    await add_mei(database)
    known = await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="10.0.0.1", at=NOW)
    await add_attempts(database, SAME_ADDRESS.free, names=10)
    assert await try_to_sign_in(database, password=PASSWORD, address="10.0.0.1") == "throttled"
    assert await try_to_sign_in(database, password=PASSWORD, address="10.0.1.1") == "in"
    assert await try_to_sign_in(database, password=PASSWORD, address="10.0.0.1", browser=known.browser) == "in"


async def test_a_known_browser_is_slowed_when_the_guesses_come_from_it(database: Database) -> None:
    await add_mei(database)
    known = (await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="10.0.0.1", at=NOW)).browser
    results = [await try_to_sign_in(database, browser=known, address=f"10.0.0.{n}") for n in range(SAME_PLACE.free + 1)]
    assert results == ["wrong"] * SAME_PLACE.free + ["throttled"]
    assert await try_to_sign_in(database, password=PASSWORD) == "in"


async def test_a_browser_is_known_to_those_alone_who_signed_in_there(database: Database) -> None:
    await add_mei(database)
    await service.add_user(database, name="anna", role=Role.AGENT, password=PASSWORD, at=NOW)
    first = await sign_ins.sign_in(database, name="anna", password=PASSWORD, address="10.0.0.1", at=NOW)
    await add_attempts(database, 100, addresses=100)
    assert await try_to_sign_in(database, password=PASSWORD, browser=first.browser) == "throttled"
    again = await sign_ins.sign_in(
        database, name="anna", password=PASSWORD, address="10.0.0.1", at=NOW, browser=first.browser
    )
    assert again.browser == first.browser
    planted = await sign_ins.sign_in(
        database, name="anna", password=PASSWORD, address="10.0.0.1", at=NOW, browser="planted by somebody"
    )
    assert planted.browser not in ("planted by somebody", first.browser)


async def test_an_administrator_releases_an_account_at_once(database: Database) -> None:
    await add_mei(database)
    for _ in range(SAME_PLACE.free + 1):
        await try_to_sign_in(database)
    assert await try_to_sign_in(database, password=PASSWORD) == "throttled"
    await service.release_user(database, name="mei", at=NOW)
    assert await try_to_sign_in(database, password=PASSWORD) == "in"


async def test_many_guesses_at_once_in_two_processes_do_not_slip_through_together(
    database: Database, database_url: str
) -> None:
    async with connect(database_url) as other:
        results = await asyncio.gather(*(try_to_sign_in(one) for one in (database, other) * SAME_PLACE.free))
    assert sorted(results) == ["throttled"] * SAME_PLACE.free + ["wrong"] * SAME_PLACE.free


async def test_fifty_strangers_at_once_cost_one_thread_a_few_hashes_and_no_known_browser_waits_for_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_mei(database)
    known = await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="10.0.0.1", at=NOW)
    is_free, running, most = asyncio.Event(), 0, 0

    async def hold(password: str, password_hash: str) -> bool:
        nonlocal running, most
        passwords.STRANGERS._waiting += 1
        running, most = running + 1, max(most, running + 1)
        await is_free.wait()
        passwords.STRANGERS._waiting -= 1
        return False

    monkeypatch.setattr(passwords.STRANGERS, "is_password", hold)
    strangers = [
        asyncio.create_task(try_to_sign_in(database, name=f"u{number}", address=f"10.1.{number}.1"))
        for number in range(50)
    ]
    while sum(task.done() for task in strangers) < 20:
        await asyncio.sleep(0.01)
    assert await try_to_sign_in(database, password=PASSWORD, browser=known.browser) == "in"
    is_free.set()
    results = await asyncio.gather(*strangers)
    assert most < 30
    assert set(results) == {"wrong", "throttled"}


async def test_getting_in_forgets_the_typing_errors_and_time_forgets_the_rest(database: Database) -> None:
    await add_mei(database)
    await try_to_sign_in(database)
    await try_to_sign_in(database, address="10.0.0.9")
    assert await try_to_sign_in(database, password=PASSWORD) == "in"
    async with database.sessions.begin() as session:
        assert list(await session.scalars(select(SignInAttempt.address))) == [ip_address("10.0.0.9")]
    await try_to_sign_in(database, at=NOW + ATTEMPT_WINDOW)
    async with database.sessions.begin() as session:
        assert list(await session.scalars(select(SignInAttempt.at))) == [NOW + ATTEMPT_WINDOW]


async def test_a_session_that_nobody_uses_is_over_after_an_hour(database: Database) -> None:
    await add_mei(database)
    cookie = (await sign_ins.sign_in(database, name="mei", password=PASSWORD, address="::1", at=NOW)).secret
    moments = [NOW + timedelta(minutes=minutes) for minutes in (59, 118, 178)]
    assert [await sign_ins.find_browser(database, token=cookie, at=at) is not None for at in moments] == [
        True,
        True,
        False,
    ]


async def test_a_token_expires_and_one_sees_until_when_it_is_good_and_when_it_was_used(database: Database) -> None:
    await add_mei(database)
    token = await service.create_token(database, user_name="mei", token_name="export", at=NOW, days=30)
    assert await service.list_tokens(database, user_name="mei") == [
        TokenLine(name="export", created_at=NOW, expires_at=NOW + timedelta(days=30), last_used_at=None)
    ]
    last = NOW + timedelta(days=30, microseconds=-1)
    assert await sign_ins.find_script(database, token=token, at=last) is not None
    assert [line.last_used_at for line in await service.list_tokens(database, user_name="mei")] == [last]
    assert await sign_ins.find_script(database, token=token, at=NOW + timedelta(days=30)) is None
    await service.create_token(database, user_name="mei", token_name="export", at=NOW + timedelta(days=30))
    for days in (0, 367):
        with pytest.raises(InputError, match=r"^A token lasts 1 to 366 days\.$"):
            await service.create_token(database, user_name="mei", token_name="other", at=NOW, days=days)


@pytest.mark.usefixtures("product_hasher")
async def test_a_hash_of_other_parameters_is_renewed_by_the_next_sign_in(database: Database) -> None:
    await add_mei(database)
    old = PasswordHasher(parallelism=4).hash(PASSWORD)
    async with database.sessions.begin() as session:
        await store.set_password_hash(session, user_id=1, password_hash=old)
    assert await try_to_sign_in(database, password=PASSWORD) == "in"
    async with database.sessions.begin() as session:
        user = await store.find_user(session, "mei")
    assert user is not None
    assert user.password_hash.startswith(HASH_OF_NOTHING.rpartition("$")[0].rpartition("$")[0])
    assert await try_to_sign_in(database, password=PASSWORD) == "in"


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD, name: str = "mei") -> httpx.Response:
    return await client.post("/api/v1/session", json={"name": name, "password": password}, headers=ORIGIN)


async def test_a_browser_signs_in_is_known_and_signs_out(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    await add_mei(database)
    answer = await sign_in(client)
    assert (answer.status_code, answer.json()) == (
        201,
        {"name": "mei", "role": "agent", "duties": [], "rights": sorted(Role.AGENT.rights)},
    )
    session_cookie, browser_cookie = answer.headers.get_list("set-cookie")
    assert session_cookie.startswith("callcenter_session=")
    assert session_cookie.endswith("; HttpOnly; Max-Age=43200; Path=/; SameSite=strict")
    assert browser_cookie.startswith("callcenter_browser=")
    assert browser_cookie.endswith("; HttpOnly; Max-Age=15552000; Path=/; SameSite=strict")
    session = (await client.get("/api/v1/session")).json()
    assert {name: session[name] for name in answer.json()} == answer.json()
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
    headers = ORIGIN | {"Origin": "https://callcenter.test"}
    refused = await client.post("/api/v1/session", json={"name": "mei", "password": PASSWORD}, headers=ORIGIN)
    assert refused.status_code == 403
    answer = await client.post("/api/v1/session", json={"name": "mei", "password": PASSWORD}, headers=headers)
    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == [
        "__Host-callcenter_session",
        "__Host-callcenter_browser",
    ]
    assert all(
        cookie.endswith("; HttpOnly; Max-Age=" + rest)
        for cookie, rest in zip(
            cookies,
            ("43200; Path=/; SameSite=strict; Secure", "15552000; Path=/; SameSite=strict; Secure"),
            strict=True,
        )
    )
    secret = cookies[0].partition("=")[2].partition(";")[0]
    for name, status in (("__Host-callcenter_session", 200), ("callcenter_session", 401)):
        answer = await client.get("/api/v1/session", headers={"Cookie": f"{name}={secret}"})
        assert answer.status_code == status


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
                "code": "wrong_credentials",
                "params": {},
            },
        )
    ] * 3


async def test_a_throttled_browser_is_told_when_to_try_again(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    await add_mei(database)
    await add_attempts(database, SAME_PLACE.free + 9)
    async with database.sessions.begin() as session:
        await session.execute(update(SignInAttempt).values(address=ip_address("127.0.0.1")))
    clock.now = NOW + timedelta(seconds=12, milliseconds=1)
    answer = await sign_in(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "500")
    clock.now = NOW + timedelta(seconds=512)
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
    before: str | None = None
    while True:
        parameters = {"limit": 2} | ({} if before is None else {"cursor": before})
        answer = await client.get("/api/v1/access-log", params=parameters, headers=as_role[Role.ADMIN])
        pages.append(answer.json())
        before = answer.json()["next"]
        if before is None:
            break

    def entry(number: int) -> dict[str, object]:
        return {
            "id": number + 1,
            "user": "mei-agent",
            "what": "caller_number",
            "subject": f"pbx1-{number}.0",
            "at": f"2026-11-23T08:00:0{number}.000Z",
        }

    assert pages == [
        {"items": [entry(2), entry(1)], "next": pages[0]["next"]},
        {"items": [entry(0)], "next": None},
    ]
