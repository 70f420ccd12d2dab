"""The doctor compares the settings with the PBX: each set-up that is broken is named with code and remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.pbx.doctor import judge
from callcenter.pbx.doctor.config_files import read_config
from callcenter.pbx.doctor.findings import ChannelFound, Check, Findings, LedgerFound, PlaceFound, Verdict, Wanted
from callcenter.pbx.doctor.place import CONTEXTS, find_folder_problems, find_missing_announcements
from tests.unit.test_doctor_rules import SOUND, edited

NOW = datetime.fromtimestamp(1795461700, UTC)
LEDGER = "/var/log/asterisk/cel-custom/Master.csv"


def birth(channel: str, *, number: str = "05198800001", pbx: str = "pbx1", at: str = "1795461666.0") -> tuple[str, ...]:
    uniqueid = f"{pbx}-1795461666.7"
    columns = [*("CHAN_START", at, "", number, number, "", "", "12315", "from-somewhere", channel)]
    return (*columns, "", "", "3", "", uniqueid, uniqueid, "", "", "", "")


def channel(name: str, *, number: str = "05198800001") -> ChannelFound:
    return ChannelFound(name=name, context="from-somewhere", caller_number=number, is_opener=True)


WANTED = Wanted(
    pbx="pbx1",
    is_pbx_named=True,
    trunks=("PJSIP/trunk-*",),
    agent_devices=("PJSIP/[0-9]*",),
    outbound_trunk="trunk-main",
)
PLACE = PlaceFound(
    wanted=WANTED,
    now=NOW,
    channels=(channel("PJSIP/trunk-main-00000001"), channel("PJSIP/1001-00000002", number="1001")),
    devices=frozenset(("PJSIP/1001", "PJSIP/trunk-main")),
    contexts=dict.fromkeys(CONTEXTS, True),
    trunk_state="NOT_INUSE",
    missing_announcements=(),
    errand_events=frozenset(("Newchannel", "Hangup", "Newexten")),
    is_errand_in_ledger=True,
)
WHOLE = replace(SOUND, place=PLACE, ledger=LedgerFound(path=LEDGER, rows=(birth("PJSIP/trunk-main-00000001"),)))


def wrong(found: Findings) -> list[Check]:
    return [check for check in judge(found) if check.verdict is not Verdict.OK]


def test_a_sound_place_passes_every_check_and_each_has_a_code() -> None:
    checks = judge(WHOLE)

    assert [check for check in checks if check.verdict is not Verdict.OK] == []
    assert [check.code for check in checks[16:]] == [
        "pbx-name",
        "event-filter",
        "ledger-pbx",
        "ledger-freshness",
        "trunks",
        "agent-devices",
        "dialplan",
        "outbound-trunk",
        "folders",
        "announcements",
    ]
    assert len({check.code for check in checks}) == len(checks)


@pytest.mark.parametrize(
    ("place", "code", "verdict", "found", "remedy"),
    [
        ({"channels": (channel("SIP/5061-0000000a"),)}, "trunks", "fail", "came in on SIP/5061", "Add SIP/5061-*"),
        ({"contexts": {"click-to-call": False, "write-plan": True}}, "dialplan", "fail", "click-to-call", "extensions"),
        ({"trunk_state": "INVALID"}, "outbound-trunk", "fail", "no PJSIP/trunk-main", "CALLCENTER_OUTBOUND_TRUNK"),
        ({"trunk_state": "UNAVAILABLE"}, "outbound-trunk", "warn", "cannot be reached", "pjsip show endpoint"),
        (
            {"folder_problems": {"CALLCENTER_RECORDINGS_DIR": "/gone is not there"}},
            "folders",
            "fail",
            "CALLCENTER_RECORDINGS_DIR: /gone is not there",
            "Create or mount",
        ),
        ({"missing_announcements": ("/s/zh/recorded.wav",)}, "announcements", "fail", "recorded.wav", "nothing is"),
        ({"errand_events": frozenset(("Newexten",))}, "event-filter", "fail", "Hangup, Newchannel", "eventfilter"),
        ({"is_errand_in_ledger": False}, "ledger-freshness", "fail", "no row of it", "cel_custom.so"),
        (
            {"is_errand_in_ledger": None, "now": NOW + timedelta(days=90)},
            "ledger-freshness",
            "fail",
            "90 days old",
            "cel_custom.so",
        ),
        ({"is_errand_in_ledger": None, "now": NOW + timedelta(days=3)}, "ledger-freshness", "warn", "3 days", "cel"),
        ({"contexts": {}}, "rights-of-the-doctor", "warn", "dialplan", "reporting"),
        ({"devices": None}, "rights-of-the-doctor", "warn", "devices", "reporting"),
    ],
)
def test_each_thing_that_is_not_as_the_settings_say_is_the_only_complaint(
    place: dict[str, Any], code: str, verdict: str, found: str, remedy: str
) -> None:
    checks = wrong(replace(WHOLE, place=replace(PLACE, **place)))

    assert [(check.code, check.verdict) for check in checks] == [(code, verdict)]
    assert found in checks[0].found
    assert remedy in str(checks[0].remedy)


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ({"trunks": ("PJSIP/carrier-*",)}, [("trunks", "fail")]),
        ({"agent_devices": ("SIP/2*",)}, [("agent-devices", "warn")]),
        ({"pbx": "pbx3"}, [("pbx-name", "fail")]),
        ({"pbx": "pbx3", "is_pbx_named": False}, [("pbx-name", "warn")]),
    ],
)
def test_each_setting_that_fits_nothing_is_named(wanted: dict[str, Any], codes: list[tuple[str, str]]) -> None:
    checks = wrong(replace(WHOLE, place=replace(PLACE, wanted=replace(WANTED, **wanted))))

    assert [(check.code, check.verdict) for check in checks] == codes


def test_trunks_are_compared_with_recent_channels_where_none_is_up_and_warned_of_where_there_are_none() -> None:
    quiet = replace(PLACE, channels=(), devices=frozenset(("PJSIP/1001",)))
    stranger = LedgerFound(path=LEDGER, rows=(birth("SIP/5061-0000000a"),))
    silent = LedgerFound(path=LEDGER, rows=(birth("PJSIP/1001-0000000a", number="1001"),))

    assert wrong(replace(WHOLE, place=quiet)) == []
    assert [check.code for check in wrong(replace(WHOLE, place=quiet, ledger=stranger))] == ["trunks"]
    (check,) = wrong(replace(WHOLE, place=quiet, ledger=silent))
    assert (check.code, check.verdict, check.found) == ("trunks", "warn", "no glob matches any of 1 channels seen")


def test_an_outbound_trunk_whose_state_is_not_told_is_looked_for_among_the_devices_and_in_the_configuration(
    tmp_path: Path,
) -> None:
    (tmp_path / "pjsip.conf").write_text("[trunk-main]\ntype = endpoint\n", encoding="utf-8")
    silent = replace(WHOLE, place=replace(PLACE, trunk_state=None, devices=frozenset(("PJSIP/1001",))))
    configured = replace(
        silent, configuration=dict(SOUND.configuration) | {"pjsip.conf": read_config(tmp_path / "pjsip.conf")}
    )

    assert wrong(replace(WHOLE, place=replace(PLACE, trunk_state=None))) == []
    assert wrong(configured) == []
    (check,) = wrong(silent)
    assert (check.code, check.verdict) == ("outbound-trunk", "warn")
    assert "func_devstate" in str(check.remedy)


def test_the_ledger_of_another_pbx_is_no_second_witness() -> None:
    other = LedgerFound(path=LEDGER, rows=(birth("PJSIP/trunk-main-00000001", pbx="pbx3"),))

    (check,) = wrong(replace(WHOLE, ledger=other))

    assert (check.code, check.verdict) == ("ledger-pbx", "fail")
    assert check.found == f"{LEDGER} is the ledger of pbx3, the PBX is pbx1"


def test_a_channel_of_the_backends_own_says_nothing_of_whose_the_ledger_is() -> None:
    born = birth("PJSIP/trunk-main-00000001")
    ours = ["Local/s@write-plan-1;1" if column.startswith("PJSIP/") else column for column in born]
    ours[14] = ours[15] = "pbx3-1795461666.d7"

    assert wrong(replace(WHOLE, ledger=LedgerFound(path=LEDGER, rows=(born, tuple(ours))))) == []


@pytest.mark.parametrize("line", ["eventfilter = !Event: Hangup", "eventfilter(action(exclude),name(Newchannel)) = x"])
def test_an_eventfilter_of_the_event_login_is_seen_in_its_configuration(line: str, tmp_path: Path) -> None:
    read = "read = system,call,user,agent,dialplan"
    configuration = edited("manager.conf", read, f"{line}\n{read}", tmp_path)

    (check,) = wrong(replace(WHOLE, configuration=configuration))

    assert (check.code, check.verdict) == ("event-filter", "fail")


def test_applications_that_the_ledger_leaves_out_are_named(tmp_path: Path) -> None:
    configuration = edited(
        "cel.conf",
        "apps = dial,queue,voicemail,confbridge,park,parkedcall,pickup,playback",
        "apps = dial,queue,voicemail",
        tmp_path,
    )

    (check,) = wrong(replace(WHOLE, configuration=configuration))

    assert (check.code, check.verdict) == ("ledger-events", "warn")
    assert check.found == "applications not written: confbridge, park, parkedcall, pickup, playback"


def test_a_ledger_in_local_time_is_a_failure_that_names_the_line_to_delete(tmp_path: Path) -> None:
    row = birth("PJSIP/trunk-main-00000001", at="2026-11-24 03:21:06.0")
    configuration = edited("cel.conf", "enable = yes", "enable = yes\ndateformat = %F %T", tmp_path)
    found = replace(WHOLE, ledger=LedgerFound(path=LEDGER, rows=(row,)), configuration=configuration)

    (check,) = [check for check in wrong(found) if check.code == "ledger-moments"]

    assert (check.verdict, check.found) == ("fail", "its rows are in local time, +8 h from UTC")
    assert "delete the line dateformat = %F %T" in str(check.remedy)


def test_folders_that_are_missing_no_folder_or_closed_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folders = {
        "CALLCENTER_RECORDINGS_DIR": tmp_path / "gone",
        "CALLCENTER_VOICEMAIL_DIR": tmp_path / "file",
        "CALLCENTER_MEDIATION_RECORDINGS": tmp_path,
        "CALLCENTER_DATA_DIR": tmp_path / "not" / "yet",
    }

    assert find_folder_problems(folders) == {
        "CALLCENTER_RECORDINGS_DIR": f"{tmp_path / 'gone'} is not there",
        "CALLCENTER_VOICEMAIL_DIR": f"{tmp_path / 'file'} is no folder",
    }
    assert find_folder_problems({"CALLCENTER_DATA_DIR": Path("/proc/1/callcenter")}) != {}


def test_the_notice_that_calls_are_recorded_is_looked_for_where_the_dialplan_plays_it(tmp_path: Path) -> None:
    (tmp_path / "extensions.conf").write_text(f"[globals]\nSOUNDS = {tmp_path}/sounds\n", encoding="utf-8")
    missing = find_missing_announcements(tmp_path)
    (tmp_path / "sounds" / "zh_own").mkdir(parents=True)
    (tmp_path / "sounds" / "zh_own" / "recorded.wav").touch()

    assert missing == (f"{tmp_path}/sounds/zh/recorded.wav",)
    assert find_missing_announcements(tmp_path) == ()
    assert find_missing_announcements(tmp_path / "gone") is None
