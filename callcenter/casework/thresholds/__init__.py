"""Numbers and lists by which matters are judged until the office decides otherwise: dated, each with its source."""
