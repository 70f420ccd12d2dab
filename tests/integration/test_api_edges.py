"""Requests at the edges of what can be written down: each is refused or answered, none breaks anything."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from callcenter.accounts.rights import Role

END = "9999-12-31T23:59:59-14:00"


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


EDGES = [
    "/api/v1/calls?queue=%00",
    "/api/v1/calls?agent=a%00b",
    "/api/v1/calls?queue=%ED%A0%80%FF",
    "/api/v1/calls?from=0001-01-01T00:00:00%2B14:00",
    "/api/v1/calls?to=9999-12-31T23:59:59-14:00",
    "/api/v1/calls?from=99999999999",
    "/api/v1/calls?day=0001-01-01",
    "/api/v1/calls?day=9999-12-31",
    f"/api/v1/calls?cursor={cursor('calls', '0001-01-01T00:00:00+14:00', 'a', 'b')}",
    f"/api/v1/calls?cursor={cursor('calls', END, 'a', 'b')}",
    f"/api/v1/calls?cursor={cursor('calls', '2026-11-23T00:00:00+00:00', chr(0xD800), 'b')}",
    f"/api/v1/calls?cursor={base64.urlsafe_b64encode(b'[' * 740).decode()}",
    f"/api/v1/callbacks?cursor={cursor('callbacks', [2**63 - 1] * 10, 1)}",
    "/api/v1/calls/%00/%00",
    "/api/v1/calls/a/%ED%A0%80",
    "/api/v1/calls/summary?day=0001-01-01",
    "/api/v1/calls/summary?day=9999-12-31",
    "/api/v1/callbacks?day=0001-01-01",
    "/api/v1/callbacks?day=9999-12-31",
    "/api/v1/callbacks?day=9999-12-31&format=xlsx",
    "/api/v1/callbacks/9223372036854775807",
    "/api/v1/callbacks/9223372036854775808",
    "/api/v1/gaps?from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-14:00",
    f"/api/v1/gaps?cursor={cursor('gaps', 2**63)}",
    "/api/v1/callbacks/9223372036854775807/history",
    "/api/v1/callbacks/-1/history",
    "/api/v1/calls/%00/%00/history",
    "/api/v1/calls/a/%ED%A0%80/history",
    "/api/v1/dials/9223372036854775808",
    f"/api/v1/dial-refusals?cursor={cursor('dial-refusals', 2**63)}",
    f"/api/v1/outgoing-legs?cursor={cursor('outgoing-legs', 2**63)}",
    "/api/v1/calls/%00/%00/recordings",
    "/api/v1/recordings?day=0001-01-01",
    "/api/v1/recordings?day=9999-12-31&call_id=%ED%A0%80",
    "/api/v1/recordings?pbx=%00",
    f"/api/v1/recordings?cursor={cursor('recordings', 2**63)}",
    "/api/v1/recordings/9223372036854775807/audio",
    "/api/v1/recordings/9223372036854775808/download",
    "/api/v1/recordings/listenings?file_id=9223372036854775808",
    "/api/v1/recordings/missing?day=0001-01-01",
    "/api/v1/recordings/missing?day=9999-12-31&reason=joined&unexplained=true",
    f"/api/v1/recordings/missing?day=2026-11-23&cursor={cursor('recordings/missing', END, 'a', 'b')}",
    "/api/v1/messages?day=9999-12-31&mailbox=%ED%A0%80%FF",
    "/api/v1/messages/9223372036854775807/audio",
    "/api/v1/audit/0001-01-01",
    "/api/v1/audit/9999-12-31",
    "/api/v1/agents/times?from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-14:00",
    "/api/v1/agents/times?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z",
    "/api/v1/anomalies?day=0001-01-01",
    f"/api/v1/mediations?cursor={cursor('mediations', 2**63)}",
    "/api/v1/mediation-recordings?day=0001-01-01&call_id=%00",
    f"/api/v1/mediation-recordings?cursor={cursor('mediation-recordings', 2**63)}",
    "/api/v1/mediation-recordings/9223372036854775807/audio",
    "/api/v1/mediation-recordings/9223372036854775808/download",
    "/api/v1/mediations/9223372036854775808",
    "/api/v1/mediations/statistics?from_day=0001-01-01&to_day=9999-12-31",
    "/api/v1/mediations/statistics?from_day=1970-01-02&to_day=9999-12-31",
    "/api/v1/mediations/statistics?from_day=1970-01-02&to_day=9999-01-01&complaints=99999999999",
    f"/api/v1/access-log?cursor={cursor('access-log', 2**63)}",
    "/api/v1/statistics/calls?from_day=0001-01-01&to_day=0001-01-02",
    "/api/v1/statistics/calls?from_day=9999-12-31&to_day=9999-12-31",
    "/api/v1/statistics/calls?from_day=2026-11-23&to_day=2026-11-22",
    "/api/v1/statistics/calls?from_day=2026-01-01&to_day=2027-01-02",
    "/api/v1/statistics/calls?from_day=2026-01-01&to_day=2026-12-31&interval=15min",
    "/api/v1/statistics/calls?from_day=2026-01-01&to_day=2026-01-02&queue=%00",
    "/api/v1/statistics/calls?from_day=2026-01-01&to_day=2026-01-02&agent=%ED%A0%80",
    "/api/v1/statistics/heat-map?from_day=2999-12-31&to_day=2999-12-31",
    "/api/v1/statistics/agents?from_day=2999-12-31&to_day=2999-12-31",
    "/api/v1/statistics/staffing?from_day=2026-11-23&to_day=2026-11-23&shrinkage=0.9&target=0.999&within_seconds=0",
    "/api/v1/statistics/staffing?from_day=2026-11-23&to_day=2026-11-23&shrinkage=nan&target=inf",
    "/api/v1/wallboard/events?after=%00",
    "/api/v1/hours?from_day=0001-01-01&to_day=9999-12-31",
    "/api/v1/hours?from_day=9999-12-31&to_day=9999-12-31",
    "/api/v1/hours?from_day=2199-12-31&to_day=2199-12-31",
    "/api/v1/hours?from_day=2026-12-31&to_day=2026-01-01",
    "/api/v1/duty/shifts?from_day=0001-01-01&to_day=0001-01-01",
    "/api/v1/duty/coverage?from_day=2000-01-01&to_day=2000-12-31",
    "/api/v1/duty/fairness?from_day=2199-12-31&to_day=2199-12-31",
    f"/api/v1/duty/handovers?cursor={cursor('duty/handovers', 2**63)}",
    f"/api/v1/alarms?cursor={cursor('alarms', 2**63 - 1, 'a')}&open=true",
    f"/api/v1/access-log?cursor={cursor('access-log', 10**29 - 1)}",
]


@pytest.mark.parametrize("path", EDGES)
async def test_what_lies_at_the_edge_is_answered_or_refused(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], path: str
) -> None:
    answer = await client.get(path, headers=as_role[Role.ADMIN] | {"X-Reason": "test"})

    assert answer.status_code in (200, 400, 404, 409, 422, 503), answer.text


@pytest.mark.parametrize("reason", ["\ud800\udfff", "a\0b\0c", "ab\0", "x" * 501, "\u2028\u2028\u2028", "📞" * 250])
async def test_a_reason_at_the_edge_is_taken_or_refused(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], reason: str
) -> None:
    headers = as_role[Role.SUPERVISOR] | {"Content-Type": "application/json"}
    body = json.dumps({"reason": reason})
    answer = await client.post("/api/v1/callbacks/1/decision", content=body, headers=headers)

    assert answer.status_code in (404, 422), answer.text


@pytest.mark.parametrize("header", ["Bearer \0", "Bearer " + "x" * 5000, "Bearer", "Basic eDp5", "bearer \xff"])
async def test_a_token_at_the_edge_is_refused(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/api/v1/session", headers=[(b"Authorization", header.encode("latin-1"))])

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"number": "\ud800"},
        {"number": "1" * 81},
        {"episode_id": 2**63},
        {"episode_id": -1},
        {"call": {"pbx": "\0", "call_id": "\0"}},
        {"call": {"pbx": "a", "call_id": "b", "context": "c"}},
        {"directory_id": True},
        {"more": {"deep": ["\ud800"]}},
    ],
)
async def test_a_dial_at_the_edge_is_refused(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], body: object
) -> None:
    headers = as_role[Role.AGENT] | {"Content-Type": "application/json", "Idempotency-Key": "edge-of-all"}
    answer = await client.post("/api/v1/dials", content=json.dumps(body), headers=headers)

    assert answer.status_code in (403, 404, 422), answer.text


@pytest.mark.parametrize("reason", ["%C2%85%E2%80%AE12", "%FF%FE", "%ED%A0%80", "a", "%0A%0A", "%20%20", "x" * 201])
async def test_a_reason_header_at_the_edge_is_taken_or_refused(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], reason: str
) -> None:
    answer = await client.get("/api/v1/calls", headers=as_role[Role.ADMIN] | {"X-Reason": reason})

    assert answer.status_code == (200 if reason == "%C2%85%E2%80%AE12" else 400), answer.text


@pytest.mark.parametrize("caller", ["\0", "138\ud800", "++", "nobody", ""])
@pytest.mark.parametrize("path", ["/api/v1/calls/searches", "/api/v1/callbacks/searches"])
async def test_a_search_for_what_is_no_number_is_refused(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], path: str, caller: str
) -> None:
    headers = as_role[Role.AGENT] | {"Content-Type": "application/json"}
    answer = await client.post(path, content=json.dumps({"caller": caller}), headers=headers)

    assert answer.status_code in (400, 422), answer.text
