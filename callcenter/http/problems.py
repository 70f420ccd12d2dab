"""Every error over HTTP is a problem document (RFC 9457); none repeats what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from math import ceil
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from callcenter.errors import (
    CallcenterError,
    ConflictError,
    DatabaseError,
    InputError,
    NotFoundError,
    NotSignedInError,
    PbxError,
    RefusedError,
    SignInError,
    TooManyRequestsError,
)
from callcenter.postgres.outages import is_outage

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[CallcenterError], HTTPStatus], ...] = (
    (NotSignedInError, HTTPStatus.UNAUTHORIZED),
    (SignInError, HTTPStatus.UNAUTHORIZED),
    (TooManyRequestsError, HTTPStatus.TOO_MANY_REQUESTS),
    (RefusedError, HTTPStatus.FORBIDDEN),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (InputError, HTTPStatus.BAD_REQUEST),
    (PbxError, HTTPStatus.BAD_GATEWAY),
    (DatabaseError, HTTPStatus.SERVICE_UNAVAILABLE),
    (CallcenterError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""The first that fits, so subclasses stand before what they derive from."""


class FieldProblem(BaseModel):
    """One field that is wrong: where it is (`body.name`, `query.limit`) and why."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457, section 3.1; `type` is always `about:blank`, so `title` is the phrase of the status."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None


def problem(
    status: int,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for an error."""
    document = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return JSONResponse(
        document.model_dump(exclude_none=True), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )


def answer_errors_with_problems(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(CallcenterError, _answer_our_own)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    for kind in (DBAPIError, PoolTimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        app.add_exception_handler(kind, _answer_database)


def _answer_our_own(request: Request, error: Exception) -> JSONResponse:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    headers = {}
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequestsError):
        now: datetime = request.app.state.now()
        headers["Retry-After"] = str(max(1, ceil((error.retry_at - now).total_seconds())))
    return problem(status, str(error), headers=headers)


def refusal_problem(error: RefusedError) -> JSONResponse:
    """The answer to a WebSocket's handshake that is refused: no handler of errors answers those."""
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return problem(status, str(error))


def _answer_invalid(_request: Request, error: Exception) -> JSONResponse:
    faults: Any = error.errors() if isinstance(error, RequestValidationError) else ()
    errors = [
        FieldProblem(field=".".join(str(part) for part in fault["loc"]), message=fault["msg"]) for fault in faults
    ]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not as described.", errors=errors)


def _answer_http(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, str(error.detail), headers=error.headers)


def _answer_database(_request: Request, error: Exception) -> JSONResponse:
    """An outage passes; any other database error is our fault."""
    if not is_outage(error):
        raise error
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.", headers={"Retry-After": "5"})


def unexpected_problem() -> JSONResponse:
    """The answer when something went wrong that nobody foresaw."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here; it has been logged.")
