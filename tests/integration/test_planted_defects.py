"""Who proves must be doubted too: each defect that is planted turns the soak's verdict or the audit red.

Real captures are recorded with the defect in place. The truth is what people wrote down beside each capture.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from callcenter.audit.report import AuditReport
from callcenter.audit.service import audit_day
from callcenter.callbacks import call_store, episode_rows, episodes, service
from callcenter.callbacks.deadlines import find_due_at
from callcenter.callbacks.episodes import episodes_of
from callcenter.callbacks.list_store import CallbackRow, ListFilter, list_day, list_open
from callcenter.callbacks.rules import CallForEpisode, Episode, EpisodeState
from callcenter.calls import rows
from callcenter.calls import store as calls_store
from callcenter.calls.merge_witnesses import merge
from callcenter.calls.numbers import CallerNumber, identity_key, normalise
from callcenter.calls.records import CallRecord, Direction, Outcome
from callcenter.calls.tables import Call
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.tracking import summary, tracker
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules
from callcenter.tracking.summary import summarise
from hotline_soak.faults import FAULTS
from hotline_soak.list_verdict import judge_list
from hotline_soak.persons import person_of
from hotline_soak.truth import Talked, Truth
from hotline_soak.verdict import Verdict, judge
from hotline_soak.watch import Injected, missing_gaps
from tests.integration.callback_examples import hear_all, store
from tests.scenarios.captures import FOLDER

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCENARIOS = (
    "after_hours_message_left",
    "after_hours_without_mailbox",
    "answered_by_an_agent",
    "blind_transfer",
    "busy_line",
    "caller_hangs_up_in_greeting",
    "caller_hangs_up_in_queue",
    "direct_call_answered",
    "direct_call_no_answer",
    "lost_after_transfer",
    "no_answer_then_another_agent",
    "outbound_answered",
    "queue_full",
    "queue_overflow",
    "queue_timeout",
    "third_try_gets_through",
    "withheld_number_hangs_up_in_queue",
)
episode_rows_row_of = episode_rows.row_of
CLOSING_TALK = timedelta(seconds=1)
"""Nobody in the captures talks for long."""
_EPOCH = re.compile(rb"pbx1-(\d+)\.")

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the two judges say."""

    verdict: Verdict
    listed_wrong: list[Any]
    audits: list[AuditReport]

    @property
    def is_soak_red(self) -> bool:
        verdict = self.verdict
        return bool(verdict.lost or verdict.doubled or verdict.wrong or self.listed_wrong)

    @property
    def is_audit_red(self) -> bool:
        return not all(audit.is_good for audit in self.audits)


def in_order() -> list[Path]:
    """The captures as one PBX would have lived through them."""

    def epoch(folder: Path) -> int:
        found = _EPOCH.search((folder / "cel.csv").read_bytes())
        assert found is not None
        return int(found[1])

    return sorted((FOLDER / name for name in SCENARIOS), key=epoch)


def written_down(folder: Path) -> list[dict[str, Any]]:
    told: dict[str, list[dict[str, Any]]] = json.loads((folder / "records.json").read_text(encoding="utf-8"))
    return told["ledger"]


def moment(told: str) -> datetime:
    return datetime.fromisoformat(told)


def talk_of(call: dict[str, Any], number: str) -> Talked | None:
    lengths = [moment(talk["to"]) - moment(talk["from"]) for talk in call["talks"]]
    if not lengths:
        return None
    begin = moment(call["talks"][0]["from"])
    least = lengths[0] if len(lengths) == 1 else timedelta()
    return Talked(person=person_of(number), begin=begin, least=least, most=sum(lengths, timedelta()))


def truths() -> tuple[list[Truth], list[Talked]]:
    callers, rung = [], []
    for folder in in_order():
        for call in written_down(folder):
            if call["direction"] == "outbound" and (talk := talk_of(call, call["dialled_number"])) is not None:
                rung.append(talk)
            if call["direction"] != "inbound":
                continue
            number = "" if call["caller_raw"] in (None, "anonymous") else call["caller_raw"]
            callers.append(
                Truth(
                    kind=folder.name,
                    number=number,
                    dialled=call["dialled_number"],
                    begin=moment(call["started_at"]),
                    end=moment(call["ended_at"]),
                    outcomes=frozenset((call["outcome"],)),
                    planned=call["outcome"],
                    is_lost_after_transfer=call["lost_after_transfer"],
                    talked_with=frozenset(talk["with"] for talk in call["talks"]),
                    talk=talk_of(call, number),
                )
            )
    return callers, rung


