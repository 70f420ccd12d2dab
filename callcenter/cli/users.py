"""`callcenter user`: accounts by command. Passwords come from a prompt or stdin; a new token is printed once."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from datetime import UTC, datetime

from callcenter.accounts import service
from callcenter.accounts.rights import Duty, Role
from callcenter.errors import InputError
from callcenter.postgres.database import Database, open_database
from callcenter.settings import load_settings


def run_user_command(options: argparse.Namespace) -> int:
    """Run one subcommand; its result is printed. Returns the exit code."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    settings = load_settings()
    password = _ask_password(options.name) if options.action in ("add", "password") else ""
    url = settings.database_url.get_secret_value() if settings.database_url else None
    async with open_database(url, settings.data_dir) as database:
        await database.prepare()
        await _do(database, options, password)
    return 0


async def _do(database: Database, options: argparse.Namespace, password: str) -> None:
    now = datetime.now(UTC)
    match options.action:
        case "add":
            await service.add_user(
                database,
                name=options.name,
                display_name=options.display_name,
                role=Role(options.role),
                password=password,
                at=now,
            )
        case "display-name":
            await service.set_display_name(database, name=options.name, display_name=options.display_name, at=now)
        case "password":
            await service.set_password(database, name=options.name, password=password, at=now)
        case "role":
            await service.set_role(database, name=options.name, role=Role(options.role), at=now)
        case "duties":
            duties = [Duty(duty) for duty in options.duties]
            await service.set_duties(database, name=options.name, duties=duties, at=now)
        case "disable":
            await service.disable_user(database, name=options.name, at=now)
        case "enable":
            await service.enable_user(database, name=options.name, at=now)
        case "release":
            await service.release_user(database, name=options.name, at=now)
        case "token":
            token = await service.create_token(
                database, user_name=options.name, token_name=options.token_name, at=now, days=options.days
            )
            print(token)
        case "tokens":
            for line in await service.list_tokens(database, user_name=options.name):
                state = "expired" if line.expires_at <= now else "good"
                used = f"{line.last_used_at:%Y-%m-%d %H:%M}" if line.last_used_at else "never used"
                print(f"{line.name}\t{state}\tuntil {line.expires_at:%Y-%m-%d %H:%M}\t{used}")
        case "revoke":
            await service.revoke_token(database, user_name=options.name, token_name=options.token_name, at=now)
        case "list":
            for user in await service.list_users(database):
                does = ", ".join([user.role, *sorted(user.duties)])
                shown = [user.name, does, "disabled" if user.disabled_at else "active"]
                print("\t".join([*shown, *([user.display_name] if user.display_name else [])]))


def _ask_password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Again: ") != password:
        raise InputError("The two passwords differ.")
    return password
