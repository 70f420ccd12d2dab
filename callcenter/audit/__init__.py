"""Proof of a day: every number of the invariants, with the calls behind it."""
