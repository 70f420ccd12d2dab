"""Where settings are read beside what pydantic reads itself: the PBX of the environment, the tables of the file."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from callcenter.pbx_settings import FLAT_NAMES

PREFIX = "CALLCENTER_"
CONFIG_VARIABLE = PREFIX + "CONFIG"


class OnePbxOfEnvironment(PydanticBaseSettingsSource):
    """What the environment says of the one PBX that it can name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError("It gives all values at once.")

    def __call__(self) -> dict[str, Any]:
        given = {name.lower(): value for name, value in os.environ.items()}
        return {name: given[key] for name in FLAT_NAMES if (key := f"{PREFIX}{name}".lower()) in given}


def find_table_name(number: int) -> str:
    """How the table of a PBX is spoken of, counted from 0; empty where the file has no such tables."""
    config = os.environ.get(CONFIG_VARIABLE)
    tables = tomllib.loads(Path(config).read_text(encoding="utf-8")).get("pbxs") if config else None
    if not tables:
        return ""
    name = tables[number].get("name") if isinstance(tables[number], dict) else None
    return f" of the PBX {name}" if isinstance(name, str) else f" of PBX number {number + 1}"
