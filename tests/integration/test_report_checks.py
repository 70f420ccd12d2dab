"""Tables are checked over HTTP, and nothing of them is kept."""

from __future__ import annotations

from typing import Any

import httpx

from callcenter.accounts.rights import Role

TABLE: dict[str, Any] = {
    "name": "2025 Q1",
    "rows": [
        {"name": "complaints", "count": 27723, "comparisons": [{"base": "last_year", "before": 25805}]},
        {
            "name": "reports",
            "count": 10171,
            "comparisons": [{"base": "last_year", "before": 10553, "change": "-3.71"}],
        },
    ],
    "total": {"name": "all", "count": 37894, "comparisons": [{"base": "last_year", "before": 36368}]},
}


async def checked(client: httpx.AsyncClient, headers: dict[str, str], *tables: Any) -> httpx.Response:
    return await client.post("/api/v1/report-checks", json={"tables": list(tables)}, headers=headers)


async def test_what_does_not_fit_is_named_with_what_would(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    answer = await checked(client, as_role[Role.DIRECTOR], TABLE)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "comparisons": 3,
            "is_clean": False,
            "findings": [
                {
                    "fault": "sum",
                    "table": "2025 Q1",
                    "row": None,
                    "base": "last_year",
                    "printed": 36368.0,
                    "right": 36358.0,
                    "fits": None,
                },
                {
                    "fault": "change",
                    "table": "2025 Q1",
                    "row": "reports",
                    "base": "last_year",
                    "printed": -3.71,
                    "right": -3.62,
                    "fits": 10563,
                },
            ],
        },
    )


async def test_a_table_is_clean_wrong_or_says_nothing(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    rows = [{"name": "a", "count": 1, "share": "25"}, {"name": "b", "count": 3, "share": "75.0"}]
    clean = await checked(client, as_role[Role.SUPERVISOR], {"name": "t", "rows": rows})
    nothing = await checked(client, as_role[Role.SUPERVISOR], {"name": "t", "rows": [{"name": "a", "count": 1}]})
    refused = await checked(client, as_role[Role.SUPERVISOR], {"name": "t", "rows": [{"name": "a", "count": -1}]})
    assert clean.json() == {"comparisons": 2, "is_clean": True, "findings": []}
    assert nothing.json() == {"comparisons": 0, "is_clean": None, "findings": []}
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body.tables.0.rows.0.count")