async def prove(database: Database, cel_csv: Path, *, stale: Plant | None = None) -> Proof:
    """Record everything, and let both judge. `stale` is planted when half of it is recorded."""
    folders = in_order()
    cel_csv.write_bytes(b"".join((folder / "cel.csv").read_bytes() for folder in folders))
    settings = Settings(pbxs=(Pbx(cel_csv=cel_csv),), closing_talk_seconds=CLOSING_TALK.total_seconds())
    for number, folder in enumerate(folders):
        if stale is not None and number == len(folders) // 2:
            await service.refresh(database, settings)
            with pytest.MonkeyPatch.context() as patch:
                stale(patch)
                return await prove_rest(database, settings, folders[number:])
        await store_capture(database, folder)
    return await prove_rest(database, settings, [])


async def store_capture(database: Database, folder: Path) -> None:
    for name, is_cel in (("capture.ami", False), ("cel.csv", True)):
        await store(database, list(replay([folder / name], is_cel=is_cel, pbx="pbx1", rules=CallRules())))


async def prove_rest(database: Database, settings: Settings, folders: Iterable[Path]) -> Proof:
    for folder in folders:
        await store_capture(database, folder)
    await hear_all(database)
    callers, rung = truths()
    now = datetime.now(UTC)
    days = sorted({truth.begin.astimezone(SHANGHAI).date() for truth in callers})
    audits = [await audit_day(database, settings, day, now=now) for day in days]
    async with database.sessions.begin() as session:
        statement = select(Call.record).where(Call.direction == "inbound")
        records = list((await session.scalars(statement)).all())
        shown: list[CallbackRow] = []
        for day in days:
            shown += await list_day(session, day, ListFilter(), now=now, after=None, limit=None)
        live = await list_open(session, ListFilter(), now=now, after=None, limit=None)
    once = {row["episode_id"]: row for row in shown}
    listed = [(call["pbx"], call["call_id"]) for row in once.values() for call in row["calls"]]
    verdict = judge(callers, records, listed)
    listed_wrong = judge_list(verdict.matched, rung, list(once.values()), live, closing_talk=CLOSING_TALK)
    return Proof(verdict=verdict, listed_wrong=listed_wrong, audits=audits)


async def test_without_a_defect_both_are_content(database: Database, tmp_path: Path) -> None:
    proof = await prove(database, tmp_path / "Master.csv")

    assert [deviation.sentence for deviation in (*proof.verdict.lost, *proof.verdict.doubled)] == []
    assert [deviation.sentence for deviation in (*proof.verdict.wrong, *proof.listed_wrong)] == []
    assert [audit.differences for audit in proof.audits] == [()] * len(proof.audits)
    assert not proof.is_audit_red
    assert len(proof.verdict.matched) > 15


def at_storing(change: Callable[[CallRecord], list[CallRecord]]) -> Plant:
    """A defect behind the tracker: what is stored is not what was told."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        by_call = rows.by_call
        patch.setattr(
            calls_store,
            "by_call",
            lambda tellings: by_call([made for telling in tellings for made in change(telling)]),
        )

    return plant


def at_merging(change: Callable[[CallRecord], CallRecord]) -> Plant:
    """A defect in what two tellings are made into."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(rows, "merge", lambda ami, ledger: change(merge(ami, ledger)))

    return plant


def at_telling(change: Callable[[CallRecord], CallRecord]) -> Plant:
    """A defect in the tracker, which the audit uses as well."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(tracker, "summarise", lambda *told: change(summarise(*told)))

    return plant


def dropped(record: CallRecord) -> list[CallRecord]:
    return [] if record.outcome is Outcome.QUEUE_TIMEOUT else [record]


def doubled(record: CallRecord) -> list[CallRecord]:
    again = replace(record, call_id=f"{record.call_id}1")
    return [record, again] if record.outcome is Outcome.ANSWERED else [record]


def another_outcome(record: CallRecord) -> CallRecord:
    return replace(record, outcome=Outcome.QUEUE_TIMEOUT) if record.outcome is Outcome.ABANDONED_QUEUE else record


def another_agent(record: CallRecord) -> CallRecord:
    return replace(record, talks=tuple(replace(talk, with_="1999") for talk in record.talks))


def another_talk(record: CallRecord) -> CallRecord:
    longer = timedelta(minutes=10)
    return replace(
        record, talks=tuple(replace(talk, to=None if talk.to is None else talk.to + longer) for talk in record.talks)
    )


def wrong_number(patch: pytest.MonkeyPatch) -> None:
    def wrong(raw: str | None, **options: Any) -> CallerNumber:
        found = normalise(raw, **options)
        return found if found.number is None else replace(found, number=f"{found.number[:-1]}0")

    patch.setattr(summary, "normalise", wrong)


def merged_persons(patch: pytest.MonkeyPatch) -> None:
    def wrong(caller: CallerNumber) -> str | None:
        key = identity_key(caller)
        return None if key is None else f"{key[:-2]}00"

    patch.setattr(rows, "identity_key", wrong)


def everything_closed(patch: pytest.MonkeyPatch) -> None:
    def closed(*told: Any) -> tuple[Episode, ...]:
        return tuple(
            replace(
                episode,
                state=EpisodeState.SELF_RECOVERED,
                closed_at=episode.last_lost_at,
                closed_by=episode.closed_by or episode.calls[-1],
            )
            for episode in episodes_of(*told)
        )

    patch.setattr(episode_rows, "episodes_of", closed)


def nothing_closed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(episodes, "_closes", lambda *_: False)


def answered_callers_listed(patch: pytest.MonkeyPatch) -> None:
    def is_missed(call: CallForEpisode) -> bool:
        return call.outcome is not None and call.direction is Direction.INBOUND

    patch.setattr(episodes, "is_missed", is_missed)
    patch.setattr(call_store, "is_missed", is_missed)


def wrong_deadline(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(episode_rows, "find_due_at", lambda *_: datetime(2199, 1, 1, tzinfo=UTC))


def late_by_a_day(patch: pytest.MonkeyPatch) -> None:
    def late(*told: Any) -> datetime | None:
        due_at = find_due_at(*told)
        return None if due_at is None else due_at + timedelta(days=1)

    patch.setattr(episode_rows, "find_due_at", late)


def rows_with(**changes: Any) -> Plant:
    """Episodes are stored with other columns than their calls give."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        def changed(*told: Any) -> dict[str, Any]:
            row = episode_rows_row_of(*told)
            return row | {
                name: change(row[name]) if row[name] is not None else None for name, change in changes.items()
            }

        patch.setattr(episode_rows, "row_of", changed)

    return plant


