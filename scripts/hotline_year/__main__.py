"""`scripts/synthetic-year`: a year of matters as CSV for the import, and what is hidden in it as JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from hotline_year.year import CONTACTS, write_year


def main() -> int:
    """The same year, seed and size give the same files, byte by byte."""
    parser = argparse.ArgumentParser(
        prog="scripts/synthetic-year", description="A year of matters, and what is hidden in it."
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--year", type=int, default=2025, help="%(default)s")
    parser.add_argument("--seed", type=int, default=7, help="%(default)s")
    parser.add_argument("--contacts", type=int, default=CONTACTS, help="%(default)s; at least 4000")
    options = parser.parse_args()
    if options.contacts < 4000:
        parser.error("what is hidden needs 4000 contacts at least")
    written = write_year(options.folder, year=options.year, seed=options.seed, contacts=options.contacts)
    print(
        f"{written['contacts']} matters of {written['year']} in {options.folder}/import.csv; import it in the pages or"
    )
    print(
        "by POST /api/v1/ticket-imports. again.csv holds some of the rows once more; expected.json says what is hidden."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
