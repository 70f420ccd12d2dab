"""The doctor on phones in pages: each part of their set-up that is missing is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.pbx.doctor import judge
from callcenter.pbx.doctor.config_files import ConfigFile, read_config
from callcenter.pbx.doctor.findings import Check, Verdict
from callcenter.pbx.doctor.place import CONTEXTS, PHONE_CONTEXTS
from hotline_lab.paths import CONFIG_TEMPLATES
from tests.unit.test_doctor_place import PLACE, WANTED, WHOLE

FILES = ("manager.conf", "pjsip.conf", "http.conf", "rtp.conf", "sorcery.conf", "modules.conf")


def read_files(tmp_path: Path, name: str = "", old: str = "", new: str = "") -> Mapping[str, ConfigFile]:
    """The files that we ship, one of them with something else in it."""
    for file in FILES:
        text = (CONFIG_TEMPLATES / file).read_text(encoding="utf-8").replace("@@PAGE_SILENT_SECONDS@@", "5")
        if file == name:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / file).write_text(text, encoding="utf-8")
    return {file: read_config(tmp_path / file) for file in FILES}


def examine(
    configuration: Mapping[str, ConfigFile], *, version: str = "22.10.1", is_digest_heard: bool | None = False
) -> dict[str, Check]:
    wanted = replace(WANTED, browser_devices=("PJSIP/20[0-9][0-9]",))
    place = replace(PLACE, wanted=wanted, contexts=dict.fromkeys((*CONTEXTS, *PHONE_CONTEXTS), True))
    settings = {**WHOLE.settings, "AsteriskVersion": version}
    found = replace(WHOLE, place=place, settings=settings, configuration=configuration, is_digest_heard=is_digest_heard)
    return {check.code: check for check in judge(found) if check.code.startswith("phone-")}


def test_what_we_ship_is_sound(tmp_path: Path) -> None:
    checks = examine(read_files(tmp_path))
    assert {code: check.verdict for code, check in checks.items()} == {
        "phone-version": Verdict.OK,
        "phone-secrecy": Verdict.OK,
        "phone-identity": Verdict.OK,
        "phone-configuration": Verdict.OK,
    }


def test_where_no_page_is_to_have_a_phone_nothing_is_asked_of_the_pbx() -> None:
    assert [check.code for check in judge(WHOLE) if check.code.startswith("phone-")] == []


@pytest.mark.parametrize("version", ["16.28.0", "20.9.2", "21.4.2"])
def test_an_older_pbx_cannot_keep_a_login_secret(tmp_path: Path, version: str) -> None:
    check = examine(read_files(tmp_path), version=version)["phone-version"]
    assert (check.verdict, check.found) == (
        Verdict.FAIL,
        f"{version} cannot keep a login from those who listen to events",
    )


def test_a_digest_that_is_told_fails_and_one_that_nobody_could_try_is_warned_of(tmp_path: Path) -> None:
    told = examine(read_files(tmp_path), is_digest_heard=True)["phone-secrecy"]
    assert told.verdict is Verdict.FAIL
    assert told.remedy == (
        "manager.conf [callcenter]:"
        " `eventfilter(action(exclude),name(VarSet),header(Variable),method(ends_with)) = HA1` and"
        " `eventfilter(action(exclude),name(Newexten),header(Context),method(exact)) = write-phone`"
        " (then `manager reload`)"
    )
    assert examine(read_files(tmp_path), is_digest_heard=None)["phone-secrecy"].verdict is Verdict.WARN


@pytest.mark.parametrize("line", ["", "identify_by = username,ip", "identify_by = auth_username"])
def test_a_carrier_that_is_known_by_its_name_fails_since_a_page_may_give_itself_that_name(
    tmp_path: Path, line: str
) -> None:
    check = examine(read_files(tmp_path, "pjsip.conf", "identify_by = ip", line))["phone-identity"]
    assert (check.verdict, check.found, check.remedy) == (
        Verdict.FAIL,
        "a page that calls itself trunk-main is taken for the carrier",
        "pjsip.conf [trunk-main]: identify_by = ip (then `pjsip reload`)",
    )


def test_a_carrier_that_logs_in_may_be_known_by_its_name(tmp_path: Path) -> None:
    files = read_files(tmp_path, "pjsip.conf", "identify_by = ip", "auth = trunk-main")
    assert examine(files)["phone-identity"].verdict is Verdict.OK


def test_where_the_carrier_stands_elsewhere_the_doctor_says_what_to_look_at(tmp_path: Path) -> None:
    assert examine({})["phone-identity"].verdict is Verdict.WARN
    files = read_files(tmp_path, "pjsip.conf", "trunk-main", "carrier")
    assert examine(files)["phone-identity"].verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("name", "old", "new", "found"),
    [
        ("http.conf", "enabled = yes", "enabled = no", "http.conf [general] lacks enabled = yes"),
        ("rtp.conf", "icesupport = yes", "", "rtp.conf [general] lacks icesupport = yes"),
        ("sorcery.conf", "auth = astdb,ps_auth", "", "sorcery.conf [res_pjsip] lacks auth = astdb,ps_auth"),
        ("modules.conf", "load = res_srtp.so", "", "modules.conf lacks load = res_srtp.so"),
        (
            "pjsip.conf",
            "[20",
            "[30",
            "pjsip.conf has no endpoint that fits CALLCENTER_BROWSER_DEVICES = PJSIP/20[0-9][0-9]",
        ),
        (
            "pjsip.conf",
            "[2007](web-aor)",
            "[2007](web-aor)\n[2007](agent-auth)",
            "pjsip.conf [2007] has an auth section: each page gets a login of its own",
        ),
        (
            "pjsip.conf",
            "[2007](web-aor)",
            "[2007](web-aor)\n[2007](+)\ncontext = from-internal",
            "pjsip.conf [2007] lacks context = from-web: its user could dial whom they like",
        ),
        (
            "pjsip.conf",
            "[2007](web-aor)",
            "[2007](web-aor)\nmaximum_expiration = 3600",
            "pjsip.conf [2007] needs maximum_expiration of 1 to 120",
        ),
    ],
)
def test_each_thing_that_is_not_as_we_ship_it_is_named(
    tmp_path: Path, name: str, old: str, new: str, found: str
) -> None:
    check = examine(read_files(tmp_path, name, old, new))["phone-configuration"]
    assert (check.verdict, check.found) == (Verdict.FAIL, found)


def test_files_that_cannot_be_read_are_said_to_be() -> None:
    assert examine({})["phone-configuration"].verdict is Verdict.WARN


def test_our_own_lines_hide_no_event_that_is_needed_and_any_other_line_is_named(tmp_path: Path) -> None:
    sound = replace(WHOLE, configuration=read_files(tmp_path))
    assert [check.verdict for check in judge(sound) if check.code == "event-filter"] == [Verdict.OK]
    files = read_files(tmp_path, "manager.conf", "= write-phone", "= write-phone\neventfilter = !Event: Hangup")
    (check,) = (check for check in judge(replace(WHOLE, configuration=files)) if check.code == "event-filter")
    assert (check.verdict, check.found) == (Verdict.FAIL, "[callcenter] has 1 lines eventfilter, which hide events")
