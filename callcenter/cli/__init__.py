"""The command line. Exit codes: 0 good, 1 the check failed, 2 wrong use; errors are one line.

Commands import what they need when they run: `replay` must start at once, without
database or HTTP.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from callcenter.errors import CallcenterError, ConflictError, InputError, NotFoundError
from callcenter.garbage_collection import collect_rarely

CHECK_FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130
ROLES = ("officer", "agent", "supervisor", "director", "admin")
DUTIES = ("analyst", "quality", "surveyor", "privacy", "legal")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    collect_rarely()  # before the imports of a command, which make hundreds of thousands of lasting objects
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (InputError, NotFoundError, ConflictError) as error:
        return _complain(error, WRONG_USE)
    except CallcenterError as error:
        return _complain(error, CHECK_FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _complain(error: Exception, code: int) -> int:
    print(f"callcenter: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="callcenter", description="A hotline backend that loses no caller.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="record calls, keep the lists, answer HTTP")
    serve.set_defaults(run=_serve)

    replay = commands.add_parser("replay", help="captures to call records, one JSON object a line")
    replay.add_argument("files", nargs="+", type=Path, metavar="FILE")
    replay.add_argument("--cel", action="store_true", help="the files are CEL CSV, not AMI bytes")
    replay.add_argument(
        "--pbx", help="name of the PBX, where AMI does not give it (default: that in the ids, else pbx1)"
    )
    replay.set_defaults(run=_replay)

    audit = commands.add_parser("audit", help="is everybody who rang accounted for?")
    wanted = audit.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--date", type=_date, metavar="D", help="business day, as 2026-11-23")
    wanted.add_argument(
        "--verify-chain",
        type=_date,
        nargs=2,
        metavar=("FROM", "TO"),
        help="were the frozen sheets of these days changed?",
    )
    _add_shapes(audit, json="every number with the calls behind it")
    audit.set_defaults(run=_audit)

    callbacks = commands.add_parser("callbacks", help="who must be called back")
    callbacks.add_argument("--date", type=_date, metavar="D", help="the frozen list of a day; without it the live one")
    _add_shapes(callbacks)
    callbacks.set_defaults(run=_callbacks)

    calendar = commands.add_parser("calendar", help="take in the working calendar of a year from a CSV file")
    calendar.add_argument("file", type=Path, metavar="FILE", help="lines as 2027-01-01,day_off,元旦")
    calendar.set_defaults(run=_calendar)

    doctor = commands.add_parser("doctor", help="check the PBX and say what to change")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--pbx", metavar="NAME", help="only this one of the settings")
    doctor.set_defaults(run=_doctor)

    migrate = commands.add_parser("migrate", help="bring the database's schema up to date")
    migrate.add_argument("--to", default="head", metavar="REVISION", help="`base` takes everything back")
    migrate.add_argument("--yes", action="store_true", help="go back though that deletes data; make a dump first")
    migrate.set_defaults(run=_migrate)

    phones = commands.add_parser("phones", help="write pjsip_phones.conf: a secret for each agent's phone")
    phones.add_argument("file", type=Path, metavar="FILE")
    phones.add_argument("extensions", nargs="+", metavar="EXTENSION")
    phones.add_argument("--renew", action="store_true", help="new secrets for those that have one")
    phones.set_defaults(run=_phones)

    settings = commands.add_parser("settings", help="every setting with its default and its meaning, as Markdown")
    settings.set_defaults(run=_settings)

    openapi = commands.add_parser("openapi", help="the description of the API, as programs are written from it")
    openapi.set_defaults(run=_openapi)

    _add_user_commands(commands.add_parser("user", help="who may sign in"))
    return parser


def _add_shapes(parser: argparse.ArgumentParser, *, json: str | None = None) -> None:
    shape = parser.add_mutually_exclusive_group()
    for name, text in (("json", json), ("csv", "a table"), ("xlsx", "a table for Excel")):
        shape.add_argument(f"--{name}", dest="shape", action="store_const", const=name, help=text)
    parser.add_argument(
        "--language", choices=("en", "zh"), default="en", help="of a table's headings and words; en: those of JSON"
    )


def _add_user_commands(parser: argparse.ArgumentParser) -> None:
    """Passwords come from stdin or a prompt, never from the command line."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="action")
    for action, text in (
        ("add", "a new user; the password is asked for, or read from stdin"),
        ("password", "a new password, asked for or read from stdin; ends sessions and tokens"),
        ("role", "another role"),
        ("duties", "what the user does beside the role; without one none"),
        ("display-name", "what people call the user, as a mediation's record prints it; without one it is removed"),
        ("disable", "signed out everywhere and let in no more"),
        ("enable", "let in again"),
        ("release", "may sign in again at once after many wrong passwords"),
        ("tokens", "the user's tokens and until when they are good"),
    ):
        command = commands.add_parser(action, help=text)
        command.add_argument("name")
        if action == "add":
            command.add_argument("--role", choices=ROLES, default="agent")
            command.add_argument("--display-name", help="what people call the user, as 王芳")
        if action == "display-name":
            command.add_argument("display_name", nargs="?", metavar="DISPLAY_NAME")
        if action == "role":
            command.add_argument("role", choices=ROLES)
        if action == "duties":
            command.add_argument("duties", nargs="*", type=_duty, metavar="DUTY", help=f"of {', '.join(DUTIES)}")
    commands.add_parser("list", help="all users")
    for action, text in (("token", "a token for scripts, printed once"), ("revoke", "end a token")):
        command = commands.add_parser(action, help=text)
        command.add_argument("name", help="the user")
        command.add_argument("token_name", metavar="TOKEN", help="the token's name, as `export`; not its secret")
        if action == "token":
            command.add_argument("--days", type=int, default=90, help="how long it is good (default 90, at most 366)")
    parser.set_defaults(run=_user)


