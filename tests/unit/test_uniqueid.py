"""What an id says of PBX, moment and order, and that ids which other programs chose say nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.calls.records import Anomaly, CallRecord, Outcome
from callcenter.pbx.uniqueid import birth_of, epoch_of, originated_id, pbx_of, systemname_in
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules

CASES = Path(__file__).parents[1] / "cases"
BORN_AT = datetime.fromtimestamp(1795463000, UTC)
UUID = "0e000000-0000-4000-8000-000000000001"


def records(*paths: Path, pbx: str = "pbx1", is_named: bool = False) -> list[CallRecord]:
    is_cel = paths[0].suffix == ".csv"
    return list(replay(paths, is_cel=is_cel, pbx=pbx, rules=CallRules(is_pbx_named=is_named)))


@pytest.mark.parametrize(
    ("uniqueid", "systemname", "epoch", "birth"),
    [
        ("pbx5-1795463000.2", "pbx5", 1795463000, (1795463000, 2)),
        ("1795463000.2", None, 1795463000, (1795463000, 2)),
        ("pbx5-1795463000.d2", "pbx5", 1795463000, None),
        ("north-east-1795463000.2", "north-east", 1795463000, None),
        (UUID, None, None, None),
        ("crm-4711.7", None, None, None),
        ("campaign-12-lead-55", None, None, None),
        ("pbx5-dialler-1795463000", None, None, None),
        ("13900000002.1", None, None, None),
        ("pbx5-1000000000.7", "pbx5", 1000000000, None),
        ("dialler-1795463000.900", "dialler", 1795463000, None),
    ],
)
def test_an_id_says_only_what_asterisk_writes_into_one(
    uniqueid: str, systemname: str | None, epoch: int | None, birth: tuple[int, int] | None
) -> None:
    assert systemname_in(uniqueid) == systemname
    assert epoch_of(uniqueid) == epoch
    assert birth_of(uniqueid, BORN_AT, pbx="pbx5") == birth


def test_a_name_that_was_given_is_the_pbx_of_every_id_and_without_one_asterisks_own_form_tells_it() -> None:
    ids = ("pbx7-1795463000.2", "1795463000.2", UUID, "dialler-1.2")

    assert [pbx_of(uniqueid, pbx="pbx5", is_named=True) for uniqueid in ids] == ["pbx5"] * 4
    assert [pbx_of(uniqueid, pbx="pbx5", is_named=False) for uniqueid in ids] == ["pbx7", "pbx5", "pbx5", "pbx5"]
    assert pbx_of(originated_id("pbx5", 1795463000, 8), pbx="pbx1", is_named=False) == "pbx5"


@given(st.text(max_size=40))
def test_no_id_whatever_raises_or_gives_a_pbx_without_a_name(uniqueid: str) -> None:
    assert pbx_of(uniqueid, pbx="pbx5", is_named=False)
    epoch_of(uniqueid)
    birth_of(uniqueid, BORN_AT, pbx="pbx5")


def test_a_call_with_an_id_of_another_program_is_one_call_of_the_same_pbx_for_both_witnesses() -> None:
    (live,) = records(CASES / "program_chosen_ids.ami")
    (ledger,) = records(CASES / "program_chosen_ids.csv", pbx="pbx5", is_named=True)

    assert [(call.pbx, call.call_id, call.outcome) for call in (live, ledger)] == [("pbx5", UUID, Outcome.ANSWERED)] * 2
    assert all(timedelta(seconds=5.98) <= call.talk_time <= timedelta(seconds=6) for call in (live, ledger))


@pytest.mark.parametrize("chosen", ["crm-4711.900", "dialler-1795462999.900", "1000000000.900"])
def test_an_id_of_another_program_that_looks_like_a_higher_count_is_no_start_of_the_pbx(
    chosen: str, tmp_path: Path
) -> None:
    text = (CASES / "program_chosen_ids.csv").read_text(encoding="utf-8").replace(UUID, chosen)
    path = tmp_path / "cel.csv"
    path.write_text(text.replace("pbx5-1795463000.2", "pbx5-1795463003.2"), encoding="utf-8")

    (call,) = records(path, pbx="pbx5", is_named=True)

    assert (call.call_id, call.outcome, Anomaly.PBX_DIED in call.anomalies) == (chosen, Outcome.ANSWERED, False)
