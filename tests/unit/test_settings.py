"""Settings: defaults, both sources, and errors that name the setting but never a secret."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from callcenter.errors import SettingsError, UnknownPbxError
from callcenter.pbx_settings import FLAT_NAMES, Pbx
from callcenter.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", *(field.upper() for field in (*Settings.model_fields, *FLAT_NAMES))):
        monkeypatch.delenv(f"CALLCENTER_{name}", raising=False)


def test_without_any_setting_the_defaults_of_the_contract_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATA_DIR", "/data")
    settings = load_settings()
    assert settings.model_dump() == {
        "database_url": None,
        "data_dir": Path("/data"),
        "pbxs": (
            {
                "name": "pbx1",
                "ami_host": "127.0.0.1",
                "ami_port": 5038,
                "ami_user": "callcenter",
                "ami_secret": None,
                "ami_commands_user": "callcenter-commands",
                "ami_commands_secret": None,
                "asterisk_config_dir": None,
                "cel_csv": None,
                "trunks": (
                    "PJSIP/trunk-*",
                    "SIP/trunk-*",
                    "context:from-trunk*",
                    "context:from-pstn*",
                    "context:from-extern*",
                ),
                "outbound_trunk": "trunk-main",
                "hotline_number": "12315",
                "phone_websocket": None,
                "recordings_dir": None,
                "mediation_recordings": None,
                "voicemail_dir": None,
                "spoken_dir": None,
            },
        ),
        "area_code": "0519",
        "timezone": ZoneInfo("Asia/Shanghai"),
        "mediation_ring_seconds": 30,
        "http_host": "127.0.0.1",
        "http_port": 8000,
        "trusted_proxies": (),
        "metrics_from": ("127.0.0.0/8", "::1/128"),
        "live_views_per_user": 20,
        "cookie_secure": True,
        "agent_devices": ("PJSIP/[0-9]*",),
        "browser_devices": ("PJSIP/20[0-9][0-9]",),
        "wrap_up_seconds": 0,
        "supervision_tone": True,
        "short_below_seconds": 5.0,
        "closing_talk_seconds": 5.0,
        "calling_hours_workday": ("09:00-12:00", "14:00-20:00"),
        "calling_hours_day_off": ("10:00-12:00", "15:00-19:00"),
        "dial_prefixes": (),
        "dials_per_agent": 200,
        "dials_per_number": 3,
        "claims_per_agent": 1,
        "agent_ring_seconds": 20,
        "nightly_at": time(0, 10),
        "contact_verified_days": 90,
        "broadcast_lines": 2,
        "broadcast_rounds": 3,
        "broadcast_round_minutes": 10.0,
        "audio_retention_days": 730,
        "audio_minimum_retention_days": 90,
        "disk_alarm_percent": 15.0,
        "disk_floor_percent": 5.0,
        "office_name": "",
        "record_series": "",
        "form_series": "",
        "personal_data_key": None,
    }
    assert (settings.short_below, settings.closing_talk) == (timedelta(seconds=5), timedelta(seconds=5))


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "callcenter.toml"
    config.write_text('pbx = "north"\nami_port = 5039\ntrunks = ["SIP/gw-*"]\nnightly_at = "01:30"\n')
    monkeypatch.setenv("CALLCENTER_CONFIG", str(config))
    monkeypatch.setenv("CALLCENTER_AMI_PORT", "5040")
    settings = load_settings()
    assert settings.pbxs == (Pbx(name="north", ami_port=5040, trunks=("SIP/gw-*",)),)
    assert settings.nightly_at == time(1, 30)


def test_trunks_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_TRUNKS", "PJSIP/a-*, context:from-b ,")
    assert load_settings().pbxs[0].trunks == ("PJSIP/a-*", "context:from-b")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_the_usual_database_addresses_are_understood(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", f"{scheme}://u:p@db/calls")
    url = load_settings().database_url
    assert url is not None
    assert url.get_secret_value() == "postgresql+asyncpg://u:p@db/calls"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "HTTP_PORT",
            "web",
            "The setting CALLCENTER_HTTP_PORT is wrong: "
            "input should be a valid integer, unable to parse string as an integer.",
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.1, the proxy",
            "The setting CALLCENTER_TRUSTED_PROXIES is wrong: "
            "'the proxy' does not appear to be an IPv4 or IPv6 network.",
        ),
        ("TIMEZONE", "Mars/Base", "The setting CALLCENTER_TIMEZONE is wrong: invalid timezone: Mars/Base."),
        (
            "AUDIO_MINIMUM_RETENTION_DAYS",
            "731",
            "The setting CALLCENTER_AUDIO_MINIMUM_RETENTION_DAYS is wrong: "
            "it must not be more than CALLCENTER_AUDIO_RETENTION_DAYS.",
        ),
        (
            "DISK_FLOOR_PERCENT",
            "15",
            "The setting CALLCENTER_DISK_FLOOR_PERCENT is wrong: it must be less than CALLCENTER_DISK_ALARM_PERCENT.",
        ),
        (
            "DATABASE_URL",
            "mysql://u:hunter2@db/calls",
            "The setting CALLCENTER_DATABASE_URL is wrong: it must begin with postgresql://.",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"CALLCENTER_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == message
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("amy_port = 1", "amy_port in {config} is not a setting."),
        ("ami_port = ", "{config} is not valid TOML: Invalid value (at end of document)."),
        ("ami_port = [1]", "The setting CALLCENTER_AMI_PORT is wrong: input should be a valid integer."),
    ],
)
def test_a_wrong_file_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, message: str
) -> None:
    config = tmp_path / "callcenter.toml"
    config.write_text(text)
    monkeypatch.setenv("CALLCENTER_CONFIG", str(config))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == message.format(config=config)


def test_a_pbx_is_named_only_where_somebody_has_named_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [pbx.is_named for pbx in load_settings().pbxs] == [False]
    monkeypatch.setenv("CALLCENTER_PBX", "pbx1")
    assert [pbx.is_named for pbx in load_settings().pbxs] == [True]


TWO = """
[[pbxs]]
name = "north"
ami_host = "10.0.0.1"
ami_secret = "hunter2"
trunks = ["PJSIP/a-*"]

