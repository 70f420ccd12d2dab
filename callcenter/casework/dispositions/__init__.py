"""What became of each answered call: a ticket, or a reason why there is none. Before the shift ends none is missing."""
