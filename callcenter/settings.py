"""Typed settings from the environment (prefix `CALLCENTER_`) and a TOML file; the environment wins."""

from __future__ import annotations

import os
import re
import tomllib
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from callcenter.errors import SettingsError, UnknownPbxError
from callcenter.pbx_settings import FLAT_NAMES, Pbx, check_separate, split_list
from callcenter.settings_sources import CONFIG_VARIABLE, PREFIX, OnePbxOfEnvironment, find_table_name
from callcenter.time_spans import Span


def _default_data_dir() -> Path:
    """Root's server runs as a system user, who may not enter root's home."""
    if os.geteuid() == 0:
        return Path("/var/lib/callcenter")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "callcenter"


class Settings(BaseSettings):
    """Everything an installation may set; durations in seconds, ports as numbers."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: SecretStr | None = None
    """`postgresql://user:password@host/name`; unset means the embedded server in `data_dir`."""
    data_dir: Path = Field(default_factory=_default_data_dir)
    """Where the embedded server's data, messages of callers and files of matters are kept: `/var/lib/callcenter` for
    root, else `~/.local/share/callcenter`."""

    pbxs: Annotated[tuple[Pbx, ...], NoDecode] = Field(default_factory=lambda: (Pbx(),))
    """The PBXs, each a table `[[pbxs]]` of the TOML file: see below. One alone needs no table."""
    area_code: str = Field(default="0519", pattern=r"^0\d{2,3}$")
    """Prefixed to bare local numbers."""
    timezone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    """Where a business day begins at midnight."""

    office_name: str = Field(default="", max_length=80)
    """The name of the office that mediates, as it is printed on its records."""
    record_series: str = Field(default="", max_length=40)
    """The text before the year in the number of a record, as 常市监调 in 常市监调〔2026〕12号."""
    form_series: str = Field(default="", max_length=40)
    """The text before the word of a form in its number, as 常市监 in 常市监受〔2026〕第12号."""
    personal_data_key: SecretStr | None = None
    """The key under which numbers of identity documents are kept: 64 hexadecimal digits, as `openssl rand -hex 32`
    makes them. Keep a copy elsewhere: without it the numbers are lost. Unset: no such number is taken."""
    mediation_ring_seconds: int = Field(default=30, ge=1, le=120)
    """How long a person rings who is called into a mediation."""

    http_host: str = "127.0.0.1"
    """The address on which the HTTP API listens."""
    http_port: int = Field(default=8000, ge=1, le=65535)
    """The port of the HTTP API."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = ()
    """Addresses or networks of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. None: both
    headers are ignored."""
    metrics_from: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = ("127.0.0.0/8", "::1/128")
    """Networks that may read `/metrics` without signing in."""
    cookie_secure: bool = True
    """Whether the session cookie is kept off plain HTTP; browsers make an exception for localhost."""

    live_views_per_user: int = Field(default=20, ge=1)
    """How many live views, of the wallboard and of the own desk, one user or screen may have open at a time."""

    agent_devices: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = ("PJSIP/[0-9]*",)
    """Globs of the devices to which agents may sign on. Never a trunk. A call from an outside number on neither a trunk
    nor one of these devices is an anomaly, and the audit of its day does not balance."""
    browser_devices: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = ("PJSIP/20[0-9][0-9]",)
    """Globs of the devices that are phones in pages, on PBXs with a `phone_websocket`; all others stand on a desk."""
    wrap_up_seconds: float = Field(default=0, ge=0, le=3600)
    """How long an agent is paused after a queue call; 0: not at all."""
    supervision_tone: bool = True
    """Whether an agent hears a tone when a supervisor listens, whispers or barges in."""

    short_below_seconds: float = Field(default=5.0, ge=0)
    """An unanswered inbound call shorter than this is flagged short."""
    closing_talk_seconds: float = Field(default=5.0, ge=0)
    """The shortest talk with a person that closes a callback episode."""

    calling_hours_workday: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = (
        "09:00-12:00",
        "14:00-20:00",
    )
    """When outside numbers may be dialled on a working day; the end may be 24:00. A time that the caller named takes
    precedence."""
    calling_hours_day_off: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = (
        "10:00-12:00",
        "15:00-19:00",
    )
    """The same for all other days."""
    dial_prefixes: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = ()
    """Prefixes, as `+86519` or `12345`, of numbers that agents may type, foreign and service numbers included. None: no
    number may be typed."""
    dials_per_agent: int = Field(default=200, ge=1)
    """How many click-to-call dials an agent may make on a business day."""
    dials_per_number: int = Field(default=3, ge=1)
    """How often a number may be dialled on a business day."""
    claims_per_agent: int = Field(default=1, ge=1, le=3)
    """How many callers of the callback list an agent may have claimed at once."""
    agent_ring_seconds: int = Field(default=20, ge=5, le=60)
    """How long the agent's own phone rings in click-to-call."""
    nightly_at: time = time(0, 10)
    """Local time at which the list of the day that ended is frozen."""

    contact_verified_days: int = Field(default=90, ge=1)
    """How many days a contact of a unit or a merchant counts as verified. Proposed, until the office decides."""

    broadcast_lines: int = Field(default=2, ge=1, le=20)
    """How many people are rung at once for all broadcasts; nobody is while a caller waits in a queue."""
    broadcast_rounds: int = Field(default=3, ge=1, le=10)
    """How often a broadcast rings all contacts of an organisation. Proposed, until the office decides."""
    broadcast_round_minutes: float = Field(default=10.0, ge=0, le=1440)
    """From the first ring of such a round to that of the next. Proposed, until the office decides."""

    audio_retention_days: int = Field(default=730, ge=1)
    """How many days recordings, messages and what agents wrote down about calls are kept."""
    audio_minimum_retention_days: int = Field(default=90, ge=1)
    """How many days they are kept even if the disk runs full."""
    disk_alarm_percent: float = Field(default=15.0, gt=0, lt=100)
    """Free space on the disk of sound files, in percent, below which an alarm is raised."""
    disk_floor_percent: float = Field(default=5.0, ge=0, lt=100)
    """Free space in percent below which the oldest files past `audio_minimum_retention_days` are deleted."""

    @field_validator("audio_minimum_retention_days")
    @classmethod
    def _not_above_retention(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("audio_retention_days", value):
            raise ValueError("it must not be more than CALLCENTER_AUDIO_RETENTION_DAYS")
        return value

    @field_validator("disk_floor_percent")
    @classmethod
    def _below_alarm(cls, value: float, info: ValidationInfo) -> float:
        if value >= info.data.get("disk_alarm_percent", 100.0):
            raise ValueError("it must be less than CALLCENTER_DISK_ALARM_PERCENT")
        return value

    @field_validator("personal_data_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[0-9A-Fa-f]{64}", value.get_secret_value()):
            raise ValueError("it must be 64 hexadecimal digits")
        return value

    @field_validator("database_url")
    @classmethod
    def _only_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        """Name the driver in the address, so that people may write the usual `postgresql://`."""
        if value is None:
            return None
        scheme, separator, rest = value.get_secret_value().partition("://")
        if not separator or scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
            raise ValueError("it must begin with postgresql://")
        return SecretStr(f"postgresql+asyncpg://{rest}")

    @field_validator("trusted_proxies", "metrics_from")
    @classmethod
    def _only_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)  # its ValueError names what is wrong
        return value

    @field_validator("calling_hours_workday", "calling_hours_day_off")
    @classmethod
    def _only_hours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            Span.parse(text)
        return value

    @field_validator("dial_prefixes")
    @classmethod
    def _only_beginnings(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"\+?[0-9]{1,15}", prefix) for prefix in value):
            raise ValueError("a prefix is digits, with + in front for a whole number")
        return value

    @model_validator(mode="before")
    @classmethod
    def _one_pbx_without_a_table(cls, values: dict[str, Any]) -> dict[str, Any]:
        flat = {field: values[name] for name, field in FLAT_NAMES.items() if name in values}
        if not flat:
            return values
        if "pbxs" in values:
            raise ValueError(
                f"{', '.join(name for name in FLAT_NAMES if name in values)} must stand in the tables [[pbxs]],"
                " where there are any."
            )
        return {name: value for name, value in values.items() if name not in FLAT_NAMES} | {"pbxs": (flat,)}

    @field_validator("pbxs", mode="before")
    @classmethod
    def _only_tables(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)) or not value:
            raise ValueError("it must be tables [[pbxs]] of the TOML file")
        return value

    @field_validator("pbxs")
    @classmethod
    def _nothing_in_common(cls, value: tuple[Pbx, ...]) -> tuple[Pbx, ...]:
        check_separate(value)
        return value

    @property
    def pbx_names(self) -> tuple[str, ...]:
        """In the order of the settings."""
        return tuple(pbx.name for pbx in self.pbxs)

    def get_pbx(self, name: str) -> Pbx:
        """The PBX of this name. Raises UnknownPbxError."""
        for pbx in self.pbxs:
            if pbx.name == name:
                return pbx
        raise UnknownPbxError(params={"pbx": name})

    def spell(self, field: str, pbx: Pbx) -> str:
        """How people find a setting of a PBX: in its table of the file, or else under the name without one."""
        if len(self.pbxs) > 1 or find_table_name(0):
            return f"{field} of the PBX {pbx.name}"
        return PREFIX + next(name for name, of_pbx in FLAT_NAMES.items() if of_pbx == field).upper()

    @property
    def phone_websockets(self) -> dict[str, str]:
        """Of the PBXs that have phones in pages, by name."""
        return {pbx.name: pbx.phone_websocket for pbx in self.pbxs if pbx.phone_websocket is not None}

    @property
    def phones_in_pages(self) -> dict[str, tuple[str, ...]]:
        """Globs of the devices that are such phones, by the names of those PBXs."""
        return dict.fromkeys(self.phone_websockets, self.browser_devices)

    @property
    def short_below(self) -> timedelta:
        return timedelta(seconds=self.short_below_seconds)

    @property
    def wrap_up(self) -> timedelta:
        return timedelta(seconds=self.wrap_up_seconds)

    @property
    def contact_verified_for(self) -> timedelta:
        return timedelta(days=self.contact_verified_days)

    @property
    def broadcast_round_apart(self) -> timedelta:
        return timedelta(minutes=self.broadcast_round_minutes)

    @property
    def closing_talk(self) -> timedelta:
        return timedelta(seconds=self.closing_talk_seconds)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """No `.env` and no secrets folder: two places to look are enough."""
        sources = (init_settings, env_settings, OnePbxOfEnvironment(settings_cls))
        config = os.environ.get(CONFIG_VARIABLE)
        return (*sources, TomlConfigSettingsSource(settings_cls, toml_file=Path(config))) if config else sources


def load_settings(**overrides: Any) -> Settings:
    """Read the settings once, at the start of a command.

    Raises SettingsError: one line naming the first setting that is wrong, never with the value of a secret.
    """
    config = os.environ.get(CONFIG_VARIABLE)
    if config and not Path(config).is_file():
        raise SettingsError(f"{CONFIG_VARIABLE} names {config}, which is not a file.")
    try:
        return Settings(**overrides)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config} is not valid TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config} cannot be read: {error}.") from None
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    if not first["loc"]:
        return f"{message}."
    name, of_pbx = str(first["loc"][0]), ""
    if name == "pbxs" and len(first["loc"]) > 1:
        number = int(first["loc"][1])
        name, of_pbx = str([*first["loc"], "pbxs"][2]), find_table_name(number)
        if not of_pbx:
            name = next(flat for flat, field in FLAT_NAMES.items() if field == name)
    if first["type"] == "extra_forbidden":
        return f"{name}{of_pbx} in {os.environ.get(CONFIG_VARIABLE)} is not a setting."
    shown = f"{name}{of_pbx}" if of_pbx or name == "pbxs" else f"{PREFIX}{name.upper()}"
    return f"The setting {shown} is wrong: {message[0].lower()}{message[1:]}."
