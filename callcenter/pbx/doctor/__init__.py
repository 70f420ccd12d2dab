"""Checks a PBX and says what to change: `examine_pbx` looks, the rules judge."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from callcenter.errors import PbxError
from callcenter.pbx import actions
from callcenter.pbx.actions import WRITE_PHONE, Action
from callcenter.pbx.cel_columns import UNIQUEID
from callcenter.pbx.cel_rows import COLUMNS, cut_rows, parse_rows
from callcenter.pbx.channel_names import PLAN_ERRAND
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.doctor.config_files import ConfigFile, is_yes, read_config
from callcenter.pbx.doctor.findings import Check, Findings, LedgerFound, LoginFound, Verdict, Wanted
from callcenter.pbx.doctor.ledger_rules import ledger_checks
from callcenter.pbx.doctor.login_rules import login_checks
from callcenter.pbx.doctor.phone_rules import phone_checks
from callcenter.pbx.doctor.place import errand_id, look_at_place, send_errand, send_invalid_login
from callcenter.pbx.doctor.place_rules import place_checks
from callcenter.pbx.event_link import AmiLink, RawMessage
from callcenter.pbx.session import AmiSession, Answer, Patience
from callcenter.pbx.wire import CHANNEL, decode, header, raw_event_name

__all__ = ["Check", "PbxLogin", "Verdict", "Wanted", "examine_pbx", "judge"]

PROBE = "CALLCENTER_DOCTOR"
"""A global variable of the PBX that nobody reads: setting it makes Asterisk send a VarSet."""

HARMLESS_LINE = "AST_CONFIG(manager.conf,general,enabled)"
"""It says yes on a PBX that answers. Whoever is told this line is told every other one of Asterisk's files too."""

_LOOKS, _BETWEEN_LOOKS = 10, 0.2
"""How often the ledger is looked at for a row that must come, and seconds between."""