def _duty(text: str) -> str:
    """Not `choices`, which in Python 3.11 refuses that there is none."""
    if text not in DUTIES:
        raise argparse.ArgumentTypeError(f"a duty is one of {', '.join(DUTIES)}")
    return text


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written 2026-11-23") from None


def _serve(_options: argparse.Namespace) -> int:
    from callcenter.cli.server import serve

    return serve()


def _migrate(options: argparse.Namespace) -> int:
    from callcenter.cli.server import migrate

    return migrate(options.to, is_meant=options.yes)


def _replay(options: argparse.Namespace) -> int:
    from callcenter.cli.replay import print_replay

    return print_replay(options.files, is_cel=options.cel, pbx=options.pbx)


def _audit(options: argparse.Namespace) -> int:
    from callcenter.cli.audit import print_audit, print_chain
    from callcenter.languages import Language
    from callcenter.table_files import Shape

    shape = None if options.shape is None else Shape(options.shape)
    if options.verify_chain is not None:
        return print_chain(*options.verify_chain, shape=shape)
    return print_audit(options.date, shape=shape, language=Language(options.language))


def _callbacks(options: argparse.Namespace) -> int:
    from callcenter.cli.callbacks import print_callbacks
    from callcenter.languages import Language
    from callcenter.table_files import Shape

    shape = None if options.shape is None else Shape(options.shape)
    return print_callbacks(options.date, shape=shape, language=Language(options.language))


def _calendar(options: argparse.Namespace) -> int:
    from callcenter.cli.calendar import take_in_calendar

    return take_in_calendar(options.file)


def _doctor(options: argparse.Namespace) -> int:
    from callcenter.cli.doctor import print_examination

    return print_examination(name=options.pbx, as_json=options.json)


def _phones(options: argparse.Namespace) -> int:
    from callcenter.cli.phones import add_phones

    return add_phones(options.file, options.extensions, is_renewal=options.renew)


def _settings(_options: argparse.Namespace) -> int:
    from callcenter.cli.settings_page import print_settings

    return print_settings()


def _openapi(_options: argparse.Namespace) -> int:
    from callcenter.cli.api_document import print_openapi

    return print_openapi()


def _user(options: argparse.Namespace) -> int:
    from callcenter.cli.users import run_user_command

    return run_user_command(options)
