"""The end of a soak: everything is requested from the backend, judged and shown."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table

from hotline_demo.backend import Backend
from hotline_soak.centre import Centre
from hotline_soak.faults import FAULTS
from hotline_soak.ledger_figures import board_figures, count_ledger, differences, ledger_files
from hotline_soak.list_verdict import judge_list
from hotline_soak.verdict import Deviation, Verdict, judge
from hotline_soak.watch import Injected, missing_gaps

SHANGHAI = ZoneInfo("Asia/Shanghai")
SETTLE_SECONDS = 60.0
BOARD_SECONDS = 10.0
MOST_OFF_PLAN = 0.2
"""If a larger share of the phones deviated from their plans, the machine was too busy to prove anything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The result of a soak."""

    injected: Sequence[Injected]
    verdict: Verdict
    listed_wrong: Sequence[Deviation]
    """Callers listed otherwise than by the phones."""
    audit_sentences: Sequence[str]
    """The audit's answer for each day that is not accounted for."""
    unexplained: int
    unconfirmed: Sequence[str]
    """Calls outside of gaps on which the witnesses do not agree."""
    off_plan: int
    complaints: Sequence[str]

    @property
    def is_good(self) -> bool:
        """No call lost, doubled, wrong, unexplained or unconfirmed, the list right, and every day accounted for."""
        verdict = self.verdict
        return not (
            verdict.lost
            or verdict.doubled
            or verdict.wrong
            or self.listed_wrong
            or self.unexplained
            or self.unconfirmed
            or self.audit_sentences
            or self.complaints
        )

    @property
    def figures(self) -> dict[str, Any]:
        """As `--json` prints them."""
        recovery = max((blow.recovery.total_seconds() for blow in self.injected), default=0.0)
        return {
            "calls": self.verdict.calls,
            "faults": sum(len(blow.faults) for blow in self.injected),
            "lost": len(self.verdict.lost),
            "doubled": len(self.verdict.doubled),
            "wrong": len(self.verdict.wrong),
            "listed_wrong": len(self.listed_wrong),
            "unexplained": self.unexplained,
            "max_recovery_seconds": round(recovery, 1),
            "unconfirmed": len(self.unconfirmed),
            "audits_not_good": len(self.audit_sentences),
            "off_plan": self.off_plan,
            "complaints": len(self.complaints),
        }

    @property
    def by_fault(self) -> dict[str, dict[str, Any]]:
        """The rows of the table, by the fault's name; a deviation counts for every fault of its time."""
        kinds = {"lost": self.verdict.lost, "doubled": self.verdict.doubled, "wrong": self.verdict.wrong}
        lines = {}
        for fault in FAULTS:
            if blows := [blow for blow in self.injected if fault in blow.faults]:
                recovery = max(blow.recovery.total_seconds() for blow in blows)
                lines[fault.name] = {
                    "times": len(blows),
                    "calls_up": sum(blow.playing for blow in blows),
                    **{
                        kind: sum(any(_overlap(blow, deviation) for blow in blows) for deviation in deviations)
                        for kind, deviations in kinds.items()
                    },
                    "recovery_seconds": round(recovery, 1),
                }
        return lines

    @property
    def sentences(self) -> list[str]:
        """Every deviation and complaint."""
        verdict = self.verdict
        found = [
            f"{deviation.sentence}; meanwhile: {', '.join(self._names_during(deviation)) or 'nothing'}"
            for deviation in (*verdict.lost, *verdict.doubled, *verdict.wrong, *self.listed_wrong)
        ]
        return [*found, *self.audit_sentences, *self.complaints]

    def _names_during(self, deviation: Deviation) -> list[str]:
        return [blow.name for blow in self.injected if _overlap(blow, deviation)]

    def table(self) -> Table:
        """One line a fault."""
        table = Table("fault", "times", "calls up", "lost", "doubled", "wrong", "seconds to recover, at most")
        for name, line in self.by_fault.items():
            table.add_row(name, *map(str, line.values()))
        table.caption = ", ".join(f"{name.replace('_', ' ')}: {figure}" for name, figure in self.figures.items())
        return table


def _overlap(blow: Injected, deviation: Deviation) -> bool:
    return blow.begin <= deviation.end and deviation.begin <= blow.end + blow.recovery


AMISS = (
    "unexplained",
    "differences",
    "suspicious",
    "unconfirmed",
    "missed_without_episode",
    "missed_in_several_episodes",
)
"""Figures of an audit, each with its calls, that keep a day from being accounted for."""


