"""The audit report as JSON and as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callcenter.audit.comparison import NotDerived
from callcenter.audit.report import Answer, AuditReport, Calls
from callcenter.callbacks.day_sheet import HASH_RECIPE
from callcenter.callbacks.rules import CallKey, EpisodeState
from callcenter.calls.blind_times import UnknownReason, UnknownTime
from callcenter.calls.blind_times import to_json as unknown_to_json
from callcenter.casework.dispositions.rules import Account
from callcenter.json_values import moment_to_json

_DISPOSITIONS = {
    Account.TICKET: "talked to, with a ticket",
    Account.REASON: "talked to, with a reason why not",
    Account.MISSING: "talked to, with neither",
}

SHOWN = 5
"""Calls named behind a number in the text; JSON has them all."""


def to_json(report: AuditReport) -> dict[str, Any]:
    """Every number with the calls behind it."""
    return {
        "day": report.business_date.isoformat(),
        "made_at": moment_to_json(report.made_at),
        "is_over": report.is_over,
        "answer": report.answer.value,
        "is_good": report.is_good,
        "sentence": verdict(report),
        "unknown_times": unknown_to_json(report.unknown),
        "inbound": _figure(report.inbound),
        "answered": _figure(report.answered),
        "missed": {kind: _figure(calls) for kind, calls in report.missed.items()},
        "still_open": _figure(report.still_open),
        "ledger": None
        if report.ledger is None
        else {
            "files": list(report.ledger.files),
            "unreadable_files": list(report.ledger.unreadable),
            "kept_since": moment_to_json(report.ledger.kept_since),
            "inbound": _figure(report.ledger_inbound),
        },
        "is_ledger_missing": report.is_ledger_missing,
        "unexplained": {
            "count": len(report.unexplained),
            "calls": [_call(call) | {"reason": reason} for call, reason in report.unexplained],
        },
        "is_derived": report.differences is not None,
        "differences": {
            "count": len(report.differences or ()),
            "calls": [
                _call(found.call) | {"episode_id": found.episode_id, "reason": found.reason}
                for found in report.differences or ()
            ],
        },
        "not_derived": _not_derived(report.not_derived),
        "suspicious": {
            "count": len(report.suspicious),
            "calls": [_call(call) | {"reason": reason} for call, reason in report.suspicious],
        },
        "doubts": list(report.doubts),
        "unconfirmed": _figure(report.unconfirmed),
        "unconfirmed_in_gap": _figure(report.unconfirmed_in_gap),
        "settled": _figure(report.settled),
        "missed_without_episode": _figure(report.missed_without_episode),
        "missed_in_several_episodes": _figure(report.missed_in_several_episodes),
        "missed_after_freeze": _figure(report.missed_after_freeze),
        "gaps": [
            {
                "pbx": gap.pbx,
                "witness": gap.witness.value,
                "from": moment_to_json(gap.from_at),
                "to": moment_to_json(gap.to_at),
                "reason": gap.reason,
            }
            for gap in report.gaps
        ],
        "overdue_episodes": list(report.overdue_episodes),
        "unknown_deadlines": list(report.unknown_deadlines),
        "dispositions": {account.value: _figure(calls) for account, calls in report.dispositions.items()},
        "is_frozen": report.is_frozen,
        "day_sheet": dict(report.sheet),
        "day_sheet_hash": None
        if report.sheet_sha256 is None
        else {
            "sha256": report.sheet_sha256,
            "previous_sha256": report.sheet_previous_sha256,
            "recipe": HASH_RECIPE,
        },
        "day_sheet_breaks": list(report.breaks),
    }


def to_text(report: AuditReport, *, width: int = 120) -> str:
    """Tables for the terminal; the last line says whether all is well."""
    console = Console(width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(_figures(report))
        console.print(_sheet(report))
        for line in _answered(report.sheet):
            console.print(Text(line))
        if report.sheet_sha256 is not None:
            console.print(f"SHA-256 of the sheet: {report.sheet_sha256}")
            console.print(f"of the one before:    {report.sheet_previous_sha256 or 'none, this is the first'}")
        for gap in report.gaps:
            to = moment_to_json(gap.to_at) or "now"
            console.print(
                Text(f"Gap: {gap.witness.value} of {gap.pbx} {moment_to_json(gap.from_at)} to {to}, {gap.reason}")
            )
        for line in (*report.breaks, *report.doubts):
            console.print(Text(line))
        if report.is_ledger_missing:
            of = f" of {', '.join(report.missing_ledgers)}" if len(report.ledgers) > 1 else ""
            console.print(
                f"The CEL file of the settings{of} is not there: the calls could not be counted a second time."
            )
        elif report.ledger is None:
            console.print("There is no CEL file here: the calls were not counted a second time.")
        if report.ledger is not None:
            files = ", ".join(report.ledger.files) or "no readable file"
            console.print(Text(f"Counted a second time in {files}."))
            for name in report.ledger.unreadable:
                console.print(Text(f"{name} cannot be read to its end."))
        if not report.is_over:
            console.print("The day is not over: this is how it stands now.")
        console.print(Text(verdict(report)))
    return capture.get()


def verdict(report: AuditReport) -> str:
    """The answer in one sentence, with what is not known."""
    unknown = "; ".join([*map(_blind, report.unknown), *_failures(report)])
    match report.answer:
        case Answer.ACCOUNTED_FOR:
            return f"{report.business_date}: every one of {len(report.inbound)} callers is accounted for."
        case Answer.NOT_KNOWN:
            return (
                f"{report.business_date}: not known: {unknown}."
                f" The {len(report.inbound)} callers of whom something is known are accounted for."
            )
        case Answer.NOT_ACCOUNTED_FOR:
            also = f" Besides, {unknown}." if unknown else ""
            return f"{report.business_date}: the books do not balance.{also}"


def _blind(time: UnknownTime) -> str:
    match time.reason:
        case UnknownReason.NOT_BEGUN:
            return "that day has not begun"
        case UnknownReason.BEFORE_FIRST_CALL:
            return "that day lies before everything that was ever recorded"
        case UnknownReason.BOTH_BLIND:
            begin, end = moment_to_json(time.from_at), moment_to_json(time.to_at)
            return f"nobody saw the calls of {time.pbx} from {begin} to {end}"
        case UnknownReason.DEAD_LETTER:
            return f"what {time.pbx} reported at {moment_to_json(time.from_at)} could not be used (dead letter)"


def _failures(report: AuditReport) -> Iterator[str]:
    """What of the day could not be derived anew, in words."""
    found = report.not_derived
    if found is not None and report.has_failures:
        rows, calls = _count(found.rows, "row"), _count(len(found.calls), "call")
        yield f"this program failed on {rows} of the ledger, of {calls} ({', '.join(found.errors)})"


def _count(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _not_derived(found: NotDerived | None) -> dict[str, Any]:
    if found is None:
        return _figure(()) | {"rows": 0, "errors": []}
    return _figure(found.calls) | {"rows": found.rows, "errors": list(found.errors)}


def _figures(report: AuditReport) -> Table:
    table = Table(title=f"Audit of {report.business_date}", title_justify="left")
    table.add_column("figure")
    table.add_column("calls", justify="right")
    table.add_column("which")
    lines: list[tuple[str, Iterable[CallKey]]] = [("inbound", report.inbound), ("= answered", report.answered)]
    lines += [(f"+ {kind}", calls) for kind, calls in report.missed.items()]
    lines += [("+ still open", report.still_open)]
    if report.ledger is not None:
        lines += [("inbound in the ledger", report.ledger_inbound)]
    lines += [
        ("unexplained", [call for call, _ in report.unexplained]),
        ("other in the ledger, derived anew", sorted({found.call for found in report.differences or ()})),
        ("not derived from the ledger", () if report.not_derived is None else report.not_derived.calls),
        ("suspicious", [call for call, _ in report.suspicious]),
        ("unconfirmed", report.unconfirmed),
        ("unconfirmed, in a gap", report.unconfirmed_in_gap),
        ("unconfirmed, settled by a supervisor", report.settled),
        ("missed, in no episode", report.missed_without_episode),
        ("missed, in several episodes", report.missed_in_several_episodes),
        ("missed, found after the freeze", report.missed_after_freeze),
        *((_DISPOSITIONS[account], calls) for account, calls in report.dispositions.items()),
    ]
    for name, found in lines:
        calls = tuple(found)
        table.add_row(name, str(len(calls)), Text(_named(calls)))
    for call, reason in (*report.unexplained, *report.suspicious):
        table.add_row("", "", Text(f"{call.call_id}: {reason}"))
    for other in report.differences or ():
        episode = "" if other.episode_id is None else f"episode {other.episode_id}, "
        table.add_row("", "", Text(f"{episode}{other.call.call_id}: {other.reason}"))
    for name, episodes in (
        ("overdue episodes", report.overdue_episodes),
        ("episodes without a known deadline", report.unknown_deadlines),
    ):
        table.add_row(name, str(len(episodes)), Text(_numbered(episodes)))
    return table


def _sheet(report: AuditReport) -> Table:
    title = "Day sheet" if report.is_frozen else "Day sheet, not frozen yet"
    table = Table(title=title, title_justify="left")
    names = ["lost", *(state.value for state in EpisodeState)]
    for heading in ("", *names):
        table.add_column(heading, justify="right" if heading else "left")
    for line in ("callers", "calls"):
        figures = report.sheet.get(line, {})
        table.add_row(line, *(str(figures.get(name, "")) for name in names))
    return table


def _answered(sheet: Mapping[str, Any]) -> Iterator[str]:
    """What the sheet says of the calls that somebody talked in; older ones say nothing of them."""
    said = sheet.get("dispositions")
    if said is None:
        return
    by_agent = ", ".join(f"{one['agent'] or 'no device'} {one['calls']}" for one in said["missing_by_agent"])
    yield (
        f"Talked to, as the sheet has it: {said['answered']} = {said['with_ticket']} with a ticket"
        f" + {said['with_reason']} with a reason why not + {said['missing']} with neither"
        + (f" ({by_agent})." if by_agent else ".")
    )


def _named(calls: Calls) -> str:
    more = f" and {len(calls) - SHOWN} more" if len(calls) > SHOWN else ""
    return " ".join(call.call_id for call in calls[:SHOWN]) + more


def _numbered(episodes: tuple[int, ...]) -> str:
    more = f" and {len(episodes) - SHOWN} more" if len(episodes) > SHOWN else ""
    return " ".join(map(str, episodes[:SHOWN])) + more


def _figure(calls: Calls) -> dict[str, Any]:
    return {"count": len(calls), "calls": [_call(call) for call in calls]}


def _call(call: CallKey) -> dict[str, Any]:
    return {"pbx": call.pbx, "call_id": call.call_id}
