"""Rules about phones in pages, where the settings ask for them: pure, findings in, checks out.

They describe what `asterisk_conf/` has for these phones. What stands in files is looked at where those can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from callcenter.pbx.doctor.config_files import ConfigFile
from callcenter.pbx.doctor.findings import Check, Findings, fail, ok, warn
from callcenter.pbx.trunks import Globs

OLDEST = 22
"""The first version whose events can be filtered by what is in them."""

FILTERS = (
    ("eventfilter(action(exclude),name(VarSet),header(Variable),method(ends_with))", "HA1"),
    ("eventfilter(action(exclude),name(Newexten),header(Context),method(exact))", "write-phone"),
)
"""What keeps the digest of a login from the event login, and nothing else."""

LONGEST_REGISTRATION = 120
"""Seconds; a page that is gone counts as there for so long."""
LONGEST_SILENCE = 30
"""Seconds; the caller of a dead page hears nothing for so long."""

MODULES = ("res_srtp.so", "res_http_websocket.so", "res_pjsip_transport_websocket.so", "res_pjsip_header_funcs.so")

_LINES = (
    ("http.conf", "general", "enabled", "yes"),
    ("rtp.conf", "general", "icesupport", "yes"),
    ("sorcery.conf", "res_pjsip", "auth", "config,pjsip.conf,criteria=type=auth"),
    ("sorcery.conf", "res_pjsip", "auth", "astdb,ps_auth"),
)
_SEAT = (("webrtc", "yes"), ("direct_media", "no"), ("max_contacts", "1"))
_SHOWN = 4


def phone_checks(found: Findings) -> list[Check]:
    """None where there are to be no phones in pages."""
    if found.place is None or not found.place.wanted.browser_devices:
        return []
    return [_version(found), _secrecy(found), _identity(found), _files(found)]


def _version(found: Findings) -> Check:
    name, text = "phone version", found.settings.get("AsteriskVersion", "")
    major = re.search(r"(\d+)\.\d+", text)
    if major is None:
        return warn(name, text or "not reported", f"Make sure that the PBX is Asterisk {OLDEST} or newer.")
    if int(major[1]) < OLDEST:
        remedy = f"Update Asterisk to {OLDEST}, or unset {found.spell('phone_websocket')}: these phones stay off."
        return fail(name, f"{text} cannot keep a login from those who listen to events", remedy)
    return ok(name, text)


def _secrecy(found: Findings) -> Check:
    name, user = "phone secrecy", found.events.username
    lines = " and ".join(f"`{key} = {value}`" for key, value in FILTERS)
    remedy = f"manager.conf [{user}]: {lines} (then `manager reload`)"
    if found.is_digest_heard is None:
        return warn(name, "could not be tried without a command login that may originate", f"Make sure of {remedy}")
    if found.is_digest_heard:
        return fail(name, "the event login hears what makes a login of a phone", remedy)
    return ok(name, "nobody hears what makes a login")


def _identity(found: Findings) -> Check:
    """Anybody may open the WebSocket: what a page says in its From: must not make it the carrier."""
    name, config = "phone identity", found.configuration.get("pjsip.conf")
    trunks = Globs.parse("" if found.place is None else ",".join(found.place.wanted.trunks))
    sections = {} if config is None else config.sections
    carriers = [
        carrier
        for carrier, lines in sections.items()
        if ("type", "endpoint") in lines and trunks.match(f"PJSIP/{carrier}-00000000")
    ]
    if config is None or not carriers:
        remedy = "Make sure that each carrier's endpoint has identify_by = ip."
        return warn(name, "no carrier's endpoint is in pjsip.conf, or it cannot be looked at", remedy)
    open_ones = [carrier for carrier in carriers if _is_known_by_name(config, carrier)]
    if not open_ones:
        return ok(name, "no phone is taken for the carrier by its name")
    sections_named = " and ".join(f"[{carrier}]" for carrier in open_ones)
    text = f"a page that calls itself {' or '.join(open_ones)} is taken for the carrier"
    return fail(name, text, f"pjsip.conf {sections_named}: identify_by = ip (then `pjsip reload`)")


def _is_known_by_name(config: ConfigFile, carrier: str) -> bool:
    """Without a login of its own, which would be asked for. By default an endpoint is known by its name too."""
    ways = config.words(carrier, "identify_by") or {"username", "ip"}
    return bool(ways & {"username", "auth_username"}) and not config.find(carrier, "auth")


def _files(found: Findings) -> Check:
    name = "phone configuration"
    if not found.configuration:
        return warn(name, "could not be looked at", f"Name the PBX's folder in {found.spell('asterisk_config_dir')}.")
    wrong = [*_wrong_lines(found), *_wrong_modules(found), *_wrong_seats(found)]
    if not wrong:
        return ok(name, "as in asterisk_conf/")
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return fail(name, "; ".join(wrong[:_SHOWN]) + more, "Take it over from asterisk_conf/, and restart Asterisk.")


def _wrong_lines(found: Findings) -> Iterator[str]:
    for file, section, key, wanted in _LINES:
        config = found.configuration.get(file)
        if config is None or (key, wanted) not in config.sections.get(section, ()):
            yield f"{file} [{section}] lacks {key} = {wanted}"


def _wrong_modules(found: Findings) -> Iterator[str]:
    config = found.configuration.get("modules.conf")
    if config is None or config.find("modules", "autoload") != "no":
        return
    loaded = {value for key, value in config.sections.get("modules", ()) if key == "load"}
    yield from (f"modules.conf lacks load = {module}" for module in MODULES if module not in loaded)


def _wrong_seats(found: Findings) -> Iterator[str]:
    config = found.configuration.get("pjsip.conf")
    wanted = () if found.place is None else found.place.wanted.browser_devices
    globs = Globs.parse(",".join(wanted))
    sections = {} if config is None else config.sections
    seats = [name for name, lines in sections.items() if ("type", "endpoint") in lines and globs.match(f"PJSIP/{name}")]
    if config is None or not seats:
        yield f"pjsip.conf has no endpoint that fits CALLCENTER_BROWSER_DEVICES = {','.join(wanted)}"
        return
    for seat in seats:
        yield from (f"pjsip.conf [{seat}] {text}" for text in _wrong_at(config, seat))


def _wrong_at(config: ConfigFile, seat: str) -> Iterator[str]:
    for key, wanted in _SEAT:
        if config.find(seat, key) != wanted:
            yield f"lacks {key} = {wanted}"
    if ("type", "auth") in config.sections[seat]:
        yield "has an auth section: each page gets a login of its own"
    if config.find(seat, "context") != "from-web":
        yield "lacks context = from-web: its user could dial whom they like"
    if not config.find(seat, "from_user"):
        yield "lacks from_user: the page would get the caller's number"
    for key, most in (("maximum_expiration", LONGEST_REGISTRATION), ("rtp_timeout", LONGEST_SILENCE)):
        value = config.find(seat, key) or ""
        if not (value.isascii() and value.isdigit() and 0 < int(value) <= most):
            yield f"needs {key} of 1 to {most}"