_TAIL = 128 * 1024
_CONFIGURATION = (
    "manager.conf",
    "cel.conf",
    "cel_custom.conf",
    "pjsip.conf",
    "http.conf",
    "rtp.conf",
    "sorcery.conf",
    "modules.conf",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PbxLogin:
    """Name and secret of one AMI user."""

    username: str
    secret: str = field(repr=False)


@dataclass(kw_only=True, slots=True)
class _Heard:
    """What the event login heard while it listened."""

    privileges: set[str] = field(default_factory=set)
    has_timestamps: bool | None = None
    is_probe_heard: bool = False
    errand_events: set[str] = field(default_factory=set)
    is_digest_heard: bool = False


async def examine_pbx(
    *,
    host: str,
    port: int,
    events: PbxLogin,
    commands: PbxLogin | None = None,
    cel_csv: Path | None = None,
    config_dir: Path | None = None,
    listen_for: timedelta = timedelta(seconds=2),
    patience: Patience | None = None,
    wanted: Wanted | None = None,
) -> list[Check]:
    """Look at a PBX with its two AMI logins, its CEL file and, where they can be read, its own files.

    With `wanted` the settings are compared with what is there. What cannot be reached is a failed check. The one thing
    it writes is the global variable `PROBE`; with `wanted` it makes a channel that does nothing. Raises InputError for
    a login that is no valid text.
    """
    link = AmiLink(host=host, port=port, username=events.username, secret=events.secret, patience=patience)
    acting = commands and AmiCommands(
        host=host, port=port, username=commands.username, secret=commands.secret, patience=patience
    )
    uniqueid = "" if wanted is None else errand_id(wanted.pbx, datetime.now(UTC))
    try:
        events_found = await _look_at_login(link, events.username)
        commands_found = await _look_at_login(acting, commands.username) if acting and commands else None
        is_login_sent = bool(acting and wanted and wanted.browser_devices and await send_invalid_login(acting))
        is_probed = bool(acting and await _ask(acting, actions.setvar(PROBE, "1")))
        has_errand = bool(acting and wanted and await send_errand(acting, uniqueid))
        heard = await _listen(link, listen_for, is_probed=is_probed, has_errand=has_errand)
        settings = await _ask(link, actions.core_settings())
        are_files_read = is_yes((await _ask(link, actions.getvar(HARMLESS_LINE))).get("Value"))
        skew = await _measure_skew(link)
        place = None
        if wanted is not None and events_found.problem is None:
            seeing = acting if acting and commands_found and commands_found.problem is None else link
            place = await look_at_place(seeing, wanted, config_dir=config_dir, now=datetime.now(UTC))
    finally:
        await link.close()
        if acting:
            await acting.close()
    ledger = _look_at_ledger(cel_csv) if cel_csv is not None else None
    if place is not None and has_errand:
        place = replace(
            place,
            errand_events=frozenset(heard.errand_events),
            is_errand_in_ledger=None if cel_csv is None else await _is_written(cel_csv, uniqueid),
        )
    return judge(
        Findings(
            events=events_found,
            commands=commands_found,
            ledger=ledger,
            settings=settings,
            privileges=frozenset(heard.privileges),
            is_probed=is_probed,
            has_timestamps=heard.has_timestamps,
            skew=skew,
            are_files_read=are_files_read,
            is_digest_heard=heard.is_digest_heard if is_login_sent else None,
            configuration=_read_configuration(config_dir) if config_dir is not None else {},
            place=place,
            names={} if wanted is None else wanted.names,
        )
    )


def judge(found: Findings) -> list[Check]:
    """Every check, pure."""
    return [*login_checks(found), *ledger_checks(found), *place_checks(found), *phone_checks(found)]


async def _look_at_login(session: AmiSession, username: str) -> LoginFound:
    try:
        await session.open()
    except PbxError as error:
        return LoginFound(username=username, problem=str(error))
    return LoginFound(username=username, actions=await _ask(session, actions.list_commands()))


async def _ask(session: AmiSession, action: Action) -> dict[str, str]:
    """The headers of the answer; none where the PBX does not give one."""
    try:
        answer: Answer = await session.ask(action)
    except PbxError:
        return {}
    return {name: value for name, value in answer.response.items() if isinstance(value, str)}


async def _listen(link: AmiLink, limit: timedelta, *, is_probed: bool, has_errand: bool) -> _Heard:
    """Until the provoked events have come, or without any until the time is over."""
    heard = _Heard()
    try:
        async with asyncio.timeout(limit.total_seconds()):
            while link.is_up:
                for item in await link.take():
                    if isinstance(item, RawMessage):
                        _note(heard, item.raw)
                if is_probed and heard.is_probe_heard and (not has_errand or "Hangup" in heard.errand_events):
                    return heard
    except TimeoutError:
        pass
    return heard


def _note(heard: _Heard, message: bytes) -> None:
    """Take in one event."""
    privileges = header(message, b"\r\nPrivilege: ")
    if privileges is None:
        return
    names = {word.strip() for word in privileges.split(",")} - {"all"}
    heard.privileges |= names
    # FullyBooted greets a login and never has a moment
    if not message.startswith(b"Event: FullyBooted\r\n"):
        heard.has_timestamps = header(message, b"\r\nTimestamp: ") is not None
    if header(message, b"\r\nVariable: ") == PROBE:
        heard.is_probe_heard = True
    name = raw_event_name(message)
    is_variable = name == b"VarSet" and (header(message, b"\r\nVariable: ") or "").endswith("HA1")
    is_step = name == b"Newexten" and header(message, b"\r\nContext: ") == WRITE_PHONE.context
    heard.is_digest_heard |= is_variable or is_step
    if name is not None and (header(message, CHANNEL) or "").startswith(PLAN_ERRAND):
        heard.errand_events.add(decode(name))


async def _measure_skew(link: AmiLink) -> timedelta | None:
    before = datetime.now(UTC)
    timestamp = (await _ask(link, actions.ping())).get("Timestamp")
    after = datetime.now(UTC)
    try:
        return datetime.fromtimestamp(float(timestamp or ""), UTC) - (before + (after - before) / 2)
    except (ValueError, OverflowError, OSError):
        return None


def _look_at_ledger(path: Path) -> LedgerFound:
    if not path.parent.is_dir():
        return LedgerFound(path=str(path), problem=f"the folder {path.parent} is not there")
    try:
        with path.open("rb") as file:
            start = max(0, path.stat().st_size - _TAIL)
            file.seek(start)
            data = file.read(_TAIL)
    except FileNotFoundError:
        return LedgerFound(path=str(path))
    except OSError as error:
        return LedgerFound(path=str(path), problem=f"{path} cannot be read: {error.strerror}")
    if start:
        data = data.partition(b"\n")[2]
    rows = [tuple(row) for row in parse_rows(cut_rows(data)) if row]
    return LedgerFound(path=str(path), rows=tuple(rows))


async def _is_written(cel_csv: Path, uniqueid: str) -> bool:
    """Whether a channel stands in the ledger. Asterisk writes a row some moments after the event."""
    for _ in range(_LOOKS):
        rows = _look_at_ledger(cel_csv).rows
        if any(len(row) == COLUMNS and row[UNIQUEID] == uniqueid for row in rows):
            return True
        await asyncio.sleep(_BETWEEN_LOOKS)
    return False


def _read_configuration(folder: Path) -> dict[str, ConfigFile]:
    found = {}
    for name in _CONFIGURATION:
        try:
            found[name] = read_config(folder / name)
        except OSError:
            continue
    return found
