"""Matters that ended long ago lose their persons, and nothing else: who must stay, what goes, and the certificate."""
