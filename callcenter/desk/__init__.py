"""What concerns one user now: seat, calls, dial, claims, and what has changed in the lists; once, and as it changes."""
