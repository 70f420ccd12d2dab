"""Casework: what callers want, from its registration to its end, under the time limits of the law."""
