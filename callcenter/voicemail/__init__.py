"""Messages that callers left in a mailbox."""
