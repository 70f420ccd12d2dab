"""Statistics in plain Python: intervals, exact tests, limits. Pure."""
