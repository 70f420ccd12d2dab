"""The map of the source, docs/files.md: every file in a line, and the limits that stand in it."""
