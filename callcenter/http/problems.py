"""Every error over HTTP is a problem document (RFC 9457); none repeats what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
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

from callcenter.error_codes import ErrorCode
from callcenter.errors import (
    CallcenterError,
    ConflictError,
    DatabaseError,
    InputError,
    NotFoundError,
    NotSignedInError,
    Param,
    PbxError,
    RefusedError,
    ScreenLinkError,
    SignInError,
    StaleVersionError,
    TooManyRequestsError,
    UnavailableError,
)
from callcenter.json_values import moment_to_json
from callcenter.postgres.outages import is_outage, is_text_that_cannot_be_stored

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[CallcenterError], HTTPStatus], ...] = (
    (NotSignedInError, HTTPStatus.UNAUTHORIZED),
    (SignInError, HTTPStatus.UNAUTHORIZED),
    (ScreenLinkError, HTTPStatus.UNAUTHORIZED),
    (TooManyRequestsError, HTTPStatus.TOO_MANY_REQUESTS),
    (RefusedError, HTTPStatus.FORBIDDEN),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (StaleVersionError, HTTPStatus.PRECONDITION_FAILED),
    (InputError, HTTPStatus.BAD_REQUEST),
    (PbxError, HTTPStatus.BAD_GATEWAY),
    (DatabaseError, HTTPStatus.SERVICE_UNAVAILABLE),
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (CallcenterError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""The first that fits, so subclasses stand before what they derive from."""

_CODES: dict[int, ErrorCode] = {
    HTTPStatus.NOT_FOUND: ErrorCode.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: ErrorCode.METHOD_NOT_ALLOWED,
}
"""Of what the framework finds wrong before a route is called."""

OUTAGE_WAIT = 5
"""Seconds after which something that was away may be asked for again."""


class FieldProblem(BaseModel):
    """One field that is wrong: where it is (`body.name`, `query.limit`) and why."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457, section 3.1; `type` is always `about:blank`, so `title` is the phrase of the status.

    `detail` is a sentence for people. Programs go by `code`, a closed list, and by `params`: the numbers, names, days
    and moments that a translated sentence needs.

    Status 422 (`invalid_request`) is for a request that does not fit this description: a field that is missing, too
    long or of another type; `errors` names each. Status 400 is for one that fits it and still cannot be used: a range
    that ends before it begins, a number that is none.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: ErrorCode
    params: dict[str, str | int]
    errors: list[FieldProblem] | None = None


class ProblemException(HTTPException):
    """An error that only HTTP knows, and that is raised where the framework lets only its own errors through."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: ErrorCode,
        params: Mapping[str, Param],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers=headers)
        self.code = code
        self.params = params


def problem(
    status: int,
    detail: str,
    *,
    code: ErrorCode,
    params: Mapping[str, Param] | None = None,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for an error; params that are None are left out."""
    document = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        params={name: _to_json(value) for name, value in (params or {}).items() if value is not None},
        errors=errors,
    )
    return JSONResponse(
        document.model_dump(mode="json", exclude_none=True),
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def _to_json(value: str | int | date) -> str | int:  # a datetime is a date
    if isinstance(value, datetime):
        return moment_to_json(value)
    return value.isoformat() if isinstance(value, date) else value


def problem_of(error: CallcenterError, now: datetime) -> JSONResponse:
    """The answer for one of our own errors; `now` is for how long somebody has to wait."""
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    headers = {}
    params = error.params
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = "Bearer"
    wait = None
    if isinstance(error, TooManyRequestsError):
        wait = max(1, ceil((error.retry_at - now).total_seconds()))
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        wait = OUTAGE_WAIT
    if wait is not None:
        headers["Retry-After"] = str(wait)
        params = {**params, "retry_after": wait}
    return problem(status, str(error), code=error.code, params=params, headers=headers)


def database_problem() -> JSONResponse:
    """The answer while the database does not answer."""
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not answer.",
        code=ErrorCode.DATABASE_UNAVAILABLE,
        params={"retry_after": OUTAGE_WAIT},
        headers={"Retry-After": str(OUTAGE_WAIT)},
    )


def unexpected_problem() -> JSONResponse:
    """The answer to an exception that is a defect of ours."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong here; it has been logged.",
        code=ErrorCode.UNEXPECTED,
    )


def answer_errors_with_problems(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(CallcenterError, _answer_our_own)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    for kind in (DBAPIError, PoolTimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        app.add_exception_handler(kind, _answer_database)


def _answer_our_own(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, CallcenterError):
        raise error
    return problem_of(error, request.app.state.now())


def _answer_invalid(_request: Request, error: Exception) -> JSONResponse:
    faults: Any = error.errors() if isinstance(error, RequestValidationError) else ()
    errors = [
        FieldProblem(field=".".join(str(part) for part in fault["loc"]), message=fault["msg"]) for fault in faults
    ]
    return _not_as_described(errors)


def _answer_http(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, ProblemException):
        return problem(error.status_code, error.detail, code=error.code, params=error.params, headers=error.headers)
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # the framework's word for a body that cannot be read
        return _not_as_described([FieldProblem(field="body", message=str(error.detail))])
    code = _CODES.get(error.status_code, ErrorCode.UNEXPECTED)
    return problem(error.status_code, str(error.detail), code=code, headers=error.headers)


def _not_as_described(errors: list[FieldProblem]) -> JSONResponse:
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not as described.",
        code=ErrorCode.INVALID_REQUEST,
        errors=errors,
    )


def _answer_database(_request: Request, error: Exception) -> JSONResponse:
    """An outage passes, and a text may be the client's fault; any other database error is ours."""
    if is_text_that_cannot_be_stored(error):
        detail = "A text of the request has a NUL character, which no text here can have."
        return problem(HTTPStatus.BAD_REQUEST, detail, code=ErrorCode.INVALID_INPUT)
    if not is_outage(error):
        raise error
    return database_problem()
