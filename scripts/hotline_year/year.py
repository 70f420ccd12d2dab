"""Putting a year together: ordinary matters and hidden ones, in the order of time, and the files of both."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hotline_year.background import MERCHANTS, Draw
from hotline_year.matter import COLUMNS, COMPLAINT, ENQUIRY, REPORT, name_merchants, row_of
from hotline_year.planted import hide_all, is_counted_on, slow_down

CONTACTS = 35_000
COMPLAINTS, REPORTS = 4_200, 800
"""Of so many contacts; all others are enquiries."""
AGAIN = 100
"""Rows that come a second time, in a file of their own."""


def write_year(folder: Path, *, year: int, seed: int, contacts: int) -> dict[str, Any]:
    """Write `import.csv`, `again.csv` and `expected.json`; what the last says."""
    merchants = name_merchants(MERCHANTS)
    draw = Draw(year, seed, merchants)
    complaints, reports = round(contacts * COMPLAINTS / CONTACTS), round(contacts * REPORTS / CONTACTS)
    enquiries = contacts - complaints - reports
    ordinary = draw.matters(COMPLAINT, complaints)
    hidden, findings = hide_all(draw, merchants, ordinary)
    # What is hidden is among so many, and does not come to them.
    needed = [matter for matter in ordinary if is_counted_on(matter)]
    others = [matter for matter in ordinary if not is_counted_on(matter)]
    kept = needed + draw.random.sample(others, complaints - len(hidden) - len(needed))
    matters, slow = slow_down([*kept, *hidden, *draw.matters(ENQUIRY, enquiries), *draw.matters(REPORT, reports)])
    matters.sort(key=lambda matter: (matter.at, matter.kind, matter.text, matter.person))
    rows = [row_of(number, year, matter, draw.channel()) for number, matter in enumerate(matters, start=1)]
    again = draw.random.sample(rows, AGAIN)
    expected = {
        "year": year,
        "seed": seed,
        "contacts": len(rows),
        "kinds": dict(sorted(Counter(matter.kind for matter in matters).items())),
        "imported_twice": {"file": "again.csv", "rows": AGAIN, "numbers": sorted(row[0] for row in again)},
        "hidden": findings | {"slow_unit": slow},
    }
    folder.mkdir(parents=True, exist_ok=True)
    _write_csv(folder / "import.csv", rows)
    _write_csv(folder / "again.csv", again)
    text = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")
    return expected


def _write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
