"""A small synthetic year: the same each time, with what is hidden in it, and imported twice in the register once."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from hotline_year.year import write_year
from tests.integration.test_ticket_imports import Office
from tests.integration.test_ticket_imports import office as office

CONTACTS = 4000


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year")
    write_year(folder, year=2025, seed=7, contacts=CONTACTS)
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_bytes_and_another_one_others(year: Path, tmp_path: Path) -> None:
    write_year(tmp_path / "same", year=2025, seed=7, contacts=CONTACTS)
    write_year(tmp_path / "other", year=2025, seed=8, contacts=CONTACTS)
    for name in ("import.csv", "again.csv", "expected.json"):
        assert (tmp_path / "same" / name).read_bytes() == (year / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (year / name).read_bytes()


def test_what_is_said_to_be_hidden_is_there(year: Path) -> None:
    expected = json.loads((year / "expected.json").read_text(encoding="utf-8"))
    rows = rows_of(year / "import.csv")
    hidden = expected["hidden"]
    assert len({row["登记编号"] for row in rows}) == len(rows) == expected["contacts"] == CONTACTS
    assert Counter(row["类型"] for row in rows) == {"咨询": 3429, "投诉": 480, "举报": 91} == expected["kinds"]
    complaints = [row for row in rows if row["类型"] == "投诉"]
    assert {row["登记编号"] for row in rows_of(year / "again.csv")} == set(expected["imported_twice"]["numbers"])
    for month in hidden["top_ten_merchant"]["months"]:
        of_month = Counter(row["企业名称"] for row in complaints if int(row["登记时间"][5:7]) == month)
        assert hidden["top_ten_merchant"]["merchant"] in dict(of_month.most_common(10))
    pair = hidden["tripled_pair"]
    of_pair = [row for row in complaints if (row["商品类别"], row["问题类别"]) == (pair["goods"], pair["problem"])]
    in_month = sum(int(row["登记时间"][5:7]) == pair["month"] for row in of_pair)
    assert pair["in_the_month"] == 3 * pair["usual_a_month"] <= in_month <= pair["in_the_month"] + 2
    of_gym = [row for row in complaints if row["企业名称"] == hidden["gym"]["merchant"]]
    assert (len(of_gym), len({row["联系电话"] for row in of_gym})) == (15, 12)
    assert len({row["登记时间"][:10] for row in of_gym}) <= 9
    (poisoned,) = [row for row in complaints if row["登记时间"] == "2025-10-02 22:00:00"]
    assert (poisoned["问题类别"], poisoned["企业名称"]) == ("食品安全", hidden["food_poisoning"]["merchant"])
    serial = [row for row in complaints if row["联系电话"] == hidden["serial_complainant"]["person"]]
    assert (len(serial), len({row["企业名称"] for row in serial})) == (40, 30)
    spelled = Counter(row["企业名称"] for row in complaints)
    assert all(spelled[spelling] >= 4 for spelling in hidden["six_spellings"]["spellings"])


async def test_imported_twice_it_is_in_the_register_once(office: Office, year: Path) -> None:
    lines = (year / "again.csv").read_bytes().splitlines(keepends=True)
    first = await office.take_in(b"".join(lines))
    second = await office.take_in(b"".join(lines))
    assert first["results"] == {"made": 100, "changed": 0, "kept": 0, "same": 0}
    assert second["results"] == {"made": 0, "changed": 0, "kept": 0, "same": 100}
    found = await office.ask("GET", "/tickets", params={"limit": 200})
    assert len(found.json()["items"]) == 100
    whole = await office.upload((year / "import.csv").read_bytes())
    assert whole["rows"] == {"new": CONTACTS - 100, "changed": 0, "same": 100, "error": 0}
