"""`scripts/fuzz`: runs every target for a while; findings go into the corpus, which the tests replay."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hotline_fuzz.targets import TARGETS
from hotline_lab.environments import python_with
from hotline_lab.paths import CHECKOUT, SCENARIOS, cache_dir

CORPUS = CHECKOUT / "tests" / "corpus"
TOOL = "atheris==3.0.0"
SEEDS = {"ami": "capture.ami", "cel": "cel.csv"}
"""Besides the corpus the recorded scenarios are what is varied."""
LONGEST_SEED = 16_000


def main() -> int:
    """Returns 0 if nothing was found, else 1."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (default 60)")
    options = parser.parse_args()
    python = python_with(TOOL, folder_name="fuzz")
    found = [path for target in options.targets or TARGETS for path in _fuzz(python, target, options.seconds)]
    for path in found:
        print(f"Found: {path.relative_to(CHECKOUT)}")
    return 1 if found else 0


def _fuzz(python: Path, target: str, seconds: int) -> list[Path]:
    kept = cache_dir() / "fuzz-corpus" / target
    kept.mkdir(parents=True, exist_ok=True)
    _seed(target, kept)
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), *packages])}
    print(f"{target}: {seconds} s ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                str(python), str(Path(__file__).with_name("loop.py")), target, str(kept), str(CORPUS / target),
                f"-max_total_time={seconds}", "-timeout=10", "-max_len=4096", "-print_final_stats=1",
                f"-artifact_prefix={folder}/",
            ],
            env=environment, check=False,
        )  # fmt: skip
        found = []
        for artifact in sorted(Path(folder).iterdir()):
            path = CORPUS / target / f"found-{artifact.name[-12:]}"
            path.write_bytes(artifact.read_bytes())
            found.append(path)
    return found


def _seed(target: str, kept: Path) -> None:
    if target in SEEDS:
        for path in SCENARIOS.glob(f"*/{SEEDS[target]}"):
            (kept / path.parent.name).write_bytes(path.read_bytes()[:LONGEST_SEED])


sys.exit(main())
