"""What is set for one PBX: where it is, how it is logged in to, and where its files lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from callcenter.errors import SettingsError
from callcenter.trunk_globs import check_trunk


def split_list(value: Any) -> Any:
    """Comma-separated text as the environment gives it; a TOML list stays a list."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class Pbx(BaseModel):
    """One PBX. Without a table its `name` is called `pbx`, all else the same."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(default="pbx1", pattern=r"^[A-Za-z0-9_-]{1,32}$")
    """Name of the PBX. Set, it is that of every call, whatever an id begins with; it should be the systemname."""
    ami_host: str = "127.0.0.1"
    """Where the PBX's AMI listens."""
    ami_port: int = Field(default=5038, ge=1, le=65535)
    """The port of the AMI."""
    ami_user: str = "callcenter"
    """The AMI user that only listens to events."""
    ami_secret: SecretStr | None = None
    """The secret of `ami_user`. Unset: there is no AMI to listen to."""
    ami_commands_user: str = "callcenter-commands"
    """The AMI user that sends commands."""
    ami_commands_secret: SecretStr | None = None
    """The secret of `ami_commands_user`. Unset: the backend sends no commands."""
    asterisk_config_dir: Path | None = None
    """The PBX's own configuration, where the doctor can read it."""
    cel_csv: Path | None = None
    """The ledger: the CEL file that cel_custom writes. Unset: there is none, and calls stay unconfirmed."""
    trunks: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = (
        "PJSIP/trunk-*",
        "SIP/trunk-*",
        "context:from-trunk*",
        "context:from-pstn*",
        "context:from-extern*",
    )
    """Globs of channel names, or `context:GLOB`, that make a channel one of a trunk."""
    outbound_trunk: str = Field(default="trunk-main", pattern=r"^[A-Za-z0-9_-]{1,32}$")
    """The PJSIP endpoint on which people are rung into a mediation."""
    hotline_number: str = Field(default="12315", pattern=r"^[0-9]{3,15}$")
    """The caller number that they are shown."""
    phone_websocket: str | None = Field(default=None, pattern=r"^wss?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?$")
    """Where the phone in the page finds the PBX, as `wss://hotline.example/ws`. Unset: it has no phones in pages."""
    recordings_dir: Path | None = None
    """The PBX's folder `monitor`, readable and writable. Unset: recordings are not looked for."""
    mediation_recordings: Path | None = None
    """The PBX's folder `monitor/mediation`, readable and writable. Unset: recordings of mediations are not looked
    for."""
    voicemail_dir: Path | None = None
    """The PBX's folder `voicemail`; messages are moved from there into `data_dir`. Unset: messages stay there."""

    spoken_dir: Path | None = None
    """The folder `spoken` in the PBX's folder of announcements, writable: what broadcasts say, and the numbers of
    instructions. Unset: this PBX rings for no broadcast, and says no number."""

    @field_validator("trunks")
    @classmethod
    def _only_what_can_match(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            try:
                check_trunk(entry)
            except SettingsError as error:
                raise ValueError(str(error).removeprefix("In CALLCENTER_TRUNKS ")) from None
        return value

    @property
    def is_named(self) -> bool:
        """Whether somebody set the name."""
        return "name" in self.model_fields_set


FLAT_NAMES = {"pbx" if field == "name" else field: field for field in Pbx.model_fields}
"""How the settings of a PBX are called where there is only one and no table: each with its field."""

_OWN_PLACES = ("cel_csv", "recordings_dir", "mediation_recordings", "voicemail_dir")
"""Without a systemname two PBXs give the same ids to calls: a file must show by its place whose it is."""


def check_separate(pbxs: Sequence[Pbx]) -> None:
    """Raises ValueError for PBXs that have the name, or a place of files, of another one."""
    names = Counter(pbx.name for pbx in pbxs)
    for name, count in names.items():
        if count > 1:
            raise ValueError(f"{count} PBXs have the name {name}")
    for field in _OWN_PLACES:
        places = Counter(place for pbx in pbxs if (place := getattr(pbx, field)) is not None)
        for place, count in places.items():
            if count > 1:
                raise ValueError(f"{count} PBXs have the {field} {place}")