def each_call_alone(patch: pytest.MonkeyPatch) -> None:
    def apart(*told: Any) -> tuple[Episode, ...]:
        return tuple(replace(episode, calls=(call,)) for episode in episodes_of(*told) for call in episode.calls)

    patch.setattr(episode_rows, "episodes_of", apart)


DEFECTS: dict[str, tuple[Plant, bool]] = {
    "calls are dropped": (at_storing(dropped), True),
    "calls are doubled": (at_storing(doubled), True),
    "a wrong outcome is recorded": (at_merging(another_outcome), True),
    "both witnesses have a wrong outcome": (at_telling(another_outcome), False),
    "a wrong number is recorded": (wrong_number, False),
    "ten persons are merged": (merged_persons, False),
    "everything is closed": (everything_closed, True),
    "nothing is closed": (nothing_closed, True),
    "answered callers are listed": (answered_callers_listed, True),
    "a deadline is in the next century": (wrong_deadline, False),
    "a deadline is a day late": (late_by_a_day, False),
    "messages are forgotten": (rows_with(has_message=lambda _: False), False),
    "everybody left a message": (rows_with(has_message=lambda _: True), False),
    "everybody has an emergency": (rows_with(is_emergency=lambda _: True), False),
    "nobody waited": (rows_with(longest_wait=lambda _: timedelta()), False),
    "tries are not counted": (rows_with(tries_within_window=lambda _: 0), False),
    "the first loss is forgotten": (rows_with(opened_at=lambda at: at + timedelta(hours=3)), False),
    "the least urgent comes first": (rows_with(priority=lambda told: [-one for one in told]), False),
    "closed episodes are called open": (rows_with(state=lambda _: "open"), False),
    "each call waits alone": (each_call_alone, False),
    "a wrong agent is recorded": (at_merging(another_agent), True),
    "both witnesses have a wrong agent": (at_telling(another_agent), False),
    "a wrong talk is recorded": (at_merging(another_talk), True),
    "both witnesses have a wrong talk": (at_telling(another_talk), False),
}
"""Each defect, and whether the audit alone must see it: it cannot where the tracker itself is wrong."""


@pytest.mark.parametrize("name", DEFECTS)
async def test_a_planted_defect_is_seen(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plant, must_audit_see = DEFECTS[name]
    plant(monkeypatch)

    proof = await prove(database, tmp_path / "Master.csv")

    assert proof.is_soak_red or proof.is_audit_red
    assert proof.is_audit_red or not must_audit_see
    assert proof.is_soak_red or must_audit_see


async def test_a_list_that_stands_still_is_seen(database: Database, tmp_path: Path) -> None:
    async def stand_still(*_: object) -> int:
        return 0

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr("callcenter.audit.service.refresh", stand_still)

    proof = await prove(database, tmp_path / "Master.csv", stale=plant)

    assert proof.is_soak_red
    assert proof.is_audit_red


def test_a_gap_that_was_lost_is_seen() -> None:
    begin = datetime(2026, 11, 23, 1, tzinfo=UTC)
    cut = next(fault for fault in FAULTS if fault.name == "AMI link cut")
    blow = Injected(
        faults=(cut,), begin=begin, end=begin + timedelta(seconds=5), playing=3, recovery=timedelta(seconds=1)
    )
    gap = {"witness": "ami", "from": begin.isoformat(), "to": (begin + timedelta(seconds=5)).isoformat()}

    assert missing_gaps([blow], [gap]) == []
    assert missing_gaps([blow], []) == ["AMI link cut at 01:00:00 left no gap of the witness ami."]
