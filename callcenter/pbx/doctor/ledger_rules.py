"""Rules about the ledger: pure, findings in, checks out. Sources: main/cel.c, cel_custom.c."""

from __future__ import annotations

import re

from callcenter.pbx.cel_columns import EVENTTIME, EVENTTYPE
from callcenter.pbx.cel_rows import COLUMNS, is_in_order
from callcenter.pbx.doctor.config_files import ConfigFile
from callcenter.pbx.doctor.findings import Check, Findings, LedgerFound, fail, ok, warn
from callcenter.pbx.ledger_clock import parse_eventtime, shift_of

LEDGER_APPS = ("dial", "queue", "voicemail")
FURTHER_APPS = ("confbridge", "park", "parkedcall", "pickup", "playback")
"""Without them the ledger says less of how a call went on."""

LEDGER_EVENTS = (
    *("chan_start", "chan_end", "answer", "hangup", "bridge_enter", "bridge_exit", "app_start", "app_end"),
    *("linkedid_end", "blindtransfer", "attendedtransfer", "pickup", "local_optimize", "user_defined"),
)
OLD_EVENTS = (
    *("BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE", "3WAY_START", "3WAY_END"),
    *("CONF_ENTER", "CONF_EXIT", "CONF_START", "CONF_END"),
)
"""Of main/cel.c in Asterisk 11; later ones write none of them."""

_ALL_APPS = f"cel.conf [general]: apps = {','.join((*LEDGER_APPS, *FURTHER_APPS))}"
_EXPRESSIONS = (
    *("eventtype", "eventtime", "CALLERID(name)", "CALLERID(num)", "CALLERID(ANI)", "CALLERID(RDNIS)"),
    *("CALLERID(DNID)", "CHANNEL(exten)", "CHANNEL(context)", "CHANNEL(channame)", "CHANNEL(appname)"),
    *("CHANNEL(appdata)", "CHANNEL(amaflags)", "CHANNEL(accountcode)", "CHANNEL(uniqueid)", "CHANNEL(linkedid)"),
    *("BRIDGEPEER", "CHANNEL(userfield)", "userdeftype", "eventextra"),
)
LEDGER_MAPPING = ",".join(f"${{CSV_QUOTE(${{{expression}}})}}" for expression in _EXPRESSIONS)
"""The value of the mapping in cel_custom.conf."""


def ledger_checks(found: Findings) -> list[Check]:
    """Whether the second witness is there and can be read."""
    if found.ledger is None:
        remedy = f"Name the CEL file on the PBX's disk in {found.spell('cel_csv')}: without it no call is confirmed."
        return [warn("ledger", "no CEL file is set", remedy)]
    return [
        *_ledger_settings(found, found.ledger),
        _ledger_rows(found.ledger),
        *_local_time(found, found.ledger),
        *_old_events(found.ledger),
    ]


def _ledger_settings(found: Findings, ledger: LedgerFound) -> list[Check]:
    checks = []
    cel, custom = found.configuration.get("cel.conf"), found.configuration.get("cel_custom.conf")
    if cel is not None:
        checks.append(_ledger_events(cel))
    if custom is not None:
        file = ledger.path.rpartition("/")[2]
        mapping = custom.find("mappings", file)
        if mapping is not None and _plain(mapping) == _plain(LEDGER_MAPPING):
            checks.append(ok("ledger mapping", f"{file} has the {COLUMNS} columns"))
        else:
            text = f"there is none for {file}" if mapping is None else f"{file} has other columns"
            remedy = f"cel_custom.conf [mappings]: {file} => {LEDGER_MAPPING}"
            checks.append(fail("ledger mapping", text, remedy))
    return checks


def _ledger_events(cel: ConfigFile) -> Check:
    name = "ledger events"
    events, apps = cel.words("general", "events") or set(), cel.words("general", "apps") or set()
    if not cel.is_on("general", "enable"):
        return fail(name, "CEL is off", "cel.conf [general]: enable = yes")
    if "all" not in events and not events.issuperset(LEDGER_EVENTS):
        missing = ", ".join(word for word in LEDGER_EVENTS if word not in events)
        return fail(name, f"not written: {missing}", "cel.conf [general]: events = ALL")
    if not apps.issuperset(LEDGER_APPS):
        missing = ", ".join(word for word in LEDGER_APPS if word not in apps)
        remedy = _ALL_APPS
        return fail(name, f"applications not written: {missing}", remedy)
    further = ", ".join(word for word in FURTHER_APPS if word not in apps)
    if further:
        return warn(name, f"applications not written: {further}", _ALL_APPS)
    return ok(name, "CEL is on and writes what is needed")


def _ledger_rows(ledger: LedgerFound) -> Check:
    name = "ledger"
    if ledger.problem is not None:
        remedy = "Load cel_custom.so, create the folder for Asterisk's user, and let the backend's user read it."
        return fail(name, ledger.problem, remedy)
    if not ledger.rows:
        remedy = "Make one call and run the doctor again; without a row then, load cel_custom.so and reload CEL."
        return warn(name, f"{ledger.path} has no row yet", remedy)
    whole = [row for row in ledger.rows if len(row) == COLUMNS]
    if not whole:
        remedy = f"cel_custom.conf [mappings]: {ledger.path.rpartition('/')[2]} => {LEDGER_MAPPING}"
        text = f"its last rows have {len(ledger.rows[-1])} columns instead of {COLUMNS}"
        return fail(name, text, remedy)
    if not all(map(is_in_order, whole)):
        remedy = f"cel_custom.conf [mappings]: {ledger.path.rpartition('/')[2]} => {LEDGER_MAPPING}"
        return fail(name, "its values stand in other columns than Asterisk's own sample has", remedy)
    last = parse_eventtime(whole[-1][EVENTTIME])
    if last is None:
        remedy = "cel.conf [general]: remove dateformat, or set dateformat = %F %T.%6q with a PBX in UTC"
        text = f"its moments cannot be read: {whole[-1][EVENTTIME][:40]!r}"
        return fail(name, text, remedy)
    return ok(name, f"{ledger.path}, last row of {last:%Y-%m-%d %H:%M:%S} UTC")


def _local_time(found: Findings, ledger: LedgerFound) -> list[Check]:
    """A finding only where rows are in local time: the seconds in the ids of new channels show it."""
    shifts = {shift for row in ledger.rows if len(row) == COLUMNS and (shift := shift_of(row))}
    if not shifts:
        return []
    cel = found.configuration.get("cel.conf")
    line = "dateformat" if cel is None else f"dateformat = {cel.find('general', 'dateformat') or ''}".rstrip(" =")
    hours = ", ".join(f"{shift.total_seconds() / 3600:+g} h" for shift in sorted(shifts))
    remedy = f"cel.conf [general]: delete the line {line} (then `core reload`), so that moments are epochs."
    return [fail("ledger moments", f"its rows are in local time, {hours} from UTC", remedy)]


def _old_events(ledger: LedgerFound) -> list[Check]:
    """A finding only where rows have events of Asterisk 11 and older, which had no bridges but pairs."""
    old = sorted({row[EVENTTYPE] for row in ledger.rows if len(row) == COLUMNS} & set(OLD_EVENTS))
    if not old:
        return []
    text = f"written by Asterisk 11 or older: {', '.join(old)}; who talked to whom in a conference or transfer is lost"
    return [fail("ledger version", text, "Update the PBX to Asterisk 18 or later: what it writes then is whole.")]


def _plain(mapping: str) -> str:
    return re.sub(r"\s", "", mapping).lower()
