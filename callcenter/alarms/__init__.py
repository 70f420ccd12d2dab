"""Everything that somebody should look after, of every kind, in one list with one acknowledgement."""
