"""Recordings of calls: every call that was answered has one, or a reason why not."""
