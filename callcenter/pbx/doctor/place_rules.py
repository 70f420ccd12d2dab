"""Rules about the settings and the place they name: pure, findings in, checks out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from callcenter.pbx.cel_columns import CALLERID_NUM, CHANNAME, CONTEXT, EVENTTIME, EVENTTYPE, LINKEDID, UNIQUEID
from callcenter.pbx.cel_rows import COLUMNS
from callcenter.pbx.channel_names import interface_of, is_local, is_technical
from callcenter.pbx.doctor.findings import ChannelFound, Check, Findings, LedgerFound, PlaceFound, fail, ok, warn
from callcenter.pbx.doctor.phone_rules import FILTERS
from callcenter.pbx.ledger_clock import parse_eventtime
from callcenter.pbx.trunks import Globs, Trunks
from callcenter.pbx.uniqueid import systemname_in

QUIET, STALE = timedelta(days=1), timedelta(days=10)
"""Without a row for so long a ledger may not be written any more, and for so long it surely is not."""

OUTSIDE_DIGITS = 7
"""A caller's number with so many is nobody's of the house."""

ERRAND_EVENTS = frozenset(("Newchannel", "Hangup"))
"""Of a channel that comes and goes, and without which no call is seen live."""

_SHOWN = 3


def place_checks(found: Findings) -> list[Check]:
    """In the order in which one would repair things; none where the settings are not to be looked at."""
    place = found.place
    if place is None:
        return []
    checks = [_name(found, place), _event_filter(found, place)]
    if found.ledger is not None and any(len(row) == COLUMNS for row in found.ledger.rows):
        checks += [_ledger_name(found, found.ledger), _freshness(place, found.ledger)]
    checks += [_trunks(found, place), _agent_devices(found, place)]
    if found.commands is not None and found.commands.problem is None:
        checks += [_contexts(place), _outbound_trunk(found, place)]
    return [*checks, _folders(place), *_announcements(place), *_rights(found, place)]


def _name(found: Findings, place: PlaceFound) -> Check:
    name, wanted, actual = "PBX name", place.wanted, _reported_name(found)
    if not actual or actual == wanted.pbx:
        return ok(name, wanted.pbx)
    text = f"the settings call it {wanted.pbx}, the PBX calls itself {actual}"
    remedy = f"Set {found.spell('name')} to {actual}."
    return (fail if wanted.is_pbx_named else warn)(name, text, remedy)


def _reported_name(found: Findings) -> str:
    return found.settings.get("SystemName") or next(iter(_names_in(found.ledger)), "")


def _names_in(ledger: LedgerFound | None) -> list[str]:
    """Systemnames in the ledger's ids, the latest first. Ids of the backend carry the name of its settings."""
    rows = reversed(ledger.rows) if ledger is not None else ()
    ids = (row[UNIQUEID] for row in rows if len(row) == COLUMNS and ".d" not in row[UNIQUEID])
    return [name for uniqueid in ids if (name := systemname_in(uniqueid))]


def _event_filter(found: Findings, place: PlaceFound) -> Check:
    name, user = "event filter", found.events.username
    remedy = f"manager.conf [{user}]: delete every line eventfilter that is not ours (then `manager reload`)"
    config = found.configuration.get("manager.conf")
    lines = config.sections.get(user, ()) if config else ()
    foreign = [line for line in lines if line[0].lower().startswith("eventfilter") and line not in FILTERS]
    if foreign:
        return fail(name, f"[{user}] has {len(foreign)} lines eventfilter, which hide events", remedy)
    hidden = sorted(ERRAND_EVENTS - (place.errand_events if place.errand_events is not None else ERRAND_EVENTS))
    if hidden:
        text = f"a channel came and went without the events {', '.join(hidden)}"
        return fail(name, text, f"{remedy}; read must have call")
    if config is None and place.errand_events is None:
        return warn(name, "could not be looked at", f"Look that manager.conf [{user}] has no line eventfilter.")
    return ok(name, "none hides events")


def _ledger_name(found: Findings, ledger: LedgerFound) -> Check:
    name, actual, names = "ledger PBX", found.settings.get("SystemName"), _names_in(ledger)
    if not actual or not names or names[0] == actual:
        return ok(name, names[0] if names else "its ids carry no name")
    remedy = f"Name the CEL file of {actual} in {found.spell('cel_csv')}."
    return fail(name, f"{ledger.path} is the ledger of {names[0]}, the PBX is {actual}", remedy)


def _freshness(place: PlaceFound, ledger: LedgerFound) -> Check:
    name = "ledger freshness"
    remedy = "Load cel_custom.so (`module show like cel`), and look whether the disk is full and the path is right."
    if place.is_errand_in_ledger is False:
        return fail(name, f"a channel came and went and {ledger.path} has no row of it", remedy)
    moments = [at for row in ledger.rows if len(row) == COLUMNS and (at := parse_eventtime(row[EVENTTIME])) is not None]
    age = place.now - max(moments) if moments else timedelta()
    if place.is_errand_in_ledger is None and age > QUIET:
        return (fail if age > STALE else warn)(name, f"its last row is {age.days} days old", remedy)
    return ok(name, "rows are written")


def _seen(found: Findings, place: PlaceFound) -> list[ChannelFound]:
    """Channels that are up, and those whose birth stands at the end of the ledger."""
    rows = found.ledger.rows if found.ledger is not None else ()
    recent = [
        ChannelFound(
            name=row[CHANNAME],
            context=row[CONTEXT],
            caller_number=row[CALLERID_NUM],
            is_opener=row[UNIQUEID] == row[LINKEDID],
        )
        for row in rows
        if len(row) == COLUMNS and row[EVENTTYPE] == "CHAN_START"
    ]
    both = (*(place.channels or ()), *recent)
    return [channel for channel in both if not is_local(channel.name) and not is_technical(channel.name)]


