"""`callcenter openapi`: the OpenAPI document of this version, as `GET /api/openapi.json` has it, without a database."""

from __future__ import annotations

import json

from callcenter.app import create_app
from callcenter.http.openapi import describe
from callcenter.postgres.database import create_engine, make_database
from callcenter.settings import Settings

_NO_DATABASE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
"""It is never connected to: the document needs the routes alone."""


def print_openapi() -> int:
    """Returns the exit code."""
    app = create_app(database=make_database(create_engine(_NO_DATABASE)), settings=Settings())
    print(json.dumps(describe(app), ensure_ascii=False))
    return 0
