"""Prints docs/files.md."""

from __future__ import annotations

from hotline_lab.paths import CHECKOUT
from hotline_map.source_map import source_map

if __name__ == "__main__":
    print(source_map(CHECKOUT), end="")