def _known_devices(found: Findings, place: PlaceFound) -> set[str]:
    """Those that the PBX reports, and the endpoints of its configuration where that can be read."""
    config = found.configuration.get("pjsip.conf")
    sections = config.sections if config is not None else {}
    endpoints = {f"PJSIP/{name}" for name, lines in sections.items() if ("type", "endpoint") in lines}
    return endpoints | (place.devices or frozenset())


def _trunks(found: Findings, place: PlaceFound) -> Check:
    name, wanted, setting = "trunks", place.wanted, found.spell("trunks")
    trunks, seats = Trunks.parse(",".join(wanted.trunks)), Globs.parse(",".join(wanted.agent_devices))
    seen = _seen(found, place)
    matching = [channel for channel in seen if trunks.match(channel.name, channel.context)]
    strangers = [
        channel
        for channel in seen
        if channel.is_opener
        and len(re.sub(r"\D", "", channel.caller_number)) >= OUTSIDE_DIGITS
        and not trunks.match(channel.name, channel.context)
        and not seats.match(channel.name)
    ]
    if strangers:
        lines = _first(interface_of(channel.name) for channel in strangers)
        line = interface_of(strangers[0].name)
        remedy = f"Add {line}-* to {setting}, or {line} to CALLCENTER_AGENT_DEVICES if somebody sits there."
        return fail(name, f"callers from outside came in on {lines}, which no glob matches", remedy)
    if matching:
        return ok(name, f"{len(matching)} of {len(seen)} channels are on trunks")
    remedy = f"Make one call from outside and run the doctor again; compare {setting} with `core show channels`."
    known = [device for device in _known_devices(found, place) if trunks.match(f"{device}-0000", None)]
    if seen:
        return warn(name, f"no glob matches any of {len(seen)} channels seen", remedy)
    return ok(name, _first(known)) if known else warn(name, "no channel was seen that a glob matches", remedy)


def _agent_devices(found: Findings, place: PlaceFound) -> Check:
    name, wanted = "agent devices", place.wanted
    seats = Globs.parse(",".join(wanted.agent_devices))
    known = _known_devices(found, place) | {interface_of(channel.name) for channel in _seen(found, place)}
    fitting = [interface for interface in known if seats.match(interface)]
    if fitting:
        return ok(name, f"{len(fitting)} of the PBX's devices fit")
    remedy = "Name the agents' devices in CALLCENTER_AGENT_DEVICES, as PJSIP/[0-9]*."
    if not known:
        return warn(name, "the PBX listed no device", remedy)
    return warn(name, f"none of {len(known)} devices fits, {_first(known)} among them", remedy)


def _contexts(place: PlaceFound) -> Check:
    name = "dialplan"
    missing = [context for context, is_there in place.contexts.items() if not is_there]
    if missing:
        remedy = "Include our extensions.conf (asterisk_conf/) in the PBX's, and `dialplan reload`."
        return fail(name, f"not there: {', '.join(missing)}", remedy)
    return ok(name, f"{len(place.contexts)} contexts are there")


def _outbound_trunk(found: Findings, place: PlaceFound) -> Check:
    name, device = "outbound trunk", f"PJSIP/{place.wanted.outbound_trunk}"
    state = place.trunk_state
    if state == "INVALID":
        remedy = f"Name an endpoint of pjsip.conf in {found.spell('outbound_trunk')}."
        return fail(name, f"the PBX knows no {device}", remedy)
    if not state and device in _known_devices(found, place):
        return ok(name, f"{device} is known")
    if not state:
        return warn(name, f"the PBX did not report the state of {device}", "Load func_devstate.so, or look by hand.")
    if state == "UNAVAILABLE":
        return warn(name, f"{device} cannot be reached", f"`pjsip show endpoint {place.wanted.outbound_trunk}`")
    return ok(name, f"{device} is {state.lower()}")


def _folders(place: PlaceFound) -> Check:
    name = "folders"
    if not place.folder_problems:
        return ok(name, ", ".join(place.wanted.folders) or "none is set")
    text = "; ".join(f"{setting}: {problem}" for setting, problem in place.folder_problems.items())
    return fail(name, text, "Create or mount each, and let the user of the backend read and write in it.")


def _announcements(place: PlaceFound) -> list[Check]:
    name, missing = "announcements", place.missing_announcements
    if missing is None:
        return []
    if missing:
        remedy = "Put the sound files there (scripts/announcements): without `recorded` nothing is recorded."
        return [fail(name, f"not there: {', '.join(missing)}", remedy)]
    return [ok(name, "the notice that calls are recorded is there")]


def _rights(found: Findings, place: PlaceFound) -> list[Check]:
    """What the doctor itself was not allowed to look at."""
    unseen = [text for text, seen in (("channels", place.channels), ("devices", place.devices)) if seen is None]
    if found.commands is not None and found.commands.problem is None and not place.contexts:
        unseen.append("dialplan")
    if not unseen:
        return []
    login = found.commands or found.events
    remedy = f"manager.conf [{login.username}]: write with reporting"
    return [warn("rights of the doctor", f"could not look at: {', '.join(unseen)}", remedy)]


def _first(names: Iterable[str]) -> str:
    found = sorted(set(names))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
