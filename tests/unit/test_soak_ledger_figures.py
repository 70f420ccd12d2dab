"""The wallboard's numbers and an independent count of the CEL file agree, on every scenario a real Asterisk played."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.calls.record_json import record_from_json
from callcenter.kpis.definitions import count_call
from callcenter.kpis.tallies import Counted, tally
from callcenter.kpis.views import show_figures
from hotline_soak.ledger_figures import board_figures, count_ledger, differences, ledger_files

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCENARIOS = sorted(path.parent for path in (Path(__file__).parents[1] / "scenarios").glob("*/cel.csv"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda folder: folder.name)
def test_the_ledger_alone_gives_the_figures_of_the_wallboard(scenario: Path) -> None:
    told = json.loads((scenario / "records.json").read_text(encoding="utf-8"))["ledger"]
    records = [record_from_json(record) for record in told]
    counted = [found for record in records if (found := count_call(record))]
    day = records[0].started_at.astimezone(SHANGHAI).date()
    places: dict[str | None, list[Counted]] = {None: []}
    for found in counted:
        for place, one in found.items():
            places.setdefault(place, []).append(one)
    figures = {place: show_figures(tally(ones), longest_wait=None) for place, ones in places.items()}
    shown = board_figures({"total": figures.pop(None), "queues": figures})
    assert differences(shown, count_ledger([scenario / "cel.csv"], day, SHANGHAI)) == []


def test_rotated_files_are_counted_and_rows_in_two_of_them_once(tmp_path: Path) -> None:
    rows = next(folder for folder in SCENARIOS if folder.name == "lost_after_transfer") / "cel.csv"
    data = rows.read_bytes()
    (tmp_path / "Master.csv").write_bytes(data)
    (tmp_path / "Master.csv.2.gz").write_bytes(gzip.compress(data))
    day = record_from_json(json.loads((rows.parent / "records.json").read_text())["ledger"][0]).started_at
    found = count_ledger(ledger_files(tmp_path / "Master.csv"), day.astimezone(SHANGHAI).date(), SHANGHAI)
    assert (found["offered"], found["handled"], found["answered"]) == (1, 1, 0)
    assert differences(found | {"offered": 2}, found) == ["The wallboard says offered: 2, the CEL file 1."]


def test_a_caller_whose_leg_leaves_the_bridge_before_the_transfer_is_told_is_lost_all_the_same(tmp_path: Path) -> None:
    scenario = next(folder for folder in SCENARIOS if folder.name == "lost_after_transfer")
    lines = (scenario / "cel.csv").read_text(encoding="utf-8").splitlines()
    transfer = next(number for number, line in enumerate(lines) if line.startswith('"BLINDTRANSFER"'))
    leaves = next(
        number
        for number, line in enumerate(lines)
        if number > transfer and line.startswith('"BRIDGE_EXIT"') and "trunk-" in line
    )
    lines[leaves] = lines[leaves].replace(lines[leaves].split('","')[1], lines[transfer].split('","')[1])
    lines.insert(transfer, lines.pop(leaves))
    (tmp_path / "Master.csv").write_text("\n".join(lines), encoding="utf-8")
    told = json.loads((scenario / "records.json").read_text(encoding="utf-8"))["ledger"][0]
    day = record_from_json(told).started_at.astimezone(SHANGHAI).date()
    assert count_ledger([tmp_path / "Master.csv"], day, SHANGHAI)["answered"] == 0


def test_a_caller_who_was_given_away_while_the_colleague_rang_is_lost_where_the_pbx_dies_then(tmp_path: Path) -> None:
    scenario = next(folder for folder in SCENARIOS if folder.name == "blonde_transfer")
    lines = (scenario / "cel.csv").read_text(encoding="utf-8").splitlines()
    transfer = next(number for number, line in enumerate(lines) if line.startswith('"ATTENDEDTRANSFER"'))
    moment = lines[transfer].split('","')[1]
    exits = [line for line in lines[transfer:] if line.startswith('"BRIDGE_EXIT"')]
    leaves = next(line for line in exits if line.split('","')[9].startswith("PJSIP/trunk-"))
    left = leaves.replace(leaves.split('","')[1], f"{float(moment) - 0.0001:.6f}")
    (tmp_path / "Master.csv").write_text("\n".join([*lines[:transfer], left, lines[transfer]]), encoding="utf-8")
    told = json.loads((scenario / "records.json").read_text(encoding="utf-8"))["ledger"][0]
    day = record_from_json(told).started_at.astimezone(SHANGHAI).date()
    found = count_ledger([tmp_path / "Master.csv"], day, SHANGHAI)
    assert (found["handled"], found["answered"]) == (1, 0)
