"""Whom matters are about: merchants, what else they are called, and which entries are one and the same."""
