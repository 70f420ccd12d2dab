"""The page that describes the API, from the installed package instead of a CDN, and the complete OpenAPI document."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from callcenter.errors import CallcenterError, NotFoundError
from callcenter.http.problems import MEDIA_TYPE, Problem

OPENAPI_PATH = "/api/openapi.json"
DOCS_PATH = "/api/docs"

_EXAMPLES = Path(__file__).with_name("examples.json")

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Call centre API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{DOCS_PATH}/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="{DOCS_PATH}/swagger-ui-bundle.js"></script>
<script src="{DOCS_PATH}/start.js"></script>
</body>
</html>
"""

# A file of its own, because the page may run no script that stands in it.
_START = f"""SwaggerUIBundle({{url: "{OPENAPI_PATH}", dom_id: "#page", deepLinking: true}});
"""

_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

DOCS_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
"""Content-Security-Policy of the page: Swagger UI styles its elements inline and draws from data addresses."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Socket:
    """A WebSocket as the document has it; OpenAPI itself knows none."""

    path: str
    description: str
    parameters: Mapping[str, str]
    messages: tuple[type[BaseModel], ...]


def name_operation(route: APIRoute) -> str:
    """The operationId: the name of the function, which no other route has."""
    return route.name


router = APIRouter(include_in_schema=False)


@router.get(DOCS_PATH)
async def get_page() -> HTMLResponse:
    """The interactive page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": DOCS_POLICY})


@router.get(DOCS_PATH + "/start.js")
async def get_start() -> Response:
    """What the page runs first."""
    return Response(_START, media_type="text/javascript")


@router.get(DOCS_PATH + "/{name}")
async def get_asset(name: str) -> FileResponse:
    """A file of Swagger UI."""
    if name not in _ASSETS:
        raise NotFoundError
    return FileResponse(_assets_folder() / name, media_type=_ASSETS[name])


def _assets_folder() -> Path:
    """Found without importing the package, which would bring its own web page along."""
    spec = importlib.util.find_spec("swagger_ui")
    if spec is None or not spec.submodule_search_locations:
        raise CallcenterError("The package swagger-ui-py is not installed.")
    return Path(spec.submodule_search_locations[0]) / "static"


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, in which every operation names the problem document as its answer to any error.

    The messages of WebSockets are schemas as well; which socket has which is said in `x-websockets`, by its path.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    sockets: Sequence[Socket] = app.state.sockets
    components = document.setdefault("components", {})
    schemas = {
        name: schema
        for name, schema in components.get("schemas", {}).items()
        if name not in ("HTTPValidationError", "ValidationError")
    }
    models: list[type[BaseModel]] = [Problem]
    for socket in sockets:
        models += socket.messages
    for model in models:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    components["schemas"] = schemas
    document["x-websockets"] = {
        socket.path: {
            "description": socket.description,
            "parameters": [
                {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
                for name, text in socket.parameters.items()
            ],
            "messages": [{"$ref": f"#/components/schemas/{message.__name__}"} for message in socket.messages],
        }
        for socket in sockets
    }
    error = {
        "description": "An error, as RFC 9457 has it.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in document.get("paths", {}).values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = error
            _add_examples(operation)
    return document


@cache
def load_examples() -> dict[str, dict[str, Any]]:
    """What is sent and answered in the operations that are used most, by operationId."""
    examples: dict[str, dict[str, Any]] = json.loads(_EXAMPLES.read_text(encoding="utf-8"))
    return examples


def _add_examples(operation: dict[str, Any]) -> None:
    example = load_examples().get(operation["operationId"], {})
    if "request" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    if "response" in example:
        success = min(status for status in operation["responses"] if status.startswith("2"))
        operation["responses"][success]["content"]["application/json"]["example"] = example["response"]
