"""Run by an interpreter that has atheris: one target under libFuzzer. Arguments: the target, then libFuzzer's own."""

import sys

import atheris

with atheris.instrument_imports(include=["callcenter", "hotline_fuzz"]):
    from hotline_fuzz.targets import TARGETS


def main() -> None:
    """Until libFuzzer's time is over or something was found."""
    target = TARGETS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


main()
