"""Fuzzing of everything that outsiders can write."""