[[pbxs]]
name = "south"
cel_csv = "/south/Master.csv"
"""


def given_file(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> Path:
    config = folder / "callcenter.toml"
    config.write_text(text)
    monkeypatch.setenv("CALLCENTER_CONFIG", str(config))
    return config


def test_several_pbxs_are_tables_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given_file(monkeypatch, tmp_path, TWO)
    monkeypatch.setenv("CALLCENTER_AREA_CODE", "021")
    settings = load_settings()
    assert settings.pbxs == (
        Pbx(name="north", ami_host="10.0.0.1", ami_secret=SecretStr("hunter2"), trunks=("PJSIP/a-*",)),
        Pbx(name="south", cel_csv=Path("/south/Master.csv")),
    )
    assert (settings.pbx_names, settings.area_code) == (("north", "south"), "021")
    assert settings.get_pbx("south") is settings.pbxs[1]
    with pytest.raises(UnknownPbxError):
        settings.get_pbx("west")
    assert "hunter2" not in repr(settings) + str(settings.model_dump())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            TWO + "ami_port = 0",
            "The setting ami_port of the PBX south is wrong: input should be greater than or equal to 1.",
        ),
        (
            "[[pbxs]]\nami_port = 0",
            "The setting ami_port of PBX number 1 is wrong: input should be greater than or equal to 1.",
        ),
        (TWO + "amy_port = 1", "amy_port of the PBX south in {config} is not a setting."),
        (TWO + "[[pbxs]]\nname = 'north'", "The setting pbxs is wrong: 2 PBXs have the name north."),
        (
            TWO + "[[pbxs]]\ncel_csv = '/south/Master.csv'",
            "The setting pbxs is wrong: 2 PBXs have the cel_csv /south/Master.csv.",
        ),
        (
            "ami_port = 1\npbx = 'east'" + TWO,
            "pbx, ami_port must stand in the tables [[pbxs]], where there are any.",
        ),
        ("pbxs = []", "The setting pbxs is wrong: it must be tables [[pbxs]] of the TOML file."),
    ],
)
def test_what_is_wrong_with_several_pbxs_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, message: str
) -> None:
    config = given_file(monkeypatch, tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == message.format(config=config)


def test_the_environment_does_not_mix_with_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given_file(monkeypatch, tmp_path, TWO)
    monkeypatch.setenv("CALLCENTER_AMI_HOST", "10.0.0.9")
    with pytest.raises(SettingsError, match=r"^ami_host must stand in the tables \[\[pbxs\]\], where there are any\.$"):
        load_settings()


def test_a_file_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_CONFIG", "/nowhere/callcenter.toml")
    with pytest.raises(SettingsError, match=r"CALLCENTER_CONFIG names /nowhere/callcenter\.toml"):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_AMI_SECRET", "hunter2")
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "postgresql://u:hunter2@db/calls")
    settings = load_settings()
    assert "hunter2" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
