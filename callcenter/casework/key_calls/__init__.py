"""Calls to people outside who answer with a key: whom to ring next, how they are sent once, what became of each."""
