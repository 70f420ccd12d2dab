"""Matters of the national platform in the register: read from a file, shown before anything changes, taken in once."""
