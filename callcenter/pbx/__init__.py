"""What Asterisk says and takes: the wire, the ledger, and the facts both tell."""
