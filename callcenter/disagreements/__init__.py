"""Calls that stay unconfirmed: looked at with both witnesses' rows, explained, and settled by a supervisor."""