def describe_audit(audit: Mapping[str, Any]) -> str:
    """The answer of an audit that is not good, with what is amiss and the calls behind it."""
    found = [
        f"{name}: {json.dumps(audit[name]['calls'], ensure_ascii=False)}" for name in AMISS if audit[name]["count"]
    ]
    return " ".join([audit["sentence"], *found, *audit["doubts"], *audit["day_sheet_breaks"]])


async def report(centre: Centre, injected: Sequence[Injected], days: Sequence[date]) -> Report:
    """Ask the backend for everything, and compare."""
    await _settle(centre.backend, days)
    records: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    audits = []
    for day in days:
        audit = await centre.backend.run("audit", "--date", day.isoformat(), "--json", may_fail=True)
        audits.append(json.loads(audit))
        records += await _list_all(
            centre.backend, f"/api/v1/calls?day={day}&direction=inbound&limit=200", reason="soak"
        )
        rows += json.loads(await centre.backend.run("callbacks", "--date", day.isoformat(), "--json"))["items"]
    live = json.loads(await centre.backend.run("callbacks", "--json"))["items"]
    once = {row["episode_id"]: row for row in rows}
    listed = [(call["pbx"], call["call_id"]) for row in once.values() for call in row["calls"]]
    gaps = await _list_all(centre.backend, "/api/v1/gaps?limit=200")
    truths = centre.traffic.truths
    verdict = judge(truths, records, listed)
    off_plan = sum(truth.is_off_plan for truth in truths)
    complaints = [*centre.complaints, *missing_gaps(injected, gaps)]
    in_ledger = sum(audit["ledger"]["inbound"]["count"] for audit in audits if audit["ledger"] is not None)
    if not verdict.calls <= in_ledger <= verdict.calls + verdict.perhaps:
        complaints.append(f"The ledger has {in_ledger} inbound calls, the phones {verdict.calls}.")
    complaints += await _compare_wallboard(centre)
    if off_plan > MOST_OFF_PLAN * len(truths):
        complaints.append(f"{off_plan} of {len(truths)} callers deviated from their plans.")
    return Report(
        injected=injected,
        verdict=verdict,
        listed_wrong=judge_list(verdict.matched, centre.traffic.talks, list(once.values()), live),
        audit_sentences=[describe_audit(audit) for audit in audits if not audit["is_good"]],
        unexplained=sum(audit["unexplained"]["count"] for audit in audits),
        unconfirmed=[
            _describe_unconfirmed(call, records) for audit in audits for call in audit["unconfirmed"]["calls"]
        ],
        off_plan=off_plan,
        complaints=complaints,
    )


def _describe_unconfirmed(call: Mapping[str, Any], inbound: Sequence[Mapping[str, Any]]) -> str:
    """A call on which the witnesses do not agree, with what is recorded of it if it is an inbound one."""
    found = (record for record in inbound if (record["pbx"], record["call_id"]) == (call["pbx"], call["call_id"]))
    record = next(found, None)
    if record is None:
        return f"{call['call_id']} is unconfirmed, and not an inbound call."
    return f"{call['call_id']} is unconfirmed: {record['outcome']}, {record['witnesses']}, {record['anomalies']}"


async def _settle(backend: Backend, days: Sequence[date]) -> None:
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                figures = [await backend.get(f"/api/v1/calls/summary?day={day}") for day in days]
                if all(figure["up"] == 0 for figure in figures):
                    return
                await asyncio.sleep(0.5)
    except TimeoutError:
        print("Calls are still up after everything has ended.", file=sys.stderr)


async def _compare_wallboard(centre: Centre) -> list[str]:
    """The wallboard's figures of today against those counted in the CEL file, once both stand still."""
    loop = asyncio.get_running_loop()
    until = loop.time() + BOARD_SECONDS
    while True:
        document = (await centre.backend.get("/api/v1/wallboard"))["document"]
        day = date.fromisoformat(document["day"])
        counted = count_ledger(ledger_files(Path(centre.lab.info.cel_csv)), day, SHANGHAI)
        found = differences(board_figures(document["today"]), counted)
        if not found or loop.time() > until:
            figures = ", ".join(f"{name.replace('_', ' ')} {figure}" for name, figure in counted.items())
            print(f"wallboard against the CEL file: {'not ' if found else ''}the same; {figures}", file=sys.stderr)
            return found
        await asyncio.sleep(0.5)


async def _list_all(backend: Backend, address: str, *, reason: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at = ""
    while True:
        answer = await backend.get(f"{address}{at}", reason=reason)
        found += answer["items"]
        if answer["next"] is None:
            return found
        at = f"&cursor={answer['next']}"
