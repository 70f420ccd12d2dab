"""Lines that the settings do not name: refused where nothing can match, and shown by each call that comes in on one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.callbacks.rules import CallKey
from callcenter.calls.numbers import is_outside, normalise
from callcenter.calls.records import Anomaly, CallRecord, Direction
from callcenter.cli.replay import read_rules
from callcenter.errors import SettingsError
from callcenter.pbx.trunks import Globs, Trunks
from callcenter.pbx_settings import Pbx
from callcenter.settings import load_settings
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules
from callcenter.trunk_globs import check_trunk

LINE = Path(__file__).parents[1] / "cases" / "trunk_named_by_digits.csv"
CALL = CallKey("pbx5", "pbx5-1795463000.1")


def told(path: Path = LINE, rules: CallRules | None = None) -> CallRecord:
    (record,) = replay([path], is_cel=True, pbx="pbx5", rules=rules or CallRules())
    return record


def test_a_caller_from_outside_on_a_line_that_no_setting_names_is_an_anomaly_and_none_once_it_is_named() -> None:
    found = told()
    named = told(rules=replace(CallRules(), trunks=Trunks.parse("SIP/5061-*")))

    assert (found.direction, found.anomalies) == (Direction.INTERNAL, (Anomaly.OUTSIDE_CALLER_OFF_TRUNK,))
    assert (named.direction, named.outcome, named.anomalies) == (Direction.INBOUND, "abandoned_queue", ())


@pytest.mark.parametrize(("number", "is_odd"), [("1001", False), ("12345", False), ("", False), ("13900000002", True)])
def test_only_a_number_from_outside_makes_a_caller_one(number: str, is_odd: bool, tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_text(LINE.read_text(encoding="utf-8").replace("05100000001", number), encoding="utf-8")

    assert (Anomaly.OUTSIDE_CALLER_OFF_TRUNK in told(path).anomalies) is is_odd


def test_an_agents_own_device_may_show_the_number_of_the_house() -> None:
    rules = replace(CallRules(), agent_devices=Globs.parse("PJSIP/1*, SIP/506[0-9]"))

    assert told(rules=rules).anomalies == ()


@pytest.mark.parametrize(
    ("line", "number", "is_odd"),
    [
        ("PJSIP/05198800000", "13900000002", True),
        ("PJSIP/5061", "02588000001", True),
        ("PJSIP/5061", "+85225000001", True),
        ("PJSIP/5061", "051988000001", False),
        ("PJSIP/13900000002", "13900000002", False),
    ],
)
def test_a_line_named_like_a_seat_is_known_by_callers_who_can_be_nobody_of_the_house(
    line: str, number: str, is_odd: bool, tmp_path: Path
) -> None:
    path = tmp_path / "cel.csv"
    text = LINE.read_text(encoding="utf-8").replace("SIP/5061", line).replace("05100000001", number)
    path.write_text(text, encoding="utf-8")

    assert (Anomaly.OUTSIDE_CALLER_OFF_TRUNK in told(path).anomalies) is is_odd


def test_an_outside_number_is_one_that_no_extension_has() -> None:
    shown = ("13900000002", "051986612345", "+85225000001", "05100000001", "8001", "12345", "anonymous", None)

    assert [is_outside(normalise(number)) for number in shown] == [True, True, True, True, False, False, False, False]


@pytest.mark.parametrize("entry", ["5061", "trunk-*", "context:", "from-trunk*", "[0-9]*"])
def test_a_glob_that_can_match_nothing_is_refused_at_the_start_in_one_line(entry: str) -> None:
    with pytest.raises(SettingsError, match="matches no channel"):
        check_trunk(entry)
    with pytest.raises(SettingsError, match=r"CALLCENTER_TRUNKS.*matches no channel"):
        load_settings(trunks=("PJSIP/trunk-*", entry))
    done = subprocess.run(
        [sys.executable, "-m", "callcenter", "replay", "--cel", str(LINE)],
        env={**os.environ, "CALLCENTER_TRUNKS": f"PJSIP/trunk-*,{entry}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("entry", ["PJSIP/5061*", "*/trunk-*", "*", "context:from-*", "DAHDI/i1/*"])
def test_a_glob_that_can_match_something_is_taken(entry: str) -> None:
    assert Pbx(trunks=(entry,)).trunks == (check_trunk(entry),)


@pytest.mark.parametrize(
    ("pbx", "matching"),
    [("north", ["SIP/a-1"]), ("south", ["PJSIP/trunk-main-1"]), (None, ["SIP/a-1", "PJSIP/trunk-main-1"])],
)
def test_replay_takes_the_trunks_of_the_pbx_that_is_named_or_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pbx: str | None, matching: list[str]
) -> None:
    config = tmp_path / "callcenter.toml"
    config.write_text('[[pbxs]]\nname = "north"\ntrunks = ["SIP/a-*"]\n[[pbxs]]\nname = "south"\n')
    monkeypatch.setenv("CALLCENTER_CONFIG", str(config))
    monkeypatch.delenv("CALLCENTER_TRUNKS", raising=False)
    trunks = read_rules(pbx).trunks
    assert [channel for channel in ("SIP/a-1", "PJSIP/trunk-main-1") if trunks.match(channel, None)] == matching
