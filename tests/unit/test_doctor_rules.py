"""The doctor's rules: a sound PBX passes, and each thing that is wrong is named with its remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.pbx.doctor import judge
from callcenter.pbx.doctor.config_files import ConfigFile, read_config
from callcenter.pbx.doctor.findings import Check, Findings, LedgerFound, LoginFound, Verdict
from callcenter.pbx.doctor.ledger_rules import LEDGER_MAPPING
from callcenter.pbx_settings import Pbx
from callcenter.settings import Settings

CONF = Path(__file__).parents[2] / "asterisk_conf"

ROW = ("CHAN_START", "1795461666.997000", *[""] * 12, "pbx1-1795461666.0", *[""] * 5)
LISTS = {"CoreShowChannels": "List currently active channels.  (Priv: system,reporting,all)"}
REPORTS = {"ConfbridgeListRooms": "List active conferences.  (Priv: reporting,all)", "Ping": "(Priv: <none>)"}
ACTS = {
    "Originate": "Originate a call.  (Priv: originate,all)",
    "Redirect": "Redirect (transfer) a call.  (Priv: call,all)",
    "QueueAdd": "Add interface to queue.  (Priv: agent,all)",
}
HARM = {
    "command": "Execute Asterisk CLI Command.  (Priv: command,all)",
    "config": "Update basic configuration.  (Priv: config,all)",
    "system": "Module management.  (Priv: system,all)",
}

SOUND = Findings(
    events=LoginFound(username="callcenter", actions=LISTS | REPORTS),
    commands=LoginFound(username="callcenter-commands", actions=LISTS | REPORTS | ACTS),
    ledger=LedgerFound(path="/var/log/asterisk/cel-custom/Master.csv", rows=(ROW,)),
    settings={"AsteriskVersion": "22.10.1", "SystemName": "pbx1"},
    privileges=frozenset(("system", "dialplan")),
    is_probed=True,
    has_timestamps=True,
    skew=timedelta(seconds=0.2),
    configuration={name: read_config(CONF / name) for name in ("manager.conf", "cel.conf", "cel_custom.conf")},
    names={field: Settings().spell(field, Pbx()) for field in Pbx.model_fields},
)


def wrong(found: Findings) -> list[Check]:
    return [check for check in judge(found) if check.verdict is not Verdict.OK]


def edited(name: str, old: str, new: str, folder: Path) -> dict[str, ConfigFile]:
    """The deployed configuration with one line changed."""
    text = (CONF / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return {**SOUND.configuration, name: read_config(folder / name)}


def test_a_sound_pbx_passes_every_check() -> None:
    checks = judge(SOUND)
    assert [(check.name, check.verdict) for check in checks if check.verdict is not Verdict.OK] == []
    assert [check.name for check in checks] == [
        "AMI event login",
        "event classes",
        "state after a reconnect",
        "rights of the event login",
        "secrets",
        "moments of events",
        "writetimeout",
        "AMI command login",
        "rights of the command login",
        "commands",
        "systemname",
        "clock",
        "version",
        "ledger events",
        "ledger mapping",
        "ledger",
    ]


@pytest.mark.parametrize(
    ("change", "name", "verdict", "found", "remedy"),
    [
        ({"skew": timedelta(seconds=-2.5)}, "clock", "fail", "-2.5 s from ours", "time service"),
        ({"skew": None}, "clock", "warn", "did not report", "by hand"),
        ({"has_timestamps": False}, "moments of events", "fail", "without Timestamp", "timestampevents = yes"),
        ({"privileges": frozenset(("dialplan",))}, "event classes", "fail", "not readable: system", "manager reload"),
        ({"privileges": frozenset(("system",))}, "event classes", "fail", "not readable: dialplan", "read = system"),
        ({"commands": None}, "AMI command login", "warn", "none is set", "recording does not need it"),
        ({"ledger": None}, "ledger", "warn", "no CEL file is set", "CALLCENTER_CEL_CSV"),
    ],
)
def test_each_finding_that_is_wrong_is_the_only_complaint(
    change: dict[str, Any], name: str, verdict: str, found: str, remedy: str
) -> None:
    checks = wrong(replace(SOUND, **change))
    assert [(check.name, check.verdict) for check in checks] == [(name, verdict)]
    assert found in checks[0].found
    assert remedy in str(checks[0].remedy)


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "found", "remedy"),
    [
        ("manager.conf", "read = system,call,", "read = system,", "event classes", "call", "read = system,call,agent"),
        ("manager.conf", "user,agent,", "user,", "event classes", "agent", "[callcenter]: read"),
        ("manager.conf", "writetimeout = 5000", "writetimeout = 100", "writetimeout", "100 ms", "writetimeout = 5000"),
        (
            "manager.conf",
            "writetimeout = 5000",
            "",
            "writetimeout",
            "[callcenter] 100 ms",
            "[callcenter]: writetimeout",
        ),
        ("cel.conf", "enable = yes", "enable = no", "ledger events", "CEL is off", "enable = yes"),
        ("cel.conf", "events = ALL", "events = HANGUP", "ledger events", "chan_start", "events = ALL"),
        ("cel.conf", "apps = dial,queue", "apps = dial", "ledger events", "queue", "apps = dial,queue"),
        ("cel_custom.conf", "${eventtype}", "${eventenum}", "ledger mapping", "other columns", LEDGER_MAPPING),
        (
            "cel_custom.conf",
            "Master.csv",
            "Other.csv",
            "ledger mapping",
            "there is none for Master.csv",
            "Master.csv =>",
        ),
    ],
)
def test_each_line_of_configuration_that_is_wrong_is_named(
    tmp_path: Path, file: str, old: str, new: str, name: str, found: str, remedy: str
) -> None:
    checks = wrong(replace(SOUND, configuration=edited(file, old, new, tmp_path)))
    assert [(check.name, check.verdict) for check in checks] == [(name, Verdict.FAIL)]
    assert found in checks[0].found
    assert remedy in str(checks[0].remedy)


@pytest.mark.parametrize("word", ["system", "command", "config"])
def test_a_login_that_could_do_harm_fails(word: str) -> None:
    harm = {"Harm": HARM[word]}
    for side, name in (("events", "rights of the event login"), ("commands", "rights of the command login")):
        login: LoginFound = getattr(SOUND, side)
        change: dict[str, Any] = {side: replace(login, actions={**login.actions, **harm})}
        checks = wrong(replace(SOUND, **change))
        assert [(check.name, check.verdict, check.found) for check in checks] == [
            (name, Verdict.FAIL, f"may do harm: write class {word}")
        ]


def test_an_event_login_that_may_not_list_channels_fails() -> None:
    checks = wrong(replace(SOUND, events=LoginFound(username="callcenter", actions={"Ping": "(Priv: <none>)"})))
    assert [(check.name, check.remedy) for check in checks] == [
        ("state after a reconnect", "manager.conf [callcenter]: write = reporting")
    ]


def test_missing_rights_of_the_command_login_are_a_warning() -> None:
    commands = LoginFound(username="callcenter-commands", actions=LISTS | REPORTS)
    checks = wrong(replace(SOUND, commands=commands))
    assert [(check.name, check.verdict, check.found) for check in checks] == [
        ("commands", Verdict.WARN, "may not do: originate, call, agent")
    ]


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("18.24.1", "warn"),
        ("18.24.2", "ok"),
        ("20.9.1", "warn"),
        ("20.10.0", "ok"),
        ("21.4.1", "warn"),
        ("21.4.2", "ok"),
        ("22.0.0", "ok"),
        ("22.10.1+dfsg+~cs6.17.60671434-1", "ok"),
        ("16.28.0~dfsg-0+deb11u4", "warn"),
        ("19.8.1", "warn"),
        ("13.38.3", "warn"),
        ("certified/18.9-cert10", "warn"),
        ("GIT-master-1a2b3c", "warn"),
        ("", "warn"),
    ],
)
def test_versions_with_remote_code_execution_through_originate_are_named(version: str, verdict: str) -> None:
    check = next(
        check for check in judge(replace(SOUND, settings={"AsteriskVersion": version})) if check.name == "version"
    )
    assert check.verdict == verdict
    assert ("CVE-2024-42365" in str(check.remedy)) is (verdict == "warn")


def test_a_ledger_written_by_asterisk_11_or_older_is_named_with_its_events() -> None:
    old = ("BRIDGE_START", *ROW[1:]), ("CONF_ENTER", *ROW[1:])
    (check,) = wrong(replace(SOUND, ledger=LedgerFound(path="/x/Master.csv", rows=(ROW, *old))))
    assert (check.code, check.verdict) == ("ledger-version", Verdict.FAIL)
    assert "BRIDGE_START, CONF_ENTER" in check.found
    assert check.remedy is not None


def test_the_systemname_is_seen_in_the_ledger_too_and_fails_when_it_is_nowhere() -> None:
    assert wrong(replace(SOUND, settings={"AsteriskVersion": "22.10.1"})) == []
    bare = (*ROW[:14], "1795461666.0", *ROW[15:])
    checks = wrong(
        replace(SOUND, settings={"AsteriskVersion": "22.10.1"}, ledger=LedgerFound(path="/x/Master.csv", rows=(bare,)))
    )
    assert [(check.name, check.verdict) for check in checks] == [("systemname", Verdict.FAIL)]


@pytest.mark.parametrize(
    ("ledger", "verdict", "found"),
    [
        (LedgerFound(path="/x/Master.csv"), "warn", "no row yet"),
        (LedgerFound(path="/x/Master.csv", problem="it cannot be read"), "fail", "it cannot be read"),
        (LedgerFound(path="/x/Master.csv", rows=(ROW[:19],)), "fail", "19 columns instead of 20"),
        (
            LedgerFound(path="/x/Master.csv", rows=((*ROW[:8], "PJSIP/1001-00000001", "from-phones", *ROW[10:]),)),
            "fail",
            "stand in other columns",
        ),
        (LedgerFound(path="/x/Master.csv", rows=(("HANGUP", "yesterday", *ROW[2:]),)), "fail", "cannot be read"),
    ],
)
def test_a_ledger_that_is_no_witness_is_named(ledger: LedgerFound, verdict: str, found: str) -> None:
    checks = wrong(replace(SOUND, ledger=ledger))
    assert [(check.name, check.verdict) for check in checks] == [("ledger", verdict)]
    assert found in checks[0].found


def test_without_files_and_without_calls_what_cannot_be_known_is_a_warning_that_says_where_to_look() -> None:
    checks = wrong(replace(SOUND, configuration={}))
    assert [(check.name, check.verdict) for check in checks] == [
        ("event classes", Verdict.WARN),
        ("writetimeout", Verdict.WARN),
    ]
    assert "call, agent, user" in checks[0].found
    assert "writetimeout = 5000 in [callcenter] and [callcenter-commands]" in str(checks[1].remedy)


def test_a_pbx_out_of_reach_fails_once_for_each_login_and_says_nothing_it_cannot_know() -> None:
    gone = Findings(
        events=LoginFound(username="callcenter", problem="The PBX at 127.0.0.1:5038 does not answer."),
        commands=LoginFound(username="callcenter-commands", problem="The PBX at 127.0.0.1:5038 does not answer."),
        ledger=None,
    )
    assert [(check.name, check.verdict) for check in judge(gone)] == [
        ("AMI event login", Verdict.FAIL),
        ("writetimeout", Verdict.WARN),
        ("AMI command login", Verdict.FAIL),
        ("ledger", Verdict.WARN),
    ]


def test_configuration_is_read_as_asterisk_reads_it(tmp_path: Path) -> None:
    (tmp_path / "manager.conf").write_text(
        "[general]\n"
        "enabled = no ; not yet\n"
        "enabled => yes\n"
        ";-- writetimeout = 1\nread = none --;\n"
        "[base](!)\nread = system,call\nwritetimeout = 5000\n"
        "[callcenter](base)\nsecret = a\\;b\n#include manager.d/*.conf\n"
        "[callcenter](+)\nread = ALL\n",
        encoding="utf-8",
    )
    (tmp_path / "manager.d").mkdir()
    (tmp_path / "manager.d" / "10.conf").write_text("write = reporting\n[other]\nread = call\n", encoding="utf-8")
    config = read_config(tmp_path / "manager.conf")
    assert config.sections == {
        "general": [("enabled", "no"), ("enabled", "yes")],
        "base": [("read", "system,call"), ("writetimeout", "5000")],
        "callcenter": [
            ("read", "system,call"),
            ("writetimeout", "5000"),
            ("secret", "a;b"),
            ("write", "reporting"),
            ("read", "ALL"),
        ],
        "other": [("read", "call")],
    }
    assert config.is_on("general", "Enabled")
    assert config.words("callcenter", "read") == {"all"}
    assert config.find("callcenter", "missing") is None


def test_files_that_include_each_other_do_not_go_on_for_ever(tmp_path: Path) -> None:
    (tmp_path / "c.conf").write_text("[c]\nx = 1\n#include c.conf\n", encoding="utf-8")
    (tmp_path / "a.conf").write_text("#include b.conf\n[a]\nx = 1\n", encoding="utf-8")
    (tmp_path / "b.conf").write_text("#include a.conf\n[b]\nx = 1\n", encoding="utf-8")
    assert read_config(tmp_path / "a.conf").sections == {"b": [("x", "1")], "a": [("x", "1")]}
    assert read_config(tmp_path / "c.conf").sections == {"c": [("x", "1")]}


def test_the_secrets_in_a_file_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "manager.conf").write_text("[callcenter]\nsecret = s3cret\n", encoding="utf-8")
    assert "s3cret" not in repr(read_config(tmp_path / "manager.conf"))
