"""Callers who must be called back: episodes, the daily list and its frozen sheet."""
