"""Shared parts of the database: connections, the embedded server, outages, the loop that follows changes."""
