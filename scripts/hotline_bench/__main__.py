"""`scripts/bench`: figures as a table, or as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from hotline_bench.browser import WHOLE_MINUTES, measure_browser
from hotline_bench.figure import Figure
from hotline_bench.ledger import measure_ledger
from hotline_bench.memory import measure_memory
from hotline_bench.parsers import measure_parsing
from hotline_bench.recorder import measure_recorder
from hotline_bench.register import TICKETS, measure_register
from hotline_bench.replay import measure_replay
from hotline_bench.store import STORED_CALLS, measure_store
from hotline_bench.wallboard import measure_wallboard


def main() -> int:
    """Prints the figures; the exit code says only whether they could be measured."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Figures of this machine, peers beside them.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="which to measure: parsing, replay, ledger, memory, recorder, store, register, wallboard, browser; "
        "else all but browser, which takes an hour",
    )
    parser.add_argument("--calls", type=int, default=STORED_CALLS, help="calls stored, %(default)s")
    parser.add_argument("--tickets", type=int, default=TICKETS, help="matters in the register, %(default)s")
    parser.add_argument("--minutes", type=float, default=WHOLE_MINUTES, help="of browser, %(default)s")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measures: dict[str, Callable[[], list[Figure]]] = {
        "parsing": lambda: [measure_parsing()],
        "replay": lambda: [measure_replay()],
        "ledger": lambda: [measure_ledger()],
        "store": lambda: asyncio.run(measure_store(options.calls)),
        "register": lambda: asyncio.run(measure_register(options.tickets)),
        "memory": measure_memory,
        "recorder": lambda: asyncio.run(measure_recorder()),
        "wallboard": lambda: asyncio.run(measure_wallboard()),
        "browser": lambda: asyncio.run(measure_browser(options.minutes)),
    }
    unknown = [name for name in options.names if name not in measures]
    if unknown:
        parser.error(f"there is no figure called {unknown[0]}; there are {', '.join(measures)}")
    measured: list[Figure] = []
    for name in options.names or [name for name in measures if name != "browser"]:
        figures = measures[name]()
        measured += figures
        if not options.json:
            Console().print(_table(figures))  # at once: what fails after it takes no figure with it
    if options.json:
        print(json.dumps([figure.to_json() for figure in measured], indent=1))
    return 0


def _table(figures: list[Figure]) -> Table:
    table = Table("what", "ours", "peer", "ratio", "to reach", "met")
    for figure in figures:
        peer = "" if figure.peer is None else f"{figure.peer:,}"
        met = "" if not figure.target else "yes" if figure.met else "no"
        ratio = "" if figure.ratio is None else f"{figure.ratio}x"
        table.add_row(figure.name, f"{figure.ours:,} {figure.unit}", peer, ratio, figure.target, met)
    return table


if __name__ == "__main__":
    sys.exit(main())
