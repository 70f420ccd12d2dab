"""Rules about the AMI logins, the events and the PBX itself: pure, findings in, checks out.

Sources: main/manager.c for rights and time-outs, the security advisory for the version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from callcenter.pbx.cel_columns import UNIQUEID
from callcenter.pbx.cel_rows import COLUMNS
from callcenter.pbx.doctor.findings import Check, Findings, LoginFound, fail, ok, warn
from callcenter.pbx.uniqueid import systemname_in

READ_CLASSES = ("system", "call", "agent", "user", "dialplan")
"""FullyBooted; channels and bridges; queues; UserEvent; VarSet, which says why a queue was left."""

COMMAND_CLASSES = ("originate", "call", "agent", "reporting")
DANGEROUS_CLASSES = ("system", "command", "config")
SHORTEST_WRITETIMEOUT = 5000
LARGEST_SKEW = timedelta(seconds=2)

REPAIRED_IN = {18: (18, 24, 2), 20: (20, 9, 2), 21: (21, 4, 2)}
"""First releases without CVE-2024-42365; from 22 on there is none with it, other branches got no repair."""

_PRIVILEGES = re.compile(r"\(Priv: ([^)]*)\)\s*$")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def login_checks(found: Findings) -> list[Check]:
    """In the order in which one would repair things."""
    checks = [_login("AMI event login", found.events)]
    if found.events.problem is None:
        checks += [
            _event_classes(found),
            _state_queries(found.events),
            _dangerous_classes("rights of the event login", found.events, "reporting"),
            _secrets(found),
            _moments(found),
        ]
    checks += [_writetimeout(found), *_commands(found)]
    if found.events.problem is None:
        checks += [_systemname(found), _clock(found), _version(found)]
    return checks


def _login(name: str, login: LoginFound) -> Check:
    if login.problem is None:
        return ok(name, f"{login.username} is logged in")
    remedy = f"Check address, firewall, and manager.conf: enabled = yes, bindaddr, [{login.username}] with this secret."
    return fail(name, login.problem, remedy)


def _event_classes(found: Findings) -> Check:
    name, user = "event classes", found.events.username
    remedy = f"manager.conf [{user}]: read = {','.join(READ_CLASSES)} (then `manager reload`)"
    unseen = [word for word in READ_CLASSES if word not in found.privileges]
    provoked = {"system", "dialplan"} if found.is_probed else {"system"}
    missing = [word for word in unseen if word in provoked]
    configured = found.configuration.get("manager.conf")
    classes = configured.words(user, "read") if configured is not None else None
    if classes is not None and "all" not in classes:
        missing = [word for word in READ_CLASSES if word in missing or word not in classes]
    if missing:
        return fail(name, f"not readable: {', '.join(missing)}", remedy)
    if classes is not None or not unseen:
        return ok(name, ", ".join(READ_CLASSES))
    return warn(name, f"none came while we listened of: {', '.join(unseen)}", f"Make sure of {remedy}")


def _state_queries(login: LoginFound) -> Check:
    name = "state after a reconnect"
    if "CoreShowChannels" in login.actions:
        return ok(name, "the event login may list channels")
    remedy = f"manager.conf [{login.username}]: write = reporting"
    return fail(name, "the event login may not list channels", remedy)


def _dangerous_classes(name: str, login: LoginFound, needed: str) -> Check:
    held = [word for word in DANGEROUS_CLASSES if word in write_classes(login.actions)]
    if not held:
        return ok(name, "no write class system, command or config")
    remedy = f"manager.conf [{login.username}]: write = {needed}"
    return fail(name, f"may do harm: write class {', '.join(held)}", remedy)


def _secrets(found: Findings) -> Check:
    name = "secrets"
    if found.are_files_read:
        text = "the event login can read the secret of the command login (AST_CONFIG)"
        return fail(name, text, "modules.conf: noload = func_config.so (restart Asterisk)")
    return ok(name, "the event login reads none of Asterisk's files")


def write_classes(actions: Mapping[str, str]) -> set[str]:
    """Write classes a login surely has: those that alone allow an action it is offered."""
    found = set()
    for text in actions.values():
        match = _PRIVILEGES.search(text)
        classes = {word.strip() for word in match[1].split(",")} - {"all"} if match else set()
        if len(classes) == 1:
            found |= classes
    return found - {"<none>"}


def _moments(found: Findings) -> Check:
    name, remedy = "moments of events", "manager.conf [general]: timestampevents = yes"
    configured = found.configuration.get("manager.conf")
    is_on = found.has_timestamps
    if is_on is None and configured is not None:
        is_on = configured.is_on("general", "timestampevents")
    if is_on:
        return ok(name, "events have their moment")
    if is_on is None:
        return warn(name, "no event came while we listened", remedy)
    return fail(name, "events come without Timestamp", remedy)


def _writetimeout(found: Findings) -> Check:
    name, configured = "writetimeout", found.configuration.get("manager.conf")
    users = [login.username for login in (found.events, found.commands) if login is not None]
    if configured is None:
        text = "AMI does not report it, and manager.conf cannot be read from here"
        remedy = f"Look that manager.conf has writetimeout = {SHORTEST_WRITETIMEOUT} in {_sections(users)}."
        return warn(name, text, remedy)
    short = [user for user in users if _number(configured.find(user, "writetimeout"), 100) < SHORTEST_WRITETIMEOUT]
    if not short:
        return ok(name, f"at least {SHORTEST_WRITETIMEOUT} ms")
    text = "; ".join(f"[{user}] {_number(configured.find(user, 'writetimeout'), 100)} ms" for user in short)
    remedy = f"manager.conf {_sections(short)}: writetimeout = {SHORTEST_WRITETIMEOUT}"
    return fail(name, text, remedy)


def _commands(found: Findings) -> list[Check]:
    name, login = "AMI command login", found.commands
    if login is None:
        remedy = "Set one to let agents call and mediate; recording does not need it."
        return [warn(name, "none is set", remedy)]
    checks = [_login(name, login)]
    if login.problem is None:
        needed = ",".join(COMMAND_CLASSES)
        checks.append(_dangerous_classes("rights of the command login", login, needed))
        held = write_classes(login.actions)
        missing = [word for word in COMMAND_CLASSES if word not in held]
        if missing:
            remedy = f"manager.conf [{login.username}]: write = {needed}"
            text = f"may not do: {', '.join(missing)}"
            checks.append(warn("commands", text, remedy))
        else:
            checks.append(ok("commands", ", ".join(COMMAND_CLASSES)))
    return checks


def _systemname(found: Findings) -> Check:
    name = "systemname"
    rows = found.ledger.rows if found.ledger else ()
    named = (systemname_in(row[UNIQUEID]) for row in rows if len(row) == COLUMNS)
    in_rows = next(filter(None, named), None)
    actual = found.settings.get("SystemName") or in_rows
    if actual:
        return ok(name, actual)
    remedy = "asterisk.conf [options]: systemname = pbx1 (restart Asterisk)"
    return fail(name, "not set: ids may repeat", remedy)


def _clock(found: Findings) -> Check:
    name = "clock"
    if found.skew is None:
        remedy = "Compare the clocks by hand."
        return warn(name, "the PBX did not report its time", remedy)
    seconds = found.skew.total_seconds()
    if abs(found.skew) <= LARGEST_SKEW:
        return ok(name, f"{seconds:+.1f} s from ours")
    remedy = "Run a time service (chrony) on both machines."
    return fail(name, f"{seconds:+.1f} s from ours", remedy)


def _version(found: Findings) -> Check:
    name, text = "version", found.settings.get("AsteriskVersion", "")
    match = _VERSION.search(text)
    if match is None or text.startswith(("certified", "GIT")):
        remedy = "Make sure that the repair of CVE-2024-42365 is in it."
        return warn(name, text or "not reported", remedy)
    version = (int(match[1]), int(match[2]), int(match[3]))
    repaired = REPAIRED_IN.get(version[0])
    if version[0] >= 22 or (repaired is not None and version >= repaired):
        return ok(name, text)
    target = ".".join(map(str, repaired or REPAIRED_IN[20]))
    remedy = f"Update to {target} or newer: whoever may originate can run commands (CVE-2024-42365)."
    return warn(name, text, remedy)


def _sections(users: list[str]) -> str:
    return " and ".join(f"[{user}]" for user in users)


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else default
