"""Callers who kept their place in a queue are called back when it is their turn."""
